/** Undoes an import: what it added goes, what it changed is as before, as far as nothing happened to it since. */
import { sql } from 'kysely'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { Position, RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { Reverse } from '@ledgerline/core/record/bulk.ts'
import { entryAfter, latest, type Entry } from '@ledgerline/core/record/entry.ts'
import type { Values } from '@ledgerline/core/record/fields.ts'
import { happeningOf, type Kind, type RecordEvent } from '@ledgerline/core/record/kind.ts'
import type { Asked, Task } from '@ledgerline/core/transfer/task.ts'
import { recordChanges } from '@ledgerline/projections/registers/registers.ts'
import { rethrow } from '../queries/rethrow.ts'
import { partDone, registerOf, tablesReach, type Running, type TaskTools } from './context.ts'
import { bulkOf, PART_ROWS } from './import-job.ts'

/** Streams that are read at once. */
const READ_AT_ONCE = 50

/** What an import did to a record. */
interface Touched {
  record_id: string
  stream: string
  /** Places of its first and its last event of the import. */
  first: number
  last: number
  /** The first thing it did. */
  change: string
  /** The last thing that happened to the record at all. */
  latest: number
}

export async function runUndo(
  tools: TaskTools,
  running: Running,
  asked: Extract<Asked, { kind: 'undo' }>,
  task: Task,
): Promise<void> {
  const kind = registerOf(asked.register)
  const head = await tools.log.head()
  // What the import wrote last must be in the tables before they are asked what it did.
  await tablesReach(tools, running, head)
  let { parts: part, upTo } = task
  let after = ''
  // What was counted is not done again: an import that is over touches no other records.
  let skipped = upTo
  let again = true
  for (;;) {
    const touched = await touchedBy(tools, running.tenant, asked.importId, after, skipped)
    skipped = 0
    if (touched.length === 0) break
    const { done, changed, position } = await (kind.large ? inStreams : inBook)(tools, running, kind, touched, again)
    again = false
    after = touched.at(-1)!.record_id
    upTo += touched.length
    const counts = { upTo, added: done - changed, changed, left: touched.length - done, refused: 0 }
    if (!(await partDone(tools, running, part++, counts))) return
    await tablesReach(tools, running, position)
  }
}

async function touchedBy(
  { readSide }: TaskTools,
  tenant: string,
  importId: string,
  after: string,
  skipped: number,
): Promise<Touched[]> {
  const tables = await readSide.tablesOf(tenant, 'reports')
  const changes = sql.table(recordChanges.name)
  const { rows } = await sql<Touched>`
    select c.record_id, min(c.stream) as stream, min(c.revision)::integer as first, max(c.revision)::integer as last,
      (array_agg(c.change order by c.revision))[1] as change,
      (select max(l.revision)::integer from ${changes} l where l.tenant = ${tenant} and l.record_id = c.record_id) as latest
    from ${changes} c
    where c.tenant = ${tenant} and c.task = ${importId} and c.task is not null and c.record_id > ${after}
    group by c.record_id order by c.record_id limit ${PART_ROWS} offset ${skipped}`
    .execute(tables)
    .catch(rethrow)
  return rows
}

interface Undone {
  done: number
  changed: number
  position: Position | null
}

async function inStreams(
  tools: TaskTools,
  running: Running,
  kind: Kind,
  touched: readonly Touched[],
  again: boolean,
): Promise<Undone> {
  const records: Reverse[] = []
  for (let from = 0; from < touched.length; from += READ_AT_ONCE)
    records.push(
      ...(await Promise.all(
        touched.slice(from, from + READ_AT_ONCE).map(async ({ record_id: recordId, stream, first, last, change }) => ({
          recordId,
          version: last + 1,
          before: change === 'added' ? null : await valuesBefore(tools, kind, recordId, stream, first),
        })),
      )),
    )
  const { results, position } = await bulkOf(tools, running, kind).reverse(records, again)
  const done = records.filter((_, index) => results[index])
  return { done: done.length, changed: done.filter(({ before }) => before !== null).length, position }
}

async function inBook(
  tools: TaskTools,
  { tenant, taskId, actor }: Running,
  kind: Kind,
  touched: readonly Touched[],
): Promise<Undone> {
  const { records } = tools.of(tenant)
  const undone: Undone = { done: 0, changed: 0, position: null }
  for (const { record_id: recordId, stream, first, last, change, latest: now } of touched) {
    const envelope = { tenant, actor, commandId: `${taskId}:${recordId}`, correlation: taskId }
    if (now !== last) continue
    try {
      const values = change === 'added' ? null : await valuesBefore(tools, kind, recordId, stream, first)
      const of = { kind: kind.name, recordId } as const
      const { position } = await records.carryOut(
        kind,
        values
          ? { do: 'change', ...of, version: null, values }
          : { do: 'remove', kind: kind.name, recordIds: [recordId], others: 0 },
        envelope,
      )
      undone.done++
      if (values) undone.changed++
      undone.position = position ?? undone.position
    } catch (error) {
      // In use by now, or gone: it is left as it is, and counted.
      if (!isProblem(error) || !error.code.startsWith('record.')) throw error
    }
  }
  return undone
}

/** What a record said before the import touched it. */
async function valuesBefore(
  { log, codec }: TaskTools,
  kind: Kind,
  recordId: string,
  stream: string,
  first: number,
): Promise<Values> {
  const events = (await codec.decodeAll(await log.readStream(stream, 0, first))) as RecordedEvent[]
  let entry: Entry | null = null
  for (const { type, data } of events) {
    const of = happeningOf([kind], type)
    if (of && (data as RecordEvent['data']).recordId === recordId)
      entry = entryAfter(entry, of.happening, data as RecordEvent['data'], kind.review !== null)
  }
  return entry ? latest(entry) : {}
}
