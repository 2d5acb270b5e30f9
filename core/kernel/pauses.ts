/** Pauses between attempts. */
import type { Dice } from './clock.ts'

export interface Growth {
  /** After the first failure, ms. */
  firstMs: number
  /** No pause is longer, ms. */
  longestMs: number
}

/**
 * The pause after a number of failures in a row, ms: it doubles each time, up to the longest.
 * @param failures 1 after the first one
 * @param dice given one, the pause is anything from half of it to all of it, so that those who failed together do not
 *   come back together
 */
export function growingPause({ firstMs, longestMs }: Growth, failures: number, dice?: Dice): number {
  const pause = Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1))
  return dice ? pause * (0.5 + dice() / 2) : pause
}
