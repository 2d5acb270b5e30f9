/**
 * The engine of the read models: its lanes, what it builds beside them in the background, and what others ask of it
 * (its progress, rows of the boards, the boards as of a moment).
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { boardsAsOf, type BoardsAsOf, type Moment } from './asof.ts'
import type { BuildOptions } from './build.ts'
import { connect, disconnect, unavailable } from './connect.ts'
import { DEFAULT_ZONE } from './fold.ts'
import { forgetPerson, type Forgotten } from './forget.ts'
import { addIndexes } from './late-indexes.ts'
import { LaneRunner, type LaneStatus } from './lane.ts'
import type { Committed, LaneOptions } from './lane-session.ts'
import { lanesOf, presentLane, type Lane } from './lanes.ts'
import type { ReadModel, Row } from './model.ts'
import type { Parked } from './parking.ts'
import { refuseOtherLog } from './origin.ts'
import type { LeftOpen } from './readers.ts'
import { named, rebuild, type Rebuilt } from './rebuild.ts'
import { ensureSchema } from './schema.ts'
import { verify, type Verified } from './verify.ts'

export interface EngineOptions extends Omit<LaneOptions, 'onCommitted' | 'onStarted' | 'now'> {
  /** UTC ms; default the machine's clock. Only for ages and lags: folds know no clock. */
  now?: () => number
  /** Throws if the log must not be folded from; called before each rebuild. */
  mayFold?: () => Promise<void>
}

const BUILD_AGAIN_MS = 5_000

export type BuildSettings = Pick<BuildOptions, 'signal' | 'onProgress' | 'pageSize' | 'limit'>

export type { Committed, LaneStatus, Parked }

export class Engine {
  readonly #options: LaneOptions
  readonly #mayFold: () => Promise<void>
  readonly #lanes: ReadonlyMap<Lane, LaneRunner>
  #stopping = new AbortController()
  #building: Promise<void> = Promise.resolve()
  #leftOpen: LeftOpen | null = null
  #slowSearch: Problem | null = null
  readonly #listeners = new Set<(committed: Committed) => void>()
  readonly #startListeners = new Set<(lane: Lane) => void>()

