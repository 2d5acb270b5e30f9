/**
 * Runs a report's statement: rows in pages by a cursor, so that a long export is never held whole, the
 * totals at the end. Bounded: by a time limit on every statement, and in rows.
 */
import { CompiledQuery } from 'kysely'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { TOTALS, type Statement } from '@ledgerline/projections/reports/query.ts'
import { isUnreachable } from '../postgres/connect.ts'
import type { Row, Tables } from './select.ts'

const PAGE = 2_000

/**
 * Rows as the statement selects them, the totals' row among them as the last. Whoever stops early must
 * end the iteration, which gives the connection back.
 * @throws Problem `report.too_many_rows` before the first row; `tables.unavailable`
 */
export async function* reportPages(tables: Tables, statement: Statement, mostRows: number): AsyncGenerator<Row[]> {
  const transaction = await tables.startTransaction().execute().catch(rethrow)
  const run = async (text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    return (await transaction.executeQuery<Row>(CompiledQuery.raw(text, [...values])).catch(rethrow)).rows
  }
  try {
    // Compiling costs more than it saves; sorting and grouping stay in memory.
    await run('set local jit = off')
    await run("set local work_mem = '64MB'")
    await run(`declare report scroll cursor for ${statement.text}`, statement.values)
    const beyond = await run(`fetch absolute ${mostRows + 2} in report`)
    if (beyond.length > 0) throw new Problem('report.too_many_rows', { limit: mostRows })
    await run('move absolute 0 in report')
    for (;;) {
      const rows = await run(`fetch ${PAGE} in report`)
      if (rows.length === 0) return
      yield rows
    }
  } finally {
    // Nothing was written: to take it back is to end it, also when the statement failed.
    await transaction.rollback().execute().catch(() => {})
  }
}

export const isTotals = (row: Row): boolean => Number(row[TOTALS]) > 0

function rethrow(error: unknown): never {
  throw isUnreachable(error) ? new Problem('tables.unavailable', { reason: (error as Error).message }, { cause: error }) : error
}
