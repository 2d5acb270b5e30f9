import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readFileSync } from 'node:fs'
import { bucketsWithin } from '@ledgerline/projections/models/queue_figures.ts'
import { reports } from '@ledgerline/projections/reports/all.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import type { ReportListed } from '@ledgerline/projections/reports/report.ts'
import { get } from '../http/web.ts'
import { say } from '../projections/rig.ts'
import { Book, moment, offered, reportDesk, values, type ReportDesk } from './desk.ts'

const NOON = moment('2026-02-02T12:00:00+08:00')

let desk: ReportDesk
const test = suite('reports over HTTP')
test.before(async () => void (desk = await reportDesk('reports http')))
test.after(() => desk.close())

test('A11.3-list the list says what each report contains, which filters it takes and what a chart should show', async () => {
  await Book.open(desk, 'list', 'Asia/Shanghai', NOON)
  const listed = ((await get(desk, '/api/v1/reports')).json as { reports: ReportListed[] }).reports
  assert.equal(
    listed.map(({ id }) => id),
    reports.map(({ id }) => id),
  )
  for (const { id, columns, filters, chart } of listed) {
    for (const { label, about, catalogue } of columns)
      assert.ok(label.zh && label.en && about.zh && about.en && catalogue, id)
    assert.ok(
      columns.every((column) => !('sql' in column)) &&
        filters.every((filter) => !('sql' in filter) && !('conditions' in filter)),
      'no SQL is published',
    )
    const keys = columns.map(({ key }) => key)
    assert.is(new Set(keys).size, keys.length)
    if (chart)
      for (const key of [...(chart.at ? [] : [chart.x]), ...chart.y, ...(chart.series === null ? [] : [chart.series])])
        assert.ok(keys.includes(key), `${id} ${key}`)
  }
})

test('every report, column and value is on the generated page', () => {
  const page = readFileSync(new URL('../../ops/docs/reports.md', import.meta.url), 'utf8')
  for (const { id, columns, source } of reports) {
    assert.ok(page.includes(`\n## ${id}\n`))
    for (const { key, catalogue } of columns)
      assert.ok(page.includes(`\`${key}\`${' '}`) || page.includes(`\`${key}\`** |`), `${id} ${key} ${catalogue}`)
    for (const model of source.models)
      assert.ok(
        readModels.models.some(({ name }) => name === model),
        model,
      )
  }
  for (const item of [
    'A11.3.1-traffic',
    'A11.3.2-agent-traffic',
    'A11.3.3-work',
    'A11.3.4-inbound',
    'A11.3.5-outbound',
    'C6.0-col-rate',
    'C8.0-metric-fee',
  ])
    assert.ok(page.includes(item), item)
})

test('without days a report covers today, on the tenant’s clock', async () => {
  const book = await Book.open(desk, 'today', 'Asia/Shanghai', NOON)
  desk.now = moment('2026-02-02T23:59:00+08:00')
  const answer = await book.ask('queues')
  assert.equal(
    [answer.from, answer.to, answer.zone, answer.now],
    ['2026-02-02', '2026-02-02', 'Asia/Shanghai', desk.now],
  )
  desk.now += 60_000
  assert.is((await book.ask('queues')).from, '2026-02-03')
  assert.equal(
    [(await book.ask('queues', { to: '2026-01-31' })).from, (await book.ask('queues', { from: '2026-01-31' })).to],
    ['2026-01-31', '2026-01-31'],
  )
  assert.is(typeof answer.asOf.position, 'string')
})

test('nonsense is refused, in both languages', async () => {
  const book = await Book.open(desk, 'refused', 'Asia/Shanghai', NOON)
  const refused = async (report: string, query: Record<string, string>, where: string) => {
    const reply = await book.reply(report, query)
    assert.equal([reply.status, reply.json.code, reply.json.where], [400, 'request.invalid', where], reply.text)
    assert.match(reply.json.translations.zh.detail, /[\u4e00-\u9fff]/)
  }
  await refused('queues', { from: '2026-02-02', to: '2026-02-01' }, 'to')
  await refused('queues', { from: '2024-01-01', to: '2026-02-01' }, 'to')
  await refused('queues', { from: '2026-02-30' }, 'from')
  await refused('queue-intervals', { from: '2026-01-01', to: '2026-03-01', interval: '15min' }, 'interval')
  await refused('queue-intervals', { interval: 'year' }, 'interval')
  await refused('work', { interval: 'hour' }, 'interval')
  await refused('queues', { agnet: '201' }, 'agnet')
  await refused('work', { agent: 'x'.repeat(101) }, 'agent.0')
  await refused('queues', { format: 'pdf' }, 'format')
  assert.is((await book.reply('nothing')).json.code, 'request.no_route')
})

