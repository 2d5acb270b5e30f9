/** Agents with an unreadable event in their shift. A file of its own, so that a wall does not load it. */
import type { AgentRow } from '../live/protocol.ts'

/** Whether an unreadable event makes what is shown about the agent unreliable. A new shift is reliable again. */
export function isSetAside(agent: AgentRow): boolean {
  return agent.setAside === true || agent.reason === 'set_aside'
}
