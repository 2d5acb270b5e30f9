/**
 * Who calls, and when: callers at random around a rate that may change over the day, or a list of recorded callers.
 * Arrivals are generated one at a time, as their moment comes near.
 */
import type { Clock, Dice } from '@ledgerline/core/kernel/clock.ts'
import type { Caller } from './people.ts'

/** A caller and the moment at which they dial, UTC ms. */
export interface Arrival {
  at: number
  caller: Caller
}

/**
 * Poisson arrivals from a moment on, for ever. A rate that changes is thinned out of the highest one
 * (Lewis and Shedler 1979): candidates come at `mostPerHour`, each stays with probability rate / most.
 */
export function* poissonArrivals(options: {
  from: number
  mostPerHour: number
  perHour?: (at: number) => number
  dice: Dice
  caller: (dice: Dice) => Caller
}): Iterable<Arrival> {
  const { from, mostPerHour, perHour, dice, caller } = options
  if (mostPerHour <= 0) return
  // Kept unrounded: rounding each gap to a millisecond would bend a high rate.
  let at = from
  for (;;) {
    at += (-3_600_000 / mostPerHour) * Math.log(1 - dice())
    if (perHour && dice() * mostPerHour >= perHour(at)) continue
    yield { at: Math.round(at), caller: caller(dice) }
  }
}

/**
 * Lets them call. `arrive` is given each caller at their moment; arrivals must be in order of time, and those due in
 * the past call at once.
 * @returns a function that stops it; nobody calls after that
 */
export function letCall(
  clock: Clock,
  arrivals: Iterable<Arrival>,
  arrive: (caller: Caller) => void,
  whenOver: () => void = () => {},
): () => void {
  const iterator = arrivals[Symbol.iterator]()
  let cancel = () => {}
  const next = () => {
    const { done, value } = iterator.next()
    if (done) return whenOver()
    cancel = clock.at(value.at, () => {
      arrive(value.caller)
      next()
    })
  }
  next()
  return () => {
    cancel()
    iterator.return?.()
  }
}
