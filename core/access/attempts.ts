/**
 * What failed log-ins lead to. They are counted for a name *and* the address they come from: from the third on the browser
 * has to work for each further try, after ten this name is closed to this address for a day. So a stranger who guesses
 * shuts out themselves and nobody else. Guessing by many addresses, or many names, only costs work: it shuts out nobody.
 */

/** Failures after which each try costs work. */
const FREE_FAILURES = 3
/** The same for all tries of one name, from wherever, and of one address, for whatever names. */
const FREE_IN_ALL = 30
/** Failures after which a name is closed to an address … */
export const FREEZING_FAILURES = 10
/** … for this long, ms; a password that an administrator resets opens it again. */
export const FROZEN_MS = 24 * 60 * 60_000
/** Failures older than this no longer count, ms. */
export const REMEMBERED_MS = 24 * 60 * 60_000

/** Failures in a row that still count. */
export interface Failures {
  /** Of this name from this address. */
  here: number
  /** When the last of those was, UTC ms. */
  lastAt: number
  /** Of this name from any address. */
  ofName: number
  /** Of any name from this address. */
  ofSource: number
}

/** Is the name closed to this address? */
export function isFrozen({ here, lastAt }: Failures, now: number): boolean {
  return here >= FREEZING_FAILURES && now < lastAt + FROZEN_MS
}

/**
 * How many leading zero bits the answer to the browser's task must have: each takes twice the work of the one before.
 * 0: there is no task.
 */
export function workFor({ here, ofName, ofSource }: Failures): number {
  if (here < FREE_FAILURES && ofName < FREE_IN_ALL && ofSource < FREE_IN_ALL) return 0
  return 13 + Math.min(2, Math.max(0, here - FREE_FAILURES))
}
