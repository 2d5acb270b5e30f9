/**
 * What a request may contain: a schema for each kind of value, as wide as the column it is compared with and no wider,
 * so that PostgreSQL accepts whatever passes here. Texts in queries and bodies are all checked for what no column and
 * no event can hold ({@link textFault}).
 */
import { z } from 'zod'
import {
  isInCalendar,
  readDay,
  readInstant,
  withinReach,
  type Fault,
  type Read,
} from '@ledgerline/core/kernel/calendar.ts'
import { EARLIEST, LATEST } from '@ledgerline/projections/engine/binary.ts'
import type { Column } from '@ledgerline/projections/engine/model.ts'

/** Whole numbers that an `integer` holds; for a `bigint`, those that JavaScript can count exactly. */
const INT32 = 2 ** 31 - 1
const bounds: Partial<Record<Column<unknown>['sql'], readonly [least: number, most: number]>> = {
  integer: [-INT32 - 1, INT32],
  bigint: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  'bigint[]': [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
}

/** Longest text a column is compared with. */
const MOST_LETTERS = 200

/** A refusal that brings its own Chinese. */
export function refused(context: z.RefinementCtx, { en, zh }: Fault): never {
  context.addIssue({ code: 'custom', message: en, params: { zh } })
  return z.NEVER
}

function reading<T>(read: (text: string) => Read<T>) {
  return (text: string, context: z.RefinementCtx): T => {
    const found = read(text)
    return 'value' in found ? found.value : refused(context, found.fault)
  }
}

/** A day of the tenant's. */
export function dayInput(about = '') {
  return z
    .string()
    .max(40)
    .transform(reading(readDay))
    .meta({ description: about, format: 'date', examples: ['2026-02-01'] })
}

/** An instant: UTC milliseconds, or ISO 8601 with its offset. */
export function instantInput(about = '') {
  return z
    .string()
    .max(40)
    .transform(reading(readInstant))
    .meta({ description: about, format: 'instant', examples: ['2026-02-01T08:00:00Z', '1769932800000'] })
}

function wholeOf(sql: Column<unknown>['sql']) {
  const [least, most] = bounds[sql]!
  return (text: string): Read<number> => {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (Number.isNaN(value)) return { fault: { en: 'a whole number is expected', zh: '应为整数' } }
    return value >= least && value <= most
      ? { value }
      : { fault: { en: `whole numbers go from ${least} to ${most}`, zh: `整数应在 ${least} 至 ${most} 之间` } }
  }
}

function toNumber(text: string): Read<number> {
  const value = /^[+-]?\d{1,30}(\.\d{0,30})?(e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? { value } : { fault: { en: 'a number is expected', zh: '应为数字' } }
}

/** How values are written: in an address everything is text; in a body numbers are numbers, or the same text. */
export type Form = 'address' | 'body'

/** One of a few words: any other is a mistake, and would silently find nothing. */
function wordInput(words: readonly string[]) {
  const read = (text: string): Read<string> =>
    words.includes(text)
      ? { value: text }
      : {
          fault: {
            en: `there is no ${quoted(text)}; there are ${words.join(', ')}`,
            zh: `没有 ${quoted(text)}，可选：${words.join('、')}`,
          },
        }
  return z
    .string()
    .transform(reading(read))
    .meta({ enum: [...words] })
}

/** A text quoted back to the sender: shortened, and in quotes if it is empty. */
export const quoted = (text: string): string => (text === '' ? '""' : text.slice(0, 60))

/**
 * A value of a column, as a request writes it; for lists, that of one element. @throws Error for a column that nobody
 * asks for by value
 */
export function columnInput(sql: Column<unknown>['sql'], form: Form, words?: readonly string[]): z.ZodType {
  if (words) return wordInput(words)
  const either = (inBody: z.ZodType, inAddress: z.ZodType) =>
    form === 'body' ? z.union([inBody, inAddress]) : inAddress
  switch (sql) {
    case 'text':
    case 'text[]':
      return z.string().max(MOST_LETTERS)
    case 'boolean':
      return either(
        z.boolean(),
        z.enum(['true', 'false']).transform((text) => text === 'true'),
      )
    case 'integer':
    case 'bigint':
    case 'bigint[]': {
      const [least, most] = bounds[sql]!
      return either(
        z.number().int().min(least).max(most),
        z
          .string()
          .max(20)
          .transform(reading(wholeOf(sql))),
      )
    }
    case 'double precision':
      return either(z.number(), z.string().max(40).transform(reading(toNumber)))
    case 'date':
      return dayInput()
    case 'timestamptz':
      return either(
        z
          .number()
          .int()
          .transform((at, context) => reading(() => withinReach(at))('', context)),
        instantInput(),
      )
    case 'jsonb':
      throw new Error('nobody asks for JSON by value')
  }
}

/** Could that column of one of our rows hold this value (for cursors, which carry the values of rows)? */
export function fitsColumn({ sql, nullable }: Column<unknown>, value: unknown): boolean {
  if (value === null) return nullable
  switch (sql) {
    case 'integer':
    case 'bigint': {
      const [least, most] = bounds[sql]!
      return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
    }
    case 'double precision':
      return typeof value === 'number'
    case 'boolean':
      return typeof value === 'boolean'
    case 'timestamptz':
      return Number.isInteger(value) && (value as number) >= EARLIEST && (value as number) <= LATEST
    case 'date':
      return typeof value === 'string' && isInCalendar(value)
    default:
      return typeof value === 'string' && textFault(value) === null
  }
}

/**
 * What no text of ours may contain: PostgreSQL has no NUL, UTF-8 no half of a pair, and `__proto__` is never a name.
 */
function textFault(text: string): Fault | null {
  if (text.includes('\0')) return { en: 'a text has no NUL character', zh: '文本中不能有空字符（NUL）' }
  if (!text.isWellFormed())
    return { en: 'half of a surrogate pair is no character', zh: '文本中有不完整的字符（孤立代理项）' }
  return text === '__proto__' ? { en: '__proto__ is not a name', zh: '__proto__ 不是有效的名称' } : null
}

/** The first text in a value, field names included, that nothing can hold; where it is, and what is wrong with it. */
export function firstTextFault(
  value: unknown,
  path: readonly string[] = [],
): { path: readonly string[]; fault: Fault } | null {
  if (typeof value === 'string') {
    const fault = textFault(value)
    return fault && { path, fault }
  }
  if (typeof value !== 'object' || value === null) return null
  for (const [name, inner] of Object.entries(value)) {
    const fault = textFault(name)
    if (fault) return { path: [...path, shown(name)], fault }
    const found = firstTextFault(inner, [...path, name])
    if (found) return found
  }
  return null
}

/** A name quoted back to the sender, without unprintable characters. */
const shown = (name: string): string => name.replaceAll('\0', '').toWellFormed().slice(0, 100)
