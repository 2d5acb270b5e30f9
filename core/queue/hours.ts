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
  const today = weekday(local)
  const yesterday = today === 1 ? 7 : today - 1
  return hours.some(
    (stretch) =>
      (stretch.days.includes(today) && covers(stretch, local)) ||
      (stretch.days.includes(yesterday) && coversNextDay(stretch, local)),
  )
}

/** Is this time of day within a stretch that begins on the same day? @param local wall-clock time, ms */
export function covers({ from, to }: Pick<OpenHours, 'from' | 'to'>, local: number): boolean {
  const [begins, ends] = [millisecondsOf(from), millisecondsOf(to)]
  const time = timeOfDay(local)
  return begins < ends ? time >= begins && time < ends : time >= begins
}

/** Is this time of day within a stretch that began the day before and extends past midnight? */
export function coversNextDay({ from, to }: Pick<OpenHours, 'from' | 'to'>, local: number): boolean {
  return millisecondsOf(from) >= millisecondsOf(to) && timeOfDay(local) < millisecondsOf(to)
}

/** 1 Monday … 7 Sunday (ISO 8601); 1 January 1970 was a Thursday. */
export function weekday(local: number): number {
  return ((Math.floor(local / DAY_MS) + 3) % 7) + 1
}

function timeOfDay(local: number): number {
  return local - Math.floor(local / DAY_MS) * DAY_MS
}

function millisecondsOf(clock: string): number {
  const [hour, minute] = clock.split(':')
  return (Number(hour) * 60 + Number(minute)) * 60_000
}
