/**
 * Clocks that run: the machine's, and one that runs N times as fast from a chosen moment (a demo replays a day of 1999
 * in two hours).
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { Agenda } from './agenda.ts'
import { MachineClock } from './machine.ts'

/** Longest timer that the platform supports, ms (2^31 − 1, some 24 days). */
const LONGEST_TIMER_MS = 0x7fff_ffff

/** The machine's clock. */
export const realClock = new MachineClock()

export interface ScaledClockOptions {
  /**
   * The most machine time by which it advances at once, ms: whatever is due within it runs, and a process that was
   * blocked does not find an hour's work at once. Default: everything that has passed.
   */
  longestStepMs?: number
  /** Milliseconds that nobody sets. */
  steady?: () => number
}

/** A clock with a longest step looks at itself this often within one. */
const LOOKS_A_STEP = 4

/**
 * A clock that starts at a chosen moment and runs `speed` times as fast as the machine's, or slower for a while
 * ({@link ScaledClock.pace}). It never goes back, and can be moved forward over a stretch in which nothing happens
 * (a night).
 */
export class ScaledClock implements Clock {
  readonly speed: number
  readonly #agenda = new Agenda()
  readonly #steady: () => number
  readonly #longestStepMs: number
  readonly #looking: NodeJS.Timeout | null
  #shown: number
  #realAt: number
  #pace: number
  #ran = 0
  #timer: NodeJS.Timeout | null = null
  #closed = false

  /** @param start the first UTC ms it shows; @param speed its seconds per real second, above 0 */
  constructor(
    start: number,
    speed: number,
    { longestStepMs = Infinity, steady = () => performance.now() }: ScaledClockOptions = {},
  ) {
    if (!(speed > 0)) throw new RangeError(`speed ${speed}: a clock runs forward`)
    this.speed = speed
    this.#pace = speed
    this.#steady = steady
    this.#longestStepMs = longestStepMs
    this.#shown = start
    this.#realAt = steady()
    this.#looking =
      longestStepMs === Infinity ? null : setInterval(() => this.now(), longestStepMs / LOOKS_A_STEP).unref()
  }

  now(): number {
    const real = this.#steady()
    const step = Math.min(real - this.#realAt, this.#longestStepMs) * this.#pace
    this.#realAt = real
    this.#shown += step
    this.#ran += step
    return Math.floor(this.#shown)
  }

  /** How fast it runs at present: `speed`, unless it was slowed down. */
  get pace(): number {
    return this.#pace
  }

  set pace(pace: number) {
    if (!(pace > 0)) throw new RangeError(`pace ${pace}: a clock runs forward`)
    this.now()
    this.#pace = pace
    this.#arm()
  }

  /** How much of its time it has run through, ms; stretches it skipped do not count. */
  get ran(): number {
    this.now()
    return this.#ran
  }

  /** Since when something overdue has been waiting, ms of the machine's time; 0 while nothing is. */
  get lateMs(): number {
    const next = this.#agenda.next()
    return next === null ? 0 : Math.max(0, this.now() - next) / this.#pace
  }

  at(at: number, wake: () => void): () => void {
    if (this.#closed) return () => {}
    const cancel = this.#agenda.add(Math.ceil(at), wake)
    this.#arm()
    return cancel
  }

  /**
   * Moves forward to a moment; everything due until then is woken, in order, as soon as the process is free. Never goes
   * back.
   */
  skipTo(at: number): void {
    if (at <= this.now()) return
    this.#shown = at
    this.#arm()
  }

  /** Stops waking anyone. */
  close(): void {
    this.#closed = true
    this.#agenda.clear()
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#looking) clearInterval(this.#looking)
  }

  #arm(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const next = this.#agenda.next()
    if (next === null) return
    const pause = Math.max(0, (next - this.now()) / this.#pace)
    this.#timer = setTimeout(() => this.#wakeDue(), Math.min(pause, LONGEST_TIMER_MS))
  }

  #wakeDue(): void {
    this.#timer = null
    try {
      for (let wake = this.#agenda.take(this.now()); wake !== null; wake = this.#agenda.take(this.now())) wake()
    } finally {
      // A wake that throws must not take the others' deadlines with it.
      if (!this.#closed) this.#arm()
    }
  }
}
