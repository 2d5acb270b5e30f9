/**
 * The event log on EventStoreDB or KurrentDB: the log of record wherever more than one machine matters. How it
 * is reached stands in `connection.ts`, what is said in `messages.ts`, how appends go out in `appends.ts`.
 *
 * The server's own streams (`$…`) are never shown, and positions are those of our events. Reads ask the leader:
 * what was acknowledged is there.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { categoryOf } from '@ledgerline/core/kernel/event.ts'
import type { Append, Appended, AppendResult, EventLog, ExpectedRevision, LogEvent, LogFilter, LogPage, ReadOptions, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isConflict } from '@ledgerline/core/kernel/log.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { unavailable } from '../../postgres/answered.ts'
import { checkAppend } from '../checks.ts'
import { Losses, type LossesTold } from '../losses.ts'
import { Appends } from './appends.ts'
import { Connection } from './connection.ts'
import { Gathered } from './gathered.ts'
import * as own from './messages.ts'
import type { Only, ReadAnswer, ReadRequest, Wanted } from './messages.ts'
import * as official from './official.ts'
import { fromPosition, isAfter, NOWHERE, toPosition, type Place } from './place.ts'
import { Revisions } from './revisions.ts'
import { UsedIds } from './used-ids.ts'

export interface EventStoreLogOptions extends LossesTold {
  /** `esdb://`, `esdb+discover://` or `kurrentdb…`, with user and password where the server asks for them. */
  url: string
  /** Whose messages are read: ours, or the official client's, which are slower. */
  reader?: 'own' | 'official'
  /** No answer may take longer, ms; 10 s unless given. */
  deadlineMs?: number
  /** How long a subscription may hear nothing before it asks whether there is nothing, ms; 5 s unless given. */
  quietMs?: number
}

const QUIET_MS = 5_000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 2_000
const PAGE_SIZE = 5_000
/** So often a subscription may find a gap at the same place before it is told. */
const SAME_GAPS = 3
/** Every stream but the server's own. */
const OURS: Only = { streams: '^[^$]' }

/**
 * Opens the log of a server.
 * @throws Problem `log.address`, `log.denied`, `log.unavailable`
 */
export async function openEventStoreLog(options: EventStoreLogOptions): Promise<EventLog> {
  const log = new EventStoreLog(options)
  try {
    await log.head()
    return log
  } catch (error) {
    await log.close()
    throw error
  }
}

class EventStoreLog implements EventLog {
  readonly #connection: Connection
  readonly #messages: Pick<typeof own, 'encodeRead' | 'decodeRead'>
  readonly #appends: Appends
  readonly #used = new UsedIds((stream, from) => this.#readStream(stream, from))
  readonly #quietMs: number
  readonly #losses: Losses
  readonly #onTrouble: (problem: Problem) => void
  readonly #closing = new AbortController()
  #closed: Promise<void> | null = null

