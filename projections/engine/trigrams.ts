/**
 * Trigrams (`pg_trgm`), by which lists find a part of a text without reading every row. They are made of letters: where
 * the database's `lc_ctype` is C, Chinese has none, whatever its collation.
 */
import type { Client } from 'pg'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { sqlState } from './connect.ts'

/** No right to; not installed on this server. */
const REFUSALS = ['42501', '0A000', '58P01']

/**
 * Within a transaction: sets them up if that is allowed.
 * @returns why searches are slower than they could be; null: they are not
 */
export async function makeTrigrams(client: Client): Promise<Problem | null> {
  await client.query('savepoint trigrams')
  try {
    await client.query('create extension if not exists pg_trgm schema public')
  } catch (error) {
    if (!REFUSALS.includes(sqlState(error) ?? '')) throw error
    await client.query('rollback to savepoint trigrams')
    return new Problem('tables.no_trigrams', { database: await databaseOf(client) })
  }
  const { rows } = await client.query<{ found: boolean }>(`select cardinality(show_trgm('王小明')) > 0 as found`)
  return rows[0]!.found ? null : new Problem('tables.no_chinese_trigrams', { database: await databaseOf(client) })
}

async function databaseOf(client: Client): Promise<string> {
  return (await client.query<{ name: string }>('select current_database() as name')).rows[0]!.name
}
