/**
 * A subscription. While behind, it reads pages; only at the head does it ask the server to send what comes. The server
 * buffers a few dozen events for a subscriber and drops a subscriber that does not keep up, and under heavy writing
 * nobody does. A reader that falls behind goes back to reading pages; that is not a failure of the log.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { LogEvent, LogPage, ReadOptions } from '@ledgerline/core/kernel/log.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { growingPause } from '@ledgerline/core/kernel/pauses.ts'
import { unavailable } from '../../postgres/answered.ts'
import type { Outages } from '../outages.ts'
import type { Connection } from './connection.ts'
import { Gathered } from './gathered.ts'
import type { ReadEvent } from './messages.ts'
import { fromPosition, isAfter, NOWHERE, toPosition } from './place.ts'
import { Floor, isSystem, OURS, PAGE_SIZE, recordedBy, wantedBy, type Messages, type Reads } from './reads.ts'
import { Revisions } from './revisions.ts'

export interface Following {
  connection: Connection
  messages: Messages
  reads: Reads
  outages: Outages
  /** How long it may hear nothing before it asks whether there really is nothing, ms. */
  quietMs: number
  onTrouble: (problem: Problem) => void
}

const PAUSES = { firstMs: 40, longestMs: 2_000 }
/** How often it may find a gap at the same place before that is reported. */
const SAME_GAPS = 3
/**
 * If less than this arrived while the last pages were read, in bytes of the log, the server can be asked to send what
 * comes.
 */
const NEARLY_THERE = 16 * 1024
/** Pause between short pages under heavy writing, ms: events that arrive meanwhile come together. */
const BREATH_MS = 20
/**
 * At the head nobody waits longer than this for what others left to be looked through, ms: for its events their own
 * order will do.
 */
const LOOK_MS = 2_000

