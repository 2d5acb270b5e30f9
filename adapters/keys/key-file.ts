/** Keys that an installation makes for itself: a file that only its owner can read, made once and never replaced. */
import { chmodSync, closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

export interface KeyFile {
  text: string
  /** Others could read the file; they no longer can. Worth telling the operator. */
  wasExposed: boolean
}

/** What a key file holds; null: there is none. @throws Problem `key.file_unreadable` */
export function readKeyFile(file: string): KeyFile | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new Problem('key.file_unreadable', { key: file, reason: (error as Error).message }, { cause: error })
  }
  const wasExposed = (statSync(file).mode & 0o077) !== 0
  if (wasExposed) chmodSync(file, 0o600)
  return { text, wasExposed }
}

/**
 * Writes a key file, on disk before this returns. Never replaces one.
 * @throws Problem `data.not_writable`, also where there is one already
 */
export function writeKeyFile(file: string, text: string): void {
  const directory = dirname(file)
  const draft = `${file}.${process.pid}`
  try {
    const handle = openSync(draft, 'wx', 0o600)
    writeSync(handle, text)
    fsyncSync(handle)
    closeSync(handle)
    linkSync(draft, file)
    const folder = openSync(directory, 'r')
    fsyncSync(folder)
    closeSync(folder)
  } catch (cause) {
    throw new Problem('data.not_writable', { directory, reason: (cause as Error).message }, { cause })
  } finally {
    rmSync(draft, { force: true })
  }
}

/** What a key file holds; it is made if there is none. @throws Problem `key.file_unreadable`, `data.not_writable` */
export function keepOnce(file: string, make: () => string): string {
  const there = readKeyFile(file)
  if (there) return there.text
  const text = make()
  writeKeyFile(file, text)
  return text
}
