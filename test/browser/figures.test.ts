import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { alarms, defaultLimits, limitsFrom, tileLevels, waitingLimit } from '../../ui/live/alarms.ts'
import { abandonRate, occupancy, serviceLevel, valueOf } from '@ledgerline/projections/reports/ratios.ts'
import {
  figures,
  lastMinutes,
  queueFigures,
  waitingCalls,
  waitingSince,
  wholeHouse,
  countStates,
} from '../../ui/live/figures.ts'
import type { AgentRow, AgentState, LiveCallRow, QueueRow, QueueSums } from '../../ui/live/protocol.ts'
import { ratioSeries } from '../../ui/live/series.ts'
import { sparkline } from '../../ui/charts/sparkline.ts'
import { applySnapshot, emptyTables, type Tables } from '../../ui/live/tables.ts'

const test = suite('figures of the board')

const NOW = Date.UTC(2026, 2, 3, 6, 30, 30)
const MINUTE = 60_000
const queue = (queueCode: string, change: Partial<QueueRow> = {}): QueueRow => ({
  queueCode,
  name: queueCode,
  priority: 1,
  targetMs: 20_000,
  targetRatio: 0.8,
  maxWaitMs: 0,
  starvingSince: null,
  mendedAt: null,
  ...change,
})
const sums = (
  queueCode: string,
  offered: number,
  answered: number,
  abandoned: number,
  shortAbandoned: number,
  answeredInTarget: number,
): QueueSums => ({
  queueCode,
  offered,
  answered,
  abandoned,
  shortAbandoned,
  answeredInTarget,
})
let number = 0
const call = (
  status: LiveCallRow['status'],
  queueCode: string | null,
  waitedMs: number,
  change: Partial<LiveCallRow> = {},
): LiveCallRow => ({
  callId: `call-${++number}`,
  direction: 'inbound',
  fromNumber: '138****2225',
  toNumber: '95555',
  status,
  queueCode,
  agentId: null,
  agentCode: null,
  receivedAt: NOW - waitedMs,
  queuedAt: NOW - waitedMs,
  joinedAt: NOW - waitedMs,
  answeredAt: null,
  ...change,
})
const agent = (
  agentCode: string,
  state: AgentState,
  queueCodes: string[],
  sinceMs = 10_000,
  change: Partial<AgentRow> = {},
) =>
  ({
    agentId: `a-${agentCode}`,
    agentCode,
    state,
    queueCodes,
    groupCode: 'A',
    registered: true,
    since: NOW - sinceMs,
    ...change,
  }) as AgentRow

function board(rows: {
  queues?: QueueRow[]
  calls?: LiveCallRow[]
  agents?: AgentRow[]
  days?: (QueueSums & { day: string })[]
  minutes?: (QueueSums & { startsAt: number })[]
}): Tables {
  const tables = emptyTables()
  applySnapshot(tables, { topic: 'queues', rows: rows.queues ?? [] })
  applySnapshot(tables, { topic: 'calls', rows: rows.calls ?? [] })
  applySnapshot(tables, { topic: 'agent_monitor', rows: rows.agents ?? [] })
  applySnapshot(tables, { topic: 'queue_day', rows: rows.days ?? [] })
  applySnapshot(tables, { topic: 'queue_minute', rows: rows.minutes ?? [] })
  return tables
}

test('a service level counts answered and abandoned calls without short abandons; with nothing to count it is null, not 0', () => {
  assert.is(valueOf(serviceLevel, sums('q', 100, 80, 20, 10, 72)), 72 / 90)
  assert.is(valueOf(serviceLevel, sums('q', 3, 0, 3, 3, 0)), null)
})

test('the abandonment rate leaves short ones out of numerator and denominator', () => {
  assert.is(valueOf(abandonRate, sums('q', 110, 90, 20, 10, 0)), 10 / 100)
  assert.is(valueOf(abandonRate, sums('q', 0, 0, 0, 0, 0)), null)
})

test('several queues together: a ratio of sums, not a mean of ratios', () => {
  const tables = board({
    queues: [queue('q1'), queue('q2')],
    days: [
      { ...sums('q1', 1000, 1000, 0, 0, 900), day: '2026-03-03' },
      { ...sums('q2', 10, 10, 0, 0, 0), day: '2026-03-03' },
    ],
  })
  assert.is(figures(tables, wholeHouse, NOW).serviceLevelToday, 900 / 1010)
})

test('just after midnight yesterday’s sums no longer count', () => {
  const tables = board({
    queues: [queue('q1')],
    days: [
      { ...sums('q1', 500, 500, 0, 0, 500), day: '2026-03-02' },
      { ...sums('q1', 2, 2, 0, 0, 1), day: '2026-03-03' },
    ],
  })
  assert.is(figures(tables, wholeHouse, NOW).today.offered, 2)
})

