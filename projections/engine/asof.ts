/**
 * The boards as they stood at a moment: the last snapshot before it, plus a fold of what came between. The cost depends
 * on the distance between snapshots, not on the length of the log.
 */
import type { Client } from 'pg'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { momentOf } from '@ledgerline/core/kernel/stored-event.ts'
import type { Position, RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogEvent } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { connect, disconnect, rawRows } from './connect.ts'
import { PageDecoder, unknownTypes } from './decode.ts'
import { Fold } from './fold.ts'
import { presentLane, type ReadModels } from './lanes.ts'
import type { Aggregate, Entity, ReadModel, Row } from './model.ts'
import { liveTables } from './schema.ts'
import { boardEntities, readableVersionsOf, unpacked } from './snapshots.ts'
import { loadParked, Target } from './store.ts'
import { boardStatement, loadStatement, SCHEMA } from './table.ts'
import { BinaryWriter } from './binary.ts'

/** When: as recorded (what the board showed), or by the events' own time (a demo's own clock). UTC ms. */
export type Moment = { recordedAt: number } | { at: number }

export interface BoardsAsOf {
  /** The last position included. */
  position: Position
  /** The latest moment in the events included, and when the log took the last of them, UTC ms. */
  told: { at: number; recordedAt: number }
  /** Rows by model: those on the board, and the sums over them. */
  boards: Readonly<Record<string, readonly Row[]>>
  /** Events folded since the snapshot. */
  folded: number
}

export interface AsOfOptions {
  log: EventLog
  codec: Codec
  url: string
  models: ReadModels
  signal?: AbortSignal
}

/**
 * Reports that arrive late carry an earlier `at`. When asked by `at`, this many milliseconds of events beyond the
 * moment are searched for them.
 */
const LATE_MS = 300_000
const PAGE_SIZE = 5_000

/**
 * A tenant's boards as of a moment. Imported history has no present and no boards.
 * @throws Problem `tables.before_history` if nothing of this tenant was recorded by then
 */
export async function boardsAsOf(options: AsOfOptions, tenant: string, moment: Moment): Promise<BoardsAsOf> {
  const { url, models } = options
  const client = await connect(url, { application: 'ledgerline as of', settings: { enable_seqscan: 'off' } })
  try {
    const live = await liveTables(client, models.models)
    const targets = new Map(
      models.models.flatMap((model) => {
        const table = live.find((candidate) => candidate.model === model.name)
        return table ? [[model.name, new Target(model, table.table)] as const] : []
      }),
    )
    const boards = boardEntities(targets)
    const { fold, types } = await foldFrom(client, models, targets, boards, tenant)
    const snapshot = await snapshotBefore(client, readableVersionsOf(boards), tenant, moment)
    for (const { model } of boards)
      fold.hold(
        model,
        (snapshot?.boards[model.name] ?? []).map((row) => ({ tenant, row })),
      )
    const { position, told, folded } = await foldUpTo(options, fold, types, tenant, moment, snapshot)
    if (position === null || told === null)
      throw new Problem('tables.before_history', {
        moment: new Date('at' in moment ? moment.at : moment.recordedAt).toISOString(),
      })
    const rows: Record<string, readonly Row[]> = {}
    for (const target of boards)
      rows[target.model.name] = await withPersons(
        client,
        target,
        tenant,
        fold.boardRows(target.model as Entity, tenant),
      )
    for (const model of models.models) {
      if (model.kind === 'aggregate' && model.board && model.from.every(({ source }) => source.name in rows))
        rows[model.name] = totals(model, rows)
    }
    return { position, told, boards: rows, folded }
  } finally {
    await disconnect(client)
  }
}

interface Snapshot {
  position: Position
  at: number
  recordedAt: number
  boards: Record<string, Row[]>
}

async function snapshotBefore(
  client: Client,
  versions: readonly string[],
  tenant: string,
  moment: Moment,
): Promise<Snapshot | null> {
  const column = 'at' in moment ? 'at' : 'recorded_at'
  // Recorded time never goes back, except in snapshots of a version that took it straight from the log's clock: the
  // first one that is too late ends them.
  const first =
    'at' in moment
      ? ''
      : `and position < all (select position from ${SCHEMA}.board_snapshots where versions = any($1) and tenant = $2 and recorded_at > to_timestamp($3::float8 / 1000))`
  const { rows } = await client.query<Omit<Snapshot, 'boards'> & { boards: Parameters<typeof unpacked>[0] }>(
    `select position, (extract(epoch from at) * 1000)::float8 as at, (extract(epoch from recorded_at) * 1000)::float8 as "recordedAt", boards
     from ${SCHEMA}.board_snapshots where versions = any($1) and tenant = $2 and ${column} <= to_timestamp($3::float8 / 1000) ${first} order by position desc limit 1`,
    [versions, tenant, 'at' in moment ? moment.at : moment.recordedAt],
  )
  return rows[0] ? { ...rows[0], boards: unpacked(rows[0].boards) } : null
}

