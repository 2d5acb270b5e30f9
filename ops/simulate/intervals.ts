/**
 * 95 % intervals of measures whose parts depend on each other, as stretches of one queue do: a queue that is long now
 * is long a little later.
 *
 * Time is cut into many short batches. They are joined into longer and longer ones until neighbours are no longer
 * correlated (von Neumann's ratio, by the correlation of neighbours), but into no fewer than twenty; the interval is
 * made from those that passed (batch means; Law and Kelton, *Simulation Modeling and Analysis*). Whatever correlation
 * of neighbours remains widens it, and so does skewness (Johnson 1978; both as in N-Skart, Tafazzoli, Wilson, Lada and
 * Steiger, INFORMS J. Computing 2011). If not even twenty batches are independent there is no interval, but the time
 * that one would take.
 */

/** A measure and the half-width of its 95 % interval. */
export interface Estimate {
  value: number
  half: number
}

/** A numerator and a denominator of one batch. */
export type Part = readonly [above: number, below: number]

/** Sums over batches, less what they would be if every batch were like the whole. They add up to 0. */
export interface Series {
  /** The whole. */
  value: number
  /** Of all batches. */
  below: number
  /** Independent stretches, each a row of batches. */
  stretches: readonly (readonly number[])[]
}

/** With fewer batches an interval would be a guess. */
const FEWEST_BATCHES = 20
/** Neighbours correlate this much by chance, in deviations, one time in five: reason enough to join them further. */
const SUSPECT = 0.84
/**
 * With the fewest batches there is nothing left to join: what chance does one time in twenty is refused, and less
 * widens the interval.
 */
const SUSPECT_AT_LAST = 1.64
/** This many memories are enough for twenty batches that are almost independent. */
const ENOUGH_MEMORIES = 140

/** Null if there is nothing to divide by. */
export function seriesOf(stretches: readonly (readonly Part[])[]): Series | null {
  const all = stretches.flat()
  const above = all.reduce((sum, [each]) => sum + each, 0)
  const below = all.reduce((sum, [, each]) => sum + each, 0)
  if (!(below > 0)) return null
  const value = above / below
  return { value, below, stretches: stretches.map((stretch) => stretch.map(([over, under]) => over - value * under)) }
}

/** Batches joined, this many to one. What is left over at the end of a stretch is left out. */
function joinedBy(stretches: Series['stretches'], size: number): number[][] {
  const from = (stretch: readonly number[], index: number) => stretch.slice(index * size, (index + 1) * size)
  return stretches.map((stretch) =>
    Array.from({ length: Math.floor(stretch.length / size) }, (_, index) =>
      from(stretch, index).reduce((sum, each) => sum + each, 0),
    ),
  )
}

/** The correlation of neighbours. The values' mean is 0. */
function correlationOf(stretches: Series['stretches']): number {
  const all = stretches.flat()
  const squares = all.reduce((sum, each) => sum + each * each, 0)
  if (squares === 0) return 0
  let [products, pairs] = [0, 0]
  for (const stretch of stretches) {
    for (let index = 1; index < stretch.length; index++) {
      products += stretch[index - 1]! * stretch[index]!
      pairs++
    }
  }
  return pairs === 0 ? 0 : (products / pairs) * (all.length / squares)
}

/** How many batches must be joined until neighbours are independent; null if no twenty ever are. */
export function independentFrom({ stretches }: Series): number | null {
  for (let size = 1; ; size *= 2) {
    const joined = joinedBy(stretches, size)
    const count = joined.flat().length
    if (count < FEWEST_BATCHES) return null
    // Around their own mean, independent values correlate by −1/count.
    const suspect = count < 2 * FEWEST_BATCHES ? SUSPECT_AT_LAST : SUSPECT
    if (correlationOf(joined) < suspect / Math.sqrt(count) - 1 / count) return size
  }
}

/** The interval, from batches joined this many to one. */
export function intervalOf(series: Series, size: number): Estimate {
  const joined = joinedBy(series.stretches, size)
  const batches = joined.flat()
  const count = batches.length
  const variance = batches.reduce((sum, each) => sum + each * each, 0) / (count - 1)
  if (variance === 0) return { value: series.value, half: 0 }
  const shared = Math.max(0, unbiased(correlationOf(joined), count))
  const deviation = Math.sqrt((variance * count * (1 + shared)) / (1 - shared)) / series.below
  return {
    value: series.value,
    half: deviation * skewed(studentT(count - 1), skewnessOf(batches) / (6 * Math.sqrt(count))),
  }
}

/** How many times as long the whole would have to be to be certain of twenty independent batches. */
export function timesLonger({ stretches }: Series): number {
  const count = stretches.flat().length
  let longest = 0
  for (let size = 1; ; size *= 2) {
    const joined = joinedBy(stretches, size)
    const batches = joined.flat().length
    if (batches < FEWEST_BATCHES) break
    longest = Math.max(longest, size * memoryOf(unbiased(correlationOf(joined), batches)))
  }
  return Math.max(2, (longest * ENOUGH_MEMORIES) / count)
}

/**
 * The memory of a process in batch lengths (the time in which a correlation falls to 1/e), from the correlation of
 * neighbouring batches. It is assumed to fade exponentially, as that of a queue nearly does.
 */
function memoryOf(correlation: number): number {
  if (correlation <= 0) return 0
  const neighbours = (memory: number): number => {
    const lost = 1 - Math.exp(-1 / memory)
    return (memory * lost ** 2) / (2 * (1 - memory * lost))
  }
  let [low, high] = [0.001, 1000]
  for (let step = 0; step < 50; step++) {
    const middle = Math.sqrt(low * high)
    if (neighbours(middle) < Math.min(0.99, correlation)) low = middle
    else high = middle
  }
  return low
}

/**
 * How far the truth may be from a share of this many independent cases (Wilson 1927): works even for none and for all
 * of them, where their spread says nothing.
 */
export function wilson(share: number, cases: number): number {
  const z2 = Z ** 2
  const middle = (share + z2 / (2 * cases)) / (1 + z2 / cases)
  const half = (Z * Math.sqrt((share * (1 - share)) / cases + z2 / (4 * cases * cases))) / (1 + z2 / cases)
  return Math.max(middle + half - share, share - middle + half)
}

/** Estimated correlations are too low, the more so the fewer values there are (Kendall 1954). */
function unbiased(correlation: number, count: number): number {
  return Math.min(0.95, correlation + (1 + 4 * Math.max(0, correlation)) / count)
}

function skewnessOf(centred: readonly number[]): number {
  const count = centred.length
  const variance = centred.reduce((sum, each) => sum + each ** 2, 0) / count
  return (
    (count ** 2 / ((count - 1) * (count - 2))) *
    (centred.reduce((sum, each) => sum + each ** 3, 0) / count / variance ** 1.5)
  )
}

/** The wider of Student's quantiles, above or below, if the values are skewed. */
function skewed(t: number, beta: number): number {
  if (Math.abs(beta) < 1e-4) return t
  const bent = (quantile: number): number => (Math.cbrt(1 + 6 * beta * (quantile - beta)) - 1) / (2 * beta)
  return Math.max(t, Math.abs(bent(t)), Math.abs(bent(-t)))
}

const Z = 1.959963984540054

/** 97.5 % quantile of Student's t (Abramowitz and Stegun 26.7.5, four terms): right to three places from 5 degrees of freedom on. */
export function studentT(freedom: number): number {
  const z = Z
  const terms = [
    z,
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ]
  return terms.reduce((sum, term, power) => sum + term / freedom ** power, 0)
}
