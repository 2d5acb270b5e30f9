/**
 * One page of a read model as SQL: conditions, an order, and a cursor that says where the previous page ended. A page
 * begins after the last row of the previous one *by value* (keyset), so rows that come or go in between neither repeat
 * nor hide others.
 */
import { expressionBuilder, sql, type Expression, type Kysely, type RawBuilder, type SqlBool } from 'kysely'
import type { Column, ReadModel } from '@ledgerline/projections/engine/model.ts'
import { snake } from '@ledgerline/projections/engine/table.ts'
import { rethrow } from './rethrow.ts'
import { columnsOf, type Condition } from './filters.ts'
import { fitsColumn } from './inputs.ts'
import { maskedSql } from './mask.ts'
import { InvalidRequest } from '../problem-json.ts'

/** Tables are known from declarations, not from a generated type. */
export type Tables = Kysely<Record<string, Record<string, unknown>>>

export type Row = Record<string, unknown>

export interface PageRequest {
  tenant: string
  conditions: readonly Condition[]
  /** A column, with a hyphen for the greatest first. */
  sort: string
  limit: number
  cursor?: string | undefined
}

export interface Page {
  rows: Row[]
  /** Where the next page begins; null after the last. */
  next: string | null
}

/** Where a page lies in its list. Null: more than {@link MOST_COUNTED}. */
export interface Count {
  total: number | null
  /** Rows before the page. */
  before: number | null
}

/** Counting every row of a large list would take as long as reading it, and tell nobody anything. */
const MOST_COUNTED = 10_000

/** @throws Problem `tables.unavailable`; `request.invalid` for a cursor of another list */
export async function selectPage(tables: Tables, model: ReadModel, page: PageRequest): Promise<Page> {
  const { order, descending, last } = placeOf(model, page)
  let query = matching(tables, model, page)
    .select(Object.keys(columnsOf(model)).map((name) => column(name).as(name)))
    .limit(page.limit + 1)
  if (last) query = query.where(beyond(model, order, descending, last))
  for (const name of order) query = query.orderBy(column(name), descending ? 'desc' : 'asc')
  const rows: Row[] = await query.execute().catch(rethrow)
  const more = rows.length > page.limit
  if (more) rows.pop()
  return { rows, next: more ? writeCursor(page.sort, order, rows.at(-1)!) : null }
}

/**
 * How many rows match, and how many lie before this page, each up to {@link MOST_COUNTED}.
 * @throws like {@link selectPage}
 */
export async function countPage(tables: Tables, model: ReadModel, page: Omit<PageRequest, 'limit'>): Promise<Count> {
  const { order, descending, last } = placeOf(model, page)
  const counted = async (query: ReturnType<typeof matching>): Promise<number | null> => {
    const some = query.select(sql`1`.as('one')).limit(MOST_COUNTED + 1)
    const { rows } = await sql<{ rows: number }>`select count(*)::integer as rows from (${some}) counted`
      .execute(tables)
      .catch(rethrow)
    return rows[0]!.rows > MOST_COUNTED ? null : rows[0]!.rows
  }
  const all = matching(tables, model, page)
  // The rows up to a place are those beyond it, seen from the other end, and the one at that place.
  const upTo = last && all.where(beyond(model, order, !descending, last, true))
  const [total, before] = await Promise.all([counted(all), upTo ? counted(upTo) : 0])
  return { total, before }
}

function matching(
  tables: Tables,
  model: ReadModel,
  { tenant, conditions }: Pick<PageRequest, 'tenant' | 'conditions'>,
) {
  return tables
    .selectFrom(model.name)
    .where('tenant', '=', tenant)
    .where((expressions) => expressions.and(conditions.map((condition) => conditionSql(model, condition))))
}

/** The order of a page, and the values of the last row before it; null: it is the first page. */
function placeOf(model: ReadModel, { sort, cursor }: Pick<PageRequest, 'sort' | 'cursor'>) {
  const order = orderOf(model, sort)
  const columns = columnsOf(model)
  const last =
    cursor === undefined
      ? null
      : readCursor(
          cursor,
          sort,
          order.map((name) => columns[name]!),
        )
  return { order, descending: sort.startsWith('-'), last }
}

