/**
 * One tenant's boards as they are pushed: the rows of every topic in memory, kept current by the engine's changes, and
 * what changed since when.
 *
 * It reads in the only order that leaves no gap: listen first, read the tables, then apply those changes heard
 * meanwhile that the tables did not have yet (by position). Changes are gathered for {@link COALESCE_MS} into a
 * numbered {@link Frame}; the last frames are kept, so that a browser that was away for a moment gets only what it
 * missed.
 */
import { isDeepStrictEqual } from 'node:util'
import {
  asapScheduler,
  asyncScheduler,
  concatMap,
  defer,
  filter,
  finalize,
  map,
  merge,
  observeOn,
  of,
  retry,
  Subject,
  takeUntil,
  tap,
  throttle,
  throttleTime,
  timer,
  type Observable,
} from 'rxjs'
import type { Row } from '@ledgerline/projections/engine/model.ts'
import {
  STALE,
  type Stale,
  type BoardChange,
  type BoardRows,
  type BoardSource,
  type BoardWanted,
  type BoardWindow,
  type TenantClock,
} from './source.ts'
import { isShown, type Topic } from './topics.ts'

/** Changes go out at once after a pause, and no more often than this. */
const COALESCE_MS = 50
/** The most rows in all kept frames together; beyond that a snapshot is quicker. */
const KEPT_ROWS = 10_000

/** What changed in one topic. */
export interface TopicDelta {
  upserts: readonly Row[]
  /** Keys. */
  removes: readonly Row[]
}

/** What changed in one go. */
export interface Frame {
  number: number
  deltas: ReadonlyMap<Topic, TopicDelta>
}

/** Changes not yet framed, by key; null: removed. */
type Pending = Map<string, { key: Row; row: Row | null }>

export class TenantBoard {
  readonly #source: BoardSource
  readonly #topics: readonly Topic[]
  readonly #tenant: string
  readonly #clock: () => TenantClock
  readonly #tables = new Map<Topic, Map<string, Row>>()
  readonly #pending = new Map<Topic, Pending>()
  readonly #changed = new Subject<void>()
  readonly #framed = new Subject<Frame>()
  readonly #closing = new Subject<void>()
  /** Oldest first; numbers without a hole. */
  #frames: Frame[] = []
  #framesRows = 0
  #number = 0
  readonly #againMs: number
  readonly #onTrouble: (error: unknown) => void
  /** Changes heard while the tables are being read; null while they are not. */
  #early: BoardChange[] | null = []
  #wasRead = false
  /** Resolves when the rows are there; rejects only if the board was closed before. */
  readonly loaded: Promise<void>
  /** Distinguishes this board's frame numbers from those of an earlier one. */
  readonly epoch: string

