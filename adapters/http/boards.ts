/** The boards as they stood at a recorded moment: what did the wall show at 10:42? */
import { z } from 'zod'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { instantParameter } from './filters.ts'
import { maskedColumns, maskRow } from './mask.ts'
import type { ReadSide } from './read-side.ts'
import { defineRoute, type Route } from './route.ts'
import { rowSchema } from './row-schema.ts'

export function boardsRoute(readSide: ReadSide): Route {
  const boards = readSide.models.filter(standsForMoment)
  return defineRoute({
    method: 'get',
    path: '/api/v1/boards/as-of',
    permission: 'boards.see',
    group: 'Queries',
    about:
      'Every board as it stood at a moment.\n\n' +
      'By `recorded` it is what the board showed: what the ledger had taken by then, whenever it happened. ' +
      'By `event` it is what had happened by then on the tenant’s own clock, whenever it was reported.',
    request: {
      query: z.strictObject({
        at: instantParameter('the moment'),
        by: z.enum(['recorded', 'event']).default('recorded').meta({ description: 'whose time the moment is' }),
      }),
    },
    responses: {
      200: {
        about: 'The rows of each board.',
        schema: z.object({
          at: z.number().int().describe('the moment asked for (UTC ms)'),
          position: z.string().nullable().describe('position of the last event that counts'),
          boards: z.object(Object.fromEntries(boards.map((model) => [model.name, z.array(rowSchema(model))]))),
        }),
      },
    },
    problems: ['tables.before_history', 'tables.unavailable'],
    async handle({ query: { at, by }, session, signal }) {
      const { position, boards: rows } = await readSide.boardsAsOf(session.tenant, by === 'event' ? { at } : { recordedAt: at }, signal)
      const masked = boards.map((model) => {
        const masks = maskedColumns(model, session)
        return [model.name, (rows[model.name] ?? []).map((row) => maskRow(row, masks))]
      })
      return { at, position, boards: Object.fromEntries(masked) as Record<string, unknown> }
    },
  })
}

/** A board that is the present of its moment. Sums by minute and day need every finished call, which a board does not hold. */
function standsForMoment(model: ReadModel): boolean {
  if (model.kind === 'derived' || !model.board) return false
  return Object.values(model.key).every(({ sql }) => sql !== 'timestamptz' && sql !== 'date')
}
