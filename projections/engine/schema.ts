/**
 * The engine's database: its own bookkeeping and the models' tables in schema `tables`, and the views that people read in
 * `public`. Setting it up is idempotent, and two processes may do it at the same time.
 */
import type { Client } from 'pg'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { migrate } from '../postgres/migrate.ts'
import { bookkeeping } from './bookkeeping.ts'
import { runAll, sqlState } from './connect.ts'
import { lanesOf, type Lane, type ReadModels } from './lanes.ts'
import { LOCKS } from './locks.ts'
import type { ReadModel } from './model.ts'
import { UNTOLD } from './origin.ts'
import { MASKED, maskedSchema } from './masked.ts'
import {
  ALL_READER,
  ALL_SQL,
  makeReaderRoles,
  openAllToSql,
  protect,
  TENANT_READERS,
  TENANT_SQL,
  type LeftOpen,
} from './readers.ts'
import { createKey, createTable, fingerprint, indexesOf, LISTED, literal, SCHEMA, tableIn, tableName } from './table.ts'
import { makeTrigrams } from './trigrams.ts'
import { pointViews } from './views.ts'

/** Version of the bookkeeping itself. */
const BOOKS_VERSION = 1

/**
 * Raised by `tables.advance` if the checkpoint is not where a lane believes it is: another took over, or tables were
 * swapped.
 */
export const MOVED = 'LL001'

/**
 * Compares and moves in one step: of two engines on one database only one can advance past a page, and a lane whose
 * tables were swapped away learns it here, with its page rolled back. Installed at every start rather than by a
 * migration: an earlier version of the program that ran here meanwhile has installed its own.
 */
const advance = `create or replace function ${SCHEMA}.advance(of_lane text, of_tables text[], from_position text, to_position text, recorded timestamptz) returns void
     language plpgsql as $$
     declare moved integer;
     begin
       update ${SCHEMA}.checkpoints c set position = to_position, recorded_at = recorded, updated_at = now()
         from ${SCHEMA}.models m
         where c.lane = of_lane and c.table_name = any(of_tables) and c.position is not distinct from from_position
           and m.table_name = c.table_name;
       get diagnostics moved = row_count;
       if moved <> cardinality(of_tables) then
         raise exception 'the checkpoint of lane % is not where this engine left it', of_lane using errcode = '${MOVED}';
       end if;
     end $$`

/** A model's table in use. */
export interface LiveTable {
  model: string
  table: string
  version: number
  round: number
}

/** The state after {@link ensureSchema}. */
export interface Schema {
  live: LiveTable[]
  /** Models to be built: their table has an older version, is behind the others, or is missing although there is history. */
  pending: ReadModel[]
  /** Limits for readers that the database user may not set. */
  leftOpen: LeftOpen | null
  /** Why searches are slower than they could be; null: they are not. */
  slowSearch: Problem | null
}

/**
 * Creates what is missing: bookkeeping, roles, the tables of models that start empty, and views.
 * @throws Problem `tables.newer`, `tables.changed`, `tables.forbidden`
 */
export async function ensureSchema(client: Client, readModels: ReadModels): Promise<Schema> {
  const { models, views } = readModels
  await client.query(`select pg_advisory_lock(${LOCKS.schema.join(', ')})`)
  try {
    await client.query('begin')
    try {
      await migrate(client, bookkeeping)
      await client.query(advance)
      const found = await client.query<{ version: number }>(`select version from ${SCHEMA}.books`)
      const version = found.rows[0]?.version
      if (version === undefined)
        await client.query(`insert into ${SCHEMA}.books (version, log) values (${BOOKS_VERSION}, ${literal(UNTOLD)})`)
      else if (version > BOOKS_VERSION)
        throw new Problem('tables.newer', { model: 'tables', found: version, known: BOOKS_VERSION })
      const leftOpen = await makeReaderRoles(client)
      await runAll(client, maskedSchema)
      await client.query(`grant usage on schema ${MASKED} to ${ALL_SQL}, ${TENANT_SQL}`)
      const slowSearch = await makeTrigrams(client)
      await runAll(client, [
        `create schema if not exists ${LISTED}`,
        `grant usage on schema ${LISTED} to ${ALL_READER}, ${TENANT_READERS}`,
      ])
      const schema = { ...(await ensureModels(client, readModels)), leftOpen, slowSearch }
      await openAllToSql(
        client,
        schema.live.map(({ table }) => table),
      )
      await pointViews(
        client,
        schema.live.map(({ model, table }) => ({ model: models.find(({ name }) => name === model)!, table })),
        views,
      )
      await client.query('commit')
      return schema
    } catch (error) {
      await client.query('rollback').catch(() => {})
      throw sqlState(error) === '42501' ? await forbidden(client, error) : error
    }
  } finally {
    await client.query(`select pg_advisory_unlock(${LOCKS.schema.join(', ')})`).catch(() => {})
  }
}

