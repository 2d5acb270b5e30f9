/**
 * A day of the tenant's as a scale: where it begins and ends (days of 23 and 25 hours exist), its marks, and how a moment
 * is written in an address. Pure.
 */
import { readInstant } from '@ledgerline/core/kernel/calendar.ts'
import { nextDay, startOfDay } from '@ledgerline/core/kernel/time.ts'
import { dayOf } from '../language/format.ts'

const HOUR = 3_600_000

export interface Span {
  from: number
  until: number
}

/** The day, `YYYY-MM-DD`, in a zone. */
export function spanOfDay(day: string, zone: string): Span {
  return { from: startOfDay(day, zone), until: startOfDay(nextDay(day), zone) }
}

/** The day that a moment is in. */
export function daySpanAt(at: number, zone: string): Span {
  return spanOfDay(dayOf(zone, at), zone)
}

const STEPS = [
  1_000,
  5_000,
  10_000,
  30_000,
  60_000,
  2 * 60_000,
  5 * 60_000,
  10 * 60_000,
  15 * 60_000,
  30 * 60_000,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
]

/** Round times of the day within a span, at most `most` of them, counted from the beginning of the day. */
export function marksIn(span: Span, dayFrom: number, most: number): number[] {
  const step = STEPS.find((candidate) => (span.until - span.from) / candidate <= most) ?? STEPS.at(-1)!
  const first = dayFrom + Math.ceil((span.from - dayFrom) / step) * step
  const marks: number[] = []
  for (let at = first; at <= span.until; at += step) marks.push(at)
  return marks
}

/** A moment of an address: UTC ms, or ISO 8601 with an offset; null when it is neither. */
export function momentFrom(text: string | null): number | null {
  if (text === null) return null
  const read = readInstant(text)
  return 'value' in read ? read.value : null
}

/** As written in an address: readable, and the same instant in every zone. */
export function momentText(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}

/** A span zoomed by a factor around a moment, within bounds; never shorter than a minute. */
export function zoom({ from, until }: Span, around: number, factor: number, bounds: Span): Span {
  const length = Math.min(bounds.until - bounds.from, Math.max(60_000, (until - from) * factor))
  const share = (around - from) / (until - from)
  const start = Math.min(bounds.until - length, Math.max(bounds.from, around - share * length))
  return { from: start, until: start + length }
}
