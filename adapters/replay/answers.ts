/**
 * Answers about the past, each shape declared once: the code that reads the ledger returns it, routes document it, and
 * the screens take its type from here.
 */
import { z } from 'zod'
import { offerFailure } from '@ledgerline/core/call/events.ts'
import { agentStateLog } from '@ledgerline/projections/models/agent_state_log.ts'
import { calls } from '@ledgerline/projections/models/calls.ts'
import { callSegments } from '@ledgerline/projections/models/call_segments.ts'
import { legs } from '@ledgerline/projections/models/legs.ts'
import { asOfSchema, rowSchema } from '../queries/answers.ts'

const instant = z.number().int()
const durationMs = z.number().int().min(0)
const offerResult = z.enum([...offerFailure.options, 'answered'])
export type OfferResult = z.infer<typeof offerResult>
const result = offerResult.nullable().describe('answered, or why the offer failed; null while it is open')

const considered = z.object({
  agentId: z.string(),
  agentCode: z.string(),
  level: z.number().int().nullable(),
  position: z.number().int().nullable(),
  place: z
    .number()
    .int()
    .nullable()
    .describe(
      'the agent’s place in the strategy’s order, 0 first; null for agents who were ruled out or came after those recorded',
    ),
  measure: z
    .number()
    .nullable()
    .describe(
      'what the strategy compared: idle since (UTC ms), talk (ms), calls, last offered (UTC ms); null where only ' +
        'the place decides',
    ),
  chosen: z.boolean(),
  ruledOut: z.string().nullable().describe('why the agent could not be chosen; null for candidates'),
})
export type Considered = z.infer<typeof considered>

const offer = z.object({
  offerId: z.string(),
  at: instant.describe('when the agent was reserved (UTC ms)'),
  agentId: z.string(),
  agentCode: z.string(),
  queueCode: z.string().nullable(),
  result,
  decision: z
    .object({
      configVersion: z.number().int(),
      strategy: z.string(),
      waited: durationMs.describe('how long the caller had waited'),
      score: z.number().describe('the caller’s score, ms'),
      candidates: z.number().int().describe('agents who could have been chosen'),
      level: z.number().int().nullable().describe('highest level whose turn had come; null: all'),
      place: z.number().int().describe('the chosen one’s place, 0 the first'),
    })
    .nullable()
    .describe('what the switchboard saw; null where no queue chose the agent'),
  considered: z.array(considered).describe('everyone in the queue: candidates in order, then those ruled out'),
  untold: z.number().int().describe('members left out: too many, or their shift could not be read completely'),
})
export type Offer = z.infer<typeof offer>

/** The offers of a call, and why each agent was chosen. */
export const decisionsAnswer = z.object({
  offers: z.array(offer),
  more: z.number().int().describe('further offers that are not listed'),
})
export type Decisions = z.infer<typeof decisionsAnswer>

const agentOffer = z.object({
  offerId: z.string(),
  callId: z.string(),
  queueCode: z.string().nullable(),
  direction: z.string(),
  at: instant,
  endedAt: instant.nullable(),
  rang: z.boolean(),
  result,
  decision: z
    .object({ strategy: z.string(), waited: durationMs, candidates: z.number().int(), place: z.number().int() })
    .nullable(),
})
/** One offer to an agent. */
export type AgentOffer = z.infer<typeof agentOffer>

const deed = z.object({
  id: z.string(),
  type: z.string(),
  at: instant,
  actor: z.string().describe('who did it'),
  data: z.record(z.string(), z.unknown()).describe('as in the event catalogue, without the agent’s name'),
})
/** An action on an agent's shift. */
export type Deed = z.infer<typeof deed>

const stateTotal = z.object({ state: z.string(), ms: durationMs, times: z.number().int() })
/** Time in one state within a day, and how often the agent was in it. */
export type StateTotal = z.infer<typeof stateTotal>

export const agentDayAnswer = z.object({
  agentCode: z.string(),
  agentId: z.string().nullable(),
  name: z.string().nullable(),
  groupCode: z.string().nullable(),
  zone: z.string(),
  day: z.iso.date(),
  from: instant.describe('start of the day (UTC ms)'),
  to: instant.describe('end of the day: some have 23 or 25 hours'),
  until: instant.describe('open intervals count up to here: the end of the day, or now'),
  states: z.array(rowSchema(agentStateLog)),
  segments: z.array(rowSchema(callSegments)),
  calls: z.array(rowSchema(calls)),
  offers: z.array(agentOffer),
  deeds: z.array(deed).describe('what the agent, a supervisor or a rule did to the shift'),
  totals: z.array(stateTotal),
  signedInMs: durationMs,
  previousDay: z.iso.date().nullable(),
  nextDay: z.iso.date().nullable(),
})
export type AgentDay = z.infer<typeof agentDayAnswer>

const callEvent = z.object({
  id: z.string(),
  type: z.string(),
  revision: z.number().int().describe('place in the stream'),
  at: z.number().int().nullable().describe('when it happened (UTC ms)'),
  recordedAt: z.number().int().describe('when the ledger took it (UTC ms)'),
  actor: z.string().nullable().describe('who caused it'),
  origin: z.enum(['live', 'imported', 'simulated']).nullable(),
  causation: z.string().nullable().describe('command or event that led to it'),
  data: z.record(z.string(), z.unknown()).nullable().describe('as in the event catalogue; personal fields masked'),
  unreadable: z.string().nullable().describe('code of the problem, where the event cannot be read'),
})
/** An event of a call, from the ledger. */
export type CallEvent = z.infer<typeof callEvent>

export const timelineAnswer = z.object({
  call: rowSchema(calls).nullable(),
  segments: z.array(rowSchema(callSegments)),
  legs: z.array(rowSchema(legs)),
  events: z.array(callEvent),
  asOf: asOfSchema,
})
export type Timeline = z.infer<typeof timelineAnswer>

const quarter = z.object({
  at: instant.describe('start (UTC ms)'),
  offered: z.number().int(),
  abandoned: z.number().int(),
})
/** Calls that entered a queue in one quarter hour, all queues together. */
export type Quarter = z.infer<typeof quarter>
export const volumeAnswer = z.object({ quarters: z.array(quarter) })
export type Volume = z.infer<typeof volumeAnswer>

const trendPoint = z
  .object({
    at: z.number().int().describe('UTC ms'),
    waiting: z.number().int(),
    longestMs: z.number().int(),
    ready: z.number().int(),
    inCall: z.number().int(),
  })
  .meta({ id: 'TrendPoint' })
/** The figures of the boards at one moment. */
export type TrendPoint = z.infer<typeof trendPoint>
export const trendsAnswer = z.object({ points: z.array(trendPoint) })
export type Trends = z.infer<typeof trendsAnswer>

/** The moment that boards are shown as of; the rows of each board come beside it. */
export const boardsMoment = z.object({
  at: z.number().int().describe('the moment asked for (UTC ms)'),
  now: z.number().int().describe('what the tenant’s clock read then (UTC ms): durations count up to it'),
  told: z
    .object({
      at: z.number().int().describe('the latest moment at which one of them happened'),
      recordedAt: z.number().int().describe('when the ledger took the last of them'),
    })
    .describe('of the events included (UTC ms)'),
  position: z.string().describe('position of the last event included'),
})
export type BoardsMoment = z.infer<typeof boardsMoment>
