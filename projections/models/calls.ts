/**
 * One row per call: its outcome and how long everything took. It sums up the call's segments, folded straight from the
 * events, and is the table that most questions start with.
 */
import { rating } from '@ledgerline/core/survey/settings.ts'
import type { QueueExit } from '@ledgerline/core/call/events.ts'
import { callDirections, callOutcomes, followUps } from '@ledgerline/core/call/words.ts'
import {
  count,
  duration,
  durationOrNull,
  flag,
  instant,
  instantOrNull,
  integer,
  personalText,
  text,
  texts,
  textOrNull,
  word,
  wordOrNull,
  type RowOf,
} from '../engine/model.ts'
import { entity } from '../entity.ts'
import { searchedAs } from '../search/keys.ts'

const callStatuses = ['ringing', 'waiting', 'offered', 'callback', 'talking', 'held', 'ended'] as const
/** A call that ends like this was not answered, and nobody has promised its caller anything. */
const leavesFollowUp: ReadonlySet<string | null> = new Set([
  'abandoned',
  'pre_queue',
  'timed_out',
  'left_by_key',
  'no_agent',
  'overflowed',
  'failed',
])

const key = { callId: text('Id of the call.') }

const columns = {
  direction: word(callDirections, 'inbound, outbound or internal.'),
  fromNumber: personalText('Calling number: the customer’s when inbound, ours when outbound.', [
    'direction',
    'outbound',
  ]),
  toNumber: personalText('Called number: ours when inbound, the customer’s when outbound.', ['direction', 'inbound']),
  customerId: personalText('The customer, if the source identifies them.'),
  category: textOrNull('Kind of call, if the source names one (for history: its type).'),
  status: word(
    callStatuses,
    'ringing (before any queue), waiting, offered, callback (its place is kept, nobody is on the line), talking, held, ended.',
  ),
  queueCode: textOrNull('The last queue it was in.'),
  agentId: textOrNull('The last agent to talk to the customer.'),
  agentCode: textOrNull('Number (工号) of the last agent to talk to the customer.'),
  agentCodes: texts('Numbers of all agents who placed it or talked to the customer.'),
  outcome: wordOrNull(
    callOutcomes,
    'Outcome; null while still open: answered, abandoned, pre_queue, timed_out, left_by_key, no_agent, overflowed, ' +
      'called_back, message (the caller left one), feature (a function was dialled), rejected, failed.',
  ),
  dialResult: textOrNull(
    'For a placed call: answered, or why the customer was not reached (busy, no_answer, rejected, unreachable …).',
  ),
  priority: count('Priority in the queue; higher goes first.'),
  receivedAt: instant('When it arrived or was requested.'),
  queuedAt: instantOrNull(
    'When it first entered a queue; a call answered without waiting entered when it was answered.',
  ),
  answeredAt: instantOrNull('When the customer was connected to the first agent.'),
  endedAt: instantOrNull('When the customer’s connection ended.'),
  waitMs: durationOrNull(
    'Total wait in all queues; null if it never entered one; 0 if it was answered at once. For recorded history this is what the source states (anonymous-bank: `q_time`), or the difference of the row’s times if the source states nothing plausible.',
  ),
  answerMs: durationOrNull(
    'From its beginning until the customer was connected to the first agent, or until its end if they never were; null ' +
      'before that.',
  ),
  ringMs: duration('Ringing of the agents who answered.'),
  talkMs: duration('Talk, without hold; the sum over all agents.'),
  holdMs: duration('How long the customer was on hold.'),
  wrapUpMs: duration('Wrap-up of its agents.'),
  callMs: durationOrNull('From the first answer until the customer’s connection ended; null if nobody answered.'),
  endedBy: textOrNull('customer, agent, supervisor, system or network.'),
  cause: count('Q.850 cause of the end; 0 while the call is open.'),
  reason: textOrNull('Ledgerline’s word for the cause.'),
  targetMs: durationOrNull('Service-level threshold of the queue when the call entered it.'),
  shortAbandonMs: durationOrNull('An abandonment sooner than this counts as short.'),
  joinedAt: instantOrNull(
    'When the caller’s total wait began, across all queues that passed the call on and including a place that was ' +
      'kept.',
  ),
  directQueueCode: textOrNull(
    'The queue for which it was answered without waiting: it counts there as offered, with a wait of 0.',
  ),
  transfers: integer('Transfers, blind and attended.'),
  rating: wordOrNull(rating.options, 'How satisfied the customer was, if they said: satisfied, fair or dissatisfied.'),
  campaign: textOrNull('Campaign that placed it.'),
  placedById: textOrNull('The agent who placed it; null if no agent did.'),
  placedByCode: textOrNull('The agent’s number (工号).'),
  placedFrom: textOrNull('The extension it was placed from.'),
  placedSegmentId: textOrNull('The placing agent’s segment, once the customer has answered.'),
  linkedCallId: textOrNull('The call that this one calls back.'),
  configVersion: count('Version of the switchboard configuration that decided its queueing; 0 for none.'),
  recorded: flag('Something of it was recorded; a message that the caller left does not count.'),
  recordedMs: duration('Length of its recordings; 0 until their files are confirmed.'),
  followUp: word(
    followUps,
    'Whether the customer should be called back (需要回访): none, needed (nobody answered an inbound call), or handled (they ' +
      'were called back, or somebody said that nothing is left to do).',
  ),
  followedUpBy: textOrNull('Who called back or said so.'),
  wrapUpsDue: integer('Wrap-ups that are due and not over yet.'),
  setAside: flag(
    'One of its events cannot be read. The row shows what was known before that event, and then only how the call was closed.',
  ),
  zone: text('Time zone of the tenant when the call arrived; it decides the call’s day and hour.'),
}

