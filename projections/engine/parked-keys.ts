/** Keys that stand still in the tables in use, for whoever verifies, rebuilds or asks: which, since when, and whether that is over. */
import type { Client } from 'pg'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import type { EventRules } from './event-rules.ts'
import { streamOfKey } from './parking.ts'
import { SCHEMA } from './table.ts'

export interface ParkedKey {
  model: string
  tenant: string
  key: string
  eventType: string
  /** Place of that event in its stream; null: noted before that was kept. */
  revision: number | null
  position: string
  reason: string
  /** Events that wait behind it. */
  waiting: number
  /** Of a stream: what it is about was closed, so that later events count again; or it was over before that event came. */
  closed: boolean
}

/** Of one table, so many are named. */
const NAMED = 1000

interface Found {
  tenant: string
  key: string
  event_type: string
  position: string
  reason: string
  waiting: string
  revision: string | null
  closed: boolean
}

/** What stands still in these tables, in the order of the log. */
export async function parkedKeys(
  client: Client,
  { log, events }: { log: EventLog; events: EventRules },
  tables: readonly { model: string; table: string }[],
): Promise<ParkedKey[]> {
  const keys: ParkedKey[] = []
  for (const { model, table } of tables) {
    const { rows } = await client.query<Found>(
      `select tenant, key, event_type, position, reason, waiting, revision, resumed is not null as closed from ${SCHEMA}.parked where table_name = $1 order by position limit ${NAMED}`,
      [table],
    )
    for (const { tenant, key, event_type: eventType, position, reason, waiting, revision, closed } of rows) {
      keys.push({
        model,
        tenant,
        key,
        eventType,
        revision: revision === null ? null : Number(revision),
        position,
        reason,
        waiting: Number(waiting),
        closed,
      })
    }
  }
  const over = new Map<string, boolean>()
  for (const parked of keys) if (!parked.closed) parked.closed = await wasOver(log, events, parked, over)
  return keys
}

/** Was the call or the shift over before the event came that cannot be read? Then there is nothing to close, as the switchboard sees it too. */
async function wasOver(
  log: EventLog,
  rules: EventRules,
  { key, revision }: ParkedKey,
  known: Map<string, boolean>,
): Promise<boolean> {
  const stream = streamOfKey(key)
  if (stream === null || revision === null || rules.opensAgain(stream)) return false
  let over = known.get(stream)
  if (over === undefined) {
    // Of a stream that was cut nothing more can be said.
    const events = await log.readStream(stream).catch(() => [])
    over = events.some((event) => event.revision < revision && rules.closes.has(event.type))
    known.set(stream, over)
  }
  return over
}

/** Keys that stand still now, in tables in use. */
export async function parkedNow(
  client: Client,
): Promise<{ model: string; tenant: string; key: string; type: string }[]> {
  const { rows } = await client.query<{ model: string; tenant: string; key: string; type: string }>(
    `select m.model, p.tenant, p.key, p.event_type as type from ${SCHEMA}.parked p join ${SCHEMA}.models m using (table_name) where m.live`,
  )
  return rows
}
