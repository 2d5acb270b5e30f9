/**
 * Answers to queries, declared once: a model's row as JSON, with the meanings and units of its columns, and a page of
 * rows. Routes document them; the screens take their types from here.
 */
import { z } from 'zod'
import type { Column, Columns, RowOf } from '@ledgerline/projections/engine/model.ts'

/** A read model, as far as its rows go. */
export interface Rows<K extends Columns, C extends Columns> {
  readonly name: string
  readonly about: string
  readonly key: K
  readonly columns: C
}

const schemas = new WeakMap<object, z.ZodType>()

/** The schema of a model's rows; always the same object, because the document names it once. */
export function rowSchema<K extends Columns, C extends Columns>(model: Rows<K, C>): z.ZodType<RowOf<K & C>> {
  const known = schemas.get(model)
  if (known) return known as z.ZodType<RowOf<K & C>>
  const shape: Record<string, z.ZodType> = {}
  for (const [name, column] of Object.entries<Column<unknown>>({ ...model.key, ...model.columns }))
    shape[name] = columnSchema(column)
  const id = model.name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
  const schema = z.object(shape).meta({ id, description: model.about })
  schemas.set(model, schema)
  return schema as unknown as z.ZodType<RowOf<K & C>>
}

/** How current an answer is, as stated by every query and report. */
export const asOfSchema = z
  .object({
    position: z.string().nullable().describe('the answer includes everything up to here'),
    at: z.number().int().nullable().describe('when the log took that event (UTC ms)'),
    lagMs: z.number().int().describe('how long the oldest unprocessed event has been waiting; 0 when none is'),
    behind: z.boolean().describe('a position was asked for and not reached in time: what was written may be missing'),
  })
  .meta({ id: 'AsOf' })

/** Where a page lies in its list. */
const countSchema = z
  .object({
    total: z.number().int().nullable().describe('rows that match; null: more than 10,000'),
    before: z.number().int().nullable().describe('rows before this page; null: more than 10,000'),
  })
  .meta({ id: 'Count' })
export type PageCount = z.infer<typeof countSchema>

/** A page of a list. */
export function pageSchema<K extends Columns, C extends Columns>(model: Rows<K, C>) {
  return z.object({
    rows: z.array(rowSchema(model)),
    next: z.string().nullable().describe('`cursor` of the next page; null after the last'),
    count: countSchema.nullable().describe('with `count=true`; null: it was not asked for'),
    asOf: asOfSchema,
  })
}
/** A page of rows with these columns. */
export type Page<K extends Columns, C extends Columns> = z.infer<ReturnType<typeof pageSchema<K, C>>>

function columnSchema(column: Column<unknown>): z.ZodType {
  const about = column.personal ? `${column.about} (masked unless permitted)` : column.about
  const plain = plainSchema(column)
  return (column.nullable ? plain.nullable() : plain).meta({
    description: column.sql === 'timestamptz' ? `${about} (UTC ms)` : about,
  })
}

function plainSchema(column: Column<unknown>): z.ZodType {
  switch (column.sql) {
    case 'text':
      return z.string()
    case 'bigint':
    case 'integer':
    case 'timestamptz':
      return z.number().int()
    case 'double precision':
      return z.number()
    case 'boolean':
      return z.boolean()
    case 'date':
      return z.iso.date()
    case 'text[]':
      return z.array(z.string())
    case 'bigint[]':
      return z.array(z.number().int())
    case 'jsonb':
      return z.unknown()
  }
}
