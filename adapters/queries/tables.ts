/** Connections for queries on the tables, in pools of their own, so that a slow list delays only lists. */
import { Kysely, PostgresDialect } from 'kysely'
import { connections } from '../postgres/connect.ts'
import { ANSWER_MS } from './limits.ts'
import type { Tables } from './select.ts'

/**
 * What connections are for: single rows and what belongs to them, lists of all tenants, reports, which may take longer (a
 * file, see `report-rows.ts`).
 */
export type Use = 'rows' | 'lists' | 'reports'

const limits: Readonly<Record<Use, { max: number; statementMs: number }>> = {
  // The server also gives up a query that nobody is waiting for any more.
  rows: { max: 6, statementMs: ANSWER_MS },
  lists: { max: 12, statementMs: ANSWER_MS },
  reports: { max: 4, statementMs: 60_000 },
}

/** Opens a pool; connections are made when they are needed. `destroy()` ends it. */
export function openTables(url: string, use: Use = 'rows'): Tables {
  const pool = connections(url, { application: `ledgerline http ${use}`, ...limits[use] })
  return new Kysely({ dialect: new PostgresDialect({ pool }) })
}
