/**
 * What a list may be asked for, read from the declaration of its model: the query parameters as a schema,
 * and the conditions that they come to.
 *
 * - `column=a,b` (or `column=a&column=b`): is one of these (text, whole numbers, flags, days; for a list of texts: contains one of these)
 * - `column.from=`, `column.to=`: from (included) up to (left out); numbers, instants, days
 * - `column.is=null|set`: where a column may be empty
 *
 * Personal columns are never query parameters: addresses end up in logs and histories. They are asked for
 * by equality in the body of `POST …/search`, and never by range or order, which would let a viewer who
 * sees them masked find them out step by step.
 */
import { z } from 'zod'
import { EARLIEST, LATEST } from '@ledgerline/projections/engine/binary.ts'
import type { Column, Columns, ReadModel } from '@ledgerline/projections/engine/model.ts'
import { personalColumns } from './mask.ts'

export interface Condition {
  column: string
  is: 'one_of' | 'from' | 'to' | 'null' | 'set' | 'contains'
  values: readonly (string | number | boolean)[]
}

/** A column may be compared with so many values. */
const MOST_VALUES = 200
/** Answers carry so many rows unless told otherwise, and never more than the limit. */
export const DEFAULT_LIMIT = 50
export const MOST_ROWS = 200

export function columnsOf(model: ReadModel): Columns {
  return { ...model.key, ...model.columns }
}

/** An instant in a query: UTC milliseconds, or ISO 8601 with its offset. */
export function instantParameter(about: string) {
  return z.string().max(40).transform(toInstant).meta({ description: about, examples: ['2026-02-01T08:00:00Z', '1769932800000'] })
}

function toInstant(text: string, context: z.RefinementCtx): number {
  const at = /^-?\d{1,15}$/.test(text) ? Number(text) : /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (at >= EARLIEST && at <= LATEST) return at
  const example = '2026-02-01T08:00:00Z'
  return refused(context, `an instant is UTC milliseconds or ISO 8601 with an offset, as ${example}`, `时刻应为 UTC 毫秒数，或带时区的 ISO 8601，例如 ${example}`)
}

function toNumber(text: string, context: z.RefinementCtx): number {
  const number = Number(text)
  return text.trim() !== '' && Number.isFinite(number) ? number : refused(context, 'a number is expected', '应为数字')
}

function toWhole(text: string, context: z.RefinementCtx): number {
  const number = Number(text)
  return text.trim() !== '' && Number.isSafeInteger(number) ? number : refused(context, 'a whole number is expected', '应为整数')
}

/** A refusal that brings its Chinese along. */
function refused(context: z.RefinementCtx, message: string, zh: string): never {
  context.addIssue({ code: 'custom', message, params: { zh } })
  return z.NEVER
}

/** How values are written: in an address everything is text; in a body numbers are numbers, or the same text. */
interface Form {
  text(): z.ZodType
  whole(): z.ZodType
  number(): z.ZodType
  flag(): z.ZodType
  instant(): z.ZodType
  day(): z.ZodType
}

const inAddress: Form = {
  text: () => z.string().max(200),
  whole: () => z.string().max(20).transform(toWhole),
  number: () => z.string().max(30).transform(toNumber),
  flag: () => z.enum(['true', 'false']).transform((text) => text === 'true'),
  instant: () => instantParameter(''),
  day: () => z.iso.date(),
}

const inBody: Form = {
  ...inAddress,
  whole: () => z.union([z.number().int(), inAddress.whole()]),
  number: () => z.union([z.number(), inAddress.number()]),
  flag: () => z.union([z.boolean(), inAddress.flag()]),
  instant: () => z.union([z.number().int().min(EARLIEST).max(LATEST), instantParameter('')]),
}

