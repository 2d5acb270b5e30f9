/**
 * Who of the house is at a database. Every process of ours holds one connection for as long as it uses
 * the database: it holds what only one of them may be, and by it the process that started an embedded
 * server knows when the last of the others has gone.
 */
import type { Client } from 'pg'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { addressOf, connection } from './connect.ts'
import { within } from './line.ts'

export interface Presence {
  /** Becomes the only projector of this database until {@link leave}; false when another process is. */
  takeProjector(): Promise<boolean>
  /** How many other processes of the house are here. */
  others(): Promise<number>
  leave(): Promise<void>
}

/** The number is arbitrary. */
const PROJECTOR_LOCK = 7_239_001_150
const APPLICATION = 'ledgerline present'
const ANSWER_MS = 5_000

/**
 * Comes to a database.
 * @throws Problem `postgres.unreachable`
 */
export async function present(url: string): Promise<Presence> {
  const client = connection(url, { application: APPLICATION })
  await reach(url, client)
  return {
    async takeProjector() {
      const { rows } = await within(ANSWER_MS, client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [PROJECTOR_LOCK]))
      return rows[0]!.taken
    },
    async others() {
      const { rows } = await within(
        ANSWER_MS,
        client.query<{ others: number }>(
          'select count(*) as others from pg_stat_activity where application_name = $1 and datname = current_database() and pid <> pg_backend_pid()',
          [APPLICATION],
        ),
      )
      return rows[0]!.others
    },
    leave: () => client.end().catch(() => {}),
  }
}

/**
 * Makes a database on a server that is not ours, beside one that is there.
 * @throws Problem `postgres.unreachable` also when the server does not allow it
 */
export async function ensureDatabase(url: string, beside: string): Promise<void> {
  const client = connection(beside, { application: 'ledgerline setup' })
  await reach(beside, client)
  const name = decodeURIComponent(new URL(url).pathname.slice(1))
  try {
    const { rowCount } = await within(ANSWER_MS, client.query('select from pg_database where datname = $1', [name]))
    if (rowCount === 0) await within(ANSWER_MS * 2, client.query(`create database ${client.escapeIdentifier(name)}`))
  } catch (cause) {
    throw new Problem('postgres.unreachable', { server: addressOf(url), reason: (cause as Error).message }, { cause })
  } finally {
    client.end().catch(() => {})
  }
}

async function reach(url: string, client: Client): Promise<void> {
  try {
    await client.connect()
  } catch (cause) {
    client.end().catch(() => {})
    const reason = (cause as Error).message || String((cause as NodeJS.ErrnoException).code ?? cause)
    throw new Problem('postgres.unreachable', { server: addressOf(url), reason }, { cause })
  }
}
