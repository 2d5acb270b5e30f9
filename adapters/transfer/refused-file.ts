/** The rows that an import refused, in the layout of its file, with what is wrong with each. */
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Language } from '@ledgerline/core/kernel/words.ts'
import type { Kind } from '@ledgerline/core/record/kind.ts'
import type { Cell } from '@ledgerline/core/transfer/cells.ts'
import { bytesOf, type FileOf, type TransferFiles } from './files.ts'
import type { RefusedRow } from './import-job.ts'

const headings = {
  en: ['Line', 'Field', 'Value', 'Reason'],
  zh: ['行号', '字段', '内容', '原因'],
} as const

interface Part {
  heading?: readonly Cell[]
  rows: RefusedRow[]
}

/** @throws Problem `task.no_file` */
export async function refusedRows(
  files: TransferFiles,
  of: FileOf,
  kind: Kind,
  language: Language,
): Promise<{ heading: string[]; rows: AsyncIterable<string[][]> }> {
  const parts = bytesOf(files, of)
  const first = await parts.next()
  if (first.done) throw new Problem('task.no_file')
  const begin = JSON.parse(first.value.toString()) as Part
  const columns = begin.heading?.map(textOf) ?? []
  const own = ({ line, cells, faults }: RefusedRow): string[] => [
    ...columns.map((_, index) => textOf(cells[index] ?? null)),
    String(line),
    faults.map(({ field }) => kind.fields[field]?.label[language] ?? field).join('; '),
    faults.map(({ value }) => value).join('; '),
    faults.map(({ reason }) => reason[language]).join('; '),
  ]
  async function* rows(): AsyncGenerator<string[][]> {
    yield begin.rows.map(own)
    for await (const part of parts) yield (JSON.parse(part.toString()) as Part).rows.map(own)
  }
  return { heading: [...columns, ...headings[language]], rows: rows() }
}

const textOf = (cell: Cell): string => (cell === null ? '' : String(cell))
