/** What importing a file would do, by its first rows. Nothing is written. */
import type { ConflictRule } from '@ledgerline/core/record/bulk.ts'
import type { Values } from '@ledgerline/core/record/fields.ts'
import { uniqueKeys, type Kind } from '@ledgerline/core/record/kind.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { CellFault } from '@ledgerline/core/transfer/cells.ts'
import type { FileRow } from './csv.ts'
import { targetsOf, type TaskTools } from './context.ts'
import type { FileOf } from './files.ts'
import { asFault, bulkOf, read } from './import-job.ts'
import { fieldsOf, kindOfFile, rowsOf, type FileKind } from './rows.ts'

/** Rows that are shown before an import. */
export const PREVIEW_ROWS = 20
/** Longest text of a cell that is shown. */
const LONGEST = 200

export interface Preview extends FileKind {
  heading: string[]
  fields: (string | null)[]
  rows: { line: number; cells: string[]; outcome: string; faults: CellFault[] }[]
}

/** @param fields what each column fills; null: by their headings */
export async function preview(
  tools: TaskTools,
  kind: Kind,
  of: FileOf,
  fields: readonly (string | null)[] | null,
  rule: ConflictRule,
): Promise<Preview> {
  const file = await kindOfFile(tools.files, of)
  let heading: FileRow | null = null
  const rows: FileRow[] = []
  for await (const row of rowsOf(tools.files, of, file)) {
    if (heading === null) heading = row
    else rows.push(row)
    if (rows.length === PREVIEW_ROWS) break
  }
  if (heading === null) throw new Problem('transfer.broken', { reason: 'it is empty' })
  const filled = fields ?? fieldsOf(kind, heading)
  const targets = await targetsOf(tools.of(of.tenant).records, kind, of.tenant)
  const readRows = read(kind, filled, rows, 0, targets)
  const right = readRows.flatMap(({ row, values }) => (values ? [{ row, values }] : []))
  const outcomes = kind.large
    ? await bulkOf(tools, { tenant: of.tenant, taskId: of.file, actor: of.owner }, kind).wouldBe(right, rule)
    : await inBook(tools, kind, of, right, rule)
  const byRow = new Map(right.map(({ row }, index) => [row, outcomes[index]!]))
  return {
    ...file,
    heading: heading.cells.map(shown),
    fields: [...filled],
    rows: readRows.map(({ row, faults }, index) => {
      const outcome = faults ?? asFault(kind, byRow.get(row)!)
      const { line, cells } = rows[index]!
      return {
        line,
        cells: cells.map(shown),
        outcome: Array.isArray(outcome) ? 'refused' : outcome,
        faults: Array.isArray(outcome) ? outcome : [],
      }
    }),
  }
}

const shown = (cell: FileRow['cells'][number]): string => (cell === null ? '' : String(cell).slice(0, LONGEST))

async function inBook(
  tools: TaskTools,
  kind: Kind,
  { tenant }: FileOf,
  rows: readonly { values: Values }[],
  rule: ConflictRule,
) {
  const { taken } = await tools.of(tenant).records.book(kind, tenant)
  const met = new Set<string>()
  return rows.map(({ values }) => {
    const keys = uniqueKeys(kind, values).filter((key) => key !== null)
    const isThere = keys.some((key) => taken.has(key) || met.has(key))
    for (const key of keys) met.add(key)
    if (!isThere) return 'added'
    return rule === 'skip' ? 'skipped' : rule === 'report' ? 'taken' : 'changed'
  })
}
