/**
 * Reports over HTTP: the list of those declared, and a route for each, generated from its declaration:
 * parameters from its filters, the answer from its columns, as JSON or as a file.
 */
import { z } from 'zod'
import { dayOf } from '@ledgerline/core/kernel/time.ts'
import type { Language } from '@ledgerline/core/kernel/words.ts'
import { bucketsWithin } from '@ledgerline/projections/models/queue_figures.ts'
import { reports } from '@ledgerline/projections/reports/all.ts'
import { reportStatement, type ReportQuestion } from '@ledgerline/projections/reports/query.ts'
import {
  daysIn,
  MOST_DAYS,
  MOST_PERIODS,
  periodsAtMost,
  rangeOf,
  unitOf,
  type ReportRange,
} from '@ledgerline/projections/reports/range.ts'
import {
  listed,
  shownColumn,
  type Interval,
  type Report,
  type ReportColumn,
  type ReportFilter,
  type ReportRow,
  type ReportValue,
} from '@ledgerline/projections/reports/report.ts'
import type { TenantClock } from '../../live/source.ts'
import { dayInput, refused } from '../../queries/inputs.ts'
import { masked } from '../../queries/mask.ts'
import { demandNames, kindOf, type Naming } from '../../queries/names.ts'
import { InvalidRequest, languageOf } from '../../problem-json.ts'
import { asOfSchema } from '../../queries/answers.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { sendFile } from './report-files.ts'
import { answerLimits, fileLimits, isTotals, reportPages } from '../../queries/report-rows.ts'
import { defineRoute, type Asked, type Route } from '../routing/route.ts'
import type { Row } from '../../queries/select.ts'
import type { Session } from '@ledgerline/core/access/session.ts'

/** At most this many codes per filter. */
const MOST_CODES = 200

export interface ReportSide {
  readSide: ReadSide
  clockOf(tenant: string): TenantClock
}

export function reportRoutes(side: ReportSide): Route[] {
  return [listRoute(), ...reports.map((report) => reportRoute(side, report))]
}

const wordsSchema = z.object({ zh: z.string(), en: z.string() })
const columnSchema = z
  .object({
    key: z.string(),
    catalogue: z.string().describe('the catalogue item, or house metric, it implements'),
    label: wordsSchema,
    unit: z.enum(['text', 'count', 'ms', 'minutes', 'ratio', 'money', 'instant', 'day', 'week', 'month']),
    about: wordsSchema.describe('definition and formula'),
    dimension: z.boolean().describe('rows are grouped by it'),
    shown: z
      .object({ as: z.enum(['clock', 'seconds', 'percent', 'plain']), digits: z.number().int(), nothing: z.string() })
      .describe('how the manual displays it'),
    words: z.record(z.string(), wordsSchema).optional().describe('words for its codes'),
    personal: z.literal(true).optional().describe('masked unless permitted'),
  })
  .meta({ id: 'ReportColumn' })
const filterSchema = z.object({
  key: z.string(),
  label: wordsSchema,
  about: wordsSchema,
  kind: z.enum(['days', 'choice', 'codes', 'ms']),
  choices: z.array(z.object({ value: z.string(), label: wordsSchema })).optional(),
  default: z.string().optional(),
})
const listedSchema = z
  .object({
    id: z.string(),
    catalogue: z.array(z.string()),
    title: wordsSchema,
    about: wordsSchema,
    columns: z.array(columnSchema),
    filters: z.array(filterSchema),
    chart: z
      .object({
        kind: z.enum(['bars', 'lines']),
        x: z.string(),
        y: z.array(z.string()),
        series: z.string().nullable(),
        at: z.array(z.number().int()).optional(),
      })
      .nullable()
      .describe('what a chart should show'),
    note: wordsSchema.optional().describe('what its figures include that a reader might not expect'),
    totals: wordsSchema.optional().describe('name of the totals row, if it is not a total of calls'),
  })
  .meta({ id: 'ReportListed' })

function listRoute(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/reports',
    permission: 'reports.see',
    group: 'Reports',
    about: 'All reports: columns, definitions, filters, and what a chart should show.',
    request: {},
    responses: { 200: { about: 'Every report.', schema: z.object({ reports: z.array(listedSchema) }) } },
    handle: () => ({ reports: reports.map(listed) }),
  })
}

