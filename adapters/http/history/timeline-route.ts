/**
 * Everything known about one call: its row, its segments and legs, and the events of its stream as they are in the
 * ledger, opened and then masked for this viewer.
 */
import { z } from 'zod'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { timelineAnswer, type Timeline } from '../../replay/answers.ts'
import { eventsOf } from '../../replay/call-events.ts'
import { MOST_ROWS } from '../../queries/filters.ts'
import { maskedColumns, maskRow } from '../../queries/mask.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { selectPage } from '../../queries/select.ts'

export function timelineRoute(readSide: ReadSide, log: EventLog, codec: Codec): Route {
  const models = ['calls', 'call_segments', 'legs'].map((name) => readSide.models.find((model) => model.name === name)!)
  const [calls, segments, legs] = models as [ReadModel, ReadModel, ReadModel]
  return defineRoute({
    method: 'get',
    path: '/api/v1/calls/{id}/timeline',
    permission: 'calls.see',
    group: 'Queries',
    about: 'One call’s whole story: its row, segments, legs, and every event of its stream.',
    request: { params: z.object({ id: z.string().min(1).max(100).meta({ description: 'call id' }) }) },
    responses: {
      200: {
        about: 'The call. The tables may be a moment behind the events; `asOf` says how far they have come.',
        schema: timelineAnswer,
      },
    },
    problems: ['request.not_found', 'log.stream_cut', 'log.stream_deleted', 'log.unavailable'],
    async handle({ params: { id }, session, behind }) {
      const asOf = { ...readSide.progress(calls, session.tenant), behind }
      const tables = await readSide.tablesOf(session.tenant)
      const ofCall = async (model: ReadModel) => {
        const conditions = [{ column: 'callId', is: 'one_of' as const, values: [id] }]
        const sort = 'startedAt' in model.columns ? 'startedAt' : Object.keys(model.key)[0]!
        const { rows } = await selectPage(tables, model, { tenant: session.tenant, conditions, sort, limit: MOST_ROWS })
        const masks = maskedColumns(model, session)
        return rows.map((row) => maskRow(row, masks))
      }
      const [callRows, segmentRows, legRows, events] = await Promise.all([
        ofCall(calls),
        ofCall(segments),
        ofCall(legs),
        eventsOf(log, codec, session, id),
      ])
      if (callRows.length === 0 && events.length === 0) throw new Problem('request.not_found', { what: 'call', id })
      return {
        call: (callRows[0] ?? null) as Timeline['call'],
        segments: segmentRows as Timeline['segments'],
        legs: legRows as Timeline['legs'],
        events,
        asOf,
      } satisfies Timeline
    },
  })
}
