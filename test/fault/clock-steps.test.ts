/**
 * The time of day of the machine is set back and forward by an hour, again and again, under traffic and
 * between one owner and the next. Nobody rings, waits or writes up an hour longer than he should; no
 * stream's time goes back; nothing is left over.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MachineClock } from '@ledgerline/adapters/clock/machine.ts'
import { picksUp } from '@ledgerline/adapters/telephony/people.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { testClock } from '../support/clock.ts'
import { queueNamed } from '../support/house.ts'
import { Nodes } from '../support/nodes.ts'

const HOUR_MS = 3_600_000
const steps = suite('the time of day is set')

/** A machine whose time of day can be set. */
function machine() {
  const real = testClock()
  let ahead = 0
  const clock = new MachineClock({ wall: () => real.now() + ahead, steady: () => real.now(), after: (ms, wake) => real.at(real.now() + ms, wake) })
  return { real, clock, set: (ms: number) => void (ahead += ms) }
}

steps('back: the clock goes on, a little slower, until the time of day has caught up', async () => {
  const { real, clock, set } = machine()
  const before = clock.now()
  set(-HOUR_MS)
  assert.is(clock.now(), before)
  let met: number | null = null
  clock.at(before + 20_000, () => (met = real.now()))
  await real.run(real.now() + 25_000)
  assert.ok(met !== null && met - before >= 20_000 && met - before < 22_000, `met after ${met === null ? null : met - before} ms`)
  await real.run(real.now() + 21 * HOUR_MS)
  assert.is(clock.now(), real.now() - HOUR_MS)
})

steps('forward: the clock follows, and what was due meanwhile is due', async () => {
  const { real, clock, set } = machine()
  const before = clock.now()
  let met = false
  clock.at(before + 20_000, () => (met = true))
  set(HOUR_MS)
  assert.is(clock.now(), before + HOUR_MS)
  await real.run(real.now() + 20_000)
  assert.ok(met)
})

steps('it is never behind a moment that it was told of', () => {
  const { real, clock } = machine()
  clock.skipTo(real.now() + HOUR_MS)
  assert.is(clock.now(), real.now() + HOUR_MS)
  clock.skipTo(real.now())
  assert.is(clock.now(), real.now() + HOUR_MS)
})

steps('traffic while it is set to and fro, and a successor whose time is an hour behind: nobody is stuck', async () => {
  const dice = seededDice(5)
  const nodes = new Nodes({ seed: 5, agents: 5, queues: [queueNamed('PS', { wrapUpMs: 10_000 })], habits: picksUp({ ignores: 0.2, refuses: 0.1, after: (throws) => Math.round(throws() * 8_000) }) })
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
      else if (event.type === 'AgentReservationEnded') assert.ok(event.recordedAt - (rung.get(event.data.offerId) ?? Infinity) < 60_000, `offer ${event.data.offerId} lasted ${event.recordedAt - rung.get(event.data.offerId)!} ms`)
    }
  } finally {
    await nodes.close()
  }
})

steps.run()
