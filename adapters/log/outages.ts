/**
 * Tracks which subscriptions have lost their log, and reports once for all of them when it is lost and when it is back.
 * Serves other connections to a server in the same way.
 */
import type { Problem } from '@ledgerline/core/kernel/problem.ts'

export interface OutageHandlers {
  /** The first subscription has lost the log, or something is wrong with it. They reconnect by themselves. */
  onTrouble?: (problem: Problem) => void
  /** All of them have it again; it was away this long, ms. */
  onBack?: (awayMs: number) => void
}

/** Readers that fall behind are reported this often at most, ms: under heavy writing it happens repeatedly. */
const BEHIND_EVERY_MS = 60_000

export class Outages {
  readonly #handlers: OutageHandlers
  readonly #without = new Set<OutageWatch>()
  #since = 0
  #behindToldAt = Number.NEGATIVE_INFINITY

  constructor(handlers: OutageHandlers) {
    this.#handlers = handlers
  }

  /** How long the log has been away, ms; 0 while no subscription is without it. */
  awayMs(): number {
    return this.#without.size === 0 ? 0 : performance.now() - this.#since
  }

  /** A reader did not keep up, although the log answers. */
  fellBehind(problem: Problem): void {
    if (performance.now() - this.#behindToldAt < BEHIND_EVERY_MS) return
    this.#behindToldAt = performance.now()
    this.#handlers.onTrouble?.(problem)
  }

  /** Watches one subscription; dispose of it with the subscription. */
  watch(): OutageWatch {
    const watch: OutageWatch = {
      lost: (problem) => {
        if (this.#without.size === 0) {
          this.#since = performance.now()
          this.#handlers.onTrouble?.(problem)
        }
        this.#without.add(watch)
      },
      back: () => {
        const awayMs = this.awayMs()
        if (this.#without.delete(watch) && this.#without.size === 0) this.#handlers.onBack?.(awayMs)
      },
      [Symbol.dispose]: () => void this.#without.delete(watch),
    }
    return watch
  }
}

export interface OutageWatch extends Disposable {
  lost(problem: Problem): void
  back(): void
}
