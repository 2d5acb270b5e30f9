/**
 * How long a session lasts: until nobody has used it for a while, and in any case until its end. Both follow from the
 * session's moments and the time of the look.
 */

/** Nobody asked for anything this long: a shift with its breaks, ms. */
export const IDLE_MS = 12 * 60 * 60_000
/** Since the log-in, ms. */
export const LONGEST_MS = 7 * 24 * 60 * 60_000
/** A use is noted no more often than this: a busy page must not write at every request. */
export const NOTED_MS = 60_000
/** How long a password that an administrator made is good for choosing another one. */
export const FIRST_PASSWORD_MS = 24 * 60 * 60_000

export interface SessionTimes {
  startedAt: number
  /** Last use that was noted. */
  usedAt: number
}

/** Until when a session lasts if nobody uses it. */
export function lastsUntil({ startedAt, usedAt }: SessionTimes): number {
  return Math.min(startedAt + LONGEST_MS, usedAt + IDLE_MS)
}
