/**
 * Masking: numbers, customers and names leave the server as `138****2225` unless the viewer may see
 * them (promise 7). Every answer and every live row passes through here.
 */
import { sql, type RawBuilder } from 'kysely'
import type { PersonalPath } from '@ledgerline/core/kernel/event.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import type { Permission, Session } from '@ledgerline/core/access/session.ts'

/**
 * The beginning and the end of a value, the middle as four stars however long it is; the shorter the value, the less is
 * shown. `138****2225`, `1****89`, `张**`.
 */
export function masked(value: string): string {
  const letters = [...value]
  const { length } = letters
  if (!/\d{3}/.test(value)) return length === 0 ? '' : `${letters[0]}**`
  const [head, tail] =
    length >= 11 ? [length - 8 > 6 ? 6 : length - 8, 4] : length >= 8 ? [3, 2] : length >= 5 ? [1, 2] : [0, 0]
  return `${letters.slice(0, head).join('')}****${tail === 0 ? '' : letters.slice(-tail).join('')}`
}

/** A column that is masked, unless another column has a value. */
export interface Mask {
  column: string
  plainWhere: readonly [column: string, value: string] | null
}

/** The personal columns of a model that this viewer sees masked. */
export function maskedColumns(model: ReadModel, session: Session): readonly Mask[] {
  if (session.permissions.has(permissionFor(model))) return []
  const columns = { ...model.key, ...model.columns }
  return personalColumns(model).map((column) => ({ column, plainWhere: columns[column]?.plainWhere ?? null }))
}

export function personalColumns(model: ReadModel): readonly string[] {
  return Object.entries({ ...model.key, ...model.columns }).flatMap(([name, column]) => (column.personal ? [name] : []))
}

/** In a row about an agent, or about what users did, the personal column is about staff; anywhere else it is a customer's. */
function permissionFor(model: ReadModel): Permission {
  return 'agentId' in model.key || model.name === 'audit' ? 'staff.see' : 'numbers.see'
}

/** The row with these columns masked; the same object if there are none. */
export function maskRow<R extends Readonly<Record<string, unknown>>>(row: R, masks: readonly Mask[]): R {
  if (masks.length === 0) return row
  const copy: Record<string, unknown> = { ...row }
  for (const { column, plainWhere } of masks) {
    const value = copy[column]
    if (plainWhere && row[plainWhere[0]] === plainWhere[1]) continue
    if (typeof value === 'string') copy[column] = masked(value)
  }
  return copy as R
}

/** What such viewers see of a column of numbers, in SQL: they can search for what they see, and find out no more by it. */
export function maskedSql(column: RawBuilder<unknown>): RawBuilder<string> {
  return sql<string>`case
    when ${column} is null then null
    when length(${column}) >= 11
      then left(${column}, least(6, length(${column}) - 8)) || '****' || right(${column}, 4)
    when length(${column}) >= 8 then left(${column}, 3) || '****' || right(${column}, 2)
    when length(${column}) >= 5 then left(${column}, 1) || '****' || right(${column}, 2) else '****' end`
}

/** An event's data with its personal fields masked. Changes `data`, which must belong to the caller alone. */
export function maskPaths(data: unknown, paths: readonly PersonalPath[]): void {
  for (const { steps } of paths) maskPath(data, steps)
}

function maskPath(data: unknown, steps: readonly string[]): void {
  const [step, ...rest] = steps
  if (step === undefined || typeof data !== 'object' || data === null) return
  if (step === '*') {
    for (const item of data as unknown[]) maskPath(item, rest)
    return
  }
  const holder = data as Record<string, unknown>
  const value = holder[step]
  if (rest.length > 0) maskPath(value, rest)
  else if (typeof value === 'string') holder[step] = masked(value)
}