  constructor(options: {
    source: BoardSource
    topics: readonly Topic[]
    tenant: string
    clock: () => TenantClock
    epoch: string
    againMs: number
    onTrouble: (error: unknown) => void
  }) {
    this.#source = options.source
    this.#topics = options.topics
    this.#tenant = options.tenant
    this.#clock = options.clock
    this.epoch = options.epoch
    for (const topic of this.#topics) this.#tables.set(topic, new Map())
    this.#againMs = options.againMs
    this.#onTrouble = options.onTrouble
    // The engine reports model by model: everything reported in one go becomes one frame.
    this.#changed
      .pipe(
        throttleTime(COALESCE_MS, asyncScheduler, { leading: true, trailing: true }),
        observeOn(asapScheduler),
        takeUntil(this.#closing),
      )
      .subscribe(() => this.frame())
    const { promise, resolve } = Promise.withResolvers<void>()
    this.loaded = promise
    const idle = new Subject<void>()
    // It listens before it reads the tables, so that there is no gap between the two. However often the boards become
    // stale during a read, one more read follows.
    merge(options.source.follow(options.tenant), of<Stale>(STALE))
      .pipe(
        tap((signal) => signal !== STALE && this.#hear(signal)),
        filter((signal) => signal === STALE),
        throttle(() => idle, { leading: true, trailing: true }),
        concatMap(() => this.#read().pipe(finalize(() => idle.next()))),
        takeUntil(this.#closing),
      )
      .subscribe({ next: () => resolve(), complete: () => resolve() })
  }

  /** Frames as they are made. */
  get frames() {
    return this.#framed.asObservable()
  }

  /** Number of the last frame. */
  get number(): number {
    return this.#number
  }

  /** The rows of a topic as of the last frame; ask for them right after {@link frame}. */
  rows(topic: Topic): readonly Row[] {
    return [...this.#tables.get(topic)!.values()]
  }

  /** How many rows a snapshot of a topic has. */
  size(topic: Topic): number {
    return this.#tables.get(topic)!.size
  }

  /** The frames after a number, oldest first; null when they are no longer all kept. */
  since(number: number): readonly Frame[] | null {
    if (number > this.#number || number < this.#number - this.#frames.length) return null
    return this.#frames.slice(this.#frames.length - (this.#number - number))
  }

  /** Takes off rows that the passing of time has moved out of what is shown. */
  expire(): void {
    for (const topic of this.#topics) {
      const window = topic.window(this.#clock())
      if (window === null) continue
      for (const [id, row] of this.#tables.get(topic)!) if (!isShown(topic, row, window)) this.#remove(topic, id, row)
    }
  }

  /** Makes a frame of what is pending, if anything is. */
  frame(): void {
    if (this.#pending.size === 0) return
    const deltas = new Map<Topic, TopicDelta>()
    let rows = 0
    for (const [topic, pending] of this.#pending) {
      const upserts: Row[] = []
      const removes: Row[] = []
      for (const { key, row } of pending.values()) row === null ? removes.push(key) : upserts.push(row)
      deltas.set(topic, { upserts, removes })
      rows += pending.size
    }
    this.#pending.clear()
    const frame = { number: ++this.#number, deltas }
    this.#frames.push(frame)
    this.#framesRows += rows
    while (this.#framesRows > KEPT_ROWS && this.#frames.length > 0) this.#framesRows -= rowsOf(this.#frames.shift()!)
    this.#framed.next(frame)
  }

  close(): void {
    this.#closing.next()
    this.#framed.complete()
  }

  #hear(change: BoardChange): void {
    if (this.#early) this.#early.push(change)
    else this.#apply(change)
  }

  #apply(change: BoardChange): void {
    const topic = this.#topics.find((candidate) => candidate.name === change.model)
    if (!topic) return
    const window = topic.window(this.#clock())
    for (const row of change.upserts) {
      const id = idOf(topic, row)
      if (isShown(topic, row, window)) this.#put(topic, id, row)
      else this.#remove(topic, id, row)
    }
    for (const key of change.removes) this.#remove(topic, idOf(topic, key), key)
  }

  #put(topic: Topic, id: string, row: Row): void {
    this.#tables.get(topic)!.set(id, row)
    this.#pend(topic, id, row, row)
  }

  #remove(topic: Topic, id: string, row: Row): void {
    // What was never shown (a call that came and went between two frames) needs no word.
    if (!this.#tables.get(topic)!.delete(id)) return
    this.#pend(topic, id, keyOf(topic, row), null)
  }

  #pend(topic: Topic, id: string, key: Row, row: Row | null): void {
    let pending = this.#pending.get(topic)
    if (!pending) this.#pending.set(topic, (pending = new Map()))
    pending.set(id, { key, row })
    this.#changed.next()
  }

  /** Reads the boards, retrying until it succeeds, and applies the changes heard meanwhile. */
  #read(): Observable<void> {
    return defer(async () => {
      // Everything reported before this is committed, so the tables have it.
      this.#early = []
      const wanted = this.#topics.map((topic) => ({ model: topic.model, window: topic.window(this.#clock()) }))
      return { wanted, read: await this.#source.readBoards(this.#tenant, wanted) }
    }).pipe(
      retry({
        delay: (error) => {
          this.#onTrouble(error)
          return timer(this.#againMs)
        },
      }),
      map(({ wanted, read }) => this.#load(wanted, read)),
    )
  }

  #load(wanted: readonly BoardWanted[], { rows, positions }: BoardRows): void {
    const early = this.#early ?? []
    this.#early = null
    this.#topics.forEach((topic, index) => this.#replace(topic, rows.get(topic.model) ?? [], wanted[index]!.window))
    for (const change of early) {
      const position = positions.get(change.lane) ?? null
      if (position === null || change.position > position) this.#apply(change)
    }
    // Nothing has been sent to anyone yet, and a snapshot will contain it all.
    if (!this.#wasRead) this.#pending.clear()
    this.#wasRead = true
  }

  /** Sets a topic to these rows; listeners receive the differences. */
  #replace(topic: Topic, rows: readonly Row[], window: BoardWindow | null): void {
    const table = this.#tables.get(topic)!
    const gone = new Map(table)
    for (const row of rows) {
      if (!isShown(topic, row, window)) continue
      const id = idOf(topic, row)
      const before = gone.get(id)
      gone.delete(id)
      if (before === undefined || !isDeepStrictEqual(before, row)) this.#put(topic, id, row)
    }
    for (const [id, row] of gone) this.#remove(topic, id, row)
  }
}

function rowsOf(frame: Frame): number {
  let rows = 0
  for (const { upserts, removes } of frame.deltas.values()) rows += upserts.length + removes.length
  return rows
}

function idOf(topic: Topic, row: Row): string {
  return topic.key.map((column) => String(row[column])).join('\u0000')
}

function keyOf(topic: Topic, row: Row): Row {
  return Object.fromEntries(topic.key.map((column) => [column, row[column]]))
}
