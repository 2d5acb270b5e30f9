/** The blacklist over HTTP, on real tables (catalogue B11.7, A3.2-blacklist). */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { operatorPermissions, type Permission } from '@ledgerline/core/access/session.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { get, post, type Reply } from '../http/web.ts'

let spine: Spine
const may = new Set<Permission>(operatorPermissions)
const test = suite('the blacklist over HTTP')
test.before(async () => void (spine = await startSpine('blacklist', { permissions: may })))
test.after(() => spine.close())
test.after.each(() => void may.delete('numbers.see'))

const send = (path: string, body: object): Promise<Reply> =>
  post(spine, `/api/v1/${path}`, { commandId: randomUUID(), ...body })
const done = async (path: string, body: object, status = 200): Promise<Reply['json']> => {
  const reply = await send(path, body)
  assert.is(reply.status, status, `${path}: ${reply.text}`)
  return reply.json
}
const group = async (name: string): Promise<string> =>
  (await done('blacklist_groups', { values: { name, validUntil: '2027-12-31' } }, 201)).recordId
const search = async (body: object, position?: string) => {
  const reply = await post(spine, '/api/v1/blacklist_numbers/search', { ...body, ...(position && { position }) })
  return reply.status === 200 ? reply.json : assert.unreachable(reply.text)
}

test('B11.7-groups B11.7-f-group-validity B11.7-act-view-group B11.7-act-add-group B11.7-act-edit-group: groups with their validity', async () => {
  const id = await group('投诉客户')
  const changed = await done('blacklist_groups/change', {
    recordId: id,
    version: 1,
    values: { validUntil: '2026-12-31' },
  })
  const read = await get(spine, `/api/v1/blacklist_groups/${id}`, { 'x-read-after': changed.position })
  assert.equal([read.json.name, read.json.validUntil, read.json.version], ['投诉客户', '2026-12-31', 2])
  assert.is((await send('blacklist_groups', { values: { name: '投诉客户' } })).json.code, 'record.taken')
})

test('A3.2-blacklist-add B11.7-act-view-number B11.7-act-edit-number B11.7-act-delete-number: a number is added, found, changed and removed', async () => {
  const g = await group('A')
  const values = { group: g, number: '+86 138 0000 1111', validUntil: '2027-01-31', remark: '王先生' }
  const { recordId, position } = await done('blacklist_numbers', { values }, 201)
  // The same in another notation; the answer says nothing that the sender did not.
  const again = await send('blacklist_numbers', { values: { ...values, number: '013800001111' } })
  assert.equal([again.json.code, again.json.where], ['record.key_taken', 'number'])

  // Masked for who may not see numbers: in the list, alone, and in its history.
  const [row] = (await search({ group: [g] }, position)).rows
  assert.equal(
    [row.number, row.numberAsGiven, row.numberTail, row.remark],
    ['138****1111', '+86 13****1111', '****', '王**'],
  )
  const read = await get(spine, `/api/v1/blacklist_numbers/${recordId}`)
  assert.equal([read.json.number, read.headers['etag']], ['138****1111', '"1"'])
  const changed = await done('blacklist_numbers/change', { recordId, version: 1, values: { remark: '王小明' } })
  assert.is(changed.recordId, recordId)
  await get(spine, `/api/v1/blacklist_numbers/${recordId}`, { 'x-read-after': changed.position })
  const history = (await get(spine, `/api/v1/blacklist_numbers/${recordId}/history`)).json.changes
  assert.equal(history[0].fields, [{ field: 'remark', before: '王**', after: '王**' }])
  assert.not.match(JSON.stringify(history), /13800001111|王先生|王小明/)

  // Found whole in any notation, and by its end, without showing it.
  for (const wanted of [{ number: ['0086 138-0000-1111'] }, { numberTail: ['1111'] }]) {
    const found = (await search({ ...wanted, count: true })).rows
    assert.equal(
      found.map((each: { recordId: string }) => each.recordId),
      [recordId],
    )
  }
  assert.equal((await search({ number: ['13800001112'] })).rows, [])
  may.add('numbers.see')
  assert.is((await search({ group: [g] })).rows[0].numberAsGiven, '+86 138 0000 1111')

  // Another number is another record.
  const moved = await done('blacklist_numbers/change', { recordId, version: 2, values: { number: '13900002222' } })
  assert.is.not(moved.recordId, recordId)
  const now = (await search({ group: [g] }, moved.position)).rows
  assert.equal(
    now.map((each: { number: string; remark: string }) => [each.number, each.remark]),
    [['13900002222', '王小明']],
  )
  const stale = await send('blacklist_numbers/change', {
    recordId: moved.recordId,
    version: 7,
    values: { remark: 'x' },
  })
  assert.is(stale.json.code, 'record.changed_meanwhile')
  const gone = await done('blacklist_numbers/remove', { recordIds: [moved.recordId] })
  assert.equal((await search({ group: [g] }, gone.position)).rows, [])
})

test('a hidden field is no filter of an address, no range, no order', async () => {
  for (const query of [
    'number=13800001111',
    'numberTail=1111',
    'remark=x',
    'sort=number',
    'sort=-remark',
    'number.is=null',
  ])
    assert.is((await get(spine, `/api/v1/blacklist_numbers?${query}`)).status, 400, query)
  for (const body of [{ 'number.from': '1' }, { sort: 'number' }, { sort: 'numberTail' }, { 'remark.part': 'xx' }])
    assert.is((await post(spine, '/api/v1/blacklist_numbers/search', body)).status, 400, JSON.stringify(body))
})

test('of another tenant, or without the permission, nothing is seen or changed', async () => {
  const g = await group('P')
  const { recordId } = await done('blacklist_numbers', { values: { group: g, number: '13800009999' } }, 201)
  may.delete('blacklist.edit')
  assert.is((await send('blacklist_numbers', { values: { group: g, number: '13800009998' } })).status, 403)
  assert.is((await send('blacklist_numbers/remove', { recordIds: [recordId] })).status, 403)
  may.delete('blacklist.see')
  assert.is((await get(spine, `/api/v1/blacklist_numbers/${recordId}`)).status, 403)
  assert.is((await post(spine, '/api/v1/blacklist_numbers/search', {})).status, 403)
  may.add('blacklist.edit').add('blacklist.see')
  // A group that is somebody else's is none.
  const values = { group: randomUUID(), number: '13800009997' }
  assert.is((await send('blacklist_numbers', { values })).json.code, 'record.refers_to_nothing')
})

test('what is removed with a group is said before, and agreed to', async () => {
  const g = await group('G')
  for (const number of ['13700000001', '13700000002'])
    await done('blacklist_numbers', { values: { group: g, number } }, 201)
  await spine.settled()
  const removal = (await post(spine, '/api/v1/blacklist_groups/removal', { recordIds: [g] })).json
  assert.equal(removal.along, [{ register: 'blacklist_numbers', total: 2 }])
  const refused = await send('blacklist_groups/remove', { recordIds: [g] })
  assert.is(refused.json.code, 'record.takes_along')
  await done('blacklist_groups/remove', { recordIds: [g], along: true })
  assert.is(
    (await send('blacklist_numbers', { values: { group: g, number: '13700000003' } })).json.code,
    'record.refers_to_nothing',
  )
})

test.run()
