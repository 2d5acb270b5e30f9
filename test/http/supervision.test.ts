/** Who may supervise: one permission each, declared with the route; and what supervisors ask for over HTTP. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { operatorPermissions, type Permission } from '@ledgerline/core/access/session.ts'
import { DESK_LEASE_MS } from '@ledgerline/core/desk/presence.ts'
import { queueNamed, tenant } from '../support/house.ts'
import { startSpine, type Spine } from './spine.ts'
import { get, post, type Reply } from './web.ts'

const test = suite('supervision over HTTP')
const permissions = new Set<Permission>(operatorPermissions)
let spine: Spine
let made = 0
test.before(
  async () =>
    void (spine = await startSpine('supervision', {
      agents: 3,
      queues: [queueNamed('PS'), queueNamed('NE')],
      permissions,
    })),
)
test.after(() => spine.close())

const send = (path: string, body: object): Promise<Reply> =>
  spine.during(
    post(spine, `/api/v1/commands/supervisor/${path}`, {
      commandId: `supervising-${++made}`,
      supervisorCode: '900',
      ...body,
    }),
  )
const agentDoes = (path: string, body: object): Promise<Reply> =>
  spine.during(post(spine, `/api/v1/commands/agents/${path}`, { commandId: `agent-does-${++made}`, ...body }))
const done = async (path: string, body: object): Promise<Reply> => {
  const reply = await send(path, body)
  assert.is(reply.status, 200, `${path}: ${reply.text}`)
  return reply
}
const shift = (agentId: string) => spine.floor.process.switchboard.shift(agentId)

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
    assert.equal(
      [reply.status, reply.json.code, reply.json.details.permission],
      [403, 'request.forbidden', permission],
      path,
    )
    for (const [other, theirs] of each) {
      if (theirs === permission) continue
      // Refused for the content, not for the requester.
      const allowed = await send(other, { agentCode: '999', callId: 'nobody', supervisorCode: 7 })
      assert.is(allowed.status, 400, other)
    }
    permissions.add(permission)
  }
  assert.is(await spine.floor.log.head(), head)
})

test('no query and no subscription writes anything about people into the ledger, whatever is looked at', async () => {
  const head = await spine.floor.log.head()
  const live = new AbortController()
  const stream = await fetch(`http://127.0.0.1:${spine.port}/api/v1/live`, { signal: live.signal })
  assert.is(stream.status, 200)
  const document = (await spine.during(get(spine, '/api/openapi.json'))).json as {
    paths: Record<string, Record<string, object>>
  }
  const asked = Object.entries(document.paths).filter(([path, methods]) => methods['get'] && path !== '/api/v1/live')
  assert.ok(asked.length > 10)
  for (const [path] of asked)
    await spine.during(get(spine, path.replace('{agentCode}', '201').replace(/\{\w+\}/g, 'x')))
  for (const page of ['/desk?agent=201', '/monitor?agent=201', '/agents/201']) await spine.during(get(spine, page))
  live.abort()
  await spine.pass(DESK_LEASE_MS)
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

/** Those taking part besides customer and agents, as the board shows them. */
async function parties(callId: string): Promise<string[]> {
  await spine.settled()
  const { rows } = (await get(spine, `/api/v1/call_parties?callId=${callId}&endedAt.is=null`)).json as {
    rows: Record<string, string | null>[]
  }
  return rows.map((row) =>
    [
      row['part'],
      row['agentCode'],
      row['mode'],
      row['partyCode'],
      row['extension'],
      row['answeredAt'] === null ? 'rung' : 'there',
    ].join(' '),
  )
}

test('C3.5-consult-transfer: a consulted colleague is on the board from the ring on, and gone with the consultation', async () => {
  const callId = spine.floor.call('NE', { talkMs: 60_000, patienceMs: 600_000 })
  await spine.pass(8_000)
  const [agentCode, other] = shift('201')!.engagement.kind === 'talking' ? ['201', '202'] : ['202', '201']
  const does = (path: string, body: object = {}) =>
    spine.during(
      post(spine, `/api/v1/commands/calls/${path}`, { commandId: `agent-does-${++made}`, callId, agentCode, ...body }),
    )
  assert.is((await does('consult', { toAgentCode: other })).status, 200)
  await spine.pass(100)
  assert.equal(await parties(callId), [`consultation ${agentCode} consultation ${other} 8${other} rung`])
  await spine.pass(5_000)
  assert.equal(await parties(callId), [`consultation ${agentCode} consultation ${other} 8${other} there`])
  assert.is((await does('consult/end')).status, 200)
  await spine.pass(1_000)
  assert.equal(await parties(callId), [])
  await spine.pass(200_000)
})

