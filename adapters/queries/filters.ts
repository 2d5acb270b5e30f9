/**
 * What a list can be filtered by, derived from the declaration of its model: the query parameters as a schema, and the
 * conditions they mean.
 *
 * - `column=a,b` (or `column=a&column=b`): is one of these (text, whole numbers, flags, days; for a list of texts:
 *   contains one of these)
 * - `column.from=`, `column.to=`: from (inclusive) up to (exclusive); numbers, instants, days
 * - `column.is=null|set`: where a column may be empty
 * - `column.part=`: contains this; for the texts that the model names (`searched`): a name also as it is read, by its
 *   beginning or its initials; a number in any notation
 * - `column.tail=`: a number that ends with these digits
 *
 * Personal columns are never query parameters: addresses end up in logs and histories. They are searched by equality in
 * the body of `POST …/search`, and never by range or order, which would let viewers who see them masked find them out
 * step by step. By a part, such viewers search what they see.
 */
import { z } from 'zod'
import type { Column, Columns, ReadModel } from '@ledgerline/projections/engine/model.ts'
import { sortedByKey } from '@ledgerline/projections/engine/search-columns.ts'
import type { Match } from '@ledgerline/projections/search/keys.ts'
import { columnInput, type Form } from './inputs.ts'
import { personalColumns, type Mask } from './mask.ts'
import { matchOf } from './search-sql.ts'

export interface Condition {
  column: string
  is: 'one_of' | 'from' | 'to' | 'null' | 'set' | 'contains' | 'part' | 'tail'
  values: readonly (string | number | boolean)[]
  /** Of a part of what this viewer sees masked. */
  mask?: Mask
}

/** Shortest part that is searched for, letters: one in ten texts contains any letter, one in fifteen names is 王. */
const LEAST_LETTERS: Readonly<Record<Match, number>> = { part: 2, name: 1, number: 2 }
/** Most values a column may be compared with. */
const MOST_VALUES = 200
/** Rows in an answer: by default, and at most. */
const DEFAULT_LIMIT = 50
export const MOST_ROWS = 200

export function columnsOf(model: ReadModel): Columns {
  return { ...model.key, ...model.columns }
}

/** Parameters for one column. */
function parametersOf(name: string, column: Column<unknown>, form: Form): Record<string, z.ZodType> {
  const out: Record<string, z.ZodType> = {}
  const one = (item: z.ZodType) =>
    (out[name] = z
      .array(item)
      .min(1)
      .max(MOST_VALUES)
      .optional()
      .meta({ description: `${column.about} One of these.` }))
  const value = () => columnInput(column.sql, form, column.words)
  const range = () => {
    out[`${name}.from`] = value()
      .optional()
      .meta({ description: `${name}: from here on (inclusive)` })
    out[`${name}.to`] = value()
      .optional()
      .meta({ description: `${name}: up to here (exclusive)` })
  }
  switch (column.sql) {
    case 'text':
    case 'text[]':
    case 'boolean':
      one(value())
      break
    case 'bigint':
    case 'integer':
    case 'date':
      one(value())
      range()
      break
    case 'double precision':
    case 'timestamptz':
      range()
      break
    case 'jsonb':
    case 'bigint[]':
      return {}
  }
  if (column.nullable)
    out[`${name}.is`] = z
      .enum(['null', 'set'])
      .optional()
      .meta({ description: `${name}: empty, or not` })
  return out
}

/** The columns that a list can be ordered by: keys, instants, days, and what an index begins with. */
function sortable(model: ReadModel): string[] {
  const columns = columnsOf(model)
  const indexed = new Set([...model.indexes.map(([first]) => first), ...sortedByKey(model)])
  return Object.entries(columns).flatMap(([name, column]) => {
    const can = name in model.key || column.sql === 'timestamptz' || column.sql === 'date' || indexed.has(name)
    return can && !column.personal && !column.sql.endsWith('[]') && column.sql !== 'jsonb' ? [name] : []
  })
}

/** Newest first if the model has an indexed instant or day, else by key (or whatever there is). */
function defaultSort(model: ReadModel): string {
  const columns = columnsOf(model)
  const time = (name: string | undefined) =>
    name !== undefined && (columns[name]?.sql === 'timestamptz' || columns[name]?.sql === 'date')
  const indexed = model.indexes.map(([first]) => first).find(time) ?? Object.keys(model.key).find(time)
  return indexed === undefined ? (Object.keys(model.key)[0] ?? sortable(model)[0]!) : `-${indexed}`
}

/** The query of a list. */
export const listQuery = oncePerModel((model) => ordered(model, z.strictObject(listShape(model, 'address'))))

