/** One record as a viewer sees it, and what happened to it. What is about a person is masked in both. */
import { z } from 'zod'
import { demand, type Session } from '@ledgerline/core/access/session.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Value } from '@ledgerline/core/record/fields.ts'
import type { Kind, RecordEvent } from '@ledgerline/core/record/kind.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { recordChanges } from '@ledgerline/projections/registers/registers.ts'
import { masked, maskedColumns, maskRow } from '../../queries/mask.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { seenBy } from '../../queries/seen.ts'
import { selectPage, type Row } from '../../queries/select.ts'

interface Dependencies {
  readSide: ReadSide
  log: EventLog
  codec: Codec
}

/** A record as this viewer sees it. @throws Problem `record.unknown` */
export async function found(
  { readSide }: Pick<Dependencies, 'readSide'>,
  kind: Kind,
  model: ReadModel,
  session: Session,
  id: string,
): Promise<Row> {
  const { tenant } = session
  const tables = await readSide.tablesOf(tenant)
  const seen = seenBy(model, session)
  const conditions = [{ column: 'recordId', is: 'one_of' as const, values: [id] }, ...seen.conditions]
  const { rows } = await selectPage(tables, model, { tenant, conditions, sort: 'recordId', limit: 1 })
  if (!rows[0]) throw new Problem('record.unknown', { what: kind.name })
  return maskRow(seen.row(rows[0]), maskedColumns(model, session))
}

const value = z.union([z.string(), z.number(), z.boolean(), z.null()])
export const historySchema = z
  .object({
    changes: z.array(
      z.object({
        change: z.string().describe('added, changed, approved, rejected or removed'),
        at: z.number().int().describe('when (UTC ms)'),
        by: z.string().describe('who'),
        because: z.string().nullable().describe('the record whose removal led to this; null: somebody did it'),
        note: z.string().nullable().describe('with which it was sent back'),
        fields: z
          .array(z.object({ field: z.string(), before: value, after: value }))
          .describe('each field that was set or changed'),
      }),
    ),
    next: z.string().nullable().describe('`cursor` of the next page; null after the last'),
  })
  .meta({ id: 'RecordHistory' })

/** How many changes are shown at once. */
const CHANGES = 50

export async function history(
  dependencies: Dependencies,
  kind: Kind,
  model: ReadModel,
  session: Session,
  id: string,
  cursor: string | undefined,
) {
  const { readSide, log, codec } = dependencies
  const { tenant, permissions } = session
  // Who may not see it as it is has no business with how it became so; of one that is gone, its editors may know.
  if (!permissions.has(kind.edit)) await found(dependencies, kind, model, session, id)
  if (kind.review !== null && !permissions.has(kind.edit)) demand(session, kind.review)
  const tables = await readSide.tablesOf(tenant)
  const { rows, next } = await selectPage(tables, recordChanges, {
    tenant,
    conditions: [
      { column: 'recordId', is: 'one_of', values: [id] },
      { column: 'register', is: 'one_of', values: [kind.table] },
    ],
    sort: '-at',
    limit: CHANGES,
    cursor,
  })
  if (rows.length === 0 && cursor === undefined) throw new Problem('record.unknown', { what: kind.name })
  const events = await Promise.all(
    rows.map(async (row) => {
      const stored = await log.readStream(String(row['stream']), Number(row['revision']), 1)
      const [event] = (await codec.decode(stored)).events
      return { row, data: (event?.data ?? {}) as Partial<RecordEvent['data']> }
    }),
  )
  const hidden = new Set(maskedColumns(model, session).map(({ column }) => column))
  const shown = (field: string, value: Value | undefined): Value =>
    typeof value === 'string' && hidden.has(field) ? masked(value) : (value ?? null)
  return {
    changes: events.map(({ row, data }) => ({
      change: row['change'],
      at: row['at'],
      by: row['by'],
      because: data.because ?? null,
      note: data.note ?? null,
      fields: Object.entries(data.values ?? {})
        // Whom a value is about stands beside it in the event, changed or not.
        .filter(([field, after]) => !data.before || data.before[field] !== after)
        .map(([field, after]) => ({ field, before: shown(field, data.before?.[field]), after: shown(field, after) })),
    })),
    next,
  }
}