test('C5.2-listen C5.4-barge: listen, leave, and take over in one step; an unknown phone is asked for', async () => {
  await agentDoes('not-ready', { agentCode: '202' })
  const callId = spine.floor.call('PS', { talkMs: 600_000, patienceMs: 600_000 })
  await spine.pass(8_000)
  assert.is((await send('listen', { agentCode: '201', callId })).json.code, 'call.no_supervisor_phone')
  spine.floor.telephony.plug(tenant, '8900', picksUp({ after: () => 500 }))
  await done('listen', { agentCode: '201', callId, extension: '8900' })
  await spine.pass(100)
  assert.equal(await parties(callId), ['supervision 201 listen 900 8900 rung'])
  await spine.pass(2_000)
  await done('whisper', { agentCode: '201', callId })
  await spine.pass(100)
  assert.equal(await parties(callId), ['supervision 201 whisper 900 8900 there'])
  await done('leave', { callId })
  await spine.pass(100)
  assert.equal(await parties(callId), [])
  assert.is((await send('leave', { callId })).json.code, 'call.not_supervised')
  await spine.pass(2_000)
  await done('take-over', { agentCode: '201', callId, extension: '8900' })
  await spine.pass(2_000)
  assert.is(shift('201')!.engagement.kind, 'wrap_up')
  assert.equal(await parties(callId), [], 'who took over is the call’s agent')
  const { deadline, since } = shift('201')!.engagement as { deadline: number; since: number }
  const row = async () => (await get(spine, '/api/v1/agent_monitor?agentCode=201')).json.rows[0]
  const writing = await row()
  assert.equal(
    [writing.callState, writing.callId, writing.queueCode, writing.wrapUpUntil, writing.wrapUpForm],
    ['wrap_up', callId, 'PS', deadline, false],
  )
  assert.ok(
    writing.talkMs > 1_000 && writing.callSince + writing.talkMs + writing.holdMs <= since + 1,
    JSON.stringify(writing),
  )
  assert.is((await agentDoes('wrap-up/extend', { agentCode: '201', byMs: 60_000 })).status, 200)
  await spine.settled()
  assert.is((await row()).wrapUpUntil, deadline + 60_000)
  assert.ok((await spine.floor.story(callId)).includes('SupervisorTookOver'))
})

test('A11.3.3-work an agent previews a customer, skips them, previews again and calls', async () => {
  await agentDoes('ready', { agentCode: '202' })
  assert.equal(
    (await agentDoes('preview', { agentCode: '202', itemId: '0a0e3c5e-0000-4000-8000-0000000000a1' })).json.events,
    ['AgentPreviewStarted'],
  )
  assert.equal((await agentDoes('preview/end', { agentCode: '202' })).json.events, ['AgentPreviewEnded'])
  await agentDoes('preview', { agentCode: '202', itemId: '0a0e3c5e-0000-4000-8000-0000000000a2' })
  assert.ok(
    (await agentDoes('place-call', { agentCode: '202', number: '13800002225' })).json.events.includes('CallPlaced'),
  )
  const looks = (await spine.floor.ledger()).flatMap((event) =>
    event.type === 'AgentPreviewEnded' ? [event.data.result] : [],
  )
  assert.equal(looks, ['skipped', 'called'])
})

const DESK = '0a0e3c5e-0000-4000-8000-000000000001'
const OTHER = '0a0e3c5e-0000-4000-8000-000000000002'

test('a desk is claimed by an act; then it reports, and is told when to report again; a browser that looks on is refused', async () => {
  const here = (body: object) => spine.during(post(spine, '/api/v1/desk/here', body))
  const refused = await here({ agentCode: '201', deskId: DESK })
  assert.equal([refused.status, refused.json.code], [409, 'agent.desk_elsewhere'])
  assert.is(shift('201')!.deskSeen, false)
  assert.equal((await agentDoes('desk/claim', { agentCode: '201', deskId: DESK })).json.events, ['AgentDeskClaimed'])
  await spine.pass(10)
  assert.equal((await here({ agentCode: '201', deskId: DESK })).json, { againInMs: 10_000 })
  assert.is((await here({ agentCode: '201', deskId: OTHER })).json.code, 'agent.desk_elsewhere')
  assert.equal((await agentDoes('desk/claim', { agentCode: '201', deskId: OTHER })).json.events, ['AgentDeskClaimed'])
  assert.is((await here({ agentCode: '201', deskId: DESK })).json.code, 'agent.desk_elsewhere')
  assert.is((await here({ agentCode: '203', deskId: DESK })).json.code, 'agent.not_signed_in')
  assert.is((await here({ agentCode: '999', deskId: DESK })).json.code, 'agent.unknown')
  assert.is((await here({ agentCode: '201' })).json.where, 'deskId')
})

