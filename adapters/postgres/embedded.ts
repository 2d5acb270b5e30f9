/**
 * The PostgreSQL that needs no installation: started as a process of its own in the data directory,
 * kept between runs, reachable from this machine only.
 *
 * Its life is tied to an *owner* (`owner.ts`), not to our process: when the owner is killed, the
 * server lives on, and the next owner *adopts* it. That makes a restart quick (no shutdown, no
 * recovery) and is safe, because the transactions of the dead owner end by themselves. An adopted
 * server that was started with other settings is stopped and started again; a server that dies while
 * its owner lives is started again by that owner.
 *
 * Layout of the data directory: `postgres/` (the cluster), `postgres.json` (port, user and password,
 * readable by its owner alone), `postgres.log`, `owner.json`.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { findBinaries, type Binaries } from './binaries.ts'
import { ensureDatabases, initdbLocales } from './databases.ts'
import { claim, ownerOf } from './owner.ts'
import {
  failed,
  type Files,
  filesOf,
  POLL_MS,
  postmasterOf,
  signal,
  stopPostmaster,
  tail,
  vacate,
} from './postmaster.ts'
import { databaseUser, giveTo, openTheWay, reachableBinaries, type DatabaseUser } from './user.ts'

/** A running server. */
export interface EmbeddedServer {
  host: string
  port: number
  user: string
  password: string
  /** Connection string of one of its databases. */
  url(database: string): string
}

/** A server that we own. */
export interface OwnedServer extends EmbeddedServer {
  /** Stops it (open transactions are rolled back, everything committed is on disk) and releases the directory. */
  stop(): Promise<void>
}

export interface Starting {
  /** The data directory; created if absent. */
  directory: string
  /** A port of 127.0.0.1; by default the one used before, or a free one. */
  port?: number
  /** False in tests only: a crash of the machine may lose data. */
  durable?: boolean
}

/** The databases of the house: the log is separate from the tables, which commit without waiting for the disk. */
export const LOG_DATABASE = 'ledgerline_log'
export const TABLES_DATABASE = 'ledgerline_tables'
const DATABASES = { plain: [LOG_DATABASE], searched: [TABLES_DATABASE] }

/** How often a server that should be running is checked, ms. */
const WATCH_MS = 500
const HOST = '127.0.0.1'
const USER = 'ledgerline'
const START_MS = 60_000

/** What is kept beside the cluster. */
interface Kept {
  port: number
  password: string
  /** The settings that the server was last started with. */
  settings: string[]
}

/**
 * Starts the database of a data directory, or adopts the one that a dead owner left running.
 * @throws Problem `data.*` when the directory cannot be used, `postgres.*` when the server cannot be started
 */
export async function startEmbedded({ directory, port, durable = true }: Starting): Promise<OwnedServer> {
  const place = resolve(directory)
  const held = claim(place)
  try {
    const files = filesOf(place)
    const user = await databaseUser(files.cluster)
    if (user) openTheWay(place, user)
    const found = findBinaries()
    const binaries = user ? await reachableBinaries(found, place, user) : found
    checkMajor(files, binaries)
    let kept = readKept(files)
    if (!existsSync(files.cluster)) {
      kept = { port: 0, password: randomBytes(24).toString('base64url'), settings: [] }
      writeKept(files, kept)
      await initialise(files, binaries, user, kept.password)
    } else if (!kept) {
      kept = { port: 0, password: randomBytes(24).toString('base64url'), settings: [] }
      await vacate(files)
      await resetPassword(files, binaries, user, kept.password)
      writeKept(files, kept)
    }
    const settings = settingsOf(binaries, durable)
    let server = await adopt(files, kept, settings, port)
    if (!server) {
      await vacate(files)
      const chosen = await launch(files, binaries, user, settings, port, kept.port)
      const started = { port: chosen, password: kept.password, settings }
      writeKept(files, started)
      server = serverAt(started)
      await ensureDatabases(server.url, DATABASES)
    }
    const { port: chosen } = server
    const again = async () => {
      await vacate(files)
      await launch(files, binaries, user, settings, chosen, chosen)
    }
    return owned(server, files, again, held.release)
  } catch (error) {
    // Whatever made it fail: the directory was ours, and so is a server running in it. None is left behind.
    await stopPostmaster(filesOf(place)).catch(() => {})
    held.release()
    throw error
  }
}

