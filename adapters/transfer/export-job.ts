/** Exports records of a register to a file: those that were chosen, or all that a search finds, as their asker sees them. */
import type { Language } from '@ledgerline/core/kernel/words.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { latest } from '@ledgerline/core/record/entry.ts'
import type { Field } from '@ledgerline/core/record/fields.ts'
import type { Kind } from '@ledgerline/core/record/kind.ts'
import { registers } from '@ledgerline/core/registers.ts'
import { FILE_KEPT_MS, type Asked, type Task } from '@ledgerline/core/transfer/task.ts'
import type { Condition } from '../queries/filters.ts'
import { masked } from '../queries/mask.ts'
import { selectPage, type Row } from '../queries/select.ts'
import { madeFile, partDone, registerOf, type Running, type TaskTools } from './context.ts'
import { putAll } from './files.ts'
import { MOST_ROWS } from './rows.ts'
import { written } from './write-files.ts'

/** Rows that are read at once. */
const PAGE_ROWS = 5_000
/** Progress is told after so many rows. */
const PART_ROWS = 50_000

export interface ExportSearch {
  conditions: readonly Condition[]
  sort: string
}

/** @returns the size of its file, bytes */
export async function runExport(
  tools: TaskTools,
  running: Running,
  asked: Extract<Asked, { kind: 'export' }>,
  task: Task,
): Promise<number> {
  const kind = registerOf(asked.register)
  const language = asked.language as Language
  const fields = Object.entries(kind.fields)
  const heading = fields.map(([, { label }]) => label[language])
  const until = tools.wall() + FILE_KEPT_MS
  // An export that was broken off begins anew: its file is written over.
  await tools.files.delete(madeFile(running))
  const source = written(asked.format, heading, pages(tools, running, asked, kind, task))
  return putAll(tools.files, madeFile(running), source, until)
}

class Cancelled extends Error {}
export const wasCancelled = (error: unknown): boolean => error instanceof Cancelled

async function* pages(
  tools: TaskTools,
  running: Running,
  asked: Extract<Asked, { kind: 'export' }>,
  kind: Kind,
  task: Task,
): AsyncGenerator<string[][]> {
  const { tenant } = running
  const model = tools.readSide.models.find(({ name }) => name === kind.table)!
  const tables = await tools.readSide.lists()
  const { conditions, sort } = JSON.parse(asked.search ?? '{"conditions":[],"sort":"recordId"}') as ExportSearch
  const named: Condition[] = asked.recordIds ? [{ column: 'recordId', is: 'one_of', values: asked.recordIds }] : []
  // Whoever names a record sees no more of it than in the list.
  const search = { conditions: [...conditions, ...named], sort }
  const names = await namesOf(tools, tenant, kind)
  const cells = cellsOf(kind, names, asked.language as Language, asked.clear)
  let { parts: part } = task
  let upTo = 0
  let told = 0
  let cursor: string | undefined
  do {
    running.signal.throwIfAborted()
    const page = await selectPage(tables, model, { tenant, ...search, limit: PAGE_ROWS, cursor })
    upTo += page.rows.length
    if (upTo > MOST_ROWS) throw new Problem('transfer.too_many_rows', { most: MOST_ROWS })
    yield page.rows.map(cells)
    cursor = page.next ?? undefined
    if (upTo - told >= PART_ROWS || cursor === undefined) {
      const counts = { upTo, added: upTo - told, changed: 0, left: 0, refused: 0 }
      told = upTo
      if (!(await partDone(tools, running, part++, counts))) throw new Cancelled()
    }
  } while (cursor !== undefined)
}

/** What records of books that these refer to are called, by their ids. */
async function namesOf(tools: TaskTools, tenant: string, kind: Kind): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  const { records } = tools.of(tenant)
  for (const { refersTo } of Object.values(kind.fields)) {
    if (!refersTo) continue
    const target = registers.find(({ name }) => name === refersTo.kind)!
    for (const [id, { kind: its, entry }] of (await records.book(target, tenant)).records)
      names.set(id, String(latest(entry)[its.label] ?? ''))
  }
  return names
}

function cellsOf(
  kind: Kind,
  names: ReadonlyMap<string, string>,
  language: Language,
  clear: boolean,
): (row: Row) => string[] {
  const fields = Object.entries(kind.fields)
  return (row) => fields.map(([name, field]) => cellOf(field, row[name], names, language, clear))
}

const flags = { en: ['no', 'yes'], zh: ['否', '是'] } as const

function cellOf(
  { kind, personal }: Field,
  value: unknown,
  names: ReadonlyMap<string, string>,
  language: Language,
  clear: boolean,
): string {
  if (value === null || value === undefined) return ''
  if (kind === 'reference') return names.get(value as string) ?? ''
  if (kind === 'flag') return flags[language][value ? 1 : 0]
  const text = String(value)
  return personal && !clear ? masked(text) : text
}
