/** The boards as they stood at a recorded moment: what did the wall show at 10:42? */
import { z } from 'zod'
import type { Moment } from '@ledgerline/projections/engine/asof.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import type { TenantClock } from '../../live/source.ts'
import { rowSchema } from '../../queries/answers.ts'
import { boardsMoment } from '../../replay/answers.ts'
import { boardsThen } from '../../replay/boards.ts'
import { instantInput } from '../../queries/inputs.ts'
import { maskedColumns, maskRow } from '../../queries/mask.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { defineRoute, type Route } from '../routing/route.ts'

/** A tenant's clock this close to ours is taken to be ours. */
const SAME_CLOCK_MS = 60_000

export function boardsRoute(readSide: ReadSide, clockOf: (tenant: string) => TenantClock): Route {
  const boards = readSide.models.filter((model) => sums.has(model.name) || standsForMoment(model))
  return defineRoute({
    method: 'get',
    path: '/api/v1/boards/as-of',
    permission: 'boards.see',
    group: 'Queries',
    about:
      'Every board as of a moment, including the sums of the day and of the last hour.\n\n' +
      '`recorded`: what the board showed, from what the ledger had received by then, whenever it happened.\n\n' +
      '`event`: what had happened by then on the tenant’s own clock, whenever it was reported.\n\n' +
      'In both, sums count what had happened by then. They are sums of passages through queues: agents’ times and ' +
      'histograms are not given for a moment (0 and empty).',
    request: {
      query: z.strictObject({
        at: instantInput('the moment'),
        by: z.enum(['recorded', 'event']).default('recorded').meta({ description: 'which time the moment refers to' }),
      }),
    },
    responses: {
      200: {
        about: 'The rows of each board.',
        schema: boardsMoment.extend({
          boards: z.object(Object.fromEntries(boards.map((model) => [model.name, z.array(rowSchema(model))]))),
        }),
      },
    },
    problems: ['tables.before_history', 'tables.unavailable'],
    async handle({ query: { at, by }, session, signal }) {
      const { tenant } = session
      const clock = clockOf(tenant)
      const source = {
        tenant,
        zone: clock.zone,
        tables: await readSide.tablesOf(tenant),
        boardsAsOf: (moment: Moment) => readSide.boardsAsOf(tenant, moment, signal),
        ourTime: Math.abs(clock.now() - Date.now()) < SAME_CLOCK_MS,
      }
      const then = await boardsThen(source, at, by)
      const masked = boards.map((model) => {
        const masks = maskedColumns(model, session)
        return [model.name, (then.boards[model.name] ?? []).map((row) => maskRow(row, masks))]
      })
      return { ...then, boards: Object.fromEntries(masked) as Record<string, unknown> }
    },
  })
}

/** Sums by minute and day need every finished call, which a board does not hold: they are added up again. */
const sums: ReadonlySet<string> = new Set(['queue_day', 'queue_minute'])

/** A board that shows the state of its moment only. */
function standsForMoment(model: ReadModel): boolean {
  if (model.kind === 'derived' || !model.board) return false
  return Object.values(model.key).every(({ sql }) => sql !== 'timestamptz' && sql !== 'date')
}