async function forbidden(client: Client, error: unknown): Promise<Problem> {
  const { rows } = await client.query<{ user: string }>('select current_user as user')
  return new Problem(
    'tables.forbidden',
    { user: rows[0]!.user, what: error instanceof Error ? error.message : 'do this' },
    { cause: error },
  )
}

async function ensureModels(client: Client, readModels: ReadModels): Promise<Omit<Schema, 'leftOpen' | 'slowSearch'>> {
  const { models } = readModels
  const rows = await registered(client)
  const history = await client.query(
    `select 1 from ${SCHEMA}.checkpoints c join ${SCHEMA}.models m using (table_name) where m.live and c.position is not null limit 1`,
  )
  const late = await behind(client)
  const schema: Omit<Schema, 'leftOpen' | 'slowSearch'> = { live: [], pending: [] }
  for (const model of models) {
    const live = rows.find((row) => row.model === model.name && row.live)
    if (live && live.version > model.version)
      throw new Problem('tables.newer', { model: model.name, found: live.version, known: model.version })
    if (live && live.version === model.version) {
      if (live.fingerprint !== fingerprint(model))
        throw new Problem('tables.changed', { model: model.name, version: model.version })
      if (late.has(live.table_name)) schema.pending.push(model)
      else schema.live.push({ model: model.name, table: live.table_name, version: live.version, round: live.round })
    } else if (live || history.rows.length > 0) {
      schema.pending.push(model)
    } else {
      schema.live.push(await makeEmpty(client, model, lanesOf(readModels)))
    }
  }
  return schema
}

interface RegisteredTable {
  table_name: string
  model: string
  version: number
  round: number
  fingerprint: string
  live: boolean
}

async function registered(client: Client): Promise<RegisteredTable[]> {
  const { rows } = await client.query<RegisteredTable>(
    `select table_name, model, version, round, fingerprint, live from ${SCHEMA}.models`,
  )
  return rows
}

async function makeEmpty(client: Client, model: ReadModel, lanes: readonly Lane[]): Promise<LiveTable> {
  const table = tableName(model, 1)
  await runAll(client, [
    `drop table if exists ${tableIn(table)} cascade`,
    ...createTable(model, table),
    createKey(model, table),
    ...indexesOf(model, table).map(({ create }) => create),
    ...protect(table),
  ])
  await register(client, model, table, 1, true)
  for (const lane of lanes)
    await client.query(`insert into ${SCHEMA}.checkpoints (table_name, lane) values ($1, $2)`, [table, lane])
  return { model: model.name, table, version: model.version, round: 1 }
}

export async function register(
  client: Client,
  model: ReadModel,
  table: string,
  round: number,
  live: boolean,
): Promise<void> {
  await client.query(
    `insert into ${SCHEMA}.models (table_name, model, version, round, fingerprint, live) values ($1, $2, $3, $4, $5, $6)
     on conflict (table_name) do update set fingerprint = excluded.fingerprint, live = excluded.live, made_at = now()`,
    [table, model.name, model.version, round, fingerprint(model), live],
  )
}

/** The tables in use whose version is the declared one. Reads only. */
export async function liveTables(client: Client, models: readonly ReadModel[]): Promise<LiveTable[]> {
  const rows = await registered(client)
  return models.flatMap((model) => {
    const live = rows.find((row) => row.model === model.name && row.live && row.version === model.version)
    return live ? [{ model: model.name, table: live.table_name, version: live.version, round: live.round }] : []
  })
}

/**
 * Tables in use that are behind the furthest of their lane. A lane moves all of its tables in one step, so such a table
 * was swapped in past a lane that did not know it (a program of another version fed the others).
 */
export async function behind(client: Client): Promise<Set<string>> {
  const { rows } = await client.query<{ table_name: string }>(
    `select distinct table_name from (
       select c.table_name, c.position, max(c.position) over (partition by c.lane) as furthest
       from ${SCHEMA}.checkpoints c join ${SCHEMA}.models m using (table_name) where m.live) at
     where position is distinct from furthest`,
  )
  return new Set(rows.map((row) => row.table_name))
}

/** Where a lane of these tables is; they share one position. `none` if there are no tables. */
export async function checkpointOf(
  client: Client,
  lane: Lane,
  tables: readonly string[],
): Promise<{ position: Position | null; recordedAt: number | null } | 'none' | 'apart'> {
  const { rows } = await client.query<{ position: string | null; recorded: number | null }>(
    // A table that was just built knows its place, but not when the log took the event there.
    `select position, (extract(epoch from max(recorded_at)) * 1000)::float8 as recorded from ${SCHEMA}.checkpoints where lane = ${literal(lane)} and table_name = any($1) group by position`,
    [tables],
  )
  if (rows.length === 0) return 'none'
  if (rows.length > 1) return 'apart'
  return { position: rows[0]!.position as Position | null, recordedAt: rows[0]!.recorded }
}
