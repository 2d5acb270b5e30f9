/** The connections on which queries read the tables: pools of their own, so that a slow list delays nobody but lists. */
import { Kysely, PostgresDialect } from 'kysely'
import { connections } from '../postgres/connect.ts'
import { ANSWER_MS } from './limits.ts'
import type { Tables } from './select.ts'

/** What connections are for: lists are answered at once, reports may take longer (a file, see `report-rows.ts`). */
export type Use = 'lists' | 'reports'

const limits: Readonly<Record<Use, { max: number; statementMs: number }>> = {
  // A query that nobody waits for any more is given up by the server too.
  lists: { max: 6, statementMs: ANSWER_MS },
  reports: { max: 4, statementMs: 60_000 },
}

/** Opens a pool; connections are made when they are needed. `destroy()` ends it. */
export function openTables(url: string, use: Use = 'lists'): Tables {
  const pool = connections(url, { application: `ledgerline http ${use}`, ...limits[use] })
  return new Kysely({ dialect: new PostgresDialect({ pool }) })
}
