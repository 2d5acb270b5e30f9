/** The last half hour of the boards' current figures over HTTP. `adapters/replay/trends.ts` reads them. */
import { z } from 'zod'
import type { TenantClock } from '../../live/source.ts'
import { trendsAnswer } from '../../replay/answers.ts'
import { trendsUpTo } from '../../replay/trends.ts'
import { instantInput } from '../../queries/inputs.ts'
import { demandNames } from '../../queries/names.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { defineRoute, type Route } from '../routing/route.ts'

const codes = z
  .string()
  .max(10_000)
  .transform((text) => [...new Set(text.split(',').filter((code) => code !== ''))])

export function trendsRoute(readSide: ReadSide, clockOf: (tenant: string) => TenantClock): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/boards/trends',
    permission: 'boards.see',
    group: 'Queries',
    about:
      'The last half hour of a board’s current figures, one point per minute: callers waiting, the longest wait, ' +
      'agents ready and in calls.\n\n' +
      'For selected queues: their callers, and the agents who serve one of them now. For a group: the agents who ' +
      'belonged to it at the time.',
    request: {
      query: z.strictObject({
        at: instantInput('up to this moment; by default now').optional(),
        queue: codes.optional().meta({ description: 'codes of queues, separated by commas; by default all' }),
        group: z.string().min(1).max(64).optional().meta({ description: 'code of a group; by default all' }),
      }),
    },
    responses: {
      200: {
        about: 'The points, in order of time.',
        schema: trendsAnswer,
      },
    },
    problems: ['request.names_nothing', 'tables.unavailable'],
    async handle({ query: { at, queue, group }, session: { tenant } }) {
      const tables = await readSide.tablesOf(tenant)
      await demandNames(tables, tenant, [
        { path: 'queue', kind: 'queue', codes: queue ?? [] },
        { path: 'group', kind: 'group', codes: group === undefined ? [] : [group] },
      ])
      const points = await trendsUpTo(tables, tenant, at ?? clockOf(tenant).now(), {
        queues: queue === undefined || queue.length === 0 ? null : queue,
        group: group ?? null,
      })
      return { points }
    },
  })
}
