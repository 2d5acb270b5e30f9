/**
 * Pages of the log, read fast: COPY … TO STDOUT (FORMAT binary) and a parser that knows its columns.
 * An ordinary query costs the driver a row object and a text parser a value; this costs one visit of
 * the bytes. The driver hands out each row as a message; no socket is taken over.
 */
import type { Client, Connection, Submittable } from 'pg'
import { escapeLiteral } from 'pg'
import type { LogEvent, LogFilter } from '@ledgerline/core/kernel/log.ts'
import { toPosition } from './position.ts'

/** What the parser expects, in this order. */
const COLUMNS = 'position, revision, recorded_at, id::text, stream, type, data, metadata'
const FIELDS = 8

/** Reads the events of positions `after` < p ≤ `upTo` that pass a filter, in order, at most `limit` of them. */
export function readPage(client: Client, after: number, upTo: number, limit: number, condition: string): Promise<LogEvent[]> {
  const sql = `copy (select ${COLUMNS} from log.events where position > ${after} and position <= ${upTo}${condition} order by position limit ${limit}) to stdout (format binary)`
  return new Promise((resolve, reject) => client.query(new CopyPage(sql, resolve, reject)))
}

/** A filter as SQL, to be appended to a condition. Stream names begin with their category and a hyphen. */
export function conditionOf(filter: LogFilter | undefined): string {
  const conditions = []
  const category = (name: string) => `starts_with(stream, ${escapeLiteral(`${name}-`)})`
  if (filter?.categories) conditions.push(filter.categories.length === 0 ? 'false' : `(${filter.categories.map(category).join(' or ')})`)
  for (const name of filter?.exceptCategories ?? []) conditions.push(`not ${category(name)}`)
  if (filter?.types) conditions.push(filter.types.length === 0 ? 'false' : `type in (${filter.types.map((type) => escapeLiteral(type)).join(', ')})`)
  return conditions.map((condition) => ` and ${condition}`).join('')
}

/** One COPY under way: what the driver calls a submittable. */
class CopyPage implements Submittable {
  readonly #sql: string
  readonly #resolve: (events: LogEvent[]) => void
  readonly #reject: (error: Error) => void
  readonly #events: LogEvent[] = []
  #broken: Error | null = null

  constructor(sql: string, resolve: (events: LogEvent[]) => void, reject: (error: Error) => void) {
    this.#sql = sql
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: Connection): void {
    connection.query(this.#sql)
  }

  handleCopyData({ chunk }: { chunk: Row }): void {
    try {
      const event = parseRow(chunk, this.#events.length === 0 ? headerLength(chunk) : 0)
      if (event) this.#events.push(event)
    } catch (error) {
      this.#broken ??= error as Error
    }
  }

  handleReadyForQuery(): void {
    if (this.#broken) this.#reject(this.#broken)
    else this.#resolve(this.#events)
  }

  handleError(error: Error): void {
    this.#reject(error)
  }

  handleCommandComplete(): void {}
}

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')

/** The file header comes with the first row: 11 bytes of signature, 4 of flags, 4 of the extension's length, the extension. */
function headerLength(chunk: Buffer): number {
  if (chunk.length < 19 || chunk.compare(SIGNATURE, 0, SIGNATURE.length, 0, SIGNATURE.length) !== 0) return 0
  return 19 + chunk.readInt32BE(15)
}

const EPOCH_2000 = 946_684_800_000

/** `utf8Slice` is what `toString('utf8', …)` calls after looking at its arguments, which costs as much as the rest of a row. */
type Row = Buffer & { utf8Slice(start: number, end: number): string }

/** A tuple: int16 number of fields, then for each an int32 length and its bytes. -1 fields: the end. */
function parseRow(chunk: Row, from: number): LogEvent | null {
  if (chunk.length - from < 2 || chunk.readInt16BE(from) !== FIELDS) return null
  let at = from + 2
  const place = readBigint(chunk, at + 4)
  const revision = chunk.readInt32BE(at + 16)
  const recordedAt = EPOCH_2000 + readBigint(chunk, at + 24) / 1000
  at += 32
  const text = () => {
    const end = at + 4 + chunk.readInt32BE(at)
    const value = chunk.utf8Slice(at + 4, end)
    at = end
    return value
  }
  return { position: toPosition(place), revision, recordedAt, id: text(), stream: text(), type: text(), data: text(), metadata: text() }
}

/** Exact below 2^53, which positions and microseconds since 2000 are. */
function readBigint(chunk: Buffer, at: number): number {
  return chunk.readInt32BE(at) * 4_294_967_296 + chunk.readUInt32BE(at + 4)
}
