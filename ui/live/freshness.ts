/**
 * How old what is shown may be: late looks late. Amber after 5 s without a word from the server
 * (it speaks every 2 s even when nothing happens), grey after 15 s; figures stay, they never fall to zero.
 * What is not pushed at present but read every second is late too, however little.
 */
export type Freshness = 'waiting' | 'live' | 'late' | 'stale'

export const LATE_MS = 5_000
export const STALE_MS = 15_000

/**
 * @param silenceMs since the last message, null before the first
 * @param lagMs how far the server said its tables were behind
 * @param delayed the server said that changes do not reach it at once
 */
export function freshness(silenceMs: number | null, lagMs: number, delayed = false): Freshness {
  if (silenceMs === null) return 'waiting'
  const age = silenceMs + lagMs
  return age >= STALE_MS ? 'stale' : age >= LATE_MS || delayed ? 'late' : 'live'
}