function reportRoute(side: ReportSide, report: Report): Route {
  // Made when first asked for: a server's start needs neither.
  let query: z.ZodObject | null = null
  return defineRoute({
    method: 'get',
    path: `/api/v1/reports/${report.id}`,
    permission: 'reports.see',
    group: 'Reports',
    about:
      `${report.title.en}. ${report.about.en}\n\n` +
      'Totals apply the same formulas to all rows at once. With `format=csv` or `format=xlsx` the answer is a file.',
    request: {
      get query() {
        return (query ??= querySchema(report))
      },
    },
    responses: {
      200: {
        about: 'The report.',
        get schema() {
          return answerSchema(report)
        },
      },
    },
    problems: [
      'request.invalid',
      'request.names_nothing',
      'report.too_many_rows',
      'report.too_long',
      'report.busy',
      'tables.unavailable',
    ],
    handle: (asked) => answer(side, report, asked as unknown as Asked),
  })
}

/** Parameters: the report's filters, and the form in which it is wanted. */
function querySchema(report: Report): z.ZodObject {
  const shape: Record<string, z.ZodType> = {}
  for (const filter of report.filters) Object.assign(shape, parameterOf(filter))
  return z.strictObject({
    ...shape,
    format: z.enum(['json', 'csv', 'xlsx']).default('json').meta({ description: 'as JSON, or as a file' }),
    lang: z
      .enum(['zh', 'en'])
      .optional()
      .meta({ description: 'language of a file; by default that of Accept-Language' }),
    numbers: z
      .enum(['shown', 'raw'])
      .default('shown')
      .meta({ description: 'of CSV: as people read them (0:03:12, 54.0%), or as numbers (seconds, 0.54)' }),
  })
}

function parameterOf({ key, kind, about, choices, default: standard }: ReportFilter): Record<string, z.ZodType> {
  const description = about.en
  switch (kind) {
    case 'days':
      return {
        from: dayInput('first day, in the tenant’s zone; default: today').optional(),
        to: dayInput('last day, included; default: `from`').optional(),
      }
    case 'choice':
      return {
        [key]: z
          .enum(choices!.map(({ value }) => value) as [string, ...string[]])
          .default(standard!)
          .meta({ description }),
      }
    case 'codes':
      return { [key]: z.array(z.string().min(1).max(100)).min(1).max(MOST_CODES).optional().meta({ description }) }
    case 'ms':
      return {
        [key]: z
          .string()
          .max(10)
          .transform(threshold)
          .optional()
          .meta({ description, examples: ['20000'] }),
      }
  }
}

/** A threshold that histograms can answer; ms as text. */
function threshold(text: string, context: z.RefinementCtx): string {
  if (/^\d+$/.test(text) && bucketsWithin(Number(text)) > 0) return String(Number(text))
  return refused(context, {
    en: 'a limit is whole seconds in ms up to 60000, multiples of 5000 up to 300000, of 60000 up to 3600000',
    zh: '阈值（毫秒）应为 60000 以内的整秒、300000 以内 5000 的倍数或 3600000 以内 60000 的倍数',
  })
}

function answerSchema(report: Report) {
  const row = z.object(
    Object.fromEntries(
      report.columns.map(({ key, about }) => [
        key,
        z.union([z.string(), z.number()]).nullable().meta({ description: about.en }),
      ]),
    ),
  )
  return z.object({
    id: z.literal(report.id),
    columns: z.array(columnSchema),
    rows: z.array(row),
    totals: row,
    periods: z
      .array(
        z.object({ value: z.union([z.string(), z.number()]), startsAt: z.number().int(), endsAt: z.number().int() }),
      )
      .describe('the periods of the range, including empty ones; none if it is not divided'),
    zone: z.string(),
    from: z.iso.date(),
    to: z.iso.date(),
    now: z.number().int().describe('open intervals count up to here (UTC ms)'),
    asOf: asOfSchema,
  })
}

async function answer(
  { readSide, clockOf }: ReportSide,
  report: Report,
  { query, session, behind, request, response, signal }: Asked,
): Promise<unknown> {
  const asked = query as Readonly<Record<string, unknown>> & {
    format: 'json' | 'csv' | 'xlsx'
    lang?: Language
    numbers: 'shown' | 'raw'
  }
  const { tenant } = session
  const clock = clockOf(tenant)
  const now = clock.now()
  const interval = intervalOf(report, asked)
  const range = rangeAsked(asked, interval, clock.zone, now)
  const question = questionOf(report, asked, { tenant, range, now })
  const columns = report.columns.map((column) => shownAs(shownColumn(column), interval))
  const finish = finisher(columns, range, interval, session)
  // Read before the rows, so that the rows are at least as new as we say they are.
  const model = readSide.models.find(({ name }) => name === report.source.models[0])!
  const asOf = { ...readSide.progress(model, tenant), behind }
  const tables = await readSide.tablesOf(tenant, 'reports')
  await demandNames(tables, tenant, namingsOf(question))
  const statement = reportStatement(report, question)
  if (asked.format !== 'json') {
    const pages = reportPages(tables, statement, fileLimits)
    const file = {
      format: asked.format,
      language: asked.lang ?? languageOf(request),
      numbers: asked.numbers,
      title: report.title,
      name: `${report.id}_${range.from}_${range.to}`,
      zone: clock.zone,
      columns,
      ...(report.totals && { totals: report.totals }),
    }
    await sendFile(response, file, finished(pages, finish))
    return undefined
  }
  const rows: ReportRow[] = []
  let totals: ReportRow = {}
  for await (const page of reportPages(tables, statement, answerLimits)) {
    if (signal.aborted) return undefined
    for (const row of page) {
      if (isTotals(row)) totals = finish(row)
      else rows.push(finish(row))
    }
  }
  return {
    id: report.id,
    columns,
    rows,
    totals,
    periods: interval === null ? [] : range.periods,
    zone: clock.zone,
    from: range.from,
    to: range.to,
    now,
    asOf,
  }
}

