/** The connections on which queries read the tables: pools of their own, so that a slow list delays nobody but lists. */
import { Kysely, PostgresDialect } from 'kysely'
import { connections } from '../postgres/connect.ts'
import { ANSWER_MS } from './route.ts'
import type { Tables } from './select.ts'

/** Opens a pool; connections are made when they are needed. `destroy()` ends it. */
export function openTables(url: string): Tables {
  // A query that nobody waits for any more is given up by the server too.
  const pool = connections(url, { application: 'ledgerline http', max: 6, statementMs: ANSWER_MS })
  return new Kysely({ dialect: new PostgresDialect({ pool }) })
}
