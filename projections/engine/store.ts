/**
 * How a page's changes reach the database: per table one statement for new rows and one for changed ones, the
 * checkpoint, and the transaction around them, all sent together. And how rows are loaded again.
 */
import type { Client } from 'pg'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { sendTogether } from './batch.ts'
import { BinaryWriter } from './binary.ts'
import { rawRows, together } from './connect.ts'
import type { Changes, Loaded, TableChanges } from './changes.ts'
import type { Lane } from './lanes.ts'
import type { Parked } from './parking.ts'
import type { ReadModel, Row } from './model.ts'
import type { Statement } from './statement.ts'
import {
  boardStatement,
  deleteStatement,
  insertStatement,
  loadStatement,
  rowReader,
  SCHEMA,
  upsertStatement,
  writtenFields,
  type Fields,
} from './table.ts'

/** A model, its table and the statements for it. */
export class Target {
  readonly model: ReadModel
  readonly table: string
  readonly insert: string
  readonly upsert: string
  readonly remove: string
  readonly load: string
  readonly read: ReturnType<typeof rowReader>
  readonly fields: Fields
  readonly keyFields: Fields

  constructor(model: ReadModel, table: string) {
    this.model = model
    this.table = table
    this.insert = insertStatement(model, table)
    this.upsert = upsertStatement(model, table)
    this.remove = deleteStatement(model, table)
    this.load = loadStatement(model, table)
    this.read = rowReader(model)
    this.fields = writtenFields(model)
    this.keyFields = Object.entries(model.key)
  }
}

/** Where a lane's page ends. */
export interface Advance {
  lane: Lane
  tables: readonly string[]
  from: Position | null
  to: Position
  recordedAt: number | null
}

const writer = new BinaryWriter(1 << 16)

/** Statements that bring a table up to date. */
export function tableStatements(
  target: Target,
  changes: Pick<TableChanges, 'inserts' | 'updates' | 'removes'>,
): Statement[] {
  const { table, fields, keyFields } = target
  const statements: Statement[] = []
  if (changes.inserts.length > 0)
    statements.push({ name: `i ${table}`, text: target.insert, values: [writer.rows(fields, changes.inserts)] })
  if (changes.updates.length > 0)
    statements.push({ name: `u ${table}`, text: target.upsert, values: [writer.rows(fields, changes.updates)] })
  if (changes.removes.length > 0)
    statements.push({ name: `d ${table}`, text: target.remove, values: keyParameters(keyFields, changes.removes) })
  return statements
}

function keyParameters(fields: Fields, slots: readonly { tenant: string; key: Row }[]): Buffer[] {
  const keys = slots.map(({ key }) => key)
  return [
    writer.texts(slots.map(({ tenant }) => tenant)),
    ...fields.map(([name, column]) => writer.parameter(column, keys, name)),
  ]
}

/** Statements for what a page parked, and for what waits behind parked keys. */
export function parkedStatements(
  lane: Lane,
  targets: ReadonlyMap<string, Target>,
  { parked, waiting, resumed }: Pick<Changes, 'parked' | 'waiting' | 'resumed'>,
): Statement[] {
  const statements: Statement[] = parked.map(({ model, tenant, key, event, reason, resumed: since }) => ({
    text: `insert into ${SCHEMA}.parked (table_name, lane, tenant, key, event_id, event_type, position, reason, resumed, revision) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
      on conflict (table_name, lane, tenant, key) do update set event_id = excluded.event_id, event_type = excluded.event_type, position = excluded.position,
        reason = excluded.reason, resumed = excluded.resumed, revision = excluded.revision where parked.position < excluded.position`,
    values: [
      targets.get(model)!.table,
      lane,
      tenant,
      printable(key),
      event.id,
      event.type,
      event.position,
      printable(reason),
      since,
      event.revision,
    ],
  }))
  for (const { model, tenant, key, event, resumed: since } of resumed) {
    const target = targets.get(model)
    if (target)
      statements.push({
        text: `update ${SCHEMA}.parked set resumed = $5 where table_name = $1 and lane = $2 and tenant = $3 and key = $4 and event_id = $6`,
        values: [target.table, lane, tenant, printable(key), since, event.id],
      })
  }
  for (const [name, count] of waiting) {
    const [model, tenant, ...key] = name.split('\n')
    if (!targets.has(model!)) continue
    statements.push({
      text: `update ${SCHEMA}.parked set waiting = waiting + $5 where table_name = $1 and lane = $2 and tenant = $3 and key = $4`,
      values: [targets.get(model!)!.table, lane, tenant, printable(key.join('\n')), count],
    })
  }
  return statements
}

function printable(text: string): string {
  return text.replaceAll('\0', '\ufffd')
}

export function advanceStatement({ lane, tables, from, to, recordedAt }: Advance): Statement {
  return {
    name: 'advance',
    text: `select ${SCHEMA}.advance($1, $2, $3, $4, to_timestamp($5::float8 / 1000))`,
    values: [lane, tables, from, to, recordedAt],
  }
}

/**
 * One transaction, sent and committed without waiting in between. `client` is a pipelining connection.
 * @throws the first error of the server; nothing was written then
 */
export async function transact(client: Client, statements: readonly Statement[]): Promise<void> {
  if (statements.length > 0) await sendTogether(client, statements)
}

/** Loads rows by their keys, such as those a fold misses. `client` is a pipelining connection. */
export async function loadMissing(
  client: Client,
  targets: ReadonlyMap<string, Target>,
  missing: readonly { model: ReadModel; slots: readonly { tenant: string; key: Row }[] }[],
): Promise<Loaded[]> {
  const loading = together(client, () =>
    missing.map(async ({ model, slots }) => {
      const target = targets.get(model.name)!
      const rows = await rawRows(client, {
        name: `l ${target.table}`,
        text: target.load,
        values: keyParameters(target.keyFields, slots),
      })
      return { model, rows: rows.map(target.read) }
    }),
  )
  return Promise.all(loading)
}

/** Rows that a lane holds from its start: all that are on a board. */
export async function loadBoard(client: Client, target: Target): Promise<{ tenant: string; row: Row }[]> {
  return (await rawRows(client, { text: boardStatement(target.model, target.table) })).map(target.read)
}

/** Keys that were parked before. */
export async function loadParked(client: Client, lane: Lane, targets: ReadonlyMap<string, Target>): Promise<Parked[]> {
  const models = new Map([...targets.values()].map(({ table, model }) => [table, model.name]))
  const { rows } = await client.query<{
    table_name: string
    tenant: string
    key: string
    event_id: string
    event_type: string
    position: string
    reason: string
    resumed: string | null
    revision: string | null
  }>(
    `select table_name, tenant, key, event_id, event_type, position, reason, resumed, revision from ${SCHEMA}.parked where lane = $1 and table_name = any($2) order by position`,
    [lane, [...models.keys()]],
  )
  return rows.map(({ table_name, tenant, key, event_id, event_type, position, reason, resumed, revision }) => ({
    model: models.get(table_name)!,
    tenant,
    key,
    event: { id: event_id, type: event_type, position, revision: revision === null ? null : Number(revision) },
    reason,
    resumed,
  }))
}
