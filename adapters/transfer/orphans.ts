/**
 * Records of large registers whose group was removed: they go with it, a batch at a time. Which those are follows from the
 * tables at each look, so whatever dies on the way, the next look goes on; and a record that somebody added at the very
 * moment in which its group went is found, too.
 */
import type { Pool } from 'pg'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import type { Kind } from '@ledgerline/core/record/kind.ts'
import { registers } from '@ledgerline/core/registers.ts'
import { snake } from '@ledgerline/projections/engine/names.ts'
import { answered } from '../postgres/answered.ts'
import { tablesReach, type TaskTools } from './context.ts'
import { bulkOf } from './import-job.ts'

const BATCH = 2_000
const ANSWER_MS = 5_000

interface Removed {
  tenant: string
  record_id: string
  by: string
}

export async function removeOrphans(tools: TaskTools, pool: Pool, signal: AbortSignal): Promise<void> {
  for (const kind of registers)
    if (kind.large)
      for (const [name, { refersTo }] of Object.entries(kind.fields))
        if (refersTo) await ofReference(tools, pool, signal, kind, name, refersTo.kind)
}

async function ofReference(
  tools: TaskTools,
  pool: Pool,
  signal: AbortSignal,
  kind: Kind,
  name: string,
  target: string,
): Promise<void> {
  const table = `public.${kind.table}`
  const column = `"${snake(name)}"`
  const { table: register } = registers.find((one) => one.name === target)!
  const { rows: removed } = await answered(
    pool.query<Removed>(
      `select c.tenant, c.record_id, c.by from public.record_changes c where c.register = $1 and c.change = 'removed'
        and exists (select from ${table} r where r.tenant = c.tenant and r.${column} = c.record_id)
        and not exists (select from public.${register} g where g.tenant = c.tenant and g.record_id = c.record_id)`,
      [register],
    ),
    ANSWER_MS,
  )
  for (const { tenant, record_id: group, by: actor } of removed)
    for (;;) {
      signal.throwIfAborted()
      const { rows } = await answered(
        pool.query<{ record_id: string; version: number }>(
          `select record_id, version from ${table} where tenant = $1 and ${column} = $2 limit ${BATCH}`,
          [tenant, group],
        ),
        ANSWER_MS,
      )
      if (rows.length === 0) break
      const taskId = derivedId(group, 'removal')
      const running = { tenant, taskId, actor, signal }
      const records = rows.map(({ record_id: recordId, version }) => ({
        recordId,
        version,
        before: null,
        because: group,
      }))
      const { position } = await bulkOf(tools, running, kind).reverse(records, false)
      // Nothing could be removed: tables are behind, and the next look knows more.
      if (position === null) break
      await tablesReach(tools, running, position)
    }
}
