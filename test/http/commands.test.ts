import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/people.ts'
import { queueNamed, tenant } from '../support/house.ts'
import { startSpine, type Spine } from './spine.ts'
import { post, type Reply } from './web.ts'

let spine: Spine
let made = 0
const test = suite('commands over HTTP')
test.before.each(async () => void (spine = await startSpine('commands', { agents: 3, queues: [queueNamed('PS'), queueNamed('NE')] })))
test.after.each(() => spine.close())

const fresh = () => `command-${++made}`
const send = (path: string, body: object): Promise<Reply> => spine.during(post(spine, `/api/v1/commands/${path}`, { commandId: fresh(), ...body }))
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
const shift = (agentId: string) => spine.floor.process.board.shift(agentId)
const everybody = ['201', '202', '203']

/** A caller talks to agent 201; the others are busy. */
async function talking(): Promise<string> {
  for (const agent of ['202', '203']) await done(`agents/${agent}/not-ready`)
  const callId = spine.floor.call('PS', { talkMs: 600_000, patienceMs: 600_000 })
  await spine.pass(8_000)
  assert.is(shift('201')!.engagement.kind, 'talking')
  return callId
}

test('C4.1-set-busy C4.2-set-idle C4.3-rest an agent says what he wants to do', async () => {
  await done('agents/201/not-ready', { reason: 'training' })
  assert.is(shift('201')!.work, 'not_ready')
  assert.is(shift('201')!.reason, 'training')
  await done('agents/201/away')
  await done('agents/201/on-demand')
  assert.is(shift('201')!.work, 'on_demand')
  await done('agents/201/sign-out')
  assert.is(shift('201'), null)
  await refused('agent.not_signed_in', 'agents/201/ready')
  await done('agents/201/sign-in', { extension: '8999', via: 'desk' })
  assert.is(shift('201')!.extension, '8999')
  await refused('agent.already_signed_in', 'agents/201/sign-in')
  await refused('agent.unknown', 'agents/999/ready')
})

test('the same command again changes nothing and gets the same answer, whatever has happened since', async () => {
  const commandId = fresh()
  const first = await done('agents/201/not-ready', { commandId })
  assert.equal(first.json.events, ['AgentBecameNotReady'])
  await done('agents/201/ready')
  const head = await spine.floor.log.head()
  const again = await done('agents/201/not-ready', { commandId })
  assert.equal(again.json, first.json)
  assert.is(shift('201')!.work, 'ready')
  assert.is(await spine.floor.log.head(), head)

  const signIn = fresh()
  await done('agents/202/sign-out')
  const signedIn = await done('agents/202/sign-in', { commandId: signIn })
  assert.equal((await done('agents/202/sign-in', { commandId: signIn })).json, signedIn.json)
  await done('agents/202/sign-out')
  assert.equal((await done('agents/202/sign-in', { commandId: signIn })).json, signedIn.json)
  assert.is(shift('202'), null)
})

test('a refusal is kept as an answer is', async () => {
  const commandId = fresh()
  const first = await refused('agent.not_in_wrap_up', 'agents/201/wrap-up/end', { commandId })
  await talking()
  await done(`calls/${[...spine.floor.process.board.calls()][0]!.callId}/hang-up`, { agent: '201' })
  await spine.pass(1_000)
  assert.is(shift('201')!.engagement.kind, 'wrap_up')
  assert.equal((await refused('agent.not_in_wrap_up', 'agents/201/wrap-up/end', { commandId })).json, first.json)
  await done('agents/201/wrap-up/extend', { byMs: 60_000 })
  await done('agents/201/wrap-up/end')
  assert.is(shift('201')!.engagement.kind, 'idle')
})

test('a command that is sent twice at the same moment is carried out once', async () => {
  const commandId = fresh()
  const before = (await spine.floor.ledger()).length
  const replies = await spine.during(Promise.all([1, 2, 3, 4].map(() => post(spine, '/api/v1/commands/agents/201/not-ready', { commandId }))))
  assert.equal(new Set(replies.map((reply) => reply.text)).size, 1)
  assert.is((await spine.floor.ledger()).length, before + 1)
})

test('an id that was used for something else is refused', async () => {
  const commandId = fresh()
  await done('agents/201/not-ready', { commandId })
  for (const [path, body] of [['agents/201/not-ready', { reason: 'x' }], ['agents/202/not-ready', {}], ['agents/201/ready', {}]] as const) {
    assert.is((await refused('command.reused', path, { commandId, ...body })).status, 422)
  }
})

test('what is not in the schema is refused before anything happens', async () => {
  const head = await spine.floor.log.head()
  for (const body of [{ commandId: 'short' }, { commandId: null }, { extra: 1 }, { tenant: 'other' }, { reason: 7 }]) await refused('request.invalid', 'agents/201/ready', body)
  assert.is(await spine.floor.log.head(), head)
})

test('C3.3-hold C3.4-resume a customer is put on hold and taken back', async () => {
  const callId = await talking()
  await done(`calls/${callId}/hold`, { agent: '201' })
  await refused('call.held', `calls/${callId}/hold`, { agent: '201' })
  await done(`calls/${callId}/resume`, { agent: '201' })
  const story = await spine.floor.story(callId)
  assert.equal(story.slice(-2), ['LegHeld', 'LegResumed'])
})

