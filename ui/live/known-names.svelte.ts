/** The queues and agents of the boards, for filters and for rows that hold only their codes. */
import { byAgentCode } from './agent-states.ts'
import { byPriorityThenName } from './figures.ts'
import { board } from './live-board.svelte.ts'
import type { AgentRow, QueueRow } from './protocol.ts'

/** A value and what it is called. */
interface Named {
  value: string
  label: string
}

export class KnownNames {
  queues: readonly QueueRow[] = $derived.by(
    () => (void board.version.queues, [...board.tables.queues.values()].sort(byPriorityThenName)),
  )
  agents: readonly AgentRow[] = $derived.by(
    () => (void board.version.agent_monitor, [...board.tables.agent_monitor.values()].sort(byAgentCode)),
  )
  #queueNames = $derived(new Map(this.queues.map(({ queueCode, name }) => [queueCode, name])))
  #agentNames = $derived(new Map(this.agents.map(({ agentCode, name }) => [agentCode, name])))

  queueChoices: readonly Named[] = $derived(
    this.queues.map(({ queueCode, name }) => ({ value: queueCode, label: name })),
  )
  agentChoices: readonly Named[] = $derived(
    this.agents.map(({ agentCode, name }) => ({ value: agentCode, label: `${agentCode} ${name ?? ''}`.trim() })),
  )

  /** A queue's name; its code if it has gone. */
  queue(code: string | null): string {
    return code === null ? '' : (this.#queueNames.get(code) ?? code)
  }

  /** An agent's name; empty if they have gone. */
  agent(code: string | null): string {
    return (code === null ? null : this.#agentNames.get(code)) ?? ''
  }

  /** Number and name, as catalogue C0.1 writes them: `801 - 张三`. */
  numberAndName(code: string): string {
    return [code, this.#agentNames.get(code)].filter(Boolean).join(' - ')
  }
}
