/**
 * Which subscriptions are without their log at present: told once for all of them, when it is lost and when it is back.
 * For other lines to a server that are lost and found again it is the same.
 */
import type { Problem } from '@ledgerline/core/kernel/problem.ts'

export interface OutageHandlers {
  /** The log is lost to the first of its subscriptions, or something is wrong with it. They go on by themselves. */
  onTrouble?: (problem: Problem) => void
  /** All of them have it again; how long it was away, ms. */
  onBack?: (awayMs: number) => void
}

/** That readers fall behind is told this often at most, ms: while much is written they do again and again. */
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

  /** A reader did not keep up with a log that answers. */
  fellBehind(problem: Problem): void {
    if (performance.now() - this.#behindToldAt < BEHIND_EVERY_MS) return
    this.#behindToldAt = performance.now()
    this.#handlers.onTrouble?.(problem)
  }

  /** For a subscription; to be disposed of with it. */
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
