/** Calls by their routes, on the virtual clock: within the house, outside by gateways, and outside opening hours. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { NetworkInput } from '@ledgerline/core/network/settings.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { queueNamed, tenant, VirtualHouse, type HouseOptions } from '../support/house.ts'

const test = suite('calls by their routes')

const network: NetworkInput = {
  extensions: [
    { number: '8201', callerNumbers: ['62620668'] },
    { number: '8202' },
    { number: '8300', record: false },
    { number: '301', type: 'queue', target: 'PS' },
  ],
  gateways: [
    { code: 'gw1', mode: 'nni', address: '10.0.0.1' },
    { code: 'gw2', mode: 'nni', address: '10.0.0.2' },
  ],
  numbers: [{ number: '62620668', gateway: 'gw1' }, { number: '62620669' }],
}
const local: RouteSettings = { code: 'local', type: 'basic', to: '^\\d{3,4}$' }
const out: RouteSettings = { code: 'out', order: 90, type: 'outbound', to: '^(\\d{5,13})$', gateways: ['gw1', 'gw2'] }

async function house(options: HouseOptions = {}): Promise<VirtualHouse> {
  return new VirtualHouse({ network, routes: [local, out], ...options }).open()
}

const of = async (the: VirtualHouse, callId: string): Promise<AnyEvent[]> =>
  (await the.ledger()).filter(({ stream }) => stream === `call-${tenant}.${callId}`)

/** The legs that were dialled: to whom, by which gateway, showing what. */
async function dialled(the: VirtualHouse, callId: string): Promise<(string | null)[][]> {
  return (await of(the, callId)).flatMap(({ type, data }) =>
    type === 'LegDialled' ? [[data.number ?? data.extension, data.gateway, data.callerNumber]] : [],
  )
}

async function endOf(the: VirtualHouse, callId: string) {
  const ended = (await of(the, callId)).find(({ type }) => type === 'CallEnded')
  return ended?.type === 'CallEnded' ? ended.data.reason : null
}

const states = (the: VirtualHouse) =>
  ['201', '202'].map((agentId) => {
    const { engagement, reservation } = the.process.switchboard.shift(agentId)!
    return engagement.kind === 'talking' ? engagement.direction : reservation ? 'ringing' : engagement.kind
  })

/** An agent asks at their desk for a call. */
async function place(the: VirtualHouse, agentId: string, number: string, callId: string): Promise<void> {
  await the.until(the.desk.place(agentId, number, callId, the.clock.now(), the.by(`agent:${agentId}`)))
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'done'
  } catch (error) {
    if (isProblem(error)) return error.code
    throw error
  }
}

async function nobodyLeft(the: VirtualHouse): Promise<void> {
  await the.pass(60_000)
  assert.equal(await the.audit(), [])
  await the.close()
}

// ── within the house ───────────────────────────────────────────────────────────────────────────

test('C3.1-internal-by-extension C3.1-agent-leg-first C3.1-number-box: own phone first, then the colleague’s; both are in a call', async () => {
  const the = await house()
  await place(the, '201', '8202', 'c1')
  await the.pass(100)
  assert.equal(states(the), ['ringing', 'idle'])
  assert.equal(await dialled(the, 'c1'), [['8201', null, null]])
  await the.pass(3_100)
  assert.equal(states(the), ['internal', 'ringing'])
  await the.pass(3_500)
  assert.equal(states(the), ['internal', 'internal'])
  const agentLeg = (await the.telephony.legs()).find(({ legId }) => legId !== 'c1:agent')!
  the.telephony.act(agentLeg.legId, 'hang_up')
  await the.pass(500)
  assert.equal(states(the), ['idle', 'idle'])
  assert.is(await endOf(the, 'c1'), 'hung_up')
  await nobodyLeft(the)
})

test('C3.1-internal-call-other-group: a phone dials a colleague by itself; nobody else is offered a call to either', async () => {
  const the = await house()
  const { callId, legId } = the.telephony.dial(tenant, '8201', '8202')!
  await the.pass(500)
  assert.equal(states(the), ['internal', 'ringing'])
  const waiting = the.call('PS')
  await the.pass(5_000)
  assert.equal(states(the), ['internal', 'internal'])
  assert.ok((await the.story(waiting)).every((type) => type !== 'CallOffered'))
  const received = (await of(the, callId))[0]!
  assert.is(received.type === 'CallReceived' && received.data.direction, 'internal')
  assert.is(received.type === 'CallReceived' && received.data.agentCode, '201')
  the.telephony.act(legId, 'hang_up')
  // The phone rings, and the agent is announced.
  await the.pass(8_000)
  assert.ok((await the.story(waiting)).includes('CallAnswered'))
  await the.pass(120_000)
  await nobodyLeft(the)
})

