/**
 * Events of an agent's shift: from sign-in to sign-out. Stream `shift-<tenant>.<agentId>-<number>`;
 * the number counts their shifts, so that two sign-ins at once collide on one new stream.
 *
 * The shift is the only truth of a reservation. Dimensions are independent: work, call, registration,
 * presence, long sign-in, reservation, not responding.
 */
import { z } from 'zod'
import {
  clearText,
  codeText as code,
  defineEvents,
  event,
  idText as id,
  personalDetail,
  type EventsOf,
  type RecordedOf,
} from '../kernel/event.ts'
import { callDirection, offerFailure } from '../call/events.ts'
import { unreadFields } from '../kernel/unread.ts'

const ms = z.number().int().min(0)
const instant = z.number().int()
const reason = clearText('reason', 64).nullable()

/** What the agent is willing to do. */
export const work = z.enum(['ready', 'on_demand', 'not_ready', 'away'])
export type Work = z.infer<typeof work>

/** Who changed it: the agent, a supervisor, or a rule. */
export const changedBy = z.enum(['agent', 'supervisor', 'system'])
export type ChangedBy = z.infer<typeof changedBy>

const shift = { shiftId: id, agentId: id, agentCode: code }
const change = {
  by: changedBy,
  byCode: code.nullable().describe('code of the supervisor'),
  reason: reason.describe('reason code'),
}

/** An agent's place in a queue, and their own settings there (catalogue A3.2.2.4); the queue's apply to what is left out. */
export const membership = z.object({
  queueCode: code,
  level: z.number().int().min(1),
  position: z.number().int().min(1),
  ringMs: ms.optional(),
  wrapUpMs: ms.optional().describe('wrap-up after calls of this queue, where it is not the queue’s'),
  maxNoAnswer: z.number().int().min(0).optional(),
  noAnswerDelayMs: ms.optional(),
  rejectDelayMs: ms.optional(),
  busyDelayMs: ms.optional(),
})
export type Membership = z.infer<typeof membership>

/** What the switchboard saw when it chose the agent; `acd/decision.ts` explains it. */
export const decision = z.object({
  configVersion: z.number().int(),
  strategy: clearText('setting', 40),
  waited: ms.describe('how long the caller had waited'),
  score: z.number().default(0).describe('the caller’s score, ms: waited and base score'),
  candidates: z.number().int().describe('eligible agents at that moment'),
  level: z.number().int().nullable().default(null).describe('highest level whose turn had come; null: all'),
  place: z.number().int().min(0).default(0).describe('place among the candidates, 0 the first'),
  ranked: z
    .array(
      z.object({
        agentId: id,
        agentCode: code,
        level: z.number().int(),
        position: z.number().int(),
        measure: z.number().nullable().describe('what the strategy compared'),
      }),
    )
    .max(10)
    .default([])
    .describe('the first of the candidates, in the order in which the strategy tries them'),
  seen: clearText('ours', 2_000)
    .nullable()
    .default(null)
    .describe(
      'who the candidates were, where there were more than are ranked: a bit for each agent configured for the queue, in the order of their ids, base64; null: the ranked are all, or too many',
    ),
  others: z
    .array(id)
    .max(50)
    .default([])
    .describe('candidates beside those: agents who were given the queue for a while'),
})
export type Decision = z.infer<typeof decision>

