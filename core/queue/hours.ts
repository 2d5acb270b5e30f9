/** When a queue takes callers: stretches of the week in the tenant's zone. */
import { offsetAt } from '../kernel/time.ts'
import type { OpenHours } from './settings.ts'

const DAY_MS = 86_400_000

/**
 * Is it open at a moment? Without hours it always is. A stretch that ends before it begins extends into the next day.
 */
export function isOpen(hours: readonly OpenHours[], at: number, zone: string): boolean {
  if (hours.length === 0) return true
  const local = at + offsetAt(at, zone)
  const ofDay = local - Math.floor(local / DAY_MS) * DAY_MS
  const today = weekday(local)
  const yesterday = today === 1 ? 7 : today - 1
  return hours.some(({ days, from, to }) => {
    const [begins, ends] = [minutes(from) * 60_000, minutes(to) * 60_000]
    if (begins < ends) return days.includes(today) && ofDay >= begins && ofDay < ends
    return (days.includes(today) && ofDay >= begins) || (days.includes(yesterday) && ofDay < ends)
  })
}

/** 1 Monday … 7 Sunday (ISO 8601); 1 January 1970 was a Thursday. */
function weekday(local: number): number {
  return ((Math.floor(local / DAY_MS) + 3) % 7) + 1
}

function minutes(clock: string): number {
  const [hour, minute] = clock.split(':')
  return Number(hour) * 60 + Number(minute)
}
