/**
 * The last of things that are numbered without gaps, found by asking whether single ones are there: about twice as many
 * questions as the number has binary digits.
 */

/** @returns the number of the last one; `first - 1` if there is none */
export async function lastThere(first: number, isThere: (number: number) => Promise<boolean>): Promise<number> {
  let there = first - 1
  let step = 1
  while (await isThere(there + step)) {
    there += step
    step *= 2
  }
  let beyond = there + step
  while (beyond - there > 1) {
    const middle = Math.floor((there + beyond) / 2)
    if (await isThere(middle)) there = middle
    else beyond = middle
  }
  return there
}
