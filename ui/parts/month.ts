/** A month as a grid of days: weeks begin on Monday (ISO 8601), and keys move over it as in any calendar. Pure. */
import { stepped } from './date-text.ts'

const DAY_MS = 86_400_000
/** The same number in every month, so that nothing below moves. */
const WEEKS = 6

/** The weeks of a month `YYYY-MM`: days `YYYY-MM-DD`, null where a day belongs to another month. */
export function weeksOf(month: string): (string | null)[][] {
  const first = Date.parse(`${month}-01T00:00:00Z`)
  const before = (new Date(first).getUTCDay() + 6) % 7
  return Array.from({ length: WEEKS }, (_, week) =>
    Array.from({ length: 7 }, (_, day) => {
      const text = new Date(first + (week * 7 + day - before) * DAY_MS).toISOString().slice(0, 10)
      return text.startsWith(month) ? text : null
    }),
  )
}

/** The day that a key moves to; null for any other key. Arrows by days and weeks, Home and End within the week, Page Up and Down by months, with Shift by years. */
export function movedDay(day: string, key: string, shift: boolean): string | null {
  const ofWeek = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
  switch (key) {
    case 'ArrowLeft':
      return daysOn(day, -1)
    case 'ArrowRight':
      return daysOn(day, 1)
    case 'ArrowUp':
      return daysOn(day, -7)
    case 'ArrowDown':
      return daysOn(day, 7)
    case 'Home':
      return daysOn(day, -ofWeek)
    case 'End':
      return daysOn(day, 6 - ofWeek)
    case 'PageUp':
    case 'PageDown':
      // With the caret in the year or the month, the step that the field itself takes.
      return stepped(day, shift ? 0 : 5, key === 'PageUp' ? -1 : 1)
    default:
      return null
  }
}

function daysOn(day: string, count: number): string | null {
  let moved: string | null = day
  for (let step = 0; step < Math.abs(count) && moved !== null; step++) moved = stepped(moved, 10, count < 0 ? -1 : 1)
  return moved
}
