/**
 * How a report's values are written, ordered and given room. Durations are clock times to the second (or seconds, where the
 * column's manual counts in them), shares are per cents; the unit is apart, to stand small and grey beside the figure.
 */
import type {
  ReportColumn,
  ReportPeriod,
  ReportRow,
  ReportValue,
  Unit,
} from '@ledgerline/projections/reports/report.ts'
import {
  dayOf,
  formatCount,
  formatDay,
  formatExactDuration,
  formatMinute,
  formatShare,
  fromLocalInput,
  inLanguage,
  type LanguageCode,
} from '../language/format.ts'
import { textWidth } from '../charts/scale.ts'
import type { Order } from './report-query.ts'

export interface Cell {
  text: string
  unit: string
  /** Nothing or zero: drawn pale, so that other figures stand out. */
  pale: boolean
}

export interface Writing {
  language: LanguageCode
  zone: string
  /** A range of one day: its periods need no date. */
  oneDay: boolean
  /** Where periods end. */
  ends?: ReadonlyMap<string | number, number>
  /** Names of agents by number, for reports that have numbers only. */
  names?: ReadonlyMap<string, string>
}

const moments: ReadonlySet<Unit> = new Set(['instant', 'day', 'week', 'month'])

/** Figures stand right, words and moments left. */
export function isFigure(column: ReportColumn): boolean {
  return column.unit !== 'text' && !moments.has(column.unit) && column.words === undefined
}

export function write(column: ReportColumn, value: ReportValue, writing: Writing): Cell {
  const { language } = writing
  if (value === null)
    return {
      text: column.dimension ? '' : column.shown.nothing,
      unit: column.shown.nothing === '0' && column.unit === 'ratio' ? '%' : '',
      pale: true,
    }
  const word = column.words?.[String(value)]
  if (word) return { text: inLanguage(language, word), unit: '', pale: false }
  if (typeof value === 'string')
    return {
      text: moments.has(column.unit) ? momentInWords(column.unit, value, writing) : value,
      unit: '',
      pale: false,
    }
  switch (column.unit) {
    case 'ms':
      return column.shown.as === 'seconds'
        ? {
            text: inDigits(language, value / 1000, column.shown.digits),
            unit: inLanguage(language, { en: 's', zh: '秒' }),
            pale: value === 0,
          }
        : { text: formatExactDuration(Math.round(value / 1000) * 1000, language), unit: '', pale: value === 0 }
    case 'ratio':
      return { text: formatShare(language, value, column.shown.digits), unit: '%', pale: value === 0 }
    case 'money':
      return { text: inDigits(language, value / 10_000, column.shown.digits), unit: '', pale: value === 0 }
    case 'instant':
      return { text: stretch(value, writing), unit: '', pale: false }
    default:
      return { text: formatCount(language, value), unit: '', pale: value === 0 }
  }
}

/** The same in one text: for tooltips, tables of charts and screen readers. */
export function inText(column: ReportColumn, value: ReportValue, writing: Writing): string {
  const { text, unit } = write(column, value, writing)
  return unit === '%' ? `${text}%` : unit ? `${text} ${unit}` : text
}

const digits = new Map<string, Intl.NumberFormat>()
function inDigits(language: LanguageCode, n: number, count: number): string {
  const key = `${language} ${count}`
  let format = digits.get(key)
  if (!format)
    digits.set(
      key,
      (format = new Intl.NumberFormat(language, { minimumFractionDigits: count, maximumFractionDigits: count })),
    )
  return format.format(n)
}

/** 14:00–15:00, with the day in front where the range has several. */
function stretch(startsAt: number, { language, zone, oneDay, ends }: Writing): string {
  const until = ends?.get(startsAt)
  const clock = `${formatMinute(language, zone, startsAt)}${until === undefined ? '' : `–${midnightAs24(formatMinute(language, zone, until))}`}`
  return oneDay ? clock : `${formatDay(language, zone, startsAt)} ${clock}`
}

