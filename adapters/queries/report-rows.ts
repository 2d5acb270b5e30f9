/**
 * Runs a report's statement: rows in pages through a cursor, so that a long export is never held in memory, the totals
 * at the end. Bounded by a time limit on every statement, and in rows.
 */
import { CompiledQuery } from 'kysely'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { TOTALS, type Statement } from '@ledgerline/projections/reports/query.ts'
import { isUnreachable } from '../postgres/connect.ts'
import { ANSWER_MS } from './limits.ts'
import type { Row, Tables } from './select.ts'

const PAGE = 2_000
/** SQLSTATE: the server cancelled the statement. */
const TOO_LONG = '57014'

export interface RowLimits {
  rows: number
  /** Time limit of a statement, ms. */
  statementMs: number
}

/** A screen waits for an answer in JSON; a file may take longer. */
export const answerLimits: RowLimits = { rows: 20_000, statementMs: ANSWER_MS - 500 }
export const fileLimits: RowLimits = { rows: 200_000, statementMs: 60_000 }

/**
 * Rows as the statement selects them, with the totals' row as the last. A caller that stops early must end the
 * iteration, which returns the connection.
 * @throws Problem `report.too_many_rows` before the first row; `report.too_long`; `tables.unavailable`
 */
export async function* reportPages(tables: Tables, statement: Statement, limits: RowLimits): AsyncGenerator<Row[]> {
  const transaction = await tables
    .startTransaction()
    .execute()
    .catch((error: unknown) => rethrow(error, limits))
  const run = async (text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    return (
      await transaction
        .executeQuery<Row>(CompiledQuery.raw(text, [...values]))
        .catch((error: unknown) => rethrow(error, limits))
    ).rows
  }
  try {
    // Compiling costs more than it saves; sorting and grouping stay in memory.
    await run('set local jit = off')
    await run("set local work_mem = '64MB'")
    await run(`set local statement_timeout = ${limits.statementMs}`)
    await run(`declare report scroll cursor for ${statement.text}`, statement.values)
    const beyond = await run(`fetch absolute ${limits.rows + 2} in report`)
    if (beyond.length > 0) throw new Problem('report.too_many_rows', { limit: limits.rows })
    await run('move absolute 0 in report')
    for (;;) {
      const rows = await run(`fetch ${PAGE} in report`)
      if (rows.length === 0) return
      yield rows
    }
  } finally {
    // Nothing was written: a rollback just ends it, even if the statement failed.
    await transaction
      .rollback()
      .execute()
      .catch(() => {})
  }
}

export const isTotals = (row: Row): boolean => Number(row[TOTALS]) > 0

function rethrow(error: unknown, { statementMs }: RowLimits): never {
  if ((error as { code?: string }).code === TOO_LONG)
    throw new Problem('report.too_long', { seconds: statementMs / 1000 }, { cause: error })
  throw isUnreachable(error)
    ? new Problem('tables.unavailable', { reason: (error as Error).message }, { cause: error })
    : error
}
