/**
 * Measures of a queueing system and their 95 % intervals, from counts in short batches of its time.
 * `simulate/intervals.ts` derives an interval from batches that depend on each other; this file defines what is
 * measured, and what is known of shares where the spread of batches says nothing.
 */
import { independentFrom, intervalOf, seriesOf, timesLonger, wilson, type Part, type Series } from './intervals.ts'

/** The counts of one batch. Calls belong to the batch in which they arrived. */
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

/** Ratios are fractions of 1; null if there was nothing to divide by. */
export interface Measures {
  offered: number
  answered: number
  abandoned: number
  waited_ratio: number | null
  /** Answered within 20 s, as a share of offered. */
  service_level_20: number | null
  /** Mean wait of answered calls, seconds. */
  asa_s: number | null
  /** Time talked, as a share of the time that all agents were there. */
  occupancy: number | null
  abandon_ratio: number | null
}

export interface Measured extends Measures {
  /** Half-widths of the 95 % intervals, by the same names; null if batches depend on each other too much for one. */
  ci95: Measures
  /** How many times as long the whole would have to be for all of them; null if nothing is missing. */
  timesLonger: number | null
}

/** A wait's interval is stretched by no more than this share of it. */
const MOST_OF_A_WAIT = 0.5

/**
 * Each measure as a numerator and a denominator, so that a whole is the ratio of sums; for counts the denominators add
 * up to 1.
 */
const PARTS: { [M in keyof Measures]: (batch: Batch, of: { capacityMs: number; batches: number }) => Part } = {
  offered: (batch, { batches }) => [batch.offered, 1 / batches],
  answered: (batch, { batches }) => [batch.answered, 1 / batches],
  abandoned: (batch, { batches }) => [batch.abandoned, 1 / batches],
  waited_ratio: (batch) => [batch.waited, batch.offered],
  service_level_20: (batch) => [batch.inTarget, batch.offered],
  asa_s: (batch) => [batch.waitMs / 1000, batch.answered],
  occupancy: (batch, { capacityMs }) => [batch.busyMs, capacityMs],
  abandon_ratio: (batch) => [batch.abandoned, batch.offered],
}

/** Halves are null if there is no interval, values if there is nothing to divide by. */
interface Found {
  value: number | null
  half: number | null
}

/**
 * The measures of all batches together.
 * @param stretches independent stretches of time, each a row of batches
 */
export function batchMeans(
  stretches: readonly (readonly Batch[])[],
  { agents, batchMs }: { agents: number; batchMs: number },
): Measured {
  const batches = stretches.flat()
  const of = { capacityMs: agents * batchMs, batches: batches.length }
  const refused: Series[] = []
  const found = Object.fromEntries(
    Object.entries(PARTS).map(([name, part]): [string, Found] => {
      const series = seriesOf(stretches.map((stretch) => stretch.map((batch) => part(batch, of))))
      if (!series) return [name, { value: null, half: null }]
      const size = independentFrom(series)
      if (size !== null) return [name, intervalOf(series, size)]
      refused.push(series)
      return [name, { value: series.value, half: null }]
    }),
  ) as Record<keyof Measures, Found>

  const busyMs = batches.reduce((sum, batch) => sum + batch.busyMs, 0)
  const [offered, answered] = [found.offered.value ?? 0, found.answered.value ?? 0]
  const talkMs = answered > 0 ? busyMs / answered : batchMs
  // Callers who come within one talk of each other meet nearly the same queue, and count as one case.
  const cases = offered / (1 + (2 * busyMs) / (batches.length * batchMs))
  for (const name of ['waited_ratio', 'service_level_20', 'abandon_ratio'] as const)
    found[name] = shareOf(found[name], offered, cases)
  found.occupancy = shareOf(found.occupancy, Number.POSITIVE_INFINITY, (batches.length * batchMs) / (2 * talkMs))
  found.asa_s = waitOf(found.asa_s, found.waited_ratio, talkMs / 1000)
  // A count that no batch saw is known as well as its share of all callers.
  if (found.abandoned.half === 0) {
    const { half } = found.abandon_ratio
    found.abandoned = { value: found.abandoned.value, half: half === null ? null : half * offered }
  }

  const pick = (of: keyof Found) =>
    Object.fromEntries(Object.entries(found).map(([name, each]) => [name, each[of]])) as unknown as Measures
  return {
    ...pick('value'),
    ci95: pick('half'),
    timesLonger: refused.length === 0 ? null : Math.max(...refused.map(timesLonger)),
  }
}

/**
 * A share is known no better than from this many independent cases: for none, for all, or for the same in every batch,
 * the spread of batches would suggest that there is no doubt at all.
 */
function shareOf({ value, half }: Found, most: number, cases: number): Found {
  if (value === null || half === null) return { value, half }
  const share = Math.min(1, Math.max(0, value))
  const seen = half > 0 && share > 0 && share < 1 ? Math.min(most, (share * (1 - share)) / (half / 2) ** 2) : cases
  return { value, half: Math.max(half, wilson(share, Math.max(1, seen))) }
}

/**
 * A mean wait is known no better than the share of callers who waited. Its spread grows with its length, so that one
 * measured too short also looks too certain: the interval reaches as far as that of a correspondingly longer wait. If
 * nobody waited, a wait is assumed to last as long as a talk.
 */
function waitOf({ value, half }: Found, waited: Found, talkS: number): Found {
  if (value === null || half === null || waited.half === null) return { value, half: null }
  if (value === 0 || !waited.value) return { value, half: waited.half * talkS }
  const own = Math.max(half, (value * waited.half) / waited.value)
  return { value, half: own / (1 - Math.min(MOST_OF_A_WAIT, own / value)) }
}
