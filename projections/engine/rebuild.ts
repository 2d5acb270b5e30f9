/**
 * Folds models again from the log and puts them in place of the present tables. The old table answers until the moment
 * of the change, which is one short transaction: it locks the lanes' checkpoints, brings the new tables to exactly that
 * place, and repoints the views. Nothing notifies the lanes: the next page finds its checkpoint gone, is rolled back,
 * and is folded again into the new tables, in whatever process that is.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { Build, connected, type BuildOptions } from './build.ts'
import { connect, disconnect, sqlState } from './connect.ts'
import { unknownTypes } from './decode.ts'
import type { Lane } from './lanes.ts'
import { LOCKS } from './locks.ts'
import type { ReadModel } from './model.ts'
import { adopt, isOtherLog } from './origin.ts'
import { nameOf } from './parking.ts'
import { boardEntities, versionsOf } from './snapshots.ts'
import { parkedKeys, parkedNow, type ParkedKey } from './parked-keys.ts'
import { SCHEMA, tableIn, tableName } from './table.ts'
import type { View } from './view.ts'
import { pointViews } from './views.ts'

export interface Rebuilt {
  /** Models with new tables: those asked for and those connected with them. */
  models: string[]
  /**
   * Keys that stand still in the new tables too, as they did in the old ones: an event cannot be read, or not folded.
   */
  parked: ParkedKey[]
  events: number
  /** Folding, ms; the change itself, ms. */
  tookMs: number
  swapMs: number
}

/** How long to wait at a time for a view that is being read, ms: later readers queue behind us meanwhile. */
const LOCK_MS = 200
const SWAP_ATTEMPTS = 150
/** For each lane. */
const TO_THE_HEAD: ReadonlyMap<Lane, Position> = new Map()
const LONGEST_PAUSE_MS = 1_000

/** Only one build at a time on a database. @throws Problem `tables.being_built` */
export async function alone<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(url, { application: 'ledgerline rebuild', statementMs: 0, pipeline: true })
  try {
    const { rows } = await client.query<{ taken: boolean }>(
      `select pg_try_advisory_lock(${LOCKS.build.join(', ')}) as taken`,
    )
    if (!rows[0]!.taken) throw new Problem('tables.being_built')
    return await work(client)
  } finally {
    await disconnect(client)
  }
}

/** The models with these names. @throws Problem `tables.unknown_model` */
export function named(models: readonly ReadModel[], names: readonly string[]): string[] {
  for (const name of names) {
    if (!models.some((model) => model.name === name))
      throw new Problem('tables.unknown_model', { model: name, models: models.map((model) => model.name).join(', ') })
  }
  return names.length > 0 ? [...names] : models.map(({ name }) => name)
}

/**
 * Folds models again and swaps their tables.
 * @throws Problem `tables.unknown_model`, `tables.being_built`, `tables.poison`, `tables.view_in_use`
 */
export async function rebuild(options: BuildOptions, names: readonly string[]): Promise<Rebuilt> {
  const { models } = options.models
  const asked = connected(models, named(models, names))
  return alone(options.url, async (client) => {
    const begun = performance.now()
    // What the tables say about another log (their places, what was parked) does not apply to this one.
    const moved = await isOtherLog(client, options.log)
    const wanted = moved ? models : asked
    await dropLeftOver(client)
    if (moved) await client.query(`delete from ${SCHEMA}.board_snapshots`)
    const rounds = await nextRounds(client, wanted)
    // Read before the parked keys up to there.
    const until = moved ? TO_THE_HEAD : await checkpoints(client)
    const parked = moved ? [] : await parkedNow(client)
    const build = new Build(options, {
      models: wanted,
      tableOf: (model) => ({ table: tableName(model, rounds.get(model.name)!), round: rounds.get(model.name)! }),
      standStill: new Set(parked.map(nameOf)),
      unknownTypes: moved ? 'every' : unknownTypes(options.models.events, parked),
      scratch: false,
      until,
    })
    try {
      await build.fill()
      while ((await followAll(build, client, moved ? TO_THE_HEAD : await checkpoints(client))) > 5_000);
      const folded = performance.now()
      const old = await swap(client, build, options.models.views, moved ? await options.log.identity() : null)
      const swapped = performance.now()
      const tables = [...build.targets.values()].map(({ model, table }) => ({ model: model.name, table }))
      const stands = await parkedKeys(client, { log: options.log, events: options.models.events }, tables)
      await dropTables(client, old)
      return {
        models: wanted.map(({ name }) => name),
        parked: stands,
        events: build.events,
        tookMs: folded - begun,
        swapMs: swapped - folded,
      }
    } catch (error) {
      await client.query('rollback').catch(() => {})
      await build.drop(client).catch(() => {})
      throw error
    }
  })
}

