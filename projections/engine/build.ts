/**
 * Folds a model from the beginning into a table of its own, beside the one in use: one long read of only the event
 * types its folds need, with rows leaving memory by COPY as soon as they are finished; then keys and indexes, then the
 * rest page by page. A rebuild swaps that table in; `verify` compares it.
 *
 * Models that depend on each other are built together: sums with the models they add up, because a sum is only as right
 * as the rows it saw.
 */
import type { Client } from 'pg'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { connect, disconnect, runAll } from './connect.ts'
import { Copier } from './copier.ts'
import { PageDecoder } from './decode.ts'
import type { LateEvent, Written } from './changes.ts'
import { Fold, type Folded } from './fold.ts'
import { Follower } from './follower.ts'
import type { Slot } from './held.ts'
import { lanesOf, type Lane, type ReadModels } from './lanes.ts'
import { sourcesOf, type Entity, type ReadModel, type Row } from './model.ts'
import { foldPage, type Through } from './page.ts'
import { ahead, upTo } from './pages.ts'
import { nameOf, type Parked } from './parking.ts'
import { protect } from './readers.ts'
import { register } from './schema.ts'
import { Snapshots } from './snapshots.ts'
import { loadMissing, parkedStatements, tableStatements, Target, transact } from './store.ts'
import { createKey, createTable, indexesOf, SCHEMA, tableIn } from './table.ts'

export interface BuildOptions {
  log: EventLog
  codec: Codec
  /** Connection string of the tables' database. */
  url: string
  models: ReadModels
  /** Events per page of the long read, default 5000. */
  pageSize?: number
  /** Most rows of one model held in memory. */
  limit?: number
  snapshotEvery?: number
  signal?: AbortSignal
  /** Progress of the long read: events folded so far. */
  onProgress?: (lane: Lane, events: number, position: Position) => void
}

/** What a build is for. */
export interface Purpose {
  /** Models to build; none of them may depend on a model outside. */
  models: readonly ReadModel[]
  tableOf: (model: ReadModel) => { table: string; round: number }
  /**
   * Keys of these models that are parked in the tables in use. A fold that cannot take an event parks its key, as the live
   * lane did; but if a key is parked that is not parked in the tables in use, the new tables would be worse, and the build is
   * abandoned. Null: it parks whatever it must, as a comparison does. Unreadable events are set aside in any case.
   */
  standStill: ReadonlySet<string> | null
  /** Scratch tables: no protection, no WAL, no snapshots. */
  scratch: boolean
  /**
   * Event types to read beyond those the folds need: unknown ones, which set their stream aside. 'every': no lane has
   * seen them yet.
   */
  unknownTypes: readonly string[] | 'every'
  /** Read no further than this; a lane without an entry is read to its head. */
  until: ReadonlyMap<Lane, Position | null>
}

/** All models connected with one of these: rows of one are made of rows of another. */
export function connected(models: readonly ReadModel[], wanted: readonly string[]): ReadModel[] {
  const names = new Set(wanted)
  for (let before = -1; before !== names.size;) {
    before = names.size
    for (const model of models) {
      const sources = sourcesOf(model).map(({ name }) => name)
      if (names.has(model.name)) for (const name of sources) names.add(name)
      else if (sources.some((name) => names.has(name))) names.add(model.name)
    }
  }
  return models.filter(({ name }) => names.has(name))
}

/** Late events beyond this many: the long read ends there, and the rest is followed page by page. */
const LATE_LIMIT = 50_000
const PAGE_SIZE = 5_000

export class Build {
  readonly #options: BuildOptions
  readonly #purpose: Purpose
  readonly targets: ReadonlyMap<string, Target>
  readonly followers = new Map<Lane, Follower>()
  /** Events folded. */
  events = 0
  readonly #folded: Folded

  constructor(options: BuildOptions, purpose: Purpose) {
    this.#options = options
    this.#purpose = purpose
    this.targets = new Map(purpose.models.map((model) => [model.name, new Target(model, purpose.tableOf(model).table)]))
    // Zones are folded too even if their own table is not being built.
    const { zones, events } = options.models
    const models = zones && !this.targets.has(zones.name) ? [zones, ...purpose.models] : purpose.models
    this.#folded = { models, zones, events }
  }

