/**
 * How old the data may be: late data looks late. Amber after 5 s without a message from the server (it sends
 * one every 2 s even when nothing happens), grey after 15 s; figures stay and never drop to zero. Polled data is
 * late too, however little.
 */
/** Before the first message it is `waiting`, then late and stale after the same times: a page that cannot connect says so. */
export type Freshness = 'waiting' | 'live' | 'late' | 'stale'

export const LATE_MS = 5_000
const STALE_MS = 15_000

/**
 * @param silenceMs since the last message; before the first, since the page began to listen
 * @param lagMs how far the server said its tables were behind
 * @param delayed the server said that changes are polled
 * @param heard a message has arrived
 */
export function freshness(silenceMs: number, lagMs: number, delayed = false, heard = true): Freshness {
  const age = silenceMs + lagMs
  if (!heard && age < LATE_MS) return 'waiting'
  return age >= STALE_MS ? 'stale' : age >= LATE_MS || delayed ? 'late' : 'live'
}