test('a year by day and a month by quarter hour are answered', async () => {
  const book = await Book.open(desk, 'long', 'America/New_York', NOON)
  assert.is(
    (await book.ask('queue-intervals', { from: '2025-01-01', to: '2026-12-31', interval: 'day' })).periods.length,
    730,
  )
  assert.is(
    (await book.ask('queue-intervals', { from: '2026-10-15', to: '2026-11-14', interval: '15min' })).periods.length,
    31 * 96 + 4,
  )
})

test('numbers in filters cannot become SQL', async () => {
  const book = await Book.open(desk, 'quotes', 'Asia/Shanghai', NOON)
  await offered(book, NOON, { agent: '201', ringMs: 1_000, talkMs: 1_000 })
  const reply = await book.reply('inbound', { agent: "201' or '1'='1" })
  assert.equal([reply.status, reply.json.code, reply.json.where], [400, 'request.names_nothing', 'agent'])
  assert.is((await book.ask('inbound', { agent: '201' })).rows.length, 1)
})

test('a tenant sees only its own figures', async () => {
  const one = await Book.open(desk, 'one', 'Asia/Shanghai', NOON)
  await offered(one, NOON, { agent: '201', ringMs: 1_000, talkMs: 1_000 })
  await one.shift(NOON, '201', say.signedIn('201'))
  const other = await Book.open(desk, 'other', 'Asia/Shanghai', NOON + 60_000)
  for (const { id } of reports) assert.equal((await other.ask(id)).rows, [], id)
})

test('reports need a permission, and names are masked without a second one', async () => {
  const book = await Book.open(desk, 'names', 'Asia/Shanghai', NOON)
  await offered(book, NOON, { agent: '201', ringMs: 1_000, talkMs: 1_000 })
  assert.equal(values((await book.ask('agent-statistics')).rows, 'agent', 'name'), [['201', 'Agent 201']])
  desk.permissions = ['reports.see']
  assert.equal(values((await book.ask('agent-statistics')).rows, 'agent', 'name'), [['201', 'Age****01']])
  assert.match((await book.file('agent-statistics', { format: 'csv' })).bytes.toString(), 'Age****01')
  desk.permissions = ['boards.see', 'calls.see']
  for (const path of ['/api/v1/reports', '/api/v1/reports/queues', '/api/v1/reports/queues?format=csv'])
    assert.is((await get(desk, path)).json.code, 'request.forbidden')
})

test('the OpenAPI document has a path for each report, with its filters and columns', async () => {
  const document = (await get(desk, '/api/openapi.json')).json
  for (const { id, filters, columns } of reports) {
    const operation = document.paths[`/api/v1/reports/${id}`].get
    const named = (operation.parameters as { name: string }[]).map(({ name }) => name)
    for (const { key, kind } of filters)
      assert.ok(kind === 'days' ? named.includes('from') && named.includes('to') : named.includes(key), `${id} ${key}`)
    const { properties } = operation.responses['200'].content['application/json'].schema
    assert.equal(
      Object.keys(properties.totals.properties),
      columns.map(({ key }) => key),
      id,
    )
  }
})

test('a histogram can only count whole buckets', () => {
  assert.equal(
    [0, 1_000, 60_000, 65_000, 300_000, 360_000, 3_600_000].map(bucketsWithin),
    [1, 2, 61, 62, 109, 110, 164],
  )
  assert.equal([500, 61_000, 301_000, 3_660_000].map(bucketsWithin), [0, 0, 0, 0])
})

test.run()
