/** The phone of an agent who talks is gone without having been hung up: the customer stays, and gets them back, or the next one. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { queueNamed, tenant, VirtualHouse } from '../support/house.ts'

const test = suite<{ the: VirtualHouse }>('a phone that is gone in mid-call')
const habits = picksUp({ after: () => 2_000, aloneMs: 600_000 })
const PATIENT = { talkMs: 3_600_000, holdPatienceMs: 3_600_000, patienceMs: 3_600_000 }

test.before.each(async (context) => {
  // Wrap-up must not keep them from their customer.
  context.the = await new VirtualHouse({
    habits,
    queues: [{ ...queueNamed('PS'), wrapUpMs: 60_000, busyDelayMs: 0 }],
  }).open()
})
test.after.each(async ({ the }) => {
  for (let round = 0; round < 3; round++) {
    for (const { legId } of await the.telephony.legs()) the.telephony.act(legId, 'hang_up')
    await the.pass(90_000)
  }
  assert.equal(await the.audit(), [])
  await the.close()
})

/** A customer talks to 201, whose phone then goes; 202 is away. */
async function lost(the: VirtualHouse) {
  await the.desk.setWork('202', 'not_ready', null, the.by('agent:202'))
  const callId = the.call('PS', PATIENT)
  await the.pass(4_000)
  const call = () => the.process.switchboard.call(callId)!
  const { legId } = call().segments['201']!
  const played: string[] = []
  const command = the.telephony.command.bind(the.telephony)
  the.telephony.command = async (id, of, asked) => {
    if (asked.do === 'play' && asked.legId === call().customerLegId) played.push(asked.media)
    return command(id, of, asked)
  }
  the.telephony.unplug(tenant, '8201')
  the.telephony.cutOff(legId)
  await the.pass(1_000)
  return { callId, call, played }
}

const phoneIsBack = (the: VirtualHouse): void => the.telephony.plug(tenant, '8201', habits)
const customerHears = (the: VirtualHouse, legId: string | null) =>
  the.telephony.legs().then((legs) => legs.find((leg) => leg.legId === legId)?.state)

test('the customer hears music, and has the same agent again as soon as their phone is there', async ({ the }) => {
  const { callId, call, played } = await lost(the)
  assert.equal([call().status, played], ['live', ['hold_music']])
  const { reservation } = the.process.switchboard.shift('201')!
  assert.is(reservation?.callId, callId, 'nobody else gets them meanwhile')
  const other = the.call('PS', PATIENT)
  await the.pass(5_000)
  phoneIsBack(the)
  await the.pass(4_000)
  assert.equal(Object.keys(call().segments), ['201'])
  assert.is(await customerHears(the, call().customerLegId), 'answered')
  assert.is(the.process.switchboard.call(other)!.queue?.queueCode, 'PS', 'who came later waits on')
  const story = await the.story(callId)
  assert.equal(story.slice(story.indexOf('AgentLeftCall')), [
    'AgentLeftCall',
    'AgentPhoneLost',
    'CallOffered',
    'LegDialled',
    'LegRinging',
    'LegAnswered',
    'CallAnswered',
  ])
})

test('not there again in time: the customer is first in line, and the next agent takes them', async ({ the }) => {
  const { callId, call } = await lost(the)
  const other = the.call('PS', PATIENT)
  await the.pass(20_000)
  assert.is(call().queue?.queueCode, 'PS')
  await the.desk.setWork('202', 'ready', null, the.by('agent:202'))
  await the.pass(4_000)
  assert.equal(Object.keys(call().segments), ['202'])
  assert.is(the.process.switchboard.call(other)!.queue?.queueCode, 'PS')
  assert.ok((await the.story(callId)).includes('AgentNotBack'))
  assert.is(the.process.switchboard.shift('201')!.reservation, null)
})

test('the agent does not answer, or refuses: the customer goes back to the queue', async ({ the }) => {
  const { call } = await lost(the)
  the.telephony.plug(tenant, '8201', picksUp({ refuses: 1, aloneMs: 600_000 }))
  await the.pass(21_000)
  assert.is(call().queue?.queueCode, 'PS')
})

test('a process killed meanwhile: the next one waits for the phone as long as was left', async ({ the }) => {
  const { call } = await lost(the)
  await the.takeOver()
  await the.pass(5_000)
  phoneIsBack(the)
  await the.pass(4_000)
  assert.equal(Object.keys(call().segments), ['201'])
})

test('the customer hangs up meanwhile: nobody is kept for them', async ({ the }) => {
  const { call } = await lost(the)
  the.telephony.act(call().customerLegId!, 'hang_up')
  await the.pass(1_000)
  assert.is(the.process.switchboard.shift('201')!.reservation, null)
})

test('where the rule says so the call ends with the phone; a phone that hangs up ends it always', async ({ the }) => {
  await the.desk.setWork('202', 'not_ready', null, the.by('agent:202'))
  const hungUp = the.call('PS', PATIENT)
  await the.pass(4_000)
  the.telephony.act(the.process.switchboard.call(hungUp)!.segments['201']!.legId, 'hang_up')
  await the.pass(1_000)
  assert.is(the.process.switchboard.call(hungUp)?.status ?? 'ended', 'ended')
  await the.pass(70_000)
  await the.reconfigure({ routes: [], network: {}, shifts: { rejoinMs: 0 } })
  await the.desk.setWork('202', 'ready', null, the.by('agent:202'))
  await the.desk.setWork('202', 'not_ready', null, the.by('agent:202'))
  const { callId } = await lost(the)
  assert.is(the.process.switchboard.call(callId)?.status ?? 'ended', 'ended')
  assert.not((await the.story(callId)).includes('AgentPhoneLost'))
  phoneIsBack(the)
})

test('a phone that keeps saying that it is busy is called less and less often, and as before once it has been answered', async ({
  the,
}) => {
  await the.desk.setWork('202', 'not_ready', null, the.by('agent:202'))
  the.telephony.unplug(tenant, '8201')
  the.telephony.plug(tenant, '8201', { aloneMs: 600_000, react: () => ({ do: 'busy' }) })
  const callId = the.call('PS', PATIENT)
  await the.pass(60_000)
  const offered = async () =>
    (await the.ledger()).filter(({ type, data }) => type === 'CallOffered' && data.callId === callId)
  const times = (await offered()).map(({ at }) => at)
  const pauses = times.slice(1).map((at, index) => Math.round((at - times[index]!) / 1_000))
  assert.equal(pauses.slice(0, 5), [1, 2, 4, 8, 16])
  assert.is(Math.max(...pauses), 16)
  the.telephony.unplug(tenant, '8201')
  phoneIsBack(the)
  await the.pass(20_000)
  assert.equal(Object.keys(the.process.switchboard.call(callId)!.segments), ['201'])
  assert.is(the.process.switchboard.shift('201')!.busy, 0)
})

test.run()
