/**
 * Two of each role as processes of their own, with their log in a real EventStoreDB: as on PostgreSQL
 * (`test/nodes/roles.test.ts`). Needs: LIVE_EVENTSTORE. Time limit: 300 s.
 */
import { suite } from 'uvu'
import { twoOfEach } from '../../support/two-of-each.ts'
import { OwnServer } from './server.ts'

const roles = suite('two of each role on a real EventStoreDB')

roles(
  'the owner of the calls, the folding process and Redis are killed: calls and boards continue, and nothing is ' +
    'left behind',
  async () => {
    const server = await OwnServer.start()
    try {
      await twoOfEach({ EVENT_LOG: server.url })
    } finally {
      await server.remove()
    }
  },
)

roles.run()