test('C3.1-internal-by-extension: an extension where nobody is signed in just rings', async () => {
  const the = await house()
  the.telephony.plug(tenant, '8300', { react: () => ({ do: 'answer', afterMs: 2_000 }), aloneMs: 30_000 })
  await the.pass(10)
  await place(the, '201', '8300', 'c1')
  await the.pass(6_000)
  assert.equal(await dialled(the, 'c1'), [
    ['8201', null, null],
    ['8300', null, null],
  ])
  assert.equal(states(the), ['internal', 'idle'])
  the.telephony.act('c1:agent', 'hang_up')
  await nobodyLeft(the)
})

test('C3.1-not-eligible: a colleague without a phone, busy or away is refused, at the desk and by phone', async () => {
  const the = await house()
  the.telephony.unplug(tenant, '8202')
  await the.pass(100)
  assert.is(await refusal(place(the, '201', '8202', 'c1')), 'call.not_eligible')
  const { callId } = the.telephony.dial(tenant, '8201', '8202')!
  await the.pass(500)
  const [, rejected] = await of(the, callId)
  assert.equal(rejected?.type === 'CallRejected' && rejected.data.reason, 'not_eligible')
  assert.equal(states(the), ['idle', 'idle'])
  the.telephony.plug(tenant, '8202', { react: () => ({ do: 'answer', afterMs: 0 }), aloneMs: 30_000 })
  await the.pass(100)
  await the.desk.setWork('202', 'away', 'lunch', the.by('agent:202'))
  await the.pass(10)
  assert.is(await refusal(place(the, '201', '8202', 'c1')), 'call.not_eligible')
  the.telephony.plug(tenant, '8300', { react: () => ({ do: 'ignore' }), aloneMs: 30_000 })
  the.telephony.unplug(tenant, '8300')
  await the.pass(100)
  assert.is(await refusal(place(the, '201', '8300', 'c2')), 'call.not_eligible')
  await nobodyLeft(the)
})

test('C3.1-not-eligible: a colleague who does not answer, or turns the call down, ends it', async () => {
  const the = await house()
  the.telephony.plug(tenant, '8202', { react: () => ({ do: 'refuse', afterMs: 1_000 }), aloneMs: 30_000 })
  const { callId } = the.telephony.dial(tenant, '8201', '8202')!
  await the.pass(40_000)
  assert.is(await endOf(the, callId), 'unreachable')
  await nobodyLeft(the)
})

test('A3.2.3.4-target: a phone of ours calls a queue like any caller, by phone and at the desk', async () => {
  const the = await house()
  const { callId, legId } = the.telephony.dial(tenant, '8201', '301')!
  await the.pass(6_000)
  assert.equal(states(the), ['internal', 'internal'])
  assert.ok((await the.story(callId)).includes('CallQueued'))
  the.telephony.act(legId, 'hang_up')
  await the.pass(40_000)
  await place(the, '201', '301', 'c2')
  await the.pass(10_000)
  assert.equal(states(the), ['internal', 'internal'])
  the.telephony.act('c2:agent', 'hang_up')
  await nobodyLeft(the)
})

// ── outside ────────────────────────────────────────────────────────────────────────────────────

test('C3.1-preview-outbound A3.2.9-purpose: from the desk by the first gateway, with the number bound to the extension', async () => {
  const the = await house()
  await place(the, '201', '138 0000 1111', 'c1')
  await the.pass(13_000)
  assert.equal(await dialled(the, 'c1'), [
    ['8201', null, null],
    ['13800001111', 'gw1', '62620668'],
  ])
  assert.equal(states(the), ['outbound', 'idle'])
  const routed = (await of(the, 'c1')).find(({ type }) => type === 'CallRouted')!
  assert.ok(routed.type === 'CallRouted')
  assert.equal([routed.data.route, routed.data.configVersion, routed.data.record], ['out', 1, true])
  assert.equal(
    routed.data.outside!.ways.map(({ gateway, callerNumber }) => [gateway, callerNumber]),
    [
      ['gw1', '62620668'],
      ['gw2', null],
    ],
  )
  await the.pass(80_000)
  await nobodyLeft(the)
})

