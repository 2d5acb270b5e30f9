/** Importing files into registers over HTTP, on real tables (catalogue B11.7, A3.2-blacklist). */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { operatorPermissions, type Permission } from '@ledgerline/core/access/session.ts'
import { written } from '@ledgerline/adapters/transfer/write-files.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { get, post } from '../http/web.ts'
import { until } from '../support/gate.ts'
import { Transfers } from './transfers.ts'

let spine: Spine
const may = new Set<Permission>([...operatorPermissions, 'numbers.see'])
const transfers = new Transfers(() => spine)
const test = suite('importing over HTTP')
test.before(async () => void (spine = await startSpine('imports', { permissions: may, transfers: true })))
test.after(() => spine.close())
test.after.each(() => void [...operatorPermissions, 'numbers.see' as const].forEach((one) => may.add(one)))

const table = 'blacklist_numbers'
const group = async (name: string): Promise<string> =>
  (await transfers.done('blacklist_groups', { values: { name } })).recordId
const numbersOf = async (groupId: string): Promise<Record<string, unknown>[]> =>
  (await post(spine, `/api/v1/${table}/search`, { group: [groupId], sort: 'recordId', limit: 200 })).json.rows
const counts = ({ status, rows, added, changed, leftAsIs, refused }: Record<string, unknown>) => [
  status,
  rows,
  added,
  changed,
  leftAsIs,
  refused,
]
async function xlsx(heading: string[], rows: string[][]): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of written(
    'xlsx',
    heading,
    (async function* () {
      yield rows
    })(),
  ))
    parts.push(part)
  return Buffer.concat(parts)
}

test('B11.7-act-import-number B11.7-act-import-batch: a file is looked at, imported, and what was refused comes back as a file', async () => {
  const g = await group('导入')
  const csv = [
    '\ufeff分组,号码,有效期至,备注,别的',
    '导入,+86 138 0000 1111,2027/1/31,"王先生,VIP",x',
    '导入,13800001111,2027年2月1日,又一次,x',
    '导入,1.39E+10,,被 Excel 改过,x',
    '没有这组,13800001112,,,x',
    ' 导入 ,13800001113,明天,,x',
    ',,,,',
    '导入,13800001114,,=1+1,x',
    '',
  ].join('\r\n')
  const seen = await transfers.preview(table, csv)
  assert.equal(seen.json.fields, ['group', 'number', 'validUntil', 'remark', null])
  assert.equal([seen.json.format, seen.json.encoding], ['csv', 'utf-8'])
  assert.equal(
    seen.json.rows.map(({ line, outcome, faults }: { line: number; outcome: string; faults: { field: string }[] }) => [
      line,
      outcome,
      ...faults.map(({ field }) => field),
    ]),
    [
      [2, 'added'],
      [3, 'skipped'],
      [4, 'refused', 'number'],
      [5, 'refused', 'group'],
      [6, 'refused', 'validUntil'],
      [8, 'added'],
    ],
  )
  assert.equal(await numbersOf(g), [], 'a look writes nothing')

  const task = await transfers.import(table, csv, { name: '黑名单.csv' })
  assert.equal(counts(task), ['done', 6, 2, 0, 1, 3])
  const rows = await numbersOf(g)
  assert.equal(rows.map(({ number, validUntil, remark }) => [number, validUntil, remark]).toSorted(), [
    ['13800001111', '2027-01-31', '王先生,VIP'],
    ['13800001114', null, '=1+1'],
  ])
  const refused = await transfers.file(task.taskId, '?format=csv&lang=zh')
  assert.is(refused.status, 200)
  const lines = refused.text.replace('\ufeff', '').trim().split('\r\n')
  assert.is(lines[0], '分组,号码,有效期至,备注,别的,行号,字段,内容,原因')
  assert.match(lines[1]!, /^导入,1\.39E\+10,,被 Excel 改过,x,4,号码,1\.39E\+10,.*科学计数法/)
  assert.match(lines[2]!, /,5,分组,没有这组,所填名称不存在$/)
  assert.match(lines[3]!, /,6,有效期至,明天,/)

  // The same file again: nothing is there twice, and a rule may update or report.
  assert.equal(counts(await transfers.import(table, csv)), ['done', 6, 0, 0, 3, 3])
  const other = csv.replace('"王先生,VIP"', '李先生').replace(/^导入,13800001111.*\r\n/m, '')
  assert.equal(counts(await transfers.import(table, other, { conflict: 'update' })), ['done', 5, 0, 1, 1, 3])
  assert.equal(counts(await transfers.import(table, csv, { conflict: 'report' })), ['done', 6, 0, 0, 0, 6])
})

