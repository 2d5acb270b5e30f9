/**
 * The machine's clock, as far as it can be trusted: it follows the time of day, but never goes back.
 * When somebody sets the time of day back, it goes on at nearly the pace of real time until that has
 * caught up; deadlines are met when they should be, and nothing lasts an hour longer than it was meant to.
 * Nor is it ever behind what it was told ({@link MachineClock.skipTo}): the ledger may have been written
 * by a machine whose time was ahead.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'

/** Longest pause that a timer of the platform takes, ms (2^31 − 1, some 24 days). */
const LONGEST_TIMER_MS = 0x7fff_ffff
/** How fast it goes while the time of day is behind it, so that that catches up. */
const SLOWED = 0.95

export interface MachineTime {
  /** The time of day, UTC ms; it may be set. */
  wall(): number
  /** A time that nobody sets, ms from an arbitrary moment. */
  steady(): number
  /** Calls back after a real while. Returns what cancels it. */
  after(ms: number, wake: () => void): () => void
}

const machine: MachineTime = {
  wall: () => Date.now(),
  steady: () => performance.now(),
  after(ms, wake) {
    const timer = setTimeout(wake, ms)
    return () => clearTimeout(timer)
  },
}

export class MachineClock implements Clock {
  readonly #time: MachineTime
  #shown = Number.NEGATIVE_INFINITY
  #steadyAt: number

  constructor(time: MachineTime = machine) {
    this.#time = time
    this.#steadyAt = time.steady()
  }

  now(): number {
    const steady = this.#time.steady()
    this.#shown = Math.max(this.#time.wall(), this.#shown + (steady - this.#steadyAt) * SLOWED)
    this.#steadyAt = steady
    return Math.floor(this.#shown)
  }

  at(at: number, wake: () => void): () => void {
    let cancel = (): void => {}
    // Looked at again when the timer fires: it counts another time than this clock.
    const due = (): void => {
      if (this.now() >= at) wake()
      else arm()
    }
    const arm = (): void => {
      cancel = this.#time.after(Math.min(Math.max(0, at - this.now()), LONGEST_TIMER_MS), due)
    }
    arm()
    return () => cancel()
  }

  skipTo(at: number): void {
    if (at > this.now()) this.#shown = at
  }
}
