/** Presence of an agent’s desk and phone, and what ends by itself when nobody acts. Virtual time. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { DESK_BEAT_MS, DESK_LEASE_MS } from '@ledgerline/core/desk/presence.ts'
import { houseShiftRules } from '@ledgerline/core/agent/rules.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { queueNamed, tenant, type VirtualHouse } from '../support/house.ts'
import { eventsOf } from '../acd/in-house.ts'
import { inHouse, refusedWith, rules, shift } from './in-house.ts'

const test = suite('presence')

/** The browser that is the desk, if a test needs one. */
const DESK = '0a0e3c5e-0000-4000-8000-000000000001'

const OTHER = '0a0e3c5e-0000-4000-8000-000000000002'

async function claim(house: VirtualHouse, agentId: string, deskId = DESK): Promise<void> {
  await house.desk.claimDesk(agentId, deskId, house.by('agent'))
  await house.pass(10)
}

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

test.run()