/** Pages after a position, then whatever comes, until the signal aborts. */
export async function* follow(
  following: Following,
  after: Position | null,
  options: ReadOptions & { signal: AbortSignal },
): AsyncGenerator<LogPage> {
  const { outages } = following
  const { signal } = options
  let place = after
  let greeted = false
  let failures = 0
  let gap = { at: '', times: 0 }
  // Kept across connections: what one of them skipped, the next does not bring once later events were delivered.
  const connected = new Connected(following, options)
  using watch = outages.watch()
  while (!signal.aborted) {
    try {
      for await (const page of connected.pages(place)) {
        failures = 0
        watch.back()
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
      if (isProblem(error, 'log.reader_behind')) {
        // The log answers: pages are read at once.
        watch.back()
        outages.fellBehind(error)
        continue
      }
      if (isProblem(error, 'log.gap')) {
        gap = { at: place ?? '', times: gap.at === (place ?? '') ? gap.times + 1 : 1 }
        if (gap.times > SAME_GAPS) throw error
      } else if (!isProblem(error, 'log.unavailable')) throw error
      failures++
      watch.lost(error)
      await pause(growingPause(PAUSES, failures), undefined, {
        signal,
      }).catch(() => {})
    }
  }
}

/** One connection's part of it at a time. */
class Connected {
  readonly #with: Following
  readonly #options: ReadOptions & { signal: AbortSignal }
  readonly #revisions = new Revisions()
  readonly #floor = new Floor()
  readonly #size: number
  readonly #types: ReadonlySet<string> | undefined

  constructor(following: Following, options: ReadOptions & { signal: AbortSignal }) {
    this.#with = following
    this.#options = options
    this.#size = options.pageSize ?? PAGE_SIZE
    this.#types = options.filter?.types && new Set(options.filter.types)
  }

  /**
   * Until the connection is lost, or the reader has fallen behind.
   * @throws Problem `log.gap` if the server skipped an event, `log.reader_behind` if the server says so, `log.*`
   */
  async *pages(after: Position | null): AsyncGenerator<LogPage> {
    let place = after
    for await (const page of this.#behind(after)) {
      place = page.position === NOWHERE ? null : page.position
      yield page
    }
    if (!this.#options.signal.aborted) yield* this.#atHead(place)
  }

  /** Pages up to the head, until little arrives while they are read. */
  async *#behind(after: Position | null): AsyncGenerator<LogPage> {
    const { reads } = this.#with
    const { signal, filter } = this.#options
    // Types are filtered here: a missing event in a stream can only be noticed by its neighbours.
    const { types: _, ...streams } = filter ?? {}
    for (let place = after; !signal.aborted;) {
      const begun = place
      const head = await reads.headAfter(place)
      if (head === null || (place !== null && head <= place)) {
        yield { events: [], position: place ?? NOWHERE, atHead: true }
        return
      }
      for await (const page of reads.between(place, head, { ...this.#options, filter: streams })) {
        await this.#inOrder(page.events)
        place = page.position
        yield { ...page, events: this.#ofTypes(page.events) }
      }
      if (begun !== null && fromPosition(head).commit - fromPosition(begun).commit <= NEARLY_THERE) return
      if (begun !== null) await pause(BREATH_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** What the server sends by itself. */
  async *#atHead(after: Position | null): AsyncGenerator<LogPage> {
    const { connection, messages, reads, quietMs, onTrouble } = this.#with
    const { signal, filter } = this.#options
    let place = after === null ? null : fromPosition(after)
    const from = place === null ? null : await reads.recorded(place)
    if (place !== null && !reads.clock.knows(place))
      await Promise.race([reads.clock.reach(place), pause(LOOK_MS, undefined, { ref: false })])
    // With a filter the server would not report how far it has looked.
    const call = await connection.read(
      messages.encodeRead({ of: { all: from ?? 'start' }, count: 'subscription', only: OURS }),
    )
    const isWanted = wantedBy(filter)
    const gathered = new Gathered(call, this.#size, (bytes, start, end) =>
      messages.decodeRead(bytes, isWanted, start, end),
    )
    const stop = (): void => gathered.close()
    using _ = reads.clock.fed()
    signal.addEventListener('abort', stop, { once: true })
    try {
      while (!signal.aborted) {
        const answers = await gathered.page({ withinMs: quietMs, quiet: true, signal })
        if (signal.aborted) return
        if (answers.length === 0) {
          if (gathered.ended) throw unavailable('the server ended the subscription')
          // Nothing came. Is there really nothing?
          const now = await reads.head()
          if (gathered.isEmpty && now !== null && (place === null || isAfter(fromPosition(now), place)))
            throw unavailable('the server is not sending what it has')
          continue
        }
        const found: ReadEvent[] = []
        for (const answer of answers) {
          if (!('event' in answer)) continue
          const { event } = answer
          if (place !== null && !isAfter(answer, place))
            throw unavailable(`the server gave ${toPosition(answer)} after ${toPosition(place)}`)
          reads.clock.see(place, answer)
          place = answer
          if (event && isSystem(event)) onTrouble(new Problem('log.stream_deleted', { stream: event.stream }))
          else if (event) found.push(answer)
        }
        const events = found.map((answer) => recordedBy(reads.clock, answer, this.#floor))
        await this.#inOrder(events)
        yield { events: this.#ofTypes(events), position: place === null ? NOWHERE : toPosition(place), atHead: true }
        // A reader that lets a page wait here is no longer at the head.
        if (gathered.isFull) return
      }
    } finally {
      signal.removeEventListener('abort', stop)
      gathered.close()
    }
  }

  #ofTypes(events: LogEvent[]): LogEvent[] {
    const types = this.#types
    return types ? events.filter(({ type }) => types.has(type)) : events
  }

  async #inOrder(events: readonly LogEvent[]): Promise<void> {
    const noted = new Map<string, number>()
    for (const event of events) {
      const last = noted.get(event.stream) ?? this.#revisions.last(event.stream)
      if (last !== undefined && event.revision !== last + 1) await this.#excuse(event, last + 1)
      noted.set(event.stream, event.revision)
    }
    this.#revisions.note(noted)
  }

  /**
   * An event does not follow the one before it in its stream: was that one truncated, or skipped?
   * @throws Problem `log.gap`
   */
  async #excuse(event: LogEvent, missing: number): Promise<void> {
    const [found] = await this.#with.reads.stream(event.stream, missing, 1).catch((error: unknown) => {
      if (isProblem(error, 'log.stream_cut') || isProblem(error, 'log.stream_deleted')) return []
      throw error
    })
    if (found?.revision === missing)
      throw new Problem('log.gap', { stream: event.stream, revision: missing, position: event.position })
  }
}
