/**
 * The machine's clock, as far as it can be trusted: it follows the time of day but never goes back. If someone sets the
 * time of day back, it runs slightly slower than real time until the time of day has caught up; deadlines are met when
 * they should be, and nothing lasts an hour longer than intended. It is also never behind a moment it was given ({@link
 * MachineClock.skipTo}): the ledger may have been written by a machine whose time was a little ahead.
 *
 * It does not follow every step forward either. If the time of day leaps by more than {@link CLOCK_STRAYS_MS} while the
 * machine was neither asleep nor known to be behind, the leap is not believed: the clock carries on as before and
 * reports it ({@link MachineClock.heldMs}), until the time of day is set back, or someone who has checked it restarts
 * the process. For the same reason a moment written by another process moves it by no more than that: otherwise one
 * wrong reading would end up in all later events.
 */
import { uptime } from 'node:os'
import { CLOCK_STRAYS_MS, type Clock } from '@ledgerline/core/kernel/clock.ts'

/** Longest timer that the platform supports, ms (2^31 − 1, some 24 days). */
const LONGEST_TIMER_MS = 0x7fff_ffff
/** Its pace while the time of day is behind it, to let that catch up. */
const SLOWED = 0.95

export interface MachineTime {
  /** The time of day, UTC ms; it may be set. */
  wall(): number
  /** A time that nobody sets, ms since an arbitrary moment. */
  steady(): number
  /**
   * How long the machine has been asleep, ms from an arbitrary offset; `steady` does not count that. Default: it never
   * sleeps.
   */
  asleep?(): number
  /** Calls back after this much real time. Returns a function that cancels it. */
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
  /** The time it would show if nobody had set the time of day. */
  #undisturbed: number
  #asleep: number
  /** How much of the time of day is not believed. */
  #held = 0
  /** The latest moment it was given and did not skip to. */
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
    // After being set back it may be wrong as well and reach the same point again: until that moment has passed.
    if (this.#shown === believed || Math.abs(believed - this.#undisturbed) <= CLOCK_STRAYS_MS)
      this.#undisturbed = believed
    return Math.floor(this.#shown)
  }

  /** How far the time of day is ahead of what is believed, ms; 0: it is believed. */
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
    // Set back: this corrects the part that was not believed. Set forward: others may have said that it was behind.
    if (set < 0) this.#held = Math.max(0, this.#held + set)
    else if (set > CLOCK_STRAYS_MS && this.#told <= this.#shown + CLOCK_STRAYS_MS) this.#held += set
    if (this.#held <= CLOCK_STRAYS_MS) this.#held = 0
  }

  at(at: number, wake: () => void): () => void {
    let cancel = (): void => {}
    // Checked again when the timer fires, which counts a different time than this clock.
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
