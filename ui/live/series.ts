/** Half an hour of a ratio for its sparkline, from the stream's minutes. Current figures get theirs from the server (`trends.svelte.ts`). */
import { valueOf, type Ratio } from '@ledgerline/projections/reports/ratios.ts'
import { addSums, lastMinutes, minutesOf, type Scope, type Sums } from './figures.ts'
import type { Tables } from './tables.ts'

const MINUTE = 60_000
/** All sparklines have the same span, so that they can be compared. */
export const SPAN_MS = 30 * MINUTE

export interface Point {
  at: number
  value: number | null
}

/** What `ratio` was over the 30 minutes before each of the last 30 minutes: the last point is the figure shown. */
export function ratioSeries(tables: Tables, scope: Scope, now: number, ratio: Ratio<keyof Sums>): Point[] {
  // Queues are summed first: fifty of them have three thousand minutes, each needed thirty times.
  const minutes = Array.from(
    Map.groupBy(minutesOf(tables, scope), (row) => row.startsAt),
    ([startsAt, rows]) => ({ startsAt, ...addSums(rows) }),
  )
  const present = Math.floor(now / MINUTE) * MINUTE
  return Array.from({ length: 31 }, (_, i) => {
    const at = i === 30 ? now : present - (29 - i) * MINUTE - 1
    return { at, value: valueOf(ratio, lastMinutes(minutes, at, 30)) }
  })
}
