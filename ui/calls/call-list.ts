/** The call list: what it can be filtered by. */
import type { ListOf } from '../lists/list-query.ts'

export const outcomes = [
  'answered',
  'abandoned',
  'pre_queue',
  'timed_out',
  'left_by_key',
  'no_agent',
  'overflowed',
  'called_back',
  'message',
  'feature',
  'rejected',
  'failed',
] as const
export const directions = ['inbound', 'outbound', 'internal'] as const

/** Where a tab keeps the list's address, so that a call's page leads back to the list as it was. */
export const LIST_ADDRESS = 'ledgerline.calls'

export const callList: ListOf = {
  model: 'calls',
  time: 'receivedAt',
  spans: ['any', 'hour', 'today', 'yesterday', 'week', 'custom'],
  choices: {
    queue: { column: 'queueCode' },
    agent: { column: 'agentCode' },
    outcome: { column: 'outcome', known: outcomes },
    direction: { column: 'direction', known: directions },
  },
  numbers: ['fromNumber', 'toNumber'],
}
