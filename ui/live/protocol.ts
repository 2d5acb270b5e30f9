/**
 * What the live stream says: topics, their rows and the messages that carry them (`GET /api/v1/live`,
 * server-sent events). Rows are the board models of `projections/models`, one row a key, instants as UTC ms,
 * personal fields masked by the server. Only what the screens read is listed; rows may carry more.
 */

/** One word for what an agent is doing. Colours, icons and words: `agents/states.ts`. */
export type AgentState =
  | 'ready'
  | 'ringing'
  | 'in_call'
  | 'on_hold'
  | 'wrap_up'
  | 'previewing'
  | 'on_demand'
  | 'not_ready'
  | 'away'
  | 'not_responding'
  | 'signed_out'

export interface AgentRow {
  agentId: string
  agentCode: string
  name: string | null
  groupCode: string | null
  department: string | null
  extension: string | null
  shiftId: string | null
  work: string
  reason: string | null
  callState: string
  registered: boolean
  desk: boolean
  longSignIn: boolean
  reserved: boolean
  notResponding: boolean
  wishedWork: string | null
  queueCodes: readonly string[]
  callId: string | null
  state: AgentState
  /** Since when he is in this state. */
  since: number
  stateSeq: number
  signedInAt: number | null
}

export interface QueueMonitorRow {
  queueCode: string
  waiting: number
  offered: number
  talking: number
}

/** A queue's settings as activated. */
export interface QueueRow {
  queueCode: string
  name: string
  priority: number
  targetMs: number
  targetRatio: number
  maxWaitMs: number
}

export type CallStatus = 'ringing' | 'waiting' | 'offered' | 'talking' | 'held' | 'ended'

/** A call that is not over yet. */
export interface LiveCallRow {
  callId: string
  direction: 'inbound' | 'outbound' | 'internal'
  fromNumber: string | null
  toNumber: string | null
  status: CallStatus
  queueCode: string | null
  agentId: string | null
  agentCode: string | null
  receivedAt: number
  queuedAt: number | null
  /** From when the waiting is counted: earlier than `queuedAt` when a place was kept. */
  joinedAt: number | null
  answeredAt: number | null
}

/** Sums over the calls that entered a queue in one span. */
export interface QueueSums {
  queueCode: string
  offered: number
  answered: number
  abandoned: number
  shortAbandoned: number
  answeredInTarget: number
}
/** One minute; `startsAt` UTC ms. The stream holds the last sixty. */
export type QueueMinuteRow = QueueSums & { startsAt: number }
/** One day in the tenant's zone, `YYYY-MM-DD`. */
export type QueueDayRow = QueueSums & { day: string }

export interface TopicRows {
  queues: QueueRow
  queue_monitor: QueueMonitorRow
  queue_day: QueueDayRow
  queue_minute: QueueMinuteRow
  calls: LiveCallRow
  agent_monitor: AgentRow
}
export type Topic = keyof TopicRows
export const topics: readonly Topic[] = ['queues', 'queue_monitor', 'queue_day', 'queue_minute', 'calls', 'agent_monitor']

/** The first message of a connection that does not resume. */
export interface Hello {
  tenant: string
  /** IANA name of the tenant's time zone. */
  zone: string
  language?: 'zh-CN' | 'en'
  /** The tenant's clock, UTC ms. */
  now: number
  /** How many of its seconds pass in one of ours: 1, except in a demo. */
  speed: number
  /** Changes when the server serves other screens than these. */
  build: string
  topics: readonly Topic[]
}

export interface Beat {
  now: number
  speed: number
  /** How far the tables are behind the log, ms. */
  lagMs: number
  position: string | null
}

/** A key as the stream may write it: one value, the values in order, or by name. */
export type WireKey = string | number | readonly (string | number)[] | Readonly<Record<string, string | number>>

export interface Snapshot<T extends Topic = Topic> {
  topic: T
  rows: readonly TopicRows[T][]
}
export interface Delta<T extends Topic = Topic> {
  topic: T
  upserts: readonly TopicRows[T][]
  removes: readonly WireKey[]
}
