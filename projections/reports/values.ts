/** Values of reports as people read them. Pure and safe in a browser; language and zone are passed in. */
import type { Language } from '@ledgerline/core/kernel/words.ts'
import type { ReportColumn, ReportValue } from './report.ts'

/**
 * 11_792_000 → 3:16:32, 26 h 23 min → 26:23:00: hours continue past a day (unlike A11.3.3-format-defect). Rounded to
 * the second (A11.3-rounding).
 */
export function clockText(ms: number): string {
  const s = Math.round(ms / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
}

/** 0.5357 → 54%, with the requested decimals. Halves are rounded up, as people do. */
export function percentText(ratio: number, digits: number): string {
  return `${fixed(ratio * 100, digits)}%`
}

/** A number with this many decimals; halves are rounded up even if their binary form is just below. */
export function fixed(value: number, digits: number): string {
  return (Math.round(Number(`${value}e${digits}`) * (1 + Number.EPSILON)) / 10 ** digits).toFixed(digits)
}

/** 2026-02-01 09:15+08:00: with its offset, because an hour can come twice. */
export function instantText(at: number, zone: string): string {
  const parts: Record<string, string> = {}
  for (const { type, value } of formatOf(zone).formatToParts(at)) parts[type] = value
  const offset = parts['timeZoneName']!.replace('GMT', '') || '+00:00'
  return `${parts['year']}-${parts['month']}-${parts['day']} ${parts['hour']}:${parts['minute']}${offset}`
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      timeZoneName: 'longOffset',
    })
    formats.set(zone, format)
  }
  return format
}

/** A value as text, as its manual draws it. Null is left empty where the manual draws a dash. */
export function valueText(column: ReportColumn, value: ReportValue, language: Language, zone: string): string {
  const { shown, unit, words } = column
  if (value === null)
    return shown.nothing === '–'
      ? ''
      : shown.nothing === '0' && shown.as !== 'plain'
        ? valueText(column, 0, language, zone)
        : shown.nothing
  if (unit === 'instant') return instantText(Number(value), zone)
  if (typeof value === 'string') return words?.[value]?.[language] ?? value
  if (shown.as === 'clock') return clockText(value)
  if (shown.as === 'seconds') return fixed(value / 1000, shown.digits)
  if (shown.as === 'percent') return percentText(value, shown.digits)
  return unit === 'money' ? fixed(value / 10_000, shown.digits) : String(value)
}