  constructor({ mayFold = async () => {}, ...options }: EngineOptions) {
    this.#mayFold = mayFold
    this.#options = {
      ...options,
      now: options.now ?? Date.now,
      onCommitted: (committed) => {
        for (const listener of this.#listeners) listener(committed)
      },
      onStarted: (lane) => {
        for (const listener of this.#startListeners) listener(lane)
      },
    }
    this.#lanes = new Map(lanesOf(options.models).map((lane) => [lane, new LaneRunner(lane, this.#options)]))
  }

  get models(): readonly ReadModel[] {
    return this.#options.models.models
  }

  /**
   * Creates what is missing in the database, starts the lanes, and begins to rebuild outdated tables in the background.
   * The lanes start even if a build is needed: other tables do not wait for it. Resolves when each lane is running or
   * says why it is not.
   * @throws Problem `tables.other_log`, `tables.newer`, `tables.changed`, `tables.forbidden`, `tables.unavailable`
   */
  async start(): Promise<void> {
    this.#stopping = new AbortController()
    const pending = await this.prepare()
    await Promise.all([...this.#lanes.values()].map((lane) => lane.start()))
    if (pending.length > 0 && this.#options.folds !== false)
      this.#building = this.#build(pending.map(({ name }) => name))
  }

  /** Builds the new versions of outdated tables; the old tables answer until then. */
  async #build(names: readonly string[]): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.rebuild(names, { signal: this.#stopping.signal })
        return
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        const problem = error instanceof Problem ? error : unavailable(error)
        this.#options.onTrouble?.(presentLane(this.#options.models), problem)
        // A fold that cannot take an event will not take it a minute later either.
        if (problem.code !== 'tables.unavailable' && problem.code !== 'tables.being_built') return
        await pause(BUILD_AGAIN_MS, undefined, { signal: this.#stopping.signal }).catch(() => {})
      }
    }
  }

  /** Limits for readers that the database user may not set but an administrator can; as of the start. */
  get leftOpen(): Problem | null {
    if (!this.#leftOpen) return null
    const { user, database, statements } = this.#leftOpen
    return new Problem('tables.readers_unbounded', {
      user,
      database,
      count: statements.length,
      sql: statements.join('; ') + ';',
    })
  }

  /** Why searches are slower than they could be; as of the start. */
  get slowSearch(): Problem | null {
    return this.#slowSearch
  }

  /** Resolves when nothing is being built in the background any longer. */
  async built(): Promise<void> {
    await this.#building
  }

  /**
   * What {@link start} does before starting lanes, for callers that only rebuild or verify. `anyLog`: for rebuilds,
   * which tables of another log need.
   * @throws Problem `tables.other_log`, `tables.newer`, `tables.changed`, `tables.forbidden`, `tables.unavailable`
   */
  async prepare({ anyLog = false }: { anyLog?: boolean } = {}): Promise<readonly ReadModel[]> {
    const client = await connect(this.#options.url, { application: 'ledgerline schema' })
    try {
      const { live, pending, leftOpen, slowSearch } = await ensureSchema(client, this.#options.models)
      this.#leftOpen = leftOpen
      this.#slowSearch = slowSearch
      await addIndexes(client, this.#options.url, this.#options.models.models, live)
      if (!anyLog) await refuseOtherLog(client, this.#options.log)
      return pending
    } finally {
      await disconnect(client)
    }
  }

  /** Stops after the pages being written. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#building
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()))
  }

  /**
   * Folds models (none named: all) again and swaps their tables; readers and lanes carry on. If the tables are of
   * another log, it rebuilds all of them, and from then on they are of this one.
   * @throws Problem `tables.unknown_model`, `tables.being_built`, `tables.poison`, `tables.view_in_use`; whatever
   * `mayFold` throws
   */
  async rebuild(names: readonly string[] = [], options: BuildSettings = {}): Promise<Rebuilt> {
    named(this.models, names)
    await this.#mayFold()
    const rebuilt = await rebuild({ ...this.#options, ...options }, names)
    for (const lane of this.#lanes.values()) lane.restart()
    return rebuilt
  }

  /** Compares tables (none named: all) with a fresh fold of the log. @throws Problem `tables.unknown_model`, `tables.being_built` */
  verify(names: readonly string[] = [], options: BuildSettings = {}): Promise<Verified> {
    return verify({ ...this.#options, ...options }, names)
  }

  /**
   * Forgets a person: deletes their key (`forgetKey`) and what live tables hold of them. Other processes may still
   * decrypt with a key they have in memory, for the minute that they trust it.
   * @throws Problem `tables.being_built`, `tables.unavailable`
   */
  async forget(
    tenant: string,
    subject: string,
    forgetKey: () => Promise<boolean>,
    signal?: AbortSignal,
  ): Promise<Forgotten> {
    const forgotten = await forgetPerson(
      { ...this.#options, ...(signal ? { signal } : {}) },
      tenant,
      subject,
      forgetKey,
    )
    for (const lane of this.#lanes.values()) lane.restart()
    return forgotten
  }

  /**
   * Called for every committed page, in order within a lane, with the rows that changed. Returns a function that ends
   * it.
   */
  onCommitted(listener: (committed: Committed) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Called when a lane starts, also after a lost connection or a swap of tables: listeners that keep rows by {@link
   * onCommitted} must then read them again, since the answer to a commit may have been lost. Returns a function that
   * ends it.
   */
  onStarted(listener: (lane: Lane) => void): () => void {
    this.#startListeners.add(listener)
    return () => this.#startListeners.delete(listener)
  }

  /** Position, lag and last error of each lane. */
  status(): LaneStatus[] {
    return [...this.#lanes.values()].map((lane) => ({ ...lane.status, lagMs: lane.lagMs() }))
  }

  /** The lane that feeds a tenant's rows: imported history has tenants of its own. */
  laneOf(tenant: string): Lane {
    return this.#options.models.laneOf(this.#tenantRow(tenant))
  }

  /** The zone in which a tenant's days are cut. */
  zoneOf(tenant: string): string {
    return (this.#tenantRow(tenant)?.['zone'] as string | undefined) ?? DEFAULT_ZONE
  }

  /** True as soon as a tenant's tables contain everything up to `position`; false if they do not after `ms`. */
  waitFor(position: Position, tenant: string, ms = 500): Promise<boolean> {
    return this.#lanes.get(this.laneOf(tenant))!.waitFor(position, ms)
  }

  /** A tenant's rows of a board model, committed or about to be; null while its lane is not running. */
  boardRows(model: string, tenant: string): readonly Row[] | null {
    const declared = this.#model(model)
    return this.#lanes.get(this.laneOf(tenant))!.boardRows(declared, tenant)
  }

  /**
   * A tenant's boards as they stood; a number means when it was recorded, UTC ms. @throws Problem
   * `tables.before_history`
   */
  boardsAsOf(tenant: string, moment: number | Moment, signal?: AbortSignal): Promise<BoardsAsOf> {
    return boardsAsOf(
      { ...this.#options, ...(signal ? { signal } : {}) },
      tenant,
      typeof moment === 'number' ? { recordedAt: moment } : moment,
    )
  }

  /**
   * Every lane loads the tenants in the table when it starts; a tenant that comes later is known to the lane that feeds
   * it.
   */
  #tenantRow(tenant: string): Row | null {
    const { zones } = this.#options.models
    if (!zones) return null
    for (const lane of this.#lanes.values()) {
      const row = lane.rowOf(zones, tenant)
      if (row) return row
    }
    return null
  }

  #model(name: string): ReadModel {
    const model = this.models.find((candidate) => candidate.name === name)
    if (!model)
      throw new Problem('tables.unknown_model', {
        model: name,
        models: this.models.map((candidate) => candidate.name).join(', '),
      })
    return model
  }
}
