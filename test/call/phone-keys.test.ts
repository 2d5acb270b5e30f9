/** The keys that a phone has of its own (hold, transfer, do not disturb) write the events that the desk's buttons write. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { tenant, VirtualHouse } from '../support/house.ts'

const test = suite<{ the: VirtualHouse }>('keys of a phone')

test.before.each(async (context) => {
  context.the = await new VirtualHouse({
    agents: 3,
    habits: picksUp({ after: () => 2_000, aloneMs: 600_000 }),
    network: { extensions: [...['8201', '8202', '8203'].map((number) => ({ number, announceAgent: false }))] },
    routes: [{ code: 'local', type: 'basic', to: '^\\d{4}$' }],
  }).open()
})
test.after.each(async ({ the }) => {
  for (const { legId } of await the.telephony.legs()) the.telephony.act(legId, 'hang_up')
  await the.pass(90_000)
  assert.equal(await the.audit(), [])
  await the.close()
})

const shift = (the: VirtualHouse, agentId: string) => the.process.switchboard.shift(agentId)!

/** A customer talks to 201; the others are away. */
async function talk(the: VirtualHouse) {
  for (const other of ['202', '203']) await the.desk.setWork(other, 'not_ready', null, the.by(`agent:${other}`))
  const callId = the.call('PS', { talkMs: 3_600_000, holdPatienceMs: 3_600_000, patienceMs: 3_600_000 })
  await the.pass(3_000)
  const call = () => the.process.switchboard.call(callId)!
  return { callId, call, legId: call().segments['201']!.legId }
}

/** The events from now on, without what differs between two calls. */
async function written(the: VirtualHouse, callId: string, act: () => unknown) {
  const before = (await the.ledger()).length
  await act()
  await the.pass(5_000)
  return (await the.ledger())
    .slice(before)
    .filter(({ data }) => 'callId' in data && data.callId === callId)
    .map(({ type, actor }) => [type, actor.split(':')[0]])
}

test('C3.3-hold C3.4-resume the phone’s hold key writes what the desk’s button writes, as often as it is pressed', async ({
  the,
}) => {
  const { callId, call, legId } = await talk(the)
  const customer = call().customerLegId!
  for (let time = 1; time <= 2; time++) {
    the.telephony.act(legId, 'hold')
    await the.pass(1_000)
    assert.equal([call().legs[customer]!.state, call().legs[customer]!.holds], ['held', time])
    const { engagement } = shift(the, '201')
    assert.is(engagement.kind === 'talking' && engagement.held, true)
    assert.is((await the.telephony.legs()).find((leg) => leg.legId === customer)?.state, 'held', 'they hear music')
    the.telephony.act(legId, 'resume')
    await the.pass(1_000)
    assert.is(call().legs[customer]!.state, 'answered')
    assert.is((await the.telephony.legs()).find((leg) => leg.legId === customer)?.state, 'answered')
  }
  const byKey = await written(the, callId, () => the.telephony.act(legId, 'hold'))
  await written(the, callId, () => the.telephony.act(legId, 'resume'))
  const byButton = await written(the, callId, () => the.until(the.desk.hold('201', the.by('agent'))))
  assert.equal(
    byKey.map(([type]) => type),
    byButton.map(([type]) => type),
  )
})

test('a key that puts nobody on hold writes nothing: pressed twice, by a customer, in a consultation', async ({
  the,
}) => {
  const { callId, call, legId } = await talk(the)
  const customer = call().customerLegId!
  assert.equal(await written(the, callId, () => the.telephony.act(customer, 'hold')), [], 'a customer’s own key')
  assert.equal(await written(the, callId, () => the.telephony.act(legId, 'resume')), [], 'nobody is on hold')
  await the.desk.setWork('202', 'ready', null, the.by('agent:202'))
  await the.until(the.desk.consult('201', '202', the.clock.now(), the.by('agent')))
  await the.pass(5_000)
  assert.is(call().consultation?.answered, true)
  for (const key of ['hold', 'resume'] as const)
    assert.equal(await written(the, callId, () => the.telephony.act(legId, key)), [], 'the customer stays on hold')
  assert.is(call().legs[customer]!.state, 'held')
})

