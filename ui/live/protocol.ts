/**
 * The live stream: topics, their rows and the messages that carry them (`GET /api/v1/live`,
 * server-sent events). Rows are those of the board models and take their types from there, so a renamed
 * column breaks the build of the screens rather than the screens. Instants are UTC ms, personal fields masked by the server.
 */
import type { Page } from '@ledgerline/adapters/queries/answers.ts'
import type { HouseWord } from '@ledgerline/core/agent/manual-words.ts'
import type { CallDirection, SupervisionMode } from '@ledgerline/core/call/events.ts'
import type { Aggregate, Derived, Entity, RowOf } from '@ledgerline/projections/engine/model.ts'
import type { agentStateLog } from '@ledgerline/projections/models/agent_state_log.ts'
import type { agentMonitor } from '@ledgerline/projections/models/agent_monitor.ts'
import type { callParties } from '@ledgerline/projections/models/call_parties.ts'
import type { callSegments } from '@ledgerline/projections/models/call_segments.ts'
import type { calls } from '@ledgerline/projections/models/calls.ts'
import type { legs } from '@ledgerline/projections/models/legs.ts'
import type { mailboxes } from '@ledgerline/projections/models/mailboxes.ts'
import type { offers } from '@ledgerline/projections/models/offers.ts'
import type { queueDay } from '@ledgerline/projections/models/queue_day.ts'
import type { queueMinute } from '@ledgerline/projections/models/queue_minute.ts'
import type { queueMonitor } from '@ledgerline/projections/models/queue_monitor.ts'
import type { queues } from '@ledgerline/projections/models/queues.ts'
import type { recordings } from '@ledgerline/projections/models/recordings.ts'
import type { audit } from '@ledgerline/projections/models/audit.ts'
import type { voiceMessages } from '@ledgerline/projections/models/voice_messages.ts'

type ModelRow<M> = M extends Entity<infer K, infer C> | Aggregate<infer K, infer C> | Derived<infer K, infer C>
  ? RowOf<K & C>
  : never

/** One word for what an agent is doing. Colours, icons and texts: `agent-states.ts`. */
export type AgentState = HouseWord

type AgentColumn =
  | 'agentId'
  | 'agentCode'
  | 'name'
  | 'groupCode'
  | 'department'
  | 'extension'
  | 'shiftId'
  | 'work'
  | 'reason'
  | 'callState'
  | 'registered'
  | 'desk'
  | 'deskId'
  | 'longSignIn'
  | 'reserved'
  | 'notResponding'
  | 'wishedWork'
  | 'queueCodes'
  | 'callId'
  | 'queueCode'
  | 'callSince'
  | 'talkMs'
  | 'holdMs'
  | 'wrapUpUntil'
  | 'wrapUpForm'
  | 'since'
  | 'stateSeq'
  | 'signedInAt'
/** `setAside`: an event of the shift, or of the last one, cannot be read; what is shown may be incomplete. */
export type AgentRow = Pick<ModelRow<typeof agentMonitor>, AgentColumn> & { state: AgentState; setAside?: boolean }

export type QueueMonitorRow = Pick<ModelRow<typeof queueMonitor>, 'queueCode' | 'waiting' | 'offered' | 'talking'>

/** A queue's settings as activated. */
export type QueueRow = Pick<
  ModelRow<typeof queues>,
  'queueCode' | 'name' | 'priority' | 'targetMs' | 'targetRatio' | 'maxWaitMs' | 'starvingSince' | 'mendedAt'
>

export type CallStatus = 'ringing' | 'waiting' | 'offered' | 'callback' | 'talking' | 'held' | 'ended'
export type Direction = CallDirection

type LiveCallColumn =
  | 'callId'
  | 'fromNumber'
  | 'toNumber'
  | 'queueCode'
  | 'agentId'
  | 'agentCode'
  | 'receivedAt'
  | 'queuedAt'
  | 'joinedAt'
  | 'answeredAt'
/** An ongoing call. Its wait counts from `joinedAt`, which is earlier than `queuedAt` if a place was kept. `setAside`: one of its events cannot be read. */
export type LiveCallRow = Pick<ModelRow<typeof calls>, LiveCallColumn> & {
  status: CallStatus
  direction: Direction
  setAside?: boolean
}

/** Anybody in a call besides its customer and agents: a consulted colleague, a supervisor. */
export type CallPartyRow = Pick<
  ModelRow<typeof callParties>,
  | 'callId'
  | 'legId'
  | 'agentCode'
  | 'agentId'
  | 'partyCode'
  | 'partyAgentId'
  | 'extension'
  | 'outside'
  | 'startedAt'
  | 'answeredAt'
> & {
  part: 'consultation' | 'supervision'
  mode: 'consultation' | SupervisionMode
}

type Sum = 'queueCode' | 'offered' | 'answered' | 'abandoned' | 'shortAbandoned' | 'answeredInTarget'
/** Sums over the calls that entered a queue in one span. */
export type QueueSums = Pick<ModelRow<typeof queueDay>, Sum>
/** One minute; the stream holds the last sixty. */
export type QueueMinuteRow = Pick<ModelRow<typeof queueMinute>, Sum | 'startsAt'>
/** Today, in the tenant's zone. */
export type QueueDayRow = Pick<ModelRow<typeof queueDay>, Sum | 'day'>

/** A box of voicemail, and how many messages wait there. */
export type MailboxRow = ModelRow<typeof mailboxes>

/** Rows of the list of recordings. */
export type RecordingRow = ModelRow<typeof recordings>
export type RecordingPage = Page<(typeof recordings)['key'], (typeof recordings)['columns']>

/** Rows of the list of missed calls. */
export type OfferRow = ModelRow<typeof offers>

/** Rows of the audit trail. */
export type AuditRow = ModelRow<typeof audit>

/** Rows of the list of voice messages. */
export type VoiceMessageRow = ModelRow<typeof voiceMessages>

/** Rows of the call list and of one call's page, as queries answer them. */
export type CallRow = ModelRow<typeof calls> & { setAside?: boolean }
export type CallPage = Page<(typeof calls)['key'], (typeof calls)['columns']>
export type SegmentRow = ModelRow<typeof callSegments>
export type LegRow = ModelRow<typeof legs>

/** A period in one state, as in the answer of an agent's day; there are none for being signed out. */
export type StateRow = ModelRow<typeof agentStateLog> & { state: AgentState }

export interface TopicRows {
  queues: QueueRow
  queue_monitor: QueueMonitorRow
  queue_day: QueueDayRow
  queue_minute: QueueMinuteRow
  calls: LiveCallRow
  call_parties: CallPartyRow
  agent_monitor: AgentRow
  mailboxes: MailboxRow
}
export type Topic = keyof TopicRows
export const topics: readonly Topic[] = [
  'queues',
  'queue_monitor',
  'queue_day',
  'queue_minute',
  'calls',
  'call_parties',
  'agent_monitor',
  'mailboxes',
]

/** A key: its columns by name. */
export type RowKey = Readonly<Record<string, string | number>>

export interface Snapshot<T extends Topic = Topic> {
  topic: T
  rows: readonly TopicRows[T][]
}
export interface Delta<T extends Topic = Topic> {
  topic: T
  upserts: readonly TopicRows[T][]
  removes: readonly RowKey[]
}
