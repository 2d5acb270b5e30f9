/** Exporting registers over HTTP, on real tables: what is in the file, for whom, and who may fetch it. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { operatorPermissions, type Permission } from '@ledgerline/core/access/session.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { get } from '../http/web.ts'
import { Transfers } from './transfers.ts'

let spine: Spine
const all: readonly Permission[] = [...operatorPermissions, 'numbers.see']
const may = new Set<Permission>(all)
const transfers = new Transfers(() => spine)
const test = suite('exporting over HTTP')
test.before(async () => void (spine = await startSpine('exports', { permissions: may, transfers: true })))
test.after(() => spine.close())
test.after.each(() => {
  may.clear()
  for (const one of all) may.add(one)
  spine.actor = null
})

const table = 'blacklist_numbers'
let made = 0
/** A group of its own with these numbers; their ids. */
async function groupOf(rows: readonly { number: string; remark?: string }[]) {
  const name = `组${++made}`
  const group = (await transfers.done('blacklist_groups', { values: { name } })).recordId as string
  const ids: string[] = []
  for (const row of rows) ids.push((await transfers.done(table, { values: { group, ...row } })).recordId)
  await spine.settled()
  return { group, name, ids }
}
const csvLines = (text: string): string[] => text.replace('\ufeff', '').trim().split('\r\n')
async function exported(register: string, asked: object): Promise<string> {
  const { taskId } = await transfers.done(`${register}/export`, { format: 'csv', lang: 'zh', ...asked })
  const task = await transfers.ended(taskId)
  assert.is(task.status, 'done', JSON.stringify(task))
  return taskId
}

test('all that a search finds, as a file that people read: names for references, formulas disarmed', async () => {
  const { group, name } = await groupOf([
    { number: '138 0000 1111', remark: '=cmd|"/c calc"!A1' },
    { number: '13800002222', remark: '王,"李"' },
  ])
  await groupOf([{ number: '13800003333' }])
  const file = await transfers.file(await exported(table, { search: { group: [group], sort: 'recordId' } }))
  assert.is(file.status, 200)
  assert.match(file.name, /attachment; filename=/)
  const [heading, ...lines] = csvLines(file.text)
  assert.is(heading, '分组,号码,有效期至,备注')
  assert.equal(lines.toSorted(), [`${name},13800001111,,"'=cmd|""/c calc""!A1"`, `${name},13800002222,,"王,""李"""`])
})

test('those that were chosen, as a workbook', async () => {
  const { name, ids } = await groupOf([{ number: '13700000001' }, { number: '13700000002', remark: '=1+1' }])
  const file = await transfers.file(await exported(table, { format: 'xlsx', lang: 'en', recordIds: [ids[1]!] }))
  // What we write we read: the preview of an import shows its cells.
  const { json } = await transfers.preview(table, file.bytes)
  assert.equal([json.format, json.heading], ['xlsx', ['Group', 'Number', 'Valid until', 'Remark']])
  assert.equal(
    json.rows.map(({ cells }: { cells: string[] }) => cells),
    [[name, '13700000002', '', '=1+1']],
  )
})

test('what its asker sees masked is masked in the file, whatever they may see later', async () => {
  const { group } = await groupOf([{ number: '13600001234', remark: '张三丰' }])
  may.delete('numbers.see')
  const taskId = await exported(table, { search: { group: [group] } })
  may.add('numbers.see')
  const { text } = await transfers.file(taskId)
  assert.not.match(text, /13600001234|张三丰/)
  assert.match(text, /136\*{4}1234/)
})

test('what nobody has approved is not in the file of somebody who would not see it, even if they name it', async () => {
  const category = (await transfers.done('categories', { values: { name: '出口' } })).recordId as string
  const phrase = (await transfers.done('phrases', { values: { category, content: '还没有审核' } })).recordId as string
  await spine.settled()
  const whole = await transfers.file(await exported('phrases', {}))
  assert.match(whole.text, /还没有审核/)
  may.delete('library.edit')
  may.delete('library.review')
  for (const asked of [{}, { recordIds: [phrase] }]) {
    const { text } = await transfers.file(await exported('phrases', asked))
    assert.not.match(text, /还没有审核/, JSON.stringify(asked))
  }
})

test('the file is its maker’s alone, as long as they may export and see what is in it', async () => {
  const { group } = await groupOf([{ number: '13500001234' }])
  const taskId = await exported(table, { search: { group: [group] } })
  spine.actor = () => ({ kind: 'operator', code: 'somebody' })
  assert.is((await transfers.file(taskId)).status, 404)
  assert.equal((await get(spine, `/api/v1/tasks?taskId=${taskId}`)).json.rows, [])
  spine.actor = null
  for (const permission of ['registers.export', 'blacklist.see'] as const) {
    may.delete(permission)
    assert.is((await transfers.file(taskId)).status, 403, permission)
    assert.is((await transfers.send(`${table}/export`, { format: 'csv', lang: 'zh' })).status, 403, permission)
    may.add(permission)
  }
  assert.is((await transfers.file(taskId)).status, 200)
  assert.is((await transfers.file(randomUUID())).status, 404)
})

test('nothing personal of a search stands in the ledger in the clear', async () => {
  await groupOf([{ number: '13411112222' }])
  await exported(table, { search: { number: ['13411112222'] } })
  const clear: string[] = []
  for await (const { events } of spine.floor.log.readAll(null))
    for (const { type, data } of events) if (data.includes('13411112222')) clear.push(type)
  assert.equal(clear, [])
})

test.run()
