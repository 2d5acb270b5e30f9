/**
 * Reads the first sheet of a workbook (ECMA-376) a row at a time. Files come from strangers: what a workbook says about
 * itself (dimensions, sizes, counts) is not believed, everything is bounded while it is unpacked, and nothing is
 * evaluated: of a formula its value is taken, of a date its serial number.
 */
import { Readable } from 'node:stream'
import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { fromRandomAccessReader, RandomAccessReader, type Entry, type ZipFile } from 'yauzl'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { PART_BYTES } from '@ledgerline/core/transfer/parts.ts'
import type { Cell } from '@ledgerline/core/transfer/cells.ts'
import { broken, type FileRow } from './csv.ts'
import type { FileOf, TransferFiles } from './files.ts'

/** Files in the package. */
const MOST_ENTRIES = 2_000
/** Unpacked bytes in all: the sheet of a million rows has some 500 MB. */
const MOST_UNPACKED = 600 * 1024 * 1024
/** Unpacked bytes for each packed one; ordinary sheets have about twenty. */
const MOST_RATIO = 200
/** Characters of shared texts that are held. */
const MOST_SHARED = 32 * 1024 * 1024
const MOST_ROWS = 1_048_576
const MOST_COLUMNS = 300
/** Longest text of a cell; spreadsheets have no longer ones. */
const LONGEST_TEXT = 32_767

/** @throws Problem `transfer.broken`, `transfer.too_many_rows` */
export async function* xlsxRows(files: TransferFiles, of: FileOf): AsyncGenerator<FileRow> {
  const zip = await Package.open(files, of)
  try {
    const { sheet, from1904 } = await firstSheet(zip)
    const shared = await sharedTexts(zip)
    yield* sheetRows(zip, sheet, shared, from1904)
  } catch (error) {
    // Whatever the libraries say of a file that somebody built.
    throw error instanceof Problem ? error : broken('it is no whole workbook')
  } finally {
    zip.close()
  }
}

/** A zip file whose entries are read on demand. */
class Package {
  readonly #zip: ZipFile
  readonly #entries: ReadonlyMap<string, Entry>
  #unpacked = 0

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip
    this.#entries = entries
  }

  static async open(files: TransferFiles, of: FileOf): Promise<Package> {
    const lengths = await files.lengths(of)
    const size = lengths.reduce((sum, length) => sum + length, 0)
    if (size === 0) throw new Problem('transfer.no_file')
    const zip = await new Promise<ZipFile>((resolve, reject) =>
      fromRandomAccessReader(
        new PartsReader(files, of),
        size,
        { lazyEntries: true, autoClose: false, validateEntrySizes: true, strictFileNames: true },
        (error, opened) => (opened ? resolve(opened) : reject(error ?? new Error('not opened'))),
      ),
    ).catch(() => Promise.reject(broken('it is no whole workbook')))
    if (zip.entryCount > MOST_ENTRIES) throw broken(`it has more than ${MOST_ENTRIES} parts`)
    const entries = new Map<string, Entry>()
    await new Promise<void>((resolve, reject) => {
      zip.on('entry', (entry: Entry) => {
        entries.set(entry.fileName.toLowerCase(), entry)
        zip.readEntry()
      })
      zip.once('end', resolve)
      zip.once('error', reject)
      zip.readEntry()
    }).catch(() => Promise.reject(broken('it is no whole workbook')))
    return new Package(zip, entries)
  }

  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase())
  }

  /** The text of an entry as it is unpacked. @throws Problem `transfer.broken` */
  async *text(name: string): AsyncGenerator<string> {
    const entry = this.#entries.get(name.toLowerCase())
    if (!entry) throw broken(`it has no ${name}`)
    const stream = await new Promise<Readable>((resolve, reject) =>
      this.#zip.openReadStream(entry, (error, opened) =>
        opened ? resolve(opened) : reject(error ?? new Error('not opened')),
      ),
    ).catch(() => Promise.reject(broken(`its part ${name} cannot be unpacked`)))
    const decoder = new TextDecoder('utf-8', { fatal: true })
    let bytes = 0
    for await (const part of stream as AsyncIterable<Buffer>) {
      bytes += part.length
      this.#unpacked += part.length
      if (this.#unpacked > MOST_UNPACKED || bytes > Math.max(1_000_000, entry.compressedSize * MOST_RATIO))
        throw broken('it becomes far too large when it is unpacked')
      yield decoder.decode(part, { stream: true })
    }
    yield decoder.decode()
  }

  close(): void {
    this.#zip.close()
  }
}

class PartsReader extends RandomAccessReader {
  readonly #files: TransferFiles
  readonly #of: FileOf
  #last: { part: number; bytes: Buffer } | null = null

  constructor(files: TransferFiles, of: FileOf) {
    super()
    this.#files = files
    this.#of = of
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const read = async function* (this: PartsReader): AsyncGenerator<Buffer> {
      for (let at = start; at < end;) {
        const part = Math.floor(at / PART_BYTES)
        if (this.#last?.part !== part) {
          const bytes = await this.#files.part(this.#of, part)
          if (!bytes) throw new Error('a part of the file is missing')
          this.#last = { part, bytes }
        }
        const { bytes } = this.#last!
        const from = at - part * PART_BYTES
        const some = bytes.subarray(from, Math.min(bytes.length, from + end - at))
        if (some.length === 0) throw new Error('the file ends too early')
        at += some.length
        yield some
      }
    }
    return Readable.from(read.call(this), { objectMode: false })
  }
}

interface Handlers {
  open(tag: SaxesTagPlain): void
  close(name: string): void
  text(text: string): void
}

