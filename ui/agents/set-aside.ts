/** Agents of whose shift an event cannot be read. Apart from the states, so that a wall does not load it. */
import type { AgentRow } from '../live/protocol.ts'

/** Is what is shown of them not to be relied on, since an event of their shift cannot be read? Of a fresh shift it is. */
export function isSetAside(agent: AgentRow): boolean {
  return agent.setAside === true || agent.reason === 'set_aside'
}
