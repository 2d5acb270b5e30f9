/**
 * A lane: one ordered read of its part of the log, folded page by page into all tables that it feeds.
 *
 * Three things overlap: the log reads the next page, this process folds the present one, the database
 * writes the last. Checkpoint and rows share the transaction, so whatever dies, the lane goes on from what
 * was committed: it throws its memory away and begins again there. That is also how it learns that tables
 * were swapped beneath it, or that another engine took over.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogPage } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { connect, disconnect, sqlState, unavailable } from './connect.ts'
import { PageDecoder } from './decode.ts'
import type { Changes, TableChanges } from './changes.ts'
import { Fold } from './fold.ts'
import { Growth } from './growth.ts'
import { jobStatements, madeAt } from './jobs.ts'
import { lockOf, type Lane, type ReadModels } from './lanes.ts'
import { sourcesOf, type ReadModel, type Row } from './model.ts'
import { refuseOtherLog } from './origin.ts'
import { foldPage, type Through } from './page.ts'
import type { Parked } from './parking.ts'
import { behind, checkpointOf, liveTables, MOVED } from './schema.ts'
import { Snapshots } from './snapshots.ts'
import {
  advanceStatement,
  loadBoard,
  loadMissing,
  loadParked,
  parkedStatements,
  tableStatements,
  Target,
  transact,
} from './store.ts'
import { LOOK_MS, Watch, type Place } from './watch.ts'

/** What the tables of a lane have just been brought to. */
export interface Committed {
  lane: Lane
  position: Position
  /** When the log took the last event of the page, UTC ms; null for a page without events. */
  recordedAt: number | null
  /** The rows that changed, by table. They never change afterwards. */
  tables: readonly TableChanges[]
}

export interface LaneStatus {
  lane: Lane
  /** `standby`: another engine holds the lane. `waiting`: its tables are being built. */
  state: 'starting' | 'running' | 'standby' | 'waiting' | 'broken' | 'stopped'
  /** Models that it feeds. */
  models: readonly string[]
  position: Position | null
  /** When the log took the last event that is in the tables, UTC ms. */
  recordedAt: number | null
  /** The head of the log was reached at the last look. */
  caughtUp: boolean
  /** How long the oldest event that is known and not in the tables has waited, or the log has been away, ms; 0 when caught up. */
  lagMs: number
  events: number
  lastError: Problem | null
  lastErrorAt: number | null
}

export interface LaneOptions {
  log: EventLog
  codec: Codec
  /** Connection string of the tables' database. */
  url: string
  models: ReadModels
  /** False: never folds, only watches how others do. Default true. */
  folds?: boolean
  /** Kinds of effects that somebody carries out: their jobs are queued. Default: none. */
  effects?: ReadonlySet<string>
  /** Events a page at most, default 5000. */
  pageSize?: number
  /** Commits wait for the disk. Default false: what a crash takes back is folded again. */
  durable?: boolean
  /** Events between two snapshots of the boards, default 10,000. */
  snapshotEvery?: number
  onCommitted?: (committed: Committed) => void
  /** Told when the lane begins (again): what was committed last may not have been told, and tables may be others. */
  onStarted?: (lane: Lane) => void
  /** Told of every key that is parked. */
  onParked?: (lane: Lane, parked: Parked) => void
  /** Told of every trouble that makes the lane begin again. */
  onTrouble?: (lane: Lane, problem: Problem) => void
  now: () => number
}

const PAGE_SIZE = 5000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5_000
/** A place that moved without events is written down at the head, and then this often: else a lane for which nothing comes reads the whole log at each start. */
const PLACE_EVERY_MS = 10_000
/** … and how often while somebody waits for his own command's rows. */
const HURRY_MS = 20

/** A row that a fold believed to be new was there. */
const TAKEN = '23505'

/** How the loader asks: by key, whatever the statistics of a young table say. */
const loaderSettings = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_generic_plan',
}

