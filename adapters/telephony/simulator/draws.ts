/** Times drawn from distributions: how long someone talks, waits, rings. */
import type { Dice } from '@ledgerline/core/kernel/clock.ts'

/** A duration, drawn anew each time, ms. */
export type Draw = (dice: Dice) => number

/** Always the same. */
export function always(ms: number): Draw {
  return () => ms
}

/** Exponential with this mean; memoryless, as the Erlang formulas assume. */
export function exponential(meanMs: number): Draw {
  return (dice) => -meanMs * Math.log(1 - dice())
}

/**
 * Lognormal with this mean and standard deviation: the shape of service times in real call centres (Brown et al.,
 * "Statistical Analysis of a Telephone Call Center", JASA 2005, on the bank of `fixtures/`).
 */
export function lognormal(meanMs: number, sdMs: number): Draw {
  const variance = Math.log(1 + (sdMs / meanMs) ** 2)
  const mu = Math.log(meanMs) - variance / 2
  return (dice) => {
    // Box–Muller; 1 − u because the logarithm of 0 has no value.
    const normal = Math.sqrt(-2 * Math.log(1 - dice())) * Math.cos(2 * Math.PI * dice())
    return Math.exp(mu + Math.sqrt(variance) * normal)
  }
}

/** Evenly between two bounds. */
export function between(fromMs: number, toMs: number): Draw {
  return (dice) => fromMs + (toMs - fromMs) * dice()
}
