/**
 * An agent's day: presence of desk and phone, forgotten shifts, long sign-in. Real process, simulated
 * telephony, virtual time.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { DESK_BEAT_MS, DESK_LEASE_MS } from '@ledgerline/core/desk/presence.ts'
import { LONG_SIGN_IN_TONE } from '@ledgerline/core/flow/follow-shift.ts'
import { houseShiftRules, type ShiftRules } from '@ledgerline/core/agent/rules.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type { LegCommand } from '@ledgerline/core/telephony/port.ts'
import { queueNamed, tenant, VirtualHouse, type HouseOptions } from '../support/house.ts'

const test = suite('an agent’s day')

async function inHouse(
  options: HouseOptions,
  body: (house: VirtualHouse, orders: LegCommand[]) => Promise<void>,
): Promise<void> {
  const house = new VirtualHouse(options)
  const orders: LegCommand[] = []
  const command = house.telephony.command.bind(house.telephony)
  house.telephony.command = (id, of, order) => {
    orders.push(order)
    return command(id, of, order)
  }
  try {
    await house.open()
    await body(house, orders)
    assert.equal(await house.audit(), [])
  } finally {
    await house.close()
  }
}

const shift = (house: VirtualHouse) => house.process.switchboard.shift('201')!
const rules = async (house: VirtualHouse, change: Partial<ShiftRules>) => {
  const { queues, agents } = house
  const routes = [{ code: 'all', to: '*', queueCode: queues[0]!.code }]
  await house.until(
    house.desk.activate(
      { zone: 'Asia/Shanghai', queues, agents, routes, shifts: { ...houseShiftRules, ...change } },
      house.by('operator'),
    ),
  )
  await house.pass(10)
}
const eventsOf = async <T extends AnyEvent['type']>(house: VirtualHouse, type: T) =>
  (await house.ledger()).filter((event): event is Extract<AnyEvent, { type: T }> => event.type === type)

/** The browser that is the desk, if a test needs one. */
const DESK = '0a0e3c5e-0000-4000-8000-000000000001'
const OTHER = '0a0e3c5e-0000-4000-8000-000000000002'

async function claim(house: VirtualHouse, agentId: string, deskId = DESK): Promise<void> {
  await house.desk.claimDesk(agentId, deskId, house.by('agent'))
  await house.pass(10)
}

const refusedWith = async (code: string, asked: Promise<unknown>): Promise<Problem> => {
  const error = await asked.then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(isProblem(error, code), `${code}: ${String(error)}`)
  return error
}

// ── presence ────────────────────────────────────────────────────────────────────────────────────

test('a desk that reports stays; after a lease of silence it is lost, then its agent is away, and after a longer time signed out', () =>
  inHouse({ agents: 1 }, async (house) => {
    const speak = () => house.presence.here('201', DESK, house.by('agent'))
    await claim(house, '201')
    for (let beat = 0; beat < 6; beat++) {
      await speak()
      await house.pass(DESK_BEAT_MS)
    }
    assert.is((await eventsOf(house, 'AgentDeskConnected')).length, 0, 'only news is written')
    await house.pass(DESK_LEASE_MS)
    assert.ok(shift(house).deskLost)
    house.call('PS', { patienceMs: 1_000, talkMs: 1_000 })
    await house.pass(3_000)
    assert.is((await eventsOf(house, 'AgentReserved')).length, 0, 'no offers meanwhile')
    assert.is(shift(house).work, 'ready')
    await house.pass(houseShiftRules.deskGraceMs)
    assert.equal([shift(house).work, shift(house).reason], ['away', 'desk_lost'])
    await house.desk.setWork('201', 'ready', null, house.by('agent')).then(
      () => assert.unreachable(),
      (error) => assert.ok(isProblem(error, 'agent.desk_lost'), String(error)),
    )
    await speak()
    assert.is(shift(house).deskLost, null)
    await house.pass(DESK_LEASE_MS + houseShiftRules.deskSignOutMs + 1_000)
    assert.is(house.process.switchboard.shift('201'), null)
    assert.equal(
      (await eventsOf(house, 'AgentSignedOut')).map(({ data: { by, reason } }) => [by, reason]),
      [['system', 'desk_lost']],
    )
  }))

