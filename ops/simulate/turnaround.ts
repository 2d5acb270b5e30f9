/**
 * How long people take until they are free again after a service, estimated from gaps of which some are known exactly
 * and others only by bounds on their length (interval-censored; Turnbull, "The empirical distribution function with
 * arbitrarily grouped, censored and truncated data", JRSS B 1976). Every gap that is not known exactly gets a length
 * drawn from the distribution between its own bounds.
 *
 * The lengths mix two things: what belongs to a call (the phone, a note written up) and lasts seconds, and what belongs
 * to a person's day (a break, other work) and lasts minutes. They are separated where the logarithms of the known
 * lengths split best into two classes (Otsu 1979), so that the day itself says what a break is.
 */
import type { Working } from '@ledgerline/adapters/telephony/simulator/agents.ts'
import type { Dice } from '@ledgerline/core/kernel/clock.ts'
import type { Gap } from './day-on-record.ts'

/** What people did between their calls on one imagined day: as it was if that is known, else as it may have been. */
export interface Between {
  /** Each person's lengths after a call, ascending, ms. */
  turnaroundsMs: ReadonlyMap<string, readonly number[]>
  /** Those of all people, ascending, ms. */
  allMs: readonly number[]
  /** When someone was not free yet after a call: the stretches behind the turnaround lengths. */
  turning: readonly Working[]
  /** Each person's breaks, in order. */
  breaks: ReadonlyMap<string, readonly Working[]>
}

/** After this many rounds the estimate hardly moves any more. */
const ROUNDS = 50

export class Turnaround {
  /** A longer gap belongs to a person's day, ms. */
  readonly breakFromMs: number
  readonly #gaps: readonly Gap[]
  /** Known lengths, ascending, and how much of the distribution lies below each. */
  readonly #lengths: readonly number[]
  readonly #below: readonly number[]

  constructor(gaps: readonly Gap[]) {
    this.#gaps = gaps
    const known = gaps.filter((gap) => gap.known).map(({ from, to }) => to - from)
    this.breakFromMs = parting(known)
    this.#lengths = [...new Set(known)].sort((a, b) => a - b)
    this.#below = estimate(
      this.#lengths,
      gaps.map((gap) => this.#range(gap)),
    )
  }

  /** What may have been. @param throwOfDice one for each gap that is not known, in [0, 1) */
  drawn(throwOfDice: Dice): Between {
    const turnarounds = new Map<string, number[]>()
    const turning: Working[] = []
    const breaks = new Map<string, Working[]>()
    for (const gap of this.#gaps) {
      const throwOf = throwOfDice()
      const lastedMs = gap.known ? gap.to - gap.from : this.#between(gap, throwOf)
      const spent = { from: gap.from, to: gap.from + lastedMs }
      if (lastedMs > this.breakFromMs) pushTo(breaks, gap.agentId, spent)
      else {
        pushTo(turnarounds, gap.agentId, lastedMs)
        turning.push(spent)
      }
    }
    for (const lengths of turnarounds.values()) lengths.sort((a, b) => a - b)
    return {
      turnaroundsMs: turnarounds,
      allMs: [...turnarounds.values()].flat().sort((a, b) => a - b),
      turning,
      breaks,
    }
  }

  /** A length between the bounds of a gap, as often as the distribution has it. */
  #between(gap: Gap, throwOf: number): number {
    const [low, high] = this.#range(gap)
    const [below, upTo] = [this.#below[low] ?? 1, this.#below[high] ?? 1]
    // Nobody was ever seen to take that long: no longer than there is evidence for.
    if (high <= low || upTo - below <= 1e-12) return Math.min(gap.leastMs, gap.to - gap.from)
    const target = below + throwOf * (upTo - below)
    let index = low
    while (index < high - 1 && this.#below[index + 1]! <= target) index++
    return this.#lengths[index]!
  }

  /** The known lengths a gap may have had: from the first index up to, but not including, the second. */
  #range({ from, to, leastMs, known }: Gap): readonly [number, number] {
    const high = countUpTo(this.#lengths, to - from)
    return known ? [high - 1, high] : [leastMs === 0 ? 0 : countUpTo(this.#lengths, leastMs), high]
  }
}

/** How much of the distribution lies below each length: the self-consistent estimate from ranges of them. */
function estimate(lengths: readonly number[], ranges: readonly (readonly [number, number])[]): number[] {
  const count = lengths.length
  const times = new Map<string, { low: number; high: number; times: number }>()
  for (const [low, high] of ranges) {
    if (high <= low) continue
    const same = times.get(`${low} ${high}`)
    if (same) same.times++
    else times.set(`${low} ${high}`, { low, high, times: 1 })
  }
  let share = lengths.map(() => 1 / count)
  let below = sumsOf(share)
  for (let round = 0; round < ROUNDS; round++) {
    const slope = new Array<number>(count + 1).fill(0)
    for (const { low, high, times: often } of times.values()) {
      const mass = below[high]! - below[low]!
      if (mass <= 0) continue
      slope[low]! += often / mass
      slope[high]! -= often / mass
    }
    let level = 0
    const next = share.map((each, index) => each * (level += slope[index]!))
    const all = next.reduce((sum, each) => sum + each, 0)
    if (all <= 0) break
    share = next.map((each) => each / all)
    below = sumsOf(share)
  }
  return below
}

/**
 * Where the logarithms of some lengths split best into two classes: the variance between these is greatest. In ms;
 * infinite if there are not two.
 */
function parting(lengthsMs: readonly number[]): number {
  const logs = lengthsMs.map((ms) => Math.log(Math.max(1000, ms))).sort((a, b) => a - b)
  const sum = logs.reduce((all, each) => all + each, 0)
  let [best, at, before] = [0, Number.POSITIVE_INFINITY, 0]
  for (let index = 1; index < logs.length; index++) {
    before += logs[index - 1]!
    if (logs[index] === logs[index - 1]) continue
    const apart = before / index - (sum - before) / (logs.length - index)
    const between = index * (logs.length - index) * apart ** 2
    if (between > best) [best, at] = [between, Math.exp((logs[index - 1]! + logs[index]!) / 2)]
  }
  return at
}

function sumsOf(shares: readonly number[]): number[] {
  const sums = [0]
  for (const share of shares) sums.push(sums.at(-1)! + share)
  return sums
}

/** How many of some ascending numbers are at most this large. */
function countUpTo(rising: readonly number[], most: number): number {
  let low = 0
  let high = rising.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rising[middle]! <= most) low = middle + 1
    else high = middle
  }
  return low
}

function pushTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key)
  if (list) list.push(item)
  else lists.set(key, [item])
}
