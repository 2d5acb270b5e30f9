import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { apart, band, columnAt, labelEvery, linePath, nearest, scaleTo, textWidth } from '../../ui/charts/scale.ts'
import { chartWords } from '../../ui/charts/words.ts'
import { callsOf } from '../../ui/reports/cell-links.ts'
import { columnWidths, endsOf, inOrder, inText, isFigure, write, type Writing } from '../../ui/reports/cells.ts'
import { csvOf } from '../../ui/reports/chosen-rows.ts'
import { emptyColumns } from '../../ui/reports/empty-columns.ts'
import { isDay } from '@ledgerline/core/kernel/calendar.ts'
import { dayAfter, daysFrom, daysOfPreset } from '../../ui/reports/period.ts'
import { barRows, chartData, curves, periodColumns, stacks } from '../../ui/reports/report-charts.ts'
import { grouped, groupOf } from '../../ui/reports/report-groups.ts'
import {
  askedFrom,
  cleared,
  isNarrowed,
  nextOrder,
  orderFrom,
  queryOf,
  roundThreshold,
} from '../../ui/reports/report-query.ts'
import { reportWords } from '../../ui/reports/words.ts'
import { reports } from '@ledgerline/projections/reports/all.ts'
import { bucketsWithin } from '@ledgerline/projections/models/queue_figures.ts'
import { rangeOf } from '@ledgerline/projections/reports/range.ts'
import { listed, type ReportColumn, type ReportListed, type ReportRow } from '@ledgerline/projections/reports/report.ts'

const test = suite('reports: days, addresses, figures and scales')

const ZONE = 'Asia/Shanghai'
/** Tuesday 14:25 in Shanghai. */
const NOW = Date.UTC(2026, 2, 3, 6, 25)
const report = (id: string): ReportListed => listed(reports.find((one) => one.id === id)!)
const column = (id: string, key: string): ReportColumn => report(id).columns.find((one) => one.key === key)!
const writing: Writing = { language: 'zh-CN', zone: ZONE, oneDay: true }

test('C6.0-query-period presets are whole days of the tenant’s calendar', () => {
  const days = (name: Parameters<typeof daysOfPreset>[0], today = '2026-03-03', weekStart: 0 | 1 = 1) =>
    Object.values(daysOfPreset(name, today, weekStart)).join(' ')
  assert.is(days('today'), '2026-03-03 2026-03-03')
  assert.is(days('yesterday', '2026-03-01'), '2026-02-28 2026-02-28')
  assert.is(days('week'), '2026-03-02 2026-03-03')
  assert.is(days('week', '2026-03-01'), '2026-02-23 2026-03-01', 'Sunday ends a week that begins on Monday')
  assert.is(days('week', '2026-03-01', 0), '2026-03-01 2026-03-01', 'and begins one that begins on Sunday')
  assert.is(days('last7'), '2026-02-25 2026-03-03')
  assert.is(days('month'), '2026-03-01 2026-03-03')
  assert.is(days('lastMonth'), '2026-02-01 2026-02-28')
  assert.is(days('lastMonth', '2024-03-31'), '2024-02-01 2024-02-29')
  assert.is(days('lastMonth', '2026-01-15'), '2025-12-01 2025-12-31')
  assert.is(dayAfter('2026-12-31', 1), '2027-01-01')
  assert.equal(['2026-02-28', '2026-02-30', '2026-2-3', ''].map(isDay), [true, false, false, false])
})

