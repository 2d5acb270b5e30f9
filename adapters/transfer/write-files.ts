/**
 * Writes rows as a file for spreadsheets, as they arrive. CSV in UTF-8 with a byte order mark, without which Excel takes it
 * for the local code page; text that a spreadsheet would take for a formula is defused. In a workbook all cells are texts,
 * which are never evaluated and lose no digit.
 */
import { PassThrough, Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import type { FileFormat } from '@ledgerline/core/transfer/events.ts'

/** Rows of a sheet: what spreadsheets can have. */
const ROWS_OF_SHEET = 1_048_576
/** Text is handed on in pieces of about this many characters. */
const PIECE = 64 * 1024

type Rows = AsyncIterable<readonly (readonly string[])[]>

export function written(format: FileFormat, heading: readonly string[], rows: Rows): AsyncIterable<Buffer> {
  return format === 'csv' ? csv(heading, rows) : workbook(heading, rows)
}

async function* csv(heading: readonly string[], rows: Rows): AsyncGenerator<Buffer> {
  yield Buffer.from(`\ufeff${line(heading)}`)
  for await (const page of rows) yield Buffer.from(page.map(line).join(''))
}

const line = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\r\n`

/** RFC 4180; what begins like a formula gets an apostrophe, but for telephone numbers with a plus and nothing but digits. */
function csvCell(text: string): string {
  const defused = /^[=+\-@\t\r]/.test(text) && !/^\+\d+$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused
}

async function* workbook(heading: readonly string[], rows: Rows): AsyncGenerator<Buffer> {
  const zip = new ZipFile()
  const pages = rows[Symbol.asyncIterator]()
  let failure: unknown = null
  let sheets = 0
  const rest: { page: readonly (readonly string[])[] } = { page: [] }
  /** Adds the next sheet; each begins when the one before it is full. */
  const addSheet = (): void => {
    const number = ++sheets
    zip.addReadStreamLazy(`xl/worksheets/sheet${number}.xml`, { compressionLevel: 1 }, (callback) => {
      const out = Readable.from(sheet(heading, pages, rest), { objectMode: false })
      out.once('error', (error) => (failure = error))
      out.once('end', () => {
        if (rest.page.length > 0) addSheet()
        else finish()
      })
      callback(null, out)
    })
  }
  const finish = (): void => {
    const numbers = Array.from({ length: sheets }, (_, index) => index + 1)
    for (const [name, content] of Object.entries(packageParts(numbers))) zip.addBuffer(Buffer.from(content), name)
    zip.end()
  }
  const bytes = new PassThrough()
  const source = zip.outputStream as unknown as Readable
  source.once('error', (error) => bytes.destroy(error))
  ;(zip as unknown as NodeJS.EventEmitter).once('error', (error: Error) => bytes.destroy(error))
  source.pipe(bytes)
  addSheet()
  for await (const part of bytes as AsyncIterable<Buffer>) yield part
  if (failure !== null) throw failure
}

async function* sheet(
  heading: readonly string[],
  pages: AsyncIterator<readonly (readonly string[])[]>,
  rest: { page: readonly (readonly string[])[] },
): AsyncGenerator<Buffer> {
  let text = `${XML}<worksheet xmlns="${MAIN}"><sheetData>${xmlRow(heading)}`
  let count = 1
  for (;;) {
    let page = rest.page
    rest.page = []
    if (page.length === 0) {
      const next = await pages.next()
      if (next.done) break
      page = next.value
    }
    const fits = page.slice(0, ROWS_OF_SHEET - count)
    for (const cells of fits) {
      text += xmlRow(cells)
      if (text.length > PIECE) {
        yield Buffer.from(text)
        text = ''
      }
    }
    count += fits.length
    if (fits.length < page.length) {
      rest.page = page.slice(fits.length)
      break
    }
  }
  yield Buffer.from(`${text}</sheetData></worksheet>`)
}

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const TYPES = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

function xmlRow(cells: readonly string[]): string {
  let row = '<row>'
  for (const cell of cells)
    row += cell === '' ? '<c/>' : `<c t="inlineStr"><is><t xml:space="preserve">${xml(cell)}</t></is></c>`
  return `${row}</row>`
}

function xml(text: string): string {
  if (!/[&<>\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)) return text
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
}

function packageParts(sheets: readonly number[]): Record<string, string> {
  const each = (make: (number: number) => string): string => sheets.map(make).join('')
  return {
    '[Content_Types].xml': `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/>${each((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${TYPES}.worksheet+xml"/>`)}</Types>`,
    '_rels/.rels': `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `${XML}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${each((n) => `<sheet name="${n}" sheetId="${n}" r:id="rId${n}"/>`)}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${XML}<Relationships xmlns="${PACKAGE}/relationships">${each((n) => `<Relationship Id="rId${n}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${n}.xml"/>`)}</Relationships>`,
  }
}
