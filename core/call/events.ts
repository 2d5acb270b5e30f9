/**
 * Events of a call: one customer conversation, from first contact to the customer's last hang-up, however many agents
 * it passes through. Stream `call-<tenant>.<callId>` (`imported_call-…` for history).
 *
 * A *leg* is one party's connection and has a purpose. A *segment* is one stretch with one queue or one agent.
 * Durations are derived where they are needed: events carry moments (`at`).
 */
import { z } from 'zod'
import {
  clearText,
  codeText as code,
  defineEvents,
  event,
  idText as id,
  personalDetail,
  personalIdentity,
  type EventsOf,
  type RecordedOf,
} from '../kernel/event.ts'
import { ivrEvents } from '../ivr/events.ts'
import { unreadFields } from '../kernel/unread.ts'
import { callRecordingEvents } from '../recording/events.ts'
import { surveyEvents } from '../survey/events.ts'
import { endedBy, legEnd, legPurpose } from '../telephony/port.ts'
import { voicemailEvents } from '../voicemail/events.ts'
import { callDirections } from './words.ts'

const ms = z.number().int().min(0)
const instant = z.number().int()

export const callDirection = z.enum(callDirections)
export type CallDirection = z.infer<typeof callDirection>

/** Why an offer to an agent failed. */
export const offerFailure = z.enum([
  'no_answer',
  'refused',
  'busy',
  'unregistered',
  'caller_gone',
  'lost_race',
  'withdrawn',
  'failed',
])
export type OfferFailure = z.infer<typeof offerFailure>

/** Why a call left a queue without being answered; each is an outcome of its own. */
export const queueExit = z.enum([
  'abandoned',
  'timed_out',
  'left_by_key',
  'no_agent',
  'overflowed',
  'called_back',
  'moved',
  'closed',
  'failed',
])
export type QueueExit = z.infer<typeof queueExit>

/** Where something is sent. */
export const destination = z.object({
  kind: z.enum(['queue', 'agent', 'extension', 'number', 'ivr', 'robot', 'voicemail', 'hang_up']),
  code: clearText('code', 100).describe('queue code, agent code, extension …; empty for a number, which is personal'),
  number: personalIdentity('the number dialled, if the kind is number'),
})
export type Destination = z.infer<typeof destination>

/** How a supervisor takes part; `take_over`: they take over the customer as soon as they answer. */
export const supervisionMode = z.enum(['listen', 'whisper', 'three_way', 'take_over'])
export type SupervisionMode = z.infer<typeof supervisionMode>

/** Why a call is refused before anybody takes it. */
const rejectReason = z.enum([
  'blacklisted',
  'no_route',
  'closed',
  'no_media',
  'overload',
  'in_arrears',
  'not_allowed',
  'no_target',
  'barred',
  'abroad',
  'too_many_calls',
  'no_gateway',
  'not_eligible',
])
export type RejectReason = z.infer<typeof rejectReason>

/** What somebody who keyed in a function hears: a tone, or a number that is read out. */
const featureSay = z.enum(['done', 'refused', 'agent_number', 'extension_number', 'last_number'])
export type FeatureSay = z.infer<typeof featureSay>

/** A gateway that may carry a call, and the number of ours that it shows. */
const way = z.object({
  gateway: code,
  callerNumber: clearText('ours', 32).nullable().describe('null: the gateway’s own'),
})

/** How a call reaches someone outside. */
const outsideCall = z.object({
  number: personalIdentity('the number called, normalised'),
  dialled: personalDetail('what the gateway is sent', 'number'),
  ways: z.array(way).max(20).describe('tried in this order; empty: the network finds its own way'),
  timeoutMs: ms.describe('how long the other side may ring'),
  emergency: z.boolean().describe('an emergency number: no limit applies'),
})
export type OutsideCall = z.infer<typeof outsideCall>

const call = { callId: id }
const agent = { agentId: id, agentCode: code }
/**
 * Who talked. Null in recorded history if the source says that a call was served but not by whom; never null for our
 * own calls.
 */
const talker = { agentId: id.nullable(), agentCode: code.nullable() }