test('a browser just replaced as the desk is refused whatever it asks; requests naming no desk work as before', async () => {
  assert.is((await agentDoes('desk/claim', { agentCode: '201', deskId: DESK })).status, 200)
  assert.is((await agentDoes('desk/claim', { agentCode: '201', deskId: OTHER })).status, 200)
  await spine.pass(10)
  const head = await spine.floor.log.head()
  for (const [path, body] of [
    ['not-ready', {}],
    ['away', {}],
    ['sign-out', {}],
    ['wish', { work: null }],
    ['extension', { extension: '8999' }],
    ['long-sign-in', {}],
    ['place-call', { number: '13800001111' }],
  ] as const) {
    const { status, json } = await agentDoes(path, { agentCode: '201', deskId: DESK, ...body })
    assert.equal([status, json.code], [409, 'agent.desk_elsewhere'], path)
  }
  assert.is(await spine.floor.log.head(), head, 'nothing was written')
  assert.is((await agentDoes('ready', { agentCode: '201', deskId: OTHER })).status, 200)
  assert.is((await agentDoes('ready', { agentCode: '201' })).status, 200)
  const callId = spine.floor.call('PS', { talkMs: 600_000 })
  for (let waited = 0; waited < 60_000 && shift('201')!.engagement.kind !== 'talking'; waited += 1_000)
    await spine.pass(1_000)
  assert.is(shift('201')!.engagement.kind, 'talking')
  const inCall = (path: string, deskId?: string) =>
    spine.during(
      post(spine, `/api/v1/commands/calls/${path}`, {
        commandId: `desk-${path}-${deskId}`,
        agentCode: '201',
        callId,
        ...(deskId && { deskId }),
      }),
    )
  for (const path of ['hold', 'hang-up']) assert.equal([(await inCall(path, DESK)).json.code], ['agent.desk_elsewhere'])
  assert.is((await inCall('hold', OTHER)).status, 200)
  assert.is((await inCall('resume')).status, 200)
})

test('a code that is not in the configuration never gets into the ledger: reasons, supervisors, phones, queues, items', async () => {
  const head = await spine.floor.log.head()
  const secret = '王芳 13800001111 癌症复查'
  const refused = async (code: string, reply: Promise<Reply>) => {
    const { status, json, text } = await reply
    assert.ok(status >= 400 && status < 500, text)
    assert.is(json.code, code)
    if (code !== 'request.not_found') assert.not.ok(text.includes('13800001111'), 'nor is it repeated')
  }
  await refused('agent.reason_unknown', agentDoes('away', { agentCode: '201', reason: secret }))
  await refused('agent.reason_unknown', agentDoes('away', { agentCode: '201', reason: 'desk_lost' }))
  await refused('agent.reason_unknown', agentDoes('wish', { agentCode: '201', work: 'away', reason: 'headache' }))
  await refused('agent.reason_unknown', agentDoes('sign-out', { agentCode: '201', reason: secret }))
  await refused('agent.reason_unknown', send('not-ready', { agentCode: '201', reason: secret }))
  await refused('supervisor.unknown', send('not-ready', { agentCode: '201', supervisorCode: secret }))
  await refused('supervisor.unknown', send('priority', { callId: 'c', priority: 1, supervisorCode: '13800001111' }))
  await refused('agent.phone_unknown', agentDoes('sign-in', { agentCode: '203', extension: secret }))
  await refused('agent.phone_unknown', agentDoes('extension', { agentCode: '201', extension: '13800001111' }))
  await refused('request.invalid', agentDoes('preview', { agentCode: '201', itemId: secret }))
  await refused('request.invalid', agentDoes('desk/claim', { agentCode: '201', deskId: secret }))
  await refused(
    'request.not_found',
    send('queues', { agentCode: '201', queues: [{ queueCode: secret, level: 1, position: 1 }] }),
  )
  assert.is(await spine.floor.log.head(), head)
  assert.equal((await spine.during(get(spine, '/api/v1/reasons'))).json.reasons[0], {
    code: 'break',
    zh: '小休',
    en: 'Break',
    for: ['away'],
  })
})

test.run()