/** A fold of the boards' entities that knows this tenant's zone, and what was parked. */
async function foldFrom(
  client: Client,
  models: ReadModels,
  targets: ReadonlyMap<string, Target>,
  boards: readonly Target[],
  tenant: string,
): Promise<{ fold: Fold; types: string[] }> {
  const zones = models.zones ? targets.get(models.zones.name) : undefined
  const folded: ReadModel[] = boards.map(({ model }) => model)
  if (zones && !folded.includes(zones.model)) folded.unshift(zones.model)
  const fold = new Fold({ models: folded, zones: zones ? (zones.model as Entity) : null, events: models.events })
  if (zones)
    fold.hold(
      zones.model,
      (await rawRows(client, { text: boardStatement(zones.model, zones.table, true), values: [tenant] })).map(
        zones.read,
      ),
    )
  const own = new Map(boards.map((target) => [target.model.name, target]))
  const parked = await loadParked(client, presentLane(models), own)
  fold.park(parked)
  // Events of unknown types mark the rows of their streams.
  return {
    fold,
    types: [
      ...fold.types(),
      ...unknownTypes(
        models.events,
        parked.map(({ event }) => event),
      ),
    ],
  }
}

async function foldUpTo(
  { log, codec, signal, models }: AsOfOptions,
  fold: Fold,
  types: string[],
  tenant: string,
  moment: Moment,
  snapshot: Snapshot | null,
): Promise<{ position: Position | null; told: BoardsAsOf['told'] | null; folded: number }> {
  const decoder = new PageDecoder(codec, models.events, fold.types())
  const filter = { ...models.lanes[presentLane(models)]!.filter, types }
  let position = snapshot?.position ?? null
  let told: BoardsAsOf['told'] | null = snapshot && { at: snapshot.at, recordedAt: snapshot.recordedAt }
  let folded = 0
  for await (const page of log.readAll(position, { pageSize: PAGE_SIZE, filter, ...(signal ? { signal } : {}) })) {
    const mine = page.events.filter(({ stream }) => stream.startsWith(`${tenant}.`, stream.indexOf('-') + 1))
    // For events after the moment, only their times are looked at.
    const isWanted =
      'at' in moment
        ? (event: LogEvent) => (momentOf(event) ?? moment.at) <= moment.at
        : ({ recordedAt }: LogEvent) => recordedAt <= moment.recordedAt
    const wanted: RecordedEvent[] = await decoder.decode(mine.filter(isWanted), fold)
    // What is not on the board in the snapshot and does not begin after it was over: it stays so.
    fold.provide(fold.plan(wanted), [])
    fold.apply()
    fold.settle(fold.changes())
    folded += wanted.length
    position = wanted.at(-1)?.position ?? position
    for (const { at, recordedAt } of wanted) told = { at: Math.max(told?.at ?? at, at), recordedAt }
    const last = page.events.at(-1)
    if (
      'recordedAt' in moment
        ? last && last.recordedAt > moment.recordedAt
        : mine.some((event) => (momentOf(event) ?? 0) > moment.at + LATE_MS)
    )
      break
  }
  return { position, told, folded }
}

/**
 * Rows of a snapshot with the personal columns as the table has them now: empty for people who were forgotten or are no
 * longer there.
 */
async function withPersons(
  client: Client,
  { model, table, keyFields, read }: Target,
  tenant: string,
  rows: readonly Row[],
): Promise<Row[]> {
  const personal = Object.entries(model.columns)
    .filter(([, column]) => column.personal)
    .map(([name]) => name)
  const bare = rows.filter((row) => personal.some((name) => row[name] === undefined))
  if (bare.length === 0) return [...rows]
  const writer = new BinaryWriter()
  const values = [
    writer.texts(bare.map(() => tenant)),
    ...keyFields.map(([name, column]) => writer.parameter(column, bare, name)),
  ]
  const found = (await rawRows(client, { text: loadStatement(model, table), values })).map((raw) => read(raw).row)
  const idOf = (row: Row) => keyFields.map(([name]) => String(row[name])).join('\n')
  const known = new Map(found.map((row) => [idOf(row), row]))
  return rows.map((row) => {
    const filled: Record<string, unknown> = { ...row }
    for (const name of personal) if (filled[name] === undefined) filled[name] = known.get(idOf(row))?.[name] ?? null
    return filled
  })
}

/** The sums over rows, from scratch. */
function totals(model: Aggregate, rows: Readonly<Record<string, readonly Row[]>>): Row[] {
  const found = new Map<string, Record<string, unknown>>()
  for (const { source, contribute } of model.from) {
    for (const row of rows[source.name]!) {
      for (const { key, add } of contribute(row)) {
        const id = Object.values(key).map(String).join('\n')
        let sum = found.get(id)
        if (!sum)
          found.set(id, (sum = { ...key, ...Object.fromEntries(Object.keys(model.columns).map((name) => [name, 0])) }))
        for (const [name, value] of Object.entries(add))
          if (typeof value === 'number') sum[name] = (sum[name] as number) + value
      }
    }
  }
  return [...found.values()]
}