/** The body of a search: the same filters, and personal columns by equality. */
export const searchBody = oncePerModel((model) => {
  const personal = personalColumns(model).flatMap((name) => [
    [
      name,
      z
        .array(columnInput('text', 'body'))
        .min(1)
        .max(MOST_VALUES)
        .optional()
        .meta({ description: `${columnsOf(model)[name]!.about} One of these.` }),
    ] as const,
    ...partOf(model, name),
  ])
  return ordered(model, z.strictObject({ ...listShape(model, 'body'), ...Object.fromEntries(personal) }))
})

/** Made when first asked for: the schemas of all models together take as long as the rest of a server's start. */
function oncePerModel<T extends z.ZodType>(make: (model: ReadModel) => T): (model: ReadModel) => T {
  const made = new WeakMap<ReadModel, T>()
  return (model) => {
    const there = made.get(model) ?? make(model)
    made.set(model, there)
    return there
  }
}

/** The parameters for a part of a text, if the model has it searched so. */
function partOf(model: ReadModel, name: string): [string, z.ZodType][] {
  const match = matchOf(model, name)
  if (match === null) return []
  const about: Readonly<Record<Match, string>> = {
    part: 'contains this, in upper or lower case',
    name: 'contains this, or is read so: the beginning of its pinyin without tones (wangxi), or of its initials (wx)',
    number: 'contains this, in any notation. A number that is shown masked is found by what is shown of it, or whole',
  }
  const part = z
    .string()
    .trim()
    .min(LEAST_LETTERS[match])
    .max(100)
    .optional()
    .meta({ description: `${name}: ${about[match]}.` })
  const tail = z
    .string()
    .regex(/^\d{4,8}$/)
    .optional()
    .meta({ description: `${name}: ends with these digits, four to eight.` })
  return [[`${name}.part`, part], ...(match === 'number' ? [[`${name}.tail`, tail] as [string, z.ZodType]] : [])]
}

/** A range that ends before it begins is a mistake, and would silently find nothing. */
function ordered<S extends z.ZodObject>(model: ReadModel, schema: S): S {
  const names = Object.keys(columnsOf(model))
  return schema.superRefine((query, context) => {
    for (const name of names) {
      const [from, to] = [query[`${name}.from`], query[`${name}.to`]] as [
        number | string | undefined,
        number | string | undefined,
      ]
      if (from === undefined || to === undefined || from <= to) continue
      context.addIssue({
        code: 'custom',
        path: [`${name}.to`],
        message: `it is before ${name}.from`,
        params: { zh: `不能早于或小于 ${name}.from` },
      })
    }
  })
}

function listShape(model: ReadModel, form: Form): Record<string, z.ZodType> {
  const personal = new Set(personalColumns(model))
  const filters = Object.entries(columnsOf(model))
    .filter(([name]) => !personal.has(name))
    .map(([name, column]) => ({ ...parametersOf(name, column, form), ...Object.fromEntries(partOf(model, name)) }))
  const names = sortable(model)
  return {
    ...(Object.assign({}, ...filters) as Record<string, z.ZodType>),
    limit: columnInput('integer', form)
      .pipe(z.number().int().min(1).max(MOST_ROWS))
      .default(DEFAULT_LIMIT)
      .meta({ description: `rows per answer, at most ${MOST_ROWS}` }),
    cursor: z.string().max(2000).optional().meta({ description: '`next` of the previous answer' }),
    count: columnInput('boolean', form)
      .default(false)
      .meta({ description: 'whether to count the rows that match, and those before this page; up to 10,000' }),
    sort: z
      .enum([...names, ...names.map((name) => `-${name}`)] as [string, ...string[]])
      .default(defaultSort(model))
      .meta({ description: 'order; with a hyphen the greatest first' }),
    position: z
      .string()
      .regex(/^[\w.:-]{1,64}$/)
      .optional()
      .meta({
        description: 'position from the answer to a command: waits up to 500 ms until the table has reached it',
      }),
  }
}

/**
 * The conditions of a parsed query, without paging.
 * @param masks what the viewer sees masked
 */
export function conditionsOf(
  model: ReadModel,
  query: Readonly<Record<string, unknown>>,
  masks: readonly Mask[] = [],
): Condition[] {
  const columns = columnsOf(model)
  const out: Condition[] = []
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    const [column, suffix] = split(name)
    const declared = columns[column]
    if (!declared) continue
    if (suffix === 'is') out.push({ column, is: value as 'null' | 'set', values: [] })
    else if (suffix === 'part' || suffix === 'tail') {
      const mask = masks.find((each) => each.column === column)
      out.push({ column, is: suffix, values: [value as string], ...(mask && { mask }) })
    } else if (suffix === 'from' || suffix === 'to')
      out.push({ column, is: suffix, values: [value as string | number] })
    else
      out.push({
        column,
        is: declared.sql === 'text[]' ? 'contains' : 'one_of',
        values: value as (string | number | boolean)[],
      })
  }
  return out
}

function split(name: string): [column: string, suffix: string | undefined] {
  const dot = name.indexOf('.')
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)]
}