test('an address names days: a preset, custom days in any order, or today', () => {
  const of = (text: string, at = NOW, zone = ZONE) => {
    const { name, days } = daysFrom(new URLSearchParams(text), zone, at)
    return `${name} ${days.from} ${days.to}`
  }
  assert.is(of(''), 'today 2026-03-03 2026-03-03')
  assert.is(of('period=yesterday'), 'yesterday 2026-03-02 2026-03-02')
  assert.is(of('period=eternity'), 'today 2026-03-03 2026-03-03')
  assert.is(of('from=2026-02-01&to=2026-02-10'), 'custom 2026-02-01 2026-02-10')
  assert.is(of('from=2026-02-10&to=2026-02-01'), 'custom 2026-02-01 2026-02-10')
  assert.is(of('from=2026-02-10'), 'custom 2026-02-10 2026-03-03')
  assert.is(of('to=2026-02-10'), 'custom 2026-02-10 2026-02-10')
  assert.is(of('from=2026-02-30'), 'today 2026-03-03 2026-03-03')
  // 01:30 UTC on 3 March is still 2 March in New York.
  assert.is(of('', Date.UTC(2026, 2, 3, 1, 30), 'America/New_York'), 'today 2026-03-02 2026-03-02')
})

test('an address narrows a report by what the report declares, and is asked in the same names', () => {
  const asked = askedFrom(
    new URLSearchParams(
      'period=last7&interval=day&queue=q1,q2,q1&thresholdMs=30000&abandons=leave_out&otherExits=leave_out&shortAbandons=sideways&agent=0042',
    ),
    report('queue-intervals'),
    ZONE,
    NOW,
  )
  assert.equal(
    asked.chosen,
    { interval: ['day'], queue: ['q1', 'q2'], thresholdMs: ['30000'], abandons: ['leave_out'] },
    'defaults, nonsense and what it does not declare are left out',
  )
  assert.equal(queryOf(asked), {
    from: '2026-02-25',
    to: '2026-03-03',
    interval: 'day',
    queue: ['q1', 'q2'],
    thresholdMs: '30000',
    abandons: 'leave_out',
  })
  assert.ok(isNarrowed(asked))
  assert.not(
    isNarrowed(askedFrom(new URLSearchParams('interval=day&weekStart=sunday'), report('queue-intervals'), ZONE, NOW)),
    'how it is cut narrows nothing',
  )
  assert.equal(cleared(report('agent-statistics')), { agent: null, group: null, department: null })
  const sunday = askedFrom(new URLSearchParams('period=week&weekStart=sunday'), report('queue-intervals'), ZONE, NOW)
  assert.is(sunday.days.from, '2026-03-01')
})

test('any threshold that is typed becomes one by which waits were counted', () => {
  assert.equal(
    [0, 400, 1_600, 20_000, 61_000, 63_000, 299_000, 320_000, 335_000, 99_999_999].map(roundThreshold),
    [0, 0, 2_000, 20_000, 60_000, 65_000, 300_000, 300_000, 360_000, 3_600_000],
  )
  for (let ms = 0; ms < 4_000_000; ms += 777) assert.ok(bucketsWithin(roundThreshold(ms)) > 0, `${ms}`)
})

test('clicking a heading sorts descending, then ascending, then in the report’s order; words the other way round', () => {
  const figures = [null]
  for (let i = 0; i < 3; i++)
    figures.push(
      nextOrder(
        orderFrom(new URLSearchParams(figures.at(-1) ? `sort=${figures.at(-1)}` : ''), report('agent-statistics')),
        'calls',
        true,
      ) as never,
    )
  assert.equal(figures.slice(1), ['-calls', 'calls', null])
  assert.equal(
    [
      nextOrder(null, 'name', false),
      nextOrder({ key: 'name', down: false }, 'name', false),
      nextOrder({ key: 'name', down: true }, 'name', false),
    ],
    ['name', '-name', null],
  )
  assert.is(nextOrder({ key: 'name', down: true }, 'calls', true), '-calls')
  assert.is(orderFrom(new URLSearchParams('sort=nothing'), report('agent-statistics')), null)
})

