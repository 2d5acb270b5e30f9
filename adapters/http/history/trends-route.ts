/** Half an hour of the boards' figures of the moment over HTTP. What is read is in `adapters/replay/trends.ts`. */
import { z } from 'zod'
import type { TenantClock } from '../../live/source.ts'
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
      'Half an hour of the figures that a board shows of the moment, a point a minute: callers waiting, the longest wait, agents ready and in calls.\n\n' +
      'Of some queues they are the callers of those and the agents who serve one of them now; of a group the agents who belonged to it then.',
    request: {
      query: z.strictObject({
        at: instantInput('up to here; left out: now').optional(),
        queue: codes.optional().meta({ description: 'codes of queues, separated by commas; left out: all' }),
        group: z.string().min(1).max(64).optional().meta({ description: 'code of a group; left out: all' }),
      }),
    },
    responses: {
      200: {
        about: 'The points, in order of time.',
        schema: z.object({
          points: z.array(
            z
              .object({
                at: z.number().int().describe('UTC ms'),
                waiting: z.number().int(),
                longestMs: z.number().int(),
                ready: z.number().int(),
                inCall: z.number().int(),
              })
              .meta({ id: 'TrendPoint' }),
          ),
        }),
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
