/**
 * Live push between processes, by Redis: the folding process publishes what it has committed, on one channel per
 * tenant. Messages may be lost (Redis promises nothing, and may be away), so they are numbered, and the publisher
 * announces its count every second: a listener that missed something reads the tables again, and one that has heard
 * nothing for a while knows that the line is dead. Nothing ever waits for Redis.
 *
 * Messages are sealed (`nodes/sealed-messages.ts`): Redis carries callers' numbers, and must be able neither to read
 * nor to forge them.
 */
import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import { Observable, type Subscriber } from 'rxjs'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { Committed } from '@ledgerline/projections/engine/engine.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { growingPause } from '@ledgerline/core/kernel/pauses.ts'
import type { ServerLog } from '../server-log.ts'
import { Outages, type OutageWatch, type OutageHandlers } from '../log/outages.ts'
import type { SealedMessages } from '../nodes/sealed-messages.ts'
import { changesByTenant } from './changes.ts'
import { STALE, type BoardChange, type Stale } from './source.ts'

export interface PushOptions extends OutageHandlers {
  /** `redis://…` or `rediss://…` */
  url: string
  sealedMessages: SealedMessages
  /** Name of the tables’ database: several installations, or several databases of one, may share a Redis. */
  database: string
  /** Models that are on a board; others are not published. */
  models: ReadonlySet<string>
  /** Is this process folding a lane now? It no longer publishes a lane that another process has taken. */
  folds: (lane: string) => boolean
  logger: Pick<ServerLog, 'warn'>
  /** How often to send a sign of life, ms; tests may use a faster pace. */
  beatMs?: number
}

const BEAT_MS = 1_000
/** After this many missed beats the line counts as dead. */
const MISSED_BEATS = 3
/** Larger messages are not sent: listeners that miss one read the tables. */
const MESSAGE_LIMIT = 512 * 1024
/** The most messages waiting to be sent. */
const QUEUED = 1_000
const CONNECT_MS = 3_000
const PAUSES = { firstMs: 50, longestMs: 2_000 }

/** Committed rows of one tenant. */
interface Told {
  /** One publisher and one run of its lane: it counts from 1. */
  session: string
  lane: string
  number: number
  position: Position
  changes: Omit<BoardChange, 'lane' | 'position'>[]
}

/** How far a publisher has counted, by tenant. */
interface Beat {
  session: string
  lane: string
  numbers: Record<string, number>
}

interface Follow {
  tenant: string
  follower: Subscriber<BoardChange | Stale>
  /** By lane: the publisher it hears, and the last number received. */
  heard: Map<string, { session: string; number: number }>
}

type Client = ReturnType<typeof createClient>

export class LivePush {
  readonly #with: PushOptions
  readonly #beatMs: number
  readonly #teller: Client
  readonly #listener: Client
  readonly #beating: NodeJS.Timeout
  /** Lanes published from here. */
  readonly #lanes = new Map<string, { session: string; numbers: Map<string, number> }>()
  readonly #follows = new Set<Follow>()
  /** When a lane was last heard of, on the steady clock. */
  readonly #heardAt = new Map<string, number>()
  readonly #outages: Outages
  readonly #away: (cause: Error) => Problem
  /** Resolved once each of the two connections is up, or has failed once. */
  readonly #tried: Promise<unknown>
  #lost = false

