/**
 * Waits for other servers that are still starting when we are: after a power cut everything starts at once, and an
 * event store takes a minute. The wait is limited, and the user is told what it is for.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { isUnreachable } from '@ledgerline/adapters/postgres/connect.ts'
import { growingPause } from '@ledgerline/core/kernel/pauses.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'

export interface Starting {
  signal: AbortSignal
  /** Called once for each server that does not answer yet, with how long it will be waited for, ms. */
  onWaiting: (problem: Problem, forMs: number) => void
  /** How long to wait, ms. */
  forMs?: number
}

const STARTING_MS = 60_000
const PAUSES = { firstMs: 100, longestMs: 1_000 }

/**
 * Opens something, and retries while its server is not there.
 * @throws Problem its last refusal, when the time is over; what waiting does not cure, at once
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

/** The same for a server that one can do without: when its time is over that is reported, and everything continues. */
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

/** The server is not there, or not ready yet; a wrong password will still be wrong in a minute. */
function mayStillStart(error: unknown): error is Problem {
  return (
    isProblem(error, 'log.unavailable') ||
    isProblem(error, 'push.redis_away') ||
    (isProblem(error, 'postgres.unreachable') && isUnreachable(error.cause))
  )
}
