/**
 * The machine's clock, as far as it can be trusted: it follows the time of day, but never goes back.
 * When somebody sets the time of day back, it goes on at nearly the pace of real time until that has
 * caught up; deadlines are met when they should be, and nothing lasts an hour longer than it was meant to.
 * Nor is it behind what it was told ({@link MachineClock.skipTo}): the ledger may have been written
 * by a machine whose time was a little ahead.
 *
 * Forward it does not follow everything either. A time of day that leaps by more than {@link CLOCK_STRAYS_MS} while the
 * machine was neither asleep nor known to be behind is not believed: the clock goes on as if it had not leapt, and says so
 * ({@link MachineClock.heldMs}), until the time of day is set back, or somebody who has looked at it starts the process anew.
 * For the same reason a moment that somebody else wrote down moves it by no more than that: one wrong
 * reading would be in all later events.
 */
import { uptime } from 'node:os'
import { CLOCK_STRAYS_MS, type Clock } from '@ledgerline/core/kernel/clock.ts'

/** Longest pause that a timer of the platform takes, ms (2^31 − 1, some 24 days). */
const LONGEST_TIMER_MS = 0x7fff_ffff
/** How fast it goes while the time of day is behind it, so that that catches up. */
const SLOWED = 0.95

export interface MachineTime {
  /** The time of day, UTC ms; it may be set. */
  wall(): number
  /** A time that nobody sets, ms from an arbitrary moment. */
  steady(): number
  /** How long the machine has been asleep, ms from an arbitrary length; `steady` does not count that. Default: it never sleeps. */
  asleep?(): number
  /** Calls back after a real while. Returns what cancels it. */
  after(ms: number, wake: () => void): () => void
}

const machine: MachineTime = {
  wall: () => Date.now(),
  steady: () => performance.now(),
  asleep: () => uptime() * 1000 - performance.now(),
  after(ms, wake) {
    const timer = setTimeout(wake, ms)
    return () => clearTimeout(timer)
  },
}

export class MachineClock implements Clock {
  readonly #time: MachineTime
  #shown = Number.NEGATIVE_INFINITY
  #steadyAt: number
  /** What it would be had nobody set the time of day. */
  #undisturbed: number
  #asleep: number
  /** By how much of the time of day nobody believes. */
  #held = 0
  /** The latest moment that it was told of and did not skip to. */
  #told = Number.NEGATIVE_INFINITY

  constructor(time: MachineTime = machine) {
    this.#time = time
    this.#steadyAt = time.steady()
    this.#undisturbed = time.wall()
    this.#asleep = time.asleep?.() ?? 0
  }

  now(): number {
    const steady = this.#time.steady()
    const wall = this.#time.wall()
    const passed = steady - this.#steadyAt
    this.#steadyAt = steady
    this.#undisturbed += passed
    if (Math.abs(wall - this.#held - this.#undisturbed) > CLOCK_STRAYS_MS)
      this.#stepped(wall - this.#held - this.#undisturbed)
    const believed = wall - this.#held
    this.#shown = Math.max(believed, this.#shown + passed * SLOWED)
    // Set back it may be wrong as well, and come to where it was again: until it has been waited for.
    if (this.#shown === believed || Math.abs(believed - this.#undisturbed) <= CLOCK_STRAYS_MS)
      this.#undisturbed = believed
    return Math.floor(this.#shown)
  }

  /** How far the time of day is ahead of what it is taken for, ms; 0: it is believed. */
  get heldMs(): number {
    this.now()
    return this.#held
  }

  /** The time of day was set, or the machine has slept. */
  #stepped(step: number): void {
    const asleep = this.#time.asleep?.() ?? 0
    const slept = Math.max(0, asleep - this.#asleep)
    this.#asleep = asleep
    const set = step - slept
    this.#undisturbed += slept
    // Set back: as far as it was not believed, that is put right. Set forward: others may have said that it was behind.
    if (set < 0) this.#held = Math.max(0, this.#held + set)
    else if (set > CLOCK_STRAYS_MS && this.#told <= this.#shown + CLOCK_STRAYS_MS) this.#held += set
    if (this.#held <= CLOCK_STRAYS_MS) this.#held = 0
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
    const ahead = at - this.now()
    if (ahead > CLOCK_STRAYS_MS) this.#told = Math.max(this.#told, at)
    else if (ahead > 0) this.#shown = at
  }
}
