/** Converts a wall-clock time to the instants at which the clock showed it. */
import { offsetAt } from '@ledgerline/core/kernel/time.ts'

/** Offsets lie within ±15 h, and a zone changes its own at most once in that time. */
const REACH_MS = 15 * 3_600_000

/**
 * The instants at which the wall clock of a zone showed `local` (written as if it were UTC, ms): two for a time that
 * came twice, in order. A skipped time counts as what it would have been had the clock not been put forward.
 */
export function instantsOf(local: number, zone: string): readonly [first: number, second?: number] {
  const before = offsetAt(local - REACH_MS, zone)
  const after = offsetAt(local + REACH_MS, zone)
  const first = local - before
  if (before === after) return [first]
  const second = local - after
  const shown = offsetAt(second, zone) === after
  if (offsetAt(first, zone) === before) return shown && second > first ? [first, second] : [first]
  return [shown ? second : first]
}

/** The first of them. */
export function instantOf(local: number, zone: string): number {
  return instantsOf(local, zone)[0]
}