  /** The long read, keys and indexes, and what came late. Afterwards each lane has a follower that brings it up to date. */
  async fill(): Promise<void> {
    const { url, models } = this.#options
    const plain = await connect(url, {
      application: 'ledgerline build',
      statementMs: 0,
      settings: { maintenance_work_mem: '256MB' },
    })
    const writer = await connect(url, { application: 'ledgerline build writer', statementMs: 0, pipeline: true })
    try {
      await this.#createTables(plain)
      const copiers = new Map<string, Copier>()
      for (const target of this.targets.values())
        if (target.model.kind !== 'aggregate') copiers.set(target.model.name, new Copier(url, target))
      const late = new Map<Lane, Late>()
      try {
        for (const lane of lanesOf(models)) late.set(lane, await this.#fillLane(lane, copiers, writer))
        for (const copier of copiers.values()) await copier.finish()
      } finally {
        for (const copier of copiers.values()) await copier.close()
      }
      await this.#createKeys(plain)
      for (const lane of lanesOf(models)) await this.#takeLate(lane, late.get(lane)!, plain, writer)
    } finally {
      await Promise.all([disconnect(plain), disconnect(writer)])
    }
  }

  /** Drops the tables again. */
  async drop(client: Client): Promise<void> {
    for (const { table } of this.targets.values()) {
      await client.query(`drop table if exists ${tableIn(table)}`)
      await client.query(`delete from ${SCHEMA}.models where table_name = $1 and not live`, [table])
    }
  }

  async #createTables(client: Client): Promise<void> {
    const { scratch, tableOf } = this.#purpose
    for (const { model, table } of this.targets.values()) {
      await runAll(client, [
        `drop table if exists ${tableIn(table)}`,
        ...createTable(model, table, { unlogged: scratch }),
        ...(scratch ? [] : protect(table)),
      ])
      // Sums are written in place; what is written only once gets its key afterwards.
      if (model.kind === 'aggregate') await client.query(createKey(model, table))
      await register(client, model, table, tableOf(model).round, false)
    }
  }

  async #createKeys(client: Client): Promise<void> {
    for (const { model, table } of this.targets.values()) {
      if (model.kind !== 'aggregate') await client.query(createKey(model, table))
      if (!this.#purpose.scratch) for (const { create } of indexesOf(model, table)) await client.query(create)
      await client.query(`analyze ${tableIn(table)}`)
    }
  }

