/**
 * The messages of EventStoreDB's `Streams` service that the log needs (its `streams.proto` and `shared.proto`
 * give the field numbers): what is asked, what is answered, as plain objects. Property-tested against the
 * official client's own messages.
 */
import type { ExpectedRevision, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { Reader, Writer } from './wire.ts'

/** A place in the server's log. */
export interface Place {
  commit: number
  prepare: number
}

/** What to read. */
export interface ReadRequest {
  of: { stream: string; from: number } | { all: 'start' | 'end' | Place }
  backwards?: boolean
  /** Events at most, or what comes as well. */
  count: number | 'subscription'
  /** A regular expression that the names of streams must match (.NET's dialect); only when reading all. */
  streams?: string
}

/** An event as the server keeps it. */
export interface WireEvent extends StoredEvent {
  stream: string
  revision: number
  place: Place
  /** When the server took it, UTC ms. */
  created: number
}

/** What comes back; what the log has no use for is null. */
export type ReadAnswer = { event: WireEvent } | { passed: Place } | { noStream: true } | null

/** Whether an event is wanted at all: of one that is not, only the place is read. */
export type Wanted = (stream: string) => boolean

/** What became of an append. `refused` names the server's reason. */
export type AppendAnswer = { id: string } & ({ revision: number; place: Place | null } | { conflict: number } | { refused: string; message: string; limit: number | null })

/** Events that the server looks through at once for a filter. */
export const WINDOW = 4_000

export function encodeRead({ of, backwards = false, count, streams }: ReadRequest): Buffer {
  return new Writer()
    .message(1, (options) => {
      if ('stream' in of) {
        options.message(1, (stream) => stream.message(1, (id) => id.text(3, of.stream)).number(2, of.from))
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
      if (streams === undefined) options.message(8)
      else options.message(7, (filter) => filter.message(1, (names) => names.text(1, streams)).number(3, WINDOW).number(5, 1))
      // Ids as text.
      options.message(9, (ids) => ids.message(2))
    })
    .finish()
}

export function decodeRead(buffer: Buffer, wanted: Wanted): ReadAnswer {
  const reader = new Reader(buffer)
  let answer: ReadAnswer = null
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) reader.message((inner) => (answer = readEvent(inner, wanted)))
    else if (field === 4) {
      answer = { noStream: true }
      reader.pass()
    } else reader.pass()
  }
  return answer
}

function readEvent(reader: Reader, wanted: Wanted): ReadAnswer {
  let answer: ReadAnswer = null
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) reader.message((inner) => (answer = readRecorded(inner, wanted)))
    else reader.pass()
  }
  return answer
}

function readRecorded(reader: Reader, wanted: Wanted): ReadAnswer {
  const place = { commit: 0, prepare: 0 }
  const event: WireEvent = { id: '', type: '', data: '', metadata: '', stream: '', revision: 0, place, created: 0 }
  let keep = true
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1 && keep) reader.message((uuid) => (event.id = readId(uuid)))
    else if (field === 2) {
      reader.message((name) => (event.stream = readText(name, 3)))
      keep = wanted(event.stream)
    } else if (field === 3) event.revision = reader.number()
    else if (field === 4) place.prepare = reader.number()
    else if (field === 5) place.commit = reader.number()
    else if (field === 6 && keep) reader.message((entry) => readProperty(entry, event))
    else if (field === 7 && keep) event.metadata = reader.text()
    else if (field === 8 && keep) event.data = reader.text()
    else reader.pass()
  }
  return keep ? { event } : { passed: place }
}

function readProperty(reader: Reader, event: WireEvent): void {
  let key = ''
  let value = ''
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) key = reader.text()
    else if (field === 2) value = reader.text()
    else reader.pass()
  }
  if (key === 'type') event.type = value
  // Ticks of 100 ns.
  else if (key === 'created') event.created = Math.floor(Number(value) / 10_000)
}

/** The text in a message of one field. */
function readText(reader: Reader, wanted: number): string {
  let text = ''
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === wanted) text = reader.text()
    else reader.pass()
  }
  return text
}

/** An id that was asked for as text; some answers give it as two signed numbers all the same. */
function readId(reader: Reader): string {
  let id = ''
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) id = reader.text()
    else if (field === 1) reader.message((halves) => (id = readHalves(halves)))
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
  /** What the answer is known by. A UUID. */
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
    // As a length of time: a server whose clock is ahead must not find it over.
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
  let answer: AppendAnswer | null = null
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) reader.message((uuid) => (id = readId(uuid)))
    else if (field === 2) reader.message((status) => (answer = readStatus(status)))
    else if (field === 3) reader.message((success) => (answer = readSuccess(success)))
    else reader.pass()
  }
  return { ...(answer ?? { refused: 'nothing', message: 'the answer is empty', limit: null }), id }
}

function readSuccess(reader: Reader): AppendAnswer {
  // A number that is 0 may be left out.
  let revision = 0
  let place: Place | null = null
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) revision = reader.number()
    else if (field === 3) reader.message((position) => (place = readPlace(position)))
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
  let refused = ''
  let limit: number | null = null
  let actual: number | null = null
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) message = reader.text()
    else if (field === 3) {
      reader.message((details) => {
        for (let part = details.next(); part !== 0; part = details.next()) {
          if (part === 1) refused = details.text().replace(/^.*\./, '')
          else if (part === 2 && refused === 'WrongExpectedVersion') details.message((conflict) => (actual = readActual(conflict)))
          else if (part === 2 && refused === 'MaximumAppendSizeExceeded') details.message((size) => (limit = readNumber(size, 1)))
          else if (part === 2 && refused === 'MaximumAppendEventSizeExceeded') details.message((size) => (limit = readNumber(size, 3)))
          else details.pass()
        }
      })
    } else reader.pass()
  }
  return actual === null ? { id: '', refused, message, limit } : { id: '', conflict: actual }
}

/** The revision that a stream really has; -1: none. */
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
