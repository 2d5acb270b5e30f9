/**
 * The last half hour of the boards' current figures (waiting, longest wait, ready, in call), one point per minute: what a
 * newly opened board draws behind its figures. It is read from the tables, so that it is the same for everybody, after a
 * restart, for every filter, and for a moment in the past.
 */
import { sql } from 'kysely'
import type { Tables } from '../queries/select.ts'
import type { TrendPoint } from './answers.ts'
import { rethrow } from '../queries/rethrow.ts'

/** Which callers and agents; null: all. */
export interface TrendScope {
  queues: readonly string[] | null
  group: string | null
}

const MINUTE_MS = 60_000
/** Points before the last. */
const MINUTES = 30
/** How far back a waiting call may have arrived, and a state may have begun. */
const CALL_MS = 4 * 3_600_000
const STATE_MS = 24 * 3_600_000

/**
 * The points of the 30 minutes up to a moment, by the events' own time, at whole minutes; the moment itself is the
 * board's.
 * @throws Problem `tables.unavailable`
 */
export async function trendsUpTo(
  tables: Tables,
  tenant: string,
  at: number,
  { queues, group }: TrendScope,
): Promise<TrendPoint[]> {
  const last = Math.floor(at / MINUTE_MS) * MINUTE_MS
  const first = last - (MINUTES - 1) * MINUTE_MS
  const moment = (ms: number) => sql`${new Date(ms).toISOString()}::timestamptz`
  const points = sql`generate_series(${moment(first)}, ${moment(last)}, interval '1 minute')`
  const codes = queues === null ? null : sql`${[...queues]}::text[]`
  try {
    const callers = sql<{ waiting: number; longestMs: number | null }>`
      with waits as materialized (
        select s.entered_at, s.started_at, s.ended_at
        from calls c join call_segments s on s.tenant = c.tenant and s.call_id = c.call_id
        where c.tenant = ${tenant} and c.received_at >= ${moment(first - CALL_MS)} and c.received_at <= ${moment(last)}
          and s.kind = 'queue' and s.started_at <= ${moment(last)} and (s.ended_at is null or s.ended_at > ${moment(first)})
          ${codes === null ? sql`` : sql`and s.queue_code = any(${codes})`}
      )
      select count(w.started_at) as waiting, max(extract(epoch from p.at - w.entered_at) * 1000)::bigint as "longestMs"
      from ${points} p(at) left join waits w on w.started_at <= p.at and (w.ended_at is null or w.ended_at > p.at)
      group by p.at order by p.at`.execute(tables)
    const agents = sql<{ ready: number; inCall: number }>`
      with states as materialized (
        select s.state, s.started_at, s.ended_at
        from agent_monitor a join agent_state_log s on s.tenant = a.tenant and s.agent_code = a.agent_code
        where a.tenant = ${tenant} and s.started_at >= ${moment(first - STATE_MS)} and s.started_at <= ${moment(last)}
          and (s.ended_at is null or s.ended_at > ${moment(first)}) and s.state in ('ready', 'in_call', 'on_hold')
          ${codes === null ? sql`` : sql`and a.queue_codes && ${codes}`}
          ${group === null ? sql`` : sql`and s.group_code = ${group}`}
      )
      select count(*) filter (where s.state = 'ready') as ready, count(*) filter (where s.state in ('in_call', 'on_hold')) as "inCall"
      from ${points} p(at) left join states s on s.started_at <= p.at and (s.ended_at is null or s.ended_at > p.at)
      group by p.at order by p.at`.execute(tables)
    const [waits, states] = await Promise.all([callers, agents])
    return waits.rows.map((row, index) => {
      const { ready, inCall } = states.rows[index]!
      return { at: first + index * MINUTE_MS, waiting: row.waiting, longestMs: row.longestMs ?? 0, ready, inCall }
    })
  } catch (error) {
    rethrow(error)
  }
}
