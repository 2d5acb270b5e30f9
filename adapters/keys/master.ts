/**
 * The master key: from the environment (LEDGERLINE_MASTER_KEY), or from the file `master.key` in the data directory,
 * made at the first start. Losing it means losing every personal field; anyone who has it and the database can read
 * them all.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

const BYTES = 32
const VARIABLE = 'LEDGERLINE_MASTER_KEY'

export interface MasterKey {
  /** 32 bytes. */
  key: Buffer
  /** Where it came from, for messages. */
  source: string
  /** True if others could read the file; they no longer can. Worth telling the operator. */
  wasExposed: boolean
}

/**
 * Finds the master key; null if there is none yet.
 * @throws Problem `key.file_invalid`, `key.file_unreadable`
 */
export function findMasterKey(directory: string, environment: NodeJS.ProcessEnv = process.env): MasterKey | null {
  const given = environment[VARIABLE]
  if (given) return { key: parse(given, VARIABLE), source: VARIABLE, wasExposed: false }
  const file = join(directory, 'master.key')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new Problem('key.file_unreadable', { key: file, reason: (error as Error).message }, { cause: error })
  }
  const key = parse(text, file)
  const wasExposed = (statSync(file).mode & 0o077) !== 0
  if (wasExposed) chmodSync(file, 0o600)
  return { key, source: file, wasExposed }
}

/**
 * Makes a master key and its file, on disk before this returns. Never replaces one.
 * @throws Problem `data.not_writable`
 */
export function makeMasterKey(directory: string): MasterKey {
  const file = join(directory, 'master.key')
  const draft = `${file}.${process.pid}`
  const key = randomBytes(BYTES)
  try {
    const handle = openSync(draft, 'wx', 0o600)
    writeSync(handle, `${key.toString('base64url')}\n`)
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
  return { key, source: file, wasExposed: false }
}

/** Where the key is looked for, for messages about a missing one. */
export function masterKeyPlace(directory: string): string {
  return join(directory, 'master.key')
}

function parse(text: string, source: string): Buffer {
  const trimmed = text.trim()
  const key = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : Buffer.from(trimmed, 'base64')
  if (key.length !== BYTES || !/^[\w+/=-]+$/.test(trimmed)) throw new Problem('key.file_invalid', { key: source })
  return key
}
