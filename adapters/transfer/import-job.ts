/** Imports a file into a register, part by part: each is written, counted in the task's stream, and never done twice. */
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { Words } from '@ledgerline/core/kernel/words.ts'
import { Bulk, type BulkRow, type ConflictRule, type Outcome } from '@ledgerline/core/record/bulk.ts'
import type { Values } from '@ledgerline/core/record/fields.ts'
import { uniqueKeys, type Kind } from '@ledgerline/core/record/kind.ts'
import { coreProblems, tell } from '@ledgerline/core/problems.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import { valuesOf, type Cell, type CellFault, type Targets } from '@ledgerline/core/transfer/cells.ts'
import { FILE_KEPT_MS, type Asked, type Task } from '@ledgerline/core/transfer/task.ts'
import type { FileRow } from './csv.ts'
import {
  lookUp,
  partDone,
  refusedFile,
  registerOf,
  tablesReach,
  targetsOf,
  type Running,
  type TaskTools,
} from './context.ts'
import { rowsOf, type FileKind } from './rows.ts'

/** Rows of a part. */
export const PART_ROWS = 2_000

/** A row that was refused, as it is kept for the file of them. */
export interface RefusedRow {
  line: number
  cells: readonly Cell[]
  faults: CellFault[]
}

type ImportAsked = Extract<Asked, { kind: 'import' }>
type RowOutcome = Outcome | CellFault[]

export async function runImport(tools: TaskTools, running: Running, asked: ImportAsked, task: Task): Promise<void> {
  const kind = registerOf(asked.register)
  const { tenant, actor } = running
  const { records } = tools.of(tenant)
  const writer = writerOf(tools, running, kind, asked.conflict as ConflictRule)
  const file = { tenant, file: asked.fileId, owner: actor }
  let { parts: part, upTo } = task
  let again = true
  let position: Position | null = null
  for await (const { rows, heading } of partsOf(tools, running, asked, upTo)) {
    if (rows.length > 0) {
      const targets = await targetsOf(records, kind, tenant)
      const outcomes = await writer.write(read(kind, asked.fields, rows, upTo, targets), again)
      again = false
      const refused = rows.flatMap(({ line, cells }, index): RefusedRow[] => {
        const outcome = outcomes.results[index]!
        return Array.isArray(outcome) ? [{ line, cells, faults: outcome }] : []
      })
      const kept = { heading: part === 0 ? heading : undefined, rows: refused }
      await tools.files.put(refusedFile(running), part, Buffer.from(JSON.stringify(kept)), tools.wall() + FILE_KEPT_MS)
      upTo += rows.length
      const of = (...wanted: Outcome[]) => outcomes.results.filter((one) => wanted.includes(one as Outcome)).length
      const done = {
        upTo,
        added: of('added'),
        changed: of('changed'),
        left: of('same', 'skipped'),
        refused: refused.length,
      }
      if (!(await partDone(tools, running, part++, done))) break
      // The part before this one: tables fold while the next is read.
      await tablesReach(tools, running, position)
      position = outcomes.position
    }
  }
  await tablesReach(tools, running, position)
  await tools.files.delete(file)
}

/** The rows of the file that are still to be done, in parts. */
async function* partsOf(
  { files }: TaskTools,
  { tenant, actor }: Running,
  { fileId, format, encoding }: ImportAsked,
  done: number,
): AsyncGenerator<{ rows: FileRow[]; heading: readonly Cell[] }> {
  const kind: FileKind = { format, encoding: encoding as FileKind['encoding'] }
  let heading: readonly Cell[] | null = null
  let seen = 0
  let rows: FileRow[] = []
  for await (const row of rowsOf(files, { tenant, file: fileId, owner: actor }, kind)) {
    if (heading === null) {
      heading = row.cells
      continue
    }
    if (seen++ < done) continue
    rows.push(row)
    if (rows.length < PART_ROWS) continue
    yield { rows, heading }
    rows = []
  }
  yield { rows, heading: heading ?? [] }
}

/** Rows as values, or what is wrong with them. */
export interface ReadRow {
  /** Of the rows of the file, from 1. */
  row: number
  values: Values | null
  faults: CellFault[] | null
}

