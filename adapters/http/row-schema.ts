/** A model's row as JSON, for the documentation: columns with their meanings and units. */
import { z } from 'zod'
import type { Column, ReadModel } from '@ledgerline/projections/engine/model.ts'
import { columnsOf } from './filters.ts'

export function rowSchema(model: ReadModel) {
  const shape: Record<string, z.ZodType> = {}
  for (const [name, column] of Object.entries(columnsOf(model))) shape[name] = columnSchema(column)
  const id = model.name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
  return z.object(shape).meta({ id, description: model.about })
}

function columnSchema(column: Column<unknown>): z.ZodType {
  const about = column.personal ? `${column.about} (masked unless permitted)` : column.about
  const plain = plainSchema(column)
  return (column.nullable ? plain.nullable() : plain).meta({ description: column.sql === 'timestamptz' ? `${about} (UTC ms)` : about })
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