/** The server of a data directory whose owner is alive, for another process to connect to; null if there is none. */
export function attachEmbedded(directory: string): EmbeddedServer | null {
  const place = resolve(directory)
  const files = filesOf(place)
  const kept = readKept(files)
  if (!kept || !ownerOf(place) || postmasterOf(files)?.status !== 'ready') return null
  return serverAt(kept)
}

function serverAt({ port, password }: Kept): EmbeddedServer {
  return {
    host: HOST,
    port,
    user: USER,
    password,
    url: (database) => `postgres://${USER}:${password}@${HOST}:${port}/${database}`,
  }
}

function owned(server: EmbeddedServer, files: Files, again: () => Promise<void>, release: () => void): OwnedServer {
  const watch = watched(files, again)
  // If our process ends without stop(), the server is told to end too; after a kill -9 it stays, to be adopted.
  const farewell = () => signal(files, 'SIGINT')
  process.once('exit', farewell)
  let stopping: Promise<void> | null = null
  return {
    ...server,
    stop() {
      stopping ??= watch
        .end()
        .then(() => stopPostmaster(files))
        .finally(() => {
          process.off('exit', farewell)
          release()
        })
      return stopping
    },
  }
}

/**
 * Starts the server again, at its address, whenever it has ended by itself: killed, out of memory, out of disk. Keeps
 * trying until it can.
 */
function watched(files: Files, again: () => Promise<void>): { end(): Promise<void> } {
  let starting: Promise<void> | null = null
  const timer = setInterval(() => {
    if (starting || postmasterOf(files)) return
    // Its log says why it failed; those who need it see that it is away.
    starting = again()
      .catch(() => pause(WATCH_MS))
      .finally(() => (starting = null))
  }, WATCH_MS)
  // Nothing waits for it.
  timer.unref()
  return {
    async end() {
      clearInterval(timer)
      await starting
    },
  }
}

function checkMajor(files: Files, binaries: Binaries): void {
  if (!existsSync(files.cluster)) return
  const found = Number.parseInt(readFileSync(join(files.cluster, 'PG_VERSION'), 'utf8'), 10)
  const details = { directory: files.cluster, found, known: binaries.major }
  if (found > binaries.major) throw new Problem('postgres.newer', details)
  if (found < binaries.major) throw new Problem('postgres.older', details)
}

function readKept(files: Files): Kept | null {
  try {
    return JSON.parse(readFileSync(files.kept, 'utf8')) as Kept
  } catch {
    return null
  }
}

function writeKept(files: Files, kept: Kept): void {
  const draft = `${files.kept}.new`
  writeFileSync(draft, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, files.kept)
}

