/**
 * One page of a read model as SQL: conditions, an order, and a cursor that says where the previous page ended. A page
 * begins after the last row of the previous one *by value* (keyset), so rows that come or go in between neither repeat
 * nor hide others.
 */
import { expressionBuilder, sql, type Expression, type Kysely, type RawBuilder, type SqlBool } from 'kysely'
import type { Column, ReadModel } from '@ledgerline/projections/engine/model.ts'
import { snake } from '@ledgerline/projections/engine/names.ts'
import { orderColumn } from '@ledgerline/projections/engine/search-columns.ts'
import { hasKeys, LISTED } from '@ledgerline/projections/engine/table.ts'
import { orderOf } from '@ledgerline/projections/search/keys.ts'
import { rethrow } from './rethrow.ts'
import { columnsOf, type Condition } from './filters.ts'
import { fitsColumn } from './inputs.ts'
import { partSql, tailSql } from './search-sql.ts'
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
  const place = placeOf(model, page)
  const rows: Row[] = []
  for (const stretch of stretchesOf(place)) {
    if (rows.length > page.limit) break
    let query = matching(tables, model, page)
      .select(Object.keys(columnsOf(model)).map((name) => column(name).as(name)))
      .limit(page.limit + 1 - rows.length)
    for (const condition of stretch.conditions) query = query.where(condition)
    for (const { at } of stretch.order) query = query.orderBy(at, place.descending ? 'desc' : 'asc')
    rows.push(...(await query.execute().catch(rethrow)))
  }
  const more = rows.length > page.limit
  if (more) rows.pop()
  return { rows, next: more ? writeCursor(page.sort, place.order, rows.at(-1)!) : null }
}

/** Some columns of the rows with these keys. @throws Problem `tables.unavailable` */
export async function rowsByKey(
  tables: Tables,
  model: ReadModel,
  tenant: string,
  keys: readonly string[],
  names: readonly string[],
): Promise<Row[]> {
  const [key] = Object.keys(model.key)
  return tables
    .selectFrom(model.name)
    .where('tenant', '=', tenant)
    .where(sql<SqlBool>`${column(key!)} = any(${[...keys]})`)
    .select(names.map((name) => column(name).as(name)))
    .execute()
    .catch(rethrow)
}

/**
 * How many rows match, and how many lie before this page, each up to {@link MOST_COUNTED}.
 * @throws like {@link selectPage}
 */
export async function countPage(tables: Tables, model: ReadModel, page: Omit<PageRequest, 'limit'>): Promise<Count> {
  const place = placeOf(model, page)
  const counted = async (query: ReturnType<typeof matching>): Promise<number | null> => {
    const some = query.select(sql`1`.as('one')).limit(MOST_COUNTED + 1)
    const { rows } = await sql<{ rows: number }>`select count(*)::integer as rows from (${some}) counted`
      .execute(tables)
      .catch(rethrow)
    return rows[0]!.rows > MOST_COUNTED ? null : rows[0]!.rows
  }
  const all = matching(tables, model, page)
  const upTo = place.last && all.where(notBeyond(place, place.last))
  const [total, before] = await Promise.all([counted(all), upTo ? counted(upTo) : 0])
  return { total, before }
}

function matching(
  tables: Tables,
  model: ReadModel,
  { tenant, conditions }: Pick<PageRequest, 'tenant' | 'conditions'>,
) {
  return tables
    .selectFrom(hasKeys(model) ? `${LISTED}.${model.name}` : model.name)
    .where('tenant', '=', tenant)
    .where((expressions) => expressions.and(conditions.map((condition) => conditionSql(model, condition))))
}

/** A column that a list is ordered by. */
interface Ordered {
  name: string
  declared: Column<unknown>
  at: RawBuilder<unknown>
  /** A row's value as the order has it. */
  key: (value: unknown) => unknown
}

interface Place {
  order: readonly Ordered[]
  descending: boolean
  /** The values of the last row before the page; null: it is the first page. */
  last: readonly unknown[] | null
}

