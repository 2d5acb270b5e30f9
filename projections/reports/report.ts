/**
 * A report, declared once, in words and in SQL. From the declaration come the query, its totals, JSON, CSV, XLSX, the
 * HTTP routes with their documentation, and the page `ops/docs/reports.md`.
 *
 * A report groups the rows of a {@link Source} by its dimensions and gives measures over each group. The totals are the
 * same measures over everything at once: ratios of sums, never means of ratios. A measure is null if there is nothing
 * to divide by; `shown` says how its manual draws that.
 *
 * Pure and safe in a browser: screens take the types from here.
 */
import type { Words } from '@ledgerline/core/kernel/words.ts'

/**
 * The unit of a value.
 * - `text` a string · `count` a whole number · `ms` milliseconds · `minutes` whole minutes
 * - `ratio` 0 to 1 (can be above 1 where the definition says so) · `money` ten-thousandths of the currency unit
 * - `instant` UTC ms · `day` `YYYY-MM-DD` · `week` its first day, `YYYY-MM-DD` · `month` `YYYY-MM`
 */
export type Unit = 'text' | 'count' | 'ms' | 'minutes' | 'ratio' | 'money' | 'instant' | 'day' | 'week' | 'month'

/** How the column's manual draws it. A screen with a better way may use its own. */
export interface Shown {
  /** `clock` 0:03:12 (hours go on past 24) · `seconds` 192.0 · `percent` 15.79 % · `plain` as it is */
  as: 'clock' | 'seconds' | 'percent' | 'plain'
  /** Decimal places, for seconds and per cents. */
  digits: number
  /** Shown for null. */
  nothing: '' | '0' | '–'
}

export interface ReportColumn {
  /** Name in answers, and of the column in SQL. */
  key: string
  /** The catalogue item that asks for it (`C6.0-col-rate`), or the house metric it is. */
  catalogue: string
  label: Words
  unit: Unit
  /** Definition and formula. */
  about: Words
  /** Rows are grouped by it; otherwise it is a measure. */
  dimension: boolean
  shown: Shown
  /** Words for values that are codes. A code without a word is shown as it is. */
  words?: Readonly<Record<string, Words>>
  /** Identifies an agent: masked unless the viewer may see names (`staff.see`). */
  personal?: true
}

/** Intervals into which a day, or a range of days, is divided, on the tenant’s clock. */
export const intervals = ['15min', '30min', 'hour', 'day', 'week', 'month'] as const
export type Interval = (typeof intervals)[number]

export interface ReportFilter {
  /** Name of the query parameter. */
  key: string
  label: Words
  about: Words
  /**
   * `days` the pair `from` and `to`, inclusive · `choice` one of `choices` · `codes` any of several · `ms` milliseconds
   */
  kind: 'days' | 'choice' | 'codes' | 'ms'
  /** For a choice. */
  choices?: readonly { value: string; label: Words }[]
  /** The value if none is given; for `days`: today. */
  default?: string
}

/** What is worth a chart: measures (y) over a dimension (x), one series for each value of another. */
export interface ReportChart {
  kind: 'bars' | 'lines'
  x: string
  y: readonly string[]
  series: string | null
  /** If the measures themselves form an axis (`x` is then not a column): the place of each, ms. */
  at?: readonly number[]
}

/** A report as listed: everything but its SQL. */
export interface ReportListed {
  id: string
  /** The catalogue items, or house metrics, that it answers. */
  catalogue: readonly string[]
  title: Words
  about: Words
  columns: readonly ReportColumn[]
  filters: readonly ReportFilter[]
  chart: ReportChart | null
  /** What its figures include that a reader might not expect: shown in full above the rows. */
  note?: Words
  /** Name of the totals row if it is not a total of calls. */
  totals?: Words
}

export type ReportValue = string | number | null
export type ReportRow = Readonly<Record<string, ReportValue>>

/** An interval of the range, for charts, including those in which nothing happened. */
export interface ReportPeriod {
  /** As it appears in the rows. */
  value: string | number
  /** UTC ms. */
  startsAt: number
  endsAt: number
}

/** The answer of a report. Column units are those of the requested interval. */
export interface ReportAnswer {
  id: string
  columns: readonly ReportColumn[]
  rows: readonly ReportRow[]
  /** The measures over all rows at once; dimensions are null. */
  totals: ReportRow
  /** Intervals of the range; empty if the report is not divided. */
  periods: readonly ReportPeriod[]
  /** The tenant’s zone, in which days are cut. */
  zone: string
  /** First and last day, inclusive. */
  from: string
  to: string
  /** What was open then counts up to here: the tenant’s clock, UTC ms. */
  now: number
  /** How current the data is. */
  asOf: { position: string | null; at: number | null; lagMs: number; behind: boolean }
}

/** A dimension or measure with its SQL over the columns of the source. */
export interface DeclaredColumn extends ReportColumn {
  sql: string
}

export interface DeclaredFilter extends ReportFilter {
  /** For `codes`: the column of the source that is compared. */
  sql?: string
  /**
   * For a choice: the condition that each value stands for; absent: the choice changes the source or a measure (see
   * {@link ReportContext}).
   */
  conditions?: Readonly<Record<string, string>>
}

/**
 * What a source or a measure may depend on: parameters as SQL, typed, each bound when first read (one that is read must
 * be used).
 */
export interface ReportContext {
  /** The tenant (text). */
  tenant: string
  /** The range, timestamptz: from (inclusive), to (exclusive). */
  from: string
  to: string
  /** What is open counts up to here: now or the end of the range, whichever comes first (timestamptz). */
  until: string
  /** Starts of all intervals of the range, and its end: timestamptz[]. */
  borders: string
  /** First and last day of the range, date, and the zone in which they are cut, text. */
  firstDay: string
  lastDay: string
  zone: string
  /** All intervals are whole days, so sums by day suffice. */
  wholeDays: boolean
  /** What was chosen for a filter. */
  chosen(filter: string): string
  /** Binds a value. */
  bind(value: unknown, type: string): string
}

/** Rows that a report is made of. */
export interface Source {
  /** `from` part: a relation named `r`. Every row has `tenant` and the moment `at` by which it is in the range. */
  sql(context: ReportContext): string
  /** The read models it is based on. */
  models: readonly string[]
}

export interface Report extends ReportListed {
  columns: readonly DeclaredColumn[]
  filters: readonly DeclaredFilter[]
  source: Source
  /** The intervals into which it is always divided; null: none, or as the filter `interval` says. */
  interval: Interval | null
  /** Keys of columns; a leading hyphen means descending. */
  order: readonly string[]
  /** Which rows, in addition to the filters. */
  where?: string
  /** Which groups. */
  having?: string
  /** Measures that depend on a filter, by key. */
  measures?(context: ReportContext): Readonly<Record<string, string>>
}

/** The report without its SQL. */
export function listed({ id, catalogue, title, about, columns, filters, chart, note, totals }: Report): ReportListed {
  return {
    id,
    catalogue,
    title,
    about,
    columns: columns.map(shownColumn),
    filters: filters.map(({ sql: _, conditions: __, ...filter }) => filter),
    chart,
    ...(note && { note }),
    ...(totals && { totals }),
  }
}

export function shownColumn({ sql: _, ...column }: DeclaredColumn): ReportColumn {
  return column
}
