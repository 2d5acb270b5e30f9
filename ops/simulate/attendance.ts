/**
 * When a person of a simulated day is there. A break keeps its length: whoever still talks when it should begin
 * goes when the call is over and comes back so much later, as people do. Breaks that ended by the clock instead
 * would be talked away on a busy day, and with them much of what made callers wait.
 */
import type { Working } from '@ledgerline/adapters/telephony/agents.ts'

/** Who has a break ahead while talking looks at the plan again after so long at the latest. */
const LOOK_MS = 60_000

export class Attendance {
  /** From coming to leaving. */
  readonly #work: readonly Working[]
  /** Breaks that have not begun, by their planned begin. */
  readonly #ahead: Working[]
  #resting: Working | null = null
  #busy = false

  constructor(work: readonly Working[], breaks: readonly Working[]) {
    this.#work = work
    this.#ahead = breaks.toSorted((a, b) => a.from - b.from)
  }

  /** The person has a call or its wrap-up from a moment on, or is done with it. */
  turn(busy: boolean, at: number): void {
    this.#begin(at)
    this.#busy = busy
    this.#begin(at)
  }

  /** The stretches of work, as they stand at a moment. */
  working(now: number): Working[] {
    this.#begin(now)
    const dueMs = this.#busy ? lengthOf(this.#due(now)) : 0
    const due = dueMs > 0 ? [{ from: now, to: now + Math.max(LOOK_MS, dueMs) }] : []
    // What comes after the next one is asked for again when that is over.
    const next = this.#ahead.find(({ from }) => from > now)
    const later = next ? [next] : []
    return without(this.#work, joined([...(this.#resting ? [this.#resting] : []), ...due, ...later]))
  }

  /** Whoever is free goes when it is time, or stays away longer. */
  #begin(now: number): void {
    if (this.#busy) return
    const due = this.#due(now)
    if (due.length === 0) return
    this.#ahead.splice(0, due.length)
    const from = this.#resting && this.#resting.to > now ? this.#resting.from : now
    const until = this.#resting && this.#resting.to > now ? this.#resting.to : now
    this.#resting = { from, to: until + lengthOf(due) }
  }

  #due(now: number): readonly Working[] {
    const due = this.#ahead.findIndex(({ from }) => from > now)
    return due === -1 ? [...this.#ahead] : this.#ahead.slice(0, due)
  }
}

/** Stretches that touch become one. */
export function joined(stretches: readonly Working[]): Working[] {
  const one: Working[] = []
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = one.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else one.push({ from, to })
  }
  return one
}

/** What is left of stretches without others; both in order, each without overlaps. */
export function without(stretches: readonly Working[], others: readonly Working[]): Working[] {
  return stretches.flatMap((stretch) => {
    const left: Working[] = []
    let { from } = stretch
    for (const other of others) {
      if (other.to <= from || other.from >= stretch.to) continue
      if (other.from > from) left.push({ from, to: other.from })
      from = Math.max(from, other.to)
    }
    if (from < stretch.to) left.push({ from, to: stretch.to })
    return left
  })
}

function lengthOf(stretches: readonly Working[]): number {
  return stretches.reduce((sum, { from, to }) => sum + to - from, 0)
}
