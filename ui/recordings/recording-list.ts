/** The list of recordings (catalogue C14.7): what it can be filtered by. */
import { callDirections } from '@ledgerline/core/call/words.ts'
import { recordingStates } from '@ledgerline/core/recording/words.ts'
import type { ListOf } from '../lists/list-query.ts'

export const recordingList: ListOf = {
  model: 'recordings',
  time: 'startedAt',
  spans: ['any', 'today', 'yesterday', 'week', 'month', 'lastMonth', 'custom'],
  choices: {
    state: { column: 'status', known: recordingStates },
    agent: { column: 'agentCodes' },
    queue: { column: 'queueCode' },
    direction: { column: 'direction', known: callDirections },
  },
  lengths: [{ column: 'durationMs', least: 'shortest', most: 'longest' }],
  numbers: ['fromNumber', 'toNumber'],
  // Those of conversations; what callers leave in a box has a page of its own.
  always: { rule: ['route', 'queue', 'extension', 'agent'] },
}
