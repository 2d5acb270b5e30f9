/** Pauses between attempts. */
import type { Dice } from './clock.ts'

export interface Growth {
  /** After the first failure, ms. */
  firstMs: number
  /** The longest pause, ms. */
  longestMs: number
}

/**
 * The pause after a number of failures in a row, ms: it doubles each time, up to the longest.
 * @param failures 1 after the first failure
 * @param dice if given, the pause is between half and all of it, so that those who failed together do not come back
 * together
 */
export function growingPause({ firstMs, longestMs }: Growth, failures: number, dice?: Dice): number {
  const pause = Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1))
  return dice ? pause * (0.5 + dice() / 2) : pause
}
