/** Events of the satisfaction survey after a call (catalogue A2.2-btn-satisfaction, A11.3.6). They are in the stream of the call. */
import { z } from 'zod'
import { codeText as code, event, idText as id } from '../kernel/event.ts'
import { rating, surveyQuestions } from './settings.ts'

const asked = {
  callId: id,
  agentId: id,
  agentCode: code,
  segmentId: id.nullable().default(null).describe('the agent’s part that is rated'),
  queueCode: code.nullable().default(null).describe('the queue it belongs to'),
}

/** Phones have these keys. */
const key = z.string().regex(/^[0-9A-D*#]$/)

const wrongAnswer = z.enum(['invalid_key', 'no_key'])
export type WrongAnswer = z.infer<typeof wrongAnswer>

export const surveyEvents = {
  SurveyStarted: event('The customer was sent to the satisfaction survey.', {
    ...asked,
    extension: code.nullable().default(null).describe('the agent’s phone'),
    by: z.enum(['agent', 'rule']).default('agent').describe('rule: the queue asks after every call'),
    asks: surveyQuestions.nullable().default(null).describe('null: nothing is known of the question'),
  }),
  SurveyRepeated: event('No key came, or one that means nothing: the question is asked once more.', {
    ...asked,
    reason: wrongAnswer,
    key: key.nullable(),
  }),
  SurveyRated: event('The customer gave a rating.', {
    ...asked,
    rating,
    key: key.nullable().default(null).describe('the key that was pressed'),
  }),
  SurveySkipped: event('The customer gave no rating.', {
    ...asked,
    reason: z.enum([...wrongAnswer.options, 'hung_up', 'failed']),
  }),
}
