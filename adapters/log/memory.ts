/**
 * The event log in memory: for simulations on a virtual clock and for unit tests. It keeps the port's promises except
 * durability. Nothing in it waits for a timer or for I/O, so that a simulated hour takes no longer than its
 * computation.
 */
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { categoryOf } from '@ledgerline/core/kernel/event.ts'
import { firstRecordedAt } from '@ledgerline/core/kernel/first-recorded.ts'
import type {
  Append,
  Appended,
  AppendResult,
  EventLog,
  ExpectedRevision,
  LogEvent,
  LogFilter,
  LogPage,
  ReadOptions,
  StoredEvent,
} from '@ledgerline/core/kernel/log.ts'
import { isConflict } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { checkAppend, idUsed } from './checks.ts'
import { fromPosition, toPosition } from './position.ts'

const PAGE_SIZE = 5_000
/** How many logs this process has made. */
let made = 0

export class MemoryLog implements EventLog {
  /** The event of position n is at index n - 1. */
  readonly #events: LogEvent[] = []
  readonly #streams = new Map<string, LogEvent[]>()
  /** For each stream, the revision of each id. */
  readonly #revisions = new Map<string, Map<string, number>>()
  readonly #now: () => number
  readonly #identity = `memory ${process.pid} ${++made}`
  readonly #waiting = new Set<() => void>()
  #closed = false

  /** @param now for `recordedAt`: UTC milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]): Promise<Appended> {
    const append = { stream, expected, events }
    checkAppend(append)
    const result = this.#append(append)
    if (!isConflict(result)) return result
    throw new Problem('log.conflict', { stream, expected, actual: result.actual })
  }

  async appendMany(appends: readonly Append[]): Promise<AppendResult[]> {
    for (const append of appends) checkAppend(append)
    const refused: unknown[] = []
    const results = appends.flatMap((append) => {
      try {
        return [this.#append(append)]
      } catch (error) {
        refused.push(error)
        return []
      }
    })
    if (refused.length > 0) throw refused[0]
    return results
  }

  async readStream(stream: string, from = 0, limit = 100_000): Promise<LogEvent[]> {
    this.#mustBeOpen()
    return (this.#streams.get(stream) ?? []).slice(from, from + limit)
  }

  async head(): Promise<Position | null> {
    this.#mustBeOpen()
    return this.#events.at(-1)?.position ?? null
  }

  async identity(): Promise<string> {
    return this.#identity
  }

  async *readAll(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    this.#mustBeOpen()
    const head = this.#events.length
    let place = this.#placeOf(after)
    do {
      const page = this.#page(place, head, options)
      place = fromPosition(page.position)
      yield page
    } while (place < head && !options.signal?.aborted)
  }

  async *subscribe(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    const { signal } = options
    let place = this.#placeOf(after)
    let greeted = false
    while (!this.#closed && !signal?.aborted) {
      if (place < this.#events.length) {
        const page = this.#page(place, this.#events.length, options)
        place = fromPosition(page.position)
        yield page
      } else if (!greeted) {
        greeted = true
        yield { events: [], position: toPosition(place), atHead: true }
      } else await this.#more(signal)
    }
  }

  awayMs(): number {
    return 0
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#wake()
  }

  #placeOf(after: Position | null): number {
    const place = fromPosition(after)
    if (place > this.#events.length)
      throw new Problem('log.behind', { position: after, head: toPosition(this.#events.length) })
    return place
  }

  #append({ stream, expected, events, copied }: Append): AppendResult {
    this.#mustBeOpen()
    const kept = this.#streams.get(stream) ?? []
    const actual = kept.length - 1
    if (expected !== 'any') {
      const from = expected === 'none' ? 0 : expected + 1
      if (from !== kept.length) {
        const last = kept[from + events.length - 1]
        const repeated = last !== undefined && events.every(({ id }, index) => kept[from + index]!.id === id)
        return repeated
          ? { revision: last.revision, position: last.position, repeated }
          : { conflict: true, stream, expected, actual }
      }
    }
    const revisions = this.#revisions.get(stream) ?? new Map<string, number>()
    const used = copied ? undefined : events.find(({ id }) => revisions.has(id))
    if (used) throw idUsed(stream, used.id, revisions.get(used.id)!)
    const recordedAt = Math.max(Math.floor(this.#now()), this.#events.at(-1)?.recordedAt ?? 0)
    if (actual < 0) {
      this.#streams.set(stream, kept)
      this.#revisions.set(stream, revisions)
    }
    for (const { id, type, data, metadata } of events) {
      const latest = this.#events.at(-1)?.recordedAt ?? 0
      const event = {
        id,
        type,
        data,
        metadata,
        stream,
        revision: kept.length,
        position: toPosition(this.#events.length + 1),
        recordedAt: Math.max(latest, firstRecordedAt(metadata, recordedAt)),
      }
      revisions.set(id, event.revision)
      kept.push(event)
      this.#events.push(event)
    }
    this.#wake()
    const last = kept.at(-1)!
    return { revision: last.revision, position: last.position, repeated: false }
  }

  /** The next page after a place: full, or up to `head`. */
  #page(after: number, head: number, { pageSize = PAGE_SIZE, filter }: ReadOptions): LogPage {
    const events: LogEvent[] = []
    let place = after
    while (place < head && events.length < pageSize) {
      const event = this.#events[place++]!
      if (passes(event, filter)) events.push(event)
    }
    return { events, position: toPosition(place), atHead: place >= head }
  }

  #more(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal?.addEventListener('abort', wake, { once: true })
    })
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new Problem('log.unavailable', { reason: 'it was closed' })
  }
}

function passes(event: LogEvent, filter: LogFilter | undefined): boolean {
  if (!filter) return true
  if (filter.types && !filter.types.includes(event.type)) return false
  const category = categoryOf(event.stream)
  return (filter.categories?.includes(category) ?? true) && !filter.exceptCategories?.includes(category)
}
