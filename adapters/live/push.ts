/**
 * Live push between processes, by Redis: the process that folds tells the others what it has committed, a channel a
 * tenant. What is said may be lost (Redis promises nothing, and may be away), so that it is numbered, and
 * the teller says every second how far it has counted: a listener that missed something reads the tables again, and
 * one that has heard nothing for a while knows that the line is dead. Nothing ever waits for Redis.
 *
 * Letters are sealed (`nodes/sealed-messages.ts`): Redis carries callers' numbers, and must neither read nor make them.
 */
import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { Committed } from '@ledgerline/projections/engine/engine.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { growingPause } from '@ledgerline/core/kernel/pauses.ts'
import type { ServerLog } from '../server-log.ts'
import { Outages, type OutageWatch, type OutageHandlers } from '../log/outages.ts'
import type { SealedMessages } from '../nodes/sealed-messages.ts'
import { changesByTenant } from './changes.ts'
import type { BoardChange, BoardFollower } from './source.ts'

export interface PushOptions extends OutageHandlers {
  /** `redis://…` or `rediss://…` */
  url: string
  letters: SealedMessages
  /** Name of the tables’ database: several houses, and several databases of one, may share a Redis. */
  database: string
  /** Models that are on a board; others are not told of. */
  models: ReadonlySet<string>
  /** Is a lane folded by this process now? It no longer reports a lane that another process has taken. */
  folds: (lane: string) => boolean
  logger: Pick<ServerLog, 'warn'>
  /** A sign of life this often, ms; tests may be quicker. */
  beatMs?: number
}

const BEAT_MS = 1_000
/** So many beats missed: nothing is heard. */
const MISSED_BEATS = 3
/** A larger letter is not sent: those who miss it read the tables. */
const LETTER_LIMIT = 512 * 1024
/** Letters that wait to be sent, at most. */
const QUEUED = 1_000
const CONNECT_MS = 3_000
const PAUSES = { firstMs: 50, longestMs: 2_000 }

/** What was committed of one tenant's rows. */
interface Told {
  /** One teller and one run of its lane: it counts from 1. */
  session: string
  lane: string
  number: number
  position: Position
  changes: Omit<BoardChange, 'lane' | 'position'>[]
}

/** How far a teller has counted, by tenant. */
interface Beat {
  session: string
  lane: string
  numbers: Record<string, number>
}

interface Follow {
  tenant: string
  follower: BoardFollower
  /** By lane: whom it hears, and the last number that it has. */
  heard: Map<string, { session: string; number: number }>
}

type Client = ReturnType<typeof createClient>

export class LivePush {
  readonly #with: PushOptions
  readonly #beatMs: number
  readonly #teller: Client
  readonly #listener: Client
  readonly #beating: NodeJS.Timeout
  /** Lanes that are told of here. */
  readonly #lanes = new Map<string, { session: string; numbers: Map<string, number> }>()
  readonly #follows = new Set<Follow>()
  /** When a lane was last heard of, on the steady clock. */
  readonly #heardAt = new Map<string, number>()
  readonly #outages: Outages
  readonly #away: (cause: Error) => Problem
  /** Resolved when each of the two lines stands, or has failed once. */
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
          'Redis does not answer: boards of other processes are read every second until it does',
        )
        onTrouble?.(problem)
      },
      onBack(awayMs) {
        logger.warn({ awayMs: Math.round(awayMs) }, 'Redis answers again')
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
    void this.#listener.subscribe(this.#beats, (letter) => this.#hearBeat(letter), true).catch(() => {})
    this.#beating = setInterval(() => this.#beat(), this.#beatMs)
  }

  /** Nothing committed here is published before the lane has announced its start. */
  started(lane: string): void {
    this.#lanes.set(lane, { session: randomUUID(), numbers: new Map() })
    this.#beat()
  }

  /** Tells the others what was committed here. */
  tell({ lane, position, tables }: Pick<Committed, 'lane' | 'position' | 'tables'>): void {
    const told = this.#lanes.get(lane)
    if (!told) return
    for (const [tenant, changes] of changesByTenant(tables.filter(({ model }) => this.#with.models.has(model.name)))) {
      const number = (told.numbers.get(tenant) ?? 0) + 1
      told.numbers.set(tenant, number)
      this.#send(this.#channel(tenant), { session: told.session, lane, number, position, changes } satisfies Told)
    }
  }

  /** Listens to a tenant's changes until the returned function is called. */
  follow(tenant: string, follower: BoardFollower): () => void {
    const follow: Follow = { tenant, follower, heard: new Map() }
    this.#follows.add(follow)
    const channel = this.#channel(tenant)
    const hear = (letter: Buffer): void => this.#hear(follow, channel, letter)
    void this.#listener.subscribe(channel, hear, true).catch(() => {})
    return () => {
      this.#follows.delete(follow)
      void this.#listener.unsubscribe(channel, hear, true).catch(() => {})
    }
  }

  /** Is somebody heard who folds a lane? If not, its boards must be read. */
  hears(lane: string): boolean {
    const at = this.#heardAt.get(lane)
    return !this.#lost && at !== undefined && performance.now() - at < MISSED_BEATS * this.#beatMs
  }

  /**
   * Resolves when Redis answers.
   * @throws Problem `push.redis_away` when it does not, as far as is known; it is tried again by itself
   */
  async answers(): Promise<void> {
    await this.#tried
    if (!this.#teller.isReady || !this.#listener.isReady) throw this.#away(new Error('not ready'))
  }

  /** Redis does not answer. */
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
      // What cannot be told now is not told later: by then it is old, and was read.
      disableOfflineQueue: impatient,
      commandsQueueMaxLength: QUEUED,
      // A line that is dead without a word is noticed by its silence.
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
    // A teller heard before may have said more since: its next beat tells.
    if (lost) this.#heardAt.clear()
  }

  #channel(tenant: string): string {
    return `${this.#prefix}:live:${tenant}`
  }

  get #prefix(): string {
    return `ledgerline:${this.#with.letters.house}:${this.#with.database}`
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
    const letter = this.#with.letters.seal(channel, content)
    // Who misses it finds the next number, or the next beat, too high.
    if (letter.length <= LETTER_LIMIT) void this.#teller.publish(channel, letter).catch(() => {})
  }

  #hearBeat(letter: Buffer): void {
    const beat = this.#with.letters.open(this.#beats, letter) as Beat | null
    if (!beat) return
    const { session, lane, numbers } = beat
    if (this.#lanes.get(lane)?.session === session) return
    this.#heardAt.set(lane, performance.now())
    for (const { tenant, heard, follower } of this.#follows) {
      const number = numbers[tenant] ?? 0
      const known = heard.get(lane)
      if (known?.session === session && known.number >= number) continue
      heard.set(lane, { session, number })
      follower.stale()
    }
  }

  #hear({ heard, follower }: Follow, channel: string, letter: Buffer): void {
    const told = this.#with.letters.open(channel, letter) as Told | null
    if (!told || this.#lanes.get(told.lane)?.session === told.session) return
    const { session, lane, number, position, changes } = told
    const known = heard.get(lane)
    if (known?.session === session && number <= known.number) return
    heard.set(lane, { session, number })
    // What was told before it has been missed; the tables have all of it.
    if (known?.session !== session || number > known.number + 1) return follower.stale()
    for (const change of changes) follower.changed({ ...change, lane, position })
  }
}
