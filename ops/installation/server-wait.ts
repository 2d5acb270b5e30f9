/**
 * Servers of others that are still starting when we are: after a power cut everything starts at once, and an event store
 * takes a minute. They are waited for, but not for ever, and whoever looks on is told for whom.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { isUnreachable } from '@ledgerline/adapters/postgres/connect.ts'
import { growingPause } from '@ledgerline/core/kernel/pauses.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'

export interface Starting {
  signal: AbortSignal
  /** Told once for each that does not answer yet, and for how long it will be waited for, ms. */
  onWaiting: (problem: Problem, forMs: number) => void
  /** It is waited for so long, ms. */
  forMs?: number
}

const STARTING_MS = 60_000
const PAUSES = { firstMs: 100, longestMs: 1_000 }

/**
 * Opens something, and tries again while its server is not there.
 * @throws Problem what it was last refused with, when the time is over; what waiting does not cure, at once
 */
export async function whenItAnswers<T>(
  { signal, onWaiting, forMs = STARTING_MS }: Starting,
  open: () => Promise<T>,
): Promise<T> {
  const began = performance.now()
  for (let tries = 0; ; tries++) {
    try {
      return await open()
    } catch (error) {
      if (!mayStillStart(error) || performance.now() - began >= forMs) throw error
      if (tries === 0) onWaiting(error, forMs)
    }
    await pause(growingPause(PAUSES, tries + 1), undefined, { signal }).catch(() => {})
    signal.throwIfAborted()
  }
}

/** The same for a server that one can do without: when its time is over that is told, and everything goes on. */
export async function whenItAnswersOrNot(
  starting: Starting,
  open: () => Promise<unknown>,
  onTrouble: (problem: Problem) => void,
): Promise<void> {
  try {
    await whenItAnswers(starting, open)
  } catch (error) {
    if (starting.signal.aborted || !mayStillStart(error)) throw error
    onTrouble(error)
  }
}

/** Nobody there, or not ready yet; a password that is wrong will be wrong in a minute too. */
function mayStillStart(error: unknown): error is Problem {
  return (
    isProblem(error, 'log.unavailable') ||
    isProblem(error, 'push.redis_away') ||
    (isProblem(error, 'postgres.unreachable') && isUnreachable(error.cause))
  )
}
