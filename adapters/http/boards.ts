/** The boards as they stood at a recorded moment: what did the wall show at 10:42? */
import { z } from 'zod'
import { instantParameter } from './filters.ts'
import { maskedColumns, maskRow } from './mask.ts'
import type { ReadSide } from './read-side.ts'
import { defineRoute, type Route } from './route.ts'
import { rowSchema } from './row-schema.ts'

export function boardsRoute(readSide: ReadSide): Route {
  const boards = readSide.models.filter((model) => model.kind !== 'derived' && model.board)
  return defineRoute({
    method: 'get',
    path: '/api/v1/boards/as-of',
    permission: 'boards.see',
    group: 'Queries',
    about: 'Every board as it stood at a moment.\n\nThe moment is that of recording: what the ledger had taken by then is in, what was reported later is not, whenever it happened.',
    request: { query: z.strictObject({ at: instantParameter('the moment') }) },
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
    async handle({ query: { at }, session, signal }) {
      const { position, boards: rows } = await readSide.boardsAsOf(session.tenant, at, signal)
      const masked = boards.map((model) => {
        const masks = maskedColumns(model, session)
        return [model.name, (rows[model.name] ?? []).map((row) => maskRow(row, masks))]
      })
      return { at, position, boards: Object.fromEntries(masked) as Record<string, unknown> }
    },
  })
}
