/**
 * Measures of a queueing system and their 95 % intervals from batch means: the time is cut into equal
 * batches that hardly depend on each other, and the spread of what each of them gives says how sure the
 * whole is (Law and Kelton, *Simulation Modeling and Analysis*, "batch means").
 */

/** What was counted in one batch. Calls belong to the batch in which they arrived. */
export interface Batch {
  offered: number
  answered: number
  abandoned: number
  /** Calls that waited at all. */
  waited: number
  /** Calls that were answered within the threshold. */
  inTarget: number
  /** Of answered calls. */
  waitMs: number
  /** Time that agents talked within the batch. */
  busyMs: number
}

/** Ratios are fractions of 1; null where there was nothing to divide by. */
export interface Measures {
  offered: number
  answered: number
  abandoned: number
  waited_ratio: number | null
  /** Answered within 20 s, of offered. */
  service_level_20: number | null
  /** Mean wait of answered calls, seconds. */
  asa_s: number | null
  /** Time talked, of the time that all agents were there. */
  occupancy: number | null
  abandon_ratio: number | null
}

/** Each measure as a numerator and a denominator, so that a whole is the ratio of sums. Counts have no denominator. */
const FRACTIONS: { [M in keyof Measures]: (batch: Batch, capacityMs: number) => readonly [number, number | null] } = {
  offered: (batch) => [batch.offered, null],
  answered: (batch) => [batch.answered, null],
  abandoned: (batch) => [batch.abandoned, null],
  waited_ratio: (batch) => [batch.waited, batch.offered],
  service_level_20: (batch) => [batch.inTarget, batch.offered],
  asa_s: (batch) => [batch.waitMs / 1000, batch.answered],
  occupancy: (batch, capacityMs) => [batch.busyMs, capacityMs],
  abandon_ratio: (batch) => [batch.abandoned, batch.offered],
}

/** The measures of all batches together, and the half-widths of their 95 % intervals. */
export function batchMeans(batches: readonly Batch[], { agents, batchMs }: { agents: number; batchMs: number }): Measures & { ci95: Measures } {
  const whole: Record<string, number | null> = {}
  const ci95: Record<string, number | null> = {}
  for (const [name, fraction] of Object.entries(FRACTIONS)) {
    const parts = batches.map((batch) => fraction(batch, agents * batchMs))
    const numerator = parts.reduce((sum, [above]) => sum + above, 0)
    const isCount = parts[0]?.[1] === null
    const denominator = parts.reduce((sum, [, below]) => sum + (below ?? 0), 0)
    whole[name] = isCount ? numerator : denominator > 0 ? numerator / denominator : null
    ci95[name] = isCount ? halfWidthOfSum(parts.map(([above]) => above)) : denominator > 0 ? halfWidthOfRatio(parts as [number, number][], numerator, denominator) : null
  }
  return { ...(whole as unknown as Measures), ci95: ci95 as unknown as Measures }
}

function halfWidthOfSum(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return studentT(values.length - 1) * Math.sqrt(values.length) * deviation(values.map((value) => value - mean))
}

/** Of a ratio of sums, by its linear part (the ratio estimator): batches with more calls weigh more. */
function halfWidthOfRatio(parts: readonly [number, number][], numerator: number, denominator: number): number {
  const ratio = numerator / denominator
  const meanBelow = denominator / parts.length
  return (studentT(parts.length - 1) * deviation(parts.map(([above, below]) => above - ratio * below))) / (meanBelow * Math.sqrt(parts.length))
}

/** Standard deviation of values whose mean is 0 (one degree of freedom is spent on that mean). */
function deviation(centred: readonly number[]): number {
  return Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0) / (centred.length - 1))
}

/** 97.5 % quantile of Student's t (Abramowitz and Stegun 26.7.5, four terms): right to three places from 5 degrees of freedom on. */
function studentT(freedom: number): number {
  const z = 1.959963984540054
  const terms = [
    z,
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ]
  return terms.reduce((sum, term, power) => sum + term / freedom ** power, 0)
}