test('C3.5-blind-transfer the phone’s transfer key does what the desk’s button does', async ({ the }) => {
  const { call, legId } = await talk(the)
  await the.desk.setWork('202', 'ready', null, the.by('agent:202'))
  const answers = toldPhones(the)
  the.telephony.refer(legId, '8202')
  await the.pass(5_000)
  assert.equal(Object.keys(call().segments), ['202'])
  const transferred = (await the.ledger()).find(({ type }) => type === 'CallTransferred')
  assert.equal(transferred?.type === 'CallTransferred' && [transferred.data.kind, transferred.data.agentCode], [
    'blind',
    '201',
  ])
  assert.is(transferred?.actor, 'agent:201')
  assert.ok(
    (await the.telephony.legs()).every((leg) => leg.legId !== legId),
    'their phone is let go',
  )
  assert.ok(answers.length === 0 || answers[0] === true)
})

test('C3.5-consult-transfer a colleague who was asked on the second line gets the customer when the two are connected', async ({
  the,
}) => {
  const { callId, call, legId } = await talk(the)
  await the.desk.setWork('202', 'ready', null, the.by('agent:202'))
  the.telephony.act(legId, 'hold')
  await the.pass(1_000)
  const second = the.telephony.dial(tenant, '8201', '8202', true)!
  await the.pass(6_000)
  const aside = () => the.process.switchboard.call(second.callId)
  assert.equal(Object.keys(aside()!.segments), ['202'])
  the.telephony.refer(legId, '8202', second)
  await the.pass(5_000)
  assert.equal(Object.keys(call().segments), ['202'])
  const customer = call().legs[call().customerLegId!]!
  assert.is(customer.state, 'answered')
  const live = await the.telephony.legs()
  assert.equal(
    live.map(({ callId: of }) => of),
    [callId, callId],
    'the phone of the first is let go, on both lines',
  )
  assert.equal((await the.story(callId)).slice(-11, -2), [
    'ConsultationStarted',
    'LegDialled',
    'LegAnswered',
    'ConsultationAnswered',
    'CallTransferred',
    'AgentLeftCall',
    'ConsultationEnded',
    'CallAnswered',
    'LegResumed',
  ])
  assert.ok((await the.story(second.callId)).includes('CallEnded'))
  const { engagement } = shift(the, '202')
  assert.is(engagement.kind === 'talking' && engagement.callId, callId)
  assert.is(shift(the, '201').engagement.kind === 'talking', false)
})

test('C3.5-consult-transfer a process killed between the two halves of that: the next one brings it to its end', async ({
  the,
}) => {
  const { callId, call, legId } = await talk(the)
  await the.desk.setWork('202', 'ready', null, the.by('agent:202'))
  the.telephony.act(legId, 'hold')
  await the.pass(1_000)
  const second = the.telephony.dial(tenant, '8201', '8202', true)!
  await the.pass(6_000)
  const write = the.desk.call.bind(the.desk)
  let halves = 0
  the.desk.call = async (...asked) => {
    if (++halves === 1) return write(...asked)
    the.kill()
    return new Promise(() => {})
  }
  the.telephony.refer(legId, '8202', second)
  while (halves < 2) await the.pass(1)
  await the.takeOver()
  await the.pass(5_000)
  assert.equal(Object.keys(call().segments), ['202'])
  assert.equal(
    (await the.telephony.legs()).map(({ callId: of, state }) => [of, state]),
    [
      [callId, 'answered'],
      [callId, 'answered'],
    ],
  )
  assert.ok((await the.story(second.callId)).includes('CallEnded'))
  const { engagement } = shift(the, '202')
  assert.is(engagement.kind === 'talking' && engagement.callId, callId)
  assert.is(shift(the, '201').engagement.kind === 'talking', false)
})

test('whoever was asked on the second line has gone: it is a transfer to their number', async ({ the }) => {
  const { call, legId } = await talk(the)
  const nobody = { legId: 'nowhere', callId: 'nowhere' }
  await the.desk.setWork('202', 'ready', null, the.by('agent:202'))
  the.telephony.refer(legId, '8202', nobody)
  await the.pass(5_000)
  assert.equal(Object.keys(call().segments), ['202'])
})