function intervalOf(report: Report, asked: Readonly<Record<string, unknown>>): Interval | null {
  return report.interval ?? (asked['interval'] as Interval | undefined) ?? null
}

/** @throws InvalidRequest if the range ends before it begins, or is too long */
function rangeAsked(
  asked: Readonly<Record<string, unknown>>,
  interval: Interval | null,
  zone: string,
  now: number,
): ReportRange {
  const from = (asked['from'] as string | undefined) ?? (asked['to'] as string | undefined) ?? dayOf(now, zone)
  const to = (asked['to'] as string | undefined) ?? from
  if (to < from) throw new InvalidRequest('to', { en: 'the last day is before the first', zh: '结束日期早于起始日期' })
  if (daysIn(from, to) > MOST_DAYS)
    throw new InvalidRequest('to', { en: `a range has at most ${MOST_DAYS} days`, zh: `日期范围最多 ${MOST_DAYS} 天` })
  const tooFine = {
    en: `the range has more than ${MOST_PERIODS} intervals of this length; ask for fewer days or a longer interval`,
    zh: `该时段长度下超过 ${MOST_PERIODS} 个时段，请缩短日期范围或加长时段`,
  }
  // A range that is too much even if every day had 23 hours is not cut at all.
  if (periodsAtMost(from, to, interval) * (23 / 25) > MOST_PERIODS) throw new InvalidRequest('interval', tooFine)
  const range = rangeOf(from, to, interval, zone, asked['weekStart'] as 'monday' | 'sunday' | undefined)
  if (range.periods.length > MOST_PERIODS) throw new InvalidRequest('interval', tooFine)
  return range
}

function questionOf(
  report: Report,
  asked: Readonly<Record<string, unknown>>,
  place: { tenant: string; range: ReportRange; now: number },
): ReportQuestion {
  const choices: Record<string, string> = {}
  const codes: Record<string, readonly string[]> = {}
  for (const { key, kind } of report.filters) {
    const value = asked[key]
    if (value === undefined) continue
    if (kind === 'codes') codes[key] = value as string[]
    else choices[key] = value as string
  }
  return { ...place, choices, codes }
}

/** The filters that name queues, agents, groups, departments, extensions: each name must exist, whatever the days. */
function namingsOf({ codes }: ReportQuestion): Naming[] {
  return Object.entries(codes).flatMap(([path, named]) => {
    const kind = kindOf(path)
    return kind === null ? [] : [{ path, kind, codes: named }]
  })
}

/** A column of stretches has the unit of its interval. */
function shownAs(column: ReportColumn, interval: Interval | null): ReportColumn {
  return column.key === 'period' && interval !== null ? { ...column, unit: unitOf[interval] } : column
}

/** Turns a row of the statement into a row of the answer: stretches by name, names masked. */
function finisher(
  columns: readonly ReportColumn[],
  range: ReportRange,
  interval: Interval | null,
  session: Session,
): (row: Row) => ReportRow {
  const hidden = new Set(
    session.permissions.has('staff.see') ? [] : columns.filter(({ personal }) => personal).map(({ key }) => key),
  )
  return (row) => {
    const out: Record<string, ReportValue> = {}
    for (const { key } of columns) {
      const value = (row[key] ?? null) as ReportValue
      out[key] =
        key === 'period' && interval !== null && value !== null
          ? range.periods[Number(value) - 1]!.value
          : hidden.has(key) && typeof value === 'string'
            ? masked(value)
            : value
    }
    return out
  }
}

async function* finished(
  pages: AsyncIterable<Row[]>,
  finish: (row: Row) => ReportRow,
): AsyncIterable<{ row: ReportRow; totals: boolean }[]> {
  for await (const page of pages) yield page.map((row) => ({ row: finish(row), totals: isTotals(row) }))
}
