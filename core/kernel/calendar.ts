/**
 * The days and moments that may be asked for, parsed in one place for everything that accepts one: HTTP, the command,
 * the addresses of screens. They are bounded: no calls were made in other centuries, and calendars break at the ends of
 * time (tables have no year 0, and after 9999-12-31 comes `+010000-01-01`, which sorts before it as text).
 *
 * Pure and safe in a browser.
 */
import type { Words } from './words.ts'

/** First and last day, inclusive, in any zone. */
export const FIRST_DAY = '1900-01-01'
export const LAST_DAY = '2199-12-31'

const DAY_MS = 86_400_000
/** First and last moment, UTC ms: covers those days in every zone. */
export const FIRST_INSTANT = Date.UTC(1900, 0, 1) - DAY_MS
export const LAST_INSTANT = Date.UTC(2200, 0, 1) + DAY_MS - 1

/** Why a text is not a day or a moment, as a clause. */
export type Fault = Words

export type Read<T> = { value: T } | { fault: Fault }

const dayForm = /^(\d{4})-(\d\d)-(\d\d)$/

/** A day `YYYY-MM-DD` that exists in the calendar and is within range. */
export function readDay(text: string): Read<string> {
  if (!dayForm.test(text))
    return {
      fault: { en: 'a day is written YYYY-MM-DD, such as 2026-01-31', zh: '日期应写作 YYYY-MM-DD，例如 2026-01-31' },
    }
  if (!isInCalendar(text)) return { fault: { en: `the calendar has no day ${text}`, zh: `日历中没有 ${text} 这一天` } }
  if (text < FIRST_DAY || text > LAST_DAY)
    return {
      fault: { en: `days go from ${FIRST_DAY} to ${LAST_DAY}`, zh: `日期应在 ${FIRST_DAY} 至 ${LAST_DAY} 之间` },
    }
  return { value: text }
}

/** Is this a day that may be asked for? */
export function isDay(text: string): boolean {
  return 'value' in readDay(text)
}

const momentForm =
  /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)$/

/** A moment as UTC milliseconds, or as ISO 8601 with its offset; the value is UTC ms. */
export function readInstant(text: string): Read<number> {
  if (/^-?\d{1,16}$/.test(text)) return withinReach(Number(text))
  const [, day] = momentForm.exec(text) ?? []
  const example = '2026-02-01T08:00:00Z'
  if (day === undefined) {
    return {
      fault: {
        en: `an instant is UTC milliseconds or ISO 8601 with an offset, as ${example}`,
        zh: `时刻应为 UTC 毫秒数，或带时区的 ISO 8601，例如 ${example}`,
      },
    }
  }
  // The engine would take 31 February for 3 March.
  const itsDay = readDay(day)
  return 'fault' in itsDay
    ? itsDay
    : withinReach(Date.parse(text.replace(',', '.').replace(/([+-]\d\d)(\d\d)$/, '$1:$2')))
}

/** A moment within range; UTC ms. */
export function withinReach(at: number): Read<number> {
  if (at >= FIRST_INSTANT && at <= LAST_INSTANT) return { value: at }
  return {
    fault: { en: `moments go from ${FIRST_DAY} to ${LAST_DAY}`, zh: `时刻应在 ${FIRST_DAY} 至 ${LAST_DAY} 之间` },
  }
}

/** Is this `YYYY-MM-DD` a day of the calendar, within range or not (there is no year 0)? */
export function isInCalendar(text: string): boolean {
  const [, year, month, day] = (dayForm.exec(text) ?? []).map(Number) as [number, number, number, number]
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1)) return false
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return day <= (month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31)
}