test('A3.2.3.2-outbound: a phone dials outside by itself and is answered when the other side is', async () => {
  const the = await house()
  const { callId, legId } = the.telephony.dial(tenant, '8201', '13800001111')!
  await the.pass(3_000)
  assert.equal(states(the), ['ringing', 'idle'])
  const ringing = (await the.telephony.legs()).find((leg) => leg.legId === legId)
  assert.is(ringing?.state, 'ringing')
  await the.pass(6_000)
  assert.equal(states(the), ['outbound', 'idle'])
  await the.pass(80_000)
  assert.equal(states(the), ['idle', 'idle'])
  const story = await the.story(callId)
  assert.equal(story.slice(0, 4), ['CallPlaced', 'CallRouted', 'LegDialled', 'LegDialled'])
  assert.ok(story.includes('CallAnswered'))
  await nobodyLeft(the)
})

test('A3.2.3.2-outbound: whoever dials and hangs up before the answer stops the ringing outside', async () => {
  const the = await house()
  const { callId, legId } = the.telephony.dial(tenant, '8201', '13800001111')!
  await the.pass(3_000)
  the.telephony.act(legId, 'hang_up')
  await the.pass(500)
  assert.equal(await the.telephony.legs(), [])
  assert.is.not(await endOf(the, callId), null)
  await nobodyLeft(the)
})

for (const [trouble, tried] of [
  ['failing', ['gw1', 'gw2']],
  ['silent', ['gw1', 'gw2']],
  ['down', ['gw2']],
] as const)
  test(`A3.2.6: a gateway that is ${trouble} is passed over, and the other side talks by the next`, async () => {
    const the = await house()
    the.telephony.trouble(tenant, 'gw1', trouble)
    await the.pass(10)
    await place(the, '201', '13800001111', 'c1')
    await the.pass(20_000)
    const byGateway = (await dialled(the, 'c1')).map(([, gateway]) => gateway).filter((gateway) => gateway !== null)
    assert.equal(byGateway, tried)
    assert.equal(states(the), ['outbound', 'idle'])
    assert.is((await of(the, 'c1')).filter(({ type }) => type === 'CallAnswered').length, 1)
    await the.pass(80_000)
    await nobodyLeft(the)
  })

test('A3.2.6: when every gateway has failed the call is over, and everybody free', async () => {
  const the = await house()
  the.telephony.trouble(tenant, 'gw1', 'failing')
  the.telephony.trouble(tenant, 'gw2', 'silent')
  await place(the, '201', '13800001111', 'c1')
  await the.pass(20_000)
  assert.is(await endOf(the, 'c1'), 'unreachable')
  assert.equal(states(the), ['idle', 'idle'])
  the.telephony.trouble(tenant, 'gw1', 'down')
  the.telephony.trouble(tenant, 'gw2', 'down')
  await the.pass(10)
  assert.is(await refusal(place(the, '201', '13800001111', 'c2')), 'call.refused')
  await nobodyLeft(the)
})

test('A3.2.6: whoever is busy outside is busy: no other gateway is tried', async () => {
  const the = await house({ callee: { reaction: { do: 'busy' } } })
  await place(the, '201', '13800001111', 'c1')
  await the.pass(10_000)
  assert.is((await dialled(the, 'c1')).length, 2)
  assert.is(await endOf(the, 'c1'), 'busy')
  await nobodyLeft(the)
})

test('A3.2.6: two calls at the same moment do not share the last place on a gateway', async () => {
  const gateways: NetworkInput['gateways'] = [
    { code: 'gw1', mode: 'nni', address: '10.0.0.1', concurrency: 1 },
    { code: 'gw2', mode: 'nni', address: '10.0.0.2', callsPerSecond: 1 },
  ]
  const the = await house({ network: { ...network, gateways }, agents: 3 })
  const calls = ['8201', '8202', '8203'].map((extension, index) =>
    the.telephony.dial(tenant, extension, `1380000111${index}`),
  )
  await the.pass(12_000)
  const by = await Promise.all(calls.map(async (call) => (await dialled(the, call!.callId))[1]?.[1]))
  assert.equal(by.toSorted(), ['gw1', 'gw2', undefined])
  await the.pass(80_000)
  await nobodyLeft(the)
})

test('a call to the outside ends when it has lasted as long as any may', async () => {
  const the = await house({ network: { ...network, limits: { longestCallMs: 60_000 } }, callee: { talkMs: 3_600_000 } })
  await place(the, '201', '13800001111', 'c1')
  await the.pass(65_000)
  assert.equal(states(the), ['outbound', 'idle'])
  await the.pass(10_000)
  assert.is(await endOf(the, 'c1'), 'limit')
  await nobodyLeft(the)
})

