/**
 * The figures of a day, recorded or simulated, by one set of definitions (`metrics.md`): in total, by half hour of the
 * tenant's clock, by queue. A call counts in the half hour in which it entered the queue.
 */
import { slice, startOf } from '@ledgerline/core/kernel/time.ts'
import { abandonRate, serviceLevel, sumOf, type Ratio } from '@ledgerline/projections/reports/ratios.ts'
import type { CallOnRecord } from './day-on-record.ts'
import { meanOf, ratioOf, shareOf, type Estimate } from './independent-runs.ts'

/** Ratios are fractions of 1; null if there was nothing to divide by. */
export interface Figures {
  offered: number
  answered: number
  abandoned: number
  /** Left the queue in another way: timed out, by key, no agent, overflowed. */
  other: number
  /** Answered within the queue's threshold, as a share of answered and abandoned, short abandons left out. */
  service_level: number | null
  /** Short abandons left out of numerator and denominator. */
  abandon_ratio: number | null
  /** Mean wait of answered calls, seconds. */
  asa_s: number | null
  /** Seconds, over everybody who waited. */
  longest_wait_s: number | null
  /**
   * Talk, hold and wrap-up, as a share of these plus ready; agents serve several queues, so a queue has none of its
   * own.
   */
  occupancy: number | null
}

/** A day as it went: the same shape whether recorded or simulated. */
export interface Lived {
  calls: readonly Pick<CallOnRecord, 'at' | 'queueCode' | 'waitMs' | 'outcome' | 'inTarget' | 'short'>[]
  occupied: Occupied
}

/** A measure of several runs with the half-width of its 95 % interval; none if all runs gave the same. */
export type Estimated = { [F in keyof Figures]: Estimate | null }

const HALF_HOUR_MS = 1_800_000

/** What is counted for a group of calls; figures follow from it. */
interface Count {
  offered: number
  answered: number
  abandoned: number
  other: number
  short: number
  inTarget: number
  waitMs: number
  longestMs: number
  busyMs: number
  readyMs: number
}

const nothing: Count = {
  offered: 0,
  answered: 0,
  abandoned: 0,
  other: 0,
  short: 0,
  inTarget: 0,
  waitMs: 0,
  longestMs: -1,
  busyMs: 0,
  readyMs: 0,
}

/** A metric of the house over the counts of a simulation. */
function partsOf(ratio: Ratio<'offered' | 'answered' | 'abandoned' | 'shortAbandoned' | 'answeredInTarget'>) {
  return (count: Count) => {
    const sums = { ...count, shortAbandoned: count.short, answeredInTarget: count.inTarget }
    return [sumOf(ratio.above, sums), sumOf(ratio.below, sums)] as const
  }
}

/** What a figure is made of. A share is a ratio of cases to all cases, a count such a share of the calls offered. */
type Made = Plain | Divided
type Divided = { as: 'share' | 'ratio'; of: (count: Count) => readonly [above: number, below: number] }
type Plain = { as: 'count' | 'value'; of: (count: Count) => number | null }

const FIGURES: { [F in keyof Figures]: Made } = {
  // Given with the callers, and the same in every run.
  offered: { as: 'value', of: (count) => count.offered },
  answered: { as: 'count', of: (count) => count.answered },
  abandoned: { as: 'count', of: (count) => count.abandoned },
  other: { as: 'count', of: (count) => count.other },
  service_level: { as: 'share', of: partsOf(serviceLevel) },
  abandon_ratio: { as: 'share', of: partsOf(abandonRate) },
  asa_s: { as: 'ratio', of: (count) => [count.waitMs / 1000, count.answered] },
  longest_wait_s: { as: 'value', of: (count) => (count.longestMs < 0 ? null : count.longestMs / 1000) },
  occupancy: { as: 'ratio', of: (count) => [count.busyMs, count.busyMs + count.readyMs] },
}

/** The counts of one day: in total, by start of the half hour, by queue. */
export interface Counts {
  total: Count
  halfHours: ReadonlyMap<number, Count>
  queues: ReadonlyMap<string, Count>
}

export function countsOf({ calls, occupied }: Lived, zone: string): Counts {
  const total = { ...nothing }
  const halfHours = new Map<number, Count>()
  const queues = new Map<string, Count>()
  const of = <K>(map: Map<K, Count>, key: K): Count => {
    let count = map.get(key)
    if (!count) map.set(key, (count = { ...nothing }))
    return count
  }
  for (const { at, queueCode, waitMs, outcome, inTarget, short } of calls) {
    for (const count of [total, of(halfHours, startOf(at, HALF_HOUR_MS, zone)), of(queues, queueCode)]) {
      count.offered++
      count[outcome]++
      if (outcome === 'answered') count.waitMs += waitMs
      if (inTarget) count.inTarget++
      if (short) count.short++
      count.longestMs = Math.max(count.longestMs, waitMs)
    }
  }
  for (const [startsAt, { busyMs, readyMs }] of occupied.halfHours) {
    for (const count of [total, of(halfHours, startsAt)]) {
      count.busyMs += busyMs
      count.readyMs += readyMs
    }
  }
  return { total, halfHours, queues }
}

