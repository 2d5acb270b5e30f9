/**
 * A cluster of three real EventStoreDB nodes whose leader is killed (-9) under writers and a subscriber: they find the next
 * one by themselves, and nothing acknowledged is lost. Needs: LIVE_EVENTSTORE_CLUSTER. Time limit: 300 s.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import { until } from '../../support/gate.ts'
import { everything } from '../../support/log-reading.ts'
import { OwnServer } from './server.ts'
import { insist, Writers } from './writers.ts'

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 3)

const test = suite('a cluster of real EventStoreDBs')

test(
  `loses its leader ${ROUNDS} times: writers and a subscriber continue with ` + `the next, everything is there once`,
  async () => {
    const nodes = await OwnServer.startCluster()
    try {
      await until('a leader and two followers', () => inStates(nodes, 'follower', 'follower', 'leader'))
      // The address of a dead one may come first. Followers may not know yet whom they follow.
      const url = `esdb+discover://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}?tls=false`
      const log = await insist(() => openEventStoreLog({ url, deadlineMs: 3_000, quietMs: 1_000 }))
      const seen: LogEvent[] = []
      const stop = new AbortController()
      const following = (async () => {
        for await (const page of log.subscribe(null, { signal: stop.signal })) seen.push(...page.events)
      })()
      const written = new Writers(log)
      for (let round = 0; round < ROUNDS; round++) {
        const atFirst = written.acknowledged
        await written.until('appends to a whole cluster', () => written.acknowledged > atFirst + 20)
        const leader = (
          await Promise.all(nodes.map(async (node) => ((await node.state()) === 'leader' ? node : null)))
        ).find((node) => node !== null)!
        await leader.kill()
        const before = written.acknowledged
        await written.until('appends to the next leader', () => written.acknowledged > before + 20)
        leader.launch()
        await until('the dead one among the followers', () => inStates(nodes, 'follower', 'follower', 'leader'))
      }
      await written.stop()
      await written.check(log)
      const all = await everything(log)
      await until('the rest of the subscription', () => seen.length >= all.length)
      stop.abort()
      await following
      assert.equal(
        seen.map(({ id }) => id),
        all.map(({ id }) => id),
      )
      await log.close()
    } finally {
      for (const node of nodes) await node.remove()
    }
  },
)

test.run()

async function inStates(nodes: readonly OwnServer[], ...states: string[]): Promise<boolean> {
  const found = await Promise.all(nodes.map((node) => node.state()))
  return found.sort().join() === states.join()
}