test('rows are ordered by number where they are numbers, equal ones stay, those without a value come last', () => {
  const rows: ReportRow[] = [
    { a: '10', n: 2 },
    { a: '9', n: null },
    { a: '0042', n: 2 },
    { a: null, n: 7 },
  ]
  const names = (key: string, down: boolean) => inOrder(rows, { key, down }, 'en').map((row) => row['a'])
  assert.equal(names('a', false), ['9', '10', '0042', null])
  assert.equal(names('a', true), ['0042', '10', '9', null])
  assert.equal(names('n', true), [null, '10', '0042', '9'])
  assert.equal(names('n', false), ['10', '0042', null, '9'])
  assert.is(inOrder(rows, null, 'en'), rows)
})

test('C6.0-col-rate C6.0-col-average A11.3-rounding figures have separate units; null is drawn as its manual draws it', () => {
  const cell = (id: string, key: string, value: number | string | null, how = writing) =>
    Object.values(write(column(id, key), value, how))
      .slice(0, 2)
      .join('')
  assert.is(cell('agent-statistics', 'connectRate', 15 / 28), '54%')
  assert.is(cell('agent-statistics', 'averageTalkMs', 132_200), '132.2秒')
  assert.is(cell('agent-statistics', 'averageTalkMs', 132_200, { ...writing, language: 'en' }), '132.2s')
  assert.is(cell('agent-statistics', 'talkMs', 1_983_000), '1,983秒')
  assert.is(cell('agent-statistics', 'connectRate', null), '0%')
  assert.is(cell('queues', 'serviceLevel', null), '–')
  assert.is(cell('queues', 'serviceLevel', 0.834), '83.4%')
  // 26 h 23 min 44 s is not a day and 26 hours (A11.3.3-format-defect); 14.64 s are 15 (A11.3-rounding).
  assert.is(cell('work', 'readyMs', 95_024_000), '1 天 2:23:44')
  assert.is(cell('traffic', 'averageRingMs', 205_000 / 14), '0:15')
  assert.is(cell('traffic', 'direction', 'external_queue'), '外线转队列')
  assert.is(cell('traffic', 'direction', 'of the future'), 'of the future')
  assert.equal(
    [
      isFigure(column('traffic', 'calls')),
      isFigure(column('traffic', 'endpoint')),
      isFigure(column('traffic', 'direction')),
    ],
    [true, false, false],
  )
})

test('intervals are written from – to, the last of a day to 24:00, with their day if there are several', () => {
  const range = rangeOf('2026-03-02', '2026-03-03', 'hour', ZONE)
  const ends = endsOf(range.periods)
  const stretch = column('queue-intervals', 'period')
  assert.is(inText(stretch, range.periods[14]!.value, { ...writing, ends }), '14:00–15:00')
  assert.is(
    inText(stretch, range.periods[23]!.value, { ...writing, ends, oneDay: false }),
    '2026-03-02 周一 23:00–24:00',
  )
  assert.is(inText({ ...stretch, unit: 'day' }, '2026-03-02', { ...writing, language: 'en' }), '2026-03-02 Mon')
  assert.is(inText({ ...stretch, unit: 'week' }, '2026-03-02', writing), '2026-03-02 周一 – 2026-03-08 周日')
  assert.is(inText({ ...stretch, unit: 'month' }, '2026-03', writing), '2026-03')
})

test('a day of 25 hours has the repeated hour twice', () => {
  const range = rangeOf('2026-11-01', '2026-11-01', 'hour', 'America/New_York')
  const how: Writing = { language: 'en', zone: 'America/New_York', oneDay: true, ends: endsOf(range.periods) }
  const data = {
    chart: report('queue-intervals').chart!,
    series: [],
    leftOut: 0,
    sums: { values: new Map(), samples: new Map() },
  }
  const labels = periodColumns(
    data,
    { periods: range.periods, columns: [column('queue-intervals', 'period')], now: 0 },
    how,
  ).map(({ label }) => label)
  assert.is(labels.length, 25)
  assert.equal(labels.slice(0, 4), ['00:00', '01:00', '01:00', '02:00'])
})

