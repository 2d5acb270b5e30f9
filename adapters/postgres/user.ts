/**
 * The user that runs the embedded database. PostgreSQL refuses root, so that a break-in through it stays small; if we
 * are started as root, it runs as another user, who must then be able to reach its files.
 */
import { execFile } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { type Binaries, installedAt } from './binaries.ts'

export interface DatabaseUser {
  uid: number
  gid: number
  name: string
}

const run = promisify(execFile)
const MADE_HERE = 'ledgerline'

/**
 * The user to run the database as; null for our own. Existing data stay with their owner.
 * @throws Problem `postgres.no_user`, `data.foreign`
 */
export async function databaseUser(data: string): Promise<DatabaseUser | null> {
  const owner = existsSync(data) ? statSync(data) : null
  const own = process.geteuid?.()
  if (own === undefined) return null
  if (own !== 0) {
    if (owner && owner.uid !== own) throw new Problem('data.foreign', { directory: data, owner: owner.uid, user: own })
    return null
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: named(owner.uid) ?? String(owner.uid) }
  const known = lookUp('postgres') ?? lookUp(MADE_HERE)
  if (known) return known
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', MADE_HERE], {
      timeout: 10_000,
    })
  } catch (cause) {
    throw new Problem('postgres.no_user', { reason: (cause as Error).message.trim().split('\n').at(-1)! }, { cause })
  }
  const made = lookUp(MADE_HERE)
  if (!made) throw new Problem('postgres.no_user', { reason: `useradd made no ${MADE_HERE}` })
  return made
}

/**
 * Makes sure that the user can reach one of our directories: the directory itself is opened for passing through (not
 * for listing), those above it are not touched.
 * @throws Problem `data.unreachable` with the first directory that the user may not enter
 */
export function openTheWay(directory: string, user: DatabaseUser): void {
  const stat = statSync(directory)
  if (!mayPass(directory, user) && stat.uid === process.geteuid!()) chmodSync(directory, (stat.mode & 0o7777) | 0o011)
  const blocked = firstBlocked(directory, user)
  if (blocked) throw new Problem('data.unreachable', { user: user.name, directory, blocked })
}

/**
 * The programs in a place where the user can run them: a copy in the data directory if the user cannot reach the
 * installed ones.
 */
export async function reachableBinaries(binaries: Binaries, directory: string, user: DatabaseUser): Promise<Binaries> {
  if (!firstBlocked(binaries.postgres, user)) return binaries
  const copy = join(directory, `postgresql-${binaries.version}`)
  if (!existsSync(copy)) {
    const draft = `${copy}.new`
    rmSync(draft, { recursive: true, force: true })
    cpSync(binaries.home, draft, { recursive: true, verbatimSymlinks: true })
    await run('chown', ['-R', `${user.uid}:${user.gid}`, draft], { timeout: 10_000 })
    renameSync(draft, copy)
  }
  return installedAt(copy, binaries.version)
}

/** Makes the user the owner of a directory or file of ours. */
export function giveTo(path: string, user: DatabaseUser | null): void {
  if (user) chownSync(path, user.uid, user.gid)
}

/**
 * The first of a directory and those above it that the user may not enter; for a program, also one that the user may
 * not run.
 */
function firstBlocked(path: string, user: DatabaseUser): string | null {
  const way = []
  for (let step = realpathSync(path); ; step = dirname(step)) {
    way.unshift(step)
    if (step === dirname(step)) break
  }
  return way.find((step) => !mayPass(step, user)) ?? null
}

function mayPass(path: string, user: DatabaseUser): boolean {
  const { uid, gid, mode } = statSync(path)
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
  return (mode & bit) !== 0
}

function passwd(): string[][] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
}

function lookUp(name: string): DatabaseUser | null {
  const entry = passwd().find((fields) => fields[0] === name)
  return entry ? { uid: Number(entry[2]), gid: Number(entry[3]), name } : null
}

function named(uid: number): string | null {
  return passwd().find((fields) => fields[2] === String(uid))?.[0] ?? null
}