export class LaneRunner {
  readonly status: LaneStatus
  readonly #lane: Lane
  readonly #with: LaneOptions
  #stopping = new AbortController()
  #running: Promise<void> | null = null
  /** Until this position rows are loaded even where a key was made for its row. */
  #carefulUntil: Position | null = null
  #waiters = new Set<{ position: Position; done: () => void }>()
  #fold: Fold | null = null
  /** While another engine folds. */
  #watch: Watch | null = null
  #hurry: () => void = () => {}
  /** When the oldest page that is not committed was recorded. */
  #oldestPending: number | null = null
  #again = new AbortController()
  /** Of the present start: settled as soon as the lane is no longer starting. */
  #settled = Promise.withResolvers<void>()

  constructor(lane: Lane, options: LaneOptions) {
    this.#lane = lane
    this.#with = options
    this.status = {
      lane,
      state: 'stopped',
      models: [],
      position: null,
      recordedAt: null,
      caughtUp: false,
      lagMs: 0,
      events: 0,
      lastError: null,
      lastErrorAt: null,
    }
  }

  /** Resolves when it runs, or when it is known why it does not (its state says so); it goes on trying by itself. */
  async start(): Promise<void> {
    if (!this.#running) {
      this.#stopping = new AbortController()
      this.#settled = Promise.withResolvers()
      this.#running = this.#run(this.#stopping.signal)
    }
    await this.#settled.promise
  }

