import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { queueNamed, tenant } from '../support/house.ts'
import { startSpine, type Spine } from './spine.ts'
import { post, type Reply } from './web.ts'

let spine: Spine
let made = 0
const test = suite('commands over HTTP')
test.before.each(
  async () => void (spine = await startSpine('commands', { agents: 3, queues: [queueNamed('PS'), queueNamed('NE')] })),
)
test.after.each(() => spine.close())

const fresh = () => `command-${++made}`
const send = (path: string, body: object): Promise<Reply> =>
  spine.during(post(spine, `/api/v1/commands/${path}`, { commandId: fresh(), ...body }))
const done = async (path: string, body: object = {}): Promise<Reply> => {
  const reply = await send(path, body)
  assert.is(reply.status, 200, `${path}: ${reply.text}`)
  return reply
}
const refused = async (code: string, path: string, body: object = {}): Promise<Reply> => {
  const reply = await send(path, body)
  assert.is(reply.json.code, code, `${path}: ${reply.text}`)
  return reply
}
const shift = (agentId: string) => spine.floor.process.switchboard.shift(agentId)
const everybody = ['201', '202', '203']

/** A caller talks to agent 201; the others are busy. */
async function talking(): Promise<string> {
  for (const agent of ['202', '203']) await done('agents/not-ready', { agentCode: agent })
  const callId = spine.floor.call('PS', { talkMs: 600_000, patienceMs: 600_000 })
  await spine.pass(8_000)
  assert.is(shift('201')!.engagement.kind, 'talking')
  return callId
}

test('C4.1-set-busy C4.2-set-idle C4.3-rest agents choose their state', async () => {
  await done('agents/not-ready', { agentCode: '201', reason: 'training' })
  assert.is(shift('201')!.work, 'not_ready')
  assert.is(shift('201')!.reason, 'training')
  await done('agents/away', { agentCode: '201' })
  await done('agents/on-demand', { agentCode: '201' })
  assert.is(shift('201')!.work, 'on_demand')
  await done('agents/sign-out', { agentCode: '201' })
  assert.is(shift('201'), null)
  await refused('agent.not_signed_in', 'agents/ready', { agentCode: '201' })
  await done('agents/sign-in', { agentCode: '201', extension: '8999', via: 'desk' })
  assert.is(shift('201')!.extension, '8999')
  await refused('agent.already_signed_in', 'agents/sign-in', { agentCode: '201' })
  await refused('agent.unknown', 'agents/ready', { agentCode: '999' })
})

test('the session says who acts: what a request says about it counts only without a log-in', async () => {
  spine.actor = (kind) => ({ kind, code: kind === 'agent' ? '202' : '203' })
  await done('agents/not-ready', { agentCode: '201' })
  assert.is(shift('201')!.work, 'ready')
  assert.is(shift('202')!.work, 'not_ready')
  assert.is((await spine.floor.ledger()).at(-1)!.actor, 'agent:202')
  await done('supervisor/away', { agentCode: '201', supervisorCode: '9001' })
  assert.is(shift('201')!.work, 'away')
  assert.is((await spine.floor.ledger()).at(-1)!.actor, 'supervisor:203')
  const deskId = 'c2b1e0f4-0000-4000-8000-000000000001'
  await done('agents/desk/claim', { agentCode: '201', deskId })
  assert.is(shift('201')!.deskId, null)
  assert.is(shift('202')!.deskId, deskId)
  const here = (agentCode: string) => spine.during(post(spine, '/api/v1/desk/here', { agentCode, deskId }))
  assert.is((await here('201')).status, 200)
  spine.actor = null
  assert.is((await here('201')).json.code, 'agent.desk_elsewhere')
})

