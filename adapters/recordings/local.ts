/** Recordings in a directory of this machine. */
import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isKey, type RecordingFiles } from './files.ts'
import { demandWhole, Hashed } from './hashed.ts'

/** A file that takes longer than this to write is given up, ms. */
const WRITE_MS = 60_000

export function localFiles(directory: string): RecordingFiles {
  const pathOf = (key: string): string => {
    if (!isKey(key)) throw new Error('not the key of a recording')
    return join(directory, key)
  }
  return {
    async put(key, content, whole) {
      const path = pathOf(key)
      await mkdir(dirname(path), { recursive: true })
      // Written beside it first: readers find all of it or nothing, even after a crash.
      const beside = `${path}.${randomUUID()}.part`
      try {
        const hashed = new Hashed()
        const signal = AbortSignal.timeout(WRITE_MS)
        await pipeline(content, hashed, createWriteStream(beside, { flags: 'wx' }), { signal })
        demandWhole(hashed.whole(), whole)
        const { size } = await stat(beside)
        if (size !== whole.bytes) throw new Error(`${size} bytes were written instead of ${whole.bytes}`)
        await onDisk(beside)
        await rename(beside, path)
        await onDisk(dirname(path))
      } catch (error) {
        await rm(beside, { force: true })
        throw error
      }
    },
    async read(key, range): Promise<Readable> {
      const file = await open(pathOf(key))
      return createReadStream('', { fd: file, ...(range && { start: range.from, end: range.to }) })
    },
    async size(key) {
      try {
        return (await stat(pathOf(key))).size
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
    async delete(key) {
      await rm(pathOf(key), { force: true })
    },
  }
}

async function onDisk(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
