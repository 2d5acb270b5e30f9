/**
 * Events of an agent's shift: from sign-in to sign-out. Stream `shift-<tenant>.<agentId>-<number>`; the number counts
 * the agent's shifts, so that two simultaneous sign-ins collide on one new stream.
 *
 * The shift is the only source of truth for a reservation. Dimensions are independent: work, call, registration,
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

/**
 * An agent's place in a queue, with their own settings there (catalogue A3.2.2.4); what is left out falls back to the
 * queue's.
 */
export const membership = z.object({
  queueCode: code,
  level: z.number().int().min(1),
  position: z.number().int().min(1),
  ringMs: ms.optional(),
  wrapUpMs: ms.optional().describe('wrap-up after calls of this queue, if it differs from the queue’s'),
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
  score: z.number().default(0).describe('the caller’s score, ms: wait plus base score'),
  candidates: z.number().int().describe('agents available at that moment'),
  level: z.number().int().nullable().default(null).describe('highest level whose turn had come; null: all'),
  place: z.number().int().min(0).default(0).describe('place among the candidates, starting at 0'),
  ranked: z
    .array(
      z.object({
        agentId: id,
        agentCode: code,
        level: z.number().int(),
        position: z.number().int(),
        measure: z.number().nullable().describe('the value the strategy compared'),
      }),
    )
    .max(10)
    .default([])
    .describe('the first candidates, in the order in which the strategy tries them'),
  seen: clearText('ours', 2_000)
    .nullable()
    .default(null)
    .describe(
      'all candidates, if there were more than the ranked ones: a bit for each agent configured for the queue, in ' +
        'the order of their ids, base64; null: the ranked ones are all, or there were too many',
    ),
  others: z.array(id).max(50).default([]).describe('further candidates: agents assigned to the queue for a while'),
})
export type Decision = z.infer<typeof decision>

export const shiftEvents = defineEvents({
  AgentSignedIn: event(
    'A shift begins: agent, user and extension are bound together. The agent is away until they choose otherwise.',
    {
      ...shift,
      userId: id,
      name: personalDetail('display name', 'agentId'),
      extension: code.nullable(),
      group: code.nullable(),
      department: code.nullable(),
      queues: z.array(membership).max(200),
      via: z.enum(['desk', 'phone']).describe('with a desk in a browser, or by phone only'),
      registered: z.boolean().describe('whether the extension was registered at that moment'),
    },
  ),
  ShiftSetAside: event(
    'An event of this shift could not be read: everything after it was ignored, and the shift was ended. The agent ' +
      'signs in again.',
    { ...shift, ...unreadFields },
  ),
  AgentSignedOut: event('The shift is over.', { ...shift, ...change }),
  AgentQueuesChanged: event('The agent’s queues have changed.', {
    ...shift,
    queues: z.array(membership).max(200),
    byCode: code.nullable(),
  }),

  AgentBecameReady: event('The agent takes calls.', { ...shift, ...change }),
  AgentBecameOnDemand: event('The agent takes one call, then must go ready again.', { ...shift, ...change }),
  AgentBecameNotReady: event('The agent takes no queue calls (busy).', { ...shift, ...change }),
  AgentWentAway: event('The agent is on a break.', { ...shift, ...change }),
  AgentWishedFor: event('The state the agent wants after the present call; null withdraws the wish.', {
    ...shift,
    work: z.enum([...work.options, 'signed_out']).nullable(),
    reason,
    by: changedBy
      .default('agent')
      .describe('whose wish it is; an order from a supervisor or a rule that waits for the end of the call is one too'),
    byCode: code.nullable().default(null),
  }),

  AgentReserved: event('A call is about to be offered to the agent; nothing else may be until the deadline.', {
    ...shift,
    epoch: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe('epoch of the switchboard owner that decided it; 0: a person asked for it'),
    offerId: id,
    callId: id,
    queueCode: code.nullable(),
    legId: id,
    deadline: instant,
    direction: callDirection,
    decision: decision.nullable(),
  }),
  AgentReservationEnded: event('The offer failed, and the agent is free again (or paused, or not responding).', {
    ...shift,
    offerId: id,
    callId: id,
    queueCode: code.nullable(),
    result: offerFailure,
    missed: z.number().int().min(0).describe('consecutive offers unanswered'),
    pausedUntil: instant.nullable().describe('no offers before this moment (reject, busy or no-answer delay)'),
  }),
  AgentBecameNotResponding: event('The agent left too many offers unanswered and is set to a break.', {
    ...shift,
    missed: z.number().int(),
  }),

  AgentRang: event('The agent’s phone is ringing.', { ...shift, callId: id, offerId: id.nullable() }),
  AgentCallStarted: event('The agent is talking; this uses up a reservation for the call.', {
    ...shift,
    callId: id,
    segmentId: id,
    offerId: id.nullable(),
    queueCode: code.nullable(),
    direction: callDirection,
    wrapUpMs: ms.describe('length of the wrap-up to follow, 0 for none'),
    wrapUpForm: z.boolean().default(false).describe('the wrap-up lasts until the form is sent; its length is the cap'),
  }),
  AgentCallHeld: event('The agent’s customer is on hold.', { ...shift, callId: id }),
  AgentCallResumed: event('The agent is talking to the customer again.', { ...shift, callId: id }),
  AgentCallEnded: event('The agent is out of the call.', {
    ...shift,
    callId: id,
    segmentId: id,
    queueCode: code.nullable(),
    talkMs: ms,
    holdMs: ms,
  }),
  AgentWrapUpStarted: event('The agent is in wrap-up; no offers until they finish or the deadline passes.', {
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
  AgentWrapUpEnded: event('The wrap-up is finished.', {
    ...shift,
    callId: id,
    segmentId: id,
    queueCode: code.nullable(),
    wrapUpMs: ms,
    by: z.enum(['agent', 'deadline', 'form', 'supervisor', 'signed_out']),
  }),
  AgentPreviewStarted: event('The agent is looking at a customer’s record before calling them.', {
    ...shift,
    itemId: id,
    deadline: instant,
  }),
  AgentPreviewEnded: event('The preview ended: called, skipped or timed out.', {
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
    'Someone chose to work as this agent in this browser, which is now the desk of the shift: its silence counts ' +
      'from now on. The previous desk, if any, only looks on.',
    {
      ...shift,
      deskId: id.describe('id of one browser session'),
      previousDeskId: id.nullable().describe('the previous desk'),
    },
  ),
  AgentDeskConnected: event('The desk of the shift is back.', {
    ...shift,
    deskId: id.nullable().default(null).describe('null in events written before desks could be claimed'),
  }),
  AgentDeskLost: event(
    'The agent’s desk is gone: no offers. At the deadline the agent is set away, and later signed out.',
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

  AgentLongSignInRequested: event('A long sign-in was requested: the agent’s phone rings, unless they dialled it.', {
    ...shift,
    legId: id,
    deadline: instant,
    dialled: z.boolean().default(false).describe('the agent dialled it: the call by which they did is kept'),
    by: changedBy.default('agent'),
    byCode: code.nullable().default(null),
  }),
  AgentLongSignInStarted: event('The agent’s phone stays connected; a beep announces each call.', {
    ...shift,
    legId: id,
  }),
  AgentLongSignInEnded: event('The agent’s phone is no longer kept connected.', {
    ...shift,
    legId: id.nullable().default(null).describe('the leg that is now hung up'),
    by: changedBy,
    byCode: code.nullable().default(null),
    reason,
  }),
})

export type ShiftEvent = EventsOf<typeof shiftEvents>
export type RecordedShiftEvent = RecordedOf<typeof shiftEvents>
