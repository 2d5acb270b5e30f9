/**
 * Clocks that run: the machine's, and one that runs N times as fast from a moment of its own (a demo
 * replays a day of 1999 in two hours).
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { Agenda } from './agenda.ts'
import { MachineClock } from './machine.ts'

/** Longest pause that a timer of the platform takes, ms (2^31 − 1, some 24 days). */
const LONGEST_TIMER_MS = 0x7fff_ffff

/** The machine's clock. */
export const realClock: Clock = new MachineClock()

/**
 * A clock that starts at a chosen moment and runs `speed` times as fast as the machine's. It never
 * goes back, and can be moved forward over a stretch in which nothing happens (a night).
 */
export class ScaledClock implements Clock {
  readonly speed: number
  readonly #agenda = new Agenda()
  #startedAt: number
  #realStart: number
  #timer: NodeJS.Timeout | null = null
  #closed = false

  /** @param start UTC ms that it shows first; @param speed its seconds per real second, above 0 */
  constructor(start: number, speed: number) {
    if (!(speed > 0)) throw new RangeError(`speed ${speed}: a clock runs forward`)
    this.speed = speed
    this.#startedAt = start
    this.#realStart = performance.now()
  }

  now(): number {
    return Math.floor(this.#startedAt + (performance.now() - this.#realStart) * this.speed)
  }

  at(at: number, wake: () => void): () => void {
    if (this.#closed) return () => {}
    const cancel = this.#agenda.add(Math.ceil(at), wake)
    this.#arm()
    return cancel
  }

  /** Moves forward to a moment; what is due until then is woken, in order, as soon as the process is free. Never goes back. */
  skipTo(at: number): void {
    if (at <= this.now()) return
    this.#startedAt = at
    this.#realStart = performance.now()
    this.#arm()
  }

  /** Wakes nobody any more. */
  close(): void {
    this.#closed = true
    this.#agenda.clear()
    if (this.#timer) clearTimeout(this.#timer)
  }

  #arm(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const next = this.#agenda.next()
    if (next === null) return
    const pause = Math.max(0, (next - this.now()) / this.speed)
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
