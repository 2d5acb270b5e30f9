/** What is done to many records at once: named, or all that a search finds, worked out with the rights of whoever asks. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { operatorPermissions, type Permission } from '@ledgerline/core/access/session.ts'
import { labelGroups, labels } from '@ledgerline/core/labels/kinds.ts'
import { bookDecider, type Book, type RecordCommand } from '@ledgerline/core/record/book.ts'
import type { Kind } from '@ledgerline/core/record/kind.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { get, post, type Reply } from '../http/web.ts'

let spine: Spine
const may = new Set<Permission>(operatorPermissions)
const test = suite('many records at once')
test.before(async () => void (spine = await startSpine('many_records', { permissions: may })))
test.after(() => spine.close())
test.after.each(() => {
  for (const permission of operatorPermissions) may.add(permission)
})

const send = (path: string, body: object, commandId: string = randomUUID()): Promise<Reply> =>
  post(spine, `/api/v1/${path}`, { commandId, ...body })
async function add(table: string, values: object): Promise<string> {
  const reply = await send(table, { values })
  assert.is(reply.status, 201, reply.text)
  return reply.json.recordId
}
async function labelsIn(name: string, count: number): Promise<{ group: string; ids: string[] }> {
  const group = await add('label_groups', { name })
  const ids: string[] = []
  for (let index = 0; index < count; index++)
    ids.push(await add('labels', { group, name: `${name}${index}`, colour: index % 3 === 0 ? 'red' : 'blue' }))
  await spine.settled()
  return { group, ids }
}
const rows = async (query: string): Promise<Record<string, unknown>[]> => {
  await spine.settled()
  return (await get(spine, `/api/v1/labels?limit=200&${query}`)).json.rows
}

test('C0.3-row-checkbox: all that a search finds get a value, if it finds as many as was told; said twice, done once', async () => {
  const { group } = await labelsIn('改', 12)
  const matching = { group: [group], colour: ['red'] }
  const changed = { matching, total: 4, values: { colour: 'green' } }
  const off = await send('labels/found/change-many', { ...changed, total: 5 })
  assert.equal([off.json.code, off.json.details], ['record.selection_changed', { told: 5, now: 4 }])
  const commandId = randomUUID()
  const done = await send('labels/found/change-many', changed, commandId)
  assert.equal([done.status, done.json.events.length], [200, 4])
  assert.is((await rows(`group=${group}&colour=green`)).length, 4)
  // By now the search finds none, but this was done before.
  assert.equal((await send('labels/found/change-many', changed, commandId)).json, done.json)
  assert.is((await rows(`group=${group}&colour=blue`)).length, 8)
})

test('a value that only one of them may have changes none of them', async () => {
  const { group } = await labelsIn('唯', 3)
  const reply = await send('labels/found/change-many', {
    matching: { group: [group] },
    total: 3,
    values: { name: '同' },
  })
  assert.is(reply.json.code, 'record.taken')
  assert.is((await rows(`group=${group}&name=${encodeURIComponent('同')}`)).length, 0)
})

test('a removal of all that a search finds says what it would break, and removes them', async () => {
  const { group } = await labelsIn('删', 5)
  const groups = { matching: { 'name.part': '删' }, total: 1 }
  const told = await post(spine, '/api/v1/label_groups/found/removal', groups)
  assert.equal([told.json.chosen, told.json.inTheWay.total], [1, 5])
  assert.is((await send('label_groups/found/remove', groups)).json.code, 'record.in_use')
  const all = { matching: { group: [group] }, total: 5 }
  assert.is((await post(spine, '/api/v1/labels/found/removal', all)).json.chosen, 5)
  const gone = await send('labels/found/remove', all)
  assert.is(gone.json.events.length, 5)
  await spine.settled()
  assert.is((await send('label_groups/found/remove', groups)).status, 200)
})

test('nobody reaches by a search what they may not see or touch, and nobody asks for everything by mistake', async () => {
  const { group } = await labelsIn('权', 2)
  const all = { matching: { group: [group] }, total: 2 }
  may.delete('labels.edit')
  for (const path of ['remove', 'removal', 'change-many'])
    assert.is((await send(`labels/found/${path}`, { ...all, values: { colour: 'red' } })).status, 403, path)
  may.add('labels.edit')
  for (const body of [
    {},
    { matching: {} },
    { total: 2 },
    { ...all, recordIds: [group] },
    { matching: { nothing: ['x'] }, total: 0 },
  ])
    assert.is((await send('labels/found/remove', body)).json.code, 'request.invalid', JSON.stringify(body))
  assert.is((await rows(`group=${group}`)).length, 2)
})

test('ten thousand records of a book are changed by one command', () => {
  const kinds = [labelGroups, labels] as unknown as Kind[]
  const decider = bookDecider(kinds)
  const does = (book: Book, command: RecordCommand): Book =>
    decider.decide(command, book, {} as never).reduce((state, event) => decider.evolve(state, event as never), book)
  const group = randomUUID()
  let book = does(decider.initial, { do: 'add', kind: 'label_group', recordId: group, values: { name: 'g' } })
  const recordIds = Array.from({ length: 9_999 }, () => randomUUID())
  for (const [index, recordId] of recordIds.entries())
    book = does(book, { do: 'add', kind: 'label', recordId, values: { group, name: `n${index}`, colour: 'red' } })
  const events = decider.decide(
    { do: 'change_many', kind: 'label', recordIds, values: { colour: 'blue' } },
    book,
    {} as never,
  )
  assert.is(events.length, 9_999)
})

test.run()