export const shiftEvents = defineEvents({
  AgentSignedIn: event(
    'A shift begins: agent, user and extension are bound. The agent is away until they choose otherwise.',
    {
      ...shift,
      userId: id,
      name: personalDetail('display name', 'agentId'),
      extension: code.nullable(),
      group: code.nullable(),
      department: code.nullable(),
      queues: z.array(membership).max(200),
      via: z.enum(['desk', 'phone']).describe('with a desk in a browser, or by phone only'),
      registered: z.boolean().describe('was the extension registered at that moment'),
    },
  ),
  ShiftSetAside: event(
    'An event of this shift could not be read: nothing behind it was believed, and the shift was ended. The agent signs in afresh.',
    { ...shift, ...unreadFields },
  ),
  AgentSignedOut: event('The shift is over.', { ...shift, ...change }),
  AgentQueuesChanged: event('The agent serves other queues from now on.', {
    ...shift,
    queues: z.array(membership).max(200),
    byCode: code.nullable(),
  }),

  AgentBecameReady: event('The agent takes calls.', { ...shift, ...change }),
  AgentBecameOnDemand: event('The agent takes one call, then must go ready again.', { ...shift, ...change }),
  AgentBecameNotReady: event('The agent takes no queue calls (busy).', { ...shift, ...change }),
  AgentWentAway: event('The agent is on a break.', { ...shift, ...change }),
  AgentWishedFor: event('The state that the agent wants after the present call; null withdraws the wish.', {
    ...shift,
    work: z.enum([...work.options, 'signed_out']).nullable(),
    reason,
    by: changedBy
      .default('agent')
      .describe('whose wish it is: a supervisor’s or a rule’s order that waits for the end of the call is one too'),
    byCode: code.nullable().default(null),
  }),

  AgentReserved: event('A call is about to be offered to the agent: nothing else may be, until the deadline.', {
    ...shift,
    epoch: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe('of the owner of the switchboard who decided it; 0: a person asked for it'),
    offerId: id,
    callId: id,
    queueCode: code.nullable(),
    legId: id,
    deadline: instant,
    direction: callDirection,
    decision: decision.nullable(),
  }),
  AgentReservationEnded: event(
    'The offer came to nothing and the agent is free again (or paused, or not responding).',
    {
      ...shift,
      offerId: id,
      callId: id,
      queueCode: code.nullable(),
      result: offerFailure,
      missed: z.number().int().min(0).describe('offers unanswered in a row'),
      pausedUntil: instant.nullable().describe('no offer before this (reject, busy or no-answer delay)'),
    },
  ),
  AgentBecameNotResponding: event('The agent left too many offers unanswered and is set on a break.', {
    ...shift,
    missed: z.number().int(),
  }),

  AgentRang: event('The agent’s phone rings.', { ...shift, callId: id, offerId: id.nullable() }),
  AgentCallStarted: event('The agent talks; this uses up a reservation for the call.', {
    ...shift,
    callId: id,
    segmentId: id,
    offerId: id.nullable(),
    queueCode: code.nullable(),
    direction: callDirection,
    wrapUpMs: ms.describe('wrap-up that will follow, 0 for none'),
    wrapUpForm: z.boolean().default(false).describe('the wrap-up lasts until the form is sent; its length is the cap'),
  }),
  AgentCallHeld: event('The agent’s customer is on hold.', { ...shift, callId: id }),
  AgentCallResumed: event('The agent talks to the customer again.', { ...shift, callId: id }),
  AgentCallEnded: event('The agent is out of the call.', {
    ...shift,
    callId: id,
    segmentId: id,
    queueCode: code.nullable(),
    talkMs: ms,
    holdMs: ms,
  }),
  AgentWrapUpStarted: event('The agent is in wrap-up; no offers until they are done or the deadline passes.', {
    ...shift,
    callId: id,
    segmentId: id,
    queueCode: code.nullable(),
    deadline: instant,
    form: z.boolean().default(false).describe('only sending the form ends it before the deadline'),
  }),
  AgentWrapUpExtended: event('The agent asked for more time.', {
    ...shift,
    callId: id,
    segmentId: id,
    deadline: instant,
  }),
  AgentWrapUpEnded: event('The write-up is done.', {
    ...shift,
    callId: id,
    segmentId: id,
    queueCode: code.nullable(),
    wrapUpMs: ms,
    by: z.enum(['agent', 'deadline', 'form', 'supervisor', 'signed_out']),
  }),
  AgentPreviewStarted: event('The agent looks at a customer before calling them.', {
    ...shift,
    itemId: id,
    deadline: instant,
  }),
  AgentPreviewEnded: event('The look is over: called, skipped or timed out.', {
    ...shift,
    itemId: id,
    result: z.enum(['called', 'skipped', 'timed_out']),
  }),

  AgentPhoneRegistered: event('The agent’s extension is registered.', { ...shift, extension: code }),
  AgentPhoneUnregistered: event('The agent’s extension is no longer registered: no offers.', {
    ...shift,
    extension: code,
  }),
  AgentDeskClaimed: event(
    'A browser became the desk of this shift, because somebody said so there: its silence counts from now on. One that was it before only looks on.',
    {
      ...shift,
      deskId: id.describe('of one session of a browser'),
      previousDeskId: id.nullable().describe('the desk until now'),
    },
  ),
  AgentDeskConnected: event('The desk of the shift is back.', {
    ...shift,
    deskId: id.nullable().default(null).describe('null in events from before desks were claimed'),
  }),
  AgentDeskLost: event(
    'The agent’s desk is gone: no offers. At the deadline they are set away, and later signed out.',
    {
      ...shift,
      deadline: instant,
    },
  ),
  AgentExtensionChanged: event('The agent moved to another phone.', {
    ...shift,
    extension: code.nullable(),
    registered: z.boolean(),
  }),

  AgentLongSignInRequested: event('A long sign-in was requested: the agent’s phone is rung.', {
    ...shift,
    legId: id,
    deadline: instant,
    by: changedBy.default('agent'),
    byCode: code.nullable().default(null),
  }),
  AgentLongSignInStarted: event('The agent’s phone stays connected; calls are put through with a beep.', {
    ...shift,
    legId: id,
  }),
  AgentLongSignInEnded: event('The agent’s phone is no longer kept connected.', {
    ...shift,
    legId: id.nullable().default(null).describe('the leg that is hung up now'),
    by: changedBy,
    byCode: code.nullable().default(null),
    reason,
  }),
})

export type ShiftEvent = EventsOf<typeof shiftEvents>
export type RecordedShiftEvent = RecordedOf<typeof shiftEvents>
