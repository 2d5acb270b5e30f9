import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseCsv } from 'hucre/csv'
import { readXlsx } from 'hucre/xlsx'
import { sendFile } from '@ledgerline/adapters/http/reports/report-files.ts'
import { openTables } from '@ledgerline/adapters/queries/tables.ts'
import { reportPages } from '@ledgerline/adapters/queries/report-rows.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { reports } from '@ledgerline/projections/reports/all.ts'
import { clockText, fixed, instantText, percentText } from '@ledgerline/projections/reports/values.ts'
import { Book, moment, offered, placed, reportDesk, values, type ReportDesk } from './desk.ts'
import { cellOf, unpacked } from './unpacked.ts'

const NOON = moment('2026-02-02T12:00:00+08:00')
const DAY = { from: '2026-02-02', to: '2026-02-02' }
const BOM = '\ufeff'

let desk: ReportDesk
let book: Book
const test = suite('reports as files')
test.before(async () => {
  desk = await reportDesk('reports files')
  book = await Book.open(desk, 'files', 'Asia/Shanghai', NOON, { agents: ['201', '=1+1'] })
  await offered(book, NOON, { agent: '201', ringMs: 4_000, talkMs: 3_792_000 })
  await offered(book, NOON, { agent: '201', ringMs: 2_000, talkMs: null })
  await offered(book, NOON, { agent: '201', ringMs: 3_000, talkMs: 61_500 })
  await placed(book, NOON, { agent: '=1+1', ringMs: 1_000, talkMs: 30_000 })
})
test.after(() => desk.close())

const lines = (bytes: Buffer): string[][] => parseCsv(bytes.toString().slice(1), {}) as string[][]

test('C6.0-export A11.3.4-inbound CSV opens in Excel: UTF-8 with a byte order mark, CRLF, the manual’s headings, figures as people read them', async () => {
  const { bytes, type, name } = await book.file('inbound', { ...DAY, format: 'csv', lang: 'zh' })
  const written = bytes.toString()
  assert.is(type, 'text/csv; charset=utf-8')
  assert.is(name, 'attachment; filename="inbound_2026-02-02_2026-02-02.csv"')
  assert.ok(written.startsWith(BOM))
  assert.not.match(written.replaceAll('\r\n', ''), /[\r\n]/)
  assert.equal(lines(bytes), [
    [
      '坐席',
      '用户名',
      '总话量',
      '有效量',
      '通话总时长',
      '平均通话时长',
      '最长通话时长',
      '最短通话时长',
      '最大振铃时长',
      '平均振铃时长',
    ],
    ['8201', '201', '3', '2', '1:04:14', '0:21:25', '1:03:12', '0:00:00', '0:00:04', '0:00:03'],
    ['合计', '', '3', '2', '1:04:14', '0:21:25', '1:03:12', '0:00:00', '0:00:04', '0:00:03'],
  ])
})

test('CSV in English, and with raw numbers: seconds and fractions', async () => {
  const { bytes } = await book.file('agent-statistics', {
    ...DAY,
    format: 'csv',
    lang: 'en',
    agent: '201',
    numbers: 'raw',
  })
  assert.equal(lines(bytes), [
    [
      'Date',
      'Agent number',
      'Name',
      'Calls',
      'Connected',
      'Connect rate (%)',
      'Talk minutes',
      'Total talk time (s)',
      'Average (s)',
    ],
    ['2026-02-02', '201', 'Agent 201', '3', '2', String(2 / 3), '66', '3853.5', '1926.75'],
    ['Total', '', '', '3', '2', String(2 / 3), '66', '3853.5', '1926.75'],
  ])
})

test('text that a spreadsheet would read as a formula is escaped in CSV and stays text in XLSX', async () => {
  const csv = (await book.file('outbound', { ...DAY, format: 'csv', lang: 'zh' })).bytes
  assert.equal(lines(csv)[1]!.slice(0, 2), ['8=1+1', "'=1+1"])
  const sheet = await readXlsx((await book.file('outbound', { ...DAY, format: 'xlsx', lang: 'zh' })).bytes, {
    readStyles: true,
  })
  assert.is(sheet.sheets[0]!.rows[1]![1], '=1+1')
})