test('an agent set ready again while the desk is gone is set away again: two events, two ids, however the process learns of it', () =>
  inHouse({ agents: 1 }, async (house) => {
    await rules(house, { deskSignOutMs: 0 })
    await claim(house, '201')
    await house.pass(DESK_LEASE_MS + houseShiftRules.deskGraceMs + 1_000)
    for (let time = 1; time <= 4; time++) {
      assert.equal([shift(house).work, shift(house).reason], ['away', 'desk_lost'], `time ${time}`)
      // What was begun is forgotten with the owner; what the ledger holds is not.
      if (time === 2) await house.takeOver({ withSnapshot: true })
      await house.desk.force('201', time % 2 ? 'ready' : 'not_ready', '900', null, house.by('supervisor'))
      await house.pass(2_000)
    }
    const away = (await eventsOf(house, 'AgentWentAway')).filter(({ data }) => data.reason === 'desk_lost')
    assert.is(away.length, 5)
    assert.is(new Set(away.map(({ id }) => id)).size, 5)
    assert.is(new Set(away.map(({ causation }) => causation)).size, 1, 'all for one reason')
  }))

test('a lost desk in a call: the call continues, and the agent is signed out after it', () =>
  inHouse({ agents: 1, queues: [queueNamed('PS', { wrapUpMs: 0 })] }, async (house) => {
    await rules(house, { deskSignOutMs: 60_000 })
    await claim(house, '201')
    house.call('PS', { talkMs: 300_000 })
    await house.pass(120_000)
    assert.is(shift(house).engagement.kind, 'talking')
    assert.is(shift(house).wish?.work, 'signed_out')
    await house.pass(300_000)
    assert.is(house.process.switchboard.shift('201'), null)
  }))

test('a browser that only looks on is no desk: its reports are refused and it may leave; if it claims the desk, the other looks on', () =>
  inHouse({ agents: 1 }, async (house) => {
    await refusedWith('agent.desk_elsewhere', house.presence.here('201', OTHER, house.by('agent')))
    await house.pass(DESK_LEASE_MS + houseShiftRules.deskGraceMs + houseShiftRules.deskSignOutMs)
    assert.equal(
      [shift(house).work, shift(house).deskLost, shift(house).deskSeen],
      ['ready', null, false],
      'nobody was ever there, so nobody is missed',
    )
    await claim(house, '201')
    await claim(house, '201')
    await refusedWith('agent.desk_elsewhere', house.presence.here('201', OTHER, house.by('agent')))
    await claim(house, '201', OTHER)
    await refusedWith('agent.desk_elsewhere', house.presence.here('201', DESK, house.by('agent')))
    assert.equal(
      (await eventsOf(house, 'AgentDeskClaimed')).map(({ data }) => [data.previousDeskId, data.deskId]),
      [
        [null, DESK],
        [DESK, OTHER],
      ],
    )
    // The one that is the desk carries on, whatever becomes of the other.
    for (let beat = 0; beat < 5; beat++) {
      await house.presence.here('201', OTHER, house.by('agent'))
      await house.pass(DESK_BEAT_MS)
    }
    assert.is(shift(house).deskLost, null)
  }))

test('a desk that was claimed but never reports is lost too', () =>
  inHouse({ agents: 1 }, async (house) => {
    await claim(house, '201')
    await house.pass(DESK_LEASE_MS + 1_000)
    assert.ok(shift(house).deskLost)
    await refusedWith('agent.desk_elsewhere', house.presence.here('201', OTHER, house.by('agent')))
    await claim(house, '201', OTHER)
    assert.is(shift(house).deskLost, null)
  }))

test('an agent who signs in from a browser works there: one act, and one append', () =>
  inHouse({ agents: 1 }, async (house) => {
    await house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent'))
    await house.pass(10)
    const { events } = await house.desk.signIn(
      '201',
      { via: 'desk', registered: true, deskId: DESK },
      house.by('agent'),
    )
    assert.equal(events, ['AgentSignedIn', 'AgentDeskClaimed'])
    await house.pass(10)
    await house.presence.here('201', DESK, house.by('agent'))
  }))

// ── phones ──────────────────────────────────────────────────────────────────────────────────────

const out = async (house: VirtualHouse, ...agents: string[]): Promise<void> => {
  for (const agent of agents) await house.desk.agent(agent, { do: 'sign_out', by: 'agent' }, house.by('agent'))
  await house.pass(10)
}
const signIn = (house: VirtualHouse, agent: string, extension?: string | null) =>
  house.desk.signIn(
    agent,
    { via: 'desk', registered: true, ...(extension !== undefined && { extension }) },
    house.by('agent'),
  )

