/**
 * What lives on when a server, or the process that made the calls, is gone: talk goes on in the media server, and callers
 * who wait there are kept; the rest is ended. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../support/gate.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { keptInMemory } from '../../support/kept-in-memory.ts'
import { CallHouse, COMPLETED, hear, tones } from './house.ts'
import { OwnDrachtio } from './server.ts'

const { customer: CUSTOMER, agent: AGENT, supervisor: SUPERVISOR, music: MUSIC, third: THIRD, waiting: WAITING } = tones

const test = suite<{ drachtio: OwnDrachtio; freeswitch: OwnFreeSwitch }>('what lives on')

test.before.each(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  context.freeswitch = await OwnFreeSwitch.start()
})
test.after.each(async ({ drachtio, freeswitch }) => {
  await drachtio.remove()
  await freeswitch.remove()
})

const noChannels = (freeswitch: OwnFreeSwitch): Promise<void> =>
  until('no channel to be left', async () => (await freeswitch.channels()) === 0, 30_000)

test('the process is gone: talk and hold go on, its successor takes the legs over, and phones are told the end', async ({
  drachtio,
  freeswitch,
}) => {
  const store = keptInMemory()
  const first = await CallHouse.ready(drachtio, freeswitch, { store })
  const talk = await first.talk()
  const waiting = await first.outside('13900002222', WAITING)
  const other = await first.incoming(waiting)
  await first.send({ do: 'answer', legId: other.legId })
  await other.status
  const rings = await first.phone('8202', THIRD, { takes: 'ring' })
  await first.dial('R', other.callId, '8202')
  await first.report('ringing', 'R')
  await first.vanish()
  await hear([talk.customer, AGENT], [talk.agent, CUSTOMER])

  const second = await CallHouse.ready(drachtio, freeswitch, { store, node: 'node2' })
  const legs = await second.telephony.legs()
  assert.equal(
    legs.map(({ legId, callId, purpose, state }) => [legId, callId, purpose, state]).toSorted(),
    [
      ['A', talk.callId, 'agent', 'answered'],
      [talk.legId, talk.callId, 'customer', 'answered'],
      [other.legId, other.callId, 'customer', 'answered'],
    ].toSorted(),
  )
  await hear([talk.customer, AGENT], [talk.agent, CUSTOMER])
  // They are connected as before, and can be connected with others.
  await second.send({ do: 'hold', legId: talk.legId, music: null })
  await hear([talk.customer, MUSIC], [talk.agent])
  await second.send({ do: 'resume', legId: talk.legId, to: 'A' })
  await hear([talk.customer, AGENT], [talk.agent, CUSTOMER])
  for (const legId of [talk.legId, 'A']) await second.send({ do: 'hang_up', legId, end: COMPLETED })
  await second.until('both to be told', () => !talk.customer.inCall && !talk.agent.inCall)
  // Nobody hears that this one hangs up: they fall silent.
  await waiting.bye()
  assert.is((await second.ends(other.legId)).reason, 'no_media')
  await second.leaves()
  await second.close()
  rings.stop()
  for (const phone of [talk.customer, talk.agent, waiting]) phone.stop()
  await noChannels(freeswitch)
})

test('the process is gone as phones ring, or answer: its successor takes that back, and nobody is left in a call with nobody', async ({
  drachtio,
  freeswitch,
}) => {
  const first = await CallHouse.ready(drachtio, freeswitch)
  const customer = await first.outside()
  const { legId, callId, status } = await first.incoming(customer)
  await first.send({ do: 'answer', legId })
  assert.is(await status, 200)
  const rings = await first.phone('8202', THIRD, { takes: 'ring' })
  const answers = await first.phone('8203', SUPERVISOR, { takes: 'ring' })
  for (const [leg, extension] of [
    ['R', '8202'],
    ['Q', '8203'],
  ] as const) {
    await first.dial(leg, callId, extension)
    await first.report('ringing', leg)
  }
  await first.vanish()
  answers.answer()

  const second = await CallHouse.ready(drachtio, freeswitch, { node: 'node2' })
  await second.until('the phone to stop ringing', () => rings.invitation === null)
  assert.ok(rings.asked.includes('CANCEL'), rings.asked.join())
  await second.until('the phone to be let go', () => !answers.inCall)
  await second.until('the rest to be over', async () => (await second.telephony.legs()).length === 1)
  await second.send({ do: 'hang_up', legId, end: COMPLETED })
  await second.until('the customer to be let go', () => !customer.inCall)
  await second.leaves()
  await second.close()
  for (const phone of [customer, rings, answers]) phone.stop()
  await noChannels(freeswitch)
})

test('a caller was answered, and that was not written down any more: the successor tells them the end all the same', async ({
  drachtio,
  freeswitch,
}) => {
  const first = await CallHouse.ready(drachtio, freeswitch)
  const customer = await first.outside()
  const { legId, status } = await first.incoming(customer)
  await first.send({ do: 'answer', legId })
  assert.is(await status, 200)
  let channel: string | undefined
  await first.until('the channel', async () => {
    const { rows = [] } = JSON.parse(await freeswitch.api('show channels as json')) as { rows?: { uuid: string }[] }
    return (channel = rows[0]?.uuid) !== undefined
  })
  const answered = (): Promise<string> => freeswitch.api(`uuid_getvar ${channel} ledgerline_answered`)
  await first.until('the mark', async () => (await answered()) !== '_undef_')
  await freeswitch.api(`uuid_setvar ${channel} ledgerline_answered`)
  assert.is(await answered(), '_undef_')
  await first.vanish()

  const second = await CallHouse.ready(drachtio, freeswitch, { node: 'node2' })
  assert.equal(
    (await second.telephony.legs()).map((leg) => [leg.legId, leg.state]),
    [[legId, 'answered']],
  )
  await second.send({ do: 'hang_up', legId, end: COMPLETED })
  await second.until('the customer to be told', () => !customer.inCall)
  await second.leaves()
  await second.close()
  customer.stop()
  await noChannels(freeswitch)
})

test('a process is gone before a caller was answered: its successor turns them away', async ({
  drachtio,
  freeswitch,
}) => {
  const first = await CallHouse.ready(drachtio, freeswitch)
  const customer = await first.outside()
  const { legId, status } = await first.incoming(customer)
  await first.until('the caller on the media server', async () => (await freeswitch.channels()) === 1)
  await first.vanish()
  const second = await CallHouse.ready(drachtio, freeswitch, { node: 'node2' })
  assert.is(await status, 503)
  await second.until('nothing to be left', async () => (await second.telephony.legs()).length === 0)
  // Nothing is left by which it could be known, but its name.
  const other = await second.outside('13900002222')
  const again = await second.incoming(other)
  assert.not.equal(again.legId, legId)
  await second.vanish()
  const third = await CallHouse.ready(drachtio, freeswitch, { node: 'node3' })
  await third.send({ do: 'hang_up', legId: again.legId, end: COMPLETED }).catch(() => {})
  assert.is(await again.status, 503)
  await third.close()
  for (const phone of [customer, other]) phone.stop()
  await noChannels(freeswitch)
})

test('drachtio is gone: talk goes on, what rings ends; whoever hangs up is noticed', async ({
  drachtio,
  freeswitch,
}) => {
  const house = await CallHouse.ready(drachtio, freeswitch)
  const { customer, agent, legId, callId } = await house.talk()
  await house.phone('8202', THIRD, { takes: 'ring' })
  await house.dial('B', callId, '8202', { purpose: 'consultation' })
  await house.report('ringing', 'B')
  await drachtio.kill()
  assert.is((await house.ends('B')).reason, 'node_lost')
  await hear([customer, AGENT], [agent, CUSTOMER])
  await drachtio.up()
  await house.connected()
  assert.equal((await house.telephony.legs()).map((leg) => leg.legId).toSorted(), ['A', legId].toSorted())
  // New legs join those whose signalling is lost.
  const third = await house.phone('8203', SUPERVISOR)
  await house.send({ do: 'hold', legId, music: null })
  await house.reach('C', callId, '8203', 'consultation')
  await house.send({ do: 'bridge', legId, to: 'C' })
  await hear([customer, SUPERVISOR], [third, CUSTOMER])
  assert.is(await agent.bye(), 481)
  assert.is((await house.ends('A')).reason, 'no_media')
  await third.bye()
  assert.is((await house.ends('C')).reason, 'hung_up')
  await house.send({ do: 'hang_up', legId, end: COMPLETED })
  await house.leaves()
  await house.close()
  await noChannels(freeswitch)
})

test('FreeSWITCH is gone: whoever was answered is let go, and the next call is served as usual', async ({
  drachtio,
  freeswitch,
}) => {
  const house = await CallHouse.ready(drachtio, freeswitch, { graceMs: 500 })
  const { customer, agent, legId } = await house.talk()
  await freeswitch.kill()
  for (const each of ['A', legId]) assert.is((await house.ends(each)).reason, 'media_lost')
  await house.until('both phones to be let go', () => !customer.inCall && !agent.inCall)
  assert.equal(
    house.of('media').map(({ up }) => up),
    [true, false],
  )
  await freeswitch.up()
  await house.connected()
  const caller = await house.outside('13900003333')
  const again = await house.incoming(caller)
  await house.send({ do: 'answer', legId: again.legId })
  assert.is(await again.status, 200)
  await caller.bye()
  await house.ends(again.legId)
  await house.leaves()
  await house.close()
})

test('FreeSWITCH is gone before a caller was answered: another one takes them, and they hear the agent', async ({
  drachtio,
  freeswitch,
}) => {
  const spare = await OwnFreeSwitch.start()
  try {
    const house = await CallHouse.ready(drachtio, freeswitch, { graceMs: 500, others: [spare] })
    const customer = await house.outside()
    const { legId, callId, status } = await house.incoming(customer)
    await house.until('the caller on a media server', async () => (await house.channels()).some((count) => count > 0))
    const [first] = await house.channels()
    await (first! > 0 ? freeswitch : spare).kill()
    await house.until('the loss to be known', () => house.of('media').some(({ up }) => !up))
    await house.send({ do: 'answer', legId })
    assert.is(await status, 200)
    const agent = await house.phone('8201', AGENT)
    await house.reach('A', callId, '8201')
    await house.send({ do: 'bridge', legId: 'A', to: legId })
    await hear([customer, AGENT], [agent, CUSTOMER])
    for (const each of ['A', legId]) await house.send({ do: 'hang_up', legId: each, end: COMPLETED })
    await house.until('nothing to be left', async () => (await house.telephony.legs()).length === 0)
    await house.close()
  } finally {
    await spare.remove()
  }
})

test('several FreeSWITCH servers: the one with the fewest legs is taken, and none that is draining', async ({
  drachtio,
  freeswitch,
}) => {
  const spare = await OwnFreeSwitch.start()
  try {
    const house = await CallHouse.ready(drachtio, freeswitch, { others: [spare] })
    const callers = []
    for (const number of ['13900000001', '13900000002', '13900000003', '13900000004']) {
      const caller = await house.outside(number)
      const { legId, status } = await house.incoming(caller)
      await house.send({ do: 'answer', legId })
      assert.is(await status, 200)
      callers.push({ caller, legId })
    }
    await house.until('two on each', async () => String(await house.channels()) === '2,2')
    house.media.draining = true
    for (const number of ['13900000005', '13900000006']) {
      const caller = await house.outside(number)
      const { legId, status } = await house.incoming(caller)
      await house.send({ do: 'answer', legId })
      assert.is(await status, 200)
      callers.push({ caller, legId })
    }
    await house.until('all others on the second', async () => String(await house.channels()) === '2,4')
    for (const { caller } of callers) await caller.bye()
    await house.until('nothing to be left', async () => (await house.channels()).every((count) => count === 0))
    await house.close()
  } finally {
    await spare.remove()
  }
})

test('C5.2-listen the customer hangs up: the supervisor’s leg stays, until it is told otherwise', async ({
  drachtio,
  freeswitch,
}) => {
  const house = await CallHouse.ready(drachtio, freeswitch)
  const { customer, agent, legId, callId } = await house.talk()
  const supervisor = await house.phone('8900', SUPERVISOR)
  await house.reach('S', callId, '8900', 'supervisor')
  await house.send({ do: 'supervise', legId: 'S', customerLegId: legId, agentLegId: 'A', mode: 'listen' })
  await hear([supervisor, CUSTOMER, AGENT], [agent, CUSTOMER], [customer, AGENT])
  await customer.bye()
  await house.ends(legId)
  await hear([supervisor], [agent])
  assert.equal((await house.telephony.legs()).map((leg) => leg.legId).toSorted(), ['A', 'S'])
  // They listen on, at the agent, who talks with the next.
  await house.send({ do: 'supervise', legId: 'S', customerLegId: null, agentLegId: 'A', mode: 'whisper' })
  await hear([supervisor, AGENT], [agent, SUPERVISOR])
  for (const each of ['S', 'A']) await house.send({ do: 'hang_up', legId: each, end: COMPLETED })
  assert.is((await house.ends('S')).reason, 'completed')
  await house.leaves()
  await house.close()
})

test.run()