test('the same command again changes nothing and gets the same answer, whatever has happened since', async () => {
  const commandId = fresh()
  const first = await done('agents/not-ready', { agentCode: '201', commandId })
  assert.equal(first.json.events, ['AgentBecameNotReady'])
  await done('agents/ready', { agentCode: '201' })
  const head = await spine.floor.log.head()
  const again = await done('agents/not-ready', { agentCode: '201', commandId })
  assert.equal(again.json, first.json)
  assert.is(shift('201')!.work, 'ready')
  assert.is(await spine.floor.log.head(), head)

  const signIn = fresh()
  await done('agents/sign-out', { agentCode: '202' })
  const signedIn = await done('agents/sign-in', { agentCode: '202', commandId: signIn })
  assert.equal((await done('agents/sign-in', { agentCode: '202', commandId: signIn })).json, signedIn.json)
  await done('agents/sign-out', { agentCode: '202' })
  assert.equal((await done('agents/sign-in', { agentCode: '202', commandId: signIn })).json, signedIn.json)
  assert.is(shift('202'), null)
})

test('a refusal is kept like any answer', async () => {
  const commandId = fresh()
  const first = await refused('agent.not_in_wrap_up', 'agents/wrap-up/end', { agentCode: '201', commandId })
  await talking()
  await done('calls/hang-up', { callId: [...spine.floor.process.switchboard.calls()][0]!.callId, agentCode: '201' })
  await spine.pass(1_000)
  assert.is(shift('201')!.engagement.kind, 'wrap_up')
  assert.equal(
    (await refused('agent.not_in_wrap_up', 'agents/wrap-up/end', { agentCode: '201', commandId })).json,
    first.json,
  )
  await done('agents/wrap-up/extend', { agentCode: '201', byMs: 60_000 })
  await done('agents/wrap-up/end', { agentCode: '201' })
  assert.is(shift('201')!.engagement.kind, 'idle')
})

test('a command that is sent twice at the same moment is carried out once', async () => {
  const commandId = fresh()
  const before = (await spine.floor.ledger()).length
  const replies = await spine.during(
    Promise.all(
      [1, 2, 3, 4].map(() => post(spine, '/api/v1/commands/agents/not-ready', { commandId, agentCode: '201' })),
    ),
  )
  assert.equal(new Set(replies.map((reply) => reply.text)).size, 1)
  assert.is((await spine.floor.ledger()).length, before + 1)
})

test('an id that was used for something else is refused', async () => {
  const commandId = fresh()
  await done('agents/not-ready', { agentCode: '201', commandId })
  for (const [path, body] of [
    ['agents/not-ready', { agentCode: '201', reason: 'x' }],
    ['agents/not-ready', { agentCode: '202' }],
    ['agents/ready', { agentCode: '201' }],
  ] as const) {
    assert.is((await refused('command.reused', path, { commandId, ...body })).status, 422)
  }
})

test('what is not in the schema is refused before anything happens', async () => {
  const head = await spine.floor.log.head()
  for (const body of [{ commandId: 'short' }, { commandId: null }, { extra: 1 }, { tenant: 'other' }, { reason: 7 }])
    await refused('request.invalid', 'agents/ready', { agentCode: '201', ...body })
  assert.is(await spine.floor.log.head(), head)
})

test('C3.3-hold C3.4-resume a customer is put on hold and resumed', async () => {
  const callId = await talking()
  await done('calls/hold', { callId, agentCode: '201' })
  await refused('call.held', 'calls/hold', { callId, agentCode: '201' })
  await done('calls/resume', { callId, agentCode: '201' })
  const story = await spine.floor.story(callId)
  assert.equal(story.slice(-2), ['LegHeld', 'LegResumed'])
})

test('a click that comes too late does not hit the next customer', async () => {
  const callId = await talking()
  await refused('call.not_talking', 'calls/hang-up', { callId: 'another-call', agentCode: '201' })
  await refused('call.not_talking', 'calls/hold', { callId, agentCode: '202' })
  assert.is(shift('201')!.engagement.kind, 'talking')
})

test('C3.2-hangup an agent hangs up, and the call ends', async () => {
  const callId = await talking()
  await done('calls/hang-up', { callId, agentCode: '201' })
  await spine.pass(1_000)
  assert.ok((await spine.floor.story(callId)).includes('CallEnded'))
})

