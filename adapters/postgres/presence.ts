/**
 * Which of our processes use a database. Each holds one connection for as long as it uses
 * the database, and by it the process that started an embedded server knows when the last of the others
 * has left.
 */
import type { Client } from 'pg'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { addressOf, connection } from './connect.ts'
import { within } from './line.ts'

export interface Presence {
  /** Closes the database to others if no other process is connected; afterwards nobody gets in. False while somebody is connected. */
  shutDoor(): Promise<boolean>
  leave(): Promise<void>
}

/** Held shared by every process that is connected, exclusively by the one that closes the door. The number is arbitrary. */
const DOOR = 7_239_001_150
const ANSWER_MS = 5_000

/**
 * Announces this process at a database; null if its owner is about to stop the server.
 * @throws Problem `postgres.unreachable`
 */
export async function present(url: string): Promise<Presence | null> {
  const client = connection(url, { application: 'ledgerline present' })
  await reach(url, client)
  const lock = async (statement: string) => {
    const { rows } = await within(ANSWER_MS, client.query<{ taken: boolean }>(statement, [DOOR]))
    return rows[0]!.taken
  }
  const leave = () => client.end().catch(() => {})
  if (!(await lock('select pg_try_advisory_lock_shared($1) as taken'))) {
    await leave()
    return null
  }
  return {
    shutDoor: () => lock('select pg_try_advisory_lock($1) as taken'),
    leave,
  }
}

/**
 * Creates a database on a server that is not ours, next to an existing one.
 * @throws Problem `postgres.unreachable` also when the server does not allow it
 */
export async function ensureDatabase(url: string, beside: string): Promise<void> {
  await besideDatabase(url, beside, async (client, name) => {
    if (!(await isThere(client, name)))
      await within(ANSWER_MS * 2, client.query(`create database ${client.escapeIdentifier(name)}`))
  })
}

/**
 * Is there such a database, next to an existing one?
 * @throws Problem `postgres.unreachable`
 */
export function hasDatabase(url: string, beside: string): Promise<boolean> {
  return besideDatabase(url, beside, isThere)
}

async function isThere(client: Client, name: string): Promise<boolean> {
  const { rowCount } = await within(ANSWER_MS, client.query('select from pg_database where datname = $1', [name]))
  return rowCount === 1
}

async function besideDatabase<T>(
  url: string,
  beside: string,
  work: (client: Client, name: string) => Promise<T>,
): Promise<T> {
  const client = connection(beside, { application: 'ledgerline setup' })
  await reach(beside, client)
  try {
    return await work(client, decodeURIComponent(new URL(url).pathname.slice(1)))
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
