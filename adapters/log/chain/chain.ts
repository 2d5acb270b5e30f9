/**
 * The chain over the ledger: digests of its stored form, page by page, each including the one before it. Altering,
 * removing, inserting or moving an event changes the digest of its page and of all that follow; anyone who noted a
 * digest outside can tell (`verify-chain.ts`). Only the stored form is digested, so personal fields stay sealed, and
 * deleting a person's key changes nothing.
 *
 * Pages have a fixed number of events in the log's order, so that a digest depends on the log alone. The format, for
 * recomputing it by other means (`ops/docs/chain.md` does so in SQL):
 *
 *   text(x)    = length of x in bytes as UTF-8, big-endian int32, then these bytes
 *   event      = SHA-256(text(stream) text(revision) text(id) text(type) text(data) text(metadata) text(recordedAt))
 *   page       = SHA-256(digest of the page before; for each event: text(position) event)
 *   before the first page: SHA-256("ledgerline chain 1")
 *
 * Numbers are decimal text; `recordedAt` is the time noted for the event, UTC milliseconds; for a copied event, that of
 * the original log.
 */
import { createHash, hash, type Hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'

/** Events per page. Part of the format: another number would be another chain. */
export const PAGE_EVENTS = 1_000

/** What the first page follows. */
export const BEGINNING: Buffer = hash('sha256', 'ledgerline chain 1', 'buffer')

/**
 * Enough of an event's digest to distinguish it from others on its page, and of its position: identifies *which* event
 * of a broken page it is.
 */
const CONTENT_BYTES = 8
const PLACE_BYTES = 4
const MARK_BYTES = CONTENT_BYTES + PLACE_BYTES

/** A page of the ledger as it was sealed; the last one grows until it is full. */
export interface Seal {
  /** Starting at 1. */
  page: number
  /** Events in it, at most {@link PAGE_EVENTS}. */
  events: number
  /** Position of its last event. */
  position: Position
  /** Over this page and, through the previous one, over everything. */
  digest: Buffer
  /** For each event its {@link Mark}. */
  marks: Buffer
}

/** What an auditor writes down: up to here, this digest. */
export interface Note {
  position: Position
  /** Hexadecimal. */
  digest: string
}

/** Digest of an event in its stored form, without its position. */
function eventDigest({
  stream,
  revision,
  id,
  type,
  data,
  metadata,
  recordedAt,
  notedAt = recordedAt,
}: LogEvent): Buffer {
  let at = 0
  for (const text of [stream, String(revision), id, type, data, metadata, String(notedAt)]) at = put(text, at)
  return hash('sha256', scratch.subarray(0, at), 'buffer')
}

/** A page being built up event by event. */
export class PageDigest {
  readonly #hash: Hash
  readonly #marks: Buffer[] = []
  #position: Position | null = null

  /** @param before digest of the previous page */
  constructor(before: Buffer) {
    this.#hash = createHash('sha256').update(before)
  }

  get events(): number {
    return this.#marks.length
  }

  get full(): boolean {
    return this.#marks.length === PAGE_EVENTS
  }

  take(event: LogEvent): void {
    const digest = eventDigest(event)
    this.#hash.update(scratch.subarray(0, put(event.position, 0))).update(digest)
    this.#marks.push(markOf(event.position, digest))
    this.#position = event.position
  }

  /** Over what was added so far; more may follow. */
  digest(): Buffer {
    return this.#hash.copy().digest()
  }

  /** The page as it is now. It must contain an event. */
  seal(page: number): Seal {
    return {
      page,
      events: this.#marks.length,
      position: this.#position!,
      digest: this.digest(),
      marks: Buffer.concat(this.#marks),
    }
  }
}

/** Where an event is and what it says, in short. */
export interface Mark {
  place: string
  content: string
}

export function marksOf(seal: Seal): Mark[] {
  const marks: Mark[] = []
  for (let at = 0; at + MARK_BYTES <= seal.marks.length; at += MARK_BYTES) {
    marks.push({
      place: seal.marks.toString('hex', at, at + PLACE_BYTES),
      content: seal.marks.toString('hex', at + PLACE_BYTES, at + MARK_BYTES),
    })
  }
  return marks
}

function markOf(position: Position, digest: Buffer): Buffer {
  const mark = Buffer.allocUnsafe(MARK_BYTES)
  mark.writeUInt32BE(crc32(position), 0)
  digest.copy(mark, PLACE_BYTES, 0, CONTENT_BYTES)
  return mark
}

/** Replaced when an event is larger than any before. */
let scratch = Buffer.allocUnsafe(1 << 16)

/** Writes a text preceded by its length; returns where it ends. */
function put(text: string, at: number): number {
  const most = at + 4 + 3 * text.length
  if (most > scratch.length) {
    const larger = Buffer.allocUnsafe(2 * most)
    scratch.copy(larger, 0, 0, at)
    scratch = larger
  }
  const length = scratch.write(text, at + 4, 'utf8')
  scratch.writeInt32BE(length, at)
  return at + 4 + length
}