for (const [reaction, status, isSignedIn] of [
  ['busy', 486, false],
  ['refuse', 603, false],
  ['ignore', 408, false],
  ['answer', 200, false],
  ['busy', 486, true],
  ['answer', 200, true],
] as const)
  test(`C3.5-blind-transfer to a phone that does this: ${reaction}${isSignedIn ? ', an agent’s' : ''}; the key’s phone hears ${status}`, async ({
    the,
  }) => {
    const { call, legId } = await talk(the)
    const by = the.by('agent:202')
    if (isSignedIn) await the.desk.setWork('202', 'ready', null, by)
    else await the.desk.agent('202', { do: 'sign_out', by: 'agent' }, by)
    the.telephony.unplug(tenant, '8202')
    const react = () =>
      reaction === 'ignore' || reaction === 'busy' ? { do: reaction } : { do: reaction, afterMs: 500 }
    the.telephony.plug(tenant, '8202', { aloneMs: 600_000, react })
    const told = toldStatuses(the)
    the.telephony.refer(legId, '8202')
    await the.pass(50)
    assert.equal(told, [], 'it rings there')
    await the.pass(58_000)
    assert.equal(told, [status])
    assert.is(call().status, 'live', 'the customer is served')
  })

test('a transfer to nobody is refused, the phone is told, and the talk goes on', async ({ the }) => {
  const { callId, call, legId } = await talk(the)
  await the.reconfigure({ routes: [], network: { gateways: [{ code: 'gw1', mode: 'nni', address: '10.0.0.1' }] } })
  const answers = toldPhones(the)
  for (const to of ['998', '8201', '', 'x'.repeat(300)]) {
    assert.equal(await written(the, callId, () => the.telephony.refer(legId, to)), [], to)
    assert.is(answers.pop(), false)
  }
  assert.equal(await written(the, callId, () => the.telephony.refer(call().customerLegId!, '8202')), [])
  assert.is(answers.pop(), false, 'a customer has no transfer key')
  assert.equal(Object.keys(call().segments), ['201'])
})

test('a phone that wants no calls at all: the offer is refused, and its agent has a break', async ({ the }) => {
  for (const other of ['202', '203']) await the.desk.setWork(other, 'not_ready', null, the.by(`agent:${other}`))
  const callId = the.call('PS', { patienceMs: 600_000 })
  await the.pass(500)
  const offered = Object.values(the.process.switchboard.call(callId)!.offers)[0]!
  assert.is(offered.agentId, '201')
  the.telephony.doNotDisturb(offered.legId)
  await the.pass(2_000)
  const events = await the.ledger()
  const ended = events.find(({ type }) => type === 'OfferEnded')
  assert.is(ended?.type === 'OfferEnded' && ended.data.result, 'refused')
  assert.is(shift(the, '201').work, 'not_ready')
  const offers = (): Promise<number> =>
    the.ledger().then((all) => all.filter(({ type }) => type === 'CallOffered').length)
  const before = await offers()
  await the.pass(60_000)
  assert.is(await offers(), before, 'no further call is offered to a phone that refuses them')
  await the.desk.setWork('201', 'ready', null, the.by('agent:201'))
  await the.pass(5_000)
  assert.equal(Object.keys(the.process.switchboard.call(callId)!.segments), ['201'])
})

/** The same as SIP statuses. */
function toldStatuses(the: VirtualHouse): (number | undefined)[] {
  const statuses: (number | undefined)[] = []
  const command = the.telephony.command.bind(the.telephony)
  the.telephony.command = async (id, of, asked) => {
    if (of === tenant && asked.do === 'answer_refer') statuses.push(asked.status)
    return command(id, of, asked)
  }
  return statuses
}

/** What phones were told of the transfers they asked for. */
function toldPhones(the: VirtualHouse): boolean[] {
  const answers: boolean[] = []
  const command = the.telephony.command.bind(the.telephony)
  the.telephony.command = async (id, of, asked) => {
    if (of === tenant && asked.do === 'answer_refer') answers.push(asked.accepted)
    return command(id, of, asked)
  }
  return answers
}

test.run()
