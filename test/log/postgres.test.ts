/** The PostgreSQL log keeps the contract of every log, on a real server. */
import { openPostgresLog } from '@ledgerline/adapters/log/postgres.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { eventLogContract } from '../contract/event-log.ts'
import { freshDatabase } from '../support/postgres.ts'

eventLogContract(
  'PostgreSQL',
  async () => {
    const database = await freshDatabase('event_log')
    const { url } = database
    const log = await openPostgresLog({ url })
    return {
      log,
      another: () => openPostgresLog({ url }),
      dropConnections: () => database.dropConnections(),
      async hesitate(stream, events) {
        const client = connection(url, { application: 'slow writer' })
        await client.connect()
        await client.query('begin')
        await client.query('select * from log.append($1, $2, $3, $4, $5, $6, $7)', [
          [stream],
          [-1],
          events.map(() => 1),
          events.map(({ id }) => id),
          events.map(({ type }) => type),
          events.map(({ data }) => data),
          events.map(({ metadata }) => metadata),
        ])
        return {
          async finish() {
            try {
              await client.query('commit')
            } finally {
              await client.end()
            }
          },
        }
      },
      async remove() {
        await log.close()
        await database.drop()
      },
    }
  },
  { server: true },
)