/** The figures of one day. */
export function figuresOf(count: Count | undefined): Figures {
  return mapFigures((figure) => valueOf(figure, count)) as Figures
}

/** The same for several runs: counts by their mean, ratios as ratios of sums. */
export function estimated(runs: readonly (Count | undefined)[]): Estimated {
  return mapFigures((figure) =>
    estimateOf(
      figure,
      runs.map((count) => count ?? nothing),
    ),
  ) as Estimated
}

/**
 * Half-widths within which 95 % of single days lie, as far as these runs show: the uncertainty of the mean, plus the
 * variation between days (a prediction interval). Null if the runs do not show it.
 */
export function rangeOfDays(runs: readonly (Count | undefined)[]): { [F in keyof Figures]: number | null } {
  return mapFigures((figure) => {
    const half =
      estimateOf(
        figure,
        runs.map((count) => count ?? nothing),
      )?.half ?? null
    return half === null ? null : half * Math.sqrt(runs.length + 1)
  })
}

/** What the second setup does to each figure, run by run on the same callers, so that their luck cancels out. */
export function differenceOf(before: readonly (Count | undefined)[], after: readonly (Count | undefined)[]): Estimated {
  return mapFigures((figure) => {
    const pairs = before.map((count, run) => [valueOf(figure, count), valueOf(figure, after[run])])
    const differences = pairs.flatMap(([one, other]) => (one === null || other === null ? [] : [other! - one!]))
    return differences.length < pairs.length ? null : meanOf(differences)
  }) as Estimated
}

function mapFigures<T>(make: (figure: Made) => T): { [F in keyof Figures]: T } {
  return Object.fromEntries(Object.entries(FIGURES).map(([name, figure]) => [name, make(figure)])) as {
    [F in keyof Figures]: T
  }
}

function valueOf(figure: Made, count: Count = nothing): number | null {
  const made = figure.of(count)
  if (made === null || typeof made === 'number') return made
  return made[1] > 0 ? made[0] / made[1] : null
}

function estimateOf(figure: Made, runs: readonly Count[]): Estimate | null {
  if (figure.as === 'share' || figure.as === 'ratio') return dividedEstimate(figure as Divided, runs)
  return plainEstimate(figure as Plain, runs)
}

function dividedEstimate(figure: Divided, runs: readonly Count[]): Estimate | null {
  const parts = runs.map((count) => figure.of(count))
  return figure.as === 'share' ? shareOf(parts) : ratioOf(parts)
}

function plainEstimate(figure: Plain, runs: readonly Count[]): Estimate | null {
  const values = runs.map((count) => figure.of(count)).filter((value) => value !== null)
  if (values.length < runs.length) return null
  const mean = meanOf(values)
  if (figure.as === 'value' || mean.half !== null) return mean
  const offered = runs.reduce((sum, count) => sum + count.offered, 0) / runs.length
  const half = shareOf(values.map((value, run) => [value, runs[run]!.offered]))?.half ?? null
  return { value: mean.value, half: half === null ? null : half * offered }
}

/** How agents' time was spent, by half hour. */
export class Occupied {
  readonly #day: { from: number; to: number; zone: string }
  readonly #spent = new Map<number, { busyMs: number; readyMs: number; thereMs: number }>()
  /** What each agent is doing, and since when. */
  readonly #doing = new Map<string, { what: 'busy' | 'ready' | 'gone'; since: number }>()

  constructor(day: { from: number; to: number; zone: string }) {
    this.#day = day
  }

  /** An agent does something else from a moment on. */
  turn(agentId: string, what: 'busy' | 'ready' | 'gone', at: number): void {
    const doing = this.#doing.get(agentId)
    if (doing?.what === what) return
    if (doing && doing.what !== 'gone') this.add(doing.what, doing.since, at)
    this.#doing.set(agentId, { what, since: at })
  }

  /** Nobody does anything any longer. */
  close(at: number): void {
    for (const agentId of this.#doing.keys()) this.turn(agentId, 'gone', at)
  }

  /** Time of one agent; `there`: busy or ready; how much of it was busy is known separately. */
  add(what: 'busy' | 'ready' | 'there', from: number, to: number): void {
    const { from: first, to: last, zone } = this.#day
    if (Math.min(to, last) <= Math.max(from, first)) return
    for (const { startsAt, ms } of slice(Math.max(from, first), Math.min(to, last), HALF_HOUR_MS, zone)) {
      let spent = this.#spent.get(startsAt)
      if (!spent) this.#spent.set(startsAt, (spent = { busyMs: 0, readyMs: 0, thereMs: 0 }))
      spent[`${what}Ms`] += ms
    }
  }

  /** By start of the half hour. */
  get halfHours(): Iterable<[number, { busyMs: number; readyMs: number }]> {
    return [...this.#spent].map(([startsAt, { busyMs, readyMs, thereMs }]) => [
      startsAt,
      { busyMs, readyMs: readyMs + Math.max(0, thereMs - busyMs) },
    ])
  }
}
