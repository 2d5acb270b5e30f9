/** Brings tables that are not in use yet up to a position, page by page, on one connection. */
import type { Client } from 'pg'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogFilter } from '@ledgerline/core/kernel/log.ts'
import { PageDecoder } from './decode.ts'
import type { Changes, LateEvent } from './changes.ts'
import { Fold, type Folded } from './fold.ts'
import type { Lane } from './lanes.ts'
import type { Entity, Row } from './model.ts'
import { foldPage, provide, type Through } from './page.ts'
import { upTo } from './pages.ts'
import type { Parked } from './parking.ts'
import type { Statement } from './statement.ts'
import { advanceStatement, loadMissing, parkedStatements, tableStatements, transact, type Target } from './store.ts'

export interface FollowerOptions {
  lane: Lane
  /** The events the lane reads. */
  filter: LogFilter
  log: EventLog
  codec: Codec
  targets: ReadonlyMap<string, Target>
  folded: Folded
  /** Zones as of `position`. */
  zoneRows: readonly { tenant: string; row: Row }[]
  parked: readonly Parked[]
  position: Position | null
  /** Called with what is parked; may throw. */
  park: (parked: readonly Parked[]) => void
}

const PAGE_SIZE = 5_000

export class Follower {
  readonly #with: FollowerOptions
  readonly #fold: Fold
  readonly #decoder: PageDecoder
  position: Position | null

  constructor(options: FollowerOptions) {
    this.#with = options
    this.position = options.position
    this.#fold = new Fold(options.folded, { careful: true })
    this.#fold.park(options.parked)
    const { zones, events } = options.folded
    if (zones) this.#fold.hold(zones, options.zoneRows)
    this.#decoder = new PageDecoder(options.codec, events, this.#fold.types())
  }

  /** Folds events that rows of one model missed. */
  async late(client: Client, late: readonly LateEvent[], model: Entity): Promise<void> {
    const load = this.#load(client)
    await provide(this.#fold, this.#fold.planLate(model, late), load)
    this.#fold.apply()
    await provide(this.#fold, this.#fold.sums(), load)
    const changes = this.#fold.changes()
    this.#with.park(changes.parked)
    await transact(client, this.#statements(changes))
    this.#fold.settle(changes)
  }

  /**
   * Up to `until` (undefined: the present head); returns the number of events. `within`: a transaction is already open
   * and must stay open. `client` is a pipelining connection.
   */
  async follow(client: Client, until?: Position | null, within = false): Promise<number> {
    const { lane, filter, log, targets } = this.#with
    let count = 0
    if (until === null || (until !== undefined && this.position !== null && this.position >= until)) return 0
    for await (const page of upTo(log.readAll(this.position, { pageSize: PAGE_SIZE, filter }), until)) {
      const changes = await foldPage(
        { fold: this.#fold, decoder: this.#decoder, load: this.#load(client) },
        page.events,
      )
      this.#with.park(changes.parked)
      const tables = [...targets.values()].map(({ table }) => table)
      const recordedAt = page.events.at(-1)?.recordedAt ?? null
      const statements = [
        ...this.#statements(changes),
        advanceStatement({ lane, tables, from: this.position, to: page.position, recordedAt }),
      ]
      if (within) await Promise.all(statements.map((statement) => client.query(statement)))
      else await transact(client, statements)
      this.#fold.settle(changes)
      this.position = page.position
      count += page.events.length
    }
    return count
  }

  /** Zones are held completely: a zone that is not held does not exist. */
  #load(client: Client): Through['load'] {
    const { targets } = this.#with
    return (missing) =>
      loadMissing(
        client,
        targets,
        missing.filter(({ model }) => targets.has(model.name)),
      )
  }

  #statements(changes: Changes): Statement[] {
    const { lane, targets } = this.#with
    return [
      ...changes.tables.flatMap((table) => {
        const target = targets.get(table.model.name)
        return target ? tableStatements(target, table) : []
      }),
      ...parkedStatements(lane, targets, {
        parked: changes.parked.filter(({ model }) => targets.has(model)),
        waiting: changes.waiting,
        resumed: changes.resumed,
      }),
    ]
  }
}