test('the last 30 minutes are the current minute and the 29 before it', () => {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    ...sums('q1', 1, 1, 0, 0, 1),
    startsAt: Math.floor(NOW / MINUTE) * MINUTE - i * MINUTE,
  }))
  assert.is(lastMinutes(rows, NOW, 30).offered, 30)
})

test('a caller waits until an agent answers, even while a phone rings for them; a place that was kept counts', () => {
  const kept = call('waiting', 'q1', 1_000, { joinedAt: NOW - 90_000 })
  const tables = board({
    queues: [queue('q1')],
    calls: [
      call('waiting', 'q1', 5_000),
      call('offered', 'q1', 30_000),
      call('talking', 'q1', 200_000),
      call('ringing', null, 9_000),
      kept,
    ],
  })
  assert.equal(
    waitingCalls(tables, wholeHouse).map((row) => NOW - waitingSince(row)),
    [90_000, 30_000, 5_000],
  )
  assert.is(figures(tables, wholeHouse, NOW).waiting, 3)
  assert.is(figures(tables, wholeHouse, NOW).longest, kept)
})

test('an agent of several queues counts once in the whole and in each of their queues', () => {
  const tables = board({
    queues: [queue('q1'), queue('q2')],
    agents: [agent('201', 'ready', ['q1', 'q2']), agent('202', 'in_call', ['q2']), agent('203', 'signed_out', ['q1'])],
  })
  const all = figures(tables, wholeHouse, NOW)
  assert.equal([all.counts.ready, all.counts.in_call, all.signedIn], [1, 1, 2])
  assert.equal(
    queueFigures(tables, wholeHouse).map((row) => row.counts.ready),
    [1, 1],
  )
})

test('a filter narrows callers, agents and sums to its queues', () => {
  const tables = board({
    queues: [queue('q1'), queue('q2')],
    calls: [call('waiting', 'q1', 1), call('waiting', 'q2', 1)],
    agents: [agent('201', 'ready', ['q1']), agent('202', 'ready', ['q2'])],
    days: [
      { ...sums('q1', 5, 5, 0, 0, 5), day: '2026-03-03' },
      { ...sums('q2', 7, 7, 0, 0, 0), day: '2026-03-03' },
    ],
  })
  const narrowed = figures(tables, { queues: new Set(['q1']), group: null }, NOW)
  assert.equal([narrowed.waiting, narrowed.counts.ready, narrowed.today.offered], [1, 1, 5])
  assert.equal(
    queueFigures(tables, { queues: new Set(['q2']), group: null }).map((row) => row.queue.queueCode),
    ['q2'],
  )
})

test('queues are ordered by priority, then name, whatever happens in them', () => {
  const tables = board({
    queues: [queue('b'), queue('a'), queue('vip', { priority: 9 })],
    calls: [call('waiting', 'b', 1)],
  })
  assert.equal(
    queueFigures(tables, wholeHouse).map((row) => row.queue.queueCode),
    ['vip', 'a', 'b'],
  )
})

test('the target of several queues is weighted by their offered calls, its seconds named only where they agree', () => {
  const rows = {
    queues: [queue('q1'), queue('q2', { targetRatio: 0.9, targetMs: 10_000 })],
    days: [
      { ...sums('q1', 300, 0, 0, 0, 0), day: '2026-03-03' },
      { ...sums('q2', 100, 0, 0, 0, 0), day: '2026-03-03' },
    ],
  }
  assert.equal(figures(board(rows), wholeHouse, NOW).target, { ratio: 0.825, ms: null })
  assert.equal(figures(board({ queues: [queue('q1')] }), wholeHouse, NOW).target, { ratio: 0.8, ms: 20_000 })
  assert.is(figures(board({}), wholeHouse, NOW).target, null)
})

test('occupancy at the moment: in calls, on hold or in wrap-up, as a share of these plus ready; a ringing phone counts as neither', () => {
  const counts = countStates([
    agent('1', 'in_call', []),
    agent('2', 'wrap_up', []),
    agent('3', 'ready', []),
    agent('4', 'on_demand', []),
    agent('5', 'away', []),
    agent('6', 'ringing', []),
  ])
  assert.is(valueOf(occupancy, counts), 0.5)
  assert.is(valueOf(occupancy, countStates([])), null)
})

test('a wall’s limits are in its address; senseless values keep the default', () => {
  const limits = limitsFrom(new URLSearchParams('waiting=3,8&longest=30,90&abandoned=9,2'))
  assert.equal(
    [limits.waiting, limits.longest, limits.abandoned],
    [{ warning: 3, critical: 8 }, { warning: 30_000, critical: 90_000 }, defaultLimits.abandoned],
  )
  assert.equal(waitingLimit(defaultLimits, 500), { warning: 50, critical: 100 })
  assert.equal(waitingLimit(defaultLimits, 7), { warning: 5, critical: 10 })
})

