/**
 * How long callers would have waited. For those who hung up it is known; for those who were answered only that it was
 * longer than their wait (right-censored). The distribution is estimated from both by the product limit (Kaplan and
 * Meier 1958; for call centres: Brown et al., "Statistical Analysis of a Telephone Call Center", JASA 2005, section 5),
 * and answered callers are given a patience drawn from the part of it above their wait. Taking only those who hung up,
 * or their mean, would make people far less patient than they are.
 */

/** A caller's wait, ms, and whether they hung up at its end. */
export interface Waited {
  waitMs: number
  gaveUp: boolean
}

/**
 * The estimate ends where only this many were still waiting (or a tenth of all, if that is less): beyond, each one
 * would weigh too much.
 */
const FEWEST_WAITING = 10
/** This many last hang-ups (or a tenth of all, if more) describe what is beyond the estimate: fewer would be chance. */
const LAST_HANG_UPS = 50
/** After this long everybody has hung up, ms: if nobody ever did, nothing else would end a wait. */
const LONGEST_MS = 2 * 3_600_000

export class Patience {
  /** Moments at which someone hung up, ascending, and the share of callers still patient after each. */
  readonly #at: number[] = []
  readonly #left: number[] = []
  /** Beyond the last of them: hang-ups per ms as among those who waited longest. 0: nobody ever hung up. */
  readonly #rate: number

  constructor(waits: readonly Waited[]) {
    // At equal times hang-ups come first: a caller answered then had been patient that long.
    const ordered = waits.toSorted((a, b) => a.waitMs - b.waitMs || Number(b.gaveUp) - Number(a.gaveUp))
    const fewest = Math.min(FEWEST_WAITING, Math.ceil(ordered.length / 10))
    let left = 1
    ordered.forEach((wait, index) => {
      if (!wait.gaveUp) return
      if (ordered.length - index < fewest) return
      left *= 1 - 1 / (ordered.length - index)
      if (this.#at.at(-1) === wait.waitMs) this.#left[this.#left.length - 1] = left
      else {
        this.#at.push(wait.waitMs)
        this.#left.push(left)
      }
    })
    const hangUps = ordered.filter(({ gaveUp }) => gaveUp)
    const last = Math.max(LAST_HANG_UPS, Math.floor(hangUps.length / 10))
    this.#rate = rateBeyond(ordered, hangUps.at(-last - 1)?.waitMs ?? 0)
  }

  /** Share of callers who wait longer than this. */
  beyond(waitMs: number): number {
    return this.#left[firstOf(this.#at, (at) => at > waitMs) - 1] ?? 1
  }

  /** How long half of all callers wait at most, ms; null if fewer than half were ever seen to hang up. */
  get medianMs(): number | null {
    return this.#at[firstOf(this.#left, (left) => left <= 0.5)] ?? null
  }

  /**
   * The patience, ms, of a caller who waited this long: known if they hung up, otherwise drawn. @param throwOfDice in
   * [0, 1)
   */
  of({ waitMs, gaveUp }: Waited, throwOfDice: number): number {
    if (gaveUp) return waitMs
    const target = this.beyond(waitMs) * (1 - throwOfDice)
    const index = firstOf(this.#left, (left) => left <= target)
    if (index < this.#at.length) return Math.max(waitMs, this.#at[index]!)
    // From the end of the estimate on, patience is memoryless.
    const last = this.#left.at(-1) ?? 1
    const from = Math.max(waitMs, this.#at.at(-1) ?? 0)
    if (this.#rate === 0) return Math.max(waitMs, LONGEST_MS)
    const share = last > 0 ? Math.min(1, target / last) : 1
    return Math.min(Math.max(waitMs, LONGEST_MS), from - Math.log(Math.max(share, Number.MIN_VALUE)) / this.#rate)
  }
}

/**
 * Hang-ups per ms of waiting beyond a moment. Callers who have waited long hang up much more rarely than those who have
 * just come (by a factor of three and more), so the overall rate would make those impatient who waited longest.
 */
function rateBeyond(waits: readonly Waited[], momentMs: number): number {
  const beyond = waits.filter(({ waitMs }) => waitMs > momentMs)
  const waitedMs = beyond.reduce((sum, { waitMs }) => sum + waitMs - momentMs, 0)
  return waitedMs > 0 ? beyond.filter(({ gaveUp }) => gaveUp).length / waitedMs : 0
}

/**
 * Index of the first element of a row for which something holds that then holds for all after it; the row's length if
 * there is none.
 */
function firstOf(row: readonly number[], holds: (value: number) => boolean): number {
  let low = 0
  let high = row.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(row[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}