  constructor(options: PushOptions) {
    this.#with = options
    this.#beatMs = options.beatMs ?? BEAT_MS
    const { url, logger, onTrouble, onBack } = options
    this.#outages = new Outages({
      onTrouble(problem) {
        logger.warn(
          { reason: (problem.cause as Error).message },
          'Redis is not answering: boards of other processes are read every second until it does',
        )
        onTrouble?.(problem)
      },
      onBack(awayMs) {
        logger.warn({ awayMs: Math.round(awayMs) }, 'Redis is answering again')
        onBack?.(awayMs)
      },
    })
    this.#away = (cause) => new Problem('push.redis_away', { server: new URL(url).host }, { cause })
    this.#teller = this.#client('tells', true)
    this.#listener = this.#client('listens', false)
    this.#tried = Promise.all(
      [this.#teller, this.#listener].map(
        (client) => new Promise<void>((resolve) => client.once('ready', resolve).once('error', () => resolve())),
      ),
    )
    this.#listener.on('ready', () => this.#noteLost(false))
    this.#listener.on('error', () => this.#noteLost(true))
    void this.#listener.subscribe(this.#beats, (message) => this.#hearBeat(message), true).catch(() => {})
    this.#beating = setInterval(() => this.#beat(), this.#beatMs)
  }

  /** Nothing committed here is published before the lane has announced its start. */
  started(lane: string): void {
    this.#lanes.set(lane, { session: randomUUID(), numbers: new Map() })
    this.#beat()
  }

  /** Publishes what was committed here. */
  tell({ lane, position, tables }: Pick<Committed, 'lane' | 'position' | 'tables'>): void {
    const told = this.#lanes.get(lane)
    if (!told) return
    for (const [tenant, changes] of changesByTenant(tables.filter(({ model }) => this.#with.models.has(model.name)))) {
      const number = (told.numbers.get(tenant) ?? 0) + 1
      told.numbers.set(tenant, number)
      this.#send(this.#channel(tenant), { session: told.session, lane, number, position, changes } satisfies Told)
    }
  }

  /** A tenant's changes, as other processes publish them. */
  follow(tenant: string): Observable<BoardChange | Stale> {
    return new Observable((follower) => {
      const follow: Follow = { tenant, follower, heard: new Map() }
      this.#follows.add(follow)
      const channel = this.#channel(tenant)
      const hear = (message: Buffer): void => this.#hear(follow, channel, message)
      void this.#listener.subscribe(channel, hear, true).catch(() => {})
      return () => {
        this.#follows.delete(follow)
        void this.#listener.unsubscribe(channel, hear, true).catch(() => {})
      }
    })
  }

  /** Can a publisher that folds this lane be heard? If not, its boards must be read. */
  hears(lane: string): boolean {
    const at = this.#heardAt.get(lane)
    return !this.#lost && at !== undefined && performance.now() - at < MISSED_BEATS * this.#beatMs
  }

  /**
   * Resolves if Redis answers.
   * @throws Problem `push.redis_away` if it does not, as far as is known; it is retried automatically
   */
  async answers(): Promise<void> {
    await this.#tried
    if (!this.#teller.isReady || !this.#listener.isReady) throw this.#away(new Error('not ready'))
  }

  /** Redis is not answering. */
  get lost(): boolean {
    return this.#lost
  }

  close(): void {
    clearInterval(this.#beating)
    this.#follows.clear()
    this.#teller.destroy()
    this.#listener.destroy()
  }

  #client(part: string, impatient: boolean): Client {
    const { url } = this.#with
    const client: Client = createClient({
      url,
      name: `ledgerline-${part}`,
      // What cannot be published now is not published later: by then it is old, and was read from the tables.
      disableOfflineQueue: impatient,
      commandsQueueMaxLength: QUEUED,
      // A silently dead connection is noticed by its silence.
      pingInterval: this.#beatMs,
      maintNotifications: 'disabled',
      socket: {
        connectTimeout: CONNECT_MS,
        socketTimeout: MISSED_BEATS * BEAT_MS,
        reconnectStrategy: (tries) => growingPause(PAUSES, tries + 1, Math.random),
      },
    })
    const watch: OutageWatch = this.#outages.watch()
    client.on('error', (error: Error) => watch.lost(this.#away(error)))
    client.on('ready', () => watch.back())
    client.connect().catch(() => {})
    return client
  }

  #noteLost(lost: boolean): void {
    this.#lost = lost
    // A publisher heard before may have sent more since: its next beat will show that.
    if (lost) this.#heardAt.clear()
  }

  #channel(tenant: string): string {
    return `${this.#prefix}:live:${tenant}`
  }

  get #prefix(): string {
    return `ledgerline:${this.#with.sealedMessages.house}:${this.#with.database}`
  }

  get #beats(): string {
    return `${this.#prefix}:beats`
  }

  #beat(): void {
    for (const [lane, { session, numbers }] of this.#lanes)
      if (this.#with.folds(lane))
        this.#send(this.#beats, { session, lane, numbers: Object.fromEntries(numbers) } satisfies Beat)
  }

  #send(channel: string, content: Told | Beat): void {
    if (!this.#teller.isReady) return
    const message = this.#with.sealedMessages.seal(channel, content)
    // A listener that misses it finds the next number, or the next beat, too high.
    if (message.length <= MESSAGE_LIMIT) void this.#teller.publish(channel, message).catch(() => {})
  }

  #hearBeat(message: Buffer): void {
    const beat = this.#with.sealedMessages.open(this.#beats, message) as Beat | null
    if (!beat) return
    const { session, lane, numbers } = beat
    if (this.#lanes.get(lane)?.session === session) return
    this.#heardAt.set(lane, performance.now())
    for (const { tenant, heard, follower } of this.#follows) {
      const number = numbers[tenant] ?? 0
      const known = heard.get(lane)
      if (known?.session === session && known.number >= number) continue
      heard.set(lane, { session, number })
      follower.next(STALE)
    }
  }

  #hear({ heard, follower }: Follow, channel: string, message: Buffer): void {
    const told = this.#with.sealedMessages.open(channel, message) as Told | null
    if (!told || this.#lanes.get(told.lane)?.session === told.session) return
    const { session, lane, number, position, changes } = told
    const known = heard.get(lane)
    if (known?.session === session && number <= known.number) return
    heard.set(lane, { session, number })
    // Earlier messages were missed; the tables contain all of them.
    if (known?.session !== session || number > known.number + 1) return follower.next(STALE)
    for (const change of changes) follower.next({ ...change, lane, position })
  }
}
