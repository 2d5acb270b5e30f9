/**
 * The spool: where media servers write recordings, and from where they are checked and taken into the store. A recording
 * leaves it only when the ledger says that it is kept, so whatever dies or is away in between loses nothing: what lies in
 * the spool is looked through at the start and every minute, and every step can be made again.
 *
 * A recording has 44 bytes when it stops and is written a little later: what counts is a file that no longer grows, with
 * sound in it. A recording that still runs is left alone.
 */
import { createReadStream } from 'node:fs'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { RecordedFile, RecordingLack } from '@ledgerline/core/telephony/port.ts'
import { keyOf, recordingOf, type RecordingFiles } from './files.ts'
import { wholeOf } from './hashed.ts'
import { HEADER_BYTES, readWav } from './wav.ts'

/** A file is waited for this long, ms … */
const WAIT_MS = 10_000
/** … and counts as whole when it has not grown for this long. */
const STILL_MS = 300
/** What was written to more recently than this is left alone by sweeps, ms: who writes it may not be known here. */
const SETTLED_MS = 60_000
const SWEEP_MS = 60_000

export interface SpoolOptions {
  /** Where media servers write. */
  directory: string
  files: RecordingFiles
  clock: Clock
  /** Does a media server still write it, as far as is known? */
  isRunning(recordingId: string): boolean
  /** Writes into the ledger what became of a recording. Resolves when it is there. */
  confirm(tenant: string, recordingId: string, file: RecordedFile | RecordingLack): Promise<void>
  /** The store takes none: told once, until it takes one again. */
  onTrouble(problem: Problem): void
}

type Result = RecordedFile | RecordingLack

export class RecordingSpool {
  readonly #with: SpoolOptions
  /** Being taken over, by key: it may be asked for again meanwhile. */
  readonly #underWay = new Map<string, Promise<Result | null>>()
  /** In the store, and perhaps not yet in the ledger. */
  readonly #kept = new Map<string, RecordedFile>()
  #told = false
  #sweeping: Promise<void> | null = null
  #cancel: (() => void) | null = null
  #stopped = false

  constructor(options: SpoolOptions) {
    this.#with = options
  }

  /** Where a media server is to write it. */
  pathOf(tenant: string, recordingId: string): string {
    return join(this.#with.directory, keyOf(tenant, recordingId))
  }

  /** Checks the file and keeps it. Asked again, it answers again. Null: not yet, ask again later; never rejects. */
  keep(tenant: string, recordingId: string): Promise<Result | null> {
    const key = keyOf(tenant, recordingId)
    let keeping = this.#underWay.get(key)
    if (!keeping) {
      keeping = this.#keep(key, recordingId)
        .catch((error: unknown) => this.#trouble(error))
        .finally(() => this.#underWay.delete(key))
      this.#underWay.set(key, keeping)
    }
    return keeping
  }

  /** Looks through it now, and from now on. */
  start(): void {
    const again = async (): Promise<void> => {
      await this.sweep()
      if (!this.#stopped) this.#cancel = this.#with.clock.at(this.#with.clock.now() + SWEEP_MS, () => void again())
    }
    void again()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel?.()
    await this.#sweeping
  }

  /** Takes what lies in it. Never rejects. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = null))
    return this.#sweeping
  }

  async #sweep(): Promise<void> {
    const { directory, isRunning, confirm } = this.#with
    // None there yet: nothing was written.
    const names = await readdir(directory, { recursive: true }).catch(() => [])
    for (const name of names) {
      const of = recordingOf(name)
      if (!of || isRunning(of.recordingId)) continue
      const { tenant, recordingId } = of
      if (!this.#kept.has(name) && !(await this.#isSettled(name))) continue
      const result = await this.keep(tenant, recordingId)
      if (this.#stopped) return
      if (result === null) continue
      try {
        await confirm(tenant, recordingId, result)
      } catch {
        // The ledger is away, or does not know the call: it stays, and is tried again.
        continue
      }
      const path = join(directory, name)
      // Nobody can play it, but somebody may know how to mend it.
      if (result === 'unreadable') await rename(path, `${path}.unreadable`).catch(() => {})
      else await rm(path, { force: true }).catch(() => {})
      this.#kept.delete(name)
    }
  }

  async #isSettled(name: string): Promise<boolean> {
    const about = await stat(join(this.#with.directory, name)).catch(() => null)
    return about !== null && about.mtimeMs + SETTLED_MS <= this.#with.clock.now()
  }

  async #keep(key: string, recordingId: string): Promise<Result | null> {
    const { directory, files, isRunning } = this.#with
    if (isRunning(recordingId)) return null
    const known = this.#kept.get(key)
    if (known) return known
    const path = join(directory, key)
    const bytes = await this.#whole(path, key)
    if (bytes === 'grows') return null
    if (bytes === null) return await this.#keptBefore(key)
    const wav = readWav(await headOf(path), bytes)
    if (!wav) return 'unreadable'
    if (wav.bytes === 0) return 'empty'
    const whole = await wholeOf(createReadStream(path))
    const source = createReadStream(path)
    try {
      await files.put(key, source, whole)
    } finally {
      source.destroy()
    }
    if ((await files.size(key)) !== whole.bytes) throw new Error('the store has another size')
    this.#told = false
    const file = { ...whole, durationMs: wav.durationMs, file: key, simulated: false }
    this.#kept.set(key, file)
    return file
  }

  /** The size of a file that no longer grows; null: there is none. */
  async #whole(path: string, key: string): Promise<number | 'grows' | null> {
    const { clock, files } = this.#with
    const until = clock.now() + WAIT_MS
    let last: { bytes: number | null; since: number } = { bytes: null, since: clock.now() }
    for (;;) {
      const bytes = await sizeOf(path)
      const now = clock.now()
      if (bytes === null && (await files.size(key)) !== null) return null
      if (bytes !== last.bytes) last = { bytes, since: now }
      const still = now - last.since >= STILL_MS
      if (bytes !== null && bytes > 44 && still) return bytes
      if (now >= until) return still ? bytes : 'grows'
      await new Promise<void>((resolve) => clock.at(now + STILL_MS / 3, resolve))
    }
  }

  /** It is not in the spool: the process that kept it may have died before anybody heard of it. */
  async #keptBefore(key: string): Promise<Result> {
    const { directory, files } = this.#with
    const bytes = await files.size(key)
    if (bytes === null) {
      // Is the spool itself gone, a file that is not there says nothing.
      await stat(directory)
      return 'no_file'
    }
    const head = readWav(
      await firstOf(await files.read(key, { from: 0, to: Math.min(bytes, HEADER_BYTES) - 1 })),
      bytes,
    )
    if (!head) return 'unreadable'
    const whole = await wholeOf(await files.read(key))
    return { ...whole, durationMs: head.durationMs, file: key, simulated: false }
  }

  #trouble(error: unknown): null {
    if (!this.#told) {
      this.#told = true
      const { code, message } = error as NodeJS.ErrnoException
      this.#with.onTrouble(
        new Problem('recording.store_away', { reason: code ?? message, spool: this.#with.directory }),
      )
    }
    return null
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

async function firstOf(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of content) parts.push(chunk)
  return Buffer.concat(parts)
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
