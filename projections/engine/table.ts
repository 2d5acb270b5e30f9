/**
 * A read model as a table: its names and types in SQL, the statements that create, fill and read it. Nothing here runs
 * a statement.
 */
import { createHash } from 'node:crypto'
import { parameterType } from './binary.ts'
import { quote, snake } from './names.ts'
import type { Column, Columns, ReadModel, Row } from './model.ts'
import { keyColumnsOf, searchIndexes } from './search-columns.ts'

/** The schema of versioned tables; people read the views in `public`. */
export const SCHEMA = 'tables'

/** A text constant. */
export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** Columns as the engine walks them: key first, without the tenant, with which every table begins. */
export type Fields = readonly Field[]
/** A column that is no part of a row as folds see it has a function that makes it. */
export type Field = readonly [name: string, column: Column<unknown>, made?: (row: Row) => unknown]

export function fieldsOf(model: { key: Columns; columns: Columns }): Fields {
  return [...Object.entries(model.key), ...Object.entries(model.columns)]
}

/** Columns as they are written: those of the row, then what it is searched by. */
export function writtenFields(model: ReadModel): Fields {
  return [...fieldsOf(model), ...keyColumnsOf(model)]
}

/** Distinguishes two declarations of one version. */
export function fingerprint(model: ReadModel): string {
  const shape = writtenFields(model).map(([name, { sql, nullable }]) => `${name} ${sql} ${nullable}`)
  return createHash('sha256')
    .update(`${Object.keys(model.key).length} ${shape.join('; ')}`)
    .digest('base64url')
    .slice(0, 22)
}

/** The first table of a model's version; folded again without a new version, the second is `…_r2`. */
export function tableName(model: ReadModel, round: number): string {
  return `${model.name}_v${model.version}${round === 1 ? '' : `_r${round}`}`
}

/** A table in the tables' schema, ready to put into a statement. */
export function tableIn(table: string): string {
  return `${SCHEMA}.${quote(table)}`
}

/** Creates the table, its comments and its protection; no key and no index yet, so that COPY is quick. */
export function createTable(model: ReadModel, table: string, options: { unlogged?: boolean } = {}): string[] {
  const target = tableIn(table)
  const columns = writtenFields(model).map(
    ([name, column]) => `${quote(snake(name))} ${column.sql}${column.nullable ? '' : ' not null'}`,
  )
  return [
    // Rows that are still changing are updated in place (HOT) if their page has room.
    `create ${options.unlogged ? 'unlogged ' : ''}table ${target} (tenant text not null, ${columns.join(', ')}) with (fillfactor = ${model.kind === 'derived' ? 95 : 80})`,
    `comment on table ${target} is ${literal(model.about)}`,
    `comment on column ${target}.tenant is ${literal(tenantAbout)}`,
    ...writtenFields(model).map(
      ([name, column]) => `comment on column ${target}.${quote(snake(name))} is ${literal(column.about)}`,
    ),
  ]
}

export const tenantAbout = 'The tenant (企业) that the row belongs to.'

/** The primary key, by which rows are written. */
export function createKey(model: ReadModel, table: string): string {
  return `alter table ${tableIn(table)} add constraint ${quote(`${table}_key`)} primary key (${keyColumns(model).join(', ')})`
}

/** A secondary index of a table. */
export interface TableIndex {
  name: string
  create: string
}

/** Secondary indexes: the declared ones, and the board's own small one. */
export function indexesOf(model: ReadModel, table: string): TableIndex[] {
  const columns = (names: readonly string[]) => ['tenant', ...names.map((name) => quote(snake(name)))].join(', ')
  const index = (ending: string, names: readonly string[], where: string | null = null): TableIndex => {
    const name = `${table}_${ending}`
    const condition = where === null ? '' : ` where ${where}`
    return {
      name,
      create: `create index if not exists ${quote(name)} on ${tableIn(table)} (${columns(names)})${condition}`,
    }
  }
  const open = openCondition(model)
  return [
    ...model.indexes.map((names, place) => index(`i${place + 1}`, names)),
    ...(model.kind === 'entity' ? model.partialIndexes : []).map((each) => index(each.name, each.columns, each.where)),
    ...(open === null ? [] : [index('open', [], open)]),
    ...searchIndexes(model, table, tableIn(table)),
  ]
}

/** The columns that its key and its indexes are made of, and what says that a row is on the board. */
export function indexedColumns(model: ReadModel): string[] {
  const board = model.kind === 'entity' && typeof model.board === 'string' ? [model.board] : []
  return [...new Set([...keyColumns(model), ...[...model.indexes.flat(), ...board].map((name) => quote(snake(name)))])]
}

/** SQL for "the row is on the board", if only some are. */
export function openCondition(model: ReadModel): string | null {
  return model.kind === 'entity' && typeof model.board === 'string' ? `${quote(snake(model.board))} is null` : null
}

/** The view that people read: stable in name and columns, run with the reader's own rights. */
export function createView(model: ReadModel, table: string): string[] {
  return viewOf(model, `public.${quote(model.name)}`, table, fieldsOf(model))
}

/** The schema of views that have what lists are searched by, too: for the program's own lists alone. */
export const LISTED = 'listed'