test('columns are as wide as their content, in whichever row that is', () => {
  const columns = [
    column('agent-statistics', 'name'),
    column('agent-statistics', 'calls'),
    column('agent-statistics', 'minutes'),
  ]
  const rows = [
    { name: '王芳', calls: 1, minutes: 1 },
    { name: 'Wilhelmina Württemberg', calls: 1, minutes: 99 },
  ]
  const [name, calls, minutes] = columnWidths(
    columns,
    rows,
    { name: null, calls: 1_234_567_890, minutes: 100 },
    writing,
  )
  assert.ok(name! > 160)
  assert.ok(calls! > textWidth('1,234,567,890', 14))
  assert.ok(minutes! < calls!)
})

test('axes end on round values and their ticks can be read', () => {
  assert.equal(scaleTo(41, 'count'), { top: 60, ticks: [0, 20, 40, 60] })
  assert.equal(scaleTo(3, 'count').ticks, [0, 1, 2, 3], 'half a call is no tick')
  assert.equal(scaleTo(1842, 'count', 5).ticks, [0, 500, 1000, 1500, 2000])
  assert.equal(scaleTo(95_000, 'ms').ticks, [0, 30_000, 60_000, 90_000, 120_000])
  assert.equal(
    scaleTo(26 * 3_600_000, 'ms').ticks.map((ms) => ms / 3_600_000),
    [0, 12, 24, 36],
  )
  assert.equal(scaleTo(0.42, 'ratio', 5).ticks, [0, 0.2, 0.4, 0.6, 0.8, 1])
  assert.equal(scaleTo(0, 'count').ticks, [0, 1])
  for (const peak of [1, 7, 10, 99, 100, 101, 12_345, 7.5e6]) {
    for (const most of [2, 3, 4, 5]) {
      const { top, ticks } = scaleTo(peak, 'count', most)
      assert.ok(top >= peak && ticks.length <= most + 1, `${peak} in ${most}`)
    }
  }
})

test('columns, labels and lines find their places', () => {
  assert.equal(
    [columnAt(-1, 24, 240), columnAt(0, 24, 240), columnAt(239, 24, 240), columnAt(240, 24, 240)],
    [null, 0, 23, null],
  )
  const { from, width, middle } = band(1, 4, 100)
  assert.ok(from > 25 && from + width < 50 && middle === 37.5)
  assert.equal(
    [labelEvery(24, 1000, 40), labelEvery(24, 500, 40, [1, 2, 3, 6]), labelEvery(96, 500, 40, [1, 4, 8])],
    [1, 2, 8],
  )
  assert.equal(apart([50, 52, 10], 14, 200), [50, 64, 10])
  assert.equal(apart([198, 199], 14, 200), [186, 200])
  const spots = [{ x: 0, y: 5 }, { x: 10, y: 6 }, null, { x: 30, y: 7 }, null]
  assert.equal(linePath(spots), { path: 'M0 5L10 6', dots: [{ x: 30, y: 7 }], end: { x: 30, y: 7 } })
  assert.equal([nearest([0, 10, 20], 14), nearest([], 3)], [1, null])
})

test('a chart sums rows over what it does not name, but never sums shares', () => {
  const { chart, filters, columns } = report('agent-statistics')
  const rows: ReportRow[] = [
    { period: '2026-03-02', agent: '801', name: '王芳', calls: 3, minutes: 10, connectRate: 0.5 },
    { period: '2026-03-03', agent: '801', name: '王芳', calls: 4, minutes: 20, connectRate: 0.7 },
    { period: '2026-03-03', agent: '802', name: null, calls: 5, minutes: null },
  ]
  const data = chartData({ chart, filters }, { columns, rows }, writing)!
  assert.equal(barRows(data, columns, { ...writing, names: new Map([['802', '李伟']]) }), [
    { key: '801', label: '王芳', code: '801', values: [7, 30] },
    { key: '802', label: '李伟', code: '802', values: [5, null] },
  ])
  assert.not(stacks(data), 'calls and minutes are no parts of one thing')
  const shares = chartData(
    { chart: { kind: 'bars', x: 'agent', y: ['connectRate'], series: null }, filters },
    { columns, rows },
    writing,
  )!
  assert.equal(barRows(shares, columns, writing)[0]!.values, [null])
})