function placeOf(model: ReadModel, { sort, cursor }: Pick<PageRequest, 'sort' | 'cursor'>): Place {
  const order = orderedBy(model, sort)
  return {
    order,
    descending: sort.startsWith('-'),
    last: cursor === undefined ? null : readCursor(cursor, sort, order),
  }
}

/** The order of a list: the column asked for, then the key, so that no two rows are alike. */
function orderedBy(model: ReadModel, sort: string): Ordered[] {
  const first = sort.replace(/^-/, '')
  const columns = columnsOf(model)
  return [first, ...Object.keys(model.key).filter((name) => name !== first)].map((name) => {
    const by = orderColumn(model, name)
    const key =
      by === name ? (value: unknown) => value : (value: unknown) => (value === null ? null : orderOf(value as string))
    return { name, declared: columns[name]!, at: column(by), key }
  })
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
    case 'part':
      return partSql(model, name, values[0] as string, mask)
    case 'tail':
      return tailSql(model, name, values[0] as string, mask)
    case 'one_of':
      return build(column(name), 'in', parameters)
  }
}

/** A value as the column's own type. Folds and queries know instants as UTC ms. */
function parameter(declared: Column<unknown>, value: unknown): RawBuilder<unknown> {
  if (declared.sql === 'timestamptz') return sql`${new Date(value as number).toISOString()}::timestamptz`
  return sql`${value}::${sql.raw(declared.sql === 'text[]' ? 'text' : declared.sql)}`
}

interface Stretch {
  conditions: readonly Expression<SqlBool>[]
  order: readonly Ordered[]
}

/**
 * The rows beyond a place, in order. Those without a value come last whichever way a list is sorted, as people expect;
 * PostgreSQL would put them first going down, where its index has them. So what has a value and what has none are read
 * one after the other, each in the order of an index.
 */
function stretchesOf({ order, descending, last }: Place): Stretch[] {
  const [first, ...rest] = order as [Ordered, ...Ordered[]]
  const compare = sql.raw(descending ? '<' : '>')
  const further = (from: number): Expression<SqlBool>[] =>
    last ? [sql<SqlBool>`(${tuple(order.slice(from))}) ${compare} (${marks(order, last, from)})`] : []
  if (!first.declared.nullable) return [{ conditions: further(0), order }]
  const none = { conditions: [sql<SqlBool>`${first.at} is null`], order: rest }
  if (last && last[0] === null) return [{ ...none, conditions: [...none.conditions, ...further(1)] }]
  return [{ conditions: [sql<SqlBool>`${first.at} is not null`, ...further(0)], order }, none]
}

/** The rows up to a place, and the one at it. */
function notBeyond({ order, descending }: Place, last: readonly unknown[]): Expression<SqlBool> {
  const [first, ...rest] = order as [Ordered, ...Ordered[]]
  const compare = sql.raw(descending ? '>=' : '<=')
  if (last[0] === null)
    return sql<SqlBool>`(${first.at} is not null or (${tuple(rest)}) ${compare} (${marks(order, last, 1)}))`
  return sql<SqlBool>`(${tuple(order)}) ${compare} (${marks(order, last, 0)})`
}

const tuple = (order: readonly Ordered[]) => sql.join(order.map(({ at }) => at))
const marks = (order: readonly Ordered[], values: readonly unknown[], from: number) =>
  sql.join(order.slice(from).map(({ declared, key }, index) => parameter(declared, key(values[from + index]))))

function writeCursor(sort: string, order: readonly Ordered[], last: Row): string {
  return Buffer.from(JSON.stringify([sort, ...order.map(({ name }) => last[name])])).toString('base64url')
}

/** @throws InvalidRequest if it is not one of ours, or belongs to another order */
function readCursor(cursor: string, sort: string, order: readonly Ordered[]): unknown[] {
  try {
    const [its, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    if (
      its === sort &&
      values.length === order.length &&
      order.every(({ declared }, index) => fitsColumn(declared, values[index]))
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
