/**
 * A start without a snapshot: what is read does not grow with the age of the ledger, and what is known afterwards is what a
 * process knows that has read everything.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogPage } from '@ledgerline/core/kernel/log.ts'
import type { SwitchboardSnapshot } from '@ledgerline/core/state/switchboard-state.ts'
import type { QueueSettings } from '@ledgerline/core/queue/settings.ts'
import { queueNamed, VirtualHouse } from '../support/house.ts'
import { tellingOf, contactOf } from '../support/told-of-network.ts'
import { eventsOf } from './in-house.ts'

const HOUR = 3_600_000

/** A day of the house: most come, take ten calls and leave; in the evening the night watch comes. */
async function day(house: VirtualHouse, number: number): Promise<void> {
  const [night, ...others] = house.agents
  const here = others.filter((_, index) => number % 3 === 0 || index % 3 !== number % 3)
  for (const { agentId } of here) {
    await house.until(house.desk.signIn(agentId, { via: 'phone', registered: true }, house.by(`agent:${agentId}`)))
    await house.until(house.desk.setWork(agentId, 'ready', null, house.by(`agent:${agentId}`)))
  }
  for (let call = 0; call < 10; call++) {
    house.call('PS', { talkMs: 30_000, from: `1380000${number}${call}` })
    await house.pass(HOUR)
  }
  for (const { agentId } of here)
    await house.until(
      house.desk.agent(agentId, { do: 'sign_out', by: 'agent', reason: null }, house.by(`agent:${agentId}`)),
    )
  await house.pass(8 * HOUR)
  await house.until(
    house.desk.signIn(night!.agentId, { via: 'phone', registered: true }, house.by(`agent:${night!.agentId}`)),
  )
  await house.pass(6 * HOUR)
}

/** A house that is `days` days old; its first agent is at work. */
async function houseOf(days: number): Promise<VirtualHouse> {
  const house = await new VirtualHouse({
    agents: 4,
    checkEveryMs: HOUR,
    network: { gateways: [{ code: 'gw1', mode: 'nni', address: '10.0.0.9' }] },
  }).open()
  const tell = tellingOf(house)
  await house.until(tell.phone('8203', [contactOf('8203')]))
  await house.until(
    tell.gateway('gw1', { up: false, registration: 'none', reach: 'unreachable', pingMs: null, sip: null }),
  )
  for (const { agentId } of house.agents)
    await house.until(
      house.desk.agent(agentId, { do: 'sign_out', by: 'agent', reason: null }, house.by(`agent:${agentId}`)),
    )
  for (let number = 0; number < days; number++) await day(house, number)
  return house
}

/** Counts the events that a log gives while something is done. */
async function readDuring(house: VirtualHouse, work: () => Promise<void>): Promise<number> {
  let events = 0
  const { log } = house
  const { readStream, subscribe } = log
  log.readStream = async (...asked) => {
    const found = await readStream.apply(log, asked)
    events += found.length
    return found
  }
  log.subscribe = async function* (...asked): AsyncIterable<LogPage> {
    for await (const page of subscribe.apply(log, asked)) {
      events += page.events.length
      yield page
    }
  }
  await work()
  log.readStream = readStream
  log.subscribe = subscribe
  return events
}

/** What is decided by. */
function known(house: VirtualHouse): Partial<SwitchboardSnapshot> {
  const { configuration, owner, calls, shifts, aside, starving, network } = house.process.switchboard.snapshot()
  const open = shifts.filter(([, { state }]) => state.status === 'open')
  return { configuration, owner, calls, shifts: open, aside, starving, network }
}

const test = suite('bookmarks')

