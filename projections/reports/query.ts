/**
 * Turns a report's declaration into one statement: groups, and beside them the totals as the group of everything
 * (`grouping sets`), so that both come from the same rows and the same formulas.
 */
import { PERIOD } from './columns.ts'
import { isWholeDays, type ReportRange } from './range.ts'
import type { Report, ReportContext } from './report.ts'

/** What a report is asked for. */
export interface ReportQuestion {
  tenant: string
  range: ReportRange
  /** What is open counts up to here, UTC ms. */
  now: number
  /** By filter: what was chosen, as text; '' if nothing was. */
  choices: Readonly<Record<string, string>>
  /** By filter: any of these. */
  codes: Readonly<Record<string, readonly string[]>>
}

export interface Statement {
  text: string
  values: readonly unknown[]
}

/** Column of the statement that marks the totals: 0 in rows, more in the totals. */
export const TOTALS = '$totals'

/**
 * The statement. Its columns are the report's keys and {@link TOTALS}; rows in the report's order, the totals last. A
 * column `period` contains the number of the interval, from 1.
 */
export function reportStatement(report: Report, question: ReportQuestion): Statement {
  const values: unknown[] = []
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const instant = (at: number) => bind(new Date(at).toISOString(), 'timestamptz')
  const { range } = question
  // Bound on first use: PostgreSQL refuses parameters that a statement does not use.
  const once = (make: () => string) => {
    let made: string | null = null
    return () => (made ??= make())
  }
  const tenant = once(() => bind(question.tenant, 'text'))
  const from = once(() => instant(range.startsAt))
  const to = once(() => instant(range.endsAt))
  const until = once(() => instant(Math.min(question.now, range.endsAt)))
  const borders = once(() =>
    bind(
      [...range.periods.map(({ startsAt }) => startsAt), range.endsAt].map((at) => new Date(at).toISOString()),
      'timestamptz[]',
    ),
  )
  const firstDay = once(() => bind(range.from, 'date'))
  const lastDay = once(() => bind(range.to, 'date'))
  const zone = once(() => bind(range.zone, 'text'))
  const context: ReportContext = {
    get tenant() {
      return tenant()
    },
    get from() {
      return from()
    },
    get to() {
      return to()
    },
    get until() {
      return until()
    },
    get borders() {
      return borders()
    },
    get firstDay() {
      return firstDay()
    },
    get lastDay() {
      return lastDay()
    },
    get zone() {
      return zone()
    },
    wholeDays: isWholeDays(range.interval),
    chosen: (filter) => question.choices[filter] ?? report.filters.find(({ key }) => key === filter)?.default ?? '',
    bind,
  }
  const measures = report.measures?.(context) ?? {}
  const sqlOf = (key: string, sql: string) => {
    const own = measures[key] ?? sql
    return own === PERIOD ? `width_bucket(r.at, ${context.borders})` : own
  }
  const dimensions = report.columns.filter(({ dimension }) => dimension)
  const conditions = [
    `r.tenant = ${context.tenant}`,
    ...(report.where === undefined ? [] : [report.where]),
    ...filters(report, question, context),
  ]
  const grouped = dimensions.map(({ key }) => `d.${quote(key)}`)
  const selected = report.columns.map(
    ({ key, sql, dimension }) => `${dimension ? `d.${quote(key)}` : sqlOf(key, sql)} as ${quote(key)}`,
  )
  const isTotal = grouped.length === 0 ? '1' : `grouping(${grouped.join(', ')})`
  return {
    text: `select ${selected.join(', ')}, ${isTotal} as ${quote(TOTALS)}
from ${report.source.sql(context)}
cross join lateral (select ${dimensions.map(({ key, sql }) => `${sqlOf(key, sql)} as ${quote(key)}`).join(', ')}) d
where ${conditions.join(' and ')}
group by grouping sets ((${grouped.join(', ')}), ())${
      report.having === undefined
        ? ''
        : `
having ${report.having} or ${isTotal} > 0`
    }
order by ${[quote(TOTALS), ...report.order.map(ordered)].join(', ')}`,
    values,
  }
}

function filters(report: Report, question: ReportQuestion, context: ReportContext): string[] {
  return report.filters.flatMap(({ key, kind, sql, conditions }) => {
    if (kind === 'codes') {
      const codes = question.codes[key]
      return codes === undefined ? [] : [`${sql!} = any(${context.bind(codes, 'text[]')})`]
    }
    return conditions ? [`(${conditions[context.chosen(key)]!})`] : []
  })
}

function ordered(key: string): string {
  return key.startsWith('-') ? `${quote(key.slice(1))} desc nulls last` : `${quote(key)} nulls last`
}

const quote = (name: string): string => `"${name}"`
