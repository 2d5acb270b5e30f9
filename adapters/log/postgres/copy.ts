/**
 * Reads pages of the log fast: COPY … TO STDOUT (FORMAT binary) and a parser that knows its columns. An ordinary query
 * costs the driver a message, a row object and a text parser per value; this costs one pass over the bytes as they come
 * from the socket, which the driver lends us until the copy is done.
 */
import { type Client, type Connection, escapeLiteral, type Submittable } from 'pg'
import { firstRecordedAt } from '@ledgerline/core/kernel/first-recorded.ts'
import type { LogEvent, LogFilter } from '@ledgerline/core/kernel/log.ts'
import { toPosition } from '../position.ts'

/** What the parser expects, in this order. */
const COLUMNS = 'position, revision, recorded_at, id::text, stream, type, data, metadata'
const FIELDS = 8

/**
 * Reads the events of positions `after` < p ≤ `upTo` that pass a filter, in order, at most `limit` of them.
 * The connection must not LISTEN: half a notification in the driver's hands would be lost to us.
 */
export function readPage(
  client: Client,
  after: number,
  upTo: number,
  limit: number,
  condition: string,
): Promise<LogEvent[]> {
  const sql = `copy (select ${COLUMNS} from log.events where position > ${after} and position <= ${upTo}${condition} order by position limit ${limit}) to stdout (format binary)`
  return new Promise((resolve, reject) => client.query(new CopyPage(sql, resolve, reject)))
}

/** A filter as SQL, to append to a condition. Stream names begin with their category and a hyphen. */
export function conditionOf(filter: LogFilter | undefined): string {
  const conditions = []
  const category = (name: string) => `starts_with(stream, ${escapeLiteral(`${name}-`)})`
  if (filter?.categories)
    conditions.push(filter.categories.length === 0 ? 'false' : `(${filter.categories.map(category).join(' or ')})`)
  for (const name of filter?.exceptCategories ?? []) conditions.push(`not ${category(name)}`)
  if (filter?.types)
    conditions.push(
      filter.types.length === 0 ? 'false' : `type in (${filter.types.map((type) => escapeLiteral(type)).join(', ')})`,
    )
  return conditions.map((condition) => ` and ${condition}`).join('')
}

/** Messages of the protocol: one byte, then an int32 length that includes itself, then the content. */
const HEADER = 5
const COPY_DATA = 'd'.charCodeAt(0)
/** CopyOutResponse, CopyDone: nothing in them that we need. */
const SKIPPED = new Set(['H', 'c'].map((code) => code.charCodeAt(0)))
/** NoticeResponse, NotificationResponse, ParameterStatus: for the driver, at any time. */
const PASSED_ON = new Set(['N', 'A', 'S'].map((code) => code.charCodeAt(0)))

/**
 * `utf8Slice` is what `toString('utf8', …)` calls after checking its arguments, which costs as much as the rest of a
 * row.
 */
type Bytes = Buffer & { utf8Slice(start: number, end: number): string }

/** One COPY in progress: what the driver calls a submittable. */
class CopyPage implements Submittable {
  readonly #sql: string
  /**
   * Cleared at the end: by then the socket has made this object old, and the young collector treats whatever an old
   * object holds as alive, page after page.
   */
  #page: { events: LogEvent[]; resolve: (events: LogEvent[]) => void; reject: (error: Error) => void } | null
  #rest: Bytes | null = null
  #giveBack: (left: Buffer) => void = () => {}
  #broken: Error | null = null

  constructor(sql: string, resolve: (events: LogEvent[]) => void, reject: (error: Error) => void) {
    this.#sql = sql
    this.#page = { events: [], resolve, reject }
  }

  submit(connection: Connection): void {
    const { stream } = connection
    const [driver, ...others] = stream.listeners('data') as ((chunk: Buffer) => void)[]
    if (!driver || others.length > 0) throw new Error('the driver reads its socket in a way that is not known here')
    const ours = (chunk: Buffer) => this.#take(chunk as Bytes, driver)
    stream.off('data', driver)
    stream.on('data', ours)
    this.#giveBack = (left) => {
      this.#giveBack = () => {}
      stream.off('data', ours)
      stream.on('data', driver)
      if (left.length > 0) driver(left)
    }
    connection.query(this.#sql)
  }

