/**
 * Reads a CSV file a row at a time. Its encoding is UTF-8, with or without a byte order mark, or else GB18030, in which
 * Chinese spreadsheets write: never the other way round, since GB18030 takes almost any bytes.
 */
import { parse } from 'csv-parse'
import { Readable } from 'node:stream'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Cell } from '@ledgerline/core/transfer/cells.ts'

export type Encoding = 'utf-8' | 'gb18030'
export interface FileRow {
  /** In the file, from 1: what an editor or a spreadsheet shows. */
  line: number
  cells: readonly Cell[]
  /** Its days count from 1904. */
  from1904?: boolean
}

/** Longest row, characters: a quote that is never closed would take the rest of the file. */
const LONGEST_ROW = 200_000
/** Most columns. */
const MOST_COLUMNS = 300

/** @throws Problem `transfer.encoding` */
export async function encodingOf(bytes: AsyncIterable<Buffer>): Promise<Encoding> {
  const decoders: Record<Encoding, InstanceType<typeof TextDecoder> | null> = {
    'utf-8': new TextDecoder('utf-8', { fatal: true }),
    gb18030: new TextDecoder('gb18030', { fatal: true }),
  }
  const names = ['utf-8', 'gb18030'] as const
  const feed = (part: Buffer | undefined): void => {
    for (const name of names)
      try {
        const text = decoders[name]?.decode(part, { stream: part !== undefined })
        // No text has these; a workbook of before 2007, a picture, a program do.
        if (text?.includes('\0')) decoders[name] = null
      } catch {
        decoders[name] = null
      }
  }
  for await (const part of bytes) {
    feed(part)
    if (names.every((name) => decoders[name] === null)) break
  }
  feed(undefined)
  const found = names.find((name) => decoders[name] !== null)
  if (!found) throw new Problem('transfer.encoding')
  return found
}

/** @throws Problem `transfer.broken` */
export async function* csvRows(bytes: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<FileRow> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  async function* texts(): AsyncGenerator<string> {
    for await (const part of bytes) yield decoder.decode(part, { stream: true })
    yield decoder.decode()
  }
  const source = texts()
  const first = await source.next()
  const begin = first.done ? '' : first.value
  async function* all(): AsyncGenerator<string> {
    yield begin
    yield* source
  }
  const parser = Readable.from(all()).pipe(
    parse({
      delimiter: delimiterOf(begin),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: false,
      max_record_size: LONGEST_ROW,
      info: true,
    }),
  )
  try {
    for await (const { info, record } of parser as AsyncIterable<{ info: { lines: number }; record: string[] }>) {
      if (record.length > MOST_COLUMNS) throw broken(`line ${info.lines} has more than ${MOST_COLUMNS} columns`)
      yield { line: info.lines, cells: record }
    }
  } catch (error) {
    throw error instanceof Problem ? error : broken(csvReason(error as Error & { code?: string; lines?: number }))
  } finally {
    parser.destroy()
  }
}

/** What separates the columns of the first row: comma, semicolon or tab. */
function delimiterOf(text: string): string {
  const heading = text.slice(0, text.search(/[\r\n]|$/))
  const times = (sign: string): number => heading.split(sign).length
  return [',', ';', '\t'].reduce((best, sign) => (times(sign) > times(best) ? sign : best))
}

export const broken = (reason: string): Problem => new Problem('transfer.broken', { reason })

/** The parser's own message would quote what stands there. */
function csvReason({ code, lines }: { code?: string; lines?: number }): string {
  const where = lines === undefined ? '' : ` before line ${lines}`
  return code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE'
    ? `a quotation mark is not closed${where}`
    : `it is not CSV${where}`
}
