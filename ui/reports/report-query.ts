/**
 * A report's filters in the address and in the request to the server. Both use the names that the report declares, so that
 * a link and a request read alike; only the days may be a preset in the address.
 */
import type { ReportFilter, ReportListed } from '@ledgerline/projections/reports/report.ts'
import { rangeFaults, unknownNames, type FilterFault } from '../http/filter-faults.ts'
import { daysFrom, presets, type Days, type PeriodName } from './period.ts'

export interface Asked {
  period: PeriodName
  days: Days
  /** What is chosen for each other filter; of a choice one, of codes any; nothing chosen: no entry. */
  chosen: Readonly<Record<string, readonly string[]>>
}

/** Greatest threshold that the server knows the waits by, ms. */
export const MAX_THRESHOLD_MS = 3_600_000

/** The nearest threshold that waits were counted by: whole seconds up to 60 s, then steps of 5 s up to 300 s, of 60 s up to an hour. */
export function roundThreshold(ms: number): number {
  const seconds = Math.min(MAX_THRESHOLD_MS, Math.max(0, ms)) / 1000
  const step = seconds <= 60 ? 1 : seconds <= 300 ? 5 : 60
  return Math.round(seconds / step) * step * 1000
}

function valuesOf(filter: ReportFilter, text: string | null): readonly string[] {
  const values = (text ?? '').split(',').filter((value) => value !== '')
  switch (filter.kind) {
    case 'days':
      return []
    case 'codes':
      return [...new Set(values)]
    case 'choice':
      return values.filter((value) => filter.choices?.some((choice) => choice.value === value)).slice(0, 1)
    case 'ms': {
      const ms = Number(values[0])
      return values.length > 0 && Number.isFinite(ms) && ms >= 0 ? [String(roundThreshold(ms))] : []
    }
  }
}

/** The filters in an address; those that the report does not have are ignored. */
export function askedFrom(
  params: URLSearchParams,
  report: Pick<ReportListed, 'filters'>,
  zone: string,
  now: number,
): Asked {
  const chosen: Record<string, readonly string[]> = {}
  for (const filter of report.filters) {
    const values = valuesOf(filter, params.get(filter.key))
    if (values.length > 0 && !(filter.kind === 'choice' && values[0] === filter.default)) chosen[filter.key] = values
  }
  const weekStart = chosen['weekStart']?.[0] === 'sunday' ? 0 : 1
  const { name, days } = daysFrom(params, zone, now, weekStart)
  return { period: name, days, chosen }
}

/** Invalid filters in an address. Queues, agents and groups are left to the server, since there were others in the past. */
export function reportFaults(params: URLSearchParams, report: Pick<ReportListed, 'filters'>): FilterFault[] {
  const choices = report.filters.flatMap(({ key, kind, choices = [] }) =>
    kind === 'choice'
      ? unknownNames(
          params,
          key,
          choices.map(({ value }) => value),
        )
      : [],
  )
  const named = unknownNames(params, 'period', [...presets, 'custom'])
  // A preset goes before days of one's own.
  return [...named, ...(params.has('period') && named.length === 0 ? [] : rangeFaults(params)), ...choices]
}

/** The request's query. */
export function queryOf({ days, chosen }: Asked): Record<string, string | readonly string[]> {
  return {
    from: days.from,
    to: days.to,
    ...Object.fromEntries(
      Object.entries(chosen).map(([key, values]) => [key, values.length === 1 ? values[0]! : values]),
    ),
  }
}

/** Filters that say how a report is cut and not what is in it: clearing leaves them. */
const cuts = new Set(['interval', 'weekStart'])

/** Does anything but the days narrow the report, or change what it counts? */
export function isNarrowed({ chosen }: Asked): boolean {
  return Object.keys(chosen).some((key) => !cuts.has(key))
}

/** What "clear filters" takes out of an address. */
export function cleared(report: Pick<ReportListed, 'filters'>): Record<string, null> {
  return Object.fromEntries(
    report.filters.filter(({ key, kind }) => kind !== 'days' && !cuts.has(key)).map(({ key }) => [key, null]),
  )
}

export interface Order {
  key: string
  /** The greatest first. */
  down: boolean
}

/** `sort=-calls` in the address; null: as the report orders itself. */
export function orderFrom(params: URLSearchParams, report: Pick<ReportListed, 'columns'>): Order | null {
  const text = params.get('sort') ?? ''
  const down = text.startsWith('-')
  const key = down ? text.slice(1) : text
  return report.columns.some((column) => column.key === key) ? { key, down } : null
}

/** The next order when a column's head is pressed: figures begin with the greatest, words with the first; then the other way; then as the report has it. */
export function nextOrder(order: Order | null, key: string, figures: boolean): string | null {
  if (order?.key !== key) return figures ? `-${key}` : key
  if (order.down === figures) return figures ? key : `-${key}`
  return null
}