  constructor({ url, reader = 'own', deadlineMs, quietMs = QUIET_MS, onTrouble = () => {}, onBack = () => {} }: EventStoreLogOptions) {
    this.#messages = reader === 'own' ? own : official
    this.#connection = new Connection(url, deadlineMs)
    this.#appends = new Appends(this.#connection, () => this.head())
    this.#quietMs = quietMs
    this.#losses = new Losses({ onTrouble, onBack })
    this.#onTrouble = onTrouble
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]): Promise<Appended> {
    const append = { stream, expected, events }
    checkAppend(append)
    await this.#used.prepare([append])
    const result = await this.#append(append, false)
    if (!isConflict(result)) return result
    throw new Problem('log.conflict', { stream, expected, actual: result.actual })
  }

  async appendMany(appends: readonly Append[]): Promise<AppendResult[]> {
    for (const append of appends) checkAppend(append)
    await this.#used.prepare(appends)
    return Promise.all(appends.map((append) => this.#append(append, true)))
  }

  async #append(append: Append, bulk: boolean): Promise<AppendResult> {
    this.#used.take(append)
    try {
      const result = await this.#appends.append(append, bulk)
      if (isConflict(result) || result.repeated) this.#used.forget(append.stream)
      return result
    } catch (error) {
      this.#used.forget(append.stream)
      throw error
    }
  }

  async readStream(stream: string, from = 0, limit = 100_000): Promise<LogEvent[]> {
    const events = await this.#readStream(stream, from, limit)
    if (from === 0 && events.length < limit) this.#used.learn(stream, events)
    return events
  }

  async #readStream(stream: string, from: number, limit = 100_000): Promise<LogEvent[]> {
    const events: LogEvent[] = []
    for await (const answers of this.#answers({ of: { stream, from }, count: limit }, EVERY)) {
      for (const answer of answers) if ('event' in answer) events.push(answer.event!)
    }
    // The server passes over what was truncated; a decision on half a stream would be a wrong one.
    const first = events[0]?.revision ?? from
    if (first > from) throw new Problem('log.stream_cut', { stream, revision: from, first })
    return events
  }

  async head(): Promise<Position | null> {
    for await (const [answer] of this.#answers({ of: { all: 'end' }, backwards: true, count: 1, only: OURS }, EVERY)) {
      if (answer && 'event' in answer) return toPosition(answer)
    }
    return null
  }

  /**
   * The id of the epoch that the server's database began with: made by chance, the same on every node of a cluster
   * and in a restored backup. Where no epochs are kept, the id of the first event.
   */
  async identity(): Promise<string | null> {
    for (const request of [{ of: { stream: '$epoch-information', from: 0 }, count: 1 }, { of: { all: 'start' }, count: 1, only: OURS }] satisfies ReadRequest[]) {
      for await (const [answer] of this.#answers(request, EVERY)) if (answer && 'event' in answer) return `eventstoredb ${answer.event!.id}`
    }
    return null
  }

  async *readAll(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    const head = await this.#headAfter(after)
    if (head === null || (after !== null && head <= after)) {
      yield { events: [], position: after ?? NOWHERE, atHead: true }
      return
    }
    const { filter, signal, pageSize = PAGE_SIZE } = options
    const types = filter?.types && new Set(filter.types)
    let place = after === null ? null : fromPosition(after)
    const end = fromPosition(head)
    const request: ReadRequest = { of: { all: place ?? 'start' }, count: Number.MAX_SAFE_INTEGER, only: filteredBy(filter) }
    let events: LogEvent[] = []
    pages: for await (const answers of this.#answers(request, wantedBy(filter), { size: pageSize, signal })) {
      for (const answer of answers) {
        if (!('event' in answer)) continue
        // A read begins with the event at its position.
        if (place !== null && !isAfter(answer, place)) continue
        if (isAfter(answer, end)) break pages
        place = answer
        const { event } = answer
        if (event && !isSystem(event) && (!types || types.has(event.type))) events.push(event)
        if (!isAfter(end, place)) break pages
        if (events.length === pageSize) {
          yield { events, position: toPosition(place), atHead: false }
          if (signal?.aborted) return
          events = []
        }
      }
    }
    if (signal?.aborted) return
    yield { events, position: head, atHead: true }
  }

  async *subscribe(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    const signal = options.signal ? AbortSignal.any([options.signal, this.#closing.signal]) : this.#closing.signal
    let place = after
    let greeted = false
    let failures = 0
    let gap = { at: '', times: 0 }
    // Kept over connections: what one of them left out, the next one does not bring once others were handed out behind it.
    const revisions = new Revisions()
    using loss = this.#losses.watch()
    while (!signal.aborted) {
      try {
        const head = await this.#headAfter(place)
        for await (const page of this.#follow(place, head, revisions, { ...options, signal })) {
          failures = 0
          loss.back()
          if (page.events.length > 0 || page.position !== (place ?? NOWHERE)) {
            place = page.position
            yield page
          }
          if (!page.atHead || greeted) continue
          greeted = true
          yield { events: [], position: page.position, atHead: true }
        }
      } catch (error) {
        if (signal.aborted) return
        if (isProblem(error, 'log.gap')) {
          gap = { at: place ?? '', times: gap.at === (place ?? '') ? gap.times + 1 : 1 }
          if (gap.times > SAME_GAPS) throw error
        } else if (!isProblem(error, 'log.unavailable')) throw error
        failures++
        loss.lost(error)
        await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)), undefined, { signal }).catch(() => {})
      }
    }
  }

  awayMs(): number {
    return this.#losses.awayMs()
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    await this.#appends.close()
    await this.#connection.close()
  }

  /**
   * One connection's part of a subscription, until it is lost.
   * @throws Problem `log.gap` when the server left out an event, `log.*`
   */
  async *#follow(after: Position | null, head: Position | null, revisions: Revisions, options: ReadOptions & { signal: AbortSignal }): AsyncIterable<LogPage> {
    const { filter, signal, pageSize = PAGE_SIZE } = options
    const isWanted = wantedBy(filter)
    const types = filter?.types && new Set(filter.types)
    let place = after === null ? null : fromPosition(after)
    const end = head === null ? null : fromPosition(head)
    const isBehind = (): boolean => end !== null && (place === null || isAfter(end, place))
    const page = (events: LogEvent[]): LogPage => ({ events, position: place === null ? NOWHERE : toPosition(place), atHead: !isBehind() })
    const inOrder = async (events: readonly LogEvent[]): Promise<void> => {
      const noted = new Map<string, number>()
      for (const event of events) {
        const last = noted.get(event.stream) ?? revisions.last(event.stream)
        if (last !== undefined && event.revision !== last + 1) await this.#excuse(event, last + 1)
        noted.set(event.stream, event.revision)
      }
      revisions.note(noted)
    }
    // The server can look for some categories, but a subscription to them would not tell how far it has looked.
    if (filter?.categories && isBehind()) {
      const { types: _, ...streams } = filter
      for await (const read of this.readAll(after, { ...options, filter: streams })) {
        await inOrder(read.events)
        place = fromPosition(read.position)
        yield types ? { ...read, events: read.events.filter(({ type }) => types.has(type)) } : read
      }
      if (signal.aborted) return
    } else if (!isBehind()) yield page([])
    const from = place === null ? null : await this.#recorded(place)
    const call = await this.#connection.read(this.#messages.encodeRead({ of: { all: from ?? 'start' }, count: 'subscription', only: OURS }))
    const gathered = new Gathered(call, pageSize, (message) => this.#messages.decodeRead(message, isWanted))
    const stop = (): void => gathered.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      while (!signal.aborted) {
        const behind = isBehind()
        const answers = await gathered.page({ ...(behind && pageSize > 1 && { fillMs: FILL_MS }), withinMs: this.#quietMs, quiet: true, signal })
        if (signal.aborted) return
        if (answers.length === 0) {
          if (gathered.ended) throw unavailable('the server ended the subscription')
          // Nothing came. Is there nothing?
          const now = await this.head()
          if (gathered.isEmpty && now !== null && (place === null || isAfter(fromPosition(now), place))) throw unavailable('the server does not send what it has')
          continue
        }
        const events: LogEvent[] = []
        for (const answer of answers) {
          if (!('event' in answer)) continue
          const { event } = answer
          if (place !== null && !isAfter(answer, place)) throw unavailable(`the server gave ${toPosition(answer)} after ${toPosition(place)}`)
          place = answer
          if (!event) continue
          if (isSystem(event)) {
            this.#onTrouble(new Problem('log.stream_deleted', { stream: event.stream }))
            continue
          }
          events.push(event)
        }
        await inOrder(events)
        yield page(types ? events.filter(({ type }) => types.has(type)) : events)
      }
    } finally {
      signal.removeEventListener('abort', stop)
      gathered.close()
    }
  }

  /**
   * A place itself, or the last one before it when its event was scavenged; null when none is left. Servers before 24 leave
   * out the first event that they find from a place on, taking it for the one that is there.
   */
  async #recorded(place: Place): Promise<Place | null> {
    for await (const [answer] of this.#answers({ of: { all: place }, count: 1 }, EVERY)) {
      if (answer && 'event' in answer && !isAfter(answer, place)) return place
    }
    for await (const [answer] of this.#answers({ of: { all: place }, backwards: true, count: 1 }, EVERY)) {
      if (answer && 'event' in answer) return answer
    }
    return null
  }

  /**
   * An event does not follow on the one before it in its stream: was that one truncated, or left out?
   * @throws Problem `log.gap`
   */
  async #excuse(event: LogEvent, missing: number): Promise<void> {
    const [found] = await this.readStream(event.stream, missing, 1).catch((error: unknown) => {
      if (isProblem(error, 'log.stream_cut') || isProblem(error, 'log.stream_deleted')) return []
      throw error
    })
    if (found?.revision === missing) throw new Problem('log.gap', { stream: event.stream, revision: missing, position: event.position })
  }

  /**
   * The position of the last event.
   * @throws Problem `log.behind` when the log ends before a position that was read from it, `log.foreign_position`
   */
  async #headAfter(after: Position | null): Promise<Position | null> {
    if (after !== null) fromPosition(after)
    const head = await this.head()
    if (after === null || (head !== null && head >= after)) return head
    // Events may have been deleted; the log itself goes further all the same, by what the server notes of that.
    for await (const [answer] of this.#answers({ of: { all: 'end' }, backwards: true, count: 1 }, EVERY)) {
      if (answer && 'event' in answer && toPosition(answer) >= after) return head
    }
    throw new Problem('log.behind', { position: after, head: head ?? '0' })
  }

  /** The answers to a read that ends by itself, in pages. */
  async *#answers(request: ReadRequest, wanted: Wanted, { size = PAGE_SIZE, signal }: { size?: number; signal?: AbortSignal | undefined } = {}): AsyncIterable<NonNullable<ReadAnswer>[]> {
    const call = await this.#connection.read(this.#messages.encodeRead(request))
    const gathered = new Gathered(call, size, (message) => this.#messages.decodeRead(message, wanted))
    // A filter may let nothing through for long; otherwise silence is the loss of the server.
    const isPatient = 'all' in request.of && request.count !== 1
    try {
      while (!gathered.ended && !signal?.aborted) {
        const page = await gathered.page({ fillMs: this.#connection.deadlineMs, withinMs: this.#connection.deadlineMs, quiet: isPatient, signal })
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

/** While there is more, a page waits so long for another event to fill it, ms. */
const FILL_MS = 20
const EVERY: Wanted = () => true

/** A note of the server's in one of our streams: that it was deleted. */
function isSystem({ type }: LogEvent): boolean {
  return type.startsWith('$')
}

function wantedBy(filter: LogFilter | undefined): Wanted {
  if (!filter?.categories && !filter?.exceptCategories) return EVERY
  const categories = filter.categories && new Set(filter.categories)
  const except = new Set(filter.exceptCategories)
  return (stream) => {
    const category = categoryOf(stream)
    return (!categories || categories.has(category)) && !except.has(category)
  }
}

/** The server's part of the filter: it looks at the names of streams or at the types of events, not at both. */
function filteredBy(filter: LogFilter | undefined): Only {
  if (filter?.categories) return { streams: `^(${filter.categories.join('|')})-` }
  if (filter?.types?.length) return { types: `^(${filter.types.map(literally).join('|')})$` }
  if (filter?.exceptCategories?.length) return { streams: `^(?!(${filter.exceptCategories.join('|')})-)[^$]` }
  return OURS
}

/** For a regular expression: what is no letter by its number. */
function literally(text: string): string {
  return text.replace(/\W/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
