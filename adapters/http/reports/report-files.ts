/**
 * Reports as files for spreadsheets. CSV by RFC 4180, in UTF-8 with a byte order mark (without it Excel assumes the
 * local code page and shows Chinese as garbage), with text that a spreadsheet would take for a formula defused. XLSX
 * with numbers as numbers: durations and per cents are formats, not text. Both are written as the rows arrive, so that
 * a long report is never held in memory.
 */
import type { Response } from 'express'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { offsetAt } from '@ledgerline/core/kernel/time.ts'
import type { Language, Words } from '@ledgerline/core/kernel/words.ts'
import type { ReportColumn, ReportRow, ReportValue } from '@ledgerline/projections/reports/report.ts'
import { valueText } from '@ledgerline/projections/reports/values.ts'

export interface ReportFile {
  format: 'csv' | 'xlsx'
  language: Language
  /** CSV numbers: as people read them, or seconds, fractions and UTC instants. */
  numbers: 'shown' | 'raw'
  title: Words
  /** File name without its extension. */
  name: string
  zone: string
  columns: readonly ReportColumn[]
  /** The name of the totals row. */
  totals?: Words
}

type Pages = AsyncIterable<readonly { row: ReportRow; totals: boolean }[]>
type Cell = string | number | Date | null

/** At most this many files are written at once; each holds a connection to the tables. */
const AT_ONCE = 3
/** A file is written within this time or given up: a stalled reader holds a connection. */
const WRITE_MS = 300_000
let writing = 0

const types = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}
const total: Words = { en: 'Total', zh: '合计' }

/**
 * Writes the file as the answer. Resolves once it has begun: a failure before that is a problem, a failure later ends
 * the connection, so that nobody takes half a file for a whole one.
 * @throws Problem `report.busy`
 */
export async function sendFile(response: Response, file: ReportFile, pages: Pages): Promise<void> {
  if (writing >= AT_ONCE) throw new Problem('report.busy', { limit: AT_ONCE })
  writing++
  try {
    const iterator = pages[Symbol.asyncIterator]()
    const first = await iterator.next()
    response.set({
      'Content-Type': types[file.format],
      'Content-Disposition': `attachment; filename="${file.name}.${file.format}"`,
    })
    const bytes = await (file.format === 'csv' ? csv : xlsx)(file, cells(first, iterator))
    const source = Readable.fromWeb(bytes as never)
    void pipeline(source, response, { signal: AbortSignal.timeout(WRITE_MS) })
      .catch(() => response.destroy())
      .finally(() => {
        writing--
        iterator.return?.().catch(() => {})
      })
  } catch (error) {
    writing--
    throw error
  }
}

type Row = { row: ReportRow; totals: boolean }

async function* cells(first: IteratorResult<readonly Row[]>, rest: AsyncIterator<readonly Row[]>): AsyncIterable<Row> {
  for (let page = first; !page.done; page = await rest.next()) yield* page.value
}

// What writes files is loaded with the first file: a process would take a tenth of its start for it.

async function csv(file: ReportFile, rows: AsyncIterable<Row>): Promise<ReadableStream<Uint8Array>> {
  const { writeCsvStream } = await import('hucre/csv')
  const { columns, language, zone, numbers } = file
  const head = columns.map((column) => (numbers === 'raw' ? rawLabel(column, language) : column.label[language]))
  const line = (row: ReportRow) =>
    columns.map((column) =>
      numbers === 'raw' ? rawValue(column, row[column.key]!) : shownValue(column, row[column.key]!, language, zone),
    )
  return writeCsvStream(lines(file, head, rows, line), { headers: false, bom: true, escapeFormulae: true })
}

/** The header, the rows, and the totals with their name in the first dimension's place. */
async function* lines<C extends Cell>(
  file: ReportFile,
  head: C[] | null,
  rows: AsyncIterable<Row>,
  line: (row: ReportRow) => C[],
): AsyncIterable<C[]> {
  if (head) yield head
  for await (const { row, totals } of rows) {
    const written = line(row)
    if (totals) {
      for (const [index, { dimension }] of file.columns.entries())
        if (dimension) written[index] = (index === 0 ? (file.totals ?? total)[file.language] : '') as C
    }
    yield written
  }
}

/** Counts stay numbers; the rest is text as people read it. */
function shownValue(column: ReportColumn, value: ReportValue, language: Language, zone: string): string | number {
  return typeof value === 'number' && (column.unit === 'count' || column.unit === 'minutes')
    ? value
    : valueText(column, value, language, zone)
}

const rawUnits: Partial<Record<ReportColumn['unit'], string>> = { ms: '(s)', instant: '(UTC)' }

function rawLabel({ label, unit }: ReportColumn, language: Language): string {
  const mark = rawUnits[unit]
  return mark === undefined || label[language].endsWith(mark) ? label[language] : `${label[language]} ${mark}`
}

function rawValue({ unit }: ReportColumn, value: ReportValue): string | number | null {
  if (typeof value !== 'number') return value
  if (unit === 'ms') return value / 1000
  if (unit === 'money') return value / 10_000
  return unit === 'instant' ? new Date(value).toISOString() : value
}

async function xlsx(file: ReportFile, rows: AsyncIterable<Row>): Promise<ReadableStream<Uint8Array>> {
  const { writeXlsxStream } = await import('hucre/xlsx')
  const { columns, language, zone } = file
  const line = (row: ReportRow) => columns.map((column) => sheetValue(column, row[column.key]!, language, zone))
  return writeXlsxStream(lines(file, null, rows, line), {
    // A sheet's name has at most 31 letters.
    name: file.title[language].slice(0, 31),
    columns: columns.map((column) => ({
      header: column.label[language],
      width: widthOf(column, language),
      ...formatOf(column),
    })),
    freezePane: { rows: 1 },
  })
}

const DAY_MS = 86_400_000

/** Numbers as spreadsheets represent them: durations and dates in days, instants on the tenant's wall clock. */
function sheetValue(column: ReportColumn, value: ReportValue, language: Language, zone: string): Cell {
  const { unit, shown, words } = column
  if (value === null) return shown.nothing === '0' ? 0 : null
  if (unit === 'day' || unit === 'week') return new Date(`${value}T00:00:00Z`)
  if (typeof value === 'string') return words?.[value]?.[language] ?? value
  if (unit === 'instant') return new Date(value + offsetAt(value, zone))
  if (unit === 'ms') return shown.as === 'seconds' ? value / 1000 : value / DAY_MS
  return unit === 'money' ? value / 10_000 : value
}

function formatOf({ unit, shown }: ReportColumn): { numFmt?: string } {
  const digits = shown.digits > 0 ? `0.${'0'.repeat(shown.digits)}` : '0'
  if (unit === 'day' || unit === 'week') return { numFmt: 'yyyy-mm-dd' }
  if (unit === 'instant') return { numFmt: 'yyyy-mm-dd hh:mm' }
  if (unit === 'ms') return { numFmt: shown.as === 'seconds' ? digits : '[h]:mm:ss' }
  if (unit === 'ratio') return { numFmt: `${digits}%` }
  if (unit === 'money') return { numFmt: digits }
  return unit === 'count' || unit === 'minutes' ? { numFmt: '0' } : {}
}

/** In letters; a Chinese character is twice as wide. */
function widthOf({ label, unit }: ReportColumn, language: Language): number {
  const heading = [...label[language]].reduce((width, letter) => width + (letter > '\u2e7f' ? 2 : 1), 2)
  return Math.max(heading, unit === 'instant' ? 17 : unit === 'text' ? 14 : 10)
}
