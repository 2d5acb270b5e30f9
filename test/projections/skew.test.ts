/**
 * A log whose server's clock is set back while the house runs: the boards of a moment are the same whenever they are
 * asked for, and nobody is said to be late whose clock is right.
 */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import type { NewEvent } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { StandIn } from '../eventstore/standin.ts'
import { say, withRig, type Rig } from './rig.ts'

const test = suite('read models over a log whose clock is set back')
const HOUR = 3_600_000
const BEGIN = Date.UTC(2026, 0, 31, 10)

/** A log on a server whose clock is `clock.now`. */
async function opened<T>(body: (log: EventLog, clock: { now: number }) => Promise<T>): Promise<T> {
  const server = await StandIn.start()
  const clock = { now: BEGIN }
  server.ledger.clock = () => clock.now
  const log = await openEventStoreLog({ url: server.url() })
  try {
    return await body(log, clock)
  } finally {
    await log.close()
    await server.close()
  }
}

async function append(rig: Rig, log: EventLog, stream: string, at: number, ...events: NewEvent[]): Promise<void> {
  const meta = { tenant: 'test', actor: 'system:test', at, origin: 'live' as const, correlation: null, causation: null }
  await log.append(stream, 'any', await rig.codec.encode(events.map((event) => ({ id: randomUUID(), event, meta }))))
}

test(
  'the boards of a moment are the same whenever they are asked for, and from whatever snapshot',
  withRig('skew_asof', (rig) =>
    opened(async (log, clock) => {
      const engine = rig.engine({ log, snapshotEvery: 2 })
      await engine.start()
      const calls = async (at: number) =>
        (await engine.boardsAsOf('test', at)).boards['calls']!.map((row) => row['callId']).sort()
      await append(rig, log, 'switchboard-test.configuration', BEGIN, say.activated(['PS'], []))
      /** Call n comes in the n-th minute; between the fifth and the eighth the clock is an hour behind. */
      const come = async (from: number, to: number) => {
        for (let n = from; n <= to; n++) {
          clock.now = BEGIN + n * 60_000 - (n >= 5 && n < 8 ? HOUR : 0)
          await append(rig, log, `call-test.c${n}`, BEGIN + n * 60_000, say.received(`c${n}`))
        }
        assert.ok(await engine.waitFor((await log.head())!, 'test', 60_000))
      }
      await come(1, 6)
      const moments = [1, 2, 3.5, 4, 4.5, 5, 6].map((minute) => BEGIN + minute * 60_000)
      const before = await Promise.all(moments.map(calls))
      // What came while the clock was behind counts as recorded when the last event before it was.
      assert.equal(before[2], ['c1', 'c2', 'c3'])
      assert.equal(before[3], ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'])
      await come(7, 12)
      const after = await Promise.all(moments.map(calls))
      assert.equal(after.slice(0, 3), before.slice(0, 3))
      for (const found of after.slice(3)) assert.equal(found, ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'])
      assert.equal(await Promise.all(moments.map(calls)), after)
      await engine.rebuild()
      assert.ok(await engine.waitFor((await log.head())!, 'test', 60_000))
      assert.equal(await Promise.all(moments.map(calls)), after)
      const told = (
        await Promise.all([...moments, BEGIN + 20 * 60_000].map((at) => engine.boardsAsOf('test', at)))
      ).map((one) => one.told.recordedAt)
      assert.equal(
        told,
        told.toSorted((a, b) => a - b),
      )
    }),
  ),
)

test(
  'what comes at the head is never an hour late because a clock is',
  withRig('skew_lag', (rig) =>
    opened(async (log, clock) => {
      const engine = rig.engine({ log })
      let late = 0
      const look = (): void => engine.status().forEach(({ lagMs }) => (late = Math.max(late, lagMs)))
      engine.onCommitted(look)
      clock.now = Date.now()
      await append(rig, log, 'switchboard-test.configuration', Date.now(), say.activated(['PS'], []))
      await engine.start()
      assert.ok(await engine.waitFor((await log.head())!, 'test', 60_000))
      late = 0
      const looking = setInterval(look, 1)
      try {
        for (let n = 0; n < 30; n++) {
          clock.now = Date.now() - HOUR
          await append(rig, log, `call-test.c${n}`, Date.now(), say.received(`c${n}`))
          look()
          if (n % 10 === 9) assert.ok(await engine.waitFor((await log.head())!, 'test', 60_000))
        }
      } finally {
        clearInterval(looking)
      }
      assert.ok(late < HOUR / 2, `${late} ms`)
      assert.ok(log.clockBehindMs!() > HOUR / 2)
    }),
  ),
)

test.run()