/** Parameters for one column. */
function parametersOf(name: string, column: Column<unknown>, form: Form): Record<string, z.ZodType> {
  const out: Record<string, z.ZodType> = {}
  const one = (item: z.ZodType) => (out[name] = z.array(item).min(1).max(MOST_VALUES).optional().meta({ description: `${column.about} One of these.` }))
  const range = (make: () => z.ZodType) => {
    out[`${name}.from`] = make().optional().meta({ description: `${name}: from here on (included)` })
    out[`${name}.to`] = make().optional().meta({ description: `${name}: up to here (left out)` })
  }
  switch (column.sql) {
    case 'text':
    case 'text[]':
      one(form.text())
      break
    case 'boolean':
      one(form.flag())
      break
    case 'bigint':
    case 'integer':
      one(form.whole())
      range(form.whole)
      break
    case 'double precision':
      range(form.number)
      break
    case 'date':
      one(form.day())
      range(form.day)
      break
    case 'timestamptz':
      range(form.instant)
      break
    case 'jsonb':
    case 'bigint[]':
      return {}
  }
  if (column.nullable) out[`${name}.is`] = z.enum(['null', 'set']).optional().meta({ description: `${name}: empty, or not` })
  return out
}

/** The columns that a list can be ordered by: keys, instants, days, and what an index begins with. */
export function sortable(model: ReadModel): string[] {
  const columns = columnsOf(model)
  const indexed = new Set(model.indexes.map(([first]) => first))
  return Object.entries(columns).flatMap(([name, column]) => {
    const can = name in model.key || column.sql === 'timestamptz' || column.sql === 'date' || indexed.has(name)
    return can && !column.personal && !column.sql.endsWith('[]') && column.sql !== 'jsonb' ? [name] : []
  })
}

/** Newest first where the model has an indexed instant or day, else by key (or what there is). */
export function defaultSort(model: ReadModel): string {
  const columns = columnsOf(model)
  const time = (name: string | undefined) => name !== undefined && (columns[name]?.sql === 'timestamptz' || columns[name]?.sql === 'date')
  const indexed = model.indexes.map(([first]) => first).find(time) ?? Object.keys(model.key).find(time)
  return indexed === undefined ? (Object.keys(model.key)[0] ?? sortable(model)[0]!) : `-${indexed}`
}

/** The query of a list. */
export function listQuery(model: ReadModel) {
  return z.strictObject(listShape(model, inAddress))
}

/** The body of a search: the same filters, and personal columns by equality. */
export function searchBody(model: ReadModel) {
  const personal = personalColumns(model).map((name) => {
    return [name, z.array(inBody.text()).min(1).max(MOST_VALUES).optional().meta({ description: `${columnsOf(model)[name]!.about} One of these.` })] as const
  })
  return z.strictObject({ ...listShape(model, inBody), ...Object.fromEntries(personal) })
}

function listShape(model: ReadModel, form: Form): Record<string, z.ZodType> {
  const personal = new Set(personalColumns(model))
  const filters = Object.entries(columnsOf(model)).filter(([name]) => !personal.has(name)).map(([name, column]) => parametersOf(name, column, form))
  const names = sortable(model)
  return {
    ...Object.assign({}, ...filters) as Record<string, z.ZodType>,
    limit: form.whole().pipe(z.number().int().min(1).max(MOST_ROWS)).default(DEFAULT_LIMIT).meta({ description: `rows an answer, at most ${MOST_ROWS}` }),
    cursor: z.string().max(2000).optional().meta({ description: '`next` of the answer before' }),
    sort: z
      .enum([...names, ...names.map((name) => `-${name}`)] as [string, ...string[]])
      .default(defaultSort(model))
      .meta({ description: 'order; with a hyphen the greatest first' }),
    position: z
      .string()
      .regex(/^[\w.:-]{1,64}$/)
      .optional()
      .meta({ description: 'position that a command answered: waits up to 500 ms until the table has it' }),
  }
}

/** What a parsed query asks for, paging left out. */
export function conditionsOf(model: ReadModel, query: Readonly<Record<string, unknown>>): Condition[] {
  const columns = columnsOf(model)
  const out: Condition[] = []
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    const [column, suffix] = split(name)
    const declared = columns[column]
    if (!declared) continue
    if (suffix === 'is') out.push({ column, is: value as 'null' | 'set', values: [] })
    else if (suffix === 'from' || suffix === 'to') out.push({ column, is: suffix, values: [value as string | number] })
    else out.push({ column, is: declared.sql === 'text[]' ? 'contains' : 'one_of', values: value as (string | number | boolean)[] })
  }
  return out
}

function split(name: string): [column: string, suffix: string | undefined] {
  const dot = name.indexOf('.')
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)]
}
