/**
 * Events written by a clock that was far ahead. What they report has happened, but not at the moment they name, which
 * has not come yet. Taken literally, a phone would ring and an agent would be in wrap-up until then, and every later
 * event would land there too. So they count as having happened just now, and their deadlines move by the same amount.
 * The ledger keeps what was written. Within such a stream everything continues from there, since `at` never goes back,
 * but only until that call or shift is over, and nowhere else.
 */
import { CLOCK_STRAYS_MS } from './clock.ts'

/** The moments that events of calls and shifts carry besides their own. */
const MOMENTS = ['deadline', 'pausedUntil', 'joinedAt', 'notBefore'] as const

/** Is a moment so far ahead that the clock behind it must have been wrong? Both UTC ms. */
export function isAhead(at: number, now: number): boolean {
  return at > now + CLOCK_STRAYS_MS
}

/** The event as it counts at `now`, UTC ms: unchanged, unless its moment is far ahead. */
export function asOfNow<F extends { at: number; data: object }>(fact: F, now: number): F {
  if (!isAhead(fact.at, now)) return fact
  const by = fact.at - now
  const data: Record<string, unknown> = { ...fact.data }
  for (const name of MOMENTS) {
    // A place kept in the line may be older than the wrong reading.
    const moment = data[name]
    if (typeof moment === 'number' && isAhead(moment, now)) data[name] = moment - by
  }
  return { ...fact, at: now, data }
}

/**
 * An event decided at `now` for a stream whose last event is far ahead and which therefore continues at `at`: its
 * deadlines move along.
 */
export function continuedAt<E extends { data: unknown }>(event: E, now: number, at: number): E {
  const data: Record<string, unknown> = { ...(event.data as object) }
  for (const name of MOMENTS) {
    const moment = data[name]
    if (typeof moment === 'number' && moment > now && moment < at) data[name] = moment + (at - now)
  }
  return { ...event, data }
}
