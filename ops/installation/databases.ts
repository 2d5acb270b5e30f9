/**
 * The data directory and its databases, opened and closed as a whole. One process owns a directory: `up`, or a command
 * that found no owner and started the database itself; a server that is not ours has none. Others attach to the owner's
 * database; an owner that only runs one command waits for them before it stops the database.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { attachEmbedded, LOG_DATABASE, startEmbedded, TABLES_DATABASE } from '@ledgerline/adapters/postgres/embedded.ts'
import { ownerOf } from '@ledgerline/adapters/postgres/owner.ts'
import { addressOf } from '@ledgerline/adapters/postgres/connect.ts'
import { ensureDatabase, hasDatabase, present, type Presence } from '@ledgerline/adapters/postgres/presence.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Config } from '../config.ts'
import { whenItAnswers, type Starting } from './server-wait.ts'

/**
 * What a command wants with the data: to own them until it is told to stop (`up`), or to write or read beside their
 * owner. Reading alone does not create them.
 */
export type Use = 'own' | 'write' | 'read'

/** The databases, open. */
export interface Databases {
  /** Connection strings. */
  log: string
  tables: string
  presence: Presence
  /** Other processes may do the same work with them as this one: they are on a server that is not ours. */
  shared: boolean
  close(): Promise<void>
}

/** How long an owner may take to start or stop its database, ms. */
const OWNER_MS = 60_000
const POLL_MS = 50
const STILL_WAITING_MS = 1_000

/**
 * Opens the databases of a configuration.
 * @param note called when closing has to wait for other commands
 * @param starting how to wait for a server that is still starting; absent: no waiting
 * @throws Problem `data.*`, `postgres.*`
 */
export async function openDatabases(
  config: Config,
  use: Use,
  note: (waiting: 'for others') => void = () => {},
  starting?: Starting,
): Promise<Databases> {
  if (use === 'read' && !config.databases && !existsSync(join(config.directory, 'postgres')))
    throw new Problem('data.none', { directory: config.directory })
  const { databases } = config
  if (databases) {
    const open = () => openServer(config.directory, databases, use)
    return starting ? whenItAnswers(starting, open) : open()
  }
  const deadline = Date.now() + OWNER_MS
  for (;;) {
    const attached = use === 'own' ? null : await attach(config.directory)
    if (attached) return attached
    const owner = ownerOf(config.directory)
    if (!owner || use === 'own') {
      try {
        return await own(config.directory, use, note)
      } catch (error) {
        // Another command was faster: the next round attaches to it.
        if (use === 'own' || !isProblem(error, 'data.owned')) throw error
      }
    }
    if (owner && Date.now() > deadline) throw new Problem('data.owned', { directory: config.directory, pid: owner.pid })
    await pause(POLL_MS)
  }
}

/** A server that is not ours: nobody owns it, and leases decide who does what. */
async function openServer(directory: string, databases: { log: string; tables: string }, use: Use): Promise<Databases> {
  if (use === 'own') makeDirectory(directory)
  if (use !== 'read') await ensureDatabase(databases.log, databases.tables)
  else if (!(await hasDatabase(databases.log, databases.tables)))
    throw new Problem('data.none', { directory: addressOf(databases.log) })
  const presence = (await present(databases.tables))!
  return { ...databases, presence, shared: true, close: () => presence.leave() }
}

/** For the key and the journal. */
function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true })
  } catch (cause) {
    throw new Problem('data.not_writable', { directory, reason: (cause as Error).message }, { cause })
  }
}

/** The database of a living owner; null if there is none, or none yet, or it is about to stop. */
async function attach(directory: string): Promise<Databases | null> {
  const server = attachEmbedded(directory)
  if (!server) return null
  try {
    const presence = await present(server.url(TABLES_DATABASE))
    return (
      presence && {
        log: server.url(LOG_DATABASE),
        tables: server.url(TABLES_DATABASE),
        presence,
        shared: false,
        close: () => presence.leave(),
      }
    )
  } catch (error) {
    if (isProblem(error, 'postgres.unreachable')) return null
    throw error
  }
}

async function own(directory: string, use: Use, note: (waiting: 'for others') => void): Promise<Databases> {
  const server = await startEmbedded({ directory })
  try {
    const presence = (await present(server.url(TABLES_DATABASE)))!
    return {
      log: server.url(LOG_DATABASE),
      tables: server.url(TABLES_DATABASE),
      presence,
      shared: false,
      async close() {
        if (use !== 'own') await lastOne(presence, note)
        await presence.leave()
        await server.stop()
      },
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function lastOne(presence: Presence, note: (waiting: 'for others') => void): Promise<void> {
  for (let waited = 0; !(await presence.shutDoor().catch(() => true)); waited += POLL_MS) {
    if (waited === STILL_WAITING_MS) note('for others')
    await pause(POLL_MS)
  }
}
