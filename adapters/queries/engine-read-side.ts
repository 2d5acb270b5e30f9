/**
 * The read side as provided by the projection engine of this process. Queries run as the tenant's own reader, to whom
 * row-level security shows no row of another tenant: the database holds back what a forgotten condition would give
 * away. Lists run as a reader of all tenants, with the tenant in each query: operators that search texts are not
 * leakproof, so under a policy PostgreSQL would apply them row by row, after it, without any index.
 */
import type { Pool } from 'pg'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { Moment } from '@ledgerline/projections/engine/asof.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { readerUrl } from '@ledgerline/projections/engine/readers.ts'
import { SCHEMA } from '@ledgerline/projections/engine/table.ts'
import { connections } from '../postgres/connect.ts'
import { rethrow } from './rethrow.ts'
import type { ModelState, Progress, ReadSide } from './read-side.ts'
import type { Tables } from './select.ts'
import { openTables, type Use } from './tables.ts'

export class EngineReadSide implements ReadSide {
  readonly #engine: Engine
  readonly #url: string
  readonly #owner: Pool
  /** By use and tenant. */
  readonly #readers = new Map<string, Promise<Tables>>()

  /** @param url the tables' database, as the engine's own user */
  constructor(engine: Engine, url: string) {
    this.#engine = engine
    this.#url = url
    this.#owner = connections(url, { application: 'ledgerline status', max: 1, statementMs: 5_000 })
  }

  get models(): readonly ReadModel[] {
    return this.#engine.models
  }

  tablesOf(tenant: string, use: Exclude<Use, 'lists'> = 'rows'): Promise<Tables> {
    return this.#reader(tenant, use)
  }

  lists(): Promise<Tables> {
    return this.#reader(null, 'lists')
  }

  #reader(tenant: string | null, use: Use): Promise<Tables> {
    const key = `${use} ${tenant ?? ''}`
    let tables = this.#readers.get(key)
    if (!tables) {
      tables = this.#openReader(tenant, use)
      this.#readers.set(key, tables)
      tables.catch(() => this.#readers.delete(key))
    }
    return tables
  }

  progress(_model: ReadModel, tenant: string): Progress {
    const lane = this.#engine.laneOf(tenant)
    const { position, recordedAt, lagMs } = this.#engine.status().find((status) => status.lane === lane)!
    return { position, at: recordedAt, lagMs }
  }

  reached(tenant: string, position: Position, ms: number): Promise<boolean> {
    return this.#engine.waitFor(position, tenant, ms)
  }

  async status() {
    const lanes = this.#engine
      .status()
      .map(({ lane, state, position, recordedAt, lagMs, events, lastError, lastErrorAt }) => ({
        lane,
        state,
        position,
        at: recordedAt,
        lagMs,
        events,
        lastError: lastError && { code: lastError.code, at: lastErrorAt ?? 0 },
      }))
    return { lanes, models: await this.#modelStates() }
  }

  boardsAsOf(tenant: string, moment: Moment, signal: AbortSignal) {
    return this.#engine.boardsAsOf(tenant, moment, signal)
  }

  async close(): Promise<void> {
    const readers = await Promise.allSettled(this.#readers.values())
    await Promise.all(readers.flatMap((reader) => (reader.status === 'fulfilled' ? [reader.value.destroy()] : [])))
    await this.#owner.end()
  }

  async #openReader(tenant: string | null, use: Use): Promise<Tables> {
    const client = await this.#owner.connect().catch(rethrow)
    try {
      return openTables(await readerUrl(client as never, this.#url, tenant), use)
    } catch (error) {
      return rethrow(error)
    } finally {
      client.release()
    }
  }

  async #modelStates(): Promise<ModelState[]> {
    const { rows } = await this.#owner
      .query<{ model: string; version: number; parked: number }>(
        `select m.model, m.version, (select count(*) from ${SCHEMA}.parked p where p.table_name = m.table_name) as parked from ${SCHEMA}.models m where m.live`,
      )
      .catch(rethrow)
    return this.models.map((model) => {
      const live = rows.find((row) => row.model === model.name)
      return { model: model.name, version: live?.version ?? null, declared: model.version, parked: live?.parked ?? 0 }
    })
  }
}
