import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { letCall, poissonArrivals } from '@ledgerline/adapters/telephony/simulator/callers.ts'
import { exponential, lognormal } from '@ledgerline/adapters/telephony/simulator/draws.ts'
import { HOLD_PATIENCE_MS, picksUp, type Caller } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator/simulator.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { PhoneContact } from '@ledgerline/core/registration/events.ts'
import type { TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import { pass, TEN_O_CLOCK, testClock } from '../support/clock.ts'

const tenant = 'test'

function caller(change: Partial<Caller> = {}): Caller {
  return {
    tenant,
    from: null,
    to: '95555',
    gateway: null,
    customerId: null,
    priority: 0,
    patienceMs: 60_000,
    talkMs: 30_000,
    holdPatienceMs: HOLD_PATIENCE_MS,
    talkEndedBy: 'customer',
    ...change,
  }
}

const simulator = suite('simulator')

/** A day of callers, each answered and bridged with a phone of their own. */
async function day(seed: number): Promise<string[]> {
  const clock = testClock()
  const dice = seededDice(seed)
  const telephony = new SimulatedTelephony({ clock, dice })
  for (let i = 0; i < 20; i++) telephony.plug(tenant, String(200 + i), picksUp({ ignores: 0.1, refuses: 0.1 }))
  const stop = new AbortController()
  const seen: string[] = []
  let made = 0
  const customers = new Map<string, string>()
  const reading = (async () => {
    for await (const report of telephony.reports(stop.signal)) {
      seen.push(JSON.stringify(report))
      if (report.what === 'incoming') {
        const legId = `agent-${made}`
        customers.set(legId, report.legId)
        await telephony.command(`a${made}`, tenant, { do: 'answer', legId: report.legId })
        const extension = String(200 + (made++ % 20))
        await telephony.command(`d${made}`, tenant, {
          do: 'dial',
          target: {
            legId,
            callId: report.callId,
            purpose: 'agent',
            to: { kind: 'extension', extension },
            callerId: null,
            ringMs: 10_000,
          },
        })
      }
      const customer = report.what === 'answered' ? customers.get(report.legId) : undefined
      if (customer && report.what === 'answered')
        await telephony
          .command(`b${report.legId}`, tenant, { do: 'bridge', legId: customer, to: report.legId })
          .catch((error) => assert.ok(isProblem(error, 'telephony.no_leg')))
    }
  })()
  const talk = lognormal(176_000, 217_000)
  const patience = exponential(300_000)
  const arrivals = poissonArrivals({
    from: clock.now(),
    mostPerHour: 120,
    dice,
    caller: (dice) => caller({ talkMs: Math.round(talk(dice)), patienceMs: Math.round(patience(dice)) }),
  })
  const stopCalling = letCall(clock, arrivals, (who) => telephony.arrive(who))
  await pass(clock, 3 * 3_600_000)
  stopCalling()
  await clock.run()
  assert.equal(await telephony.legs(), [])
  stop.abort()
  await reading
  return seen
}

simulator(
  'A3.2.7-list a phone says where it is, answers, registers again, vanishes and comes back as it was',
  async () => {
    const clock = testClock()
    const telephony = new SimulatedTelephony({ clock, dice: seededDice(1), contacts: true })
    const stop = new AbortController()
    const seen: (readonly PhoneContact[])[] = []
    const registrar: (readonly string[])[] = []
    const reading = (async () => {
      for await (const report of telephony.reports(stop.signal)) {
        if (report.what === 'contacts' && report.extension === '8201') seen.push(report.contacts)
        if (report.what === 'registrar') registrar.push(report.extensions)
      }
    })()
    for (const extension of ['8201', '8202']) telephony.plug(tenant, extension, picksUp())
    telephony.begin(tenant)
    await pass(clock, 1_000)
    assert.equal(registrar, [['8201', '8202']])
    assert.equal(
      seen.map(([one]) => one?.reach),
      ['unknown', 'reachable'],
    )
    const [there] = seen.at(-1)!
    assert.match(there!.address, /^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$/)
    assert.ok(there!.pingMs! > 0)
    await pass(clock, 3_600_000)
    assert.ok(seen.length > 4 && seen.every(([one]) => one?.contact === there!.contact), `${seen.length} reports`)
    telephony.unplug(tenant, '8201')
    await pass(clock, 1_000)
    assert.equal(seen.at(-1), [])
    const before = seen.length
    await pass(clock, 3_600_000)
    assert.is(seen.length, before)
    telephony.plug(tenant, '8201', picksUp())
    await pass(clock, 1_000)
    assert.equal([seen.at(-1)![0]!.contact, seen.at(-1)![0]!.reach], [there!.contact, 'reachable'])
    stop.abort()
    await reading
    await telephony.close()
  },
)

simulator('the same seed gives the same reports, another seed others', async () => {
  const first = await day(42)
  assert.ok(first.length > 1500)
  assert.equal(await day(42), first)
  assert.not.equal((await day(43)).slice(0, 50), first.slice(0, 50))
})

simulator('lets nobody in beyond its limits, and says how many it turned away', async () => {
  const clock = testClock()
  const telephony = new SimulatedTelephony({ clock, dice: seededDice(1), maxLegs: 3, maxWaitingReports: 2 })
  assert.ok(telephony.arrive(caller()))
  assert.ok(telephony.arrive(caller()))
  assert.is(telephony.arrive(caller()), null, 'two reports are still unread')
  assert.is(telephony.refused, 1)
  const read = telephony.reports(new AbortController().signal)[Symbol.asyncIterator]()
  for (let i = 0; i < 2; i++) await read.next()
  telephony.plug(tenant, '201', picksUp({ after: () => 4000 }))
  const target = {
    callId: 'c',
    purpose: 'agent' as const,
    to: { kind: 'extension' as const, extension: '201' },
    callerId: null,
    ringMs: 9000,
  }
  await telephony.command('1', tenant, { do: 'dial', target: { legId: 'x', ...target } })
  await telephony.command('2', tenant, { do: 'dial', target: { legId: 'y', ...target } }).then(
    () => assert.unreachable(),
    (error) => assert.ok(isProblem(error, 'telephony.too_many')),
  )
  assert.is((await telephony.legs()).length, 3)
  await telephony.close()
})

simulator(
  'when the media server dies, everything it held is gone without a report, and no leg can be created until it is back',
  async () => {
    const clock = testClock()
    const telephony = new SimulatedTelephony({ clock, dice: seededDice(1) })
    const held = telephony.arrive(caller())!
    await telephony.command('0', tenant, { do: 'answer', legId: held.legId })
    const unanswered = telephony.arrive(caller())!
    telephony.fail()
    assert.equal(
      (await telephony.legs()).map((leg) => leg.legId),
      [unanswered.legId],
      'an unanswered caller is held by the SIP server',
    )
    assert.is(telephony.arrive(caller()), null)
    await telephony.command('1', tenant, { do: 'answer', legId: unanswered.legId }).then(
      () => assert.unreachable(),
      (error) => assert.ok(isProblem(error, 'telephony.unavailable')),
    )
    await telephony.command('2', tenant, {
      do: 'hang_up',
      legId: unanswered.legId,
      end: { by: 'system', cause: 41, sip: 480, reason: 'media_lost' },
    })
    telephony.recover()
    assert.ok(telephony.arrive(caller()))
    const seen: TelephonyReport['what'][] = []
    for await (const report of telephony.reports(new AbortController().signal)) {
      seen.push(report.what)
      if (seen.length === 7) break
    }
    assert.equal(seen, ['incoming', 'answered', 'incoming', 'media', 'ended', 'media', 'incoming'])
    await telephony.close()
  },
)

simulator('callers press keys while they wait, when they are asked, and when they were left after talk', async () => {
  const clock = testClock()
  const telephony = new SimulatedTelephony({ clock, dice: seededDice(1) })
  const seen: string[] = []
  const stop = new AbortController()
  const reading = (async () => {
    for await (const report of telephony.reports(stop.signal)) {
      if (report.what === 'digit') seen.push(`${(clock.now() - TEN_O_CLOCK) / 1000} ${report.digit}`)
      if (report.what === 'collected') seen.push(`${(clock.now() - TEN_O_CLOCK) / 1000} collected ${report.digits}`)
      if (report.what === 'ended') seen.push(`${(clock.now() - TEN_O_CLOCK) / 1000} ended ${report.end.by}`)
    }
  })()
  const keys = [
    { when: 'waiting' as const, digit: '9', afterMs: 5_000 },
    { when: 'asked' as const, digit: '1', afterMs: 1_000 },
    { when: 'asked' as const, digit: '2', afterMs: 1_000 },
    { when: 'left' as const, digit: '5', afterMs: 4_000 },
  ]
  telephony.plug(tenant, '201', picksUp({ after: () => 4000 }))
  const { legId } = telephony.arrive(caller({ keys, talkMs: 30_000, talkEndedBy: 'agent' }))!
  await telephony.command('1', tenant, { do: 'answer', legId })
  await pass(clock, 10_000)
  await telephony.command('2', tenant, { do: 'collect', legId, maxDigits: 2, waitMs: 5_000 })
  await pass(clock, 10_000)
  await telephony.command('3', tenant, {
    do: 'dial',
    target: {
      legId: 'agent',
      callId: 'c',
      purpose: 'agent',
      to: { kind: 'extension', extension: '201' },
      callerId: null,
      ringMs: 9_000,
    },
  })
  await pass(clock, 5_000)
  await telephony.command('4', tenant, { do: 'bridge', legId, to: 'agent' })
  await pass(clock, 60_000)
  assert.equal(seen, ['5 9', '12 collected 12', '55 ended agent', '59 5', '59 ended customer'])
  stop.abort()
  await reading
  await telephony.close()
})

simulator('who got no answer, or was cut off, calls again; who was served does not', async () => {
  const clock = testClock()
  const telephony = new SimulatedTelephony({ clock, dice: seededDice(1) })
  const calls: string[] = []
  const stop = new AbortController()
  const reading = (async () => {
    for await (const report of telephony.reports(stop.signal))
      if (report.what === 'incoming') calls.push(`${report.from} ${(report.at - TEN_O_CLOCK) / 1000}`)
  })()
  telephony.arrive(caller({ from: 'impatient', patienceMs: 10_000, redials: { times: 2, afterMs: 60_000 } }))
  const cutOff = telephony.arrive(
    caller({ from: 'cut off', patienceMs: 1_000_000, redials: { times: 1, afterMs: 60_000 } }),
  )!
  await telephony.command('1', tenant, { do: 'answer', legId: cutOff.legId })
  await pass(clock, 1_000)
  telephony.fail()
  await pass(clock, 61_000)
  telephony.recover()
  await pass(clock, 300_000)
  // The caller who was cut off called in vain while the media server was away, and has no attempt left.
  assert.equal(calls, ['impatient 0', 'cut off 0', 'impatient 70', 'impatient 140'])
  assert.is(telephony.refused, 1)
  stop.abort()
  await reading
  await telephony.close()
})

simulator('somebody may hang up of their own accord, once', async () => {
  const clock = testClock()
  const telephony = new SimulatedTelephony({ clock, dice: seededDice(1) })
  const { legId } = telephony.arrive(caller())!
  assert.ok(telephony.act(legId, 'hang_up'))
  assert.not(telephony.act(legId, 'hang_up'))
  await telephony.close()
})

simulator.run()

const demand = suite('demand')

demand('Poisson callers come at their rate, by the hour where it changes', () => {
  const perHour = (at: number) => (at < TEN_O_CLOCK + 50 * 3_600_000 ? 200 : 50)
  const counted = [0, 0]
  for (const { at } of poissonArrivals({
    from: TEN_O_CLOCK,
    mostPerHour: 200,
    perHour,
    dice: seededDice(5),
    caller: () => caller(),
  })) {
    const hour = (at - TEN_O_CLOCK) / 3_600_000
    if (hour >= 100) break
    counted[hour < 50 ? 0 : 1]!++
  }
  // Five standard deviations of a Poisson count.
  assert.ok(Math.abs(counted[0]! - 10_000) < 500, `${counted[0]}`)
  assert.ok(Math.abs(counted[1]! - 2500) < 250, `${counted[1]}`)
})

demand('drawn times have the mean and spread that were asked for', () => {
  const dice = seededDice(9)
  const draw = lognormal(176_350, 217_130)
  const values = Array.from({ length: 200_000 }, () => draw(dice))
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  assert.ok(Math.abs(mean / 176_350 - 1) < 0.02, `${mean}`)
  assert.ok(Math.abs(sd / 217_130 - 1) < 0.05, `${sd}`)
  const waits = Array.from({ length: 100_000 }, () => exponential(1000)(dice))
  assert.ok(Math.abs(waits.reduce((sum, value) => sum + value, 0) / 100_000 / 1000 - 1) < 0.02)
})

demand('nobody calls after it was stopped, and the end of a list is told', async () => {
  const clock = testClock()
  const called: number[] = []
  let over = 0
  const list = [1000, 2000, 3000].map((ms) => ({ at: TEN_O_CLOCK + ms, caller: caller() }))
  const stop = letCall(clock, list, () => called.push(clock.now() - TEN_O_CLOCK))
  await pass(clock, 2500)
  stop()
  await pass(clock, 2500)
  assert.equal(called, [1000, 2000])
  letCall(
    clock,
    list,
    () => called.push(clock.now() - TEN_O_CLOCK),
    () => over++,
  )
  await pass(clock, 0)
  assert.is(over, 1)
  assert.equal(called, [1000, 2000, 5000, 5000, 5000])
})

demand.run()