  async #fillLane(lane: Lane, copiers: ReadonlyMap<string, Copier>, writer: Client): Promise<Late> {
    const { log, codec, models, pageSize = PAGE_SIZE, limit, signal, onProgress, snapshotEvery } = this.#options
    const late: Late = { events: new Map(), count: 0, zones: [], parked: [], waiting: new Map(), position: null }
    const fold = new Fold(this.#folded, {
      ...(limit === undefined ? {} : { limit }),
      late: (model, event) => {
        const list = late.events.get(model)
        if (list) list.push(event)
        else late.events.set(model, [event])
        late.count++
      },
    })
    const { filter: ofLane, present } = models.lanes[lane]!
    const snapshots = present && !this.#purpose.scratch ? new Snapshots(this.targets, fold, snapshotEvery) : null
    const decoder = new PageDecoder(codec, models.events, fold.types())
    // Only sums can be missing: of everything else, what is not held exists nowhere, or is late.
    const through: Through = {
      fold,
      decoder,
      load: (missing) => loadMissing(writer, this.targets, missing),
      ...(snapshots ? { saw: (events) => snapshots.saw(events) } : {}),
    }
    const sums = new Map<string, { inserts: Written[]; updates: Written[]; removes: Written[] }>()
    const leave = (model: ReadModel, slot: Slot): void => {
      const copier = copiers.get(model.name)
      if (copier) return copier.row(slot.tenant, slot.row!)
      if (!this.targets.has(model.name)) return
      let written = sums.get(model.name)
      if (!written) sums.set(model.name, (written = { inserts: [], updates: [], removes: [] }))
      const list = slot.row === null ? written.removes : written.updates
      list.push({ tenant: slot.tenant, key: slot.key, row: slot.row })
    }
    const flush = async (more: Parameters<typeof transact>[1] = []) => {
      for (const copier of copiers.values()) await copier.drained()
      const statements = [...sums].flatMap(([name, written]) => tableStatements(this.targets.get(name)!, written))
      sums.clear()
      if (statements.length + more.length > 0) await transact(writer, [...statements, ...more])
    }

    const { unknownTypes } = this.#purpose
    const filter = unknownTypes === 'every' ? ofLane : { ...ofLane, types: [...fold.types(), ...unknownTypes] }
    for await (const page of ahead(
      upTo(log.readAll(null, { pageSize, filter, ...(signal ? { signal } : {}) }), this.#purpose.until.get(lane)),
    )) {
      signal?.throwIfAborted()
      const changes = await foldPage(through, page.events)
      this.#park(changes.parked, late)
      for (const entry of changes.resumed)
        late.parked = late.parked.map((parked) =>
          parked.model === entry.model && parked.key === entry.key ? entry : parked,
        )
      for (const [name, count] of changes.waiting) late.waiting.set(name, (late.waiting.get(name) ?? 0) + count)
      const last = page.events.at(-1)
      const snapshot = (last && snapshots?.after(page.position, last.recordedAt, page.events.length, changes)) ?? []
      fold.settle(changes, leave)
      await flush(snapshot)
      late.position = page.position
      this.events += page.events.length
      onProgress?.(lane, this.events, page.position)
      if (late.count > LATE_LIMIT) break
    }
    const { zones } = this.#folded
    if (zones) late.zones = fold.rowsOf(zones)
    fold.leaveAll(leave)
    await flush()
    return late
  }

  #park(parked: readonly Parked[], late: Late): void {
    this.#refuse(parked)
    // A configuration that was set aside again is parked for the last event that cannot be read.
    late.parked = [
      ...late.parked.filter((known) => !parked.some((entry) => nameOf(entry) === nameOf(known))),
      ...parked,
    ]
  }

  #refuse(parked: readonly Parked[]): void {
    const { standStill } = this.#purpose
    const poison = standStill && parked.find((entry) => !entry.unreadable && !standStill.has(nameOf(entry)))
    if (!poison) return
    const { model, key, event, reason } = poison
    throw new Problem('tables.poison', { model, key, id: event.id, type: event.type, position: event.position, reason })
  }

  /**
   * Events of rows that had left memory: folded now that the rows can be queried. Then the lane is followed from where
   * the long read ended.
   */
  async #takeLate(lane: Lane, late: Late, plain: Client, client: Client): Promise<void> {
    const { codec, log, models } = this.#options
    const follower = new Follower({
      lane,
      filter: models.lanes[lane]!.filter,
      log,
      codec,
      targets: this.targets,
      folded: this.#folded,
      zoneRows: late.zones,
      parked: late.parked,
      position: late.position,
      park: (parked) => this.#refuse(parked),
    })
    const parked = late.parked.filter(({ model }) => this.targets.has(model))
    const statements = parkedStatements(lane, this.targets, { parked, waiting: late.waiting, resumed: [] })
    if (statements.length > 0) await transact(client, statements)
    for (const [model, events] of late.events) {
      if (!this.targets.has(model.name)) continue
      for (let start = 0; start < events.length; start += PAGE_SIZE)
        await follower.late(client, events.slice(start, start + PAGE_SIZE), model)
    }
    for (const { table } of this.targets.values()) {
      await plain.query(`insert into ${SCHEMA}.checkpoints (table_name, lane, position) values ($1, $2, $3)`, [
        table,
        lane,
        late.position,
      ])
    }
    this.followers.set(lane, follower)
  }
}

/** What a lane's long read leaves to do. */
interface Late {
  events: Map<Entity, LateEvent[]>
  count: number
  zones: { tenant: string; row: Row }[]
  parked: Parked[]
  /** Events that waited behind what is parked. */
  waiting: Map<string, number>
  position: Position | null
}
