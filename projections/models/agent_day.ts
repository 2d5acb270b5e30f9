/** An agent's figures by day. */
import { aggregate, day, text } from '../engine/model.ts'
import { dayOf, sliceDays } from '@ledgerline/core/kernel/time.ts'
import { agentFigures, agentSources } from './agent_figures.ts'

export const agentDay = aggregate('agent_day', {
  version: 2,
  about: 'Agents (坐席) by day of the tenant’s clock. A state is counted once it is over.',
  key: { agentId: text('The agent.'), agentCode: text('The agent’s number (工号).'), day: day('The day.') },
  columns: agentFigures,
  from: agentSources(
    ({ agentId, agentCode }) => ({ agentId, agentCode }),
    (at, zone) => ({ day: dayOf(at, zone) }),
    (from, to, zone) => sliceDays(from, to, zone).map((part) => ({ when: { day: part.day }, ms: part.ms })),
  ),
})
