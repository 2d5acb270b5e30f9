/**
 * The lines of a file, plain or compressed with gzip, as bytes (one character per byte: the encoding is decided field
 * by field). Memory is bounded whatever the file is: only regular files are read, no pipe or device that never ends;
 * long lines are cut; and a file that unpacks to hundreds of times its size is given up.
 *
 * If a compressed file breaks off, everything before the break is still yielded. The streams of `node:zlib` do not do
 * this by themselves: their last output is lost with the error.
 */
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { constants as zlib, createGunzip } from 'node:zlib'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

export interface Line {
  /** Without its line end; at most {@link LONGEST_LINE} bytes. */
  text: string
  /** It was longer than that. */
  cut: boolean
}

export interface LineOptions {
  signal?: AbortSignal
  /** Called with the number of bytes read from the file so far. */
  onBytes?: (bytes: number) => void
  /** A compressed file may yield this many bytes, however small it is; default 16 MiB. */
  bombBytes?: number
}

/** No line of a call log is longer. */
export const LONGEST_LINE = 4096
/** A file with a line of this many bytes is not text. */
const NO_LINE = 4 * 1024 * 1024
/** Chunks as small as those from a compressed file: a board waits while one is processed. */
const CHUNK_BYTES = 16 * 1024
/**
 * Compressed bytes given to the inflater at once. Where they are damaged it withholds its output: they are then given
 * again, one by one.
 */
const PIECE_BYTES = 512
/** The first two bytes of gzip (RFC 1952) show how a file is packed, whatever its name. */
const GZIP = [0x1f, 0x8b]
/** Call logs unpack to five times their size, to twenty at most; a bomb to a thousand times. */
const BOMB_TIMES = 200
const BOMB_BYTES = 16 * 1024 * 1024

/**
 * Lines of a file, one chunk at a time.
 * @throws Problem `history.no_file`, `history.broken_file`, `history.bomb`
 */
export async function* linesOf(file: string, options: LineOptions = {}): AsyncIterable<Line[]> {
  const handle = await opened(file)
  let lines = 0
  // A line that has not ended yet: its beginning and its length so far.
  let rest = ''
  let length = 0
  try {
    for await (const chunk of textOf(handle, options)) {
      const parts = chunk.toString('latin1').split('\n')
      const ended: Line[] = []
      for (const [index, part] of parts.entries()) {
        length += part.length
        if (rest.length < LONGEST_LINE) rest += part.slice(0, LONGEST_LINE - rest.length)
        if (index === parts.length - 1) break
        ended.push({ text: rest, cut: length > LONGEST_LINE })
        rest = ''
        length = 0
      }
      lines += ended.length
      if (ended.length > 0) yield ended
      if (length > NO_LINE) throw new Broken(`line ${lines + 1} has more than ${NO_LINE / 1024 / 1024} MiB`)
    }
  } catch (error) {
    options.signal?.throwIfAborted()
    if (error instanceof Problem) throw error
    if (error instanceof Bomb)
      throw new Problem('history.bomb', { file, line: lines, times: BOMB_TIMES }, { where: file })
    throw new Problem(
      'history.broken_file',
      { file, line: lines, reason: reasonOf(error) },
      { where: file, cause: error },
    )
  } finally {
    await handle.close()
  }
  if (length > 0) yield [{ text: rest, cut: length > LONGEST_LINE }]
}

/** The file cannot be read any further, and why. */
class Broken extends Error {}
/** The file unpacks to more than any text would. */
class Bomb extends Error {}

/** Opens a regular file; does not wait for the writer of a pipe. */
async function opened(file: string): Promise<FileHandle> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await handle.stat()
    if (stat.isFile()) return handle
    await handle.close()
    const what = stat.isDirectory()
      ? 'a directory'
      : stat.isFIFO()
        ? 'a pipe'
        : stat.isSocket()
          ? 'a socket'
          : 'a device'
    throw new Broken(`${what}, not a file`)
  } catch (error) {
    throw new Problem('history.no_file', { file, reason: reasonOf(error) }, { where: file, cause: error })
  }
}

