/** The history of one thing: why a call went to a particular agent, and an agent's day. A call's own story is in `timeline-route.ts`, the boards as they stood in `boards-route.ts`. */
import { z } from 'zod'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { offerFailure } from '@ledgerline/core/call/events.ts'
import { nextDay, startOfDay } from '@ledgerline/core/kernel/time.ts'
import type { TenantClock } from '../../live/source.ts'
import { agentDay } from '../../replay/agent-day.ts'
import { decisionsOf, MOST_MEMBERS, MOST_OFFERS } from '../../replay/decisions.ts'
import { modelNamed } from '../../replay/rows.ts'
import { volumeOf } from '../../replay/volume.ts'
import { dayInput } from '../../queries/inputs.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { rowSchema } from '../routing/row-schema.ts'
import { demand } from '@ledgerline/core/access/session.ts'

const instant = z.number().int()
const durationMs = z.number().int().min(0)
const result = z
  .enum([...offerFailure.options, 'answered'])
  .nullable()
  .describe('answered, or why the offer failed; null while it is open')

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

const deed = z.object({
  id: z.string(),
  type: z.string(),
  at: instant,
  actor: z.string().describe('who did it'),
  data: z.record(z.string(), z.unknown()).describe('as in the event catalogue, without the agent’s name'),
})

export interface HistoryOptions {
  readSide: ReadSide
  log: EventLog
  codec: Codec
  clockOf(tenant: string): TenantClock
}

export function historyRoutes({ readSide, log, codec, clockOf }: HistoryOptions): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/calls/{id}/decisions',
      permission: 'calls.see',
      group: 'Queries',
      about:
        'Why a call went to a particular agent: each offer and, for each, everyone in the queue at that moment.\n\n' +
        'Read from the ledger: the reservation, the configuration of its version, the members’ shifts up to it.\n\n' +
        `At most ${MOST_OFFERS} offers and ${MOST_MEMBERS} members of a queue.`,
      request: { params: z.object({ id: z.string().min(1).max(100).meta({ description: 'call id' }) }) },
      responses: {
        200: {
          about: 'The offers in order; none for a call that was never offered.',
          schema: z.object({
            offers: z.array(offer),
            more: z.number().int().describe('further offers that are not listed'),
          }),
        },
      },
      problems: ['log.stream_cut', 'log.stream_deleted', 'log.unavailable', 'tables.unavailable'],
      async handle({ params: { id }, session, signal }) {
        return decisionsOf(
          { log, codec, tables: await readSide.tablesOf(session.tenant), tenant: session.tenant },
          id,
          signal,
        )
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/agents/{code}/day',
      permission: 'reports.see',
      group: 'Queries',
      about:
        'One agent’s day: states, calls, offers, actions on the shift, and the time in each state. Also requires permission to see calls.',
      request: {
        params: z.object({ code: z.string().min(1).max(64).meta({ description: 'code (工号) of the agent' }) }),
        query: z.strictObject({
          day: dayInput('in the tenant’s time zone; by default the latest day with any data').optional(),
        }),
      },
      responses: {
        200: {
          about: 'The day.',
          schema: z.object({
            agentCode: z.string(),
            agentId: z.string().nullable(),
            name: z.string().nullable(),
            groupCode: z.string().nullable(),
            zone: z.string(),
            day: z.iso.date(),
            from: instant.describe('start of the day (UTC ms)'),
            to: instant.describe('end of the day: some have 23 or 25 hours'),
            until: instant.describe('open intervals count up to here: the end of the day, or now'),
            states: z.array(rowSchema(modelNamed('agent_state_log'))),
            segments: z.array(rowSchema(modelNamed('call_segments'))),
            calls: z.array(rowSchema(modelNamed('calls'))),
            offers: z.array(agentOffer),
            deeds: z.array(deed).describe('what the agent, a supervisor or a rule did to the shift'),
            totals: z.array(z.object({ state: z.string(), ms: durationMs, times: z.number().int() })),
            signedInMs: durationMs,
            previousDay: z.iso.date().nullable(),
            nextDay: z.iso.date().nullable(),
          }),
        },
      },
      problems: ['request.not_found', 'log.stream_cut', 'log.stream_deleted', 'log.unavailable', 'tables.unavailable'],
      async handle({ params: { code }, query: { day }, session }) {
        demand(session, 'calls.see')
        const clock = clockOf(session.tenant)
        const tables = await readSide.tablesOf(session.tenant)
        const told = await agentDay(
          { log, codec, tables, session, zone: clock.zone, now: clock.now() },
          code,
          day ?? null,
        )
        return { ...told, zone: clock.zone }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/history/volume',
      permission: 'boards.see',
      group: 'Queries',
      about: 'How busy a day was: calls entering any queue, by quarter hour.',
      request: { query: z.strictObject({ day: dayInput('in the tenant’s zone') }) },
      responses: {
        200: {
          about: 'The quarter hours in which calls arrived.',
          schema: z.object({
            quarters: z.array(
              z.object({
                at: instant.describe('start (UTC ms)'),
                offered: z.number().int(),
                abandoned: z.number().int(),
              }),
            ),
          }),
        },
      },
      problems: ['tables.unavailable'],
      async handle({ query: { day }, session }) {
        const { zone } = clockOf(session.tenant)
        return {
          quarters: await volumeOf(
            await readSide.tablesOf(session.tenant),
            session.tenant,
            startOfDay(day, zone),
            startOfDay(nextDay(day), zone),
          ),
        }
      },
    }),
  ]
}
