/**
 * When a person of a simulated day is there. A break keeps its length: someone who is still talking when it should
 * begin goes when the call is over and comes back that much later, as people do. If breaks ended by the clock instead,
 * a busy day would talk them away, and with them much of what made callers wait.
 */
import type { Working } from '@ledgerline/adapters/telephony/simulator/agents.ts'

/** Someone with a break ahead looks at the plan again at least this often while talking. */
const LOOK_MS = 60_000

export class Attendance {
  /** From coming to leaving. */
  readonly #work: readonly Working[]
  /** Breaks that have not begun, by their planned start. */
  readonly #ahead: Working[]
  /** The last break that began, with those that followed it at once. */
  #resting: Working | null = null
  #busy = false
  /** When the last call was over. */
  #freeSince = Number.NEGATIVE_INFINITY

  constructor(work: readonly Working[], breaks: readonly Working[]) {
    this.#work = work
    this.#ahead = breaks.toSorted((a, b) => a.from - b.from)
  }

  /** The person has a call or its wrap-up from a moment on, or is done with it. */
  turn(busy: boolean, at: number): void {
    this.#begin(at)
    if (this.#busy && !busy) this.#freeSince = at
    this.#busy = busy
    this.#begin(at)
  }

  /** Does a break begin as soon as the person is done with a call? */
  isDue(now: number): boolean {
    return this.#due(now) > 0
  }

  /** The stretches of work, as they stand at a moment. */
  working(now: number): Working[] {
    this.#begin(now)
    const dueMs = this.#busy ? lengthOf(this.#ahead.slice(0, this.#due(now))) : 0
    const due = dueMs > 0 ? [{ from: now, to: now + Math.max(LOOK_MS, dueMs) }] : []
    // What comes after the next one is asked for again when that is over.
    const next = this.#ahead[this.#due(now)]
    const later = next ? [after(this.#resting, next)] : []
    return without(this.#work, joined([...(this.#resting ? [this.#resting] : []), ...due, ...later]))
  }

  /**
   * Someone who is free leaves when it is time, or stays away longer. When a break began follows from its plan and from
   * when the person was free, not from when somebody looked: otherwise a break that lay in another's time would be
   * taken twice.
   */
  #begin(now: number): void {
    if (this.#busy) return
    for (const next of this.#ahead.splice(0, this.#due(now))) {
      const from = Math.max(next.from, this.#freeSince)
      const rest = after(this.#resting, { from, to: from + next.to - next.from })
      this.#resting = this.#resting && rest.from === this.#resting.to ? { from: this.#resting.from, to: rest.to } : rest
    }
  }

  /** How many breaks should have begun. */
  #due(now: number): number {
    const later = this.#ahead.findIndex(({ from }) => from > now)
    return later === -1 ? this.#ahead.length : later
  }
}

/** A break begins when the previous one is over, and keeps its length. */
function after(before: Working | null, { from, to }: Working): Working {
  const begin = Math.max(from, before?.to ?? from)
  return { from: begin, to: begin + to - from }
}

/** Stretches that touch become one. */
function joined(stretches: readonly Working[]): Working[] {
  const one: Working[] = []
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = one.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else one.push({ from, to })
  }
  return one
}

/** What remains of stretches without others; both in order, each without overlaps. */
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