/** Feeds a part to a parser; after each piece `taken` may stop. */
async function* parsed(zip: Package, name: string, handlers: Handlers): AsyncGenerator<void> {
  const parser = new SaxesParser({ xmlns: false, position: false })
  parser.on('opentag', (tag) => handlers.open(tag as SaxesTagPlain))
  parser.on('closetag', (tag) => handlers.close(local((tag as SaxesTagPlain).name)))
  parser.on('text', (text) => handlers.text(text))
  parser.on('cdata', (text) => handlers.text(text))
  // Entities of its own are how a small file becomes a large one.
  parser.on('doctype', () => {
    throw broken('it has a document type of its own')
  })
  parser.on('error', () => {
    throw broken(`its part ${name} is no XML`)
  })
  for await (const text of zip.text(name)) {
    parser.write(text)
    yield
  }
  parser.close()
  yield
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1)
const attribute = ({ attributes }: SaxesTagPlain, name: string): string | undefined =>
  Object.entries(attributes).find(([own]) => local(own) === name)?.[1]

/** The part that holds the first sheet, and whether its days count from 1904. */
async function firstSheet(zip: Package): Promise<{ sheet: string; from1904: boolean }> {
  let first: string | null = null
  let from1904 = false
  const workbook = {
    open(tag: SaxesTagPlain) {
      if (local(tag.name) === 'sheet') first ??= attribute(tag, 'id') ?? null
      if (local(tag.name) === 'workbookPr') from1904 = /^(1|true)$/i.test(attribute(tag, 'date1904') ?? '')
    },
    close() {},
    text() {},
  }
  for await (const _ of parsed(zip, 'xl/workbook.xml', workbook));
  let target: string | null = null
  const relations = {
    open(tag: SaxesTagPlain) {
      if (attribute(tag, 'Id') === first) target = attribute(tag, 'Target') ?? null
    },
    close() {},
    text() {},
  }
  if (zip.has('xl/_rels/workbook.xml.rels'))
    for await (const _ of parsed(zip, 'xl/_rels/workbook.xml.rels', relations));
  const path = (target as string | null) ?? 'worksheets/sheet1.xml'
  const sheet = path.startsWith('/') ? path.slice(1) : `xl/${path}`
  if (!zip.has(sheet)) throw broken('it has no sheet')
  return { sheet, from1904 }
}

async function sharedTexts(zip: Package): Promise<string[]> {
  const name = 'xl/sharedStrings.xml'
  const texts: string[] = []
  if (!zip.has(name)) return texts
  let held = 0
  let text = ''
  let inText = false
  let phonetic = false
  const handlers: Handlers = {
    open(tag) {
      const of = local(tag.name)
      if (of === 'si') text = ''
      else if (of === 'rPh') phonetic = true
      else if (of === 't') inText = !phonetic
    },
    close(of) {
      if (of === 't') inText = false
      else if (of === 'rPh') phonetic = false
      else if (of === 'si') {
        held += text.length
        if (held > MOST_SHARED) throw broken('its texts are too long')
        texts.push(text.slice(0, LONGEST_TEXT))
      }
    },
    text(some) {
      if (inText && text.length <= LONGEST_TEXT) text += some
    },
  }
  for await (const _ of parsed(zip, name, handlers));
  return texts
}

async function* sheetRows(
  zip: Package,
  sheet: string,
  shared: readonly string[],
  from1904: boolean,
): AsyncGenerator<FileRow> {
  let ready: FileRow[] = []
  let line = 0
  let cells: Cell[] = []
  let column = 0
  let type = ''
  let value = ''
  let inValue = false
  let phonetic = false
  const put = (): void => {
    if (column < MOST_COLUMNS) cells[column] = cellOf(type, value, shared)
    column++
  }
  const handlers: Handlers = {
    open(tag) {
      switch (local(tag.name)) {
        case 'row': {
          const said = Number(attribute(tag, 'r'))
          // Rows that are not there are not listed; one that says it lies before another is counted on.
          line = Number.isSafeInteger(said) && said > line ? said : line + 1
          if (line > MOST_ROWS) throw new Problem('transfer.too_many_rows', { most: MOST_ROWS })
          cells = []
          column = 0
          break
        }
        case 'c': {
          const [, letters] = /^([A-Z]{1,3})\d+$/i.exec(attribute(tag, 'r') ?? '') ?? []
          if (letters) column = columnOf(letters)
          type = attribute(tag, 't') ?? 'n'
          value = ''
          break
        }
        case 'rPh':
          phonetic = true
          break
        case 'v':
        case 't':
          inValue = !phonetic
      }
    },
    close(name) {
      if (name === 'v' || name === 't') inValue = false
      else if (name === 'rPh') phonetic = false
      else if (name === 'c') put()
      else if (name === 'row') ready.push({ line, cells: Array.from(cells, (cell) => cell ?? null), from1904 })
    },
    text(some) {
      if (inValue && value.length <= LONGEST_TEXT) value += some
    },
  }
  for await (const _ of parsed(zip, sheet, handlers)) {
    if (ready.length === 0) continue
    const rows = ready
    ready = []
    yield* rows
  }
}

function columnOf(letters: string): number {
  let column = 0
  for (const letter of letters.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64
  return column - 1
}

function cellOf(type: string, value: string, shared: readonly string[]): Cell {
  const text = value.slice(0, LONGEST_TEXT)
  switch (type) {
    case 's':
      return shared[Number(text)] ?? null
    case 'b':
      return text === '1'
    case 'n': {
      if (text === '') return null
      const number = Number(text)
      return Number.isFinite(number) ? number : text
    }
    case 'd':
      return text.slice(0, 10)
    case 'e':
      return null
    default:
      return text
  }
}
