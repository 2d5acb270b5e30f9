/** Rows of an uploaded file, whatever its format: the first one that is not empty is its heading. */
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Kind } from '@ledgerline/core/record/kind.ts'
import { nameKey } from '@ledgerline/core/transfer/cells.ts'
import type { FileFormat } from '@ledgerline/core/transfer/events.ts'
import { csvRows, encodingOf, type Encoding, type FileRow } from './csv.ts'
import { bytesOf, type FileOf, type TransferFiles } from './files.ts'
import { xlsxRows } from './xlsx.ts'

/** Most rows of a file. */
export const MOST_ROWS = 1_000_000

export interface FileKind {
  format: FileFormat
  encoding: Encoding
}

/** What a file is, by what is in it and never by its name. @throws Problem `transfer.no_file`, `transfer.encoding` */
export async function kindOfFile(files: TransferFiles, of: FileOf): Promise<FileKind> {
  const first = await files.part(of, 0)
  if (!first) throw new Problem('transfer.no_file')
  if (first.subarray(0, 4).equals(ZIP)) return { format: 'xlsx', encoding: 'utf-8' }
  return { format: 'csv', encoding: await encodingOf(bytesOf(files, of)) }
}
const ZIP = Buffer.from('PK\u0003\u0004')

/** The heading, then each row that is not empty. @throws Problem `transfer.broken`, `transfer.too_many_rows` */
export async function* rowsOf(
  files: TransferFiles,
  of: FileOf,
  { format, encoding }: FileKind,
): AsyncGenerator<FileRow> {
  const source = format === 'csv' ? csvRows(bytesOf(files, of), encoding) : xlsxRows(files, of)
  let rows = 0
  for await (const row of source) {
    if (row.cells.every((cell) => cell === null || (typeof cell === 'string' && cell.trim() === ''))) continue
    if (++rows > MOST_ROWS + 1) throw new Problem('transfer.too_many_rows', { most: MOST_ROWS })
    yield row
  }
}

/** Which field each column fills, by its heading: the field's name, or its label in either language. */
export function fieldsOf(kind: Kind, { cells }: FileRow): (string | null)[] {
  const taken = new Set<string>()
  return cells.map((cell) => {
    const heading = nameKey(String(cell ?? '')).replace(/\s*\*$/, '')
    const found = Object.entries(kind.fields).find(([name, { label }]) =>
      [name, label.en, label.zh].some((own) => nameKey(own) === heading),
    )?.[0]
    if (found === undefined || taken.has(found)) return null
    taken.add(found)
    return found
  })
}