export const callEvents = defineEvents({
  // ── beginning ────────────────────────────────────────────────────────────────────────────────
  CallReceived: event('A customer reached us: the call and its customer leg exist.', {
    ...call,
    legId: id,
    direction: callDirection,
    from: personalIdentity('calling number, normalised'),
    fromRaw: personalDetail('calling number as it arrived', 'from'),
    to: clearText('ours', 100).describe('our number that was called'),
    gateway: code.nullable(),
    agentId: id.nullable().default(null).describe('of a call from a phone of ours: the agent signed in there'),
    agentCode: code.nullable().default(null),
    extension: code.nullable().default(null).describe('the phone of ours that called; null: someone outside did'),
    customerId: personalIdentity('the customer, if the source names them'),
    category: clearText('setting', 64)
      .nullable()
      .describe('kind of call, if the source gives one (for history: its type)'),
    priority: z.number().int().describe('base priority; higher goes first'),
  }),
  CallPlaced: event('A call to a customer (or an internal one) was requested; the agent leg comes first.', {
    ...call,
    direction: callDirection,
    by: z.enum(['agent', 'campaign', 'robot', 'callback']),
    agentId: id.nullable(),
    agentCode: code.nullable(),
    extension: code.nullable(),
    to: personalIdentity('number to call, normalised'),
    toRaw: personalDetail('number as entered', 'to'),
    callerId: clearText('ours', 100).nullable().describe('our number shown to the called party'),
    campaign: code.nullable(),
    linkedCallId: id.nullable().describe('the call that this one calls back'),
    attempt: z.number().int().min(1).default(1).describe('of a call-back: the number of this attempt'),
    phoneLegId: id
      .nullable()
      .default(null)
      .describe('the leg on which the agent’s phone dialled by itself; null: it is rung first'),
  }),
  CallRouted: event('It was decided where the call goes.', {
    ...call,
    route: code.nullable().describe('the rule; null: none was needed (an emergency number, an extension)'),
    to: destination,
    configVersion: z.number().int().describe('version of the switchboard configuration'),
    outside: outsideCall.nullable().default(null).describe('of a call to someone outside'),
    record: z.boolean().default(false).describe('its rule, or the phone that called, has it recorded'),
  }),
  CallFoundClosed: event(
    'The call came outside the opening hours of its route: the caller hears the prompt, if there is one, and is then ' +
      'routed on or disconnected.',
    {
      ...call,
      route: code,
      media: code.nullable(),
      configVersion: z.number().int().describe('version of the switchboard configuration'),
    },
  ),
  FeatureUsed: event('A function was keyed in on a phone (catalogue C21), and this is what came of it.', {
    ...call,
    legId: id,
    action: code.describe('the function, one of those of catalogue C21'),
    digit: clearText('ours', 1).nullable().describe('the kind of customer that was keyed in'),
    agentId: id.nullable().describe('the agent that it was about'),
    agentCode: code.nullable(),
    extension: code.nullable(),
    result: code.describe('done, or the code of the problem'),
    say: featureSay.describe('what is then heard'),
    number: personalIdentity('the number that is read out, if it is the last number'),
  }),
  PromptPlayed: event('A prompt that the call waits for is over.', {
    ...call,
    legId: id,
    media: code,
    complete: z.boolean().describe('it was heard to its end'),
  }),
  CallRejected: event('The call was refused before any agent or queue took it.', { ...call, reason: rejectReason }),

  // ── legs ─────────────────────────────────────────────────────────────────────────────────────
  LegDialled: event('Another leg was dialled.', {
    ...call,
    legId: id,
    purpose: legPurpose,
    agentId: id.nullable(),
    agentCode: code.nullable(),
    extension: code.nullable(),
    number: personalIdentity('number dialled, if it is not an extension'),
    offerId: id.nullable(),
    gateway: code.nullable().default(null).describe('the gateway that carries it; null: none, or not known'),
    callerNumber: clearText('ours', 32).nullable().default(null).describe('our number that the other side sees'),
    onLegId: id.optional().describe('the leg of another call whose place it takes; absent: it is dialled'),
  }),
  LegRinging: event('The far end is ringing.', { ...call, legId: id }),
  LegAnswered: event('The far end picked up.', { ...call, legId: id }),
  LegHeld: event('A party was put on hold and hears music.', {
    ...call,
    legId: id,
    segmentId: id.nullable(),
    by: endedBy,
    agentId: id.nullable(),
    agentCode: code.nullable(),
  }),
  LegResumed: event('A held party is back in the conversation.', {
    ...call,
    legId: id,
    segmentId: id.nullable(),
    agentId: id.nullable(),
    agentCode: code.nullable(),
  }),
  LegKept: event('The phone stays connected for its agent’s shift: the leg leaves the call, which is over by that.', {
    ...call,
    legId: id,
    keptFor: id.describe('the shift'),
  }),
  LegDigit: event('A party pressed a key outside a menu (keys of card numbers are never written).', {
    ...call,
    legId: id,
    digit: clearText('ours', 1),
  }),
  LegEnded: event('A leg has ended: by whom and why.', {
    ...call,
    legId: id,
    purpose: legPurpose,
    agentId: id.nullable(),
    ...legEnd.shape,
  }),

  // ── voice menu ───────────────────────────────────────────────────────────────────────────────
  ...ivrEvents,

  // ── queue ────────────────────────────────────────────────────────────────────────────────────
  CallQueued: event('The call is waiting in a queue: a queue segment begins.', {
    ...call,
    segmentId: id,
    queueCode: code,
    priority: z.number().int(),
    joinedAt: instant.describe('moment from which the wait is counted: earlier than `at` if a place was kept'),
    resumed: z.boolean().describe('came back while the abandoned place was still kept'),
    callback: z.boolean().default(false).describe('a call-back holds this place: no one is on the line'),
    notBefore: instant.nullable().default(null).describe('of a repeated call-back: no agent is sought before this'),
    targetMs: ms.describe('service-level limit of the queue at that moment'),
    shortAbandonMs: ms.describe('an abandonment sooner than this is short'),
    configVersion: z.number().int(),
  }),
  CallPriorityChanged: event('A supervisor changed the priority of a waiting call.', {
    ...call,
    queueCode: code,
    priority: z.number().int(),
    by: code,
  }),
  CallAnnounced: event('The waiting caller heard an announcement.', {
    ...call,
    queueCode: code,
    kind: z.enum(['sound', 'place', 'expected_wait']),
    value: z.number().int().nullable().describe('place, or expected wait in ms'),
  }),
  CallOffered: event(
    'The call is offered to an agent: a lease with a deadline. The agent’s shift was reserved first.',
    {
      ...call,
      ...agent,
      offerId: id,
      queueCode: code.nullable(),
      legId: id.describe('the leg that will ring the agent'),
      extension: code.nullable(),
      deadline: instant,
      configVersion: z.number().int(),
    },
  ),
  OfferEnded: event('An offer failed; the call is back in its place.', {
    ...call,
    ...agent,
    offerId: id,
    queueCode: code.nullable(),
    result: offerFailure,
  }),
  CallbackRequested: event('The waiting caller asked to be called back and keeps their place.', {
    ...call,
    queueCode: code,
    number: personalIdentity('number to call back'),
    joinedAt: instant,
  }),
  CallbackPlaced: event(
    'The call-back that this call asked for (or failed to complete, and still owes) has its place in the queue.',
    { ...call, callbackCallId: id },
  ),
  CallCircleBroken: event(
    'Queues sent the caller round in a circle so often that it was broken: the caller stays in this queue, and its ' +
      'rules no longer send them to another.',
    {
      ...call,
      queueCode: code,
      exit: queueExit,
      to: code.describe('the queue that the caller would have been sent to'),
      visits: z.number().int().describe('how often the caller has been in that queue already'),
    },
  ),
  CallLeftQueue: event('The call left the queue without being answered: the queue segment ends.', {
    ...call,
    segmentId: id,
    queueCode: code,
    exit: queueExit,
    waitMs: ms,
    to: destination.nullable(),
  }),

  // ── conversation ─────────────────────────────────────────────────────────────────────────────
  CallAnswered: event(
    'An agent and the customer were bridged: the queue segment (if any) ends, an agent segment begins.',
    {
      ...call,
      ...talker,
      segmentId: id,
      queueSegmentId: id.nullable(),
      legId: id,
      offerId: id.nullable(),
      queueCode: code.nullable(),
      waitMs: ms.describe('wait in the queue until an agent picked up, 0 if the call came without one'),
      ringMs: ms.describe("how long this agent's phone rang"),
    },
  ),
  ConsultationStarted: event('The agent calls a third party while the customer holds.', {
    ...call,
    ...agent,
    segmentId: id,
    legId: id,
    to: destination,
  }),
  ConsultationAnswered: event('The third party and the agent are talking.', { ...call, legId: id }),
  ConsultationEnded: event('The consultation is over.', {
    ...call,
    legId: id,
    result: z.enum(['transferred', 'joined', 'dropped', 'not_reached']),
  }),
  CallTransferred: event('The call continues elsewhere; the agent has left it or is about to.', {
    ...call,
    ...agent,
    segmentId: id,
    kind: z.enum(['blind', 'attended']),
    to: destination,
  }),
  TransferFailed: event(
    'The new party could not be reached; the call went back to the queue, or ended. Without an agent, it was the ' +
      'queue that had sent it on.',
    { ...call, ...talker, to: destination, reason: offerFailure },
  ),
  AgentPhoneLost: event(
    'The phone of the agent who talked is gone without having been hung up: its page was loaded anew, it lost its power or ' +
      'its network. The customer stays and hears music until the agent is there again, or until that moment.',
    { ...call, ...agent, segmentId: id, legId: id, until: instant },
  ),
  AgentNotBack: event(
    'The agent whose phone was gone was not there again in time: the call goes back to its queue, or ends.',
    {
      ...call,
      ...agent,
      reason: offerFailure,
    },
  ),
  ThreeWayStarted: event('Customer, agent and a third party are talking together.', {
    ...call,
    ...agent,
    legIds: z.array(id).max(10),
  }),
  ThreeWayEnded: event('The three-party talk is over; the remaining legs continue.', {
    ...call,
    legIds: z.array(id).max(10),
  }),
  SupervisorJoined: event(
    'A supervisor wants to take part: their phone rings. They follow the chosen agent through hold (where they ' +
      'hear what the agent hears, never the customer’s music), consultation and transfer to that agent; when ' +
      'the agent leaves the call, their part ends. Nobody hears a supervisor who listens, only the agent hears ' +
      'one who whispers, and everybody hears one in a three-way call; one who takes over gets the customer as ' +
      'soon as they answer.',
    {
      ...call,
      ...agent,
      supervisorCode: code,
      supervisorAgentId: id
        .nullable()
        .default(null)
        .describe('the supervisor’s agent id, if they are signed in as an agent too'),
      legId: id,
      mode: supervisionMode,
    },
  ),
  SupervisorModeChanged: event('The supervisor changed how they take part.', {
    ...call,
    supervisorCode: code,
    legId: id,
    mode: supervisionMode,
  }),
  SupervisorTookOver: event('The supervisor took over the customer; the agent’s part has ended.', {
    ...call,
    ...agent,
    supervisorCode: code,
    legId: id,
  }),
  SupervisorLeft: event('The supervisor no longer takes part.', { ...call, supervisorCode: code, legId: id }),
  CallForceDisconnected: event('A supervisor ended the call.', { ...call, ...agent, supervisorCode: code }),
  CallNoted: event('The agent wrote a note about the call.', {
    ...call,
    ...agent,
    note: personalDetail('text of the note', 'callId'),
  }),

  // ── survey ───────────────────────────────────────────────────────────────────────────────────
  ...surveyEvents,

  // ── voicemail ────────────────────────────────────────────────────────────────────────────────
  ...voicemailEvents,

  // ── missed ───────────────────────────────────────────────────────────────────────────────────
  MissedCallMarked: event('Somebody says of a missed call that nothing is left to do, or that something is.', {
    ...call,
    offerIds: z.array(id).max(200).describe('the offers of it that agents did not take'),
    handled: z.boolean(),
    by: code.describe('who'),
  }),
  MissedCallAllocated: event('A missed call is given to an agent, who is to deal with it.', {
    ...call,
    offerIds: z.array(id).max(200).describe('the offers of it that agents did not take'),
    ...agent,
    by: code.describe('who gave it to them'),
  }),
  MissedCallCalledBack: event('An agent calls back the caller of a missed call.', {
    ...call,
    offerIds: z.array(id).max(200).describe('the offers of it that agents did not take'),
    callbackCallId: id.describe('that call'),
    ...agent,
  }),

  // ── recording ────────────────────────────────────────────────────────────────────────────────
  ...callRecordingEvents,

  // ── end ──────────────────────────────────────────────────────────────────────────────────────
  AgentLeftCall: event('An agent has left the conversation: their segment ends.', {
    ...call,
    ...talker,
    segmentId: id,
    queueCode: code.nullable(),
    by: endedBy,
    talkMs: ms.describe('talk with the customer, without hold'),
    holdMs: ms,
  }),
  CallsMerged: event('Two calls became one; this one ends, the other continues.', { ...call, intoCallId: id }),
  CallSetAside: event(
    'An event of this call could not be read: everything after it was ignored, and the call was closed.',
    { ...call, ...unreadFields },
  ),
  CallEnded: event('The customer is gone, or was never reached: the call is over.', {
    ...call,
    by: endedBy,
    cause: z.number().int().min(0).max(127),
    reason: legEnd.shape.reason,
  }),
})

export type CallEvent = EventsOf<typeof callEvents>
export type RecordedCallEvent = RecordedOf<typeof callEvents>
