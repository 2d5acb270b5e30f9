/**
 * Finds invalid filters in an address: unknown names, days that do not exist, ranges that end before they start. A page with
 * such a filter says so and shows no figures, because people would believe an empty board. Pure.
 */
import { readDay, readInstant } from '@ledgerline/core/kernel/calendar.ts'
import type { Words } from '@ledgerline/core/kernel/words.ts'

/** An invalid value in the address: the parameter, and why, in both languages. */
export interface FilterFault extends Words {
  name: string
  value: string
}

/** At most this many valid values are listed. */
const MOST_TOLD = 12

/** The values of a parameter that are not among the known ones. */
export function unknownNames(params: URLSearchParams, name: string, known: Iterable<string>): FilterFault[] {
  const there = new Set(known)
  const told = [...there].slice(0, MOST_TOLD)
  return listOf(params, name)
    .filter((value) => !there.has(value))
    .map((value) => ({
      name,
      value,
      en:
        there.size === 0
          ? `there is no ${value}`
          : `there is no ${value}; there are ${told.join(', ')}${there.size > told.length ? ' …' : ''}`,
      zh:
        there.size === 0
          ? `没有 ${value}`
          : `没有 ${value}，现有 ${told.join('、')}${there.size > told.length ? ' 等' : ''}`,
    }))
}

function listOf(params: URLSearchParams, name: string): string[] {
  return (params.get(name) ?? '').split(',').filter((value) => value !== '')
}

/** The pair `from` and `to`: days, or minutes of days (`YYYY-MM-DDTHH:MM`, on the tenant's clock). */
export function rangeFaults(params: URLSearchParams, withMinutes = false): FilterFault[] {
  const faults = ['from', 'to'].flatMap((name) => momentFaults(params, name, withMinutes))
  const [from, to] = [params.get('from') ?? '', params.get('to') ?? '']
  if (faults.length === 0 && from !== '' && to !== '' && to < from) {
    const [first, last] = [from, to].map((text) => text.replace('T', ' '))
    faults.push({ name: 'to', value: to, en: `${last} lies before ${first}`, zh: `${last} 早于 ${first}` })
  }
  return faults
}

function momentFaults(params: URLSearchParams, name: string, withMinutes: boolean): FilterFault[] {
  const value = params.get(name) ?? ''
  if (value === '') return []
  const [, day = value, clock = ''] = withMinutes ? (/^(\d{4}-\d\d-\d\d)(T.*)?$/.exec(value) ?? []) : []
  const read = readDay(day)
  if ('fault' in read) return [{ name, value, ...read.fault }]
  if (clock === '' || /^T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(clock)) return []
  return [{ name, value, en: `${clock.slice(1)} is no time of the day`, zh: `${clock.slice(1)} 不是一天中的时刻` }]
}

/** A moment in UTC, of a link to the past. */
export function instantFaults(params: URLSearchParams, name: string): FilterFault[] {
  const value = params.get(name) ?? ''
  const read = value === '' ? null : readInstant(value)
  return read && 'fault' in read ? [{ name, value, ...read.fault }] : []
}