type CallRow = RowOf<typeof key & typeof columns>

/** The effect of a call that is over, including its wrap-ups. */
export const CALL_RECORD = 'call-record'

const isOver = (row: Readonly<CallRow>): boolean => row.endedAt !== null && row.wrapUpsDue === 0

/** Outcomes of calls that left the queue unanswered. A `moved` call continues elsewhere and has none yet. */
const outcomeOfExit: Record<QueueExit, string | null> = {
  abandoned: 'abandoned',
  timed_out: 'timed_out',
  left_by_key: 'left_by_key',
  no_agent: 'no_agent',
  overflowed: 'overflowed',
  called_back: 'called_back',
  moved: null,
  closed: 'failed',
  failed: 'failed',
}

function begin(callId: string, at: number, zone: string): CallRow {
  return {
    callId,
    direction: 'inbound',
    fromNumber: null,
    toNumber: null,
    customerId: null,
    category: null,
    status: 'ringing',
    queueCode: null,
    agentId: null,
    agentCode: null,
    agentCodes: [],
    outcome: null,
    dialResult: null,
    priority: 0,
    receivedAt: at,
    queuedAt: null,
    answeredAt: null,
    endedAt: null,
    waitMs: null,
    answerMs: null,
    ringMs: 0,
    talkMs: 0,
    holdMs: 0,
    wrapUpMs: 0,
    callMs: null,
    endedBy: null,
    cause: 0,
    reason: null,
    targetMs: null,
    shortAbandonMs: null,
    joinedAt: null,
    directQueueCode: null,
    transfers: 0,
    rating: null,
    campaign: null,
    placedById: null,
    placedByCode: null,
    placedFrom: null,
    placedSegmentId: null,
    linkedCallId: null,
    configVersion: 0,
    recorded: false,
    recordedMs: 0,
    followUp: 'none',
    followedUpBy: null,
    wrapUpsDue: 0,
    setAside: false,
    zone,
  }
}

