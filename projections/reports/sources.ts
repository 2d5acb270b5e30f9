/**
 * Where the rows of reports come from: views and read models as they are, plus what is still open at query time. A
 * lasting state counts up to now (or the end of the range), cut at the same borders as finished ones.
 */
import { agentFigures, columnOf } from '../models/agent_figures.ts'
import { snake } from '../engine/names.ts'
import type { ReportContext, Source } from './report.ts'
import { recordsOf, type RecordKind } from './traffic-records.ts'

const inRange = (moment: string, { tenant, from, to }: ReportContext): string =>
  `t.tenant = ${tenant} and ${moment} >= ${from} and ${moment} < ${to}`

/** Talk, up to now if it lasts. */
const talk = (until: string): string =>
  `case when t.talk_ms is null and t.talk_from is not null then greatest(0, round(extract(epoch from ${until} - t.talk_from) * 1000))::bigint else coalesce(t.talk_ms, 0) end`

/**
 * Records of calls, one per called number or extension (view `traffic_records`), of these kinds. What is still ringing
 * is neither answered nor lost, and is left out.
 */
export const trafficRecords = (...kinds: RecordKind[]): Source => ({
  models: ['offers', 'calls', 'call_segments', 'shifts'],
  sql: (context) => `(
    select t.tenant, t.at, t.call_id, t.endpoint, t.agent_code, t.group_code, t.department, t.direction, t.queue_code, t.connected, t.ring_ms, ${talk(context.until)} as talk_ms
    from ${recordsOf(...kinds)} where ${inRange('t.at', context)} and not t.ringing
  ) r`,
})

/**
 * One row for each call with a customer and each agent: the agent's part in it, however often it was offered to them. A
 * call counts when it began, for all of its agents alike, so that days add up. Internal calls are not included.
 */
export const agentCalls: Source = {
  models: ['offers', 'calls', 'call_segments', 'shifts', 'agent_monitor', 'history_agents'],
  sql: (context) => `(
    select t.tenant, t.call_at as at, t.call_id, t.agent_code, max(coalesce(a.name, h.name)) as agent_name, max(t.group_code) as group_code, max(t.department) as department,
      case when t.direction = 'outbound' then 'outbound' else 'inbound' end as kind, bool_or(t.connected) as connected, sum(${talk(context.until)})::bigint as talk_ms
    from ${recordsOf('offers', 'handed', 'placed')} left join agent_monitor a on a.tenant = t.tenant and a.agent_id = t.agent_id
      left join history_agents h on h.tenant = t.tenant and h.agent_id = t.agent_id
    where ${inRange('t.call_at', context)} and not t.ringing and t.agent_code is not null and t.direction in ('outbound', 'external_queue', 'external_transfer')
    group by t.tenant, t.call_at, t.call_id, t.agent_code, 8
  ) r`,
}

/** Sums of `agent_interval`, and the part of each agent’s present state that falls into the range. */
export const agentTime: Source = {
  models: ['agent_interval', 'agent_monitor', 'shifts'],
  sql(context) {
    const { tenant, from, until, borders } = context
    const columns = Object.keys(agentFigures).map(snake)
    const open = columns.map((column) => {
      const states = Object.keys(columnOf).filter((state) => snake(columnOf[state]!) === column)
      if (column === 'signed_in_ms') return 'o.ms'
      return states.length > 0
        ? `case when o.state in (${states.map((state) => `'${state}'`).join(', ')}) then o.ms else 0 end`
        : '0'
    })
    return `(
    select t.*, a.name as agent_name, s.extension, s.group_code, s.department from (
      select t.tenant, t.starts_at as at, t.agent_id, t.agent_code, t.shift_id, ${columns.map((column) => `t.${column}`).join(', ')}
      from agent_interval t where ${inRange('t.starts_at', context)}
      union all
      select o.tenant, o.at, o.agent_id, o.agent_code, o.shift_id, ${open.join(', ')} from (
        select m.tenant, greatest(m.since, b.low) as at, m.agent_id, m.agent_code, coalesce(m.shift_id, '') as shift_id, m.state,
          round(extract(epoch from least(${until}, b.high) - greatest(m.since, b.low)) * 1000)::bigint as ms
        from agent_monitor m
        cross join lateral (
          select low, high from (select unnest(${borders}) as low, unnest((${borders})[2:]) as high) b
          where b.low < ${until} and b.high > m.since
        ) b
        where m.tenant = ${tenant} and m.state <> 'signed_out' and m.since < ${until} and ${until} > ${from}
      ) o
    ) t
    left join shifts s on s.tenant = t.tenant and s.shift_id = t.shift_id
    left join agent_monitor a on a.tenant = t.tenant and a.agent_id = t.agent_id
  ) r`
  },
}

/**
 * Figures of queues, by day if that suffices and otherwise by quarter hour. What is waiting now was already offered; it
 * has no outcome yet. A day belongs to the range by its noon, which no change of the clock skips or repeats.
 */
export const queueFigures: Source = {
  models: ['queue_interval', 'queue_day', 'queues'],
  sql(context) {
    const [from, at, range] = context.wholeDays
      ? [
          'queue_day',
          `(t.day + time '12:00') at time zone ${context.zone}`,
          `t.tenant = ${context.tenant} and t.day between ${context.firstDay} and ${context.lastDay}`,
        ]
      : ['queue_interval', 't.starts_at', inRange('t.starts_at', context)]
    return `(
    select t.*, ${at} as at, q.name as queue_name
    from ${from} t left join queues q on q.tenant = t.tenant and q.queue_code = t.queue_code
    where ${range}
  ) r`
  },
}

/** Satisfaction surveys that are over, each at the moment when the customer was asked. */
export const surveys: Source = {
  models: ['surveys'],
  sql: (context) => `(
    select t.tenant, t.started_at as at, t.agent_code, t.extension, t.queue_code, t.rating
    from surveys t where ${inRange('t.started_at', context)} and t.result is not null
  ) r`,
}

/** Calls, each at the moment when it reached us or was requested. */
export const allCalls: Source = {
  models: ['calls'],
  sql: (context) => `(
    select t.tenant, t.received_at as at, t.direction, t.queue_code, t.outcome, t.category, coalesce(t.talk_ms, 0) + coalesce(t.hold_ms, 0) as talk_ms
    from calls t where ${inRange('t.received_at', context)}
  ) r`,
}
