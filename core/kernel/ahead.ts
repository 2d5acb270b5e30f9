/**
 * Events that were written by a clock far ahead. What they say has happened, but not at the moment that they name, which
 * has not come yet. Taken as they stand, a phone would ring and an agent would write up until then; followed by the
 * clock, every later event would lie there too. So they count as having happened just now, and their
 * deadlines come as long after that as they were meant to. The ledger keeps what it says, and within such a stream everything
 * goes on from there, since `at` never goes back: until that call or shift is over, and nowhere else.
 */
import { CLOCK_STRAYS_MS } from './clock.ts'

/** The moments that events of calls and shifts carry beside their own. */
const MOMENTS = ['deadline', 'pausedUntil', 'joinedAt', 'notBefore'] as const

/** Is a moment so far ahead that the clock it comes from was wrong? Both UTC ms. */
export function isAhead(at: number, now: number): boolean {
  return at > now + CLOCK_STRAYS_MS
}

/** The event as it is taken at `now`, UTC ms: as it stands, unless its moment is far ahead. */
export function broughtBack<F extends { at: number; data: object }>(fact: F, now: number): F {
  if (!isAhead(fact.at, now)) return fact
  const by = fact.at - now
  const data: Record<string, unknown> = { ...fact.data }
  for (const name of MOMENTS) {
    // A place that was kept in the line may be older than the wrong reading.
    const moment = data[name]
    if (typeof moment === 'number' && isAhead(moment, now)) data[name] = moment - by
  }
  return { ...fact, at: now, data }
}

/** An event decided at `now` for a stream whose last one is far ahead, and that goes on at `at`: its deadlines go with it. */
export function carriedOn<E extends { data: unknown }>(event: E, now: number, at: number): E {
  const data: Record<string, unknown> = { ...(event.data as object) }
  for (const name of MOMENTS) {
    const moment = data[name]
    if (typeof moment === 'number' && moment > now && moment < at) data[name] = moment + (at - now)
  }
  return { ...event, data }
}
