/**
 * A cluster's server process (PostgreSQL calls it the postmaster): whether it is running, and how to end it, even if it
 * was killed and part of it is left.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { isAlive } from './owner.ts'

const STOP_MS = 30_000
/** How often a process that is starting or ending is checked, ms. */
export const POLL_MS = 10

/** What a data directory contains. */
export interface Files {
  directory: string
  cluster: string
  kept: string
  log: string
}

export function filesOf(directory: string): Files {
  return {
    directory,
    cluster: join(directory, 'postgres'),
    kept: join(directory, 'postgres.json'),
    log: join(directory, 'postgres.log'),
  }
}

export interface Postmaster {
  pid: number
  port: number
  status: string
}

/** The server running in the cluster, from the file it keeps there; null if none is. */
export function postmasterOf(files: Files): Postmaster | null {
  let lines: string[]
  try {
    lines = readFileSync(join(files.cluster, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return null
  }
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return null
  const found = { pid, port: Number(lines[3]), status: lines[7]?.trim() ?? '' }
  // Without /proc the number alone must do; with it, a reused number is not taken for our server.
  return !hasProc() || workingDirectoryOf(pid) === realpathSync(files.cluster) ? found : null
}

/** Makes sure that neither a server nor anything left of one is running in the cluster. */
export async function vacate(files: Files): Promise<void> {
  await stopPostmaster(files)
  await clearRemains(files)
}

/**
 * After a kill of the server itself: waits for its backends, which notice by themselves, and removes the file that
 * names it. PostgreSQL would do both, but it takes a zombie, or any process that now has the number, for a living
 * server.
 */
async function clearRemains(files: Files): Promise<void> {
  const file = join(files.cluster, 'postmaster.pid')
  if (!existsSync(file) || !hasProc()) return
  const cluster = realpathSync(files.cluster)
  const backends = () =>
    readdirSync('/proc').filter((name) => /^\d+$/.test(name) && workingDirectoryOf(Number(name)) === cluster)
  const deadline = Date.now() + STOP_MS
  for (let left = backends(); left.length > 0; left = backends()) {
    if (Date.now() > deadline) throw failed('start', files, `process ${left[0]} of a killed server does not end`)
    await pause(POLL_MS)
  }
  rmSync(file, { force: true })
}

const hasProc = () => existsSync('/proc/self/cwd')

/** A process's working directory; null if it is gone, a zombie or not ours to know. */
function workingDirectoryOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return null
  }
}

export function signal(files: Files, name: NodeJS.Signals): void {
  const running = postmasterOf(files)
  if (!running) return
  try {
    process.kill(running.pid, name)
  } catch {
    // It is gone, as intended.
  }
}

/**
 * Ends the server of the cluster, if one is running: fast first, immediately if that takes too long (the next start
 * then recovers).
 */
export async function stopPostmaster(files: Files): Promise<void> {
  const running = postmasterOf(files)
  if (!running) return
  const deadline = Date.now() + STOP_MS
  signal(files, 'SIGINT')
  let forced = false
  while (isAlive(running.pid) && postmasterOf(files)?.pid === running.pid) {
    if (Date.now() > deadline && !forced) {
      signal(files, 'SIGQUIT')
      forced = true
    }
    if (Date.now() > deadline + 5_000) throw failed('stop', files, `process ${running.pid} does not end`)
    await pause(POLL_MS)
  }
}

export function failed(what: string, files: Files, reason: string): Problem {
  return new Problem('postgres.failed', { what, reason, log: files.log })
}

/** PostgreSQL's last complaint. */
export function tail(files: Files): string {
  const lines = existsSync(files.log) ? readFileSync(files.log, 'utf8').trim().split('\n') : []
  return (lines.findLast((line) => /FATAL|PANIC|ERROR|error:/.test(line)) ?? lines.at(-1) ?? 'it said nothing').replace(
    /^.*?(FATAL|PANIC|ERROR|error): +/,
    '',
  )
}
