/**
 * What lists search and sort a table by, besides the columns of its rows: keys of names and numbers, the order of names,
 * and the indexes over them. Made from a row whenever it is written, so that a row and its keys never disagree.
 */
import type { Column, ReadModel, Row, SearchedAs } from './model.ts'
import { quote, snake } from './names.ts'

/** The column of a column's keys. */
export const keysColumn = (name: string): string => `${name}Keys`
/** The column by which a column is sorted: of a name how it is read, of anything else itself. */
export const orderColumn = (model: ReadModel, name: string): string =>
  isSortedByKey(model, name) ? `${name}Order` : name

/** A personal column is in no order: that would tell it step by step to those who see it masked. */
const isSortedByKey = (model: ReadModel, name: string): boolean =>
  model.kind === 'entity' && !model.scanned && Boolean(model.searched[name]?.orderOf) && !columnOf(model, name).personal

const columnOf = (model: ReadModel, name: string): Column<unknown> => (model.columns[name] ?? model.key[name])!

/** Columns that are searched with the help of keys. */
function searchedOf(model: ReadModel): [string, SearchedAs][] {
  return model.kind === 'entity' && !model.scanned ? Object.entries(model.searched) : []
}

/** The names of the columns that lists can be sorted by thanks to such a key. */
export function sortedByKey(model: ReadModel): string[] {
  return searchedOf(model).flatMap(([name]) => (isSortedByKey(model, name) ? [name] : []))
}

type KeyColumn = readonly [name: string, column: Column<unknown>, made: (row: Row) => unknown]

export function keyColumnsOf(model: ReadModel): KeyColumn[] {
  return searchedOf(model).flatMap(([name, { keysOf, orderOf }]): KeyColumn[] => {
    if (!keysOf) return []
    const column = (sql: 'text[]' | 'text', about: string): Column<unknown> => ({
      sql,
      about,
      nullable: true,
      personal: columnOf(model, name).personal,
    })
    const made = (make: (value: string) => unknown) => (row: Row) => {
      const value = row[name] as string | null | undefined
      return value === null || value === undefined ? null : make(value)
    }
    const keys = column('text[]', `Keys by which lists find ${snake(name)}.`)
    const order = column('text', `What lists sort ${snake(name)} by.`)
    return [
      [keysColumn(name), keys, made(keysOf)],
      ...(orderOf && isSortedByKey(model, name) ? [[orderColumn(model, name), order, made(orderOf)] as const] : []),
    ]
  })
}

/** @param target the table, ready to be put into a statement */
export function searchIndexes(model: ReadModel, table: string, target: string): { name: string; create: string }[] {
  return searchedOf(model).flatMap(([name, { keysOf }]) => {
    const at = (ending: string) => `${table}_${snake(name)}_${ending}`
    if (!keysOf) {
      const index = at('trigrams')
      const create = `create index if not exists ${quote(index)} on ${target} using gin (${quote(snake(name))} public.gin_trgm_ops)`
      // Where there are no trigrams, a search reads more rows and finds the same.
      const there = `exists (select from pg_extension where extname = 'pg_trgm')`
      return [{ name: index, create: `do $do$ begin if ${there} then ${create}; end if; end $do$` }]
    }
    const keys = quote(snake(keysColumn(name)))
    const sorted = [
      'tenant',
      ...[orderColumn(model, name), ...Object.keys(model.key)].map((each) => quote(snake(each))),
    ]
    return [
      { name: at('keys'), create: `create index if not exists ${quote(at('keys'))} on ${target} using gin (${keys})` },
      ...(isSortedByKey(model, name)
        ? [
            {
              name: at('order'),
              create: `create index if not exists ${quote(at('order'))} on ${target} (${sorted.join(', ')})`,
            },
          ]
        : []),
    ]
  })
}
