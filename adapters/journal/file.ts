/**
 * A file that lines are written to, whatever becomes of the disk: nothing here throws. What cannot be written now is
 * kept, within limits, and written when there is room again; the number of lines lost is then reported.
 *
 * The file is readable only by its owner, and bounded: at its limit it is rotated (`.1`, `.2` …), and the oldest is
 * deleted.
 */
import { closeSync, constants, fchmodSync, fstatSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'

export interface LineFileOptions {
  path: string
  /** It is rotated at this size, bytes. */
  maxBytes?: number
  /** How many rotated files are kept. */
  kept?: number
  /** Milliseconds that nobody sets. */
  steady?: () => number
  /** Called once when it can no longer be written. */
  onLost?: (reason: string) => void
  /** Called once when it can be written again, with the number of lines lost. */
  onBack?: (gone: number) => void
}

const MAX_BYTES = 10 * 1024 * 1024
const KEPT = 4
/** How often writing is retried at most, ms. */
const AGAIN_MS = 1_000
/** How much is kept for a file that cannot be written; beyond that the oldest goes. */
const WAITING_BYTES = 256 * 1024

export class LineFile {
  readonly #path: string
  readonly #maxBytes: number
  readonly #kept: number
  readonly #steady: () => number
  readonly #onLost: (reason: string) => void
  readonly #onBack: (gone: number) => void
  #handle: number | null = null
  #bytes = 0
  #regular = true
  /** The last write ended in the middle of a line. */
  #torn = false
  #lookedAt = -Infinity
  #lost: string | null = null
  #waiting: string[] = []
  #waitingBytes = 0
  #gone = 0

  constructor({
    path,
    maxBytes = MAX_BYTES,
    kept = KEPT,
    steady = () => performance.now(),
    onLost = () => {},
    onBack = () => {},
  }: LineFileOptions) {
    this.#path = path
    this.#maxBytes = maxBytes
    this.#kept = kept
    this.#steady = steady
    this.#onLost = onLost
    this.#onBack = onBack
  }

  /** Why it cannot be written; null while it can. */
  get lost(): string | null {
    return this.#lost
  }

  /** Lines that are not in the file: those still waiting, and those lost. */
  get unwritten(): number {
    return this.#waiting.length + this.#gone
  }

  /** Writes a line, including its end. Never throws. */
  write(line: string): void {
    if (this.#lost !== null) {
      this.#keep(line)
      this.again()
      return
    }
    try {
      this.#put(line)
    } catch (error) {
      this.#fail(error)
      this.#keep(line)
    }
  }

  /** Retries a file that could not be written. */
  again(): void {
    if (this.#lost === null || this.#steady() - this.#lookedAt < AGAIN_MS) return
    this.#lookedAt = this.#steady()
    try {
      for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
        this.#put(line)
        this.#waiting.shift()
      }
    } catch (error) {
      this.#fail(error)
      return
    }
    const gone = this.#gone
    this.#lost = null
    this.#waitingBytes = 0
    this.#gone = 0
    this.#onBack(gone)
  }

  close(): void {
    this.#close()
  }

  #put(line: string): void {
    const handle = this.#open()
    const text = Buffer.from(this.#torn ? `\n${line}` : line)
    // A disk that fills up accepts a part first and gives the reason at the next attempt.
    for (let written = 0; written < text.length;) {
      const now = writeSync(handle, text, written)
      written += now
      this.#bytes += now
      this.#torn = written < text.length
    }
  }

  /** The open file, rotated if it is too long. */
  #open(): number {
    const now = this.#steady()
    if (this.#handle !== null && this.#lost === null && now - this.#lookedAt > AGAIN_MS) {
      this.#lookedAt = now
      // Someone removed it or put another in its place.
      if (statSync(this.#path, { throwIfNoEntry: false })?.ino !== fstatSync(this.#handle).ino) this.#close()
    }
    if (this.#handle !== null && this.#regular && this.#bytes >= this.#maxBytes) {
      this.#close()
      rmSync(`${this.#path}.${this.#kept}`, { force: true })
      for (let nth = this.#kept - 1; nth >= 0; nth--) {
        const older = nth === 0 ? this.#path : `${this.#path}.${nth}`
        if (statSync(older, { throwIfNoEntry: false })) renameSync(older, `${this.#path}.${nth + 1}`)
      }
    }
    if (this.#handle !== null) return this.#handle
    // Never waits for a reader, in case it is a pipe.
    const handle = openSync(
      this.#path,
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK,
      0o600,
    )
    this.#handle = handle
    const stat = fstatSync(handle)
    this.#regular = stat.isFile()
    this.#bytes = stat.size
    if (this.#regular && (stat.mode & 0o077) !== 0) fchmodSync(handle, 0o600)
    return handle
  }

  #close(): void {
    if (this.#handle === null) return
    try {
      closeSync(this.#handle)
    } catch {
      // Whatever a close says of a full disk is known already.
    }
    this.#handle = null
    this.#torn = false
  }

  #fail(error: unknown): void {
    const torn = this.#torn
    this.#close()
    this.#torn = torn
    this.#lookedAt = this.#steady()
    const first = this.#lost === null
    const { code, message } = error as NodeJS.ErrnoException
    this.#lost = code ?? message
    if (first) this.#onLost(this.#lost)
  }

  #keep(line: string): void {
    this.#waiting.push(line)
    this.#waitingBytes += line.length
    while (this.#waitingBytes > WAITING_BYTES && this.#waiting.length > 1) {
      this.#waitingBytes -= this.#waiting.shift()!.length
      this.#gone++
    }
  }
}