/** The order of a list: the column asked for, then the key, so that no two rows are alike. */
function orderOf(model: ReadModel, sort: string): string[] {
  const first = sort.replace(/^-/, '')
  return [first, ...Object.keys(model.key).filter((name) => name !== first)]
}

const column = (name: string): RawBuilder<unknown> => sql.ref(snake(name))

function conditionSql(model: ReadModel, { column: name, is, values, mask }: Condition): Expression<SqlBool> {
  const build = expressionBuilder<Record<string, Row>, string>()
  const declared = columnsOf(model)[name]!
  const parameters = values.map((value) => parameter(declared, value))
  switch (is) {
    case 'null':
      return build(column(name), 'is', null)
    case 'set':
      return build(column(name), 'is not', null)
    case 'from':
      return build(column(name), '>=', parameters[0]!)
    case 'to':
      return build(column(name), '<', parameters[0]!)
    case 'contains':
      return sql<SqlBool>`${column(name)} && array[${sql.join(parameters)}]::text[]`
    case 'part': {
      const part = parameters[0]!
      const all = sql<SqlBool>`position(${part} in ${column(name)}) > 0`
      if (!mask) return all
      // Who enters a whole number knows it already.
      const shown = sql<SqlBool>`(position(${part} in ${maskedSql(column(name))}) > 0 or ${column(name)} = ${part})`
      if (!mask.plainWhere) return shown
      const [where, value] = mask.plainWhere
      return sql<SqlBool>`case when ${column(where)} = ${value} then ${all} else ${shown} end`
    }
    case 'one_of':
      return build(column(name), 'in', parameters)
  }
}

/** A value as the column's own type. Folds and queries know instants as UTC ms. */
function parameter(declared: Column<unknown>, value: unknown): RawBuilder<unknown> {
  if (declared.sql === 'timestamptz') return sql`${new Date(value as number).toISOString()}::timestamptz`
  return sql`${value}::${sql.raw(declared.sql === 'text[]' ? 'text' : declared.sql)}`
}

/**
 * The rows beyond a place, in that direction. PostgreSQL's own places for nulls are kept (last going up, first going down),
 * because only then does an index give the order.
 * @param including the row at that place, too
 */
function beyond(
  model: ReadModel,
  order: readonly string[],
  descending: boolean,
  values: readonly unknown[],
  including = false,
): Expression<SqlBool> {
  const columns = columnsOf(model)
  const compare = sql.raw((descending ? '<' : '>') + (including ? '=' : ''))
  const tuple = (names: readonly string[]) => sql.join(names.map(column))
  const marks = (from: number) =>
    sql.join(order.slice(from).map((name, index) => parameter(columns[name]!, values[from + index])))
  const first = column(order[0]!)
  const rest = order.slice(1)
  if (values[0] === null) {
    const within = sql`${first} is null and (${tuple(rest)}) ${compare} (${marks(1)})`
    return descending ? sql<SqlBool>`((${within}) or ${first} is not null)` : sql<SqlBool>`(${within})`
  }
  const further = sql`(${tuple(order)}) ${compare} (${marks(0)})`
  const nullsFollow = !descending && columns[order[0]!]!.nullable
  return nullsFollow ? sql<SqlBool>`(${further} or ${first} is null)` : sql<SqlBool>`${further}`
}

function writeCursor(sort: string, order: readonly string[], last: Row): string {
  return Buffer.from(JSON.stringify([sort, ...order.map((name) => last[name])])).toString('base64url')
}

/** @throws InvalidRequest if it is not one of ours, or belongs to another order */
function readCursor(cursor: string, sort: string, order: readonly Column<unknown>[]): unknown[] {
  try {
    const [its, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    if (
      its === sort &&
      values.length === order.length &&
      order.every((declared, index) => fitsColumn(declared, values[index]))
    )
      return values
  } catch {
    // reported below
  }
  throw new InvalidRequest('cursor', {
    en: 'this cursor belongs to no page in this order',
    zh: '该游标不属于此排序的任何一页',
  })
}