test('emergency: nothing that limits other calls limits this one', async () => {
  const limits = { barred: ['1'], callsAMinute: 1, longestCallMs: 60_000 }
  const the = await house({ network: { ...network, limits }, callee: { talkMs: 3_600_000 } })
  the.telephony.trouble(tenant, 'gw1', 'failing')
  for (const extension of ['8201', '8201', '8202']) {
    const { callId, legId } = the.telephony.dial(tenant, extension, '110')!
    await the.pass(12_000)
    assert.equal((await dialled(the, callId)).map(([number, gateway]) => [number, gateway]).slice(1), [
      ['110', 'gw1'],
      ['110', 'gw2'],
    ])
    assert.ok((await the.story(callId)).includes('CallAnswered'))
    await the.pass(70_000)
    assert.is(await endOf(the, callId), null)
    the.telephony.act(legId, 'hang_up')
    await the.pass(20_000)
  }
  await nobodyLeft(the)
})

test('an extension that begins too many calls within a minute is refused until the minute is over', async () => {
  const the = await house({
    network: { ...network, limits: { callsAMinute: 2 } },
    callee: { reaction: { do: 'busy' } },
  })
  const tries: (string | null)[] = []
  for (let turn = 0; turn < 3; turn++) {
    const { callId } = the.telephony.dial(tenant, '8201', '13800001111')!
    await the.pass(5_000)
    const rejected = (await of(the, callId)).find(({ type }) => type === 'CallRejected')
    tries.push(rejected?.type === 'CallRejected' ? rejected.data.reason : await endOf(the, callId))
  }
  assert.equal(tries, ['busy', 'busy', 'too_many_calls'])
  await the.pass(60_000)
  const { callId } = the.telephony.dial(tenant, '8201', '13800001111')!
  await the.pass(5_000)
  assert.is(await endOf(the, callId), 'busy')
  await nobodyLeft(the)
})

// ── from outside ───────────────────────────────────────────────────────────────────────────────

test('A3.2.3.3-target: a caller reaches an extension; at an agent’s, the agent is in the call', async () => {
  const inbound: RouteSettings = {
    code: 'in',
    type: 'inbound',
    order: 1,
    to: '62620668',
    target: { kind: 'extension', code: '8202' },
  }
  const the = await house({ routes: [inbound, local, out] })
  const callId = the.call('62620668', { gateway: 'gw1' })
  await the.pass(6_000)
  assert.equal(states(the), ['idle', 'inbound'])
  assert.ok((await the.story(callId)).includes('CallOffered'))
  await the.pass(90_000)
  await nobodyLeft(the)
})

test('A3.2.3.3-offhours-prompt A3.2.3.3-effective-time: a caller hears that it is closed, and goes on or is disconnected', async () => {
  const shut: RouteSettings = {
    code: 'in',
    type: 'inbound',
    order: 1,
    to: '62620668',
    queueCode: 'PS',
    calendar: 'never',
    closed: { media: 'closed' },
  }
  const on: RouteSettings = {
    ...shut,
    code: 'on',
    to: '62620669',
    closed: { media: 'closed', target: { kind: 'queue', code: 'night' } },
  }
  const calendars: NetworkInput['calendars'] = [
    { code: 'never', name: 'Never', hours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:01' }] },
  ]
  const media = [{ code: 'closed', name: 'Closed', file: 'closed.wav' }]
  const the = await house({
    routes: [shut, on, local, out],
    network: { ...network, calendars, media },
    queues: [queueNamed('PS'), queueNamed('night')],
  })
  const callId = the.call('62620668', { gateway: 'gw1' })
  await the.pass(1_000)
  assert.is((await the.telephony.legs())[0]?.state, 'answered')
  await the.pass(10_000)
  assert.equal((await the.story(callId)).slice(0, 5), [
    'CallReceived',
    'CallFoundClosed',
    'LegAnswered',
    'PromptPlayed',
    'CallRouted',
  ])
  assert.is(await endOf(the, callId), 'completed')
  const second = the.call('62620669', { gateway: 'gw1' })
  await the.pass(12_000)
  assert.ok((await the.story(second)).includes('CallAnswered'))
  await the.pass(90_000)
  await nobodyLeft(the)
})

test('a number that no rule takes is refused', async () => {
  const the = await house()
  const { callId } = the.telephony.dial(tenant, '8201', '77')!
  await the.pass(500)
  assert.equal(await the.story(callId), ['CallReceived', 'CallRejected', 'CallEnded', 'LegEnded'])
  const ended = (await of(the, callId)).at(-1)!
  assert.equal(ended.type === 'LegEnded' && [ended.data.sip, ended.data.cause], [404, 3])
  assert.is(ended.actor, 'system:switchboard')
  assert.is((await of(the, callId))[0]?.actor, 'agent:201')
  await nobodyLeft(the)
})

test.run()
