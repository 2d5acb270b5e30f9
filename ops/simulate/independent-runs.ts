/** Measures of several independent runs of the same day, and their 95 % intervals. */
import { studentT, wilson, type Part } from './intervals.ts'

/**
 * A measure and the half-width of its 95 % interval; null if the runs cannot tell it, because all of them gave the
 * same.
 */
export interface Estimate {
  value: number
  half: number | null
}

/** The mean of the runs' values. */
export function meanOf(values: readonly number[]): Estimate {
  const value = values.reduce((sum, each) => sum + each, 0) / values.length
  return { value, half: halfOf(values.map((each) => each - value)) }
}

/**
 * A ratio of sums over the runs, its interval by the linear part (the ratio estimator): runs with more calls weigh
 * more. Null if there is nothing to divide by.
 */
export function ratioOf(parts: readonly Part[]): Estimate | null {
  const above = parts.reduce((sum, [each]) => sum + each, 0)
  const below = parts.reduce((sum, [, each]) => sum + each, 0)
  if (below <= 0) return null
  const value = above / below
  const half = halfOf(parts.map(([over, under]) => over - value * under))
  return { value, half: half === null ? null : half / (below / parts.length) }
}

/**
 * The same for a share of cases. If none or all of them were seen in every run, the uncertainty is that of as many
 * cases in one run.
 */
export function shareOf(parts: readonly Part[]): Estimate | null {
  const ratio = ratioOf(parts)
  if (!ratio || ratio.half !== null) return ratio
  const cases = parts.reduce((sum, [, each]) => sum + each, 0) / parts.length
  return { value: ratio.value, half: wilson(Math.min(1, Math.max(0, ratio.value)), Math.max(1, cases)) }
}

/** Half-width of the interval of a mean, from deviations that sum to 0; null if there are none. */
function halfOf(deviations: readonly number[]): number | null {
  const spread = Math.sqrt(deviations.reduce((sum, each) => sum + each * each, 0) / (deviations.length - 1))
  return spread > 0 ? (studentT(deviations.length - 1) * spread) / Math.sqrt(deviations.length) : null
}
