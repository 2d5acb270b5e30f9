/** From a wall clock to the instant that it showed. */
import { offsetAt } from '@ledgerline/core/kernel/time.ts'

/** Offsets lie within ±15 h, and a zone changes its own at most once in that time. */
const REACH_MS = 15 * 3_600_000

/**
 * The instant at which the wall clock of a zone showed `local` (written as if it were UTC, ms). A time
 * that came twice is taken for its first occurrence; one that was skipped, for what it would have been
 * had the clock not been put forward.
 */
export function instantOf(local: number, zone: string): number {
  const before = offsetAt(local - REACH_MS, zone)
  const after = offsetAt(local + REACH_MS, zone)
  const first = local - before
  if (before === after || offsetAt(first, zone) === before) return first
  const second = local - after
  return offsetAt(second, zone) === after ? second : first
}