export function read(
  kind: Kind,
  fields: readonly (string | null)[],
  rows: readonly FileRow[],
  before: number,
  targets: Targets,
): ReadRow[] {
  return rows.map(({ cells, from1904 }, index) => ({
    row: before + index + 1,
    ...valuesOf(kind, fields, cells, targets, from1904),
  }))
}

export interface Writer {
  write(rows: readonly ReadRow[], again: boolean): Promise<{ results: RowOutcome[]; position: Position | null }>
}

/** Large registers are written many at a time, books one by one. */
function writerOf(tools: TaskTools, running: Running, kind: Kind, rule: ConflictRule): Writer {
  return kind.large ? largeWriter(bulkOf(tools, running, kind), kind, rule) : bookWriter(tools, running, kind, rule)
}

export function bulkOf(tools: TaskTools, { tenant, taskId, actor }: Omit<Running, 'signal'>, kind: Kind): Bulk {
  const { log, codec } = tools
  const { now } = tools.of(tenant)
  const there = (ids: readonly string[]) => lookUp(tools, kind, tenant, ids)
  return new Bulk({ log, codec, kind, tenant, actor, taskId, now, lookUp: there })
}

function largeWriter(bulk: Bulk, kind: Kind, rule: ConflictRule): Writer {
  return {
    async write(rows, again) {
      const right = rows.filter((row): row is ReadRow & BulkRow => row.values !== null)
      const { results, position } = await bulk.write(right, rule, again)
      const outcomes = new Map(right.map(({ row }, index) => [row, results[index]!]))
      return {
        results: rows.map(({ row, faults }) => faults ?? asFault(kind, outcomes.get(row)!)),
        position,
      }
    },
  }
}

/** A record that is there although it was not to be is a row that is refused. */
export function asFault(kind: Kind, outcome: Outcome): RowOutcome {
  if (outcome !== 'taken') return outcome
  const field = kind.unique[0]?.fields.at(-1) ?? kind.label
  return [{ field, value: '', reason: { en: 'is there already', zh: '已存在' } }]
}

function bookWriter(tools: TaskTools, { tenant, taskId, actor }: Running, kind: Kind, rule: ConflictRule): Writer {
  const { records } = tools.of(tenant)
  async function one({ row, values }: ReadRow): Promise<{ outcome: RowOutcome; position: Position | null }> {
    const envelope = { tenant, actor, commandId: `${taskId}:${row}`, correlation: taskId }
    const recordId = derivedId(taskId, `${kind.name} ${row}`)
    try {
      const { taken } = await records.book(kind, tenant)
      const holder = uniqueKeys(kind, values!).flatMap((key) => (key === null ? [] : (taken.get(key) ?? [])))[0]
      if (holder !== undefined && holder !== recordId) {
        if (rule !== 'update') return { outcome: rule === 'skip' ? 'skipped' : asFault(kind, 'taken'), position: null }
        const change = { do: 'change', kind: kind.name, recordId: holder, version: null, values: values! } as const
        const { events, position } = await records.carryOut(kind, change, envelope)
        return { outcome: events.length > 0 ? 'changed' : 'same', position }
      }
      const add = { do: 'add', kind: kind.name, recordId, values: values! } as const
      const { position } = await records.carryOut(kind, add, envelope)
      return { outcome: 'added', position }
    } catch (error) {
      if (!isProblem(error) || !error.code.startsWith('record.')) throw error
      return { outcome: [{ field: error.where ?? kind.label, value: '', reason: reasonOf(error) }], position: null }
    }
  }
  return {
    async write(rows) {
      const results: RowOutcome[] = []
      let position: Position | null = null
      for (const row of rows) {
        if (row.faults) results.push(row.faults)
        else {
          const done = await one(row)
          results.push(done.outcome)
          position = done.position ?? position
        }
      }
      return { results, position }
    },
  }
}

function reasonOf(problem: Problem): Words {
  return {
    en: tell(problem, 'en', coreProblems).sentence.replace(/\.$/, ''),
    zh: tell(problem, 'zh', coreProblems).sentence.replace(/。$/, ''),
  }
}
