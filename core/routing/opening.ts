/** When a calendar is open: hours of the week, and days that differ (catalogue A3.2.3.3-effective-time). */
import { offsetAt } from '../kernel/time.ts'
import type { CalendarSettings } from '../network/settings.ts'
import { covers, coversNextDay, weekday } from '../queue/hours.ts'

const DAY_MS = 86_400_000

/** Whether it is open, and the special day that decided it: null, if the hours of the week did. */
export interface Opening {
  open: boolean
  /** Its date, `YYYY-MM-DD`. */
  day: string | null
  /** Its name; empty: it has none. */
  name: string
}

/**
 * A special day replaces the hours of the week. Hours that extend past midnight belong to the day on which they began,
 * whatever the next one is.
 */
export function openingAt(
  { hours, days }: Pick<CalendarSettings, 'hours' | 'days'>,
  at: number,
  zone: string,
): Opening {
  const local = at + offsetAt(at, zone)
  const today = days.find(({ date }) => date === dateOf(local))
  const yesterday = days.find(({ date }) => date === dateOf(local - DAY_MS))
  const [day, dayBefore] = [weekday(local), weekday(local - DAY_MS)]
  const ofYesterday = yesterday?.open ?? hours.filter((stretch) => stretch.days.includes(dayBefore))
  const lateHours = ofYesterday.some((stretch) => coversNextDay(stretch, local))
  const ofToday = today?.open ?? hours.filter((stretch) => stretch.days.includes(day))
  const always = !today && hours.length === 0
  const open = always || ofToday.some((stretch) => covers(stretch, local)) || lateHours
  return { open, day: today?.date ?? null, name: today?.name ?? '' }
}

function dateOf(local: number): string {
  return new Date(local).toISOString().slice(0, 10)
}