  #state(state: LaneStatus['state']): void {
    this.status.state = state
    if (state !== 'starting') this.#settled.resolve()
  }

  /** Ends after the page that is being written. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    this.#running = null
    this.#state('stopped')
  }

  /** Begins again from the checkpoint, with the tables that are live then. */
  restart(): void {
    this.#again.abort()
  }

  /** Rows on the board now, or null while the lane does not run. */
  boardRows(model: ReadModel, tenant: string): readonly Row[] | null {
    return model.kind === 'entity' && this.#fold?.held.has(model.name) ? this.#fold.boardRows(model, tenant) : null
  }

  /** The row that says a tenant's zone; null when the lane does not know it. */
  rowOf(model: ReadModel, tenant: string): Row | null {
    return this.#fold?.held.get(model.name)?.find(tenant, {})?.row ?? this.#watch?.tenant(tenant) ?? null
  }

  lagMs(): number {
    if (this.#watch) return this.#watch.lagMs()
    // While the log is away nobody knows what has come since.
    return Math.max(
      0,
      this.#oldestPending === null ? 0 : this.#with.now() - this.#oldestPending,
      Math.round(this.#with.log.awayMs()),
    )
  }

  /** True as soon as everything up to `position` is in the tables; false after `ms`. */
  async waitFor(position: Position, ms: number): Promise<boolean> {
    if (this.#reached(position)) return true
    return new Promise((resolve) => {
      const waiter = { position, done: () => finish(true) }
      const timer = setTimeout(() => finish(false), ms)
      const finish = (reached: boolean) => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        resolve(reached)
      }
      this.#waiters.add(waiter)
      this.#hurry()
    })
  }

  #reached(position: Position): boolean {
    return this.status.position !== null && this.status.position >= position
  }

  async #run(stop: AbortSignal): Promise<void> {
    for (let failures = 0; !stop.aborted;) {
      this.#again = new AbortController()
      try {
        await this.#session(AbortSignal.any([stop, this.#again.signal]), stop, () => (failures = 0))
      } catch (error) {
        this.#fold = null
        if (stop.aborted) return
        failures++
        if (sqlState(error) === MOVED) {
          await pause(FIRST_PAUSE_MS, undefined, { signal: stop }).catch(() => {})
          continue
        }
        if (error instanceof RowTaken) {
          this.#carefulUntil = error.upTo
          continue
        }
        const problem =
          error instanceof Problem
            ? error
            : sqlState(error) === null
              ? unavailable(error)
              : new Problem('tables.unavailable', { reason: (error as Error).message }, { cause: error })
        this.#state('broken')
        this.status.lastError = problem
        this.status.lastErrorAt = this.#with.now()
        this.#with.onTrouble?.(this.#lane, problem)
        await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)), undefined, {
          signal: stop,
        }).catch(() => {})
      }
    }
  }

  async #session(signal: AbortSignal, stop: AbortSignal, healthy: () => void): Promise<void> {
    const { url, durable = false } = this.#with
    const application = `ledgerline ${this.#lane}`
    this.#state('starting')
    let writer: Client | null = null
    let loader: Client | null = null
    try {
      writer = await connect(url, {
        application: `${application} writer`,
        pipeline: true,
        settings: { plan_cache_mode: 'force_generic_plan', ...(durable ? { synchronous_commit: 'on' } : {}) },
      })
      if (!(await this.#take(writer, signal))) return
      loader = await connect(url, { application: `${application} loader`, pipeline: true, settings: loaderSettings })
      this.#watch = null
      await refuseOtherLog(loader, this.#with.log)
      const active = await this.#activeTargets(loader)
      const checkpoint = await checkpointOf(
        loader,
        this.#lane,
        [...active.values()].map(({ table }) => table),
      )
      if (checkpoint === 'apart')
        throw new Problem('tables.unavailable', { reason: `the checkpoints of lane ${this.#lane} differ` })
      if (checkpoint === 'none') {
        this.#state('waiting')
        await pause(LOOK_MS, undefined, { signal }).catch(() => {})
        return
      }
      await new Session(this.#lane, this.#with, active, writer, loader).run(checkpoint, signal, {
        started: (fold) => {
          this.#fold = fold
          this.#state('running')
          this.status.models = [...active.keys()]
          this.#moved(checkpoint.position, checkpoint.recordedAt)
          this.#with.onStarted?.(this.#lane)
        },
        careful: (position) => this.#carefulUntil !== null && position <= this.#carefulUntil,
        pending: (recordedAt) => (this.#oldestPending ??= recordedAt),
        committed: (committed, events, atHead, pending) => {
          healthy()
          this.#oldestPending = pending
          this.status.caughtUp = atHead
          this.status.events += events
          this.#moved(committed.position, committed.recordedAt)
          this.#with.onCommitted?.(committed)
        },
      })
    } finally {
      this.#fold = null
      await Promise.all([disconnect(writer), disconnect(loader)])
      if (stop.aborted) this.#state('stopped')
    }
  }

  /** Waits for the lane where another engine holds it, and watches meanwhile. */
  async #take(writer: Client, signal: AbortSignal): Promise<boolean> {
    const { log, now, folds = true, models } = this.#with
    while (!signal.aborted) {
      if (folds) {
        const { rows } = await writer.query<{ taken: boolean }>(
          `select pg_try_advisory_lock(${lockOf(models, this.#lane).join(', ')}) as taken`,
        )
        if (rows[0]!.taken) return true
      }
      const watch = (this.#watch ??= new Watch(this.#lane, models.lanes[this.#lane]!.filter, log, now))
      await watch.meet(writer, models.zones)
      const { position } = await this.#look(watch, writer)
      watch.ask(position)
      this.#state('standby')
      for (const next = performance.now() + LOOK_MS; performance.now() < next && !signal.aborted;) {
        if (this.#waiters.size > 0) await this.#look(watch, writer)
        await this.#restUntil(this.#waiters.size > 0 ? HURRY_MS : next - performance.now(), signal)
      }
    }
    return false
  }

  async #look(watch: Watch, client: Client): Promise<Place> {
    const place = await watch.place(client)
    this.#moved(place.position, place.recordedAt)
    return place
  }

  /** Until the time has passed, or somebody waits for a position. */
  async #restUntil(ms: number, signal: AbortSignal): Promise<void> {
    const rested = new AbortController()
    this.#hurry = () => rested.abort()
    await pause(Math.max(1, ms), undefined, { signal: AbortSignal.any([signal, rested.signal]) }).catch(() => {})
    this.#hurry = () => {}
  }

  /** Models whose table is of the declared version and stands with the others, as do those of all that they come from. */
  async #activeTargets(client: Client): Promise<Map<string, Target>> {
    const { models } = this.#with.models
    const late = await behind(client)
    const live = new Map(
      (await liveTables(client, models)).flatMap(({ model, table }) =>
        late.has(table) ? [] : [[model, table] as const],
      ),
    )
    const active = new Map<string, Target>()
    for (const model of models) {
      const table = live.get(model.name)
      if (table && sourcesOf(model).every((source) => active.has(source.name)))
        active.set(model.name, new Target(model, table))
    }
    return active
  }

  #moved(position: Position | null, recordedAt: number | null): void {
    this.status.position = position
    if (recordedAt !== null) this.status.recordedAt = recordedAt
    this.status.lagMs = this.lagMs()
    for (const waiter of this.#waiters) if (this.#reached(waiter.position)) waiter.done()
  }
}

