/** Calls that rang an agent who did not take them (catalogue C19): the views of their list, and what it can be filtered by. */
import { missedResults } from '@ledgerline/core/call/missed.ts'
import type { ListOf } from '../lists/list-query.ts'

export const missedViews = ['all', 'mine'] as const
export type MissedView = (typeof missedViews)[number]

export function missedViewFrom(params: URLSearchParams): MissedView {
  return missedViews.find((view) => view === params.get('view')) ?? 'all'
}

/** @param mine the number of the agent who works in this browser; null: nobody does */
export function missedList(view: MissedView, mine: string | null): ListOf {
  return {
    model: 'offers',
    time: 'offeredAt',
    spans: ['any', 'today', 'yesterday', 'week', 'month', 'lastMonth', 'custom'],
    choices: {
      handled: { column: 'handled', known: ['false', 'true'] },
      ...(view === 'all' && { agent: { column: 'agentCode' } }),
      queue: { column: 'queueCode' },
      result: { column: 'result', known: missedResults, otherwise: missedResults },
    },
    lengths: [{ column: 'ringMs', least: 'ringLeast', most: 'ringMost' }],
    ...(view === 'mine' && mine !== null && { always: { ownerCode: [mine] } }),
  }
}
