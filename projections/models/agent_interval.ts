/** An agent's figures by shift and quarter hour, the basis of reports. Group and extension come from the shift (`shifts`). */
import { aggregate, instant, text } from '../engine/model.ts'
import { slice, startOf } from '@ledgerline/core/kernel/time.ts'
import { agentFigures, agentSources } from './agent_figures.ts'

const QUARTER_MS = 900_000

export const agentInterval = aggregate('agent_interval', {
  version: 2,
  about: 'Agents (坐席) by shift and quarter hour of the tenant’s clock. A state is counted once it is over.',
  key: {
    agentId: text('The agent.'),
    agentCode: text('The agent’s number (工号).'),
    shiftId: text('The shift; empty in recorded history.'),
    startsAt: instant('Start of the quarter hour.'),
  },
  columns: agentFigures,
  from: agentSources(
    ({ agentId, agentCode, shiftId }) => ({ agentId, agentCode, shiftId: shiftId ?? '' }),
    (at, zone) => ({ startsAt: startOf(at, QUARTER_MS, zone) }),
    (from, to, zone) => slice(from, to, QUARTER_MS, zone).map(({ startsAt, ms }) => ({ when: { startsAt }, ms })),
  ),
  indexes: [['startsAt']],
})
