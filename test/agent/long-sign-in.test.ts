/** Long sign-in: a phone that stays connected for a whole shift. Virtual time. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { LONG_SIGN_IN_TONE } from '@ledgerline/core/flow/follow-shift.ts'
import { houseShiftRules } from '@ledgerline/core/agent/rules.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { queueNamed, tenant, type VirtualHouse } from '../support/house.ts'
import { eventsOf } from '../acd/in-house.ts'
import { inHouse, rules, shift } from './in-house.ts'

const test = suite('long sign-in')

const kept = async (house: VirtualHouse) =>
  (await house.telephony.legs()).filter(({ purpose }) => purpose === 'standing').map(({ state }) => state)

test('C4.4-enter-by-button C4.4-long-sign-in: the phone rings, the agent answers, hears the tone and stays connected', () =>
  inHouse({ agents: 1 }, async (house, orders) => {
    await house.desk.longSignIn('201', null, house.by('agent'))
    await house.pass(1_000)
    assert.equal(await kept(house), ['ringing'])
    await house.pass(5_000)
    assert.equal(await kept(house), ['answered'])
    assert.ok(shift(house).longSignIn?.active)
    assert.ok(orders.some((order) => order.do === 'play' && order.media === LONG_SIGN_IN_TONE && !order.repeat))
    await house.pass(3_600_000)
    assert.equal(await kept(house), ['answered'], 'nobody hangs up in a quiet hour')
    await house.desk.endLongSignIn('201', null, house.by('agent'))
    await house.pass(1_000)
    assert.equal(await kept(house), [])
  }))

test('C4.4-b2-beep C4.4-b3-wrapup: calls are put through without ringing, one after the other, and the phone stays connected between them', () =>
  inHouse({ agents: 1, queues: [queueNamed('PS', { wrapUpMs: 5_000 })] }, async (house, orders) => {
    await house.desk.longSignIn('201', null, house.by('agent'))
    await house.pass(5_000)
    for (let n = 0; n < 3; n++) {
      house.call('PS', { talkMs: 20_000 })
      await house.pass(100)
      assert.is(shift(house).engagement.kind, 'talking', 'at once')
      await house.pass(20_000)
      assert.is(shift(house).engagement.kind, 'wrap_up')
      await house.pass(10_000)
    }
    const dials = orders.filter((order) => order.do === 'dial').map((order) => order.target.to.kind)
    assert.equal(dials, ['extension', 'standing', 'standing', 'standing'])
    assert.is((await eventsOf(house, 'AgentRang')).length, 0)
    assert.equal(
      (await eventsOf(house, 'CallAnswered')).map(({ data }) => data.ringMs),
      [0, 0, 0],
    )
    assert.equal(await kept(house), ['answered'])
    await house.desk.endLongSignIn('201', null, house.by('agent'))
    await house.pass(1_000)
  }))

test('C4.4-b4-hangup-button C4.4-b-setting: hanging up on the desk ends the call; the phone stays, unless the tenant wants it otherwise', () =>
  inHouse({ agents: 1 }, async (house) => {
    for (const keeps of [true, false]) {
      await rules(house, { hangUpKeepsLongSignIn: keeps })
      await house.desk.longSignIn('201', null, house.by('agent'))
      await house.pass(5_000)
      house.call('PS', { talkMs: 60_000 })
      await house.pass(1_000)
      await house.desk.hangUp('201', house.by('agent'))
      await house.pass(1_000)
      assert.is(shift(house).engagement.kind, 'wrap_up')
      assert.equal(await kept(house), keeps ? ['answered'] : [])
      await house.pass(30_000)
      if (keeps) await house.desk.endLongSignIn('201', null, house.by('agent'))
      await house.pass(1_000)
    }
  }))

test('C4.4-a5-stop-resume C4.4-b5-stop-resume: hanging up the phone leaves long sign-in, and the call with it; the phone rings again for the next', () =>
  inHouse({ agents: 1 }, async (house, orders) => {
    await house.desk.longSignIn('201', null, house.by('agent'))
    await house.pass(5_000)
    const callId = house.call('PS', { talkMs: 60_000 })
    await house.pass(1_000)
    house.telephony.act(shift(house).longSignIn!.legId, 'hang_up')
    await house.pass(1_000)
    assert.is(shift(house).longSignIn, null)
    assert.ok((await house.story(callId)).includes('CallEnded'))
    assert.equal(
      (await eventsOf(house, 'AgentLongSignInEnded')).map(({ data: { by, reason } }) => [by, reason]),
      [['agent', 'hung_up']],
    )
    await house.pass(20_000)
    house.call('PS', { talkMs: 5_000 })
    await house.pass(60_000)
    assert.is(orders.findLast((order) => order.do === 'dial')!.target.to.kind, 'extension')
  }))

test('C4.5-dial-in-either-mode: the agent dials out on the phone that is kept connected, and holds, consults and is consulted on it', () =>
  inHouse({ agents: 2 }, async (house, orders) => {
    await house.desk.setWork('202', 'not_ready', null, house.by('agent'))
    await house.desk.longSignIn('201', null, house.by('agent'))
    await house.pass(5_000)
    await house.until(house.desk.place('201', '13800002225', 'placed', house.clock.now(), house.by('agent')))
    await house.pass(15_000)
    assert.is(shift(house).engagement.kind, 'talking')
    assert.is(orders.find((order) => order.do === 'dial' && order.target.callId === 'placed')?.do, 'dial')
    await house.until(house.desk.hold('201', house.by('agent')))
    await house.until(house.desk.resume('201', house.by('agent')))
    await house.pass(600_000)
    await house.desk.endLongSignIn('201', null, house.by('agent'))
    await house.pass(1_000)
  }))

test('C5.0-set-long-sign-in C5.0-set-exit-long-sign-in: a supervisor puts a phone into long sign-in and out of it; not answered, it ends by itself', () =>
  inHouse({ agents: 1, habits: picksUp({ ignores: 1 }) }, async (house) => {
    await house.desk.longSignIn('201', '900', house.by('supervisor'))
    await house.pass(houseShiftRules.longSignInRingMs + 2_000)
    assert.is(shift(house).longSignIn, null)
    assert.equal(
      (await eventsOf(house, 'AgentLongSignInRequested')).map(({ data: { by, byCode } }) => [by, byCode]),
      [['supervisor', '900']],
    )
    house.telephony.plug(tenant, '8201', picksUp({ after: () => 1_000 }))
    await house.desk.longSignIn('201', '900', house.by('supervisor'))
    await house.pass(5_000)
    await house.desk.endLongSignIn('201', '900', house.by('supervisor'))
    await house.pass(1_000)
    assert.equal(
      (await eventsOf(house, 'AgentLongSignInEnded')).map(({ data: { by, byCode } }) => [by, byCode]),
      [
        ['system', null],
        ['supervisor', '900'],
      ],
    )
  }))

test('media gone, owner gone, sign-out: a phone in long sign-in is never kept for nobody', () =>
  inHouse({ agents: 1 }, async (house) => {
    const again = async () => {
      await house.until(house.desk.longSignIn('201', null, house.by('agent')))
      await house.pass(5_000)
      assert.equal(await kept(house), ['answered'])
    }
    await again()
    house.telephony.fail()
    await house.pass(60_000)
    house.telephony.recover()
    await house.pass(60_000)
    assert.is(shift(house).longSignIn, null, 'what the network lost the ledger gives up')
    await again()
    await house.takeOver()
    assert.ok(shift(house).longSignIn?.active, 'a new owner goes on with it')
    house.call('PS', { talkMs: 1_000 })
    await house.pass(60_000)
    assert.equal(await kept(house), ['answered'])
    await house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent'))
    await house.pass(1_000)
    assert.equal(await kept(house), [])
  }))

test('a phone that was to be released while the network did not answer is hung up by the reconciler', () =>
  inHouse({ agents: 1 }, async (house) => {
    await house.desk.longSignIn('201', null, house.by('agent'))
    await house.pass(5_000)
    const command = house.telephony.command.bind(house.telephony)
    house.telephony.command = async (id, of, order) => {
      if (order.do === 'hang_up') throw new Problem('telephony.unavailable', { reason: 'the test' })
      return command(id, of, order)
    }
    await house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent'))
    await house.pass(1_000)
    assert.equal(await kept(house), ['answered'])
    house.telephony.command = command
    await house.pass(120_000)
    assert.equal(await kept(house), [])
  }))

test('between calls the agent hears the music that the rules name', () =>
  inHouse({ agents: 1 }, async (house, orders) => {
    await rules(house, { longSignInMusic: 'music:quiet' })
    await house.desk.longSignIn('201', null, house.by('agent'))
    await house.pass(5_000)
    const played = () =>
      orders.filter((order) => order.do === 'play' && order.media === 'music:quiet' && order.repeat).length
    assert.is(played(), 1)
    house.call('PS', { talkMs: 5_000 })
    await house.pass(60_000)
    assert.ok(played() > 1)
    await house.desk.endLongSignIn('201', null, house.by('agent'))
    await house.pass(1_000)
  }))

test.run()
