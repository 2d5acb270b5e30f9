/** One row per agent of recorded history: whose number the tables show. */
import { instant, personalText, text } from '../engine/model.ts'
import { entity } from '../entity.ts'

export const historyAgents = entity('history_agents', {
  version: 1,
  about:
    'Agents (坐席) of recorded history: one row each, with the name that the source has. Everything else names them by number.',
  key: {
    agentId: text(
      'Id of the agent: a hash of the name under the master key, so that every import of this history meets it again.',
    ),
  },
  columns: {
    agentCode: text(
      'Number of the agent (工号) in this history, from 1001 in the order in which they were met; it stays, and is what to join and to group by.',
    ),
    name: personalText('The name, as the source has it.'),
    since: instant('When they first took a call, as far as is known here.'),
  },
  on: {
    HistoryAgentNamed: (_, { at, data: { agentId, agentCode, name } }) => ({ agentId, agentCode, name, since: at }),
  },
})
