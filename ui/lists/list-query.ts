/**
 * A list that is read a page at a time: what it can be filtered by, declared once. From that come the filters in an
 * address, what is wrong with them, and what the server is asked. A phone number is never in the address: addresses end
 * up in histories and logs, so a search by number goes in the body of a request and nowhere else. Pure.
 */
import { rangeFaults, unknownNames, type FilterFault } from '../http/filter-faults.ts'
import { askedWhere, namesOf, whereFrom, type ListCondition, type Where } from './conditions.ts'
import { spanOf, type Range } from './time-range.ts'

/** What is sent to the server, by parameter. */
export type Values = Readonly<Record<string, string | readonly string[]>>

/** A filter with several values. */
export interface Choice {
  column: string
  /** Every value there is. Absent: the server knows them, since there were others in the past. */
  known?: readonly string[]
  /** What is asked when nothing is chosen. Absent: everything is shown. */
  otherwise?: readonly string[]
}

export interface ListOf {
  /** The read model whose rows are listed. */
  model: string
  /** Its instant by which spans are cut; the newest rows come first. */
  time: string
  /** The order that is shown at first, if not the newest first: a column, with a hyphen for the greatest first. */
  sort?: string
  spans: readonly Range[]
  /** By their names in the address. */
  choices: Readonly<Record<string, Choice>>
  /** Durations between two bounds in seconds, by the names of the bounds in the address. */
  lengths?: readonly { column: string; least: string; most: string }[]
  /** Numbers that are searched by a part. */
  numbers?: readonly string[]
  /** Numbers are found whole or by their last four digits, both by an index: for lists of millions. */
  whole?: boolean
  /** Conditions on single columns. */
  conditions?: readonly ListCondition[]
  /** What is asked whatever the filters say. */
  always?: Values
}

export interface ListFilter {
  range: Range
  /** Wall-clock times of the tenant, `YYYY-MM-DDTHH:MM`, where the range is custom. */
  from: string
  to: string
  chosen: Readonly<Record<string, readonly string[]>>
  /** Bounds of durations, seconds, by name; without those that are not set. */
  seconds: Readonly<Record<string, string>>
  where: Where
}

/** A part of a number, and the column in which it is sought. */
export interface NumberSought {
  column: string
  part: string
}

/** A page of a list. */
export interface PageOf {
  /** A column, with a hyphen for the greatest first. */
  sort: string
  cursor: string | null
}

export interface Asked {
  path: string
  /** In the body rather than in the address. */
  search: boolean
  values: Values
}

const PAGE_ROWS = 50
/** By so many digits at its end a number is found. */
const DIGITS_OF_TAIL = 4

const bounds = ({ lengths = [] }: ListOf): string[] => lengths.flatMap(({ least, most }) => [least, most])

/** The filter in an address; values that make no sense are ignored. */
export function filterFrom(list: ListOf, params: URLSearchParams): ListFilter {
  const range = params.get('range') ?? ''
  const chosen = Object.entries(list.choices).map(([name, { known }]) => {
    const values = (params.get(name) ?? '').split(',').filter((value) => value !== '')
    return [name, known ? values.filter((value) => known.includes(value)) : values]
  })
  const seconds = bounds(list).flatMap((name) => {
    const text = params.get(name) ?? ''
    return /^\d{1,6}$/.test(text) ? [[name, text]] : []
  })
  return {
    range: (list.spans as readonly string[]).includes(range)
      ? (range as Range)
      : params.has('from') || params.has('to')
        ? 'custom'
        : 'any',
    from: params.get('from') ?? '',
    to: params.get('to') ?? '',
    chosen: Object.fromEntries(chosen) as Record<string, string[]>,
    seconds: Object.fromEntries(seconds) as Record<string, string>,
    where: whereFrom(list.conditions ?? [], params),
  }
}

/** Invalid filters in an address. */
export function listFaults(list: ListOf, params: URLSearchParams): FilterFault[] {
  return [
    ...unknownNames(params, 'range', list.spans),
    ...Object.entries(list.choices).flatMap(([name, { known }]) => (known ? unknownNames(params, name, known) : [])),
    ...rangeFaults(params, true),
  ]
}

export function isFiltered({ range, chosen, seconds, where }: ListFilter, { part }: NumberSought): boolean {
  return (
    range !== 'any' ||
    part !== '' ||
    Object.keys(seconds).length > 0 ||
    Object.keys(where).length > 0 ||
    Object.values(chosen).some((values) => values.length > 0)
  )
}

/** Changes to an address that remove every filter. */
export function cleared(list: ListOf): Record<string, null> {
  return Object.fromEntries(
    [
      ...['range', 'from', 'to', ...Object.keys(list.choices), ...bounds(list)],
      ...(list.conditions ?? []).flatMap(namesOf),
    ].map((name) => [name, null]),
  )
}

/** What the server is asked: query parameters, or the body of a search when a number is among them. */
export function askedOf(
  list: ListOf,
  filter: ListFilter,
  number: NumberSought,
  page: PageOf,
  zone: string,
  now: number,
): Asked {
  const values: Record<string, string | readonly string[]> = {
    ...list.always,
    limit: String(PAGE_ROWS),
    count: 'true',
    sort: page.sort,
  }
  if (page.cursor !== null) values['cursor'] = page.cursor
  const span = spanOf(filter, zone, now)
  if (span.from !== null) values[`${list.time}.from`] = String(span.from)
  if (span.to !== null) values[`${list.time}.to`] = String(span.to)
  for (const [name, { column, otherwise = [] }] of Object.entries(list.choices)) {
    const chosen = filter.chosen[name] ?? []
    const wanted = chosen.length > 0 ? chosen : otherwise
    if (wanted.length > 0) values[column] = wanted
  }
  for (const { column, least, most } of list.lengths ?? []) {
    const [from, to] = [filter.seconds[least], filter.seconds[most]]
    if (from !== undefined) values[`${column}.from`] = String(Number(from) * 1000)
    // What a clock shows as 10 seconds is shorter than 11.
    if (to !== undefined) values[`${column}.to`] = String(Number(to) * 1000 + 1000)
  }
  Object.assign(values, askedWhere(list.conditions ?? [], filter.where, zone, now))
  const path = `/api/v1/${list.model}`
  const part = cleanNumber(number.part)
  if (part === '') return { path, search: false, values }
  const sought = !list.whole
    ? { [`${number.column}.part`]: part }
    : { [part.length === DIGITS_OF_TAIL ? `${number.column}Tail` : number.column]: [part] }
  return { path: `${path}/search`, search: true, values: { ...values, ...sought } }
}

/** Digits, and what stands for hidden ones: people paste numbers with blanks and hyphens. */
export function cleanNumber(text: string): string {
  return text.replace(/[^\d+*]/g, '')
}