test('nobody signs in at a colleague’s phone, used or not, nor moves to it; the refusal says whose it is', () =>
  inHouse({ agents: 3 }, async (house) => {
    await out(house, '201', '203')
    const used = await refusedWith('agent.phone_taken', signIn(house, '201', '8202'))
    assert.equal(used.details, { extension: '8202', agent: '202' })
    assert.equal((await refusedWith('agent.phone_taken', signIn(house, '201', '8203'))).details, {
      extension: '8203',
      agent: '203',
    })
    await refusedWith('agent.phone_taken', house.desk.changeExtension('202', '8203', house.by('agent')))
    await signIn(house, '201', '8999')
    await house.pass(10)
    await refusedWith('agent.phone_taken', house.desk.changeExtension('202', '8999', house.by('agent')))
    await refusedWith(
      'agent.phone_unknown',
      house.desk.changeExtension('202', 'my mobile 13800001111', house.by('agent')),
    )
    await refusedWith('agent.phone_unknown', signIn(house, '203', '13800001111'))
    await house.desk.changeExtension('202', '8998', house.by('agent'))
    await house.pass(10)
    // Their own, once it is free again, and one that someone left.
    await signIn(house, '203')
    await house.desk.changeExtension('202', '8202', house.by('agent'))
    await house.pass(10)
    await house.desk.changeExtension('201', '8998', house.by('agent'))
    await house.pass(10)
    assert.equal(
      ['201', '202', '203'].map((agent) => house.process.switchboard.shift(agent)?.extension),
      ['8998', '8202', '8203'],
    )
  }))

test('if two come to one free phone at the same moment the switchboard keeps one: the other is signed out with the reason', () =>
  inHouse({ agents: 3 }, async (house) => {
    await out(house, '201', '202')
    // Neither can see the other: both are decided before the board has folded one of them.
    await Promise.all([signIn(house, '201', '8999'), signIn(house, '202', '8999')])
    await house.pass(100)
    assert.equal(
      ['201', '202'].map((agent) => house.process.switchboard.shift(agent)?.extension),
      ['8999', undefined],
    )
    assert.equal(
      (await eventsOf(house, 'AgentSignedOut')).slice(-1).map(({ data }) => [data.agentCode, data.by, data.reason]),
      [['202', 'system', 'phone_taken']],
    )
    assert.is(house.process.switchboard.agentOfExtension('8999'), '201')
    // By moving too; and it holds after a take-over, from what the ledger says.
    await signIn(house, '202')
    await house.pass(10)
    await Promise.all([
      house.desk.changeExtension('202', '8777', house.by('agent')),
      house.desk.changeExtension('203', '8777', house.by('agent')),
    ])
    await house.takeOver()
    await house.pass(100)
    assert.equal(
      ['202', '203'].map((agent) => house.process.switchboard.shift(agent)?.extension),
      ['8777', undefined],
    )
  }))

test('a supervisor does not listen on the phone of someone else who works there', () =>
  inHouse({ agents: 2, queues: [queueNamed('PS', { wrapUpMs: 0 })] }, async (house) => {
    await house.desk.setWork('202', 'not_ready', null, house.by('agent'))
    await house.pass(10)
    house.call('PS', { talkMs: 30_000 })
    await house.pass(10_000)
    const listen = (extension: string) =>
      house.desk.supervise(
        '201',
        { supervisorCode: '900', mode: 'listen', extension, number: null },
        house.clock.now(),
        house.by('supervisor'),
      )
    assert.is((await refusedWith('agent.phone_taken', listen('8202'))).details['agent'], '202')
    await refusedWith('agent.phone_unknown', listen('13800001111'))
    await house.pass(60_000)
  }))

test('after a restart every desk that had reported gets one lease to report again', () =>
  inHouse({ agents: 2 }, async (house) => {
    for (const agent of ['201', '202']) await claim(house, agent)
    await house.takeOver()
    await house.presence.here('202', DESK, house.by('agent'))
    await house.pass(DESK_LEASE_MS - 1)
    assert.is(shift(house).deskLost, null)
    await house.presence.here('202', DESK, house.by('agent'))
    await house.pass(2_000)
    assert.ok(shift(house).deskLost)
    assert.is(house.process.switchboard.shift('202')!.deskLost, null)
  }))

