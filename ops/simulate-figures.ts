/**
 * The figures of a day, recorded or simulated, by one set of definitions (`metrics.md`): in all, by half hour of
 * the tenant's clock, by queue. A call counts in the half hour in which it entered the queue.
 */
import { slice, startOf } from '@ledgerline/core/kernel/time.ts'
import { abandonRate, serviceLevel, sumOf, type Ratio } from '@ledgerline/projections/reports/ratios.ts'
import { meanOf, ratioOf, type Estimate } from './batch-means.ts'
import type { CallOnRecord } from './simulate-record.ts'

/** Ratios are fractions of 1; null where there was nothing to divide by. */
export interface Figures {
  offered: number
  answered: number
  abandoned: number
  /** Left the queue in another way: timed out, by key, no agent, overflowed. */
  other: number
  /** Answered within the queue's threshold, of answered and abandoned, short abandons left out. */
  service_level: number | null
  /** Short abandons left out above and below. */
  abandon_ratio: number | null
  /** Mean wait of answered calls, seconds. */
  asa_s: number | null
  /** Seconds, of all who waited. */
  longest_wait_s: number | null
  /** Talk, hold and wrap-up, of that and ready; agents serve several queues, so a queue has none of its own. */
  occupancy: number | null
}

/** A day as it went: the same shape whether it was recorded or simulated. */
export interface Lived {
  calls: readonly Pick<CallOnRecord, 'at' | 'queueCode' | 'waitMs' | 'outcome' | 'inTarget' | 'short'>[]
  occupied: Occupied
}

/** A measure of several runs with the half-width of its 95 % interval. */
export type Estimated = { [F in keyof Figures]: Estimate | null }

const HALF_HOUR_MS = 1_800_000

/** What is counted of some calls; figures follow from it. */
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

const nothing: Count = { offered: 0, answered: 0, abandoned: 0, other: 0, short: 0, inTarget: 0, waitMs: 0, longestMs: -1, busyMs: 0, readyMs: 0 }

/** A metric of the house over the counts of a simulation. */
function partsOf(ratio: Ratio<'offered' | 'answered' | 'abandoned' | 'shortAbandoned' | 'answeredInTarget'>) {
  return (count: Count) => {
    const sums = { ...count, shortAbandoned: count.short, answeredInTarget: count.inTarget }
    return [sumOf(ratio.above, sums), sumOf(ratio.below, sums)] as const
  }
}

/** What a figure is made of: a count, or a ratio of two. */
const FIGURES: { [F in keyof Figures]: (count: Count) => number | null | readonly [above: number, below: number] } = {
  offered: (count) => count.offered,
  answered: (count) => count.answered,
  abandoned: (count) => count.abandoned,
  other: (count) => count.other,
  service_level: partsOf(serviceLevel),
  abandon_ratio: partsOf(abandonRate),
  asa_s: (count) => [count.waitMs / 1000, count.answered],
  longest_wait_s: (count) => (count.longestMs < 0 ? null : count.longestMs / 1000),
  occupancy: (count) => [count.busyMs, count.busyMs + count.readyMs],
}

/** The counts of one day: in all, by start of the half hour, by queue. */
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
  return mapFigures((figure) => valueOf(figure(count ?? nothing))) as Figures
}

/** The same of several runs: counts by their mean, ratios as ratios of sums. */
export function estimated(runs: readonly (Count | undefined)[]): Estimated {
  return mapFigures((figure) => {
    const parts = runs.map((count) => figure(count ?? nothing))
    if (Array.isArray(parts[0])) {
      const { value, half } = ratioOf(parts as unknown as [number, number][])
      return value === null ? null : { value, half }
    }
    const values = (parts as (number | null)[]).filter((value) => value !== null)
    return values.length < runs.length ? null : meanOf(values)
  }) as Estimated
}

/** What the second setup does to each figure, run by run on the same callers, so that their luck cancels out. */
export function differenceOf(before: readonly (Count | undefined)[], after: readonly (Count | undefined)[]): Estimated {
  return mapFigures((figure) => {
    const pairs = before.map((count, run) => [valueOf(figure(count ?? nothing)), valueOf(figure(after[run] ?? nothing))])
    const differences = pairs.flatMap(([one, other]) => (one === null || other === null ? [] : [other! - one!]))
    return differences.length < pairs.length ? null : meanOf(differences)
  }) as Estimated
}

function mapFigures<T>(make: (figure: (count: Count) => number | null | readonly [number, number]) => T): { [F in keyof Figures]: T } {
  return Object.fromEntries(Object.entries(FIGURES).map(([name, figure]) => [name, make(figure)])) as { [F in keyof Figures]: T }
}

function valueOf(part: number | null | readonly [number, number]): number | null {
  if (part === null || typeof part === 'number') return part
  return part[1] > 0 ? part[0] / part[1] : null
}

/** How agents' time was spent, by half hour. */
export class Occupied {
  readonly #day: { from: number; to: number; zone: string }
  readonly #spent = new Map<number, { busyMs: number; readyMs: number; thereMs: number }>()
  /** What each agent does, and since when. */
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

  /** Nobody does anything any more. */
  close(at: number): void {
    for (const agentId of this.#doing.keys()) this.turn(agentId, 'gone', at)
  }

  /** Time of one agent; `there`: busy or ready, which of both follows from what he is known to have been busy. */
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
    return [...this.#spent].map(([startsAt, { busyMs, readyMs, thereMs }]) => [startsAt, { busyMs, readyMs: readyMs + Math.max(0, thereMs - busyMs) }])
  }
}
