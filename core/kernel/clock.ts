/**
 * Time and ids as handed into the core: real ones live, virtual ones in a simulation. Nothing in core reads the
 * machine's clock or uses its random numbers.
 */

/**
 * Differences between a house's clocks, and steps forward, that are larger than this are not followed, ms: one of the
 * two clocks is wrong. Smaller ones do no harm, and a machine on NTP has no larger ones.
 */
export const CLOCK_STRAYS_MS = 5 * 60_000

/** A source of time and of wake-ups. */
export interface Clock {
  /** UTC milliseconds. */
  now(): number
  /** Calls `wake` once, at or soon after `at`. Returns a function that cancels it. */
  at(at: number, wake: () => void): () => void
  /**
   * Moves forward to a moment, never back: a process that reads of a moment its clock has not reached has a slow clock.
   * A machine's clock follows only within {@link CLOCK_STRAYS_MS}: anything further ahead was written by a wrong clock.
   * Absent where everybody shares one time.
   */
  skipTo?(at: number): void
}

/** A number in [0, 1), like `Math.random`. */
export type Dice = () => number

/** Makes a UUIDv7 (RFC 9562, 5.7) for a moment. */
export type NewId = (at: number) => string

/** UUIDv7 ids from the given dice: sortable by time, unique by 74 random bits. */
export function uuid7(dice: Dice): NewId {
  return (at) => {
    const time = Math.floor(at).toString(16).padStart(12, '0')
    const a = Math.floor(dice() * 0x1000)
      .toString(16)
      .padStart(3, '0')
    const b =
      (0x8 + Math.floor(dice() * 4)).toString(16) +
      Math.floor(dice() * 0x1000)
        .toString(16)
        .padStart(3, '0')
    const c =
      Math.floor(dice() * 0x1000000)
        .toString(16)
        .padStart(6, '0') +
      Math.floor(dice() * 0x1000000)
        .toString(16)
        .padStart(6, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7${a}-${b}-${c}`
  }
}

/**
 * Repeatable dice (mulberry32): the same seed gives the same throws, so that a simulated day can be run again. Not for
 * secrets.
 */
export function seededDice(seed: number): Dice {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
