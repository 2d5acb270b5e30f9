/** One row per satisfaction survey: who was rated, by which call, and how (catalogue A2.2-btn-satisfaction, A11.3.6). */
import { rating } from '@ledgerline/core/survey/settings.ts'
import { instant, instantOrNull, text, textOrNull, wordOrNull } from '../engine/model.ts'
import { entity } from '../entity.ts'

export const surveys = entity('surveys', {
  version: 1,
  about: 'Satisfaction surveys (满意度调查): one row for each customer who was asked after a call.',
  key: { callId: text('The call.') },
  columns: {
    agentId: text('The agent who is rated.'),
    agentCode: text('The agent’s number (工号).'),
    extension: textOrNull('The agent’s phone.'),
    queueCode: textOrNull('The queue of the agent’s part; null: none.'),
    segmentId: textOrNull('That part of the call.'),
    startedBy: text('agent: by their button; rule: the queue asks after every call.'),
    startedAt: instant('When the question began.'),
    rating: wordOrNull(rating.options, 'satisfied, fair or dissatisfied; null: not rated, or not yet.'),
    result: textOrNull('rated, or why not: invalid_key, no_key, hung_up, failed. Null: being asked.'),
    ratedAt: instantOrNull('When the rating was given.'),
    key: textOrNull('The key that was pressed for it.'),
  },
  begins: { SurveyStarted: true },
  on: {
    SurveyStarted: (_, { at, data }) => ({
      callId: data.callId,
      agentId: data.agentId,
      agentCode: data.agentCode,
      extension: data.extension,
      queueCode: data.queueCode,
      segmentId: data.segmentId,
      startedBy: data.by,
      startedAt: at,
      rating: null,
      result: null,
      ratedAt: null,
      key: null,
    }),
    SurveyRated: (row, { at, data }) =>
      row && { ...row, rating: data.rating, result: 'rated', ratedAt: at, key: data.key },
    SurveySkipped: (row, { data }) => (row && row.result === null ? { ...row, result: data.reason } : row),
    CallEnded: (row) => (row && row.result === null ? { ...row, result: 'hung_up' } : row),
  },
  finished: (row) => row.result !== null,
  indexes: [['startedAt'], ['agentCode', 'startedAt']],
})