/** Brings all lanes of a build up to date; returns the number of events it took. */
export async function followAll(
  build: Build,
  client: Client,
  until: ReadonlyMap<Lane, Position | null>,
  within = false,
): Promise<number> {
  let count = 0
  for (const [lane, follower] of build.followers) count += await follower.follow(client, until.get(lane), within)
  return count
}

/**
 * Where the lanes are: the furthest checkpoint of the tables in use (tables of an older version are still behind it).
 * No entry if a lane has no tables.
 */
export async function checkpoints(client: Client, lock = false): Promise<Map<Lane, Position | null>> {
  const { rows } = await client.query<{ lane: Lane; position: Position | null }>(
    `select c.lane, c.position from ${SCHEMA}.checkpoints c join ${SCHEMA}.models m using (table_name) where m.live order by c.table_name, c.lane${lock ? ' for update of c' : ''}`,
  )
  const found = new Map<Lane, Position | null>()
  for (const { lane, position } of rows) {
    const known = found.get(lane)
    if (known === undefined || known === null || (position !== null && position > known)) found.set(lane, position)
  }
  return found
}

async function nextRounds(client: Client, models: readonly ReadModel[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ model: string; version: number; round: number }>(
    `select model, version, max(round) as round from ${SCHEMA}.models group by 1, 2`,
  )
  return new Map(
    models.map((model) => [
      model.name,
      (rows.find((row) => row.model === model.name && row.version === model.version)?.round ?? 0) + 1,
    ]),
  )
}

/**
 * Repoints the views. `movedTo`: the tables are of this log from now on. Returns the tables that are no longer used.
 */
async function swap(client: Client, build: Build, views: readonly View[], movedTo: string | null): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query('begin')
      await client.query(`set local lock_timeout = ${LOCK_MS}`)
      const held = await checkpoints(client, true)
      const positions = movedTo === null ? held : TO_THE_HEAD
      // The views first: only their locks can fail, and a fold in memory cannot be rolled back.
      const old = await repoint(client, build, views)
      await followAll(build, client, positions, true)
      if (movedTo !== null) await adopt(client, movedTo)
      await client.query('commit')
      return old
    } catch (error) {
      await client.query('rollback')
      // 55P03: someone is reading a view, or a page is being written; 40P01: both waited for each other.
      if ((sqlState(error) !== '55P03' && sqlState(error) !== '40P01') || attempt === SWAP_ATTEMPTS) throw error
      await pause(Math.min(LONGEST_PAUSE_MS, 20 * attempt))
      await followAll(build, client, movedTo === null ? await checkpoints(client) : TO_THE_HEAD)
    }
  }
}

async function repoint(client: Client, build: Build, views: readonly View[]): Promise<string[]> {
  const targets = [...build.targets.values()]
  const names = targets.map(({ model }) => model.name)
  const { rows } = await client.query<{ table_name: string }>(
    `update ${SCHEMA}.models set live = false where live and model = any($1) returning table_name`,
    [names],
  )
  const old = rows.map(({ table_name }) => table_name)
  // This is what stops the lanes: their next page finds no checkpoint to move.
  await client.query(`delete from ${SCHEMA}.checkpoints where table_name = any($1)`, [old])
  await client.query(`update ${SCHEMA}.models set live = true where table_name = any($1)`, [
    targets.map(({ table }) => table),
  ])
  await pointViews(client, targets, views)
  const boards = boardEntities(build.targets)
  if (boards.length > 0)
    await client.query(`delete from ${SCHEMA}.board_snapshots where versions <> $1`, [versionsOf(boards)])
  return old
}

/**
 * Drops tables that nothing uses, once their last readers are done; what cannot be dropped now is dropped before the
 * next build.
 */
async function dropTables(client: Client, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    try {
      await client.query('begin')
      await client.query('set local lock_timeout = 1000')
      await client.query(`drop table if exists ${tableIn(table)}`)
      await client.query(`delete from ${SCHEMA}.models where table_name = $1`, [table])
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      if (sqlState(error) !== '55P03') throw error
    }
  }
}

/** Removes what a dead build, or a slow reader, left behind. */
async function dropLeftOver(client: Client): Promise<void> {
  const { rows } = await client.query<{ table_name: string }>(`select table_name from ${SCHEMA}.models where not live`)
  await dropTables(
    client,
    rows.map(({ table_name }) => table_name),
  )
}
