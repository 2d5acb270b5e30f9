/**
 * One row per offer: each time a call was offered to an agent, how long it rang at which phone, and the result. A call
 * offered to three agents has three rows. Recorded history has none.
 */
import { offerFailure } from '@ledgerline/core/call/events.ts'
import { duration, flag, instant, instantOrNull, text, textOrNull, wordOrNull } from '../engine/model.ts'
import { entity } from '../entity.ts'

const key = { callId: text('The call.'), offerId: text('Id of the offer.') }

const columns = {
  agentId: text('The agent.'),
  agentCode: text('The agent’s number (工号).'),
  shiftId: textOrNull('The agent’s shift; null until the shift has recorded the result.'),
  extension: textOrNull('The extension that rang.'),
  queueCode: textOrNull('The queue in which the call waited; null if it was meant for this agent.'),
  segmentId: textOrNull('The agent’s segment, if they answered.'),
  offeredAt: instant('When the call was offered.'),
  endedAt: instantOrNull('When the agent answered or the offer failed; null while it lasts.'),
  ringMs: duration('How long it rang.'),
  result: wordOrNull(
    ['answered', ...offerFailure.options],
    'answered, no_answer, refused, busy, unregistered, caller_gone, lost_race, withdrawn, failed; null while it lasts.',
  ),
  ownerCode: text(
    'Number (工号) of who is to deal with it if it was missed: the agent it was given to, else this one.',
  ),
  allocatedAt: instantOrNull('When it was last given to an agent.'),
  allocatedBy: textOrNull('Who gave it to them.'),
  handled: flag('Somebody said of the missed call that nothing is left to do, or called back.'),
  handledAt: instantOrNull('When; null when it is not handled.'),
  handledBy: textOrNull('Who said so.'),
  calledBackAt: instantOrNull('When the caller was last called back.'),
  calledBackBy: textOrNull('The agent who did, by number (工号).'),
  callbackCallId: textOrNull('That call.'),
}

export const offers = entity('offers', {
  version: 3,
  about: 'Offers: one row for each time a call was offered to an agent, answered or not. Recorded history has none.',
  key,
  columns,
  keysOf: {
    CallAnswered: ({ data: { callId, offerId } }) => (offerId === null ? [] : [{ callId, offerId }]),
    AgentCallStarted: ({ data: { callId, offerId } }) => (offerId === null ? [] : [{ callId, offerId }]),
    MissedCallMarked: ({ data: { callId, offerIds } }) => offerIds.map((offerId) => ({ callId, offerId })),
    MissedCallAllocated: ({ data: { callId, offerIds } }) => offerIds.map((offerId) => ({ callId, offerId })),
    MissedCallCalledBack: ({ data: { callId, offerIds } }) => offerIds.map((offerId) => ({ callId, offerId })),
  },
  begins: { CallOffered: true },
  on: {
    CallOffered: (_, { at, data }, { key }) => ({
      ...key,
      agentId: data.agentId,
      agentCode: data.agentCode,
      shiftId: null,
      extension: data.extension,
      queueCode: data.queueCode,
      segmentId: null,
      offeredAt: at,
      endedAt: null,
      ringMs: 0,
      result: null,
      ownerCode: data.agentCode,
      allocatedAt: null,
      allocatedBy: null,
      handled: false,
      handledAt: null,
      handledBy: null,
      calledBackAt: null,
      calledBackBy: null,
      callbackCallId: null,
    }),
    OfferEnded: (row, { at, data }) =>
      row && { ...row, endedAt: at, ringMs: Math.max(0, at - row.offeredAt), result: data.result },
    CallAnswered: (row, { at, data }) =>
      row && { ...row, endedAt: at, ringMs: data.ringMs, segmentId: data.segmentId, result: 'answered' },
    AgentCallStarted: (row, { data }) => row && { ...row, shiftId: data.shiftId },
    AgentReservationEnded: (row, { data }) => row && { ...row, shiftId: data.shiftId },
    MissedCallMarked: (row, { at, data: { handled, by } }) =>
      row && { ...row, handled, handledAt: handled ? at : null, handledBy: handled ? by : null },
    MissedCallAllocated: (row, { at, data: { agentCode, by } }) =>
      row && { ...row, ownerCode: agentCode, allocatedAt: at, allocatedBy: by },
    MissedCallCalledBack: (row, { at, data: { agentCode, callbackCallId } }) =>
      row && { ...row, calledBackAt: at, calledBackBy: agentCode, callbackCallId },
  },
  finished: (row) => row.endedAt !== null && row.shiftId !== null,
  indexes: [['offeredAt'], ['agentCode', 'offeredAt'], ['ownerCode', 'offeredAt']],
})