test('a click that comes too late does not hit the next customer', async () => {
  const callId = await talking()
  await refused('call.not_talking', 'calls/another-call/hang-up', { agent: '201' })
  await refused('call.not_talking', `calls/${callId}/hold`, { agent: '202' })
  assert.is(shift('201')!.engagement.kind, 'talking')
})

test('C3.2-hangup an agent hangs up, and the call ends', async () => {
  const callId = await talking()
  await done(`calls/${callId}/hang-up`, { agent: '201' })
  await spine.pass(1_000)
  assert.ok((await spine.floor.story(callId)).includes('CallEnded'))
})

test('C3.5-blind-transfer C3.5-group-transfer a call goes on to a queue, or to another agent', async () => {
  const callId = await talking()
  await refused('request.not_found', `calls/${callId}/transfer`, { agent: '201', to: { kind: 'queue', code: 'nowhere' } })
  await done(`calls/${callId}/transfer`, { agent: '201', to: { kind: 'queue', code: 'NE' } })
  await spine.pass(2_000)
  await done('agents/202/ready')
  await spine.pass(8_000)
  assert.is(shift('202')!.engagement.kind, 'talking')
  await done('agents/203/ready')
  await done(`calls/${callId}/transfer`, { agent: '202', to: { kind: 'agent', code: '203' } })
  await spine.pass(10_000)
  assert.is(shift('203')!.engagement.kind, 'talking')
})

test('C5.0-set-busy C5.1-force-offline a supervisor sets states and says who he is', async () => {
  await done('supervisor/agents/201/force', { state: 'away', supervisorCode: '9001', reason: 'lunch' })
  assert.is(shift('201')!.work, 'away')
  const last = (await spine.floor.ledger()).at(-1)!
  assert.is(last.actor, 'supervisor:9001')
  assert.is(last.tenant, tenant)
  await done('supervisor/agents/201/queues', { queues: [{ queueCode: 'NE', level: 1, position: 1 }], supervisorCode: '9001' })
  assert.equal(shift('201')!.queues.map((queue) => queue.queueCode), ['NE'])
  await done('supervisor/agents/201/force', { state: 'signed_out', supervisorCode: '9001' })
  assert.is(shift('201'), null)
})

test('C5.2-listen C5.3-whisper C5.4-barge a supervisor listens, then speaks to the agent, then takes the customer over', async () => {
  const callId = await talking()
  const supervisor = { supervisorCode: '9001', extension: '8900' }
  spine.floor.telephony.plug(tenant, '8900', picksUp({ after: () => 500 }))
  await done(`supervisor/calls/${callId}/listen`, { agent: '201', ...supervisor })
  await spine.pass(2_000)
  await done(`supervisor/calls/${callId}/whisper`, { agent: '201', ...supervisor })
  await spine.pass(1_000)
  await done(`supervisor/calls/${callId}/take-over`, { supervisorCode: '9001' })
  await spine.pass(1_000)
  const story = await spine.floor.story(callId)
  for (const type of ['SupervisorJoined', 'SupervisorModeChanged', 'SupervisorTookOver']) assert.ok(story.includes(type), type)
})

test('C5.5-break a supervisor ends a call', async () => {
  const callId = await talking()
  await done(`supervisor/calls/${callId}/disconnect`, { agent: '201', supervisorCode: '9001' })
  await spine.pass(1_000)
  const story = await spine.floor.story(callId)
  assert.ok(story.includes('CallForceDisconnected') && story.includes('CallEnded'))
})

test('a supervisor moves waiting callers up, down and to other queues', async () => {
  for (const agent of everybody) await done(`agents/${agent}/not-ready`)
  const callId = spine.floor.call('PS', { patienceMs: 600_000 })
  await spine.pass(1_000)
  await done(`supervisor/calls/${callId}/priority`, { priority: 7, supervisorCode: '9001' })
  await done(`supervisor/calls/${callId}/move`, { queueCode: 'NE', supervisorCode: '9001' })
  await spine.pass(100)
  const call = spine.floor.process.board.call(callId)!
  assert.is(call.queue!.queueCode, 'NE')
  assert.is(call.queue!.priority, 7)
  await refused('call.unknown', 'supervisor/calls/nobody/priority', { priority: 1, supervisorCode: '9001' })
})

test('C3.5-consult-transfer an agent consults another one, and hands the customer over', async () => {
  const callId = await talking()
  await done('agents/202/ready')
  await done(`calls/${callId}/consult`, { agent: '201', agentCode: '202' })
  await spine.pass(6_000)
  await done(`calls/${callId}/hand-over`, { agent: '201' })
  await spine.pass(2_000)
  assert.is(shift('202')!.engagement.kind, 'talking')
})

test('C3.1-preview-outbound an agent calls somebody', async () => {
  const { json } = await done('agents/201/place-call', { number: '138 0000-2225' })
  assert.ok(json.events.includes('CallPlaced'))
  await refused('request.invalid', 'agents/202/place-call', { number: 'rm -rf' })
})

test.run()