test('a chart by another dimension has a part for each of its values, with its word', () => {
  const { chart, filters, columns } = report('traffic')
  const rows: ReportRow[] = [
    { endpoint: '8001', agent: '801', direction: 'outbound', lost: 0, calls: 3 },
    { endpoint: '8001', agent: '801', direction: 'external_queue', lost: 0, calls: 2 },
    { endpoint: '8001', agent: '801', direction: 'external_queue', lost: 1, calls: 1 },
  ]
  const data = chartData({ chart, filters }, { columns, rows }, writing)!
  assert.equal(
    data.series.map(({ label }) => label),
    ['已接通', '呼损'],
  )
  assert.equal(barRows(data, columns, writing)[0]!.values, [5, 1])
  assert.ok(stacks(data))
  assert.ok(
    stacks(chartData(report('work'), { columns: report('work').columns, rows: [] }, writing)!),
    'times by state make up the time signed in',
  )
  assert.not(
    stacks(chartData(report('inbound'), { columns: report('inbound').columns, rows: [] }, writing)!),
    'effective calls are among the calls',
  )
})

test('more lines than can be read become the five of the greatest weight', () => {
  const { chart, filters, columns } = report('queue-by-interval')
  const rows = Array.from({ length: 9 }, (_, i) => ({
    period: '2026-03-03',
    queue: `q${i}`,
    queueName: `Queue ${i}`,
    offered: i * 10,
    serviceLevel: 0.8,
  }))
  const data = chartData({ chart, filters }, { columns, rows }, writing)!
  assert.equal(
    data.series.map(({ label }) => label),
    ['Queue 8', 'Queue 7', 'Queue 6', 'Queue 5', 'Queue 4'],
  )
  assert.is(data.leftOut, 4)
})

test('a curve of everything comes before those of the largest queues; one queue alone is everything', () => {
  const { chart, columns } = report('service-level')
  const row = (queue: string, offered: number) => ({
    queue,
    queueName: `Queue ${queue}`,
    offered,
    ...Object.fromEntries(chart!.y.map((key, i) => [key, i / 20])),
  })
  const rows = [row('a', 1), row('b', 50), row('c', 2), row('d', 40), row('e', 30), row('f', 20)]
  const answer = { columns, rows, totals: { ...row('', 143), within20: 0.87 } }
  const { places, lines, leftOut } = curves({ chart }, answer, '合计', writing)
  assert.equal(
    lines.map(({ label }) => label),
    ['合计', 'Queue b', 'Queue d', 'Queue e', 'Queue f'],
  )
  assert.is(leftOut, 2)
  assert.equal([places[0]!.at, places[4]!.at, places[4]!.label, lines[0]!.values[4]], [0, 20_000, '20 秒', 0.87])
  assert.equal(curves({ chart }, { ...answer, rows: rows.slice(0, 1) }, '合计', writing).lines.length, 1)
})

test('columns in which nothing happened are folded away, only in the house’s own reports', () => {
  const queues = report('queues')
  const row = {
    queue: 'q1',
    offered: 0,
    answered: 0,
    abandoned: 0,
    noAgent: 0,
    timedOut: 2,
    serviceLevel: null,
    asaMs: 0,
  }
  const keys = (order: { key: string; down: boolean } | null) =>
    [...emptyColumns(queues, { columns: queues.columns, rows: [row], totals: row }, order)].map(({ key }) => key)
  const folded = keys(null)
  assert.ok(folded.includes('noAgent') && folded.includes('overflowed'))
  for (const shown of ['offered', 'answered', 'abandoned', 'timedOut', 'serviceLevel', 'asaMs', 'queue'])
    assert.not(folded.includes(shown), shown)
  assert.not(keys({ key: 'noAgent', down: true }).includes('noAgent'), 'what is sorted by stays')
  for (const id of ['inbound', 'agent-statistics', 'traffic'])
    assert.is(emptyColumns(report(id), { columns: report(id).columns, rows: [], totals: {} }, null).size, 0, id)
})

