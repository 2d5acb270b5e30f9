/**
 * The time of day of the machine is set back and forward by an hour, again and again, under traffic and between one
 * owner and the next. Nobody rings, waits or wraps up an hour longer than they should; no stream's time goes back;
 * nothing is left over.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MachineClock } from '@ledgerline/adapters/clock/machine.ts'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { clockProblems, type Clocks } from '@ledgerline/ops/run/clocks.ts'
import { testClock } from '../support/clock.ts'
import { queueNamed } from '../support/house.ts'
import { Nodes } from '../support/nodes.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const steps = suite('the time of day is set')

/** A machine whose time of day can be set. */
function machine() {
  const real = testClock()
  let ahead = 0
  const clock = new MachineClock({
    wall: () => real.now() + ahead,
    steady: () => real.now(),
    after: (ms, wake) => real.at(real.now() + ms, wake),
  })
  return { real, clock, set: (ms: number) => void (ahead += ms) }
}

steps('back: the clock runs on, slightly slower, until the time of day has caught up', async () => {
  const { real, clock, set } = machine()
  const before = clock.now()
  set(-HOUR_MS)
  assert.is(clock.now(), before)
  let met: number | null = null
  clock.at(before + 20_000, () => (met = real.now()))
  await real.run(real.now() + 25_000)
  assert.ok(
    met !== null && met - before >= 20_000 && met - before < 22_000,
    `met after ${met === null ? null : met - before} ms`,
  )
  await real.run(real.now() + 21 * HOUR_MS)
  assert.is(clock.now(), real.now() - HOUR_MS)
})

steps('before the process began: compared with the database server’s clock and the last moment in the ledger', () => {
  const now = Date.parse('2026-03-02T09:00:00Z')
  const told = (clocks: Partial<Clocks>) =>
    clockProblems({ own: now, server: now, last: now - HOUR_MS, ...clocks }).map(({ code, details }) => ({
      code,
      ...details,
    }))
  assert.equal(
    [told({}), told({ last: null }), told({ server: now - 4 * MINUTE_MS }), told({ last: now + HOUR_MS })],
    [[], [], [], []],
  )
  assert.equal(told({ own: now + HOUR_MS }), [
    { code: 'clock.apart', own: '2026-03-02T10:00:00Z', server: '2026-03-02T09:00:00Z' },
  ])
  assert.equal(told({ server: now + HOUR_MS }), [
    { code: 'clock.apart', own: '2026-03-02T09:00:00Z', server: '2026-03-02T10:00:00Z' },
  ])
  assert.equal(told({ last: now - 49 * HOUR_MS }), [
    { code: 'clock.quiet', last: '2026-02-28T08:00:00Z', now: '2026-03-02T09:00:00Z', hours: 49 },
  ])
})

steps('forward: the clock follows, and what was due meanwhile is due', async () => {
  const { real, clock, set } = machine()
  const before = clock.now()
  let met = false
  clock.at(before + 20_000, () => (met = true))
  set(4 * MINUTE_MS)
  assert.is(clock.now(), before + 4 * MINUTE_MS)
  await real.run(real.now() + 20_000)
  assert.ok(met)
  assert.is(clock.heldMs, 0)
})

for (const [far, ms] of [
  ['an hour', HOUR_MS],
  ['thirty days', 30 * 24 * HOUR_MS],
  ['ten years', 3_650 * 24 * HOUR_MS],
] as const) {
  steps(`forward by ${far}: that is not believed, and no trace of it remains once it is right again`, async () => {
    const { real, clock, set } = machine()
    const start = clock.now()
    set(ms)
    assert.is(clock.now(), start)
    assert.is(clock.heldMs, ms)
    await real.run(start + 10 * MINUTE_MS)
    assert.is(clock.now(), real.now(), 'it goes on')
    set(-ms)
    assert.is(clock.now(), real.now())
    assert.is(clock.heldMs, 0)
  })
}

steps('a machine that was asleep is believed, one that was set while it slept is not', async () => {
  const real = testClock()
  let ahead = 0
  let asleep = 0
  const clock = new MachineClock({
    wall: () => real.now() + ahead,
    steady: () => real.now(),
    asleep: () => asleep,
    after: (ms, wake) => real.at(real.now() + ms, wake),
  })
  clock.now()
  ahead = asleep = 8 * HOUR_MS
  assert.is(clock.now(), real.now() + 8 * HOUR_MS)
  asleep += 8 * HOUR_MS
  ahead += 9 * HOUR_MS
  clock.now()
  assert.is(clock.heldMs, HOUR_MS)
})

