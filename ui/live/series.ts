/** Half an hour of a ratio, for its sparkline, from the minutes that the stream holds. Figures of the moment have theirs from the server (`trends.svelte.ts`). */
import { valueOf, type Ratio } from '@ledgerline/projections/reports/ratios.ts'
import { addSums, lastMinutes, minutesOf, type Scope, type Sums } from './figures.ts'
import type { Tables } from './tables.ts'

const MINUTE = 60_000
/** All sparklines show the same span, so that one can be read under the other. */
export const SPAN_MS = 30 * MINUTE

export interface Point {
  at: number
  value: number | null
}

/** What `ratio` was over the 30 minutes before each of the last 30 minutes: the last point is the figure shown. */
export function ratioSeries(tables: Tables, scope: Scope, now: number, ratio: Ratio<keyof Sums>): Point[] {
  // Queues are summed up first: fifty of them have three thousand minutes, each wanted thirty times.
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
