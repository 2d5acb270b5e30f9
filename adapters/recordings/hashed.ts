/** Counts and hashes a stream on its way. */
import { createHash } from 'node:crypto'
import { Transform, type Readable } from 'node:stream'
import type { Whole } from './files.ts'

/** What passes; its result is there when it has ended. */
export class Hashed extends Transform {
  readonly #hash = createHash('sha256')
  #bytes = 0

  override _transform(chunk: Buffer, _: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.#hash.update(chunk)
    this.#bytes += chunk.length
    done(null, chunk)
  }

  whole(): Whole {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }
}

/** Reads all of it. */
export async function wholeOf(content: Readable): Promise<Whole> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of content as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** @throws Error if something else arrived than was announced */
export function demandWhole(arrived: Whole, announced: Whole): void {
  if (arrived.bytes !== announced.bytes) throw new Error(`${arrived.bytes} bytes arrived instead of ${announced.bytes}`)
  if (arrived.sha256 !== announced.sha256) throw new Error('the bytes that arrived have another hash')
}
