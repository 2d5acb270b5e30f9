/**
 * Takes a recording from where the media server wrote it into the store. A recording has 44 bytes when it stops and is
 * written a little later: what counts is a file that no longer grows, with sound in it.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { Transform } from 'node:stream'
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import type { RecordedFile, RecordingLack } from '@ledgerline/core/telephony/port.ts'
import { keyOf, type RecordingFiles } from './files.ts'
import { HEADER_BYTES, readWav } from './wav.ts'

/** A file is waited for this long, ms … */
const WAIT_MS = 10_000
/** … and counts as whole when it has not grown for this long. */
const STILL_MS = 300

export class RecordingKeeper {
  readonly #files: RecordingFiles
  readonly #clock: Clock
  /** Being taken over, by recording: it may be asked for again meanwhile. */
  readonly #underWay = new Map<string, Promise<RecordedFile | RecordingLack>>()

  constructor(files: RecordingFiles, clock: Clock) {
    this.#files = files
    this.#clock = clock
  }

  /**
   * Checks the file and keeps it; afterwards it is gone from where it was written. Asked again, it answers again.
   * Rejects when the store does not take it: then it stays where it is.
   */
  keep(tenant: string, recordingId: string, path: string): Promise<RecordedFile | RecordingLack> {
    const key = keyOf(tenant, recordingId)
    let keeping = this.#underWay.get(key)
    if (!keeping) {
      keeping = this.#keep(key, path).finally(() => this.#underWay.delete(key))
      this.#underWay.set(key, keeping)
    }
    return keeping
  }

  async #keep(key: string, path: string): Promise<RecordedFile | RecordingLack> {
    const bytes = await this.#whole(path, key)
    if (bytes === null) return this.#keptBefore(key)
    const wav = readWav(await headOf(path), bytes)
    if (!wav) return 'unreadable'
    if (wav.bytes === 0) return 'empty'
    const hash = createHash('sha256')
    const hashed = new Transform({
      transform(chunk: Buffer, _, done) {
        hash.update(chunk)
        done(null, chunk)
      },
    })
    const source = createReadStream(path)
    source.once('error', (error) => hashed.destroy(error))
    try {
      await this.#files.put(key, source.pipe(hashed), bytes)
    } finally {
      source.destroy()
    }
    const sha256 = hash.digest('hex')
    // Should this fail, the file is there twice and is put again.
    await rm(path, { force: true }).catch(() => {})
    return { bytes, durationMs: wav.durationMs, sha256, file: key, simulated: false }
  }

  /** The size of a file that no longer grows; null: there is none. */
  async #whole(path: string, key: string): Promise<number | null> {
    const until = this.#clock.now() + WAIT_MS
    let last = { bytes: -1, since: this.#clock.now() }
    for (;;) {
      const bytes = await sizeOf(path)
      const now = this.#clock.now()
      if (bytes === null && (await this.#files.size(key)) !== null) return null
      if (bytes !== last.bytes) last = { bytes: bytes ?? -1, since: now }
      const still = now - last.since >= STILL_MS
      if (bytes !== null && bytes > 44 && still) return bytes
      if (now >= until) return bytes
      await new Promise<void>((resolve) => this.#clock.at(now + STILL_MS / 3, resolve))
    }
  }

  /** Whoever asked first may have died after keeping it. */
  async #keptBefore(key: string): Promise<RecordedFile | RecordingLack> {
    const bytes = await this.#files.size(key)
    if (bytes === null) return 'no_file'
    const hash = createHash('sha256')
    const head: Buffer[] = []
    let read = 0
    for await (const chunk of await this.#files.read(key)) {
      hash.update(chunk as Buffer)
      if (read < HEADER_BYTES) head.push(chunk as Buffer)
      read += (chunk as Buffer).length
    }
    const wav = readWav(Buffer.concat(head), bytes)
    if (!wav) return 'unreadable'
    return { bytes, durationMs: wav.durationMs, sha256: hash.digest('hex'), file: key, simulated: false }
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
