/**
 * Whom an agent may transfer to, consult or call (catalogue C3.1-colleague-popup, C3.5-transfer-popup): colleagues of their
 * group first, then the others, queues, and a number that they type. Pure.
 */
import { byAgentCode } from '../live/agent-states.ts'
import { byPriorityThenName } from '../live/figures.ts'
import type { AgentRow, QueueRow } from '../live/protocol.ts'

/** Whom something is to reach. `extension`: where a colleague is called. */
export type Target =
  | { kind: 'agent'; code: string; extension: string | null; ownGroup: boolean }
  | { kind: 'queue'; code: string }
  | { kind: 'number'; number: string }

/** What can be done with a target. */
export type Reach = 'consult' | 'transfer' | 'dial'

export interface Targets {
  /** Of the agent's own group. */
  group: readonly AgentRow[]
  others: readonly AgentRow[]
  queues: readonly QueueRow[]
  /** What was typed, if it can be dialled. */
  number: string | null
}

export const isNumber = (typed: string): boolean => /^\+?[\d*#() -]{2,40}$/.test(typed.trim())

/** The targets that match what was typed, those signed in before those who are not; the order does not follow their states. */
export function targetsFor(
  agent: AgentRow,
  everybody: readonly AgentRow[],
  queues: readonly QueueRow[],
  typed: string,
): Targets {
  const text = typed.trim().toLowerCase()
  const holds = (...values: (string | null)[]): boolean =>
    text === '' || values.some((value) => value?.toLowerCase().includes(text))
  const gone = ({ state }: AgentRow): number => (state === 'signed_out' ? 1 : 0)
  const found = everybody
    .filter((one) => one.agentId !== agent.agentId)
    .filter((one) => holds(one.agentCode, one.name, one.extension, one.groupCode))
    .sort((a, b) => gone(a) - gone(b) || byAgentCode(a, b))
  return {
    group: found.filter((one) => one.groupCode === agent.groupCode),
    others: found.filter((one) => one.groupCode !== agent.groupCode),
    queues: queues.filter(({ queueCode, name }) => holds(queueCode, name)).sort(byPriorityThenName),
    number: isNumber(typed) ? typed.trim() : null,
  }
}

export function targetOf(one: AgentRow, agent: AgentRow): Target {
  return { kind: 'agent', code: one.agentCode, extension: one.extension, ownGroup: one.groupCode === agent.groupCode }
}

/** What a target allows, whatever the agent is doing: a queue cannot be consulted, and another group is called by number. */
export function reachesOf(target: Target, signedIn: boolean): readonly Reach[] {
  switch (target.kind) {
    case 'queue':
      return ['transfer']
    case 'number':
      return ['consult', 'transfer', 'dial']
    case 'agent': {
      if (!signedIn) return []
      const { extension, ownGroup } = target
      return ownGroup && extension !== null ? ['consult', 'transfer', 'dial'] : ['consult', 'transfer']
    }
  }
}
