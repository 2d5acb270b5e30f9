/**
 * The content of a report's chart, from its declaration and rows: rows are summed over dimensions that the chart does not use, periods
 * without rows are empty, and of more than five lines the five with the greatest weight remain. Only additive measures are summed or
 * stacked.
 */
import type {
  ReportAnswer,
  ReportChart,
  ReportColumn,
  ReportListed,
  ReportRow,
  Unit as ColumnUnit,
} from '@ledgerline/projections/reports/report.ts'
import type { BarRow, Column, Line, Measure, Place } from '../charts/chart-data.ts'
import type { Unit } from '../charts/scale.ts'
import { formatPercent, inLanguage } from '../language/format.ts'
import { inText, onAxis, write, type Writing } from './cells.ts'

/** The same colour for the same thing on every page: states as everywhere, calls blue, minutes teal, what was lost red. */
const colours: Readonly<Record<string, string>> = {
  calls: '--chart-calls',
  offered: '--chart-calls',
  answered: '--chart-calls',
  inbound: '--chart-calls',
  '0': '--chart-calls',
  minutes: '--chart-minutes',
  effective: '--chart-minutes',
  connected: '--chart-minutes',
  outbound: '--chart-minutes',
  serviceLevel: '--chart-calls',
  abandoned: '--chart-lost',
  '1': '--chart-lost',
  readyMs: '--state-ready',
  notReadyMs: '--state-not_ready',
  idleMs: '--state-on_demand',
  inCallMs: '--state-in_call',
  previewMs: '--state-previewing',
  awayMs: '--state-away',
  occupancy: '--chart-calls',
  utilisation: '--chart-2',
}
const others = ['--chart-calls', '--chart-minutes', '--chart-2', '--chart-3', '--chart-other']

function colourOf(key: string, index: number): string {
  return `var(${colours[key] ?? others[index % others.length]!})`
}

/** Lines, or parts of a bar, beyond which a chart cannot be read. */
const MOST = 5

const axisUnit = (unit: ColumnUnit): Unit => (unit === 'ms' || unit === 'ratio' || unit === 'minutes' ? unit : 'count')
/** Charts show sums and shares; shares do not add up. */
const addsUp = (column: ReportColumn) => column.unit !== 'ratio'

/** One of the chart's series: a measure, or a measure of the rows with one value of the series' dimension. */
export interface ChartSeries extends Measure {
  /** On an axis: shares in whole per cents. */
  writeTick: (value: number) => string
}

interface Sums {
  /** By value of x, one sum for each series. */
  values: Map<string | number, (number | null)[]>
  /** A row of each x, for its other dimensions. */
  samples: Map<string | number, ReportRow>
}

const EMPTY = ''

export interface ChartData {
  chart: ReportChart
  series: ChartSeries[]
  /** How many values the series' dimension has, if there were too many to draw. */
  leftOut: number
  sums: Sums
}

export function chartData(
  report: Pick<ReportListed, 'chart' | 'filters'>,
  answer: Pick<ReportAnswer, 'columns' | 'rows'>,
  writing: Writing,
): ChartData | null {
  const { chart } = report
  if (chart === null || chart.at) return null
  const byKey = new Map(answer.columns.map((column) => [column.key, column]))
  const measures = chart.y.map((key) => byKey.get(key)).filter((column) => column !== undefined)
  if (!byKey.has(chart.x) || measures.length === 0) return null
  const label = (column: ReportColumn) => inLanguage(writing.language, column.label)
  const writers = (column: ReportColumn) => {
    const write = (value: number) => inText(column, value, writing)
    return {
      unit: axisUnit(column.unit),
      write,
      writeTick: column.unit === 'ratio' ? (value: number) => formatPercent(writing.language, value) : write,
    }
  }

  const split = chart.series === null ? null : byKey.get(chart.series)
  if (!split) {
    const series = measures.map((column, i) => ({
      key: column.key,
      label: label(column),
      colour: colourOf(column.key, i),
      ...writers(column),
    }))
    return { chart, series, leftOut: 0, sums: summed(answer.rows, chart.x, measures, () => 0, measures.length) }
  }
  const measure = measures[0]!
  const weights = new Map<string, number>()
  // A share weighs as much as its denominator, if the row has it.
  for (const row of answer.rows)
    weights.set(
      String(row[split.key] ?? EMPTY),
      (weights.get(String(row[split.key] ?? EMPTY)) ?? 0) +
        Number(row['offered'] ?? row['calls'] ?? row[measure.key] ?? 0),
    )
  const shown = split.words ? Object.keys(split.words).filter((value) => weights.has(value)) : [...weights.keys()]
  const kept =
    shown.length > MOST ? [...shown].sort((a, b) => weights.get(b)! - weights.get(a)!).slice(0, MOST) : shown.sort()
  const named = (value: string) => {
    const flag =
      split.key === 'lost'
        ? report.filters
            .find(({ key }) => key === 'lost')
            ?.choices?.find((choice) => choice.value === (value === '1' ? 'lost' : 'answered'))
        : undefined
    if (flag) return inLanguage(writing.language, flag.label)
    const row = answer.rows.find((candidate) => String(candidate[split.key] ?? EMPTY) === value)
    return nameFor(split.key, row, writing) ?? write(split, row?.[split.key] ?? value, writing).text
  }
  const series = kept.map((value, i) => ({
    key: value,
    label: named(value),
    colour: colourOf(value, i),
    ...writers(measure),
  }))
  const place = (row: ReportRow) => kept.indexOf(String(row[split.key] ?? EMPTY))
  return {
    chart,
    series,
    leftOut: shown.length - kept.length,
    sums: summed(answer.rows, chart.x, [measure], place, kept.length),
  }
}