test('GB18030, a workbook, and a template that can be filled and imported', async () => {
  const g = await group('编码')
  // 编码,13900000001 in GB18030.
  const gb = Buffer.concat([
    Buffer.from('group,number,remark\r\n'),
    Buffer.from([0xb1, 0xe0, 0xc2, 0xeb]),
    Buffer.from(',13900000001,'),
    Buffer.from([0xcd, 0xf5]),
    Buffer.from('\r\n'),
  ])
  const seen = await transfers.preview(table, gb)
  assert.is(seen.json.encoding, 'gb18030')
  assert.equal(counts(await transfers.import(table, gb)), ['done', 1, 1, 0, 0, 0])
  const template = await get(spine, `/api/v1/${table}/template?format=csv&lang=en`)
  assert.is(template.text.replace('\ufeff', ''), 'Group *,Number *,Valid until,Remark\r\n')
  const workbook = await xlsx(
    ['Group *', 'Number *', 'Valid until', 'Remark'],
    [['编码', '010-6123 4567', '2026-12-31', '<a> & "b"']],
  )
  const task = await transfers.import(table, workbook)
  assert.equal(counts(task), ['done', 1, 1, 0, 0, 0])
  assert.equal(
    (await numbersOf(g)).map(({ number, numberAsGiven, remark }) => [number, numberAsGiven, remark]).toSorted(),
    [
      ['01061234567', '010-6123 4567', '<a> & "b"'],
      ['13900000001', null, '王'],
    ],
  )
})

test('an import is undone whole, but for what somebody changed since', async () => {
  const g = await group('撤销')
  const before = await transfers.done(table, { values: { group: g, number: '13600000001', remark: '原来' } })
  await spine.settled()
  const csv = 'group,number,remark\n' + [1, 2, 3].map((n) => `撤销,1360000000${n},导入 ${n}`).join('\n')
  const task = await transfers.import(table, csv, { conflict: 'update' })
  assert.equal(counts(task), ['done', 3, 2, 1, 0, 0])
  const third = (await numbersOf(g)).find(({ number }) => number === '13600000003')!
  await transfers.done(`${table}/change`, { recordId: third['recordId'], version: 1, values: { remark: '后来' } }, 200)
  await spine.settled()
  const { taskId } = await transfers.done('tasks/undo', { taskId: task.taskId })
  assert.equal(counts(await transfers.ended(taskId)), ['done', 3, 1, 1, 1, 0])
  assert.equal((await numbersOf(g)).map(({ number, remark }) => [number, remark]).toSorted(), [
    ['13600000001', '原来'],
    ['13600000003', '后来'],
  ])
  assert.is((await get(spine, `/api/v1/${table}/${before.recordId}`)).json.version, 3)
  assert.is((await transfers.send('tasks/undo', { taskId: task.taskId })).json.code, 'task.not_undone')
})

test('a small register is imported by the same means, and undone', async () => {
  await transfers.done('label_groups', { values: { name: '行业' } })
  const csv = '标签组,标签名称,颜色\n行业,银行,red\n行业,保险,blue\n行业,银行,green\n行业,其他,pink\n'
  const task = await transfers.import('labels', csv)
  assert.equal(counts(task), ['done', 4, 2, 0, 1, 1])
  const labels = (await get(spine, '/api/v1/labels?sort=name')).json.rows
  assert.equal(labels.map(({ name }: { name: string }) => name).toSorted(), ['保险', '银行'])
  const { taskId } = await transfers.done('tasks/undo', { taskId: task.taskId })
  assert.equal(counts(await transfers.ended(taskId)), ['done', 2, 2, 0, 0, 0])
  assert.equal((await get(spine, '/api/v1/labels')).json.rows, [])
})

