/** What can be set for the satisfaction survey of a queue (catalogue A2.2-btn-satisfaction, A11.3.6, C16.0-survey). */
import { z } from 'zod'
import { codeText as code } from '../kernel/event.ts'

/** From best to worst (A11.3.6-rating-scale); who gives none is not rated. */
export const rating = z.enum(['satisfied', 'fair', 'dissatisfied'])

/** What callers are asked, and what their keys mean. */
export const surveyQuestions = z.object({
  question: code.default('survey').describe('prompt with the question'),
  invalid: code.nullable().default('invalid_key').describe('after a key that means nothing, before the question again'),
  silent: code.nullable().default('no_key').describe('when no key came, before the question again'),
  thanks: code.nullable().default('survey_thanks').describe('after the rating'),
  keys: z
    .array(z.object({ key: z.string().regex(/^[0-9*#]$/), rating }))
    .min(1)
    .max(12)
    .default([
      { key: '1', rating: 'satisfied' },
      { key: '2', rating: 'fair' },
      { key: '3', rating: 'dissatisfied' },
    ]),
  waitMs: z.number().int().min(0).default(8_000).describe('how long a key is waited for after the question'),
})
export type SurveyQuestions = z.infer<typeof surveyQuestions>

export const surveySettings = surveyQuestions.extend({
  when: z
    .enum(['asked', 'every_call'])
    .default('asked')
    .describe('every_call: also when the agent hangs up; asked: only when the agent sends the caller there'),
})

/** For calls of no queue, and of queues that set nothing. */
export const usualQuestions: SurveyQuestions = surveyQuestions.parse({})
