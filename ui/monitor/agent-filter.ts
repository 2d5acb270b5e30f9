/** Which agents the monitor shows, and in what order. All of it is in the address. Catalogue A11.2.4-filters. */
import { byAgentCode, stateOrder } from '../live/agent-states.ts'
import type { AgentRow, AgentState } from '../live/protocol.ts'

export type AgentSort = 'code' | 'state' | 'since'

/** Whether the agent's number, name or extension contains the text; case and surrounding blanks are ignored. */
export function matchesText(agent: AgentRow, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return true
  return [agent.agentCode, agent.name, agent.extension].some((value) => value?.toLowerCase().includes(wanted))
}

export function sortAgents(agents: readonly AgentRow[], sort: AgentSort): AgentRow[] {
  const rank = (state: AgentState) => stateOrder.indexOf(state)
  const by: Record<AgentSort, (a: AgentRow, b: AgentRow) => number> = {
    code: byAgentCode,
    state: (a, b) => rank(a.state) - rank(b.state) || a.since - b.since || byAgentCode(a, b),
    // Longest in their state first; signed-out agents last.
    since: (a, b) =>
      Number(a.state === 'signed_out') - Number(b.state === 'signed_out') || a.since - b.since || byAgentCode(a, b),
  }
  return [...agents].sort(by[sort])
}

export function asSort(text: string | null): AgentSort {
  return text === 'state' || text === 'since' ? text : 'code'
}

export function asStates(values: readonly string[]): AgentState[] {
  return stateOrder.filter((state) => values.includes(state))
}
