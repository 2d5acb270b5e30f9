/** Answers about the request log. The screens take their types from here. */
import { z } from 'zod'
import type { LoggedRequest } from '../../requests/request.ts'

/** A row of its list. */
export type RequestRow = Omit<LoggedRequest, 'tenant'>

const share = z.object({
  name: z.string(),
  requests: z.number().int(),
  refused: z.number().int().describe('answered with 401, 403 or 429, or not let in at all'),
  averageMs: z.number().int(),
})
export type Share = z.infer<typeof share>

export const overview = z
  .object({
    requests: z.number().int(),
    averageMs: z.number().int().nullable().describe('how long answers took on average, without live streams'),
    slowestMs: z.number().int().nullable().describe('95 of 100 answers took at most this long'),
    failed: z.number().int().describe('answered with 500 or more: our mistake, or something that is away'),
    refused: z.number().int().describe('answered with 401, 403 or 429, or not let in at all'),
    refusedUsers: z.number().int().describe('users who were refused something'),
    withoutUser: z.number().int().describe('requests that no user made'),
    actors: z.array(share).describe('who asked most'),
    addresses: z.array(share).describe('from where most was asked'),
    routes: z.array(share).describe('what took most time in all'),
  })
  .meta({ id: 'RequestOverview' })
export type RequestOverview = z.infer<typeof overview>
