/** The list of recordings (catalogue C14.7): what it can be filtered by. */
import type { ListOf } from '../lists/list-query.ts'

export const recordingDirections = ['inbound', 'outbound', 'internal'] as const
export const recordingStates = ['kept', 'recording', 'stopped', 'delayed', 'failed', 'deleting', 'deleted'] as const

export const recordingList: ListOf = {
  model: 'recordings',
  time: 'startedAt',
  spans: ['any', 'today', 'yesterday', 'week', 'month', 'lastMonth', 'custom'],
  choices: {
    state: { column: 'status', known: recordingStates },
    agent: { column: 'agentCodes' },
    queue: { column: 'queueCode' },
    direction: { column: 'direction', known: recordingDirections },
  },
  lengths: [{ column: 'durationMs', least: 'shortest', most: 'longest' }],
  numbers: ['fromNumber', 'toNumber'],
  // Those of conversations; what callers leave in a box has a page of its own.
  always: { rule: ['route', 'queue', 'extension', 'agent'] },
}
