/**
 * The data directory and its databases, opened and closed as a whole. One process owns a directory: `up`,
 * or a command that found no owner and started the database itself. The others attach to the owner's
 * database; an owner that only passes by waits for them before it stops it.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { attachEmbedded, LOG_DATABASE, startEmbedded, TABLES_DATABASE } from '@ledgerline/adapters/postgres/embedded.ts'
import { claim, ownerOf } from '@ledgerline/adapters/postgres/owner.ts'
import { ensureDatabase, present, type Presence } from '@ledgerline/adapters/postgres/presence.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Config } from './config.ts'

/**
 * What a command wants of the data: to own them until it is told to stop (`up`), to write or to read
 * beside whoever owns them. Only reading does not make them.
 */
export type Use = 'own' | 'write' | 'read'

/** The databases, open. */
export interface Databases {
  /** Connection strings. */
  log: string
  tables: string
  presence: Presence
  close(): Promise<void>
}

/** An owner may take so long to start or to stop its database, ms. */
const OWNER_MS = 60_000
const POLL_MS = 50
const STILL_WAITING_MS = 1_000

/**
 * Opens the databases of a configuration.
 * @param note told when closing has to wait for other commands
 * @throws Problem `data.*`, `postgres.*`
 */
export async function openDatabases(config: Config, use: Use, note: (waiting: 'for others') => void = () => {}): Promise<Databases> {
  if (use === 'read' && !config.databases && !existsSync(join(config.directory, 'postgres'))) throw new Problem('data.none', { directory: config.directory })
  if (config.databases) return openServer(config.directory, config.databases, use)
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

/** A server that is not ours: the directory is owned for the sake of its key. */
async function openServer(directory: string, databases: { log: string; tables: string }, use: Use): Promise<Databases> {
  const held = use === 'own' ? claim(directory) : null
  try {
    if (use !== 'read') await ensureDatabase(databases.log, databases.tables)
    const presence = (await present(databases.tables))!
    return {
      ...databases,
      presence,
      async close() {
        await presence.leave()
        held?.release()
      },
    }
  } catch (error) {
    held?.release()
    throw error
  }
}

/** The database of a living owner; null when there is none, or none yet, or it is about to stop. */
async function attach(directory: string): Promise<Databases | null> {
  const server = attachEmbedded(directory)
  if (!server) return null
  try {
    const presence = await present(server.url(TABLES_DATABASE))
    return presence && { log: server.url(LOG_DATABASE), tables: server.url(TABLES_DATABASE), presence, close: () => presence.leave() }
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
