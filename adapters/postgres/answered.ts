/** Waiting for the log's database, but not for ever: one that does not answer is the problem that the ports promise. */
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { isUnreachable } from './connect.ts'
import { within } from './line.ts'

/** No answer may take longer, ms. */
export const DEADLINE_MS = 10_000

/** @throws Problem `log.unavailable` when there is no answer in time, or nobody to give one */
export async function answered<T>(promise: Promise<T>, ms = DEADLINE_MS): Promise<T> {
  try {
    return await within(ms, promise)
  } catch (error) {
    throw isUnreachable(error) ? unavailable((error as Error).message, error) : error
  }
}

export function unavailable(reason: string, cause?: unknown): Problem {
  return new Problem('log.unavailable', { reason }, { cause })
}