class RowTaken extends Error {
  readonly upTo: Position
  constructor(upTo: Position, cause: unknown) {
    super('a row that was believed to be new is there', { cause })
    this.upTo = upTo
  }
}

/** What a session tells its lane. */
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

/** What is left of a page when its events are folded. */
interface PageFacts {
  position: Position
  atHead: boolean
  events: number
  /** Since when its first event has waited, by our own clock; null without events. */
  since: number | null
  /** When its last event was recorded. */
  last: number | null
}

/** From a committed checkpoint on, until something ends it. */
class Session {
  readonly #lane: Lane
  readonly #with: LaneOptions
  readonly #targets: ReadonlyMap<string, Target>
  readonly #tables: readonly string[]
  readonly #writer: Client
  readonly #loader: Client
  /** The checkpoint as the table has it. */
  #stored: Position | null = null
  #recordedAt: number | null = null
  #storedAt: number
  #cameToHead = false
  /** When nothing waited, by our own clock, the last time that this was known. */
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
      [...this.#targets.values()].map(({ model }) => model),
      zones,
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
    const decoder = new PageDecoder(codec, fold.types())
    const snapshots = declared.present ? new Snapshots(this.#targets, fold, snapshotEvery) : null
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
      .subscribe(this.#stored, { pageSize, filter: declared.filter, signal: AbortSignal.any([signal, reading.signal]) })
      [Symbol.asyncIterator]()
    let writing: Writing | null = null
    try {
      let isHere = false
      // A rejected read is met where it is awaited.
      const ask = (): Promise<IteratorResult<LogPage>> => {
        isHere = false
        const asked = pages.next()
        asked.then(() => (isHere = true)).catch(() => {})
        return asked
      }
      let next = ask()
      let atHead = false
      while (true) {
        const isIdle = atHead && !isHere
        let waited: IteratorResult<LogPage> | null = writing
          ? await Promise.race([next, writing.done.then(() => null)])
          : await next
        if (isIdle) this.#clearAt = this.#with.now()
        if (waited === null) {
          await this.#settle(fold, writing!, null, tell)
          writing = null
          continue
        }
        if (waited.done) break
        next = ask()
        const page = this.#pageOf(waited.value)
        atHead = page.atHead
        if (page.since !== null) tell.pending(page.since)
        fold.careful = tell.careful(page.position)
        const changes: Changes = await foldPage(through, waited.value.events)
        // The events have done their work: what is written is rows.
        waited = null
        for (const parked of changes.parked) this.#with.onParked?.(this.#lane, parked)
        if (writing) await this.#settle(fold, writing, page.since, tell)
        writing = { page, changes, done: this.#write(page, changes, snapshots, growth) }
        writing.done.catch(() => {})
      }
    } finally {
      // A read that waits for the next event would otherwise wait on.
      reading.abort()
      await pages.return?.()
      if (writing) await this.#settle(fold, writing, null, tell)
    }
  }

  /**
   * What came when nothing was waiting has waited from then on, whatever the clock says by which it was recorded: that one
   * may be another machine's.
   */
  #pageOf({ position, atHead, events }: LogPage): PageFacts {
    const first = events[0]?.recordedAt
    const since = first === undefined ? null : Math.max(Math.min(first, this.#with.now()), this.#clearAt)
    return { position, atHead, events: events.length, since, last: events.at(-1)?.recordedAt ?? null }
  }

  #write(page: PageFacts, changes: Changes, snapshots: Snapshots | null, growth: Growth): Promise<void> {
    // A page that the filter left empty moves the place, not the table: the next page's checkpoint covers it, or one now and then.
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
    // The next page waits for it, nobody else does; what it cannot do is done at the next growth.
    if (analyse !== null) this.#writer.query(analyse).catch(() => {})
    return written
  }

  /** Waits for a page to be committed, then lets go of what is finished. */
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
