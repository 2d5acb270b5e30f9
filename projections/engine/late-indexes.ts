/** Indexes that were declared after their table was made: created at the next start, once. */
import type { Client } from 'pg'
import { connect, disconnect } from './connect.ts'
import { LOCKS } from './locks.ts'
import type { ReadModel } from './model.ts'
import type { LiveTable } from './schema.ts'
import { indexesOf, SCHEMA } from './table.ts'

/**
 * Creates what is missing. It takes as long as reading the table, so that it has a connection without a time limit of its
 * own. Of two processes the second finds it done.
 */
export async function addIndexes(
  client: Client,
  url: string,
  models: readonly ReadModel[],
  live: readonly LiveTable[],
): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select indexname as name from pg_indexes where schemaname = '${SCHEMA}'`,
  )
  const known = new Set(rows.map(({ name }) => name))
  const missing = models.flatMap((model) => {
    const table = live.find((candidate) => candidate.model === model.name)?.table
    return table === undefined ? [] : indexesOf(model, table).filter(({ name }) => !known.has(name))
  })
  if (missing.length === 0) return
  const patient = await connect(url, { application: 'ledgerline indexes', statementMs: 0 })
  try {
    await patient.query(`select pg_advisory_lock(${LOCKS.schema.join(', ')})`)
    for (const { create } of missing) await patient.query(create)
  } finally {
    await disconnect(patient)
  }
}