/** Has a model's table columns by which lists search and sort, besides those of its rows? */
export const hasKeys = (model: ReadModel): boolean => keyColumnsOf(model).length > 0

/** The view that lists read; null: it would be the same as the one that people read. */
export function listedView(model: ReadModel, table: string): string[] | null {
  if (!hasKeys(model)) return null
  return viewOf(model, `${LISTED}.${quote(model.name)}`, table, writtenFields(model))
}

function viewOf(model: ReadModel, view: string, table: string, fields: Fields): string[] {
  const columns = ['tenant', ...fields.map(([name]) => quote(snake(name)))]
  return [
    `create or replace view ${view} with (security_invoker = true) as select ${columns.join(', ')} from ${tableIn(table)}`,
    `comment on view ${view} is ${literal(model.about)}`,
    `comment on column ${view}.tenant is ${literal(tenantAbout)}`,
    ...fields.map(([name, column]) => `comment on column ${view}.${quote(snake(name))} is ${literal(column.about)}`),
  ]
}

function keyColumns(model: ReadModel): string[] {
  return ['tenant', ...Object.keys(model.key).map((name) => quote(snake(name)))]
}

/** Keys as rows: `unnest` of one array a column, named as the columns are. */
function unnest(fields: Fields): string {
  const parameters = ['$1::text[]', ...fields.map(([, column], index) => `$${index + 2}::${parameterType(column)}`)]
  return `unnest(${parameters.join(', ')}) as r(${['tenant', ...fields.map(([name]) => quote(snake(name)))].join(', ')})`
}

/** Writes rows over what stands there: `$1` is an array of them. */
export function upsertStatement(model: ReadModel, table: string): string {
  const names = writtenFields(model).flatMap(([name]) => (name in model.key ? [] : [quote(snake(name))]))
  const sets = names.map((name) => `${name} = excluded.${name}`)
  return `${insertStatement(model, table)} on conflict (${keyColumns(model).join(', ')}) do ${sets.length === 0 ? 'nothing' : `update set ${sets.join(', ')}`}`
}

/** Writes rows that cannot exist yet, which is quicker; fails (23505) if one does. */
export function insertStatement(model: ReadModel, table: string): string {
  const names = ['tenant', ...writtenFields(model).map(([name]) => quote(snake(name)))]
  return `insert into ${tableIn(table)} (${names.join(', ')}) select ${names.map((name) => `r.${name}`).join(', ')} from unnest($1::${tableIn(table)}[]) as r`
}

/** Removes rows by key. */
export function deleteStatement(model: ReadModel, table: string): string {
  const fields = Object.entries(model.key)
  return `delete from ${tableIn(table)} t using ${unnest(fields)} where t.tenant = r.tenant${keyMatch(fields)}`
}

/** Reads rows by key. */
export function loadStatement(model: ReadModel, table: string): string {
  const fields = Object.entries(model.key)
  return `select ${selectList(model)} from ${tableIn(table)} t join ${unnest(fields)} on t.tenant = r.tenant${keyMatch(fields)}`
}

function keyMatch(fields: Fields): string {
  return fields.map(([name]) => ` and t.${quote(snake(name))} = r.${quote(snake(name))}`).join('')
}

/** Reads the rows that are on the board (of all tenants, or of the one in `$1`). */
export function boardStatement(model: ReadModel, table: string, oneTenant = false): string {
  const conditions = [openCondition(model), oneTenant ? 't.tenant = $1' : null].filter(
    (condition) => condition !== null,
  )
  return `select ${selectList(model)} from ${tableIn(table)} t${conditions.length > 0 ? ` where ${conditions.join(' and ')}` : ''}`
}

/** All columns as text that {@link rowReader} understands, the tenant first. */
function selectList(model: ReadModel, alias = 't'): string {
  return [
    `${alias}.tenant`,
    ...fieldsOf(model).map(([name, column]) => {
      const source = `${alias}.${quote(snake(name))}`
      if (column.sql === 'timestamptz') return `(extract(epoch from ${source}) * 1000)::bigint`
      if (column.sql === 'text[]' || column.sql === 'bigint[]') return `array_to_json(${source})::text`
      if (column.sql === 'jsonb' || column.sql === 'date') return `${source}::text`
      return source
    }),
  ].join(', ')
}

/** Makes rows from what {@link selectList} selects (values as text, in order, the tenant first). */
export function rowReader(model: ReadModel): (values: readonly (string | null)[]) => { tenant: string; row: Row } {
  const fields = fieldsOf(model)
  const readers = fields.map(([, column]) => valueReader(column))
  return (values) => {
    const row: Record<string, unknown> = {}
    for (let index = 0; index < fields.length; index++) {
      const value = values[index + 1]
      row[fields[index]![0]] = value === null || value === undefined ? null : readers[index]!(value)
    }
    return { tenant: values[0]!, row }
  }
}

function valueReader(column: Column<unknown>): (value: string) => unknown {
  switch (column.sql) {
    case 'bigint':
    case 'integer':
    case 'double precision':
    case 'timestamptz':
      return Number
    case 'boolean':
      return (value) => value === 't'
    case 'jsonb':
    case 'text[]':
    case 'bigint[]':
      return (value) => JSON.parse(value) as unknown
    default:
      return (value) => value
  }
}
