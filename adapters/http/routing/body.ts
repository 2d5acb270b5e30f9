/**
 * Reads a request's body as JSON. Everything is bounded while it arrives: its length (unpacked, if compressed), how
 * deeply it is nested and how many values it has, because all of those are cheap to send and expensive to process.
 * Refusals come before any parsing.
 */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** Lists in objects in lists …: no legitimate body is half as deep. */
const MOST_DEPTH = 32
/** Fields of one object: no schema has half as many, and large objects are slow in the parser. */
const MOST_FIELDS = 200
/**
 * A body must have at least this many bytes per value on average; `[[],[],…` has three. A small body may have more
 * values.
 */
const BYTES_A_VALUE = 12
const FREE_VALUES = 10_000

const unpackers: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/**
 * @param limit longest body, bytes
 * @throws Problem `request.not_json` (another type, character set or coding), `request.broken_body`, `request.too_large`,
 *   `request.too_deep`, `request.too_many_fields`, `request.too_many_values`
 */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  refuseOtherTypes(request)
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new Problem('request.too_large', { limit })
  const bytes = await bounded(unpacked(request), limit).finally(() => {
    // What is no longer read must still leave the connection, or the answer never does.
    request.unpipe()
    request.resume()
  })
  let text
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Problem('request.broken_body', { reason: 'it is not UTF-8' })
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('request.broken_body', { reason: 'it ends too early or has a wrong sign' })
  }
}

/** A body of another type is refused before it is read: a form on another site could send those. */
function refuseOtherTypes({ headers }: IncomingMessage): void {
  const [type, ...parameters] = (headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  if (type !== 'application/json')
    throw new Problem('request.not_json', { reason: headers['content-type']?.slice(0, 100) ?? 'no content type' })
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '')
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
    throw new Problem('request.not_json', { reason: `charset ${charset.slice(0, 40)}` })
}

function unpacked(request: IncomingMessage): Readable {
  const coding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (coding === 'identity') return request
  const unpacker = Object.hasOwn(unpackers, coding) ? unpackers[coding]! : null
  if (!unpacker) throw new Problem('request.not_json', { reason: `Content-Encoding ${coding.slice(0, 40)}` })
  const out = unpacker()
  request.once('error', (error) => (out as unknown as Readable).destroy(error))
  request.once('aborted', () => (out as unknown as Readable).destroy(new Error('aborted')))
  return request.pipe(out) as unknown as Readable
}

async function bounded(source: Readable, limit: number): Promise<Buffer> {
  const parts: Buffer[] = []
  const shape = new JsonShape(Math.max(FREE_VALUES, Math.floor(limit / BYTES_A_VALUE)))
  let length = 0
  try {
    // Leaving early does not destroy the source, because the connection still has to carry the answer.
    for await (const part of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += part.length
      if (length > limit) throw new Problem('request.too_large', { limit })
      shape.take(part)
      parts.push(part)
    }
  } catch (cause) {
    if (cause instanceof Problem) throw cause
    throw new Problem(
      'request.broken_body',
      { reason: 'it is not what its Content-Encoding says, or it was cut off' },
      { cause },
    )
  }
  return Buffer.concat(parts, length)
}

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [...'"\\,[]{}'].map((sign) =>
  sign.charCodeAt(0),
) as [number, number, number, number, number, number, number]

/** What can be seen of a JSON text while it arrives: how deep it is, and how many values it has. */
class JsonShape {
  readonly #mostValues: number
  /** Fields of each open object, by depth; not counted in lists. */
  readonly #fields = new Float64Array(MOST_DEPTH + 1)
  #depth = 0
  #values = 0
  #inText = false
  #escaped = false

  constructor(mostValues: number) {
    this.#mostValues = mostValues
  }

  /** @throws Problem `request.too_deep`, `request.too_many_fields`, `request.too_many_values` */
  take(part: Buffer): void {
    for (let at = 0; at < part.length; at++) {
      const sign = part[at]!
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false
        else if (sign === BACKSLASH) this.#escaped = true
        else if (sign === QUOTE) this.#inText = false
        continue
      }
      switch (sign) {
        case QUOTE:
          this.#inText = true
          break
        case OPEN_LIST:
        case OPEN_OBJECT:
          this.#values++
          if (++this.#depth > MOST_DEPTH) throw new Problem('request.too_deep', { limit: MOST_DEPTH })
          this.#fields[this.#depth] = sign === OPEN_LIST ? -Infinity : 1
          break
        case CLOSE_LIST:
        case CLOSE_OBJECT:
          // More ends than beginnings is not JSON; the parser will say so.
          this.#depth = Math.max(0, this.#depth - 1)
          break
        case COMMA:
          this.#values++
          if (++this.#fields[this.#depth]! > MOST_FIELDS)
            throw new Problem('request.too_many_fields', { limit: MOST_FIELDS })
      }
    }
    if (this.#values > this.#mostValues) throw new Problem('request.too_many_values', { limit: this.#mostValues })
  }
}
