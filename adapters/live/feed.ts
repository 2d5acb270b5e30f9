/**
 * The live feed: the boards of tenants that have listeners, and the listeners. Without listeners nothing is held: a
 * tenant's first listener creates its board, and a while after the last one has gone the board goes too (not at once,
 * so that a browser that lost its connection can resume).
 */
import { randomBytes } from 'node:crypto'
import type { Response } from 'express'
import { interval, share, tap, type Observable } from 'rxjs'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { ReadModel, Row } from '@ledgerline/projections/engine/model.ts'
import { Places, type Room as Seats } from '../connection-limits.ts'
import type { ServerLog } from '../server-log.ts'
import { TenantBoard } from './board.ts'
import { FrameTexts, Listener } from './listener.ts'
import type { Beat, ClockTold } from './messages.ts'
import type { BoardSource, TenantClock } from './source.ts'
import { topicsOf, type Topic, type TopicName } from './topics.ts'

/** The pace of the feed, ms; tests may use a faster one. */
export interface Pace {
  /** How often a sign of life is sent, so that quiet can be distinguished from late. */
  beatMs: number
  /** How long a board without listeners is kept. */
  lingerMs: number
  /** How soon boards that could not be read are tried again. */
  againMs: number
}

const usualPace: Pace = { beatMs: 2_000, lingerMs: 30_000, againMs: 1_000 }
export interface LiveFeedOptions {
  source: BoardSource
  models: readonly ReadModel[]
  /** Looked up each time: a zone may change, and a demo may start to run on another clock. */
  clockOf(tenant: string): TenantClock
  log: ServerLog
  /** How many may listen at once, in total and per address. */
  room: Seats
  pace?: Partial<Pace>
}

/** Who wants to listen, and to what. */
export interface Listening {
  tenant: string
  /** The listener's address. */
  address: string
  topics: readonly TopicName[]
  /** The row as this viewer may see it. */
  show: (topic: Topic, row: Row) => Row
  /** Identifies what {@link show} does. */
  view: string
  /** Hash of the screens being served. */
  build: string
  /** `Last-Event-ID` of a browser that was here before. */
  last: string | undefined
}

interface Room {
  board: TenantBoard
  texts: FrameTexts
  listeners: Set<Listener>
  beats: Observable<unknown>
  closing: NodeJS.Timeout | null
}

export class LiveFeed {
  readonly topics: readonly Topic[]
  readonly #options: LiveFeedOptions
  readonly #pace: Pace
  readonly #rooms = new Map<string, Room>()
  readonly #places: Places

  constructor(options: LiveFeedOptions) {
    this.#options = options
    this.#pace = { ...usualPace, ...options.pace }
    this.#places = new Places(options.room)
    this.topics = topicsOf(options.models)
  }

  /** How many are listening. */
  get listeners(): number {
    let sum = 0
    for (const { listeners } of this.#rooms.values()) sum += listeners.size
    return sum
  }

  /** Tenants whose boards are held in memory. */
  get held(): readonly string[] {
    return [...this.#rooms.keys()]
  }

  /**
   * Streams to this response until the browser goes.
   * @throws Problem `live.too_many`, `live.too_many_of_one`
   */
  listen(response: Response, listening: Listening): void {
    const { tenant, address, show, view, build, last } = listening
    const place = this.#places.take(address)
    if (typeof place !== 'function')
      throw new Problem(place === 'inAll' ? 'live.too_many' : 'live.too_many_of_one', {
        limit: this.#places.room[place],
      })
    response.once('close', place)
    // It left before anyone could notice.
    if (response.closed) return place()
    const room = this.#roomOf(tenant)
    const topics = this.topics.filter(({ name }) => listening.topics.includes(name))
    const listener = new Listener({
      response,
      board: room.board,
      topics,
      show,
      view,
      texts: room.texts,
      last,
      hello: () => {
        const { zone, ...time } = this.#time(tenant)
        return { tenant, zone, ...time, build, topics: topics.map(({ name }) => name) }
      },
      beat: () => this.#beat(tenant),
      beats: room.beats,
    })
    room.listeners.add(listener)
    response.once('close', () => this.#leave(tenant, room, listener))
    listener.begin()
  }

  /** Ends every stream and releases everything. */
  close(): void {
    for (const [tenant, room] of this.#rooms) {
      for (const listener of room.listeners) listener.close()
      this.#drop(tenant, room)
    }
  }

  #roomOf(tenant: string): Room {
    let room = this.#rooms.get(tenant)
    if (!room) {
      const { source, log } = this.#options
      const clock = () => this.#options.clockOf(tenant)
      const epoch = randomBytes(6).toString('base64url')
      const onTrouble = (error: unknown) =>
        log.warn({ problem: error instanceof Problem ? error.code : String(error) }, 'boards cannot be read')
      const board = new TenantBoard({
        source,
        topics: this.topics,
        tenant,
        clock,
        epoch,
        againMs: this.#pace.againMs,
        onTrouble,
      })
      const listeners = new Set<Listener>()
      // Once for all who listen; while nobody does, never.
      const beats = interval(this.#pace.beatMs).pipe(
        tap(() => board.expire()),
        share(),
      )
      room = { board, texts: new FrameTexts(), listeners, beats, closing: null }
      this.#rooms.set(tenant, room)
    }
    if (room.closing) clearTimeout(room.closing)
    room.closing = null
    return room
  }

  #beat(tenant: string): Beat {
    const { position, lagMs, delayed } = this.#options.source.progress(tenant)
    const { zone: _, ...time } = this.#time(tenant)
    return { ...time, lagMs, delayed, position }
  }

  #time(tenant: string): ClockTold & { zone: string } {
    const clock = this.#options.clockOf(tenant)
    return {
      zone: clock.zone,
      now: clock.now(),
      speed: clock.speed,
      asked: clock.asked ?? clock.speed,
      behind: clock.behind ?? false,
    }
  }

  #leave(tenant: string, room: Room, listener: Listener): void {
    room.listeners.delete(listener)
    if (room.listeners.size > 0 || this.#rooms.get(tenant) !== room) return
    room.closing = setTimeout(() => this.#drop(tenant, room), this.#pace.lingerMs)
    room.closing.unref()
  }

  #drop(tenant: string, room: Room): void {
    if (room.closing) clearTimeout(room.closing)
    room.board.close()
    this.#rooms.delete(tenant)
  }
}