  /**
   * Rows are parsed in place; the message that ends the copy, successfully or not, goes back to the driver with
   * everything after it.
   */
  #take(chunk: Bytes, driver: (chunk: Buffer) => void): void {
    let at = 0
    if (this.#rest) {
      // Only the message that was cut in two is copied together, not the chunk that contains its second half.
      const wanted = this.#rest.length < HEADER ? HEADER : 1 + int32(this.#rest, 1)
      at = Math.min(chunk.length, wanted - this.#rest.length)
      const joined = Buffer.concat([this.#rest, chunk.subarray(0, at)]) as Bytes
      const complete = joined.length >= HEADER && joined.length === 1 + int32(joined, 1)
      this.#rest = complete ? null : joined
      if (!complete) return at < chunk.length ? this.#take(chunk.subarray(at) as Bytes, driver) : undefined
      if (!this.#message(joined, 0, joined.length, driver))
        return this.#giveBack(Buffer.concat([joined, chunk.subarray(at)]))
    }
    while (at + HEADER <= chunk.length) {
      const end = at + 1 + int32(chunk, at + 1)
      if (end > chunk.length) break
      if (!this.#message(chunk, at, end, driver)) return this.#giveBack(chunk.subarray(at))
      at = end
    }
    if (at < chunk.length) this.#rest = chunk.subarray(at) as Bytes
  }

  /** False for a message that is not part of the copy. */
  #message(bytes: Bytes, at: number, end: number, driver: (chunk: Buffer) => void): boolean {
    const code = bytes[at]!
    if (code === COPY_DATA) this.#row(bytes, at + HEADER, end)
    else if (PASSED_ON.has(code)) driver(bytes.subarray(at, end))
    else return SKIPPED.has(code)
    return true
  }

  /**
   * A tuple: int16 number of fields, then for each an int32 length and its bytes. The first follows the file's header;
   * the last is -1.
   */
  #row(bytes: Bytes, start: number, end: number): void {
    const { events } = this.#page!
    let at = events.length === 0 ? start + fileHeader(bytes, start, end) : start
    if (end - at <= 2) return
    if (int16(bytes, at) !== FIELDS) {
      this.#broken ??= new Error('the log answered with other columns than were asked for')
      return
    }
    const place = int64(bytes, at + 6)
    const revision = int32(bytes, at + 18)
    const recordedAt = EPOCH_2000 + int64(bytes, at + 26) / 1000
    at += 34
    const id = bytes.utf8Slice(at + 4, (at += 4 + int32(bytes, at)))
    const stream = bytes.utf8Slice(at + 4, (at += 4 + int32(bytes, at)))
    const type = bytes.utf8Slice(at + 4, (at += 4 + int32(bytes, at)))
    const data = bytes.utf8Slice(at + 4, (at += 4 + int32(bytes, at)))
    const metadata = bytes.utf8Slice(at + 4, at + 4 + int32(bytes, at))
    events.push({
      id,
      type,
      data,
      metadata,
      stream,
      revision,
      position: toPosition(place),
      recordedAt: firstRecordedAt(metadata, recordedAt),
    })
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    const page = this.#page
    this.#page = null
    if (this.#broken) page?.reject(this.#broken)
    else page?.resolve(page.events)
  }

  handleError(error: Error): void {
    this.#giveBack(Buffer.alloc(0))
    this.#page?.reject(error)
    this.#page = null
  }
}

const EPOCH_2000 = 946_684_800_000
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')

/** 11 bytes of signature, 4 of flags, 4 of the extension's length, the extension; 0 if this is not one. */
function fileHeader(bytes: Buffer, at: number, end: number): number {
  if (end - at < 19 || bytes.compare(SIGNATURE, 0, SIGNATURE.length, at, at + SIGNATURE.length) !== 0) return 0
  return 19 + int32(bytes, at + 15)
}

function int16(bytes: Buffer, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!
}

function int32(bytes: Buffer, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

/** Exact below 2^53, as positions and microseconds since 2000 are. */
function int64(bytes: Buffer, at: number): number {
  return int32(bytes, at) * 4_294_967_296 + (int32(bytes, at + 4) >>> 0)
}
