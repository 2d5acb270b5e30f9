/**
 * What SIP leaves to chance: a BYE that is lost, one that comes at once, CANCEL against 200, two who ask at once, a session
 * that is refused, an ACK that is lost, a phone that sends its caller elsewhere. After each nothing is left of the call: no
 * leg, no dialog, no channel, and every leg's end was reported once. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OwnFreeSwitch } from './freeswitch.ts'
import { CallHouse, COMPLETED, hear, tones } from './house.ts'
import { OwnDrachtio } from './server.ts'

const { customer: CUSTOMER, agent: AGENT } = tones

const test = suite<{ drachtio: OwnDrachtio; freeswitch: OwnFreeSwitch; house: CallHouse }>('races of SIP')

test.before(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  context.freeswitch = await OwnFreeSwitch.start()
})
test.after(async ({ drachtio, freeswitch }) => {
  await drachtio.remove()
  await freeswitch.remove()
})
test.before.each(async (context) => {
  context.house = await CallHouse.ready(context.drachtio, context.freeswitch, {
    probe: { everyMs: 2_000, answerMs: 1_000 },
  })
})
test.after.each(async ({ house, freeswitch }) => {
  const ends = house.of('ended').map(({ legId }) => legId)
  await house.close()
  await house.until('no channel to be left', async () => (await freeswitch.channels()) === 0)
  assert.equal(ends.length, new Set(ends).size, 'an end is reported once')
})

test('our BYE is lost: the leg is over for us at once', async ({ house }) => {
  const { customer, agent, legId } = await house.talk()
  agent.options.loses = ['BYE']
  await house.send({ do: 'hang_up', legId: 'A', end: COMPLETED })
  await house.send({ do: 'hang_up', legId, end: COMPLETED })
  await house.until('the customer to be let go', () => !customer.inCall)
  assert.equal(await house.telephony.legs(), [])
  agent.options.loses = []
  await house.until('it is said again until it is heard', () => !agent.inCall)
  await house.leaves()
})

test('the BYE of a phone is lost: it is asked, knows of no call, and its leg ends', async ({ house }) => {
  const { agent, legId } = await house.talk()
  agent.options.sendsInVain = ['BYE']
  void agent.bye()
  assert.equal(await house.ends('A'), { by: 'agent', cause: 16, sip: null, reason: 'hung_up' })
  await house.send({ do: 'hang_up', legId, end: COMPLETED })
  await house.leaves()
})

test('a phone loses its power in a talk: it answers nothing and is not heard, and its leg ends', async ({ house }) => {
  const { agent, legId } = await house.talk()
  agent.unplug()
  assert.is((await house.ends('A')).reason, 'no_media')
  await house.send({ do: 'hang_up', legId, end: COMPLETED })
  await house.leaves()
})

test('a phone that answers nothing and is heard talks on', async ({ house }) => {
  const { customer, agent, legId } = await house.talk()
  agent.options.loses = ['OPTIONS']
  await house.until('it to be asked twice in vain', () => agent.asked.filter((each) => each === 'OPTIONS').length > 4)
  await hear([customer, AGENT], [agent, CUSTOMER])
  assert.is(house.of('ended').length, 0)
  agent.options.loses = []
  for (const each of ['A', legId]) await house.send({ do: 'hang_up', legId: each, end: COMPLETED })
  await house.leaves()
})

test('an agent’s phone hangs up at the moment it is connected', async ({ house }) => {
  const customer = await house.outside()
  await house.phone('8201', AGENT, { hangsUpAtOnce: true })
  const { legId, callId } = await house.incoming(customer)
  await house.send({ do: 'answer', legId })
  await house.dial('A', callId, '8201')
  await house.ends('A')
  await house.send({ do: 'hang_up', legId, end: COMPLETED })
  await house.leaves()
})

test('a caller hangs up at the moment they are answered', async ({ house }) => {
  const customer = await house.outside()
  customer.options.hangsUpAtOnce = true
  const { legId } = await house.incoming(customer)
  await house.send({ do: 'answer', legId }).catch(() => {})
  assert.is((await house.ends(legId)).by, 'customer')
  await house.leaves()
})

test('a caller’s CANCEL meets our 200', async ({ house }) => {
  const customer = await house.outside()
  customer.options.crosses = true
  const { legId } = await house.incoming(customer)
  await house.send({ do: 'answer', legId }).catch(() => {})
  assert.is((await house.ends(legId)).by, 'customer')
  await house.leaves()
})

test('our CANCEL meets the 200 of a phone: it is told that it is over', async ({ house }) => {
  const customer = await house.outside()
  const agent = await house.phone('8201', AGENT, { takes: 'ring', crosses: true })
  const { legId, callId } = await house.incoming(customer)
  await house.send({ do: 'answer', legId })
  await house.dial('A', callId, '8201')
  await house.report('ringing', 'A')
  await house.send({ do: 'hang_up', legId: 'A', end: { ...COMPLETED, reason: 'cancelled' } })
  await house.until('the BYE', () => agent.asked.includes('BYE'))
  assert.not(agent.inCall)
  assert.equal(house.of('answered', 'A'), [])
  await house.send({ do: 'hang_up', legId, end: COMPLETED })
  await house.leaves()
})

test('C3.3-hold both sides ask for another session at once (491): both ask again, and the talk goes on', async ({
  house,
  freeswitch,
}) => {
  const { customer, agent, legId } = await house.talk()
  agent.options.glares = true
  await freeswitch.api(`uuid_media_reneg ${await dialled(freeswitch)}`)
  await house.until('the media server to ask', () => agent.asked.filter((each) => each === 'INVITE').length > 1)
  agent.options.glares = false
  for (let times = 0; times < 10 && (await agent.hold(false)) !== 200; times++)
    await new Promise((resolve) => setTimeout(resolve, 200))
  await hear([customer, AGENT], [agent, CUSTOMER])
  for (const each of ['A', legId]) await house.send({ do: 'hang_up', legId: each, end: COMPLETED })
  await house.leaves()
})

test('a phone refuses another session (488): the talk goes on, and the next change is taken', async ({
  house,
  freeswitch,
}) => {
  const { customer, agent, legId } = await house.talk()
  agent.options.refusesChanges = true
  await freeswitch.api(`uuid_media_reneg ${await dialled(freeswitch)}`)
  await house.until('the refusal', () => agent.asked.filter((each) => each === 'INVITE').length > 1)
  agent.options.refusesChanges = false
  await hear([customer, AGENT], [agent, CUSTOMER])
  assert.is(await agent.hold(true), 200)
  await house.report('held', 'A')
  assert.is(await agent.hold(false), 200)
  await house.report('resumed', 'A')
  await hear([customer, AGENT], [agent, CUSTOMER])
  for (const each of ['A', legId]) await house.send({ do: 'hang_up', legId: each, end: COMPLETED })
  await house.leaves()
})

test('the acknowledgement of a phone’s answer is lost: it is sent again', async ({ house }) => {
  const customer = await house.outside()
  const agent = await house.phone('8201', AGENT, { losesFirstAck: true })
  const { legId, callId } = await house.incoming(customer)
  await house.send({ do: 'answer', legId })
  await house.reach('A', callId, '8201')
  await house.send({ do: 'bridge', legId: 'A', to: legId })
  await house.until('a second ACK', () => agent.acknowledged > 1)
  await hear([customer, AGENT], [agent, CUSTOMER])
  for (const each of ['A', legId]) await house.send({ do: 'hang_up', legId: each, end: COMPLETED })
  await house.leaves()
})

test('a caller never acknowledges our answer: they are let go after half a minute', async ({ house }) => {
  const customer = await house.outside()
  customer.options.sendsInVain = ['ACK']
  const { legId } = await house.incoming(customer)
  await house.send({ do: 'answer', legId })
  await house.until('the BYE', () => customer.asked.includes('BYE'), 45_000)
  await house.ends(legId)
  await house.leaves()
})

test('the SIP server begins anew in a talk, and knows no dialog: phones are told the end all the same', async ({
  house,
  drachtio,
}) => {
  const { customer, agent, legId } = await house.talk()
  await drachtio.kill()
  await drachtio.up()
  await house.connected()
  await hear([customer, AGENT], [agent, CUSTOMER])
  for (const each of ['A', legId]) await house.send({ do: 'hang_up', legId: each, end: COMPLETED })
  await house.until('both phones to be told', () => !customer.inCall && !agent.inCall)
  assert.equal(
    [customer, agent].map(({ asked }) => asked.filter((each) => each === 'BYE').length),
    [1, 1],
  )
  await house.leaves()
})

test('a phone that sends its caller elsewhere (302) has refused', async ({ house }) => {
  const customer = await house.outside()
  await house.phone('8201', AGENT, { takes: 'elsewhere' })
  const { legId, callId } = await house.incoming(customer)
  await house.send({ do: 'answer', legId })
  await house.dial('A', callId, '8201')
  assert.equal(await house.ends('A'), { by: 'agent', cause: 21, sip: 302, reason: 'rejected' })
  await house.send({ do: 'hang_up', legId, end: COMPLETED })
  await house.leaves()
})

test('a phone that wants no calls at all says so', async ({ house }) => {
  const customer = await house.outside()
  await house.phone('8201', AGENT, { takes: 'no_calls' })
  const { legId, callId } = await house.incoming(customer)
  await house.send({ do: 'answer', legId })
  await house.dial('A', callId, '8201')
  assert.equal(await house.ends('A'), { by: 'agent', cause: 21, sip: 480, reason: 'rejected' })
  assert.is(house.of('do_not_disturb', 'A').length, 1)
  await house.send({ do: 'hang_up', legId, end: COMPLETED })
  await house.leaves()
})

/** The one channel that the media server has dialled. */
async function dialled(freeswitch: OwnFreeSwitch): Promise<string> {
  const { rows } = JSON.parse(await freeswitch.api('show channels as json')) as {
    rows: { uuid: string; direction: string }[]
  }
  return rows.find(({ direction }) => direction === 'outbound')!.uuid
}

test.run()
