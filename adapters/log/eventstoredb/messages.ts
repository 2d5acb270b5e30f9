/**
 * The messages of EventStoreDB's `Streams` service that the log needs (its `streams.proto` and `shared.proto` give the
 * field numbers): requests and answers as plain objects. Property-tested against the official client's own messages.
 */
import { firstRecordedAt } from '@ledgerline/core/kernel/first-recorded.ts'
import type { ExpectedRevision, LogEvent, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { NOWHERE, toPosition, type Place } from './place.ts'
import type { Noted } from './server-clock.ts'
import { Reader, Writer } from './wire.ts'

/** What to read. */
export interface ReadRequest {
  of: { stream: string; from: number | 'end' } | { all: 'start' | 'end' | Place }
  backwards?: boolean
  /** At most this many events, or everything that comes. */
  count: number | 'subscription'
  /**
   * A regular expression (.NET's dialect) that the names of streams, or the types of events, must match; only when
   * reading all.
   */
  only?: Only
}

export type Only = { streams: string } | { types: string }

/**
 * What comes back: an event, its position and the time noted for it; for an unwanted event, only the latter two. What
 * the log has no use for is null.
 */
export type ReadAnswer = ReadEvent | { noStream: true } | null

export interface ReadEvent extends Noted {
  /** Its `recordedAt` is the time noted for it; nothing has corrected it yet. */
  event: LogEvent | null
}

/** Whether an event is wanted at all: for unwanted ones, only position and time are read. */
export type Wanted = (stream: string) => boolean

/** The result of an append. `refused` is the server's reason. */
export type AppendAnswer = { id: string } & (
  | { revision: number; place: Place | null }
  | { conflict: number }
  | { refused: string; message: string; limit: number | null }
)

/** Events that the server examines at a time for a filter. */
export const WINDOW = 4_000

export function encodeRead({ of, backwards = false, count, only }: ReadRequest): Buffer {
  return new Writer()
    .message(1, (options) => {
      if ('stream' in of) {
        options.message(1, (stream) => {
          stream.message(1, (id) => id.text(3, of.stream))
          if (of.from === 'end') stream.message(4)
          else stream.number(2, of.from)
        })
      } else {
        const { all } = of
        options.message(2, (where) => {
          if (all === 'start') where.message(2)
          else if (all === 'end') where.message(3)
          else where.message(1, (place) => place.number(1, all.commit).number(2, all.prepare))
        })
      }
      if (backwards) options.number(3, 1)
      if (count === 'subscription') options.message(6)
      else options.number(5, count)
      if (only === undefined) options.message(8)
      else {
        const [field, expression] = 'streams' in only ? [1, only.streams] : [2, only.types]
        options.message(7, (filter) =>
          filter
            .message(field, (names) => names.text(1, expression))
            .number(3, WINDOW)
            .number(5, 1),
        )
      }
      // Ids as text.
      options.message(9, (ids) => ids.message(2))
    })
    .finish()
}

/** Reads an answer, which is these bytes of a buffer. */
export function decodeRead(buffer: Buffer, wanted: Wanted, start = 0, end = buffer.length): ReadAnswer {
  const reader = new Reader(buffer, start, end)
  let answer: ReadAnswer = null
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) answer = within(reader, readResolved, wanted)
    else if (field === 4) {
      answer = { noStream: true }
      reader.pass()
    } else reader.pass()
  }
  return answer
}

/** Reads a nested message with the function for it. */
function within<T, A>(reader: Reader, read: (reader: Reader, given: A) => T, given: A): T {
  const outer = reader.enter()
  const result = read(reader, given)
  reader.leave(outer)
  return result
}

function readResolved(reader: Reader, wanted: Wanted): ReadAnswer {
  let answer: ReadAnswer = null
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) answer = within(reader, readRecorded, wanted)
    else reader.pass()
  }
  return answer
}

function readRecorded(reader: Reader, wanted: Wanted): ReadAnswer {
  const answer: ReadEvent = { commit: 0, prepare: 0, noted: 0, event: null }
  const event: LogEvent = {
    id: '',
    type: '',
    data: '',
    metadata: '',
    stream: '',
    revision: 0,
    position: NOWHERE,
    recordedAt: 0,
  }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) event.id = within(reader, readId, null)
    else if (field === 2) {
      event.stream = within(reader, readText, 3)
      if (!wanted(event.stream)) return readPassed(reader, answer, event)
    } else if (field === 3) event.revision = reader.number()
    else if (field === 4) answer.prepare = reader.number()
    else if (field === 5) answer.commit = reader.number()
    else if (field === 6) within(reader, readProperty, event)
    else if (field === 7) event.metadata = reader.text()
    else if (field === 8) event.data = reader.text()
    else reader.pass()
  }
  event.position = toPosition(answer)
  event.recordedAt = firstRecordedAt(event.metadata, event.recordedAt)
  answer.noted = event.recordedAt
  answer.event = event
  return answer
}

/** The position and time of an unwanted event. */
function readPassed(reader: Reader, answer: ReadEvent, event: LogEvent): ReadAnswer {
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 4) answer.prepare = reader.number()
    else if (field === 5) answer.commit = reader.number()
    else if (field === 6) within(reader, readProperty, event)
    else if (field === 7) event.metadata = reader.text()
    else reader.pass()
  }
  answer.noted = firstRecordedAt(event.metadata, event.recordedAt)
  return answer
}

