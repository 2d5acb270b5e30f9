/** Registers over HTTP, on real tables: the routes that their declarations give (catalogue C27 to C29, B11.5, A3.4.2). */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { operatorPermissions, type Permission } from '@ledgerline/core/access/session.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { get, post, type Reply } from '../http/web.ts'

let spine: Spine
const may = new Set<Permission>(operatorPermissions)
const test = suite('registers over HTTP')
test.before(async () => void (spine = await startSpine('registers', { permissions: may })))
test.after(() => spine.close())
test.after.each(() => {
  for (const permission of operatorPermissions) may.add(permission)
})

const send = (path: string, body: object): Promise<Reply> =>
  post(spine, `/api/v1/${path}`, { commandId: randomUUID(), ...body })
const done = async (path: string, body: object, status = 200): Promise<Reply['json']> => {
  const reply = await send(path, body)
  assert.is(reply.status, status, `${path}: ${reply.text}`)
  return reply.json
}
const refused = async (code: string, path: string, body: object): Promise<Reply> => {
  const reply = await send(path, body)
  assert.is(reply.json.code, code, `${path}: ${reply.text}`)
  return reply
}
const add = (table: string, values: object) => done(table, { values }, 201)
const one = async (table: string, recordId: string, position?: string): Promise<Reply> =>
  get(spine, `/api/v1/${table}/${recordId}`, position ? { 'x-read-after': position } : {})
const rows = async (query: string) => (await get(spine, `/api/v1/${query}`)).json.rows as Record<string, unknown>[]

test('C28.1-add C28.1-field-category C28.1-field-content C28.1-pending C28.2-delete: a phrase waits, is approved, changed and removed', async () => {
  const category = await add('categories', { name: '问候' })
  const values = { category: category.recordId, content: '您好，请问有什么可以帮您？' }
  const phrase = await add('phrases', values)
  const { recordId } = phrase
  assert.equal(phrase.events, ['PhraseAdded'])
  const read = await one('phrases', recordId, phrase.position)
  assert.is(read.headers['etag'], '"1"')
  assert.equal(
    [read.json.review, read.json.content, read.json.createdBy],
    ['in_review', values.content, 'operator:operator'],
  )

  // Readers see nothing of it yet.
  may.delete('library.edit')
  may.delete('library.review')
  assert.is((await one('phrases', recordId)).json.code, 'record.unknown')
  assert.equal(await rows('phrases'), [])
  may.add('library.edit')
  may.add('library.review')

  const approved = await done('phrases/review', { recordId, version: 1, approve: true })
  await refused('record.changed_meanwhile', 'phrases/change', { recordId, version: 1, values: { content: 'x' } })
  const changed = await done('phrases/change', { recordId, version: 2, values: { content: '您好！' } })
  assert.ok(approved.position < changed.position)
  const editors = (await one('phrases', recordId, changed.position)).json
  assert.equal([editors.content, editors.proposed.content, editors.review], [values.content, '您好！', 'changed'])
  may.delete('library.edit')
  may.delete('library.review')
  const [seen] = await rows('phrases')
  assert.equal([seen!['content'], seen!['proposed'], seen!['review']], [values.content, null, 'approved'])
  assert.is((await send('phrases/change', { recordId, version: null, values: {} })).status, 403)
  may.add('library.edit')
  may.add('library.review')
  const back = await done('phrases/review', { recordId, version: 3, approve: false, note: '太短' })
  assert.is((await one('phrases', recordId, back.position)).json.note, '太短')

  await refused('record.in_use', 'categories/remove', { recordIds: [category.recordId] })
  const removal = await post(spine, '/api/v1/categories/removal', { recordIds: [category.recordId] })
  assert.equal(removal.json.inTheWay, { total: 1, first: [{ register: 'phrases', label: values.content }] })
  const gone = await done('phrases/remove', { recordIds: [recordId] })
  assert.is((await one('phrases', recordId, gone.position)).json.code, 'record.unknown')
  await done('categories/remove', { recordIds: [category.recordId] })

  const history = await get(spine, `/api/v1/phrases/${recordId}/history`)
  assert.equal(
    history.json.changes.map(({ change }: { change: string }) => change),
    ['removed', 'rejected', 'changed', 'approved', 'added'],
  )
  assert.equal(history.json.changes[2].fields, [{ field: 'content', before: values.content, after: '您好！' }])
})

test('C28.3-query-category C28.3-query-content: phrases are found by category and by a part, in any script', async () => {
  const [a, b] = [await add('categories', { name: 'A' }), await add('categories', { name: 'B' })]
  await add('phrases', { category: a.recordId, content: '请稍等片刻' })
  const last = await add('phrases', { category: b.recordId, content: 'One moment, please' })
  const found = async (query: string) =>
    (await rows(`phrases?position=${last.position}&sort=createdAt&${query}`)).map(({ content }) => content)
  assert.equal(await found(`category=${a.recordId}`), ['请稍等片刻'])
  assert.equal(await found(`content.part=${encodeURIComponent('稍等')}`), ['请稍等片刻'])
  assert.equal(await found('content.part=moment'), ['One moment, please'])
})