test('C3.5-blind-transfer C3.5-group-transfer a call is transferred to a queue, or to another agent', async () => {
  const callId = await talking()
  await refused('request.not_found', 'calls/transfer', {
    callId,
    agentCode: '201',
    to: { kind: 'queue', code: 'nowhere' },
  })
  await done('calls/transfer', { callId, agentCode: '201', to: { kind: 'queue', code: 'NE' } })
  await spine.pass(2_000)
  await done('agents/ready', { agentCode: '202' })
  await spine.pass(8_000)
  assert.is(shift('202')!.engagement.kind, 'talking')
  await done('agents/ready', { agentCode: '203' })
  await done('calls/transfer', { callId, agentCode: '202', to: { kind: 'agent', code: '203' } })
  await spine.pass(10_000)
  assert.is(shift('203')!.engagement.kind, 'talking')
})

test('C5.0-set-busy C5.1-force-offline a supervisor sets states and is named as the actor', async () => {
  await done('supervisor/away', { agentCode: '201', supervisorCode: '9001', reason: 'lunch' })
  assert.is(shift('201')!.work, 'away')
  const last = (await spine.floor.ledger()).at(-1)!
  assert.is(last.actor, 'supervisor:9001')
  assert.is(last.tenant, tenant)
  await done('supervisor/queues', {
    agentCode: '201',
    queues: [{ queueCode: 'NE', level: 1, position: 1 }],
    supervisorCode: '9001',
  })
  assert.equal(
    shift('201')!.queues.map((queue) => queue.queueCode),
    ['NE'],
  )
  await done('supervisor/sign-out', { agentCode: '201', supervisorCode: '9001' })
  assert.is(shift('201'), null)
})

test('C5.2-listen C5.3-whisper C5.4-barge a supervisor listens, then speaks to the agent, then takes over the customer', async () => {
  const callId = await talking()
  const supervisor = { supervisorCode: '9001', extension: '8900' }
  spine.floor.telephony.plug(tenant, '8900', picksUp({ after: () => 500 }))
  await done('supervisor/listen', { callId, agentCode: '201', ...supervisor })
  await spine.pass(2_000)
  await done('supervisor/whisper', { callId, agentCode: '201', ...supervisor })
  await spine.pass(1_000)
  await done('supervisor/take-over', { callId, agentCode: '201', supervisorCode: '9001' })
  await spine.pass(1_000)
  const story = await spine.floor.story(callId)
  for (const type of ['SupervisorJoined', 'SupervisorModeChanged', 'SupervisorTookOver'])
    assert.ok(story.includes(type), type)
})

test('C5.5-break a supervisor ends a call', async () => {
  const callId = await talking()
  await done('supervisor/disconnect', { callId, agentCode: '201', supervisorCode: '9001' })
  await spine.pass(1_000)
  const story = await spine.floor.story(callId)
  assert.ok(story.includes('CallForceDisconnected') && story.includes('CallEnded'))
})

test('a supervisor moves waiting callers up, down and to other queues', async () => {
  for (const agent of everybody) await done('agents/not-ready', { agentCode: agent })
  const callId = spine.floor.call('PS', { patienceMs: 600_000 })
  await spine.pass(1_000)
  await done('supervisor/priority', { callId, priority: 7, supervisorCode: '9001' })
  await done('supervisor/move', { callId, queueCode: 'NE', supervisorCode: '9001' })
  await spine.pass(100)
  const call = spine.floor.process.switchboard.call(callId)!
  assert.is(call.queue!.queueCode, 'NE')
  assert.is(call.queue!.priority, 7)
  await refused('call.unknown', 'supervisor/priority', { callId: 'nobody', priority: 1, supervisorCode: '9001' })
})

test('C3.5-consult-transfer an agent consults another one, and transfers the customer', async () => {
  const callId = await talking()
  await done('agents/ready', { agentCode: '202' })
  await done('calls/consult', { callId, agentCode: '201', toAgentCode: '202' })
  await spine.pass(6_000)
  await done('calls/hand-over', { callId, agentCode: '201' })
  await spine.pass(2_000)
  assert.is(shift('202')!.engagement.kind, 'talking')
})

test('C3.1-preview-outbound an agent calls someone', async () => {
  const { json } = await done('agents/place-call', { agentCode: '201', number: '138 0000-2225' })
  assert.ok(json.events.includes('CallPlaced'))
  await refused('request.invalid', 'agents/place-call', { agentCode: '202', number: 'rm -rf' })
})

test.run()
