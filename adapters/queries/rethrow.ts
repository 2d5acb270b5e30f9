/** Queries on the tables: a database that does not answer is a problem with a name. */
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { isUnreachable } from '../postgres/connect.ts'

/** @throws Problem `tables.unavailable` if the error says that the database did not answer; otherwise the error itself */
export function rethrow(error: unknown): never {
  throw isUnreachable(error)
    ? new Problem('tables.unavailable', { reason: (error as Error).message }, { cause: error })
    : error
}
