/** Connections for a part of the house that keeps small tables of its own, beside the log or beside the read models. */
import type { Pool } from 'pg'
import { answered } from './answered.ts'
import { connections, type Connecting } from './connect.ts'

/** Held while such tables are made, so that two processes do not make them at once. The number is arbitrary. */
const SETUP_LOCK = 7_239_001_147

/**
 * Opens connections and makes the tables where they are missing.
 * @param tables statements that change nothing when they are run again, each ended by a semicolon
 * @throws Problem `log.unavailable`
 */
export async function withOwnTables(url: string, options: Connecting, tables: string): Promise<Pool> {
  const pool = connections(url, options)
  try {
    await answered(pool.query(`begin; select pg_advisory_xact_lock(${SETUP_LOCK}); ${tables} commit`))
    return pool
  } catch (error) {
    await pool.end()
    throw error
  }
}
