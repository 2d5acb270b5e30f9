/**
 * The boards as kept by the projection engine of this process. Redis reports what another process folds (`push.ts`);
 * without Redis, or while it is away, the boards are re-read every second.
 */
import type { Pool, PoolClient } from 'pg'
import { filter, interval, map, merge, NEVER, Observable } from 'rxjs'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import type { Row } from '@ledgerline/projections/engine/model.ts'
import { quote, snake } from '@ledgerline/projections/engine/names.ts'
import { fieldsOf, openCondition, SCHEMA } from '@ledgerline/projections/engine/table.ts'
import { connections, isUnreachable } from '../postgres/connect.ts'
import { changesByTenant } from './changes.ts'
import type { LivePush } from './push.ts'
import { STALE, type Stale, type BoardChange, type BoardRows, type BoardSource, type BoardWanted } from './source.ts'

/** How often boards folded by another process are read. */
const ELSEWHERE_MS = 1_000

export class EngineBoards implements BoardSource {
  readonly #engine: Pick<Engine, 'onCommitted' | 'onStarted' | 'status' | 'laneOf'>
  readonly #pool: Pool
  readonly #push: Pick<LivePush, 'follow' | 'hears'> | null

  /**
   * @param url the tables' database, as the engine's own user
   * @param push reports from other processes, if there is a Redis
   */
  constructor(
    engine: Pick<Engine, 'onCommitted' | 'onStarted' | 'status' | 'laneOf'>,
    url: string,
    push: Pick<LivePush, 'follow' | 'hears'> | null = null,
  ) {
    this.#engine = engine
    this.#push = push
    this.#pool = connections(url, { application: 'ledgerline boards', max: 2 })
  }

  follow(tenant: string): Observable<BoardChange | Stale> {
    const committed = new Observable<BoardChange>((listener) =>
      this.#engine.onCommitted(({ lane, position, tables }) => {
        for (const change of changesByTenant(tables).get(tenant) ?? []) listener.next({ ...change, lane, position })
      }),
    )
    const started = new Observable<Stale>((listener) => this.#engine.onStarted(() => listener.next(STALE)))
    const elsewhere = interval(ELSEWHERE_MS).pipe(
      map(() => this.#status(tenant)),
      filter(({ state, lane }) => state === 'standby' && !this.#push?.hears(lane)),
      map((): Stale => STALE),
    )
    return merge(committed, started, elsewhere, this.#push?.follow(tenant) ?? NEVER)
  }

  async readBoards(tenant: string, wanted: readonly BoardWanted[]): Promise<BoardRows> {
    let client: PoolClient | null = null
    try {
      client = await this.#pool.connect()
      // One transaction for all: the boards match each other, and the positions match the boards.
      await client.query('begin isolation level repeatable read read only')
      const positions = await positionsOf(client, wanted)
      const rows = new Map<BoardWanted['model'], readonly Row[]>()
      for (const board of wanted) rows.set(board.model, await rowsOf(client, tenant, board))
      await client.query('commit')
      return { rows, positions }
    } catch (error) {
      client?.release(true)
      client = null
      throw isUnreachable(error)
        ? new Problem('tables.unavailable', { reason: (error as Error).message }, { cause: error })
        : error
    } finally {
      client?.release()
    }
  }

  progress(tenant: string): { position: Position | null; lagMs: number; delayed: boolean } {
    const { position, lagMs, state, lane } = this.#status(tenant)
    // Without a Redis, reading every second is normal.
    return { position, lagMs, delayed: state === 'standby' && this.#push !== null && !this.#push.hears(lane) }
  }

  #status(tenant: string): ReturnType<Engine['status']>[number] {
    const lane = this.#engine.laneOf(tenant)
    return this.#engine.status().find((status) => status.lane === lane)!
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }
}

/**
 * The position of each lane: that of its table that is furthest behind, so that nothing counts as delivered that is
 * not.
 */
async function positionsOf(
  client: PoolClient,
  wanted: readonly BoardWanted[],
): Promise<ReadonlyMap<string, Position | null>> {
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
  const { rows } = await client.query<Row>(
    `select ${columns.join(', ')} from ${quote(model.name)} where ${conditions.join(' and ')}`,
    values,
  )
  return rows
}
