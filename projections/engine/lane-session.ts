/**
 * One run of a lane, from a committed checkpoint until something ends it: pages of the log are read, folded and
 * written, each while the previous one is still on its way to the database.
 */
import type { Client } from 'pg'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogPage } from '@ledgerline/core/kernel/log.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { sqlState } from './connect.ts'
import { PageDecoder } from './decode.ts'
import type { Changes, TableChanges } from './changes.ts'
import { Fold } from './fold.ts'
import { Growth } from './growth.ts'
import { jobStatements, madeAt } from './jobs.ts'
import type { Lane, ReadModels } from './lanes.ts'
import { foldEvents, summedUp, type Through } from './page.ts'
import type { Parked } from './parking.ts'
import { SNAPSHOT_EVERY, Snapshots } from './snapshots.ts'
import {
  advanceStatement,
  loadBoard,
  loadMissing,
  loadParked,
  parkedStatements,
  tableStatements,
  type Target,
  transact,
} from './store.ts'

/** What a lane has just committed. */
export interface Committed {
  lane: Lane
  position: Position
  /** When the log took the last event of the page, UTC ms; null for a page without events. */
  recordedAt: number | null
  /** The rows that changed, by table. They never change afterwards. */
  tables: readonly TableChanges[]
}

export interface LaneOptions {
  log: EventLog
  codec: Codec
  /** Connection string of the tables' database. */
  url: string
  models: ReadModels
  /** False: never folds, only watches others fold. Default true. */
  folds?: boolean
  /** Kinds of effects for which jobs are queued. Default: none. */
  effects?: ReadonlySet<string>
  /** Events a page (what one transaction writes) at most, default 10,000. */
  pageSize?: number
  /** Commits wait for the disk. Default false: whatever a crash undoes is folded again. */
  durable?: boolean
  /** Events between two snapshots of the boards, default 10,000. */
  snapshotEvery?: number
  onCommitted?: (committed: Committed) => void
  /** Called when the lane starts (again): the last commit may not have been reported, and tables may have been swapped. */
  onStarted?: (lane: Lane) => void
  /** Called for every key that is parked. */
  onParked?: (lane: Lane, parked: Parked) => void
  /** Called for every error that restarts the lane. */
  onTrouble?: (lane: Lane, problem: Problem) => void
  now: () => number
}

/** A row that many events of a page touch is written once, and a page pays for each of its statements: so pages are large. */
const PAGE_SIZE = 10_000
/** As many are read at once: the text of events lives until they are folded, and a young heap should see it die. */
const READ_SIZE = 2_500
/**
 * How often a position that moved without events is stored at the head: otherwise a lane without events would read the
 * whole log at each start.
 */
const PLACE_EVERY_MS = 10_000
/**
 * A page costs a transaction, however few its events: what is written within this time shares one. The eye does not see
 * the difference, and nobody watches history being loaded.
 */
const PRESENT_EVERY_MS = 40
const HISTORY_EVERY_MS = 250
/** SQLSTATE: a row that the fold took for new already exists. */
const TAKEN = '23505'

export class RowTaken extends Error {
  readonly upTo: Position
  constructor(upTo: Position, cause: unknown) {
    super('a row that was believed to be new is there', { cause })
    this.upTo = upTo
  }
}

/** What a session reports to its lane. */
interface Told {
  started(fold: Fold): void
  careful(position: Position): boolean
  pending(recordedAt: number): void
  committed(committed: Committed, events: number, atHead: boolean, pending: number | null): void
}

/** A page on its way to the database. */
interface Writing {
  changes: Changes
  page: PageFacts
  done: Promise<void>
}

/** What is still needed of a page once its events are folded. */
interface PageFacts {
  position: Position
  atHead: boolean
  events: number
  /** When its first event began to wait, by our own clock; null without events. */
  since: number | null
  /** When its last event was recorded. */
  last: number | null
}

/** A page that goes on. */
function joined(page: PageFacts | null, more: PageFacts): PageFacts {
  if (page === null) return more
  const { position, atHead, events, last } = more
  return { position, atHead, events: page.events + events, since: page.since ?? more.since, last: last ?? page.last }
}

/** From a committed checkpoint on, until something ends it. */
export class LaneSession {
  readonly #lane: Lane
  readonly #with: LaneOptions
  readonly #targets: ReadonlyMap<string, Target>
  readonly #tables: readonly string[]
  readonly #writer: Client
  readonly #loader: Client
  /** The checkpoint in the table. */
  #stored: Position | null = null
  #recordedAt: number | null = null
  #storedAt: number
  #cameToHead = false
  /** When nothing was last known to be waiting, by our own clock. */
  #clearAt = Number.NEGATIVE_INFINITY

  constructor(lane: Lane, options: LaneOptions, targets: ReadonlyMap<string, Target>, writer: Client, loader: Client) {
    this.#lane = lane
    this.#with = options
    this.#targets = targets
    this.#tables = [...targets.values()].map(({ table }) => table)
    this.#writer = writer
    this.#loader = loader
    this.#storedAt = options.now()
  }