/** With another agent in it, once. */
function withAgent(codes: readonly string[], code: string | null | undefined): readonly string[] {
  return !code || codes.includes(code) ? codes : [...codes, code]
}

export const calls = entity('calls', {
  version: 9,
  about: 'Calls: one row per customer conversation, from first contact to the customer’s last hang-up.',
  key,
  columns,
  begins: { CallReceived: true, CallPlaced: true },
  on: {
    CallReceived: (_, { at, data }, { zone }) => ({
      ...begin(data.callId, at, zone),
      direction: data.direction,
      fromNumber: data.from,
      toNumber: data.to,
      customerId: data.customerId,
      category: data.category,
      priority: data.priority,
      placedById: data.agentId,
      placedByCode: data.agentCode,
      placedFrom: data.extension,
      agentCodes: withAgent([], data.agentCode),
    }),
    CallPlaced: (_, { at, data }, { zone }) => ({
      ...begin(data.callId, at, zone),
      direction: data.direction,
      fromNumber: data.callerId,
      toNumber: data.to,
      campaign: data.campaign,
      placedById: data.agentId,
      placedByCode: data.agentCode,
      placedFrom: data.extension,
      agentCodes: withAgent([], data.agentCode),
      linkedCallId: data.linkedCallId,
    }),
    CallRejected: (row, { data }) => row && { ...row, outcome: 'rejected', reason: data.reason },
    CallQueued: (row, { at, data }) =>
      row && {
        ...row,
        status: data.callback ? 'callback' : 'waiting',
        queueCode: data.queueCode,
        priority: data.priority,
        queuedAt: row.queuedAt ?? at,
        joinedAt: row.joinedAt === null ? data.joinedAt : Math.min(row.joinedAt, data.joinedAt),
        targetMs: data.targetMs,
        shortAbandonMs: data.shortAbandonMs,
        configVersion: data.configVersion,
        outcome: row.answeredAt === null ? null : row.outcome,
      },
    CallPriorityChanged: (row, { data }) => row && { ...row, priority: data.priority },
    CallOffered: (row) => (row?.status === 'waiting' ? { ...row, status: 'offered' } : row),
    OfferEnded: (row) => (row?.status === 'offered' ? { ...row, status: 'waiting' } : row),
    CallLeftQueue: (row, { data }) =>
      row && {
        ...row,
        status: row.status === 'ended' ? 'ended' : 'ringing',
        waitMs: (row.waitMs ?? 0) + data.waitMs,
        // When passed on to another queue, the caller keeps waiting: boards show the whole wait.
        joinedAt: data.to?.kind === 'queue' ? row.joinedAt : null,
        outcome: row.outcome === 'answered' ? 'answered' : outcomeOfExit[data.exit],
      },
    CallAnswered: (row, { at, data }) => {
      if (!row) return null
      const placed =
        row.placedById !== null &&
        row.placedById === data.agentId &&
        row.placedSegmentId === null &&
        data.offerId === null
      const direct =
        row.answeredAt === null && row.queuedAt === null && data.queueSegmentId === null && data.queueCode !== null
      return {
        ...row,
        status: 'talking',
        outcome: 'answered',
        dialResult: row.direction === 'inbound' ? null : 'answered',
        queueCode: data.queueCode ?? row.queueCode,
        agentId: data.agentId ?? row.agentId,
        agentCode: data.agentCode ?? row.agentCode,
        agentCodes: withAgent(row.agentCodes, data.agentCode),
        answeredAt: row.answeredAt ?? at,
        answerMs: row.answerMs ?? Math.max(0, at - row.receivedAt),
        queuedAt: direct ? at : row.queuedAt,
        directQueueCode: direct ? data.queueCode : row.directQueueCode,
        waitMs: data.queueSegmentId !== null || direct ? (row.waitMs ?? 0) + data.waitMs : row.waitMs,
        joinedAt: null,
        ringMs: row.ringMs + data.ringMs,
        placedSegmentId: placed ? data.segmentId : row.placedSegmentId,
      }
    },
    LegHeld: (row) => (row?.status === 'talking' ? { ...row, status: 'held' } : row),
    LegResumed: (row) => (row?.status === 'held' ? { ...row, status: 'talking' } : row),
    LegEnded: (row, { data }) =>
      row && row.direction !== 'inbound' && data.purpose === 'customer' && row.dialResult !== 'answered'
        ? { ...row, dialResult: data.reason }
        : row,
    CallTransferred: (row) => row && { ...row, transfers: row.transfers + 1 },
    // They hear music, as on hold.
    AgentPhoneLost: (row) => row && { ...row, status: 'held' },
    AgentLeftCall: (row, { data }) =>
      row && { ...row, talkMs: row.talkMs + data.talkMs, holdMs: row.holdMs + data.holdMs },
    // A call can end while the agent's own stream is still being told that they are in it: its record is out by then.
    AgentCallStarted: (row, { data }) =>
      row && data.wrapUpMs > 0 && !isOver(row) ? { ...row, wrapUpsDue: row.wrapUpsDue + 1 } : row,
    AgentWrapUpEnded: (row, { data }) =>
      row && { ...row, wrapUpMs: row.wrapUpMs + data.wrapUpMs, wrapUpsDue: Math.max(0, row.wrapUpsDue - 1) },
    RecordingStarted: (row, { data }) => row && (data.rule === 'voicemail' ? row : { ...row, recorded: true }),
    RecordingCompleted: (row, { data }) =>
      row && (row.recorded ? { ...row, recordedMs: row.recordedMs + data.durationMs } : row),
    MissedCallMarked: (row, { data: { handled, by } }) =>
      row && { ...row, followUp: handled ? 'handled' : 'needed', followedUpBy: handled ? by : null },
    SurveyRated: (row, { data }) => row && { ...row, rating: data.rating },
    // The caller got what they were sent for; a caller who had given up in a queue before counts as that.
    VoiceMessageLeft: (row) => row && { ...row, outcome: row.outcome ?? 'message' },
    // Keyed in during a call it is no call of its own; dialled, it is a call that nobody placed.
    FeatureUsed: (row) =>
      row && row.direction === 'internal' && row.placedById === null && row.answeredAt === null
        ? { ...row, outcome: row.outcome ?? 'feature' }
        : row,
    CallSetAside: (row) => row && { ...row, setAside: true },
    CallEnded: (row, { at, data }) => {
      if (!row) return null
      const { direction, queuedAt, answeredAt, receivedAt } = row
      const unheard = direction === 'inbound' && queuedAt === null && data.by === 'customer' ? 'pre_queue' : 'failed'
      const outcome = row.outcome ?? unheard
      const open = direction === 'inbound' && row.followUp === 'none' && leavesFollowUp.has(outcome)
      return {
        ...row,
        status: 'ended',
        endedAt: at,
        endedBy: data.by,
        cause: data.cause,
        reason: row.outcome === 'rejected' ? row.reason : data.reason,
        joinedAt: null,
        answerMs: row.answerMs ?? Math.max(0, at - receivedAt),
        callMs: answeredAt === null ? null : Math.max(0, at - answeredAt),
        outcome,
        followUp: open ? 'needed' : row.followUp,
      }
    },
  },
  aside: { category: 'call', keyOf: (callId) => ({ callId }), on: (row) => ({ ...row, setAside: true }) },
  finished: isOver,
  indexes: [['receivedAt']],
  searched: { fromNumber: searchedAs.number, toNumber: searchedAs.number },
  scanned: true,
  board: 'endedAt',
  // Its record is complete once the last wrap-up is over (catalogue BX-15: customers' systems are told of calls).
  effects: (before, after) => (isOver(after) && (before === null || !isOver(before)) ? [CALL_RECORD] : []),
})
