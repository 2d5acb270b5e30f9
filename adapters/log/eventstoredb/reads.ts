/**
 * Reads from EventStoreDB that end by themselves: a stream, the head, everything between two places in pages. The
 * server's own streams (`$…`) are never shown, and positions are those of our events. Reads go to the leader, which has
 * everything that was acknowledged.
 */
import { categoryOf, type Position } from '@ledgerline/core/kernel/event.ts'
import type { LogEvent, LogFilter, LogPage, ReadOptions } from '@ledgerline/core/kernel/log.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { checkWhole } from '../checks.ts'
import type { Connection } from './connection.ts'
import { Gathered } from './gathered.ts'
import type * as own from './messages.ts'
import type { Only, ReadAnswer, ReadEvent, ReadRequest, Wanted } from './messages.ts'
import { fromPosition, isAfter, NOWHERE, toPosition, type Place } from './place.ts'
import type { Noted, ServerClock } from './server-clock.ts'

export type Messages = Pick<typeof own, 'encodeRead' | 'decodeRead'>

export const PAGE_SIZE = 5_000
/** Every stream but the server's own. */
export const OURS: Only = { streams: '^[^$]' }
const EVERY: Wanted = () => true
const NONE: Wanted = () => false
/** Several times a reader's page: events read only for their times need little room. */
const LOOK_SIZE = 20_000

export class Reads {
  readonly #connection: Connection
  readonly #messages: Messages
  readonly clock: ServerClock

  /** @param clock made with {@link lookThrough} of this object, which is not called before there is one */
  constructor(connection: Connection, messages: Messages, clock: (reads: Reads) => ServerClock) {
    this.#connection = connection
    this.#messages = messages
    this.clock = clock(this)
  }

  /** @throws Problem `log.stream_cut`, `log.stream_deleted`, `log.unavailable`, `log.denied` */
  async stream(stream: string, from: number, limit: number): Promise<LogEvent[]> {
    const found: ReadEvent[] = []
    for await (const answers of this.#answers({ of: { stream, from }, count: limit }, EVERY)) {
      for (const answer of answers) if ('event' in answer) found.push(answer)
    }
    const last = found.at(-1)
    if (last && !this.clock.knows(last)) await this.clock.reachIfNear(last)
    const events = this.#events(found, new Floor())
    // The server skips what was truncated.
    checkWhole(stream, from, events)
    return events
  }

  async head(): Promise<Position | null> {
    for await (const [answer] of this.#answers({ of: { all: 'end' }, backwards: true, count: 1, only: OURS }, NONE)) {
      if (answer && 'event' in answer) return toPosition(answer)
    }
    return null
  }

  /**
   * The position of the last event.
   * @throws Problem `log.behind` if the log ends before a position that was read from it, `log.foreign_position`
   */
  async headAfter(after: Position | null): Promise<Position | null> {
    if (after !== null) fromPosition(after)
    const head = await this.head()
    if (after === null || (head !== null && head >= after)) return head
    // Events may have been deleted; the log itself still extends further, with the server's notes of that.
    for await (const [answer] of this.#answers({ of: { all: 'end' }, backwards: true, count: 1 }, NONE)) {
      if (answer && 'event' in answer && toPosition(answer) >= after) return head
    }
    throw new Problem('log.behind', { position: after, head: head ?? '0' })
  }

