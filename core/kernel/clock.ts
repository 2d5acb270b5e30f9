/**
 * Time and ids as they are passed into the core: real ones live, virtual ones in a simulation.
 * Nothing in core reads the machine's clock or rolls its dice.
 */

/**
 * Clocks of a house that are further apart than this, and steps forward that are longer, are not followed, ms: one of
 * the two is wrong. Shorter ones do no harm, and a machine that is set by NTP has none that are longer.
 */
export const CLOCK_STRAYS_MS = 5 * 60_000

/** A source of time and of wake-ups. */
export interface Clock {
  /** UTC milliseconds. */
  now(): number
  /** Calls `wake` once, at or soon after `at`. Returns what cancels it. */
  at(at: number, wake: () => void): () => void
  /**
   * Moves forward to a moment, never back: whoever reads of a moment that their clock has not reached yet
   * has a clock that is behind. A machine's clock does so within {@link CLOCK_STRAYS_MS} only: what is further ahead
   * was written by a clock that was wrong. Absent where time is everybody's.
   */
  skipTo?(at: number): void
}

/** A number in [0, 1), as `Math.random` gives it. */
export type Dice = () => number

/** Makes a UUIDv7 (RFC 9562, 5.7) for a moment. */
export type NewId = (at: number) => string

/** UUIDv7 ids from a given dice: sortable by time, unique by 74 random bits. */
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
 * A repeatable dice (mulberry32): the same seed gives the same throws, so that a simulated day can be
 * run again. Not for secrets.
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