test('a cell that names an agent or a queue leads to its calls of that time', () => {
  const range = rangeOf('2026-03-02', '2026-03-03', 'day', ZONE)
  const answer = { periods: range.periods, from: '2026-03-02', to: '2026-03-03', zone: ZONE }
  const link = (key: string, row: ReportRow) => callsOf(column('agent-statistics', key), row, answer)
  assert.is(
    link('agent', { agent: '801', period: '2026-03-03' }),
    '/calls?range=custom&from=2026-03-03T00%3A00&to=2026-03-04T00%3A00&agent=801',
  )
  assert.is(
    callsOf(column('queues', 'queue'), { queue: 'q1' }, { ...answer, periods: [] }),
    '/calls?range=custom&from=2026-03-02T00%3A00&to=2026-03-04T00%3A00&queue=q1',
  )
  assert.equal([link('calls', { calls: 3 }), link('agent', { agent: null })], [null, null])
})

test('reports are grouped as in the manuals, and found by a part of their name in either language', () => {
  const all = reports.map(listed)
  const groups = Object.fromEntries(
    grouped(all, '').map(({ group, reports: found }) => [group, found.map(({ id }) => id)]),
  )
  assert.equal(Object.keys(groups), ['house', 'a', 'c'])
  assert.ok(
    groups['a']!.includes('traffic') &&
      groups['c']!.includes('agent-statistics') &&
      groups['house']!.includes('queues'),
  )
  assert.is(Object.values(groups).flat().length, all.length)
  assert.equal(
    grouped(all, '工作').flatMap(({ reports: found }) => found.map(({ id }) => id)),
    ['work'],
  )
  assert.equal(
    grouped(all, 'WORK').flatMap(({ reports: found }) => found.map(({ id }) => id)),
    ['work'],
  )
  assert.is(groupOf({ catalogue: ['B7.1-x'] }), 'b')
})

test('C6.0-export chosen rows become a CSV that a spreadsheet reads and executes nothing of', () => {
  const columns = [
    column('agent-statistics', 'agent'),
    column('agent-statistics', 'name'),
    column('agent-statistics', 'calls'),
  ]
  const text = csvOf(
    { columns, zone: ZONE },
    [
      { agent: '0042', name: '=1+1', calls: 3 },
      { agent: '7', name: 'Smith, "Al"', calls: null },
    ],
    'zh',
  )
  assert.is(text, '\ufeff工号,姓名,呼叫数\r\n0042,\'=1+1,3\r\n7,"Smith, ""Al""",0\r\n')
})

test('both languages say everything', () => {
  const texts = (value: unknown, path: string): [string, string][] => {
    if (typeof value === 'string') return [[path, value]]
    if (typeof value === 'function') return [[path, String(value(...Array.from({ length: value.length }, () => 'x')))]]
    return Object.entries(value as object).flatMap(([name, inner]) => texts(inner, `${path}.${name}`))
  }
  for (const words of [reportWords, chartWords]) {
    const [zh, en] = [texts(words['zh-CN'], ''), texts(words.en, '')]
    assert.equal(en.map(([path]) => path).sort(), zh.map(([path]) => path).sort())
    for (const [path, text] of [...zh, ...en]) assert.ok(text.trim() !== '', `${path} is empty`)
    for (const [path, text] of en) assert.not.match(text, /\p{Script=Han}/u, path)
  }
})

test.run()
