/** Who may supervise: a permission each, declared with the route; and what supervisors ask for over HTTP. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/people.ts'
import { operatorPermissions, type Permission } from '@ledgerline/adapters/http/session.ts'
import { queueNamed, tenant } from '../support/house.ts'
import { startSpine, type Spine } from './spine.ts'
import { post, type Reply } from './web.ts'

const test = suite('supervision over HTTP')
const permissions = new Set<Permission>(operatorPermissions)
let spine: Spine
let made = 0
test.before(async () => void (spine = await startSpine('supervision', { agents: 3, queues: [queueNamed('PS'), queueNamed('NE')], permissions })))
test.after(() => spine.close())

const send = (path: string, body: object): Promise<Reply> => spine.during(post(spine, `/api/v1/commands/supervisor/${path}`, { commandId: `supervising-${++made}`, supervisorCode: '900', ...body }))
const agentDoes = (path: string, body: object): Promise<Reply> => spine.during(post(spine, `/api/v1/commands/agents/${path}`, { commandId: `agent-does-${++made}`, ...body }))
const done = async (path: string, body: object): Promise<Reply> => {
  const reply = await send(path, body)
  assert.is(reply.status, 200, `${path}: ${reply.text}`)
  return reply
}
const shift = (agentId: string) => spine.floor.process.board.shift(agentId)

const each: [path: string, permission: Permission, body: object][] = [
  ['ready', 'supervise.ready', { agentCode: '201' }],
  ['not-ready', 'supervise.not_ready', { agentCode: '201' }],
  ['away', 'supervise.away', { agentCode: '201' }],
  ['sign-out', 'supervise.sign_out', { agentCode: '201' }],
  ['long-sign-in', 'supervise.long_sign_in', { agentCode: '201' }],
  ['long-sign-in/end', 'supervise.long_sign_in', { agentCode: '201' }],
  ['queues', 'supervise.queues', { agentCode: '201', queues: [] }],
  ['listen', 'supervise.listen', { agentCode: '201', callId: 'c' }],
  ['whisper', 'supervise.whisper', { agentCode: '201', callId: 'c' }],
  ['three-way', 'supervise.three_way', { agentCode: '201', callId: 'c' }],
  ['take-over', 'supervise.take_over', { agentCode: '201', callId: 'c' }],
  ['leave', 'supervise.listen', { callId: 'c' }],
  ['disconnect', 'supervise.disconnect', { agentCode: '201', callId: 'c' }],
  ['move', 'supervise.move', { callId: 'c', queueCode: 'NE' }],
  ['priority', 'supervise.priority', { callId: 'c', priority: 1 }],
]

test('C5.0-monitor-page every supervisor’s command has a permission of its own: without it the command is forbidden, and nothing else is', async () => {
  const head = await spine.floor.log.head()
  for (const [path, permission, body] of each) {
    permissions.delete(permission)
    const reply = await send(path, body)
    assert.equal([reply.status, reply.json.code, reply.json.details.permission], [403, 'request.forbidden', permission], path)
    for (const [other, theirs] of each) {
      if (theirs === permission) continue
      // Refused for what was asked, not for who asks.
      const allowed = await send(other, { agentCode: '999', callId: 'nobody', supervisorCode: 7 })
      assert.is(allowed.status, 400, other)
    }
    permissions.add(permission)
  }
  assert.is(await spine.floor.log.head(), head)
})

test('C5.0-set-idle C5.0-set-busy C5.1-force-offline C5.0-op-logout each state is set with its reason', async () => {
  await done('not-ready', { agentCode: '203', reason: 'coaching' })
  assert.equal([shift('203')!.work, shift('203')!.reason], ['not_ready', 'coaching'])
  await done('ready', { agentCode: '203' })
  assert.is(shift('203')!.work, 'ready')
  await done('sign-out', { agentCode: '203' })
  assert.is(shift('203'), null)
  assert.is((await send('away', { agentCode: '203' })).json.code, 'agent.not_signed_in')
})

test('C5.0-set-long-sign-in C5.0-set-exit-long-sign-in C4.4-enter-by-button long sign-in, by the agent and by a supervisor', async () => {
  await done('long-sign-in', { agentCode: '202' })
  await spine.pass(5_000)
  assert.ok(shift('202')!.longSignIn?.active)
  await done('long-sign-in/end', { agentCode: '202' })
  await spine.pass(500)
  assert.is(shift('202')!.longSignIn, null)
  assert.is((await agentDoes('long-sign-in', { agentCode: '202' })).status, 200)
  await spine.pass(5_000)
  assert.is((await agentDoes('long-sign-in/end', { agentCode: '202' })).status, 200)
  await spine.pass(500)
})

test('C5.2-listen C5.4-barge: listen, leave, and take over in one step; a phone that nobody knows of is asked for', async () => {
  await agentDoes('not-ready', { agentCode: '202' })
  const callId = spine.floor.call('PS', { talkMs: 600_000, patienceMs: 600_000 })
  await spine.pass(8_000)
  assert.is((await send('listen', { agentCode: '201', callId })).json.code, 'call.no_supervisor_phone')
  spine.floor.telephony.plug(tenant, '8900', picksUp({ after: () => 500 }))
  await done('listen', { agentCode: '201', callId, extension: '8900' })
  await spine.pass(2_000)
  await done('leave', { callId })
  assert.is((await send('leave', { callId })).json.code, 'call.not_supervised')
  await spine.pass(2_000)
  await done('take-over', { agentCode: '201', callId, extension: '8900' })
  await spine.pass(2_000)
  assert.is(shift('201')!.engagement.kind, 'wrap_up')
  assert.ok((await spine.floor.story(callId)).includes('SupervisorTookOver'))
})

test('A11.3.3-work an agent looks at a customer, skips him, looks again and calls', async () => {
  await agentDoes('ready', { agentCode: '202' })
  assert.equal((await agentDoes('preview', { agentCode: '202', itemId: 'i1' })).json.events, ['AgentPreviewStarted'])
  assert.equal((await agentDoes('preview/end', { agentCode: '202' })).json.events, ['AgentPreviewEnded'])
  await agentDoes('preview', { agentCode: '202', itemId: 'i2' })
  assert.ok((await agentDoes('place-call', { agentCode: '202', number: '13800002225' })).json.events.includes('CallPlaced'))
  const looks = (await spine.floor.ledger()).flatMap((event) => (event.type === 'AgentPreviewEnded' ? [event.data.result] : []))
  assert.equal(looks, ['skipped', 'called'])
})

test('a desk says that it is there, and hears when to say so again', async () => {
  const here = (body: object) => spine.during(post(spine, '/api/v1/desk/here', body))
  assert.equal((await here({ agentCode: '201' })).json, { againInMs: 10_000 })
  assert.is(shift('201')!.deskSeen, true)
  assert.is((await here({ agentCode: '203' })).json.code, 'agent.not_signed_in')
  assert.is((await here({ agentCode: '999' })).json.code, 'agent.unknown')
})

test.run()