test('numbers go with their group, also those that are more than fit into one batch', async () => {
  const g = await group('整组')
  const csv = 'group,number\n' + Array.from({ length: 2_500 }, (_, n) => `整组,${13_500_000_000 + n}`).join('\n')
  assert.equal(counts(await transfers.import(table, csv)), ['done', 2_500, 2_500, 0, 0, 0])
  await transfers.done('blacklist_groups/remove', { recordIds: [g], along: true }, 200)
  await until('all of them are gone', async () => (await numbersOf(g)).length === 0)
})

test('nobody else sees a task, its file or the file that was uploaded; nobody imports without the permission', async () => {
  await group('别人')
  const csv = 'group,number\n别人,x\n'
  const task = await transfers.import(table, csv)
  const fileId = await transfers.upload(csv)
  spine.actor = () => ({ kind: 'operator', code: 'somebody' })
  assert.equal((await get(spine, '/api/v1/tasks')).json.rows, [])
  assert.is((await transfers.file(task.taskId)).status, 404)
  assert.is((await transfers.send('tasks/cancel', { taskId: task.taskId })).json.code, 'task.unknown')
  assert.is((await transfers.send('tasks/undo', { taskId: task.taskId })).json.code, 'task.unknown')
  assert.is((await post(spine, `/api/v1/${table}/import/preview`, { fileId })).json.code, 'transfer.no_file')
  assert.is(
    (await transfers.send(`${table}/import`, { fileId, fields: ['group', 'number'] })).json.code,
    'transfer.no_file',
  )
  assert.is((await transfers.part(fileId, 0, Buffer.from('x'))).status, 404)
  spine.actor = null
  assert.is((await transfers.file(task.taskId)).status, 200)
  // Permission that was taken away counts at the download, too.
  may.delete('blacklist.edit')
  assert.is((await transfers.file(task.taskId)).status, 403)
  assert.is((await transfers.send(`${table}/import`, { fileId, fields: ['group', 'number'] })).status, 403)
  may.add('blacklist.edit').delete('registers.import')
  assert.is((await transfers.part(fileId, 0, Buffer.from('x'))).status, 403)
})

test('half files, binary, quotes that never end and spoilt numbers are refused and said, never guessed', async () => {
  await group('坏')
  const codeOf = async (content: Buffer | string) => (await transfers.preview(table, content)).json.code
  const whole = await xlsx(['group', 'number'], [['坏', '13800000001']])
  assert.is(await codeOf(whole.subarray(0, whole.length - 40)), 'transfer.broken')
  assert.is(await codeOf(Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(500, 7)])), 'transfer.broken')
  assert.is(await codeOf(Buffer.from([0xff, 0xfe, 0, 1, 2, 0x80, 0])), 'transfer.encoding')
  assert.is(await codeOf(`group,number\n坏,"13800000001\n${'x'.repeat(300_000)}`), 'transfer.broken')
  const faults = async (number: string) => {
    const { rows } = (await transfers.preview(table, `group,number\n坏,${number}\n`)).json
    return rows[0].faults.map(({ reason }: { reason: { en: string } }) => reason.en).join()
  }
  assert.match(await faults('1.39E+10'), /rounded by a spreadsheet/)
  assert.match(await faults('6222020000000000000'), /lost its last digits/)
  assert.match(await faults('=1+1'), /a telephone number has digits/)
  assert.match(await faults('9'.repeat(500)), /./)
  const fileId = await transfers.upload('group,number\n坏,13800000001\n')
  for (const fields of [
    ['group', 'group'],
    ['x', null],
    ['__proto__', null],
  ])
    assert.is((await transfers.send(`${table}/import`, { fileId, fields })).status, 400, fields.join())
})

test.run()