const TYPE = Buffer.from('type')
const CREATED = Buffer.from('created')
/** In a moment in ticks of 100 ns, this many digits are less than a millisecond. */
export const TICK_DIGITS = 4

/** An entry of a map, key first: all writers of Protocol Buffers do it that way. */
function readProperty(reader: Reader, event: LogEvent): void {
  let key: Buffer | null = null
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) {
      key = reader.takes(TYPE) ? TYPE : reader.takes(CREATED) ? CREATED : null
      // A property we have no use for.
      if (key === null) return
    } else if (field !== 2) reader.pass()
    else if (key === TYPE) event.type = reader.text()
    else event.recordedAt = reader.digits(TICK_DIGITS)
  }
}

/** The text in a message with one field. */
function readText(reader: Reader, wanted: number): string {
  let text = ''
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === wanted) text = reader.text()
    else reader.pass()
  }
  return text
}

/** An id that was requested as text; some answers give it as two signed numbers anyway. */
function readId(reader: Reader): string {
  let id = ''
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) id = reader.text()
    else if (field === 1) id = within(reader, readHalves, null)
    else reader.pass()
  }
  return id
}

function readHalves(reader: Reader): string {
  const bytes = Buffer.alloc(16)
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1 || field === 2) bytes.writeBigUInt64BE(reader.wide(), (field - 1) * 8)
    else reader.pass()
  }
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

export interface AppendRequest {
  /** Identifies the answer. A UUID. */
  id: string
  stream: string
  expected: ExpectedRevision
  events: readonly StoredEvent[]
  /** How long the server may take, ms. */
  withinMs: number
}

export function encodeAppend({ id, stream, expected, events, withinMs }: AppendRequest): Buffer {
  const writer = new Writer()
  writer.message(1, (uuid) => uuid.text(2, id))
  writer.message(2, (options) => {
    options.message(1, (name) => name.text(3, stream))
    if (expected === 'none') options.message(3)
    else if (expected === 'any') options.message(4)
    else options.number(2, expected)
    // As a duration: otherwise a server whose clock is ahead would find it expired.
    options.message(7, (duration) => duration.number(1, Math.max(1, Math.floor(withinMs / 1000))))
  })
  for (const event of events) {
    writer.message(3, (proposed) => {
      proposed.message(1, (uuid) => uuid.text(2, event.id))
      proposed.message(2, (entry) => entry.text(1, 'type').text(2, event.type))
      proposed.message(2, (entry) => entry.text(1, 'content-type').text(2, 'application/json'))
      proposed.text(3, event.metadata)
      proposed.text(4, event.data)
    })
  }
  return writer.number(4, 1).finish()
}

export function decodeAppend(buffer: Buffer): AppendAnswer {
  const reader = new Reader(buffer)
  let id = ''
  let answer: AppendAnswer = { id, refused: 'nothing', message: 'the answer is empty', limit: null }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) id = within(reader, readId, null)
    else if (field === 2) answer = within(reader, readStatus, null)
    else if (field === 3) answer = within(reader, readSuccess, null)
    else reader.pass()
  }
  return { ...answer, id }
}

function readSuccess(reader: Reader): AppendAnswer {
  // A number that is 0 may be left out.
  let revision = 0
  let place: Place | null = null
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) revision = reader.number()
    else if (field === 3) place = within(reader, readPlace, null)
    else reader.pass()
  }
  return { id: '', revision, place }
}

function readPlace(reader: Reader): Place {
  const place = { commit: 0, prepare: 0 }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) place.commit = reader.number()
    else if (field === 2) place.prepare = reader.number()
    else reader.pass()
  }
  return place
}

/** `google.rpc.Status`, whose details name what happened. */
function readStatus(reader: Reader): AppendAnswer {
  let message = ''
  let details: AppendAnswer | null = null
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) message = reader.text()
    else if (field === 3) details = within(reader, readDetails, null)
    else reader.pass()
  }
  if (details && 'conflict' in details) return details
  return { id: '', refused: '', limit: null, ...details, message }
}

/** `google.protobuf.Any`: the name of a message, and the message. */
function readDetails(reader: Reader): AppendAnswer {
  let refused = ''
  let limit: number | null = null
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) refused = reader.text().replace(/^.*\./, '')
    else if (field === 2 && refused === 'WrongExpectedVersion')
      return { id: '', conflict: within(reader, readActual, null) }
    else if (field === 2 && refused === 'MaximumAppendSizeExceeded') limit = within(reader, readNumber, 1)
    else if (field === 2 && refused === 'MaximumAppendEventSizeExceeded') limit = within(reader, readNumber, 3)
    else reader.pass()
  }
  // A stream that does not exist is represented by a message without fields, which may be left out.
  return refused === 'WrongExpectedVersion' ? { id: '', conflict: -1 } : { id: '', refused, message: '', limit }
}

/** The actual revision of a stream; -1: none. */
function readActual(reader: Reader): number {
  let actual = -1
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) actual = reader.number()
    else reader.pass()
  }
  return actual
}

function readNumber(reader: Reader, wanted: number): number {
  let number = 0
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === wanted) number = reader.number()
    else reader.pass()
  }
  return number
}
