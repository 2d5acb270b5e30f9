/**
 * How often tests repeat what is drawn at random or done again and again. A usual run meets every kind of case; before a
 * release `ops/test --deep` repeats each as often as finds what is rare, which takes hours. One number alone can be
 * set by its name: `KILL_ROUNDS=50 ops/test fault/kill`.
 */

/** Whether this run is a deep one. */
export const deep = process.env['TEST_DEEP'] === '1'

/**
 * @param name of the variable that sets this number alone
 * @param usually how often in a usual run: at least once for every kind of case
 * @param deeply how often in a deep one
 */
export function times(name: string, usually: number, deeply: number): number {
  const set = process.env[name]
  return set === undefined ? (deep ? deeply : usually) : Number(set)
}