test('C4.0-reg-unregistered: without a phone no offers; after a while the agent is not ready, visibly; a phone that comes back in time changes nothing else', () =>
  inHouse({ agents: 1 }, async (house) => {
    house.telephony.unplug(tenant, '8201')
    await house.pass(houseShiftRules.phoneGraceMs / 2)
    house.telephony.plug(tenant, '8201', picksUp())
    await house.pass(houseShiftRules.phoneGraceMs)
    assert.equal([shift(house).work, shift(house).registered], ['ready', true])
    house.telephony.unplug(tenant, '8201')
    await house.pass(houseShiftRules.phoneGraceMs + 1_000)
    assert.equal([shift(house).work, shift(house).reason], ['not_ready', 'phone_unregistered'])
    const before = (await house.ledger()).length
    await house.desk.setWork('201', 'ready', null, house.by('agent'))
    await house.pass(houseShiftRules.phoneGraceMs - 1_000)
    assert.is(shift(house).work, 'ready', 'they are given the time again')
    await house.pass(2_000)
    assert.is(shift(house).work, 'not_ready')
    assert.is((await house.ledger()).length, before + 2)
  }))

test('a forgotten shift ends at its limit, after the call in progress', () =>
  inHouse({ agents: 2, queues: [queueNamed('PS', { wrapUpMs: 0 })] }, async (house) => {
    await rules(house, { maxShiftMs: 3_600_000 })
    await house.pass(3_590_000)
    house.call('PS', { talkMs: 60_000 })
    await house.pass(20_000)
    assert.is([...house.process.switchboard.shifts()].length, 1, 'who is idle is out at once')
    await house.pass(120_000)
    assert.is([...house.process.switchboard.shifts()].length, 0)
    assert.equal(
      (await eventsOf(house, 'AgentSignedOut')).map(({ data }) => data.reason),
      ['shift_limit', 'shift_limit'],
    )
  }))

test('A11.3.3-work previewing ends at its deadline', () =>
  inHouse({ agents: 1 }, async (house) => {
    await house.desk.startPreview('201', 'item', house.clock.now(), house.by('agent'))
    await house.pass(houseShiftRules.previewMs + 100)
    assert.equal(
      (await eventsOf(house, 'AgentPreviewEnded')).map(({ data }) => data.result),
      ['timed_out'],
    )
  }))

test('A3.2.2.4-wrapup-time: an agent’s own wrap-up for a queue takes precedence over the queue’s; a form holds it up to the cap', () =>
  inHouse({ agents: 2, queues: [queueNamed('PS', { wrapUpMs: 15_000 })] }, async (house) => {
    await house.desk.agent(
      '201',
      { do: 'change_queues', queues: [{ queueCode: 'PS', level: 1, position: 1, wrapUpMs: 40_000 }], byCode: null },
      house.by('supervisor'),
    )
    await house.desk.setWork('202', 'away', null, house.by('agent'))
    house.call('PS', { talkMs: 5_000 })
    await house.pass(10_000)
    const engagement = shift(house).engagement
    assert.is(engagement.kind === 'wrap_up' && engagement.deadline - engagement.since, 40_000)
    await house.pass(60_000)
  }))

// ── signing in ──────────────────────────────────────────────────────────────────────────────────

test('a sign-in whose answer was lost between append and answer gets the first answer, even if the agent has signed out again', () =>
  inHouse({ agents: 1 }, async (house) => {
    await house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent'))
    const envelope = house.by('agent')
    const signIn = () => house.desk.signIn('201', { via: 'desk', registered: true }, envelope)
    house.logIsAway = 'after'
    await signIn().then(
      () => assert.unreachable(),
      (error) => assert.ok(isProblem(error, 'log.unavailable'), String(error)),
    )
    house.logIsAway = false
    await house.pass(1_000)
    assert.ok(shift(house))
    assert.equal((await signIn()).events, ['AgentSignedIn'])
    await house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent'))
    await house.pass(10)
    assert.equal((await signIn()).events, ['AgentSignedIn'])
    assert.is(house.process.switchboard.shift('201'), null, 'it begins no second shift')
  }))

// ── long sign-in ────────────────────────────────────────────────────────────────────────────────

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