/** Made elsewhere and moved into place once complete: an interrupted half-made cluster is never taken for a cluster. */
async function initialise(
  files: Files,
  binaries: Binaries,
  user: DatabaseUser | null,
  password: string,
): Promise<void> {
  const draft = `${files.cluster}.new`
  const secret = `${files.cluster}.secret`
  rmSync(draft, { recursive: true, force: true })
  rmSync(files.log, { force: true })
  mkdirSync(draft, { mode: 0o700 })
  giveTo(draft, user)
  writeFileSync(secret, `${password}\n`, { mode: 0o600 })
  giveTo(secret, user)
  try {
    const initdb = (locales: readonly string[]) => {
      const child = start(files, user, binaries.initdb, [
        `--pgdata=${draft}`,
        `--username=${USER}`,
        `--pwfile=${secret}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        ...locales,
        '--no-instructions',
      ])
      return finished(child, files, 'make a cluster')
    }
    // A system whose C library has never heard of C.UTF-8 gets a cluster all the same.
    await initdb(initdbLocales.known).catch(() => initdb(initdbLocales.unknown))
  } finally {
    rmSync(secret, { force: true })
  }
  renameSync(draft, files.cluster)
}

/** `postgres.json` was lost: the cluster gets a new password in single-user mode, which asks for none. */
async function resetPassword(
  files: Files,
  binaries: Binaries,
  user: DatabaseUser | null,
  password: string,
): Promise<void> {
  const child = start(files, user, binaries.postgres, ['--single', '-D', files.cluster, 'postgres'], 'pipe')
  child.stdin!.end(`alter user ${USER} password '${password}'\n`)
  await finished(child, files, 'set a password')
}

function settingsOf(binaries: Binaries, durable: boolean): string[] {
  const settings: Record<string, string> = {
    listen_addresses: HOST,
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '256MB',
    // Nothing replicates from an embedded server, and COPY into a table made in the same transaction writes no WAL.
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '2GB',
    min_wal_size: '256MB',
    checkpoint_timeout: '15min',
    jit: 'off',
    wal_sync_method: 'open_datasync',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    cluster_name: `ledgerline ${binaries.version}`,
  }
  // Data that need not survive belong to tests, which run many installations on one server.
  if (!durable) Object.assign(settings, { fsync: 'off', full_page_writes: 'off', max_connections: '400' })
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/**
 * Starts the server, waits until it accepts connections, and returns its port: the one asked for, else the previous
 * one, else any.
 */
async function launch(
  files: Files,
  binaries: Binaries,
  user: DatabaseUser | null,
  settings: string[],
  asked: number | undefined,
  before: number,
): Promise<number> {
  const deadline = Date.now() + START_MS
  for (;;) {
    const port = asked ?? ((before > 0 && (await freePort(before))) || (await freePort(0)))
    if (port === null || (await freePort(port)) === null) throw new Problem('postgres.port_taken', { port: asked ?? 0 })
    rmSync(files.log, { force: true })
    const child = start(files, user, binaries.postgres, ['-D', files.cluster, '-p', String(port), ...settings])
    while (child.exitCode === null && child.signalCode === null) {
      if (postmasterOf(files)?.status === 'ready') {
        child.unref()
        return port
      }
      if (Date.now() > deadline) {
        child.kill('SIGQUIT')
        throw failed('start', files, `it was not ready within ${START_MS / 1000} s`)
      }
      await pause(POLL_MS)
    }
    const said = existsSync(files.log) ? readFileSync(files.log, 'utf8') : ''
    // Another program took the port since we checked; or backends of a killed server have not noticed yet, and until
    // they are gone nothing else may touch the files.
    const passing = (asked === undefined && said.includes('Address already in use')) || said.includes('still in use')
    if (!passing || Date.now() > deadline)
      throw failed('start', files, /could not bind.*/.exec(said)?.[0] ?? tail(files))
    await pause(100)
  }
}

/** Its own session: a Ctrl-C meant for us must not stop the database before we have finished with it. */
function start(
  files: Files,
  user: DatabaseUser | null,
  program: string,
  args: string[],
  stdin: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  const log = openSync(files.log, 'a', 0o600)
  try {
    return spawn(program, args, {
      cwd: files.directory,
      detached: true,
      stdio: [stdin, log, log],
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
      ...(user ? { uid: user.uid, gid: user.gid } : {}),
    })
  } finally {
    closeSync(log)
  }
}

async function finished(child: ChildProcess, files: Files, what: string): Promise<void> {
  const signal = AbortSignal.timeout(START_MS)
  try {
    const [code] = (await once(child, 'exit', { signal })) as [number | null]
    if (code !== 0) throw failed(what, files, tail(files))
  } catch (error) {
    child.kill('SIGKILL')
    throw error instanceof Problem
      ? error
      : failed(what, files, signal.aborted ? `not done within ${START_MS / 1000} s` : (error as Error).message)
  }
}

/** A server that outlived its owner, if it is as we would start it and answers. */
async function adopt(
  files: Files,
  kept: Kept,
  settings: string[],
  port: number | undefined,
): Promise<EmbeddedServer | null> {
  const running = postmasterOf(files)
  if (running?.status !== 'ready' || running.port !== kept.port) return null
  if (port !== undefined && port !== kept.port) return null
  if (JSON.stringify(settings) !== JSON.stringify(kept.settings)) return null
  const server = serverAt(kept)
  try {
    await ensureDatabases(server.url, DATABASES)
    return server
  } catch {
    return null
  }
}

/** The port (for 0: a free one), null if it is taken. */
function freePort(port: number): Promise<number | null> {
  return new Promise((found) => {
    const probe = createServer()
    probe.once('error', () => found(null))
    probe.listen(port, HOST, () => {
      const { port: bound } = probe.address() as { port: number }
      probe.close(() => found(bound))
    })
  })
}
