/**
 * The store of recordings: files by key. A key is made by the house (`keyOf`), never by a client, and names no person.
 * One contract suite proves all of its kinds (`test/recording/store-contract.ts`).
 */
import type { Readable } from 'node:stream'

/** What a whole file is. */
export interface Whole {
  bytes: number
  /** Hexadecimal. */
  sha256: string
}

export interface RecordingFiles {
  /**
   * Puts a whole file; one that is there already is replaced. It is there whole or not at all: rejects if what arrives is
   * not what was announced.
   */
  put(key: string, content: Readable, whole: Whole): Promise<void>
  /** Part of a file, both ends included, or all of it. @throws Error if there is none */
  read(key: string, range?: { from: number; to: number }): Promise<Readable>
  /** Its size in bytes; null: there is no such file. */
  size(key: string): Promise<number | null>
  /** Deletes a file; it need not be there. */
  delete(key: string): Promise<void>
}

const KEY = /^([\w~-]{1,90})\/([\w~-]{1,100})\.wav$/

/** Where the file of a recording is kept: by tenant. */
export function keyOf(tenant: string, recordingId: string): string {
  return `${plain(tenant)}/${plain(recordingId)}.wav`
}

/** Whose file this is; null: none of ours. */
export function recordingOf(key: string): { tenant: string; recordingId: string } | null {
  const [, tenant, recordingId] = KEY.exec(key) ?? []
  if (tenant === undefined || recordingId === undefined) return null
  const found = { tenant: original(tenant), recordingId: original(recordingId) }
  return keyOf(found.tenant, found.recordingId) === key ? found : null
}

/** A key in the form that {@link keyOf} gives: it cannot lead anywhere else. */
export function isKey(key: string): boolean {
  return KEY.test(key)
}

/** Different texts stay different. */
function plain(text: string): string {
  return text.replace(/[^\w-]/g, (letter) => `~${letter.charCodeAt(0).toString(16)}~`)
}

function original(text: string): string {
  return text.replace(/~([0-9a-f]{1,4})~/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
}