steps(
  'told of a moment a little ahead it is never behind that; told of one far ahead it stays where it is, and then believes that it was behind',
  () => {
    const { real, clock, set } = machine()
    clock.skipTo(real.now() + 4 * MINUTE_MS)
    assert.is(clock.now(), real.now() + 4 * MINUTE_MS)
    clock.skipTo(real.now())
    assert.is(clock.now(), real.now() + 4 * MINUTE_MS)
    clock.skipTo(real.now() + 3 * HOUR_MS)
    assert.is(clock.now(), real.now() + 4 * MINUTE_MS)
    set(5 * HOUR_MS)
    assert.is(clock.now(), real.now() + 5 * HOUR_MS, 'a machine that began before its time was set')
  },
)

for (const [far, ms] of [
  ['three hours', 3 * HOUR_MS],
  ['thirty days', 30 * 24 * HOUR_MS],
] as const) {
  steps(
    `an owner whose time was ${far} ahead is followed by one whose time is right: what it left ends in time, and what begins has the right time`,
    async () => {
      const nodes = new Nodes({
        seed: 7,
        agents: 5,
        queues: [queueNamed('PS', { wrapUpMs: 10_000 })],
        habits: picksUp({ ignores: 0.2, refuses: 0.1, after: () => 4_000 }),
      })
      const { house } = nodes
      try {
        const wrong = nodes.start({ wallAhead: () => ms })
        await house.pass(100)
        await nodes.use(wrong).furnish()
        const calls: string[] = []
        const ring = () => calls.push(house.call('PS', { patienceMs: 300_000, talkMs: 20_000 }))
        for (let count = 0; count < 12; count++) {
          ring()
          await house.pass(3_000)
        }
        wrong.kill()
        const right = nodes.start({ wallAhead: () => 0 })
        await house.pass(5_000)
        nodes.use(right)
        const since = (await house.ledger()).length
        for (let count = 0; count < 12; count++) {
          ring()
          await house.pass(3_000)
        }
        await house.pass(10 * MINUTE_MS)
        assert.equal(await house.audit(), [])
        const ledger = await house.ledger()
        const later = ledger.slice(since)
        assert.is(ledger.filter(({ type }) => type === 'CallEnded').length, calls.length)
        const begun = new Set(ledger.slice(0, since).map(({ stream }) => stream))
        const fresh = later.filter(({ stream }) => !begun.has(stream))
        assert.ok(new Set(fresh.map(({ stream }) => stream)).size >= 12)
        for (const { type, at, recordedAt } of fresh)
          assert.ok(Math.abs(at - recordedAt) < MINUTE_MS, `${type} at ${at}, recorded at ${recordedAt}`)
        // What began under the wrong time continues in it, because `at` never goes back within a stream; but no
        // further.
        for (const { type, at, recordedAt } of later)
          assert.ok(at - recordedAt < ms + MINUTE_MS, `${type} at ${at}, recorded at ${recordedAt}`)
        assert.ok(
          later.filter(({ type }) => type === 'AgentWrapUpEnded').length >= 12,
          'agents write up, and end it, under the right time',
        )
      } finally {
        await nodes.close()
      }
    },
  )
}

steps(
  'traffic while it is set back and forth, and a successor whose time is an hour behind: nobody is stuck',
  async () => {
    const dice = seededDice(5)
    const nodes = new Nodes({
      seed: 5,
      agents: 5,
      queues: [queueNamed('PS', { wrapUpMs: 10_000 })],
      habits: picksUp({ ignores: 0.2, refuses: 0.1, after: (throws) => Math.round(throws() * 8_000) }),
    })
    const { house } = nodes
    let ahead = 0
    let node = nodes.start({ wallAhead: () => ahead })
    try {
      await house.pass(100)
      await nodes.use(node).furnish()
      const calls: string[] = []
      for (let round = 0; round < 40; round++) {
        calls.push(house.call('PS', { patienceMs: 300_000, talkMs: Math.round(dice() * 40_000) }))
        await house.pass(Math.round(dice() * 20_000))
        if (round % 5 === 4) ahead += round % 10 === 4 ? -HOUR_MS : HOUR_MS
        if (round % 13 === 12) {
          // The next owner's machine is an hour behind what the ledger says.
          node.kill()
          ahead = -HOUR_MS
          node = nodes.start({ wallAhead: () => ahead })
          await house.pass(5_000)
          nodes.use(node)
        }
      }
      await house.pass(HOUR_MS / 4)
      assert.equal(await house.audit(), [])
      const ledger = await house.ledger()
      assert.is(ledger.filter((event) => event.type === 'CallEnded').length, calls.length)
      // A phone rang for its time, and no longer.
      const rung = new Map<string, number>()
      for (const event of ledger) {
        if (event.type === 'AgentReserved') rung.set(event.data.offerId, event.recordedAt)
        else if (event.type === 'AgentReservationEnded')
          assert.ok(
            event.recordedAt - (rung.get(event.data.offerId) ?? Infinity) < 60_000,
            `offer ${event.data.offerId} lasted ${event.recordedAt - rung.get(event.data.offerId)!} ms`,
          )
      }
    } finally {
      await nodes.close()
    }
  },
)

steps.run()