/** @param place which series a row belongs to, -1: none */
function summed(
  rows: readonly ReportRow[],
  x: string,
  measures: readonly ReportColumn[],
  place: (row: ReportRow) => number,
  series: number,
): Sums {
  const values = new Map<string | number, (number | null)[]>()
  const samples = new Map<string | number, ReportRow>()
  for (const row of rows) {
    const at = place(row)
    if (at < 0) continue
    const key = row[x] ?? EMPTY
    let sums = values.get(key)
    if (!sums) {
      values.set(key, (sums = new Array<number | null>(series).fill(null)))
      samples.set(key, row)
    }
    measures.forEach((measure, i) => {
      const value = row[measure.key]
      if (typeof value !== 'number') return
      const known = sums[at + i] ?? null
      // A measure that does not add up is shown if it has one row, and not at all if it has several.
      sums[at + i] = known === null ? value : addsUp(measure) ? known + value : Number.NaN
    })
  }
  for (const sums of values.values()) sums.forEach((value, i) => Number.isNaN(value) && (sums[i] = null))
  return { values, samples }
}

/** The name beside a code in a row, or the one the board knows for it. */
function nameFor(key: string, row: ReportRow | undefined, { names }: Writing): string | null {
  const name =
    key === 'queue'
      ? row?.['queueName']
      : key === 'agent'
        ? (row?.['name'] ?? names?.get(String(row?.['agent'])))
        : null
  return typeof name === 'string' && name !== '' ? name : null
}

/** A bar for each value of x, in the order of the rows. */
export function barRows({ chart, sums }: ChartData, columns: readonly ReportColumn[], writing: Writing): BarRow[] {
  const x = columns.find((column) => column.key === chart.x)!
  return [...sums.values].map(([value, values]) => {
    const code = write(x, value === EMPTY ? null : value, writing).text
    const name = nameFor(x.key, sums.samples.get(value), writing)
    return name === null
      ? { key: String(value), label: code || '–', values }
      : { key: String(value), label: name, code, values }
  })
}

/** A column for each period of the range. Periods after `now` are left out; the current one still grows. */
export function periodColumns(
  { sums, series }: ChartData,
  answer: Pick<ReportAnswer, 'periods' | 'columns' | 'now'>,
  writing: Writing,
): Column[] {
  const unit = answer.columns.find((column) => column.key === 'period')?.unit ?? 'instant'
  const column = answer.columns.find((one) => one.key === 'period')
  return answer.periods.map((period) => ({
    key: String(period.value),
    label: onAxis(unit, period, writing),
    title: column ? inText(column, period.value, writing) : String(period.value),
    values: sums.values.get(period.value) ?? series.map(() => null),
    open: period.startsAt <= answer.now && period.endsAt > answer.now,
  }))
}

/** Places and lines over the periods of the range. */
export function periodLines(
  data: ChartData,
  answer: Pick<ReportAnswer, 'periods' | 'columns' | 'now'>,
  writing: Writing,
): { places: Place[]; lines: Line[] } {
  const columns = periodColumns(data, answer, writing)
  return {
    places: columns.map(({ key, label, title }, i) => ({ key, label, title, at: i })),
    lines: data.series.map(({ key, label, colour }, k) => ({
      key,
      label,
      colour,
      values: columns.map((column) => column.values[k] ?? null),
    })),
  }
}

/**
 * Curves over the places of the measures: first the total, then the heaviest values of the series' dimension, as many as can
 * be read.
 */
export function curves(
  report: Pick<ReportListed, 'chart'>,
  answer: Pick<ReportAnswer, 'columns' | 'rows' | 'totals'>,
  total: string,
  writing: Writing,
): { places: Place[]; lines: Line[]; leftOut: number } {
  const { at, y, series } = report.chart!
  const columns = new Map(answer.columns.map((column) => [column.key, column]))
  const places = y.map((key, i) => {
    const { label } = columns.get(key)!
    const text = inLanguage(writing.language, label)
    return { key, at: at![i]!, label: text, title: text }
  })
  const figures = (row: ReportRow) => y.map((key) => (typeof row[key] === 'number' ? (row[key] as number) : null))
  const weight = (row: ReportRow) => Number(row['offered'] ?? 0)
  const rows = series === null ? [] : answer.rows
  // A single value is the total.
  const drawn = rows.length < 2 ? [] : [...rows].sort((a, b) => weight(b) - weight(a)).slice(0, MOST - 1)
  const lines = drawn.map((row, i) => {
    const code = String(row[series!] ?? EMPTY)
    return {
      key: code,
      label: nameFor(series!, row, writing) ?? code,
      colour: `var(${others[(i + 1) % others.length]!})`,
      values: figures(row),
    }
  })
  return {
    places,
    lines: [{ key: EMPTY, label: total, colour: `var(${others[0]!})`, values: figures(answer.totals) }, ...lines],
    leftOut: rows.length < 2 ? 0 : rows.length - drawn.length,
  }
}

/** Whether the measures of a chart add up to a whole and can be stacked. Calls include effective calls, so those cannot. */
export function stacks({ chart, series }: ChartData): boolean {
  if (chart.series !== null) return true
  const nested = ['calls', 'offered', 'effective', 'connected', 'minutes']
  return (
    series.length > 1 &&
    series.every(({ unit }) => unit === series[0]!.unit && unit !== 'ratio') &&
    chart.y.every((key) => !nested.includes(key))
  )
}
