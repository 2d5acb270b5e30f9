/** What the switchboard looks at and acts on, one after the other: a call, or an agent with their shift. */
import { agentOfShift } from '../agent/shift-id.ts'
import { shiftOfOwner } from '../telephony/port.ts'

export interface Entity {
  readonly kind: 'call' | 'agent'
  readonly id: string
}

export function callEntity(callId: string): Entity {
  return { kind: 'call', id: callId }
}

export function agentEntity(agentId: string): Entity {
  return { kind: 'agent', id: agentId }
}

/** Whose leg it is, in the network's words: a call's, or that of the agent whose phone is kept connected. */
export function entityOfOwner(owner: string): Entity {
  const shiftId = shiftOfOwner(owner)
  return shiftId === null ? callEntity(owner) : agentEntity(agentOfShift(shiftId))
}

/** A map whose keys are entities, compared by value and not by identity. */
export class EntityMap<V> {
  readonly #call = new Map<string, V>()
  readonly #agent = new Map<string, V>()

  get({ kind, id }: Entity): V | undefined {
    return this.#of(kind).get(id)
  }

  has({ kind, id }: Entity): boolean {
    return this.#of(kind).has(id)
  }

  set({ kind, id }: Entity, value: V): void {
    this.#of(kind).set(id, value)
  }

  delete({ kind, id }: Entity): void {
    this.#of(kind).delete(id)
  }

  clear(): void {
    this.#call.clear()
    this.#agent.clear()
  }

  #of(kind: Entity['kind']): Map<string, V> {
    return kind === 'call' ? this.#call : this.#agent
  }
}