/** Its content, unpacked, in chunks. */
async function* textOf(handle: FileHandle, options: LineOptions): AsyncIterable<Buffer> {
  const start = Buffer.alloc(2)
  const { bytesRead } = await handle.read(start, 0, 2, 0)
  const packed = bytesRead === 2 && start[0] === GZIP[0] && start[1] === GZIP[1]
  if (!packed) return yield* chunksOf(handle, options)
  using inflater = new Inflater()
  const bombBytes = options.bombBytes ?? BOMB_BYTES
  let [given, got] = [0, 0]
  for await (const chunk of chunksOf(handle, options)) {
    for (let at = 0; at < chunk.length && !inflater.ended; at += PIECE_BYTES) {
      const piece = chunk.subarray(at, at + PIECE_BYTES)
      try {
        for await (const text of inflater.feed(piece)) {
          got += text.length
          yield text
          if (got > bombBytes && got > (given + piece.length) * BOMB_TIMES) throw new Bomb()
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'Z_DATA_ERROR')
          yield* nearBreak(handle, given, got, options.signal)
        throw error
      }
      given += piece.length
    }
  }
  await inflater.finish()
}

/**
 * What a damaged file still yields, up to the byte at which it breaks.
 * @param whole this many packed bytes are good
 * @param got this many unpacked ones are known already
 */
async function* nearBreak(
  handle: FileHandle,
  whole: number,
  got: number,
  signal: AbortSignal | undefined,
): AsyncIterable<Buffer> {
  using inflater = new Inflater()
  let [given, known] = [0, got]
  for await (const chunk of chunksOf(handle, signal ? { signal } : {})) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + (given < whole ? Math.min(PIECE_BYTES, whole - given) : 1))
      at += piece.length
      given += piece.length
      try {
        for await (const text of inflater.feed(piece)) {
          if (text.length > known) yield text.subarray(known)
          known = Math.max(0, known - text.length)
        }
      } catch {
        return
      }
    }
  }
}

async function* chunksOf(handle: FileHandle, { signal, onBytes }: LineOptions): AsyncIterable<Buffer> {
  for (let at = 0; ;) {
    signal?.throwIfAborted()
    // A separate buffer for each: the inflater may still hold the previous one.
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return
    at += bytesRead
    onBytes?.(at)
    yield buffer.subarray(0, bytesRead)
  }
}

/** Unpacks gzip piece by piece. */
class Inflater {
  // `finish` checks whether the end has come; an error would take the last output with it.
  readonly #gunzip = createGunzip({ finishFlush: zlib.Z_SYNC_FLUSH })
  #out: Buffer[] = []
  #error: Error | null = null
  #wake = (): void => {}
  /** The end of the packed data was found. */
  ended = false

  constructor() {
    this.#gunzip.on('data', (text: Buffer) => {
      this.#out.push(text)
      this.#wake()
    })
    this.#gunzip.on('end', () => {
      this.ended = true
      this.#wake()
    })
    this.#gunzip.on('error', (error) => {
      this.#error = error
      this.#wake()
    })
  }

  /** The output of a piece. @throws what zlib finds wrong, after everything before it */
  async *feed(piece: Buffer): AsyncIterable<Buffer> {
    let taken = false
    this.#gunzip.write(piece, () => {
      taken = true
      this.#wake()
    })
    for (;;) {
      const out = this.#out
      this.#out = []
      yield* out
      if (this.#error) throw this.#error
      // Output arrives one turn after the piece was taken.
      if (this.ended || taken) break
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    await new Promise<void>((resolve) => setImmediate(resolve))
    const out = this.#out
    this.#out = []
    yield* out
  }

  /** @throws if the packed data has not ended */
  async finish(): Promise<void> {
    // A zero after the end is padding and ignored; before the end it counts as more data, whatever that leads to.
    if (!this.ended) for await (const _ of this.feed(Buffer.alloc(1))) continue
    if (!this.ended) throw new Broken(TOO_EARLY)
  }

  [Symbol.dispose](): void {
    this.#gunzip.destroy()
  }
}

const TOO_EARLY = 'the file ends too early'

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  const known: Record<string, string> = {
    ENOENT: 'no such file',
    EACCES: 'no permission',
    EISDIR: 'a directory',
    Z_BUF_ERROR: TOO_EARLY,
    Z_DATA_ERROR: 'its packing is damaged',
  }
  return known[code ?? ''] ?? (error instanceof Error ? error.message : String(error))
}
