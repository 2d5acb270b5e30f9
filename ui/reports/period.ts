/**
 * The days of a report: presets (today, this week, last month) or chosen days, in the
 * tenant's time zone. A preset stays a preset in the address: a link to "yesterday" shows yesterday, whenever it is opened.
 */
import { isDay } from '@ledgerline/core/kernel/calendar.ts'
import { dayOf } from '@ledgerline/core/kernel/time.ts'

export const presets = ['today', 'yesterday', 'week', 'last7', 'month', 'lastMonth'] as const
export type Preset = (typeof presets)[number]
export type PeriodName = Preset | 'custom'

/** Days `YYYY-MM-DD`, both included. */
export interface Days {
  from: string
  to: string
}

const DAY_MS = 86_400_000

/** The day `count` days after (before, where negative) a day. */
export function dayAfter(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10)
}

/** @param weekStart first day of the week: 0 is Sunday, 1 Monday */
export function daysOfPreset(preset: Preset, today: string, weekStart: 0 | 1 = 1): Days {
  const month = `${today.slice(0, 7)}-01`
  switch (preset) {
    case 'today':
      return { from: today, to: today }
    case 'yesterday':
      return { from: dayAfter(today, -1), to: dayAfter(today, -1) }
    case 'week':
      return { from: dayAfter(today, -((new Date(`${today}T00:00:00Z`).getUTCDay() - weekStart + 7) % 7)), to: today }
    case 'last7':
      return { from: dayAfter(today, -6), to: today }
    case 'month':
      return { from: month, to: today }
    case 'lastMonth':
      return { from: `${dayAfter(month, -1).slice(0, 7)}-01`, to: dayAfter(month, -1) }
  }
}

/** The days in an address; senseless values mean today. Days in the wrong order are swapped. */
export function daysFrom(
  params: URLSearchParams,
  zone: string,
  now: number,
  weekStart: 0 | 1 = 1,
): { name: PeriodName; days: Days } {
  const today = dayOf(now, zone)
  const named = presets.find((preset) => preset === params.get('period'))
  if (named) return { name: named, days: daysOfPreset(named, today, weekStart) }
  const [from, to] = [params.get('from') ?? '', params.get('to') ?? ''].map((text) => (isDay(text) ? text : null))
  if (from === null && to === null) return { name: 'today', days: { from: today, to: today } }
  const [first, last] = [from ?? to!, to ?? (from! > today ? from! : today)]
  return { name: 'custom', days: first <= last ? { from: first, to: last } : { from: last, to: first } }
}
