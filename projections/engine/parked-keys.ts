/** Keys that are parked in the tables in use: which, since when, and whether that is over. Read by verify, rebuild and the status. */
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
  /** Place of that event in its stream; null if it was parked before that was recorded. */
  revision: number | null
  position: string
  reason: string
  /** Events waiting behind it. */
  waiting: number
  /** For a stream: its subject was closed, so that later events count again, or was over before that event came. */
  closed: boolean
}

/** At most this many keys are named per table. */
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

/** The keys parked in these tables, in the order of the log. */
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

/** Was the call or shift over before the unreadable event came? Then there is nothing to close; the switchboard sees it the same way. */
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
    // Nothing more can be said about a stream that was truncated.
    const events = await log.readStream(stream).catch(() => [])
    over = events.some((event) => event.revision < revision && rules.closes.has(event.type))
    known.set(stream, over)
  }
  return over
}

/** Keys that are parked now in the tables in use. */
export async function parkedNow(
  client: Client,
): Promise<{ model: string; tenant: string; key: string; type: string }[]> {
  const { rows } = await client.query<{ model: string; tenant: string; key: string; type: string }>(
    `select m.model, p.tenant, p.key, p.event_type as type from ${SCHEMA}.parked p join ${SCHEMA}.models m using (table_name) where m.live`,
  )
  return rows
}
