/**
 * Made-up answers to the declared reports, for tests of the screens: real columns, filters and
 * intervals, with figures from a fixed seed. Sums add up but mean nothing.
 */
import { dayOf } from '@ledgerline/core/kernel/time.ts'
import { reports } from '@ledgerline/projections/reports/all.ts'
import { rangeOf, unitOf } from '@ledgerline/projections/reports/range.ts'
import {
  listed,
  type Interval,
  type ReportAnswer,
  type ReportColumn,
  type ReportRow,
  type ReportValue,
} from '@ledgerline/projections/reports/report.ts'
import type { FakeFloor } from './fake-floor.ts'

export interface MadeUp {
  /** Rows of reports by agent, number or extension; the floor's agents where it is null. */
  rows: number | null
  /** What the answer says about the tables. */
  lagMs: number
}

export const listedReports = () => ({ reports: reports.map(listed) })

/** A number from 0 to 1 derived from a text. */
function dice(text: string): number {
  let hash = 2166136261
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619)
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507)
  hash ^= hash >>> 13
  return (hash >>> 0) / 2 ** 32
}

const sizes: Partial<Record<ReportColumn['unit'], number>> = {
  count: 60,
  minutes: 240,
  ms: 5_400_000,
  money: 900_000,
  ratio: 1,
}

/** How busy a moment of a working day is, 0 to 1. */
function busy(at: number): number {
  const hour = (at / 3_600_000 + 8) % 24
  return Math.max(0, Math.sin(((hour - 7) / 14) * Math.PI)) * (0.75 + 0.25 * Math.cos((hour - 12.5) * 1.6))
}

/** A report's answer; null if there is no report of that name. */
export function madeUpReport(
  id: string,
  query: URLSearchParams,
  floor: FakeFloor,
  { rows: count, lagMs }: MadeUp,
): ReportAnswer | null {
  const report = reports.find((one) => one.id === id)
  if (!report) return null
  const today = dayOf(floor.now, floor.zone)
  const interval =
    report.interval ??
    ((query.get('interval') ??
      report.filters.find(({ key }) => key === 'interval')?.default ??
      null) as Interval | null)
  const from = query.get('from') ?? today
  const range = rangeOf(
    from,
    query.get('to') ?? from,
    interval,
    floor.zone,
    (query.get('weekStart') ?? 'monday') as 'monday' | 'sunday',
  )
  const columns = listed(report).columns.map((column) =>
    column.key === 'period' && interval !== null ? { ...column, unit: unitOf[interval] } : column,
  )
  const people =
    count === null
      ? [...floor.agents.values()].map(({ agentCode, name, extension, groupCode }) => ({
          agentCode,
          name,
          extension: extension ?? agentCode,
          groupCode,
        }))
      : Array.from({ length: count }, (_, i) => ({
          agentCode: String(100_001 + i),
          name: `坐席${i + 1}`,
          extension: String(200_001 + i),
          groupCode: 'A',
        }))
  const spread: Record<string, readonly ReportRow[]> = {
    period: range.periods
      .filter(
        ({ startsAt }) =>
          startsAt <= floor.now &&
          (interval === 'day' || interval === 'week' || interval === 'month' || busy(startsAt) > 0),
      )
      .map(({ value }) => ({ period: value })),
    agent: people.map(({ agentCode, name, extension, groupCode }) => ({
      agent: agentCode,
      name,
      extension,
      endpoint: extension,
      group: groupCode,
    })),
    queue: floor.queues.map(({ queueCode, name }) => ({ queue: queueCode, queueName: name })),
    kind: [{ kind: 'inbound' }, { kind: 'outbound' }],
    lost: [{ lost: 0 }, { lost: 1 }],
    direction: [{ direction: 'external_queue' }, { direction: 'outbound' }],
  }
  const keys = columns.filter(({ dimension }) => dimension).map(({ key }) => key)
  const axes = [
    ...(keys.includes('period') ? ['period'] : []),
    ...(keys.includes('agent') || keys.includes('endpoint') ? ['agent'] : []),
    ...(keys.includes('queue') ? ['queue'] : []),
    ...['kind', 'direction', 'lost'].filter((key) => keys.includes(key)),
  ]
  let groups: ReportRow[] = [{}]
  for (const axis of axes) groups = groups.flatMap((group) => spread[axis]!.map((part) => ({ ...group, ...part })))
  const wanted = groups.filter((group) =>
    ['agent', 'queue', 'endpoint', 'group', 'extension'].every(
      (key) => !query.has(key) || group[key] === undefined || query.getAll(key).includes(String(group[key])),
    ),
  )
  const startOf = new Map(range.periods.map(({ value, startsAt }) => [value, startsAt]))
  const rows = wanted.map((group) => {
    const seed = `${id} ${keys.map((key) => group[key]).join(' ')} ${query.get('thresholdMs') ?? ''}`
    const size =
      group['period'] === undefined || typeof group['period'] === 'string'
        ? 1
        : busy(startOf.get(group['period'] as number)!)
    const row: Record<string, ReportValue> = {}
    for (const { key, dimension, unit, words } of columns) {
      if (dimension) row[key] = group[key] ?? (words ? Object.keys(words)[0]! : null)
      else if (unit === 'ratio')
        row[key] =
          dice(`${seed} ${key}`) > 0.97 ? null : Math.round((0.55 + 0.45 * dice(`${seed} ${key}`)) * 1000) / 1000
      else
        row[key] = Math.round(
          (0.3 + 0.7 * dice(`${seed} ${key}`)) * size * (key === 'abandoned' ? 6 : (sizes[unit] ?? 1)),
        )
    }
    return row
  })
  const totals = Object.fromEntries(
    columns.map(({ key, dimension, unit }) => [
      key,
      dimension
        ? null
        : unit === 'ratio'
          ? 0.812
          : rows.reduce((sum, row) => sum + Number(row[key] ?? 0), 0) /
            (/average|aht|asa/i.test(key) ? Math.max(1, rows.length) : 1),
    ]),
  )
  return {
    id,
    columns,
    rows,
    totals,
    periods: interval === null ? [] : range.periods,
    zone: floor.zone,
    from: range.from,
    to: range.to,
    now: floor.now,
    asOf: { position: null, at: floor.now, lagMs, behind: false },
  }
}
