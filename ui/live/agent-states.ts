/**
 * An agent's states as the screens show them: always a colour (token `--state-<name>`), an icon
 * (`theme/Sprite.svelte`) and a word (catalogue `state`). Catalogue C5.0-colour-*, C-E2.
 */
import type { AgentRow, AgentState } from './protocol.ts'

/** The order in which states are listed everywhere: from those who can take a call to those who are gone. */
export const stateOrder: readonly AgentState[] = [
  'ready',
  'ringing',
  'in_call',
  'on_hold',
  'wrap_up',
  'previewing',
  'on_demand',
  'not_ready',
  'away',
  'not_responding',
  'signed_out',
]

/** States that a legend always names, so that it does not jump. */
export const usualStates: ReadonlySet<AgentState> = new Set([
  'ready',
  'ringing',
  'in_call',
  'wrap_up',
  'not_ready',
  'away',
])

const MINUTE = 60_000

/** How long a stay in a state is before a supervisor should look, ms. */
const longStay: Partial<Record<AgentState, number>> = {
  ringing: 45_000,
  in_call: 20 * MINUTE,
  on_hold: 3 * MINUTE,
  wrap_up: 5 * MINUTE,
  not_ready: 30 * MINUTE,
  away: 60 * MINUTE,
  not_responding: 0,
}

/** How far beyond that they are, ms; null if they are not. */
export function overstay(agent: AgentRow, now: number): number | null {
  const limit = longStay[agent.state]
  if (limit === undefined) return null
  const over = now - agent.since - limit
  return over >= 0 ? over : null
}

/** Whether the agent is signed in without a phone that can ring. */
export function phoneMissing(agent: AgentRow): boolean {
  return agent.state !== 'signed_out' && !agent.registered
}

/** By agent number: shorter numbers first, so that 99 comes before 100. */
export function byAgentCode(a: AgentRow, b: AgentRow): number {
  return a.agentCode.length - b.agentCode.length || (a.agentCode < b.agentCode ? -1 : a.agentCode > b.agentCode ? 1 : 0)
}
