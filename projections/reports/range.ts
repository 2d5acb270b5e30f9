/** The range of a report: its days, and the intervals into which they are divided, on the tenant's clock. */
import { dayOf, nextDay, slice, startOfDay } from '@ledgerline/core/kernel/time.ts'
import type { Interval, ReportPeriod, Unit } from './report.ts'

/** A range of whole days divided into adjacent intervals. */
export interface ReportRange {
  /** First and last day, inclusive. */
  from: string
  to: string
  zone: string
  /** The intervals into which the days are divided; null: not divided. */
  interval: Interval | null
  startsAt: number
  endsAt: number
  /** At least one; the whole range if it is not divided. */
  periods: readonly ReportPeriod[]
}

const MINUTE_MS = 60_000
const sizes: Partial<Record<Interval, number>> = {
  '15min': 15 * MINUTE_MS,
  '30min': 30 * MINUTE_MS,
  hour: 60 * MINUTE_MS,
}

/** The unit of a column that holds the starts of intervals. */
export const unitOf: Readonly<Record<Interval, Unit>> = {
  '15min': 'instant',
  '30min': 'instant',
  hour: 'instant',
  day: 'day',
  week: 'week',
  month: 'month',
}

/** Are the intervals whole days? */
export function isWholeDays(interval: Interval | null): boolean {
  return interval === null || sizes[interval] === undefined
}

/** Longest range in days, and the most intervals it may be divided into: as much as a screen can draw and a person can read in a file. */
export const MOST_DAYS = 732
export const MOST_PERIODS = 3_200

/** Upper limit for the number of intervals in a range, found without dividing it. */
export function periodsAtMost(from: string, to: string, interval: Interval | null): number {
  const size = interval === null ? undefined : sizes[interval]
  if (interval === null) return 1
  // A day has 25 hours when the clock goes back.
  return daysIn(from, to) * (size === undefined ? 1 : (25 * 60 * MINUTE_MS) / size)
}

/** How many days a range has. */
export function daysIn(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000) + 1
}

/**
 * Divides the days from `from` to `to` (inclusive). An hour that comes twice, when the clock goes back, is two
 * intervals; a skipped one is none. A week or month that is not completely in the range is cut off.
 * @throws RangeError a range that ends before it begins, or is longer than {@link MOST_DAYS}
 */
export function rangeOf(
  from: string,
  to: string,
  interval: Interval | null,
  zone: string,
  weekStart: 'monday' | 'sunday' = 'monday',
): ReportRange {
  const days = daysIn(from, to)
  if (!(days >= 1 && days <= MOST_DAYS)) throw new RangeError(`no range: ${from} to ${to}`)
  const startsAt = startOfDay(from, zone)
  const endsAt = startOfDay(nextDay(to), zone)
  return {
    from,
    to,
    zone,
    interval,
    startsAt,
    endsAt,
    periods: periodsOf(from, to, interval, zone, weekStart, startsAt, endsAt),
  }
}

function periodsOf(
  from: string,
  to: string,
  interval: Interval | null,
  zone: string,
  weekStart: 'monday' | 'sunday',
  startsAt: number,
  endsAt: number,
): ReportPeriod[] {
  if (interval === null) return [{ value: from, startsAt, endsAt }]
  const size = sizes[interval]
  const begins: { value: string | number; startsAt: number }[] =
    size === undefined
      ? namedBegins(from, to, interval, zone, weekStart)
      : slice(startsAt, endsAt, size, zone).map((part) => ({ value: part.startsAt, startsAt: part.startsAt }))
  return begins.map((begin, index) => ({ ...begin, endsAt: begins[index + 1]?.startsAt ?? endsAt }))
}

/** Days, weeks or months, each starting with the first of its days in the range. */
function namedBegins(
  from: string,
  to: string,
  interval: Interval,
  zone: string,
  weekStart: 'monday' | 'sunday',
): { value: string; startsAt: number }[] {
  const begins: { value: string; startsAt: number }[] = []
  for (let day = from; day <= to; day = nextDay(day)) {
    const value = interval === 'day' ? day : interval === 'month' ? day.slice(0, 7) : weekOf(day, weekStart)
    if (begins.at(-1)?.value !== value) begins.push({ value, startsAt: startOfDay(day, zone) })
  }
  return begins
}

/** First day of the week that contains a day. */
function weekOf(day: string, weekStart: 'monday' | 'sunday'): string {
  const at = Date.parse(`${day}T00:00:00Z`)
  const weekday = new Date(at).getUTCDay()
  const since = weekStart === 'sunday' ? weekday : (weekday + 6) % 7
  return dayOf(at - since * 86_400_000, 'UTC')
}