test('callers waiting while nobody is ready is a warning; nobody waiting is none', () => {
  const waiting = board({
    queues: [queue('q1')],
    calls: [call('waiting', 'q1', 1)],
    agents: [agent('201', 'away', ['q1'])],
  })
  assert.is(tileLevels(figures(waiting, wholeHouse, NOW), defaultLimits, NOW).ready, 'warning')
  const calm = board({ queues: [queue('q1')], agents: [agent('201', 'away', ['q1'])] })
  assert.is(tileLevels(figures(calm, wholeHouse, NOW), defaultLimits, NOW).ready, null)
})

test('alarms: long waits, service levels far below target, long stays and phones that cannot be rung, most severe first', () => {
  const tables = board({
    queues: [queue('q1'), queue('q2')],
    calls: [call('waiting', 'q1', 70_000), call('waiting', 'q2', 130_000)],
    agents: [
      agent('201', 'wrap_up', ['q1'], 6 * MINUTE),
      agent('202', 'ready', ['q1'], 3_000, { registered: false }),
      agent('203', 'away', ['q1'], 3_000, { registered: false }),
      agent('204', 'not_responding', ['q1'], 0),
    ],
    days: [
      { ...sums('q1', 100, 100, 0, 0, 60), day: '2026-03-03' },
      { ...sums('q2', 100, 100, 0, 0, 76), day: '2026-03-03' },
    ],
  })
  const found = alarms(tables, queueFigures(tables, wholeHouse), wholeHouse, defaultLimits, NOW)
  assert.equal(
    found.map((alarm) => [alarm.id, alarm.level]),
    [
      ['wait q2', 'critical'],
      ['level q1', 'critical'],
      ['stay a-201', 'warning'],
      ['wait q1', 'warning'],
      ['phone a-202', 'warning'],
      ['stay a-204', 'warning'],
    ],
  )
})

test('alarms: a queue that starves, lists corrected in the last quarter of an hour, an agent ready far longer than all others', () => {
  const tables = board({
    queues: [
      queue('q1', { starvingSince: NOW - 90_000 }),
      queue('q2', { mendedAt: NOW - MINUTE }),
      queue('q3', { mendedAt: NOW - 16 * MINUTE }),
    ],
    calls: [call('waiting', 'q1', 40_000)],
    agents: [
      agent('201', 'ready', ['q1'], 175 * MINUTE, { wishedWork: null }),
      agent('202', 'in_call', ['q1']),
      agent('203', 'in_call', ['q1']),
    ],
  })
  const found = alarms(tables, queueFigures(tables, wholeHouse), wholeHouse, defaultLimits, NOW)
  assert.equal(
    found.map((alarm) => [alarm.id, alarm.level, alarm.ms]),
    [
      ['starving q1', 'critical', 90_000],
      ['leftOut a-201', 'warning', 175 * MINUTE],
      ['mended q2', 'warning', MINUTE],
    ],
  )
})

test('a ratio’s sparkline ends at the displayed figure, and each point is what was displayed then', () => {
  const minutes = Array.from({ length: 60 }, (_, i) => ({
    ...sums('q1', 2, 2, 0, 0, i < 10 ? 0 : 2),
    startsAt: Math.floor(NOW / MINUTE) * MINUTE - i * MINUTE,
  }))
  const tables = board({ queues: [queue('q1')], minutes })
  const points = ratioSeries(tables, wholeHouse, NOW, serviceLevel)
  assert.is(points.at(-1)!.value, figures(tables, wholeHouse, NOW).serviceLevelLast30)
  assert.is(points.at(-1)!.value, 20 / 30)
  assert.is(points[0]!.value, 1)
})

test('a sparkline stands on zero, keeps to its box, and is broken where nothing is known', () => {
  const points = [
    { at: 0, value: 0 },
    { at: 10, value: 5 },
    { at: 20, value: 10 },
    { at: 30, value: null },
    { at: 40, value: 10 },
    { at: 50, value: 0 },
    { at: 60, value: 0 },
  ]
  const { line, area, ticks } = sparkline(points, { width: 60, height: 22 }, { from: 0, until: 60 }, 4, [5, 10])
  assert.is(line, 'M0 21L10 11L20 1M40 1L50 21L60 21')
  assert.is(area, 'M0 21L10 11L20 1L20 22L0 22ZM40 1L50 21L60 21L60 22L40 22Z')
  assert.equal(ticks, [11, 1], 'both limits are on the scale')
  assert.is(
    sparkline(points.slice(0, 2), { width: 60, height: 22 }, { from: 0, until: 60 }, 4).line,
    '',
    'two readings are no line',
  )
})

test.run()
