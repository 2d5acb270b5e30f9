/** The call list: its views (catalogue A11.1), and what each can be filtered by. */
import { callDirections, callOutcomes, followUps, unansweredOutcomes } from '@ledgerline/core/call/words.ts'
import type { ListOf } from '../lists/list-query.ts'

export const flags = ['true', 'false'] as const

/** All calls; those that are over; those that go on; those in queues; those that nobody answered; one's own. */
export const callViews = ['all', 'history', 'current', 'queuing', 'missed', 'mine'] as const
export type CallView = (typeof callViews)[number]

/** Where a tab keeps the list's address, so that a call's page leads back to the list as it was. */
export const LIST_ADDRESS = 'ledgerline.calls'

export function viewFrom(params: URLSearchParams): CallView {
  return callViews.find((view) => view === params.get('view')) ?? 'all'
}

/** @param mine the number of the agent who works in this browser; null: nobody does */
export function callList(view: CallView, mine: string | null): ListOf {
  const always: Readonly<Record<CallView, ListOf['always']>> = {
    all: {},
    history: { 'endedAt.is': 'set' },
    current: { 'endedAt.is': 'null' },
    queuing: { status: ['waiting', 'offered', 'callback'] },
    missed: {},
    mine: mine === null ? {} : { agentCodes: [mine] },
  }
  const ended = view === 'history' || view === 'missed'
  return {
    model: 'calls',
    time: 'receivedAt',
    spans: ['any', 'hour', 'today', 'yesterday', 'week', 'month', 'custom'],
    choices: {
      queue: { column: 'queueCode' },
      ...(view !== 'mine' && { agent: { column: 'agentCodes' } }),
      ...(view === 'missed'
        ? { outcome: { column: 'outcome', known: unansweredOutcomes, otherwise: unansweredOutcomes } }
        : view !== 'current' && view !== 'queuing' && { outcome: { column: 'outcome', known: callOutcomes } }),
      direction: { column: 'direction', known: callDirections },
      recorded: { column: 'recorded', known: flags },
      ...((ended || view === 'all' || view === 'mine') && { followUp: { column: 'followUp', known: followUps } }),
    },
    lengths:
      view === 'current' || view === 'queuing'
        ? []
        : [
            { column: 'answerMs', least: 'ringLeast', most: 'ringMost' },
            { column: 'callMs', least: 'talkLeast', most: 'talkMost' },
            { column: 'recordedMs', least: 'recordedLeast', most: 'recordedMost' },
          ],
    numbers: ['fromNumber', 'toNumber'],
    ...(always[view] && { always: always[view] }),
  }
}
