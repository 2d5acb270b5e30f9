/**
 * Years without holidays. A calendar that knows the holidays of a year says nothing of the next: from its first day on,
 * every day would count as a working day. So a year that has begun, or begins soon, and has no special day is told.
 */
import { hint, type Remark } from '../kernel/remark.ts'
import { dayOf } from '../kernel/time.ts'
import type { CalendarSettings } from '../network/settings.ts'

/** The state publishes the holidays of a year in November of the one before. */
const NEXT_YEAR_FROM_MONTH = 11

/** @param at UTC ms */
export function* holidayRemarks(calendars: readonly CalendarSettings[], at: number, zone: string): Generator<Remark> {
  const today = dayOf(at, zone)
  const year = Number(today.slice(0, 4))
  const years = Number(today.slice(5, 7)) >= NEXT_YEAR_FROM_MONTH ? [year, year + 1] : [year]
  for (const [index, { code, hours, days }] of calendars.entries()) {
    // What is always open knows no working days.
    if (hours.length === 0) continue
    for (const one of years)
      if (!days.some(({ date }) => date.startsWith(`${one}-`)))
        yield hint('network.holidays_missing', { calendar: code, year: one }, `network.calendars.${index}.days`)
  }
}
