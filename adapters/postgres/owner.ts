/**
 * One owner per data directory. The owner is a process, recorded in `owner.json` with the moment of its start, so that
 * neither a reused process id nor a restarted container is taken for it. A dead owner needs no cleaning up: the next
 * one takes over.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** A process, distinguished from a later one with the same number. */
export interface Owner {
  pid: number
  /** Start of the process in clock ticks since boot; null where the system does not say. */
  started: string | null
}

/** Holds a directory until it is released or the process ends. */
export interface Claim {
  release(): void
}

const claimsHere = new Map<string, number>()

/**
 * Claims a directory for this process; it is created if absent. Claims by one process are counted.
 * @throws Problem `data.owned` with the owner's pid, `data.not_writable`
 */
export function claim(directory: string): Claim {
  const file = join(directory, 'owner.json')
  const held = claimsHere.get(file) ?? 0
  if (held === 0) take(directory, file)
  claimsHere.set(file, held + 1)
  let released = false
  return {
    release() {
      if (released) return
      released = true
      const left = claimsHere.get(file)! - 1
      if (left > 0) claimsHere.set(file, left)
      else {
        claimsHere.delete(file)
        rmSync(file, { force: true })
      }
    },
  }
}

/** The living process that owns a directory; null if there is none. */
export function ownerOf(directory: string): Owner | null {
  const text = read(join(directory, 'owner.json'))
  return text === null ? null : living(text)
}

function take(directory: string, file: string): void {
  const mine: Owner = { pid: process.pid, started: statOf(process.pid)?.started ?? null }
  const draft = `${file}.${process.pid}`
  try {
    mkdirSync(directory, { recursive: true })
    writeFileSync(draft, `${JSON.stringify(mine)}\n`)
  } catch (cause) {
    throw new Problem('data.not_writable', { directory, reason: (cause as Error).message }, { cause })
  }
  try {
    // link() creates the file completely or not at all, and never replaces one.
    for (;;) {
      try {
        return linkSync(draft, file)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const found = read(file)
      if (found === null) continue
      const owner = living(found)
      if (owner) throw new Problem('data.owned', { directory, pid: owner.pid })
      putAside(file, found)
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Removes a dead owner's file, unless another process was faster and owns it by now. */
function putAside(file: string, dead: string): void {
  const aside = `${file}.${process.pid}.dead`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  if (read(aside) !== dead) {
    try {
      linkSync(aside, file)
    } catch {
      // A third process claimed it meanwhile; the loop finds it.
    }
  }
  rmSync(aside, { force: true })
}

function living(text: string): Owner | null {
  let owner: Owner
  try {
    owner = JSON.parse(text) as Owner
  } catch {
    return null
  }
  if (!Number.isInteger(owner?.pid) || owner.pid <= 0 || !isAlive(owner.pid)) return null
  const now = statOf(owner.pid)
  return now === null || owner.started === null || now.started === owner.started ? owner : null
}

/**
 * Is a process with this number running (under any user)? A zombie is not: its number is only kept until its parent has
 * asked.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return statOf(pid)?.state !== 'Z'
}

/** Fields 3 and 22 of /proc/PID/stat; the name in field 2 may hold spaces and brackets. */
function statOf(pid: number): { state: string; started: string } | null {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0]!, started: fields[19]! }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
