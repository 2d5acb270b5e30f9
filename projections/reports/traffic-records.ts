/**
 * Records of calls in the form of catalogue A's call list: one per called number or extension (A11.1-leg-records), so
 * that one call of a customer can leave several. Four kinds, each from the table that knows it.
 */
import { calls } from '../models/calls.ts'
import { callSegments } from '../models/call_segments.ts'
import { offers } from '../models/offers.ts'
import { shifts } from '../models/shifts.ts'
import type { JoinedView } from '../engine/view.ts'

const columns = {
  at: 'When it was called: the dial time (拨打时间).',
  call_id: 'The call.',
  call_at: 'When the call reached us, or was requested.',
  endpoint:
    'The called number or extension (坐席); for an outbound call the agent’s extension. If none is known, the ' +
    'agent’s number.',
  agent_id: 'The agent; null if our own number was called.',
  agent_code: 'Number of the agent (工号).',
  shift_id: 'The shift; null in recorded history.',
  group_code: 'Group of the agent (班组) at that time.',
  department: 'Department of the agent at that time.',
  direction:
    'outbound 呼出, external_in 外线呼入, external_queue 外线转队列, internal_queue 内线转队列, external_transfer 外线转接, internal_transfer 内线转接.',
  queue_code: 'The queue.',
  connected: 'Someone there talked with the other party; otherwise it was lost (呼损).',
  ringing: 'It is still ringing: neither answered nor lost.',
  ring_ms: 'How long it rang, ms.',
  talk_from:
    'When the talk began; null if there was none. One of our own numbers (external_in) answers when it takes the ' +
    'call: when the caller was queued, or answered without waiting.',
  talk_ms:
    'Talk, hold included, ms; null while it lasts, and if there was none. For external_in: up to the end of the ' +
    'call, including the wait in the queue and in addition to the talk of the agents in their own records. ' +
    'Never add it to theirs.',
} as const

const types = {
  at: 'timestamp with time zone',
  call_at: 'timestamp with time zone',
  connected: 'boolean',
  ringing: 'boolean',
  ring_ms: 'bigint',
  talk_from: 'timestamp with time zone',
  talk_ms: 'bigint',
}

/** Talk of an agent’s segment includes hold (A11.1-time-identity). */
const segmentTalk = 'case when s.ended_at is not null then s.talk_ms + s.hold_ms end'
/** Never below 0, and 0 if one of the two is missing (`greatest` ignores nulls). */
const since = (until: string, from: string) =>
  `greatest(0, round(extract(epoch from ${until} - ${from}) * 1000))::bigint`

/** The kinds of records. Recorded history has no configuration: there every call came to its agent from its queue. */
const kinds = {
  /** Calls that reached one of our numbers. */
  numbers: `
select c.tenant, c.received_at as at, c.call_id, c.received_at as call_at, c.to_number as endpoint, null::text as agent_id, null::text as agent_code, null::text as shift_id, null::text as group_code, null::text as department,
  'external_in' as direction, c.queue_code, c.answered_at is not null as connected, c.ended_at is null and c.answered_at is null as ringing,
  ${since('coalesce(c.queued_at, c.answered_at, c.ended_at)', 'c.received_at')} as ring_ms,
  coalesce(c.queued_at, c.answered_at) as talk_from,
  case when c.ended_at is not null then ${since('c.ended_at', 'coalesce(c.queued_at, c.answered_at)')} end as talk_ms
from calls c
where c.direction = 'inbound'`,
  /** How often a call was offered to an agent. */
  offers: `
select o.tenant, o.offered_at, o.call_id, c.received_at, coalesce(o.extension, o.agent_code), o.agent_id, o.agent_code, o.shift_id, h.group_code, h.department,
  case when c.direction = 'outbound' then 'outbound'
    else case when c.direction = 'internal' then 'internal' else 'external' end || case when o.queue_code is null then '_transfer' else '_queue' end end,
  o.queue_code, o.segment_id is not null, o.ended_at is null, o.ring_ms, s.started_at, ${segmentTalk}
from offers o
join calls c on c.tenant = o.tenant and c.call_id = o.call_id
left join call_segments s on s.tenant = o.tenant and s.call_id = o.call_id and s.segment_id = o.segment_id
left join shifts h on h.tenant = o.tenant and h.shift_id = o.shift_id`,
  /** Agents who got a call without an offer: by transfer, or in recorded history. */
  handed: `
select s.tenant, s.started_at, s.call_id, c.received_at, coalesce(h.extension, s.agent_code), s.agent_id, s.agent_code, s.shift_id, h.group_code, h.department,
  case when c.direction = 'outbound' then 'outbound'
    else case when c.direction = 'internal' then 'internal' else 'external' end || case when c.config_version = 0 then '_queue' else '_transfer' end end,
  s.queue_code, true, false, s.ring_ms, s.started_at, ${segmentTalk}
from call_segments s
join calls c on c.tenant = s.tenant and c.call_id = s.call_id
left join shifts h on h.tenant = s.tenant and h.shift_id = s.shift_id
where s.kind = 'agent' and s.offer_id is null and c.placed_segment_id is distinct from s.segment_id`,
  /** Calls that agents placed. */
  placed: `
select c.tenant, c.received_at, c.call_id, c.received_at, coalesce(c.placed_from, c.placed_by_code), c.placed_by_id, c.placed_by_code, h.shift_id, h.group_code, h.department,
  case when c.direction = 'internal' then 'internal_transfer' else 'outbound' end,
  s.queue_code, s.segment_id is not null, s.segment_id is null and c.ended_at is null,
  ${since('coalesce(s.started_at, c.ended_at)', 'c.received_at')}, s.started_at, ${segmentTalk}
from calls c
left join call_segments s on s.tenant = c.tenant and s.call_id = c.call_id and s.segment_id = c.placed_segment_id
left join lateral (
  select h.shift_id, h.group_code, h.department from shifts h
  where h.tenant = c.tenant and h.agent_id = c.placed_by_id and h.signed_in_at <= c.received_at order by h.signed_in_at desc limit 1
) h on true
where c.placed_by_id is not null`,
} as const

export type RecordKind = keyof typeof kinds

/** Records of these kinds as a relation `t`, for a query that needs no others. */
export function recordsOf(...wanted: RecordKind[]): string {
  return `(${wanted.map((kind) => kinds[kind]).join('\nunion all')}) t (tenant, ${Object.keys(columns).join(', ')})`
}

export const trafficRecords: JoinedView = {
  name: 'traffic_records',
  over: [calls, callSegments, offers, shifts],
  about:
    'Call records (话务记录): one per called number or extension. A customer’s call can leave several, which overlap ' +
    'in time: count calls by distinct call_id, and add talk of one direction only.',
  columns,
  types,
  sql: Object.values(kinds).join('\nunion all'),
}
