/**
 * The master key: from the environment (LEDGERLINE_MASTER_KEY), or from the file `master.key` in the data directory,
 * made at the first start. Losing it means losing every personal field; anyone who has it and the database can read
 * them all.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { readKeyFile, writeKeyFile } from './key-file.ts'

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
  const found = readKeyFile(file)
  return found && { key: parse(found.text, file), source: file, wasExposed: found.wasExposed }
}

/**
 * Makes a master key and its file, on disk before this returns. Never replaces one.
 * @throws Problem `data.not_writable`
 */
export function makeMasterKey(directory: string): MasterKey {
  const file = join(directory, 'master.key')
  const key = randomBytes(BYTES)
  writeKeyFile(file, `${key.toString('base64url')}\n`)
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
