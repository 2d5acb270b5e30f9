/** The draft over HTTP, on a real switchboard and in a real ledger: edited, compared, checked, activated, taken back. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { operatorPermissions, type Permission } from '@ledgerline/core/access/session.ts'
import type { DraftCheck, DraftRow, DraftState, VersionRows } from '@ledgerline/adapters/http/switchboard/answers.ts'
import { startSpine, type Spine } from '../http/spine.ts'

const test = suite('the draft over HTTP')
let spine: Spine
const may = new Set<Permission>(operatorPermissions)

test.before(async () => {
  spine = await startSpine('draft_http', {
    agents: 2,
    permissions: may,
    network: { extensions: [{ number: '8201', secret: 'an old password' }, { number: '8202' }] },
  })
})
test.after(() => spine.close())

let commands = 0
interface Told<B = Record<string, unknown>> {
  status: number
  body: B & { code?: string; where?: string; events?: string[] }
  etag: string | null
}
async function ask<B>(path: string, body?: object, headers: Record<string, string> = {}): Promise<Told<B>> {
  const response = await spine.during(
    fetch(`${spine.url}/api/v1/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify({ commandId: `draft-${String(++commands).padStart(6, '0')}`, ...body }) }),
    }),
  )
  return {
    status: response.status,
    body: (await response.json()) as Told<B>['body'],
    etag: response.headers.get('etag'),
  }
}
const draft = async (): Promise<DraftState> => (await ask<DraftState>('draft')).body
const row = async (section: string, key: string): Promise<DraftRow> =>
  (await ask<DraftRow>(`draft/items/${section}/${encodeURIComponent(key)}`)).body
async function change(section: string, key: string, fields: object): Promise<Told> {
  const { item, version } = await row(section, key)
  return ask(`draft/items/${section}`, { items: [{ key, version, item: { ...item, ...fields } }] })
}
async function activate(more: object = {}): Promise<Told> {
  const { tag } = await draft()
  const { warnings } = (await ask<DraftCheck>('draft/check')).body
  return ask('draft/activate', { tag, warnings, ...more })
}
const inForce = async () =>
  (await ask<{ version: number; queues: { code: string; ringMs: number }[] }>('switchboard')).body

test('A3.2.2.5-reload A3.2.2.2-edit: a setting waits, is activated, and calls follow it', async () => {
  const before = await inForce()
  assert.equal((await change('queues', 'PS', { ringMs: 9_000 })).body.events, ['DraftChanged'])
  const waits = await draft()
  assert.equal(
    [waits.pending, waits.version, waits.changes.map(({ key, change: how, fields }) => [key, how, fields])],
    [1, before.version, [['PS', 'changed', [{ field: 'ringMs', of: [], before: 20_000, after: 9_000 }]]]],
  )
  // Nothing of it is in force.
  assert.is((await inForce()).queues[0]!.ringMs, 20_000)
  assert.is((await activate({ note: 'Shorter ringing' })).status, 200)
  const after = await inForce()
  assert.equal([after.version, after.queues[0]!.ringMs, (await draft()).pending], [before.version + 1, 9_000, 0])
  await spine.pass(10)
  const callId = spine.floor.call('PS', { talkMs: 1_000 })
  await spine.pass(3_000)
  const offered = (await spine.floor.ledger()).find(
    (event) => event.type === 'CallOffered' && event.data.callId === callId,
  )
  const { deadline } = offered!.data as { deadline: number }
  assert.ok(deadline - offered!.at < 12_000, `the offer follows the new ring time: ${deadline - offered!.at}`)
})

test('versions say who, when, what for and what they changed; an earlier one is put in force again', async () => {
  const { versions, runsOn, inForce: now } = (await ask<VersionRows>('switchboard/versions')).body
  assert.equal(versions[0]!.changed, [{ section: 'queues', added: 0, changed: 1, removed: 0 }])
  assert.equal([versions[0]!.note, versions[0]!.by, runsOn.version], ['Shorter ringing', 'operator:operator', now])
  const changes = (await ask<{ changes: { key: string }[] }>(`switchboard/versions/${now}`)).body.changes
  assert.equal(
    changes.map(({ key }) => key),
    ['PS'],
  )
  assert.is((await ask('draft/take-over', { version: now - 1 })).status, 200)
  const { pending, based } = await draft()
  assert.equal([pending, based], [1, now - 1])
  assert.is((await activate()).status, 200)
  assert.is((await inForce()).queues[0]!.ringMs, 20_000)
  assert.is((await ask('draft/take-over', { version: 999 })).body.code, 'draft.version_unknown')
  assert.equal((await draft()).based, null)
})

test('A3.2.1-bulk A3.2.1-add A3.2.1-password: a range makes its extensions, and no answer tells a password', async () => {
  const { status } = await ask('draft/items/extensions', {
    items: [{ key: null, item: { number: '8240-8249', secret: 'of the range' } }],
  })
  assert.is(status, 200)
  assert.is((await draft()).sums.find(({ section }) => section === 'extensions')!.added, 10)
  await change('extensions', '8201', { record: false, secret: 'a new password' })
  for (const path of ['draft', 'draft/items/extensions', 'draft/items/extensions/8201', 'draft/check']) {
    const text = JSON.stringify((await ask(path)).body)
    assert.not.match(text, /of the range|new password|old password/, path)
  }
  const changed = (await draft()).changes.find(({ key }) => key === '8201')!
  assert.equal(changed.fields.map(({ field }) => field).sort(), ['record', 'secretSet'])
  for (const event of await spine.floor.log.readStream('draft-test.voice'))
    assert.not.match(event.data, /of the range|new password|old password/)
  assert.is((await activate()).status, 200)
  const { network } = spine.floor.process.switchboard.configuration.state
  assert.equal(
    ['8201', '8202', '8249'].map((number) => network.extensions.find((one) => one.number === number)!.secret),
    ['a new password', null, 'of the range'],
  )
  await change('extensions', '8249', { secret: '' })
  assert.is((await activate()).status, 200)
  const now = spine.floor.process.switchboard.configuration.state.network.extensions
  assert.is(now.find(({ number }) => number === '8249')!.secret, null)
  const bad = await ask('draft/items/extensions', { items: [{ key: null, item: { number: '110-10' } }] })
  assert.is(bad.body.code, 'network.range_invalid')
})

test('a stale version, a missing one and one in a header are told apart', async () => {
  const { item, version } = await row('queues', 'PS')
  const put = (headers: Record<string, string>, more: object = {}) =>
    ask('draft/items/queues', { items: [{ key: 'PS', item, ...more }] }, headers)
  assert.is((await put({})).status, 428)
  assert.is((await put({}, { version: 'older' })).status, 412)
  assert.is((await put({ 'if-match': 'no etag' })).status, 400)
  const { etag } = await ask(`draft/items/queues/PS`)
  assert.is((await put({ 'if-match': etag! })).status, 200)
  assert.is(etag, `"${version}"`)
  const { etag: tag } = await ask('draft')
  assert.is((await ask('draft/activate', {})).status, 428)
  assert.is((await ask('draft/activate', { tag: '0-0' })).body.code, 'draft.moved_on')
  assert.is((await ask('draft/activate', {}, { 'if-match': tag! })).body.code, 'draft.nothing_pending')
})

test('unknown settings are refused at every depth, and nothing built-in is a code', async () => {
  const { item, version } = await row('queues', 'PS')
  const put = (change: object) =>
    ask('draft/items/queues', { items: [{ key: 'PS', version, item: { ...item, ...change } }] })
  for (const [change, where] of [
    [{ ringMS: 1 }, 'items.0.item.ringMS'],
    [{ tiers: { ...(item['tiers'] as object), aply: true } }, 'items.0.item.tiers.aply'],
    [
      { exits: { ...(item['exits'] as object), closed: { kind: 'hang_up', code: '', keep: 1 } } },
      'items.0.item.exits.closed.keep',
    ],
  ] as const) {
    const { status, body } = await put(change)
    assert.equal([status, body.where], [400, where])
  }
  for (const [code, problem] of [
    ['__proto__', 'request.invalid'],
    ['constructor', 'switchboard.code_invalid'],
  ] as const)
    assert.is((await ask('draft/items/queues', { items: [{ key: null, item: { ...item, code } }] })).body.code, problem)
  assert.is(
    (await ask('draft/items/agents', { items: [{ key: null, item: { agentCode: '9', agentId: 'x' } }] })).status,
    400,
  )
  assert.is((await ask('draft/items/nothing')).status, 400)
  assert.is((await ask('draft/items/queues/NE')).status, 404)
  assert.is((await draft()).pending, 0)
})

test('the check is at the item: a pattern that could take for ever is refused, and names its route', async () => {
  const added = await ask('draft/items/routes', {
    items: [{ key: null, item: { code: 'evil', to: '^(\\d+)+$', type: 'queue', queueCode: 'PS' } }],
  })
  assert.is(added.status, 200)
  const { findings, activates } = (await ask<DraftCheck>('draft/check')).body
  assert.is(activates, false)
  assert.equal(
    findings.filter(({ refuses }) => refuses).map(({ code, section, key, field }) => [code, section, key, field]),
    [['network.pattern_unsafe', 'routes', 'evil', 'to']],
  )
  assert.is((await activate()).body.code, 'network.pattern_unsafe')
  assert.is((await ask('draft/discard', { items: [{ section: 'routes', key: 'evil' }] })).status, 200)
  assert.is((await draft()).pending, 0)
})

test('warnings that nobody read stop an activation', async () => {
  // A route that never matches: an earlier one takes all of its calls.
  for (const code of ['one', 'two'])
    await ask('draft/items/routes', {
      items: [
        { key: null, item: { code, to: `^7\\d{3}$`, type: 'queue', queueCode: 'PS', order: code === 'one' ? 1 : 2 } },
      ],
    })
  const { warnings, findings } = (await ask<DraftCheck>('draft/check')).body
  assert.ok(warnings > 0 && findings.some(({ key }) => key === 'two'), JSON.stringify(findings))
  assert.is((await activate({ warnings: 0 })).body.code, 'draft.warnings_unread')
  assert.is((await activate()).status, 200)
})

test('A3.2.3-order: what happens if somebody calls is asked of the draft, too', async () => {
  await ask('draft/items/routes', {
    items: [{ key: null, item: { code: 'new', to: '7001', type: 'queue', queueCode: 'PS', order: 0 } }],
  })
  const rule = async (of: string) =>
    (await ask<{ rule: string | null }>(`routing/explain?to=7001&from=13800001111&of=${of}`)).body.rule
  assert.equal([await rule('in_force'), await rule('draft')], ['one', 'new'])
  const { version } = await row('routes', 'new')
  assert.is((await ask('draft/move', { key: 'new', before: null, version })).status, 200)
  const routes = (await ask<{ rows: DraftRow[] }>('draft/items/routes')).body.rows
  assert.is(routes.at(-1)!.key, 'new')
  await ask('draft/discard', { items: null })
})

test('A3.2.2.2-delete: a queue that others refer to cannot be activated away', async () => {
  const { version } = await row('queues', 'PS')
  await ask('draft/remove', { section: 'queues', items: [{ key: 'PS', version }] })
  assert.is((await row('queues', 'PS')).change, 'removed')
  assert.is((await activate()).body.code, 'switchboard.queue_unknown')
  await ask('draft/discard', { items: null })
})

test('who may edit need not be allowed to activate; names stay masked, and a mask sent back changes no name', async () => {
  may.delete('switchboard.activate')
  may.delete('staff.see')
  assert.is((await ask('draft/activate', { tag: 'x' })).status, 403)
  const { item } = await row('agents', '201')
  assert.match(String(item['name']), /\*\*/)
  await change('agents', '201', { group: 'A' })
  const [waits] = (await draft()).changes
  assert.equal(
    waits!.fields.map(({ field }) => field),
    ['group'],
  )
  may.delete('switchboard.edit')
  assert.is((await change('agents', '201', { group: 'B' })).status, 403)
  may.add('switchboard.activate').add('staff.see').add('switchboard.edit')
  assert.is((await row('agents', '201')).item['name'], 'Agent 201')
  await ask('draft/discard', { items: null })
})

test('a process that begins anew reads what waits, and nothing that is settled', async () => {
  await change('queues', 'PS', { ringMs: 11_000 })
  const state = await draft()
  const { Drafts } = await import('@ledgerline/core/draft/drafts.ts')
  const { log, codec } = spine.floor
  const fresh = new Drafts({ log, codec, commands: null as never })
  const look = await fresh.look('test', spine.floor.process.switchboard.configuration.state)
  assert.equal([look.tag, look.pending.length], [state.tag, 1])
  // Another tenant has a draft of its own, and finds nothing of this one.
  const other = await fresh.look('other', spine.floor.process.switchboard.configuration.state)
  assert.equal(other.pending, [])
  await ask('draft/discard', { items: null })
})

test.run()
