/**
 * The whole house with its log in a real EventStoreDB: killed (-9) alone, with its log, or its log under it, under
 * traffic, again and again. As on PostgreSQL (`test/fault/kill.test.ts`). Needs: LIVE_EVENTSTORE. Time limit: 600 s.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { killAgain } from '../../support/kill-again.ts'
import { endOwners } from '../../support/owners.ts'
import { OwnServer } from './server.ts'

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 6)

const house = suite('a house on a real EventStoreDB')

house(
  `${ROUNDS} rounds of kill -9 under traffic: nothing acknowledged is lost, nothing counted twice, nobody stuck`,
  async () => {
    const data = await mkdtemp(join(tmpdir(), 'ledgerline-kill-'))
    const server = await OwnServer.start()
    try {
      await killAgain(data, { ...process.env, EVENT_LOG: server.url }, ROUNDS, [
        {},
        { before: () => server.kill().then(() => server.start()), survived: true },
        { before: () => server.kill(), after: () => server.start() },
      ])
    } finally {
      await endOwners()
      await server.remove()
      await rm(data, { recursive: true, force: true })
    }
  },
)

house.run()
