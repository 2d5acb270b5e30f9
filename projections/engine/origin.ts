/**
 * Which log the tables are folded from. A checkpoint is a place in one log and means nothing in another, not even in
 * its copy: naming another log (EVENT_LOG) must not leave tables that continue from a place that does not exist there.
 */
import type { Client } from 'pg'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { connect, disconnect } from './connect.ts'
import { SCHEMA } from './table.ts'

/** Stored while the log could not identify itself: it was empty. */
export const UNTOLD = ''

/** Tables of the previous version were folded from a log on PostgreSQL: there was no other. */
const FIRST_KIND = 'postgres '

const HISTORY = `exists (select from ${SCHEMA}.checkpoints c join ${SCHEMA}.models m using (table_name) where m.live and c.position is not null)`

/** Were the tables folded from another log than this one? Stores this one if none is stored. */
export async function isOtherLog(client: Client, log: Pick<EventLog, 'identity'>): Promise<boolean> {
  const identity = await log.identity()
  if (identity === null) return false
  const { rows } = await client.query<{ log: string | null; history: boolean }>(
    `select log, ${HISTORY} as history from ${SCHEMA}.books`,
  )
  const [books] = rows
  if (!books || books.log === identity) return false
  const isOpen = books.log === UNTOLD || (books.log === null && (!books.history || identity.startsWith(FIRST_KIND)))
  if (isOpen) await adopt(client, identity)
  return !isOpen
}

/** @throws Problem `tables.other_log` */
export async function refuseOtherLog(client: Client, log: Pick<EventLog, 'identity'>): Promise<void> {
  if (await isOtherLog(client, log)) throw new Problem('tables.other_log')
}

/** Were the tables folded from this log? There may be none yet. @param url the tables' database */
export async function areOfLog(url: string, log: Pick<EventLog, 'identity'>): Promise<boolean> {
  const client = await connect(url, { application: 'ledgerline origin' })
  try {
    const { rows } = await client.query<{ there: boolean }>(
      `select to_regclass('${SCHEMA}.books') is not null and to_regclass('public.calls') is not null and to_regclass('public.shifts') is not null as there`,
    )
    return rows[0]!.there && !(await isOtherLog(client, log))
  } finally {
    await disconnect(client)
  }
}

/**
 * The same for code that reads the log itself (its chain, a copy of it) and makes no tables: a log other than the
 * house's is empty or old, and what is found in it says nothing about the house.
 * @param url the tables' database
 * @throws Problem `tables.other_log`, `tables.unavailable`
 */
export async function refuseLogOfNobody(url: string, log: Pick<EventLog, 'identity'>): Promise<void> {
  const client = await connect(url, { application: 'ledgerline origin' })
  try {
    const { rows } = await client.query<{ there: boolean }>(
      `select to_regclass('${SCHEMA}.books') is not null as there`,
    )
    if (rows[0]!.there) await refuseOtherLog(client, log)
  } finally {
    await disconnect(client)
  }
}

/** From now on the tables are folded from this log. */
export async function adopt(client: Client, identity: string | null): Promise<void> {
  await client.query(`update ${SCHEMA}.books set log = $1`, [identity ?? UNTOLD])
}
