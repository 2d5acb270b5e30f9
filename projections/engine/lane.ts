/**
 * A lane: one ordered read of its part of the log, folded page by page into all tables it feeds.
 *
 * Three things overlap: the log reads the next page, this process folds the present one, the database writes the last.
 * Checkpoint and rows share the transaction, so whatever dies, the lane continues from what was committed: it discards
 * its memory and starts again from there. That is also how it learns that tables were swapped or that another engine
 * took over.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { growingPause } from '@ledgerline/core/kernel/pauses.ts'
import { connect, disconnect, sqlState, unavailable } from './connect.ts'
import type { Fold } from './fold.ts'
import { LaneSession, RowTaken, type LaneOptions } from './lane-session.ts'
import { lockOf, type Lane } from './lanes.ts'
import { sourcesOf, type ReadModel, type Row } from './model.ts'
import { refuseOtherLog } from './origin.ts'
import { behind, checkpointOf, liveTables, MOVED } from './schema.ts'
import { Target } from './store.ts'
import { LOOK_MS, Watch, type Place } from './watch.ts'

export interface LaneStatus {
  lane: Lane
  /** `standby`: another engine holds the lane. `waiting`: its tables are being built. */
  state: 'starting' | 'running' | 'standby' | 'waiting' | 'broken' | 'stopped'
  /** The models it feeds. */
  models: readonly string[]
  position: Position | null
  /** When the log took the last event in the tables, UTC ms. */
  recordedAt: number | null
  /** The head of the log was reached at the last look. */
  caughtUp: boolean
  /**
   * How long the oldest known event missing from the tables has waited, or how long the log has been away, ms; 0 when
   * caught up.
   */
  lagMs: number
  events: number
  lastError: Problem | null
  lastErrorAt: number | null
}

const FIRST_PAUSE_MS = 50
const PAUSES = { firstMs: 2 * FIRST_PAUSE_MS, longestMs: 5_000 }
/** How often a watching lane looks while someone waits for the rows of their own command. */
const HURRY_MS = 20

/** The loader always looks up by key, whatever the statistics of a new table suggest. */
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
  /** Up to this position rows are loaded even if an event begins them. */
  #carefulUntil: Position | null = null
  #waiters = new Set<{ position: Position; done: () => void }>()
  #fold: Fold | null = null
  /** Used while another engine folds. */
  #watch: Watch | null = null
  #hurry: () => void = () => {}
  /** When the oldest uncommitted page was recorded. */
  #oldestPending: number | null = null
  #again = new AbortController()
  /** For the present start: settled as soon as the lane is no longer starting. */
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

  /** Resolves when the lane is running, or when its state says why it is not; it keeps trying by itself. */
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

  /** Stops after the page being written. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    this.#running = null
    this.#state('stopped')
  }

  /** Starts again from the checkpoint, with the tables that are live then. */
  restart(): void {
    this.#again.abort()
  }

  /** Rows on the board now; null while the lane is not running. */
  boardRows(model: ReadModel, tenant: string): readonly Row[] | null {
    return model.kind === 'entity' && this.#fold?.held.has(model.name) ? this.#fold.boardRows(model, tenant) : null
  }

  /** The row that gives a tenant's zone; null if the lane does not know it. */
  rowOf(model: ReadModel, tenant: string): Row | null {
    return this.#fold?.held.get(model.name)?.find(tenant, {})?.row ?? this.#watch?.tenant(tenant) ?? null
  }

  lagMs(): number {
    if (this.#watch) return this.#watch.lagMs()
    // While the log is away, nobody knows what has been appended since.
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
        await pause(growingPause(PAUSES, failures), undefined, {
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
      await new LaneSession(this.#lane, this.#with, active, writer, loader).run(checkpoint, signal, {
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

  /** Waits for the lane while another engine holds it, and watches meanwhile. */
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

  /** Until the time has passed, or someone waits for a position. */
  async #restUntil(ms: number, signal: AbortSignal): Promise<void> {
    const rested = new AbortController()
    this.#hurry = () => rested.abort()
    await pause(Math.max(1, ms), undefined, { signal: AbortSignal.any([signal, rested.signal]) }).catch(() => {})
    this.#hurry = () => {}
  }

  /** Models whose table, and those of all their sources, have the declared version and the common position. */
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
