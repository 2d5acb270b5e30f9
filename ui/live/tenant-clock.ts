/**
 * The tenant's clock in the browser. The server tells its time and speed (a demo's clock runs at
 * `speed`); in between it is advanced by the browser's monotonic clock. The browser's own date is never trusted.
 *
 * A message that took long carries an old time, so the latest reading wins: the clock jumps back only when the
 * server's clock was really set back (a demo was restarted).
 */
const SET_BACK_MS = 2_000

export class TenantClock {
  #zero = 0
  #speed = 1
  #known = false

  /** Whether the server has told the time yet. */
  get known(): boolean {
    return this.#known
  }

  get speed(): number {
    return this.#speed
  }

  /**
   * @param now what the server's clock read, UTC ms
   * @param steady the browser's steady clock at that moment, ms
   */
  sync(now: number, speed: number, steady: number): void {
    const zero = now - steady * speed
    const behind = this.#zero - zero
    const keep = this.#known && speed === this.#speed && behind > 0 && behind < SET_BACK_MS * Math.max(1, speed)
    if (!keep) this.#zero = zero
    this.#speed = speed
    this.#known = true
  }

  /** The tenant's time, UTC ms. */
  at(steady: number): number {
    return this.#zero + steady * this.#speed
  }

  /** Steady ms from now until the tenant's next full second, at most a second and at least `floor`. */
  untilNextSecond(steady: number, floor = 200): number {
    const rest = 1000 - (((this.at(steady) % 1000) + 1000) % 1000)
    return Math.min(1000, Math.max(floor, rest / this.#speed))
  }
}
