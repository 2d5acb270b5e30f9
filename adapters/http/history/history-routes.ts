/**
 * The history of one thing: why a call went to a particular agent, and an agent's day. A call's own story is in
 * `timeline-route.ts`, the boards as they stood in `boards-route.ts`.
 */
import { z } from 'zod'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { nextDay, startOfDay } from '@ledgerline/core/kernel/time.ts'
import type { TenantClock } from '../../live/source.ts'
import { agentDay } from '../../replay/agent-day.ts'
import { agentDayAnswer, decisionsAnswer, volumeAnswer, type AgentDay } from '../../replay/answers.ts'
import { decisionsOf, MOST_MEMBERS, MOST_OFFERS } from '../../replay/decisions.ts'
import { volumeOf } from '../../replay/volume.ts'
import { dayInput } from '../../queries/inputs.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { demand } from '@ledgerline/core/access/session.ts'

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
          schema: decisionsAnswer,
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
          schema: agentDayAnswer,
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
        return { ...told, zone: clock.zone } satisfies AgentDay
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
          schema: volumeAnswer,
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
