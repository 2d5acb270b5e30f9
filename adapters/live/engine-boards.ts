/**
 * The boards as the projection engine of this process keeps them. While another process folds, and this
 * one stands by, nobody tells of changes: the boards are read anew every moment then.
 */
import type { Pool, PoolClient } from 'pg'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Committed, Engine } from '@ledgerline/projections/engine/engine.ts'
import type { Row } from '@ledgerline/projections/engine/model.ts'
import { fieldsOf, openCondition, quote, SCHEMA, snake } from '@ledgerline/projections/engine/table.ts'
import { connections, isUnreachable } from '../postgres/connect.ts'
import type { BoardChange, BoardFollower, BoardRows, BoardSource, BoardWanted } from './source.ts'

/** How often boards are read that another process folds. */
const ELSEWHERE_MS = 1_000

export class EngineBoards implements BoardSource {
  readonly #engine: Pick<Engine, 'onCommitted' | 'onStarted' | 'status' | 'laneOf'>
  readonly #pool: Pool

  /** @param url the tables' database, as the engine's own user */
  constructor(engine: Pick<Engine, 'onCommitted' | 'onStarted' | 'status' | 'laneOf'>, url: string) {
    this.#engine = engine
    this.#pool = connections(url, { application: 'ledgerline boards', max: 2 })
  }

  follow(tenant: string, { changed, stale }: BoardFollower): () => void {
    const elsewhere = setInterval(() => {
      if (this.#status(tenant).state === 'standby') stale()
    }, ELSEWHERE_MS)
    const ends = [
      () => clearInterval(elsewhere),
      this.#engine.onCommitted((committed) => {
        for (const change of changesOf(tenant, committed)) changed(change)
      }),
      this.#engine.onStarted(stale),
    ]
    return () => {
      for (const end of ends) end()
    }
  }

  async readBoards(tenant: string, wanted: readonly BoardWanted[]): Promise<BoardRows> {
    let client: PoolClient | null = null
    try {
      client = await this.#pool.connect()
      // One moment for all: the boards fit each other, and the positions fit the boards.
      await client.query('begin isolation level repeatable read read only')
      const positions = await positionsOf(client, wanted)
      const rows = new Map<BoardWanted['model'], readonly Row[]>()
      for (const board of wanted) rows.set(board.model, await rowsOf(client, tenant, board))
      await client.query('commit')
      return { rows, positions }
    } catch (error) {
      client?.release(true)
      client = null
      throw isUnreachable(error) ? new Problem('tables.unavailable', { reason: (error as Error).message }, { cause: error }) : error
    } finally {
      client?.release()
    }
  }

  progress(tenant: string): { position: Position | null; lagMs: number } {
    const { position, lagMs } = this.#status(tenant)
    return { position, lagMs }
  }

  #status(tenant: string): ReturnType<Engine['status']>[number] {
    const lane = this.#engine.laneOf(tenant)
    return this.#engine.status().find((status) => status.lane === lane)!
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }
}

/** What a page changed of one tenant's rows. */
function* changesOf(tenant: string, { lane, position, tables }: Committed): Iterable<BoardChange> {
  for (const { model, inserts, updates, removes } of tables) {
    const upserts: Row[] = []
    for (const written of [inserts, updates]) for (const { tenant: whose, row } of written) if (whose === tenant && row !== null) upserts.push(row)
    const keys: Row[] = []
    for (const { tenant: whose, key } of removes) if (whose === tenant) keys.push(key)
    if (upserts.length > 0 || keys.length > 0) yield { model: model.name, lane, upserts, removes: keys, position }
  }
}

/** Where each lane stands: of these tables the one that is furthest behind, so that nothing is taken for told that is not. */
async function positionsOf(client: PoolClient, wanted: readonly BoardWanted[]): Promise<ReadonlyMap<string, Position | null>> {
  const { rows } = await client.query<{ lane: string; position: Position | null }>(
    `select c.lane, case when bool_and(c.position is not null) then min(c.position collate "C") end as position
     from ${SCHEMA}.checkpoints c join ${SCHEMA}.models m using (table_name) where m.live and m.model = any($1) group by c.lane`,
    [wanted.map(({ model }) => model.name)],
  )
  return new Map(rows.map(({ lane, position }) => [lane, position]))
}

async function rowsOf(client: PoolClient, tenant: string, { model, window }: BoardWanted): Promise<Row[]> {
  const columns = fieldsOf(model).map(([name]) => `${quote(snake(name))} as ${quote(name)}`)
  const conditions = ['tenant = $1', openCondition(model)].filter((condition) => condition !== null)
  const values: unknown[] = [tenant]
  if (window) {
    values.push(typeof window.from === 'number' ? new Date(window.from).toISOString() : window.from)
    conditions.push(`${quote(snake(window.column))} >= $2`)
  }
  const { rows } = await client.query<Row>(`select ${columns.join(', ')} from ${quote(model.name)} where ${conditions.join(' and ')}`, values)
  return rows
}