  /** The first of our events of a stream, or of the whole log; null if there is none. */
  async firstOf(of: { stream: string; from: number | 'end' } | { all: 'start' }): Promise<LogEvent | null> {
    const request: ReadRequest =
      'all' in of ? { of, count: 1, only: OURS } : { of, count: 1, ...(of.from === 'end' && { backwards: true }) }
    for await (const [answer] of this.#answers(request, EVERY)) if (answer && 'event' in answer) return answer.event
    return null
  }

  /**
   * The place itself, or the last one before it if its event was scavenged; null if none is left. Servers before 24
   * skip the first event they find from a place on, taking it for the one at that place.
   */
  async recorded(place: Place): Promise<Place | null> {
    for await (const [answer] of this.#answers({ of: { all: place }, count: 1 }, NONE)) {
      if (answer && 'event' in answer && !isAfter(answer, place)) return place
    }
    for await (const [answer] of this.#answers({ of: { all: place }, backwards: true, count: 1 }, NONE)) {
      if (answer && 'event' in answer) return answer
    }
    return null
  }

  /** Pages of everything after a position, up to the present head. */
  async *all(after: Position | null, options: ReadOptions): AsyncGenerator<LogPage> {
    const head = await this.headAfter(after)
    if (head === null || (after !== null && head <= after))
      yield { events: [], position: after ?? NOWHERE, atHead: true }
    else yield* this.between(after, head, options)
  }

  /**
   * Pages of everything between a position and a later one. The server applies the filter as far as it can. But if it
   * is not known yet when events were recorded, and the filter lets most of them through, the server sends everything
   * and the filter is applied here: otherwise all of it would be read twice.
   */
  async *between(
    after: Position | null,
    head: Position,
    { filter, signal, pageSize = PAGE_SIZE }: ReadOptions,
  ): AsyncGenerator<LogPage> {
    await this.clock.begin()
    const isWanted = wantedBy(filter)
    const types = filter?.types && new Set(filter.types)
    const floor = new Floor()
    const end = fromPosition(head)
    let place = after === null ? null : fromPosition(after)
    let found: ReadEvent[] = []
    for (let only = filteredBy(filter); ; only = OURS) {
      const request: ReadRequest = { of: { all: place ?? 'start' }, count: Number.MAX_SAFE_INTEGER, only }
      let goesOn = false
      pages: for await (const answers of this.#answers(request, isWanted, { size: pageSize, signal })) {
        for (const answer of answers) {
          if (!('event' in answer)) continue
          // A read begins with the event at its position.
          if (place !== null && !isAfter(answer, place)) continue
          if (isAfter(answer, end)) break pages
          if (only === OURS) this.clock.see(place, answer)
          place = answer
          const { event } = answer
          if (event && !isSystem(event) && (!types || types.has(event.type))) found.push(answer)
          if (!isAfter(end, place)) break pages
          if (found.length === pageSize) {
            goesOn = only !== OURS && !this.clock.knows(place)
            yield { events: await this.#exact(found, floor), position: toPosition(place), atHead: false }
            if (signal?.aborted) return
            found = []
            if (goesOn) break pages
          }
        }
      }
      if (signal?.aborted) return
      if (!goesOn) break
    }
    yield { events: await this.#exact(found, floor), position: head, atHead: true }
  }

  /** All of our events between two places, only for their times. */
  async *lookThrough(after: Place | null, upTo: Place): AsyncGenerator<readonly Noted[]> {
    const request: ReadRequest = { of: { all: after ?? 'start' }, count: Number.MAX_SAFE_INTEGER, only: OURS }
    for await (const answers of this.#answers(request, NONE, { size: LOOK_SIZE })) {
      const events = answers.filter(
        (answer): answer is ReadEvent => 'event' in answer && (after === null || isAfter(answer, after)),
      )
      const beyond = events.findIndex((event) => isAfter(event, upTo))
      yield beyond < 0 ? events : events.slice(0, beyond)
      if (beyond >= 0) return
    }
  }

  /**
   * Events with the times at which they count as recorded; in order, and never earlier than what was delivered last.
   */
  async #exact(found: readonly ReadEvent[], floor: Floor): Promise<LogEvent[]> {
    const last = found.at(-1)
    if (last && !this.clock.knows(last)) await this.clock.reach(last)
    return this.#events(found, floor)
  }

  #events(found: readonly ReadEvent[], floor: Floor): LogEvent[] {
    return found.map((answer) => recordedBy(this.clock, answer, floor))
  }

  /** The answers to a read that ends by itself, in pages. */
  async *#answers(
    request: ReadRequest,
    wanted: Wanted,
    { size = PAGE_SIZE, signal }: { size?: number; signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<NonNullable<ReadAnswer>[]> {
    const call = await this.#connection.read(this.#messages.encodeRead(request))
    const gathered = new Gathered(call, size, (bytes, start, end) =>
      this.#messages.decodeRead(bytes, wanted, start, end),
    )
    // A filter may let nothing through for a long time; otherwise silence means that the server is lost.
    const isPatient = 'all' in request.of && request.count !== 1
    try {
      while (!gathered.ended && !signal?.aborted) {
        const page = await gathered.page({
          fillMs: this.#connection.deadlineMs,
          withinMs: this.#connection.deadlineMs,
          quiet: isPatient,
          signal,
        })
        if (page.length > 0) yield page
        else if (isPatient && !gathered.ended) await this.head()
      }
    } catch (error) {
      if (isProblem(error, 'log.unavailable')) this.#connection.abandon(call)
      throw error
    } finally {
      gathered.close()
    }
  }
}

/** What one reader received last: where recorded times are not known, at least its own order is kept. */
export class Floor {
  moment = 0
}

/** The event of an answer, with the time at which it counts as recorded. */
export function recordedBy(clock: ServerClock, answer: ReadEvent, floor: Floor): LogEvent {
  const event = answer.event!
  floor.moment = Math.max(floor.moment, clock.recordedAt(answer))
  if (event.recordedAt !== floor.moment) {
    event.notedAt = event.recordedAt
    event.recordedAt = floor.moment
  }
  return event
}

/** A note of the server's in one of our streams: that it was deleted. */
export function isSystem({ type }: LogEvent): boolean {
  return type.startsWith('$')
}

export function wantedBy(filter: LogFilter | undefined): Wanted {
  if (!filter?.categories && !filter?.exceptCategories) return EVERY
  const categories = filter.categories && new Set(filter.categories)
  const except = new Set(filter.exceptCategories)
  return (stream) => {
    const category = categoryOf(stream)
    return (!categories || categories.has(category)) && !except.has(category)
  }
}

/** The server's part of the filter: it can match the names of streams or the types of events, not both. */
function filteredBy(filter: LogFilter | undefined): Only {
  if (filter?.categories) return { streams: `^(${filter.categories.join('|')})-` }
  if (filter?.types?.length) return { types: `^(${filter.types.map(literally).join('|')})$` }
  if (filter?.exceptCategories?.length) return { streams: `^(?!(${filter.exceptCategories.join('|')})-)[^$]` }
  return OURS
}

/** For a regular expression: anything but a letter by its code. */
function literally(text: string): string {
  return text.replace(/\W/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