/** A period ends at 24:00, not at 00:00 of its own day. */
function midnightAs24(text: string): string {
  return text === '00:00' ? '24:00' : text
}

/** Days, weeks and months as they are called: the day with its weekday, the week by its days. */
function momentInWords(unit: Unit, value: string, { language, zone }: Writing): string {
  if (unit === 'month') return value
  const at = noon(value, zone)
  if (at === null) return value
  return unit === 'week'
    ? `${formatDay(language, zone, at)} – ${formatDay(language, zone, at + 6 * 86_400_000)}`
    : formatDay(language, zone, at)
}

/** Noon is always within its day, whatever the clock does at night. */
function noon(day: string, zone: string): number | null {
  return fromLocalInput(zone, `${day}T12:00`)
}

/** The label of a period on the axis, shorter than in the table. */
export function onAxis(unit: Unit, period: ReportPeriod, { language, zone, oneDay }: Writing): string {
  if (unit === 'month') return String(period.value).slice(0, 7)
  if (unit === 'instant')
    return oneDay
      ? formatMinute(language, zone, period.startsAt)
      : `${shortDay(zone, period.startsAt)} ${formatMinute(language, zone, period.startsAt)}`
  return shortDay(zone, noon(String(period.value), zone) ?? period.startsAt)
}

/** 02-03: the day without its year and weekday. */
function shortDay(zone: string, at: number): string {
  return dayOf(zone, at).slice(5)
}

/** Rows of a period have only its beginning; this finds its end. */
export function endsOf(periods: readonly ReportPeriod[]): ReadonlyMap<string | number, number> {
  return new Map(periods.map((period) => [period.value, period.endsAt]))
}

const words = new Map<LanguageCode, Intl.Collator>()
function collator(language: LanguageCode): Intl.Collator {
  let known = words.get(language)
  if (!known) words.set(language, (known = new Intl.Collator(language, { numeric: true })))
  return known
}

/** Rows in an order; equal rows keep theirs, and rows without a value come last either way. */
export function inOrder(rows: readonly ReportRow[], order: Order | null, language: LanguageCode): readonly ReportRow[] {
  if (order === null) return rows
  const { key, down } = order
  const { compare } = collator(language)
  const sign = down ? -1 : 1
  return [...rows].sort((a, b) => {
    const [x, y] = [a[key] ?? null, b[key] ?? null]
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : compare(String(x), String(y)))
  })
}

const PADDING = 24
const SORT_MARK = 16

/**
 * Widths of the columns, px, by what they have to hold: only rows in sight are drawn, so the table cannot measure itself, and it must not
 * move while it is scrolled. Of figures the greatest is the widest, of words the longest; heads may break into two lines.
 */
export function columnWidths(
  columns: readonly ReportColumn[],
  rows: readonly ReportRow[],
  totals: ReportRow,
  writing: Writing,
): number[] {
  return columns.map((column) => {
    const label = inLanguage(writing.language, column.label)
    const wide = (text: string) => textWidth(text)
    const head = Math.max(wide(label) * (wide(label) > 60 ? 0.58 : 1), ...label.split(' ').map(wide)) + SORT_MARK
    const widest = widestOf(column, rows)
    const cells = [widest, totals[column.key] ?? null].map((value) => textWidth(inText(column, value, writing), 14))
    return Math.ceil(Math.min(320, Math.max(head, ...cells, isFigure(column) ? 32 : 48)) + PADDING)
  })
}

function widestOf(column: ReportColumn, rows: readonly ReportRow[]): ReportValue {
  let widest: ReportValue = null
  let size = -1
  for (const row of rows) {
    const value = row[column.key] ?? null
    const own = value === null ? -1 : typeof value === 'number' ? Math.abs(value) : textWidth(value)
    if (own > size) {
      widest = value
      size = own
    }
  }
  return widest
}
