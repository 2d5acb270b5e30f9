/**
 * The one fitted factor of a day on which it is not on record what people did between calls: how much longer their
 * breaks and turnarounds last than estimated, so that the simulated day has the recorded service level. The longer they
 * are, the lower the service level; the search halves the interval in which the factor must lie, by false position
 * where that is quicker, and keeps the best one it has found.
 */

/** How close the service level must get: runs with other dice would differ by more. */
const NEAR = 0.0075
const MOST_LOOKS = 6
/** A factor beyond these would no longer correct the estimate but replace it. */
const LEAST_FACTOR = 0.5
const GREATEST_FACTOR = 2
/**
 * About this much longer for a point of service level too high, as on busy days; otherwise the search continues from
 * there.
 */
const STEP_A_POINT = 0.02
const LEAST_STEP = 0.03

export interface Fitted<T> {
  factor: number
  /** What was found with this factor. */
  found: T
}

/**
 * Searches for the factor. Deterministic if `look` is.
 * @param look what a day with this factor gives
 * @param beyond how far its service level is above the recorded one; null: there is none to compare
 */
export async function fitted<T>(
  look: (factor: number) => Promise<T>,
  beyond: (found: T) => number | null,
): Promise<Fitted<T>> {
  let best: Fitted<T> & { off: number } = { factor: 1, found: await look(1), off: 0 }
  const first = beyond(best.found)
  if (first === null) return best
  best.off = first
  // Bounds on either side of the answer, as they become known.
  let low: { factor: number; off: number } | null = first > 0 ? { factor: 1, off: first } : null
  let high: { factor: number; off: number } | null = first > 0 ? null : { factor: 1, off: first }
  for (let looks = 1; looks < MOST_LOOKS && Math.abs(best.off) > NEAR; looks++) {
    const factor = next(low, high, looks)
    if (factor === null) break
    const found = await look(factor)
    const off = beyond(found)
    if (off === null) break
    if (Math.abs(off) < Math.abs(best.off)) best = { factor, found, off }
    if (off > 0) low = { factor, off }
    else high = { factor, off }
  }
  return { factor: best.factor, found: best.found }
}

/** Where to look next; null if the answer lies beyond what a factor may be. */
function next(
  low: { factor: number; off: number } | null,
  high: { factor: number; off: number } | null,
  looks: number,
): number | null {
  if (low && high) {
    // False position, but every third time the middle, or one end would never move.
    const share = looks % 3 === 0 ? 0.5 : Math.min(0.9, Math.max(0.1, low.off / (low.off - high.off)))
    return low.factor + (high.factor - low.factor) * share
  }
  const { factor: from, off } = (low ?? high)!
  const step = Math.max(LEAST_STEP, Math.abs(off) * 100 * STEP_A_POINT) * 1.5 ** (looks - 1)
  const factor = low ? Math.min(GREATEST_FACTOR, from + step) : Math.max(LEAST_FACTOR, from - step)
  return factor === from ? null : factor
}
