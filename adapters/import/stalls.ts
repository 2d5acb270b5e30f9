/**
 * Rides out a log that does not answer for a while (a restart, a take-over, a network): what was asked of it is asked
 * again, which changes nothing where it had been done. Bounded, and told.
 */
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import { setTimeout as pause } from 'node:timers/promises'

export interface Stall {
  /** What the log, or whoever asked it, said. */
  problem: Problem
  /** Since when there was no answer, ms. */
  lastedMs: number
  /** In so many ms it is asked again; null: no more. */
  againInMs: number | null
}

export interface StallOptions {
  signal?: AbortSignal
  onStall?: (stall: Stall) => void
  /** For so long the log is waited for, ms. */
  patienceMs?: number
  /** Waits before the second attempt, ms; doubled each time up to {@link LONGEST_PAUSE_MS}. */
  firstPauseMs?: number
}

const PATIENCE_MS = 5 * 60_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

/**
 * The result of what asks the log.
 * @throws Problem `log.unavailable` when it did not answer for {@link StallOptions.patienceMs}; the signal's reason; what else the work throws
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
