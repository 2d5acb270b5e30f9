/**
 * How old what is shown may be: late looks late. Amber after 5 s without a word from the server
 * (it speaks every 2 s even when nothing happens), grey after 15 s; figures stay, they never fall to zero.
 * What is not pushed at present but read every second is late too, however little.
 */
/** Without any word yet it is `waiting`, and late and stale by the same times: a page that cannot connect says so. */
export type Freshness = 'waiting' | 'live' | 'late' | 'stale'

export const LATE_MS = 5_000
const STALE_MS = 15_000

/**
 * @param silenceMs since the last message; before the first, since the page began to listen
 * @param lagMs how far the server said its tables were behind
 * @param delayed the server said that changes do not reach it at once
 * @param heard there was a message
 */
export function freshness(silenceMs: number, lagMs: number, delayed = false, heard = true): Freshness {
  const age = silenceMs + lagMs
  if (!heard && age < LATE_MS) return 'waiting'
  return age >= STALE_MS ? 'stale' : age >= LATE_MS || delayed ? 'late' : 'live'
}
