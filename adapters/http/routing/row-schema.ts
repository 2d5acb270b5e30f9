/** A model's row as JSON, for the documentation: columns with their meanings and units. */
import { z } from 'zod'
import type { Column, ReadModel } from '@ledgerline/projections/engine/model.ts'
import { columnsOf } from '../../queries/filters.ts'

const schemas = new WeakMap<ReadModel, z.ZodObject>()

/** The schema of a model's rows; always the same object, because the document names it once. */
export function rowSchema(model: ReadModel): z.ZodObject {
  const known = schemas.get(model)
  if (known) return known
  const shape: Record<string, z.ZodType> = {}
  for (const [name, column] of Object.entries(columnsOf(model))) shape[name] = columnSchema(column)
  const id = model.name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
  const schema = z.object(shape).meta({ id, description: model.about })
  schemas.set(model, schema)
  return schema
}

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