test('what is read at a start without a snapshot does not grow with the closed days behind it', async () => {
  const read: number[] = []
  const inLedger: number[] = []
  for (const days of [3, 9]) {
    const house = await houseOf(days)
    inLedger.push((await house.ledger()).length)
    const before = known(house)
    read.push(await readDuring(house, () => house.takeOver()))
    assert.equal(known(house), before, `${days} days`)
    // Whoever has not worked for days gets the shift after their last.
    for (const { agentId } of house.agents.slice(1))
      await house.until(house.desk.signIn(agentId, { via: 'phone', registered: true }, house.by(`agent:${agentId}`)))
    const shifts = (await eventsOf(house, 'AgentSignedIn')).map(({ stream }) => stream)
    assert.is(new Set(shifts).size, shifts.length)
    house.call('PS', { talkMs: 30_000 })
    await house.pass(HOUR / 2)
    assert.ok((await eventsOf(house, 'CallAnswered')).length > days * 9)
    await house.close()
  }
  const [three, nine] = read as [number, number]
  assert.ok(inLedger[1]! > 2.5 * inLedger[0]!, `${inLedger}`)
  assert.ok(nine < three * 1.2 && nine < inLedger[1]! / 3, `read ${read} of ${inLedger}`)
})

test('of the configuration only what is in force is read, however often another was activated', async () => {
  const read: number[] = []
  const inLedger: number[] = []
  for (const activations of [4, 24]) {
    const house = await new VirtualHouse({ agents: 2, checkEveryMs: HOUR }).open()
    // Queues come and go: where callers of one that is gone are sent is said by all later versions.
    const activate = (queues: QueueSettings[], n: number) =>
      house.until(
        house.desk.activate(
          {
            zone: 'Asia/Shanghai',
            queues,
            agents: house.agents,
            routes: [],
            network: {
              extensions: Array.from({ length: 400 }, (_, index) => ({
                number: String(6000 + index),
                remark: `${index % 100 === 0 ? n : 'the same'}, and so on and on, for parts to be worth their while`,
              })),
            },
          },
          house.by('operator:admin'),
        ),
      )
    const kept = house.queues[0]!
    const closed = { kind: 'hang_up' as const, code: '', keepPlace: false }
    for (let n = 0; n < activations; n++)
      await activate([kept, queueNamed(`Q${n}`, { exits: { ...kept.exits, closed } })], n)
    await activate([kept], activations)
    for (let hour = 0; hour < 60; hour++) {
      house.call('PS', { patienceMs: 5_000 })
      await house.pass(HOUR)
    }
    inLedger.push((await house.ledger()).length)
    const before = known(house)
    assert.is(Object.keys(before.configuration!.state.retired).length, activations)
    // Activated since that bookmark, too.
    await activate([kept, queueNamed('new')], activations + 1)
    const now = known(house)
    read.push(await readDuring(house, () => house.takeOver()))
    assert.equal(known(house), now, `${activations} activations`)
    await house.close()
  }
  const [few, many] = read as [number, number]
  assert.ok(many <= few * 1.1, `read ${read} of ${inLedger}`)
})

test('a call that has been held for days is known, and so is who is in it', async () => {
  const house = await new VirtualHouse({ agents: 1, checkEveryMs: HOUR }).open()
  const callId = house.call('PS', { talkMs: 1_000 * HOUR })
  for (let hour = 0; hour < 48; hour++) {
    // Something happens now and then.
    house.call('PS', { patienceMs: 5_000 })
    await house.pass(HOUR)
  }
  const bookmarks = await eventsOf(house, 'SwitchboardBookmarked')
  assert.ok(bookmarks.some(({ data }) => data.open.some(({ id }) => id === callId)))
  const before = known(house)
  await house.takeOver()
  assert.equal(known(house), before)
  assert.is(house.process.switchboard.call(callId)?.status, 'live')
  await house.close()
})

test('a bookmark that cannot be read is as if it had not been left', async () => {
  const house = await houseOf(3)
  const { readStream } = house.log
  const last = (await eventsOf(house, 'SwitchboardBookmarked')).at(-1)!
  house.log.readStream = async (...asked) =>
    (await readStream.apply(house.log, asked)).map((event) =>
      event.id === last.id ? { ...event, data: 'not JSON' } : event,
    )
  const before = known(house)
  await house.takeOver()
  assert.equal(known(house), before)
  await house.close()
})

test.run()