test('C29.1-field-url: a link leads to the web and nowhere else', async () => {
  const category = await add('categories', { name: 'Links' })
  const values = { category: category.recordId, name: 'Tariffs' }
  for (const address of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd'])
    await refused('request.invalid', 'library_links', { values: { ...values, address } })
  await add('library_links', { ...values, address: 'https://example.com/tariffs' })
})

test('B11.5-act-add-group B11.5-act-add-label B11.5-act-edit-label B11.5-act-delete-label: labels in groups', async () => {
  const group = await add('label_groups', { name: '意向' })
  const label = await add('labels', { group: group.recordId, name: '高', colour: 'red' })
  await refused('record.taken', 'labels', { values: { group: group.recordId, name: '高', colour: 'blue' } })
  await refused('record.refers_to_nothing', 'labels', {
    values: { group: randomUUID(), name: '低', colour: 'blue' },
  })
  await refused('request.invalid', 'labels', { values: { group: group.recordId, name: '低', colour: 'pink' } })
  await done('labels/change', { recordId: label.recordId, version: 1, values: { colour: 'green' } })
  await done('labels/remove', { recordIds: [label.recordId] })
  await done('label_groups/remove', { recordIds: [group.recordId] })
})

test('A3.4.2-dictionary: the values of a dictionary go with it, if that was agreed to', async () => {
  const dictionary = await add('dictionaries', { code: 'city', name: '城市', remark: null })
  for (const code of ['BJ', 'SH'])
    await add('dictionary_values', { dictionary: dictionary.recordId, code, name: code, rank: 1, offered: true })
  const recordIds = [dictionary.recordId]
  const told = await refused('record.touches_others', 'dictionaries/remove', { recordIds })
  assert.equal(told.json.details, { removed: 2, cleared: 0 })
  const removal = await post(spine, '/api/v1/dictionaries/removal', { recordIds })
  assert.is(removal.json.removed.total, 2)
  const gone = await done('dictionaries/remove', { recordIds, others: 2 })
  assert.equal(gone.events, ['DictionaryRemoved', 'DictionaryValueRemoved', 'DictionaryValueRemoved'])
  assert.equal(await rows(`dictionary_values?position=${gone.position}&dictionary=${dictionary.recordId}`), [])
})

test('who changes a record says which version they read: in the body, or by its ETag', async () => {
  const { recordId } = await add('label_groups', { name: 'versions' })
  const change = (values: object, headers: Record<string, string>, more: object = {}) =>
    post(spine, '/api/v1/label_groups/change', { commandId: randomUUID(), recordId, values, ...more }, headers)
  await spine.settled()
  const etag = (await one('label_groups', recordId)).headers['etag']!
  assert.is((await change({ name: 'v' }, {})).json.code, 'record.version_missing')
  assert.is((await change({ name: 'v' }, { 'if-match': 'W/"1"' })).json.code, 'request.invalid')
  assert.is((await change({ name: 'v' }, { 'if-match': etag })).status, 200)
  const late = await change({ name: 'w' }, { 'if-match': etag })
  assert.equal([late.status, late.json.code, late.json.title], [412, 'record.changed_meanwhile', 'Changed meanwhile'])
  assert.is((await change({ name: 'w' }, { 'if-match': '*' })).status, 200)
})

test('the same command again gets the same answer; of two who want the same name at once, one gets it', async () => {
  const commandId = randomUUID()
  const body = { commandId, values: { name: 'once', rank: 1 } }
  const first = await send('follow_up_stages', body)
  assert.equal((await send('follow_up_stages', body)).json, first.json)
  const both = await Promise.all(
    [1, 2, 3, 4].map((rank) => send('follow_up_stages', { values: { name: 'contested', rank } })),
  )
  assert.equal(both.map(({ status }) => status).sort(), [201, 409, 409, 409])
})

test('what the viewer may see and do stands in the list of registers', async () => {
  may.delete('labels.edit')
  may.delete('dictionaries.see')
  const { registers } = (await get(spine, '/api/v1/registers')).json
  const by = Object.fromEntries((registers as { table: string; mayEdit: boolean }[]).map((each) => [each.table, each]))
  assert.not(by['labels']!.mayEdit)
  assert.ok(by['phrases']!.mayEdit)
  assert.is(by['dictionaries'], undefined)
  assert.is((await get(spine, '/api/v1/dictionaries')).status, 403)
})

test('the tables equal a fresh fold of the ledger', async () => {
  await spine.settled()
  const { models, events } = await spine.engine.verify()
  assert.ok(events > 20)
  assert.equal(
    models.filter(({ differing, parked }) => differing > 0 || parked.length > 0),
    [],
  )
})
test('a list by a reference that nothing has is empty, whatever the field is called', async () => {
  const [empty, other] = [await add('label_groups', { name: '空组' }), await add('label_groups', { name: '其他' })]
  const label = await add('labels', { group: other.recordId, name: '重点', colour: 'red' })
  await spine.settled()
  assert.equal(await rows(`labels?group=${empty.recordId}`), [])
  assert.equal(
    (await rows(`labels?group=${other.recordId}`)).map(({ recordId }) => recordId),
    [label.recordId],
  )
})

test('many who write into one book at the same moment are all answered', async () => {
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, index) => send('label_groups', { values: { name: `同时 ${index % 6}` } })),
  )
  assert.is(replies.filter(({ status }) => status === 201).length, 6)
  assert.is(replies.filter(({ json }) => json.code === 'record.taken').length, 6)
})

test.run()
