/** Connections for a part of Ledgerline that keeps small tables of its own, beside the log or beside the read models. */
import type { Pool, PoolClient } from 'pg'
import { migrate, type Layout } from '@ledgerline/projections/postgres/migrate.ts'
import { answered } from './answered.ts'
import { connections, type Connecting } from './connect.ts'

/** Held while such tables are migrated, so that two processes never do it at once. The number is arbitrary. */
const SETUP_LOCK = 7_239_001_147

/**
 * Opens connections and brings the tables up to date.
 * @throws Problem `log.unavailable`; the layout's own when a newer version of the program made the tables
 */
export async function withOwnTables(url: string, options: Connecting, layout: Layout): Promise<Pool> {
  const pool = connections(url, options)
  try {
    await answered(setUp(pool, async (client) => migrate(client, layout), SETUP_LOCK))
    return pool
  } catch (error) {
    await pool.end()
    throw error
  }
}

/** Work in one transaction, under an advisory lock that goes with it. */
export async function setUp<T>(pool: Pool, work: (client: PoolClient) => Promise<T>, lock: number): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(${lock})`)
    const result = await work(client)
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    await client.query('rollback').then(
      () => client.release(),
      () => client.release(true),
    )
    throw error
  }
}