test('codes are written as words, hours with their offset', async () => {
  const csv = lines((await book.file('call-statistics', { ...DAY, format: 'csv', lang: 'zh' })).bytes)
  assert.equal(
    csv.slice(1).map((line) => line.slice(0, 3)),
    [
      ['2026-02-02 12:00+08:00', '呼入', '3'],
      ['2026-02-02 12:00+08:00', '呼出', '1'],
      ['合计', '', '4'],
    ],
  )
})

test('C6.0-export XLSX has numbers as numbers, formatted durations and dates, a frozen heading and the totals last', async () => {
  const { bytes, type, name } = await book.file('agent-statistics', {
    ...DAY,
    format: 'xlsx',
    lang: 'zh',
    agent: '201',
  })
  assert.is(type, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
  assert.match(name, /agent-statistics_2026-02-02_2026-02-02\.xlsx/)
  const { sheets } = await readXlsx(bytes, { readStyles: true })
  assert.equal(
    sheets.map((sheet) => sheet.name),
    ['坐席统计'],
  )
  const { rows, freezePane } = sheets[0]!
  assert.is(freezePane?.rows, 1)
  assert.equal(rows[0], [
    '日期',
    '工号',
    '姓名',
    '呼叫数',
    '接通数',
    '接通率(%)',
    '通话分钟数',
    '通话总时长',
    '平均时长(s)',
  ])
  assert.equal(rows[1]!.slice(1), ['201', 'Agent 201', 3, 2, 2 / 3, 66, 3853.5, 1926.75])
  assert.is((rows[1]![0] as Date).toISOString(), '2026-02-02T00:00:00.000Z')
  assert.equal(rows[2]!.slice(3), [3, 2, 2 / 3, 66, 3853.5, 1926.75])
  assert.is(rows[2]![0], '合计')

  const inbound = unpacked((await book.file('inbound', { ...DAY, format: 'xlsx', lang: 'en' })).bytes)
  // A duration is a number of days, shown as hours that continue past 24.
  const longest = cellOf(inbound, 'G2')
  assert.is(Math.round(Number(longest.value) * 86_400_000), 3_792_000)
  assert.is(longest.format, '[h]:mm:ss')
  assert.match(inbound.get('xl/worksheets/sheet1.xml')!, /<pane [^>]*ySplit="1"[^>]*state="frozen"/)
  const hours = unpacked((await book.file('call-statistics', { ...DAY, format: 'xlsx' })).bytes)
  // 2 February 2026 is day 46055 of spreadsheets; noon on the tenant’s wall clock.
  assert.equal(cellOf(hours, 'A2'), { value: '46055.5', format: 'yyyy-mm-dd hh:mm' })
  assert.equal(cellOf(hours, 'E2'), { value: String(2 / 3), format: '0%' })
})

test('every report gives the same rows as JSON, CSV and XLSX', async () => {
  for (const { id, columns } of reports) {
    const { rows } = await book.ask(id, DAY)
    const csv = lines((await book.file(id, { ...DAY, format: 'csv', lang: 'en' })).bytes)
    const xlsx = (await readXlsx((await book.file(id, { ...DAY, format: 'xlsx', lang: 'en' })).bytes)).sheets[0]!
    assert.is(csv.length, rows.length + 2, id)
    assert.is(xlsx.rows.length, rows.length + 2, id)
    for (const line of csv) assert.is(line.length, columns.length, id)
    for (const [index, { key, unit }] of columns.entries()) {
      if (unit !== 'count') continue
      assert.equal(
        csv.slice(1, -1).map((line) => Number(line[index])),
        values(rows, key).map(([value]) => value),
        `${id} ${key}`,
      )
      assert.equal(
        xlsx.rows.slice(1, -1).map((line) => line[index]),
        values(rows, key).map(([value]) => value),
        `${id} ${key}`,
      )
    }
  }
})

test('rows come in pages with the totals last; too many are refused before the first, and a query that takes too long is cancelled', async () => {
  const tables = openTables(desk.rig.database.url, 'reports')
  const statement = {
    text: 'select n, (n = 5001)::int as "$totals" from generate_series($1::int, 5001) n',
    values: [1],
  }
  try {
    const pages: number[] = []
    let last: unknown
    for await (const page of reportPages(tables, statement, { rows: 5_000, statementMs: 5_000 })) {
      pages.push(page.length)
      last = page.at(-1)
    }
    assert.equal(pages, [2_000, 2_000, 1_001])
    assert.equal(last, { n: 5001, $totals: 1 })
    try {
      for await (const _ of reportPages(tables, statement, { rows: 4_999, statementMs: 5_000 }))
        assert.unreachable('a row beyond the limit')
      assert.unreachable('not refused')
    } catch (error) {
      assert.ok(isProblem(error, 'report.too_many_rows'))
    }
    try {
      for await (const _ of reportPages(
        tables,
        { text: 'select pg_sleep(60)', values: [] },
        { rows: 1, statementMs: 20 },
      ))
        assert.unreachable('no answer in time')
      assert.unreachable('not given up')
    } catch (error) {
      assert.ok(isProblem(error, 'report.too_long'))
    }
    // The connection is free again.
    for await (const page of reportPages(tables, statement, { rows: 5_000, statementMs: 5_000 })) {
      assert.is(page.length, 2_000)
      break
    }
    for await (const page of reportPages(tables, statement, { rows: 5_000, statementMs: 5_000 }))
      assert.ok(page.length > 0)
  } finally {
    await tables.destroy()
  }
})

test('a file that cannot be started is a problem, not half a file', async () => {
  await desk.rig.sql('alter view queue_day rename to queue_day_gone')
  try {
    const reply = await book.reply('queues', { ...DAY, format: 'csv' })
    assert.is(reply.status, 500)
    assert.match(reply.headers['content-type']!, 'application/problem+json')
  } finally {
    await desk.rig.sql('alter view queue_day_gone rename to queue_day')
  }
  for (let turn = 0; turn < 5; turn++)
    assert.is((await book.reply('inbound', { ...DAY, format: 'csv' })).status, 200, 'its slot is free again')
})

test('at most three files are written at once; a fourth is refused until one is done', async () => {
  const column = reports[0]!.columns[0]!
  const file = {
    format: 'csv' as const,
    language: 'en' as const,
    numbers: 'shown' as const,
    title: { en: 'T', zh: 'T' },
    name: 't',
    zone: 'UTC',
    columns: [column],
  }
  const responses: PassThrough[] = []
  const gates: (() => void)[] = []
  const begin = async () => {
    const response = Object.assign(new PassThrough(), { set() {} })
    const open = new Promise<void>((resolve) => gates.push(resolve))
    const pages = (async function* () {
      yield [{ row: { [column.key]: 'first' }, totals: false }]
      await open
    })()
    await sendFile(response as never, file, pages)
    responses.push(response)
  }
  for (let index = 0; index < 3; index++) await begin()
  const refused = await begin().then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(isProblem(refused, 'report.busy'))
  gates[0]!()
  assert.match(await text(responses[0]!), 'first')
  // Its slot is freed when the stream closes, a moment after the last byte.
  while (
    await begin().then(
      () => false,
      () => true,
    )
  )
    await new Promise((resolve) => setImmediate(resolve))
  for (const gate of gates) gate()
  for (const response of responses.slice(1)) assert.match(await text(response), 'first')
})

test('values as people read them', () => {
  assert.equal([0, 499, 500, 59_500, 3_599_499, 3_599_500, 118 * 3_600_000].map(clockText), [
    '0:00:00',
    '0:00:00',
    '0:00:01',
    '0:01:00',
    '0:59:59',
    '1:00:00',
    '118:00:00',
  ])
  assert.equal(
    [percentText(15 / 28, 0), percentText(9 / 57, 2), percentText(0, 1), percentText(1.005 / 100, 2)],
    ['54%', '15.79%', '0.0%', '1.01%'],
  )
  assert.equal([fixed(132.25, 1), fixed(1.005, 2), fixed(-0.04, 1)], ['132.3', '1.01', '0.0'])
  assert.is(instantText(moment('2026-11-01T01:30:00-05:00'), 'America/New_York'), '2026-11-01 01:30-05:00')
  assert.is(instantText(0, 'UTC'), '1970-01-01 00:00+00:00')
})

test.run()
