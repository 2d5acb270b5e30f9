/**
 * One row an offer: each time a call was put to an agent, how long it rang at which phone, and what came of
 * it. A call that is put to three agents has three. Recorded history knows none.
 */
import { offerFailure } from '@ledgerline/core/call/events.ts'
import { duration, entity, instant, instantOrNull, text, textOrNull, wordOrNull } from '../engine/model.ts'

const key = { callId: text('The call.'), offerId: text('Id of the offer.') }

const columns = {
  agentId: text('The agent.'),
  agentCode: text('His number (工号).'),
  shiftId: textOrNull('His shift; null until the shift has told what came of it.'),
  extension: textOrNull('The extension that was rung.'),
  queueCode: textOrNull('The queue that the call waited in; null when it was meant for this agent.'),
  segmentId: textOrNull('His segment, when he answered.'),
  offeredAt: instant('When it was put to him.'),
  endedAt: instantOrNull('When he answered, or when it came to nothing; null while it lasts.'),
  ringMs: duration('How long it rang.'),
  result: wordOrNull(
    ['answered', ...offerFailure.options],
    'answered, no_answer, refused, busy, unregistered, caller_gone, lost_race, withdrawn, failed; null while it lasts.',
  ),
}

export const offers = entity('offers', {
  version: 1,
  about: 'Offers: one row each time a call was put to an agent, answered or not. Recorded history knows none.',
  key,
  columns,
  keysOf: {
    CallAnswered: ({ data: { callId, offerId } }) => (offerId === null ? [] : [{ callId, offerId }]),
    AgentCallStarted: ({ data: { callId, offerId } }) => (offerId === null ? [] : [{ callId, offerId }]),
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
    }),
    OfferEnded: (row, { at, data }) =>
      row && { ...row, endedAt: at, ringMs: Math.max(0, at - row.offeredAt), result: data.result },
    CallAnswered: (row, { at, data }) =>
      row && { ...row, endedAt: at, ringMs: data.ringMs, segmentId: data.segmentId, result: 'answered' },
    AgentCallStarted: (row, { data }) => row && { ...row, shiftId: data.shiftId },
    AgentReservationEnded: (row, { data }) => row && { ...row, shiftId: data.shiftId },
  },
  finished: (row) => row.endedAt !== null && row.shiftId !== null,
  indexes: [['offeredAt']],
})
