/**
 * Rides out a log that does not answer for a while (a restart, a take-over, a network): requests to it are repeated,
 * which changes nothing if they had succeeded. Bounded, and reported.
 */
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import { setTimeout as pause } from 'node:timers/promises'

export interface Stall {
  /** What the log, or its client, said. */
  problem: Problem
  /** How long there has been no answer, ms. */
  lastedMs: number
  /** The next attempt comes in this many ms; null: there is none. */
  againInMs: number | null
}

export interface StallOptions {
  signal?: AbortSignal
  onStall?: (stall: Stall) => void
  /** How long to wait for the log, ms. */
  patienceMs?: number
  /** Pause before the second attempt, ms; doubles each time up to {@link LONGEST_PAUSE_MS}. */
  firstPauseMs?: number
}

const PATIENCE_MS = 5 * 60_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

/**
 * The result of work that uses the log.
 * @throws Problem `log.unavailable` if it did not answer for {@link StallOptions.patienceMs}; the signal's reason;
 * anything else the work throws
 */
export async function throughStalls<T>(
  work: () => Promise<T>,
  { signal, onStall, patienceMs = PATIENCE_MS, firstPauseMs = FIRST_PAUSE_MS }: StallOptions,
): Promise<T> {
  const began = performance.now()
  for (let wait = firstPauseMs; ; wait = Math.min(LONGEST_PAUSE_MS, wait * 2)) {
    try {
      return await work()
    } catch (problem) {
      signal?.throwIfAborted()
      if (!isProblem(problem, 'log.unavailable')) throw problem
      const lastedMs = Math.round(performance.now() - began)
      const over = lastedMs >= patienceMs
      onStall?.({ problem, lastedMs, againInMs: over ? null : wait })
      if (over) throw problem
      await pause(wait, null, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
    }
  }
}
