/** What tasks work with, and what they have in common: their stream, their files, the tables they wait for. */
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { Commands, type AnswerBook } from '@ledgerline/core/kernel/command.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem, type ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import type { There } from '@ledgerline/core/record/bulk.ts'
import { RecordCommands } from '@ledgerline/core/record/commands.ts'
import { latest } from '@ledgerline/core/record/entry.ts'
import type { Values } from '@ledgerline/core/record/fields.ts'
import { keptNames, type Kind } from '@ledgerline/core/record/kind.ts'
import { books, registers } from '@ledgerline/core/registers.ts'
import { nameKey, type Targets } from '@ledgerline/core/transfer/cells.ts'
import { taskDecider, type Task, type TaskCommand } from '@ledgerline/core/transfer/task.ts'
import type { ReadSide } from '../queries/read-side.ts'
import { rowsByKey } from '../queries/select.ts'
import type { FileOf, TransferFiles } from './files.ts'

export interface TaskTools {
  log: EventLog
  codec: Codec
  files: TransferFiles
  readSide: ReadSide
  /** UTC ms: files expire by it, whatever clock a tenant's demo has. */
  wall(): number
  /** By a tenant's own clock. */
  of(tenant: string): { records: RecordCommands; commands: Commands; now: () => number }
}

/** One task that is being carried out. */
export interface Running {
  tenant: string
  taskId: string
  /** Who asked for it: what it does, they do. */
  actor: string
  signal: AbortSignal
}

/** What a part of a task did. */
export interface PartDone {
  upTo: number
  added: number
  changed: number
  left: number
  refused: number
}

/** How long tables may take to reach what was written before the task fails, ms. */
const TABLES_MS = 120_000
const LOOK_MS = 1_000

export function registerOf(table: string): Kind {
  const kind = registers.find((one) => one.table === table)
  if (!kind) throw new Problem('record.unknown', { what: table })
  return kind
}

/** The task's own stream as the log has it. */
export const taskNow = (tools: TaskTools, { tenant, taskId }: Pick<Running, 'tenant' | 'taskId'>): Promise<Task> =>
  tools.of(tenant).commands.current(taskDecider, taskId, tenant)

export async function tellTask(
  tools: TaskTools,
  { tenant, taskId, actor }: Pick<Running, 'tenant' | 'taskId' | 'actor'>,
  name: string,
  command: TaskCommand,
): Promise<void> {
  await tools
    .of(tenant)
    .commands.carryOut(taskDecider, taskId, command, { tenant, actor, commandId: `${taskId}:${name}` })
}

/** Says that a part is done. @returns whether the task is to go on */
export async function partDone(tools: TaskTools, running: Running, part: number, done: PartDone): Promise<boolean> {
  const { taskId, signal } = running
  await tellTask(tools, running, `part:${part}`, { do: 'progress', progress: { taskId, part, ...done } })
  signal.throwIfAborted()
  return !(await taskNow(tools, running)).cancelled
}

/**
 * Waits until tables have what was written: so a task is never ahead of them by more than one part, boards are never late
 * by more than that, and what it finds in tables is what it wrote.
 */
export async function tablesReach(tools: TaskTools, running: Running, position: Position | null): Promise<void> {
  if (position === null) return
  for (let waited = 0; waited < TABLES_MS; waited += LOOK_MS) {
    if (await tools.readSide.reached(running.tenant, position, LOOK_MS)) return
    running.signal.throwIfAborted()
  }
  throw new Problem('tables.unavailable', { reason: 'they do not keep up with the task' })
}

/** Which of these records of a large register are there, as tables have them. */
export async function lookUp(
  tools: Pick<TaskTools, 'readSide'>,
  kind: Kind,
  tenant: string,
  recordIds: readonly string[],
): Promise<Map<string, There>> {
  const names = keptNames(kind)
  const model = tools.readSide.models.find(({ name }) => name === kind.table)!
  const tables = await tools.readSide.tablesOf(tenant, 'reports')
  const rows = await rowsByKey(tables, model, tenant, recordIds, ['recordId', 'version', ...names])
  return new Map(
    rows.map((row) => [
      row['recordId'] as string,
      {
        version: row['version'] as number,
        values: Object.fromEntries(names.map((name) => [name, row[name] ?? null])) as Values,
      },
    ]),
  )
}

/** The records that references of a kind may name, as people know them. Of large registers: none. */
export async function targetsOf(records: RecordCommands, kind: Kind, tenant: string): Promise<Targets> {
  const targets: Record<string, Map<string, string>> = {}
  for (const [name, { refersTo }] of Object.entries(kind.fields)) {
    if (!refersTo) continue
    const target = registers.find((one) => one.name === refersTo.kind)!
    const { records: there } = await records.book(target, tenant)
    targets[name] = new Map(
      [...there].flatMap(([id, { kind: its, entry }]) =>
        its.name === target.name ? [[nameKey(String(latest(entry)[target.label] ?? '')), id] as const] : [],
      ),
    )
  }
  return targets
}

/** The files that a task makes. */
export const refusedFile = ({ tenant, taskId, actor }: Omit<Running, 'signal'>): FileOf => ({
  tenant,
  file: `${taskId}-refused`,
  owner: actor,
})
export const madeFile = ({ tenant, taskId, actor }: Omit<Running, 'signal'>): FileOf => ({
  tenant,
  file: `${taskId}-made`,
  owner: actor,
})

/** Commands of tenants for tasks, each by its own clock. */
export function toolsBy(options: {
  log: EventLog
  codec: Codec
  answers: AnswerBook
  problems: ProblemEntries
  clockOf(tenant: string): { now(): number }
}): TaskTools['of'] {
  const { log, codec, answers, problems, clockOf } = options
  const made = new Map<string, ReturnType<TaskTools['of']>>()
  return (tenant) => {
    const known = made.get(tenant)
    if (known) return known
    const now = (): number => clockOf(tenant).now()
    const clock: Clock = { now, at: (at, wake) => waking(at - now(), wake) }
    const commands = new Commands({ log, codec, clock, dice: Math.random, answers, problems })
    const fresh = { commands, records: new RecordCommands({ log, codec, commands, books, kinds: registers }), now }
    made.set(tenant, fresh)
    return fresh
  }
}

/** A pause after a conflict: short, whatever speed the tenant's clock has. */
function waking(ms: number, wake: () => void): () => void {
  const timer = setTimeout(wake, Math.min(Math.max(0, ms), LOOK_MS))
  return () => clearTimeout(timer)
}
