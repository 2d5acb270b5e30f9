/** Waits for the log's database with a time limit: if it does not answer, that is the problem that the ports promise. */
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { isUnreachable } from './connect.ts'
import { within } from './line.ts'

/** Longest time to wait for an answer, ms. */
export const DEADLINE_MS = 10_000

/** @throws Problem `log.unavailable` if there is no answer in time, or no server */
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
