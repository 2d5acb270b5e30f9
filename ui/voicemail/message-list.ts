/** The list of voice messages: what it can be filtered by. */
import { messageStates } from '@ledgerline/core/voicemail/words.ts'
import type { ListOf } from '../lists/list-query.ts'

export const messageList: ListOf = {
  model: 'voice_messages',
  time: 'leftAt',
  spans: ['any', 'hour', 'today', 'yesterday', 'week', 'custom'],
  choices: {
    state: {
      column: 'state',
      known: messageStates,
      otherwise: messageStates.filter((state) => state !== 'deleted'),
    },
    agent: { column: 'agentCode' },
    queue: { column: 'queueCode' },
  },
  numbers: ['fromNumber'],
}
