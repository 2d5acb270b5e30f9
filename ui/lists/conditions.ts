/**
 * Conditions on single columns, several at once, all of which must hold: a text that a column contains or is, a number or
 * a day between two. They are in the address, so that a list with its filters is a link. Pure.
 */
import { isInCalendar } from '@ledgerline/core/kernel/calendar.ts'
import { dayOf, fromLocalInput } from '../language/format.ts'
import { ranges, spanOf, type Range } from './time-range.ts'

export interface ListCondition {
  column: string
  kind: 'text' | 'integer' | 'day'
  /** Of a text: the shortest part that is searched for, characters; absent: it is found whole alone. */
  part?: number
}

/** What is set, by its name in the address. */
export type Where = Readonly<Record<string, string>>

/** The spans of days that are offered. */
export const daySpans = ranges.filter((range) => range !== 'any' && range !== 'hour')

const name = (what: 'like' | 'is' | 'from' | 'to' | 'span', column: string): string => `${what}.${column}`
export const whereName = name

/** Names in the address that a condition may have. */
export function namesOf({ column, kind, part }: ListCondition): string[] {
  if (kind === 'text') return [...(part === undefined ? [] : [name('like', column)]), name('is', column)]
  return [...(kind === 'day' ? [name('span', column)] : []), name('from', column), name('to', column)]
}

const DAY_MS = 86_400_000
const nextDay = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10)

function makesSense({ kind, part }: ListCondition, what: string, value: string): boolean {
  if (what === 'like') return [...value.trim()].length >= (part ?? 1) && value.length <= 100
  if (what === 'is') return value.length <= 200
  if (what === 'span') return (daySpans as readonly string[]).includes(value)
  return kind === 'integer' ? /^-?\d{1,9}$/.test(value) : isInCalendar(value)
}

/** The conditions in an address; values that make no sense are ignored. */
export function whereFrom(conditions: readonly ListCondition[], params: URLSearchParams): Where {
  const found = conditions.flatMap((condition) =>
    namesOf(condition).flatMap((key) => {
      const value = params.get(key) ?? ''
      return value !== '' && makesSense(condition, key.slice(0, key.indexOf('.')), value) ? [[key, value]] : []
    }),
  )
  return Object.fromEntries(found) as Where
}

/** What the server is asked. */
export function askedWhere(
  conditions: readonly ListCondition[],
  where: Where,
  zone: string,
  now: number,
): Record<string, string> {
  const values: Record<string, string> = {}
  for (const { column, kind } of conditions) {
    const set = (what: Parameters<typeof name>[0]) => where[name(what, column)]
    if (kind === 'text') {
      if (set('like') !== undefined) values[`${column}.part`] = set('like')!.trim()
      const is = set('is')?.trim()
      // In an address a comma stands between values: a text with one is sought as a part.
      if (is !== undefined) values[is.includes(',') ? `${column}.part` : column] = is
      continue
    }
    const [from, to] =
      kind === 'day' ? daysOf(set('span'), set('from'), set('to'), zone, now) : [set('from'), set('to')]
    if (from !== undefined) values[`${column}.from`] = from
    // People name the last one; the server the first that is not.
    if (to !== undefined) values[`${column}.to`] = kind === 'day' ? nextDay(to) : String(Number(to) + 1)
  }
  return values
}

/** The first and the last day of a span. */
function daysOf(
  span: string | undefined,
  from: string | undefined,
  to: string | undefined,
  zone: string,
  now: number,
): [string | undefined, string | undefined] {
  if (span === undefined || span === 'custom') return [from, to]
  const instants = spanOf({ range: span as Range, from: '', to: '' }, zone, now)
  const end = instants.to ?? fromLocalInput(zone, nextDay(dayOf(zone, now)))!
  return [dayOf(zone, instants.from!), dayOf(zone, end - 1)]
}
