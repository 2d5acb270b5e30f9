/** One row per agent of recorded history: the person behind each number in the tables. */
import { instant, personalText, text } from '../engine/model.ts'
import { entity } from '../entity.ts'

export const historyAgents = entity('history_agents', {
  version: 1,
  about:
    'Agents (坐席) of recorded history: one row each, with the name from the source. Everything else refers to them ' +
    'by number.',
  key: {
    agentId: text(
      'Id of the agent: a hash of the name under the master key, the same at every import of this history.',
    ),
  },
  columns: {
    agentCode: text(
      'Number of the agent (工号) in this history, from 1001 in order of first appearance; it never changes, and is ' +
        'the column to join and group by.',
    ),
    name: personalText('The name, as the source gives it.'),
    since: instant('When they first took a call, as far as is known here.'),
  },
  on: {
    HistoryAgentNamed: (_, { at, data: { agentId, agentCode, name } }) => ({ agentId, agentCode, name, since: at }),
  },
})
