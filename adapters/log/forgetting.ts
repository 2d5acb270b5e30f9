/**
 * A log that forgets: for simulations of thousands of hours, whose events would fill any memory. An event is kept until
 * every subscription has read it, and somewhat longer, so that a repeated append can be recognised and a young stream
 * read; for streams, the revision is kept. A request for more is refused, never answered wrongly.
 *
 * Like the log in memory, it waits for no timer and no I/O. It does not check what it is given: the logs that keep
 * events do that.
 */
import { categoryOf, type Position } from '@ledgerline/core/kernel/event.ts'
import {
  isConflict,
  type Append,
  type Appended,
  type AppendResult,
  type EventLog,
  type ExpectedRevision,
  type LogEvent,
  type LogFilter,
  type LogPage,
  type ReadOptions,
  type StoredEvent,
} from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { fromPosition, toPosition } from './position.ts'

const PAGE_SIZE = 1_000
/** How many streams, latest first, keep their revision: at least this many, at most twice as many. */
const STREAMS_KEPT = 5_000
/** How many events, latest first, are kept: at least this many, at most twice as many besides those unread. */
const EVENTS_KEPT = 2_000

export class ForgettingLog implements EventLog {
  readonly #now: () => number
  /** Revisions of streams in two generations: when the younger one is full, the older is forgotten as a whole. */
  #revisions = new Map<string, number>()
  #older = new Map<string, number>()
  /** The last events; the first of them is at place `#start` of the log. */
  #events: LogEvent[] = []
  #start = 0
  readonly #readers = new Set<{ place: number; wake: () => void }>()
  #closed = false

  /** @param now for `recordedAt`: UTC milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]): Promise<Appended> {
    const result = this.#append({ stream, expected, events })
    if (!isConflict(result)) return result
    throw new Problem('log.conflict', { stream, expected, actual: result.actual })
  }

  async appendMany(appends: readonly Append[]): Promise<AppendResult[]> {
    return appends.map((append) => this.#append(append))
  }

  async readStream(name: string, from = 0, limit = 100_000): Promise<LogEvent[]> {
    const revision = this.#revision(name)
    if (revision < from) return []
    const kept = this.#lastOf(name, from)
    if (kept[0]?.revision !== from)
      throw new Problem('log.unavailable', { reason: `the beginning of ${name} was forgotten` })
    return kept.slice(0, limit)
  }

  async *readAll(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    const stop = new AbortController()
    for await (const page of this.subscribe(after, { ...options, signal: stop.signal })) {
      yield page
      if (page.atHead) return stop.abort()
    }
  }

  async *subscribe(
    after: Position | null,
    { pageSize = PAGE_SIZE, filter, signal }: ReadOptions = {},
  ): AsyncIterable<LogPage> {
    const reader = { place: fromPosition(after), wake: () => {} }
    if (reader.place < this.#start) throw new Problem('log.unavailable', { reason: 'the beginning was forgotten' })
    this.#readers.add(reader)
    const stop = () => reader.wake()
    signal?.addEventListener('abort', stop)
    try {
      for (let first = true; !this.#closed && !signal?.aborted; first = false) {
        if (reader.place < this.#end || first) {
          const from = reader.place - this.#start
          const page = this.#events.slice(from, from + pageSize)
          const place = reader.place + page.length
          yield {
            events: filter ? page.filter((event) => passes(event, filter)) : page,
            position: toPosition(place),
            atHead: place >= this.#end,
          }
          reader.place = place
          this.#forget()
        } else {
          await new Promise<void>((resolve) => (reader.wake = resolve))
        }
      }
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#readers.delete(reader)
    }
  }

  async head(): Promise<Position | null> {
    return this.#end === 0 ? null : toPosition(this.#end)
  }

  /** Nothing of it outlives its process: nobody needs one. */
  async identity(): Promise<null> {
    return null
  }

  awayMs(): number {
    return 0
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const reader of this.#readers) reader.wake()
  }

  get #end(): number {
    return this.#start + this.#events.length
  }

  #append({ stream: name, expected, events }: Append): AppendResult {
    if (this.#closed) throw new Problem('log.unavailable', { reason: 'it was closed' })
    let revision = this.#revision(name)
    const from = expected === 'any' ? revision + 1 : expected === 'none' ? 0 : expected + 1
    if (from !== revision + 1) {
      const before = this.#lastOf(name, from).slice(0, events.length)
      const repeated = before.length === events.length && before.every(({ id }, index) => id === events[index]!.id)
      return repeated
        ? { revision: before.at(-1)!.revision, position: before.at(-1)!.position, repeated }
        : { conflict: true, stream: name, expected, actual: revision }
    }
    const recordedAt = Math.max(this.#now(), this.#events.at(-1)?.recordedAt ?? 0)
    for (const { id, type, data, metadata } of events) {
      this.#events.push({
        id,
        type,
        data,
        metadata,
        stream: name,
        revision: ++revision,
        position: toPosition(this.#end + 1),
        recordedAt,
      })
    }
    this.#keep(name, revision)
    for (const reader of this.#readers) reader.wake()
    return { revision, position: this.#events.at(-1)!.position, repeated: false }
  }

  #revision(name: string): number {
    return this.#revisions.get(name) ?? this.#older.get(name) ?? -1
  }

  /** A stream's events from a revision on, as far as they are kept. */
  #lastOf(name: string, from: number): LogEvent[] {
    const found: LogEvent[] = []
    for (let index = this.#events.length - 1; index >= 0 && found.at(-1)?.revision !== from; index--) {
      const event = this.#events[index]!
      if (event.stream === name) found.push(event)
    }
    return found.reverse()
  }

  #keep(name: string, revision: number): void {
    this.#revisions.set(name, revision)
    if (this.#revisions.size < STREAMS_KEPT) return
    this.#older = this.#revisions
    this.#revisions = new Map()
  }

  /** Drops what every subscription has read, except the latest of it. */
  #forget(): void {
    let least = this.#end - EVENTS_KEPT
    for (const { place } of this.#readers) least = Math.min(least, place)
    if (least < this.#start + EVENTS_KEPT) return
    this.#events = this.#events.slice(least - this.#start)
    this.#start = least
  }
}

function passes(event: LogEvent, { categories, exceptCategories, types }: LogFilter): boolean {
  const category = categoryOf(event.stream)
  return (
    (categories?.includes(category) ?? true) &&
    !exceptCategories?.includes(category) &&
    (types?.includes(event.type) ?? true)
  )
}