  async run(
    checkpoint: { position: Position | null; recordedAt: number | null },
    signal: AbortSignal,
    tell: Told,
  ): Promise<void> {
    const { log, codec, models, pageSize = PAGE_SIZE, snapshotEvery, effects } = this.#with
    this.#stored = checkpoint.position
    this.#recordedAt = checkpoint.recordedAt
    const declared = models.lanes[this.#lane]!
    const zones = models.zones && this.#targets.has(models.zones.name) ? models.zones : null
    const fold = new Fold(
      { models: [...this.#targets.values()].map(({ model }) => model), zones, events: models.events },
      {
        effects: effects?.size && declared.present ? { kinds: effects, since: await madeAt(this.#loader) } : null,
      },
    )
    fold.park(await loadParked(this.#loader, this.#lane, this.#targets))
    for (const target of this.#targets.values()) {
      const { model } = target
      if (model === zones || (model.kind === 'entity' && model.board !== null))
        fold.hold(model, await loadBoard(this.#loader, target))
    }
    const decoder = new PageDecoder(codec, models.events, fold.types())
    const snapshots = declared.present ? new Snapshots(this.#targets, fold, snapshotEvery) : null
    // A snapshot stands at the end of a page, and there is one every so many events.
    const most = snapshots ? Math.min(pageSize, snapshotEvery ?? SNAPSHOT_EVERY) : pageSize
    const growth = await Growth.of(this.#loader, this.#targets)
    const through: Through = {
      fold,
      decoder,
      load: (missing) => loadMissing(this.#loader, this.#targets, missing),
      ...(snapshots ? { saw: (events) => snapshots.saw(events) } : {}),
    }
    tell.started(fold)

    const reading = new AbortController()
    const pages = log
      .subscribe(this.#stored, {
        pageSize: Math.min(pageSize, READ_SIZE),
        filter: declared.filter,
        paceMs: declared.present ? PRESENT_EVERY_MS : HISTORY_EVERY_MS,
        signal: AbortSignal.any([signal, reading.signal]),
      })
      [Symbol.asyncIterator]()
    let writing: Writing | null = null
    try {
      let isHere = false
      // A rejected read is handled where it is awaited.
      const ask = (): Promise<IteratorResult<LogPage>> => {
        isHere = false
        const asked = pages.next()
        asked.then(() => (isHere = true)).catch(() => {})
        return asked
      }
      let next = ask()
      let atHead = false
      let page: PageFacts | null = null
      let enough = 1
      while (true) {
        const isIdle = atHead && !isHere
        let waited: IteratorResult<LogPage> | null = writing
          ? await Promise.race([next, writing.done.then(() => null)])
          : await next
        if (isIdle) this.#clearAt = this.#with.now()
        if (waited === null) {
          await this.#settle(fold, writing!, page?.since ?? null, tell)
          writing = null
          continue
        }
        if (waited.done) break
        next = ask()
        page = joined(page, this.#pageOf(waited.value))
        atHead = page.atHead
        if (page.since !== null) tell.pending(page.since)
        fold.careful = tell.careful(page.position)
        await foldEvents(through, waited.value.events)
        const isEmpty = waited.value.events.length === 0
        // The events have done their work: what is written is rows.
        waited = null
        // The page goes on while more is known to follow; where the filter left nothing, the place is noted now and then.
        if (!atHead && !isEmpty && page.events < enough) continue
        // Pages grow step by step: of a young table the server learns only by the first of them how to look rows up.
        enough = Math.min(most, 2 * page.events)
        const changes: Changes = await summedUp(through)
        for (const parked of changes.parked) this.#with.onParked?.(this.#lane, parked)
        if (writing) await this.#settle(fold, writing, page.since, tell)
        writing = { page, changes, done: this.#write(page, changes, snapshots, growth) }
        writing.done.catch(() => {})
        page = null
      }
    } finally {
      // Otherwise a read that is waiting for the next event would keep waiting.
      reading.abort()
      await pages.return?.()
      if (writing) await this.#settle(fold, writing, null, tell)
    }
  }

  /**
   * Events that arrived when nothing was waiting have waited since then, whatever clock recorded them: it may be
   * another machine's.
   */
  #pageOf({ position, atHead, events }: LogPage): PageFacts {
    const first = events[0]?.recordedAt
    const since = first === undefined ? null : Math.max(Math.min(first, this.#with.now()), this.#clearAt)
    return { position, atHead, events: events.length, since, last: events.at(-1)?.recordedAt ?? null }
  }

  #write(page: PageFacts, changes: Changes, snapshots: Snapshots | null, growth: Growth): Promise<void> {
    // A page that the filter left empty moves only the place, not the table: the next page's checkpoint covers it, or
    // one stored periodically.
    const now = this.#with.now()
    const isDue = (page.atHead && !this.#cameToHead) || now - this.#storedAt >= PLACE_EVERY_MS
    this.#cameToHead ||= page.atHead
    if (page.last === null && (page.position === this.#stored || !isDue)) return Promise.resolve()
    this.#storedAt = now
    this.#recordedAt = page.last ?? this.#recordedAt
    const statements = changes.tables.flatMap((table) => tableStatements(this.#targets.get(table.model.name)!, table))
    statements.push(...parkedStatements(this.#lane, this.#targets, changes), ...jobStatements(changes.jobs))
    if (snapshots && page.last !== null)
      statements.push(...snapshots.after(page.position, page.last, page.events, changes))
    statements.push(
      advanceStatement({
        lane: this.#lane,
        tables: this.#tables,
        from: this.#stored,
        to: page.position,
        recordedAt: this.#recordedAt,
      }),
    )
    this.#stored = page.position
    const written = transact(this.#writer, statements)
    const analyse = growth.after(changes)
    // Only the next page waits for it; whatever it fails to do is done at the next growth.
    if (analyse !== null) this.#writer.query(analyse).catch(() => {})
    return written
  }

  /** Waits for a page to be committed, then releases what is finished. */
  async #settle(fold: Fold, { page, changes, done }: Writing, pending: number | null, tell: Told): Promise<void> {
    try {
      await done
    } catch (error) {
      throw sqlState(error) === TAKEN ? new RowTaken(page.position, error) : error
    }
    fold.settle(changes)
    tell.committed(
      { lane: this.#lane, position: page.position, recordedAt: page.last, tables: changes.tables },
      page.events,
      page.atHead,
      pending,
    )
  }
}
