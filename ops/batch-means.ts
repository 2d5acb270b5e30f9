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
    if (parts[0]?.[1] === null) {
      const { value, half } = meanOf(parts.map(([above]) => above))
      whole[name] = value * parts.length
      ci95[name] = half * parts.length
    } else {
      const { value, half } = ratioOf(parts as [number, number][])
      whole[name] = value
      ci95[name] = half
    }
  }
  return { ...(whole as unknown as Measures), ci95: ci95 as unknown as Measures }
}

/** A measure and the half-width of its 95 % interval. */
export interface Estimate {
  value: number
  half: number
}

/** The mean of independent values. */
export function meanOf(values: readonly number[]): Estimate {
  const value = values.reduce((sum, each) => sum + each, 0) / values.length
  return { value, half: (studentT(values.length - 1) * deviation(values.map((each) => each - value))) / Math.sqrt(values.length) }
}

/**
 * A ratio of sums over independent parts, its interval by the linear part (the ratio estimator): parts with more
 * calls weigh more. Null where there is nothing to divide by.
 */
export function ratioOf(parts: readonly (readonly [above: number, below: number])[]): Estimate | { value: null; half: null } {
  const above = parts.reduce((sum, [each]) => sum + each, 0)
  const below = parts.reduce((sum, [, each]) => sum + each, 0)
  if (below <= 0) return { value: null, half: null }
  const value = above / below
  const spread = deviation(parts.map(([over, under]) => over - value * under))
  return { value, half: (studentT(parts.length - 1) * spread) / ((below / parts.length) * Math.sqrt(parts.length)) }
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
