/** Which agents are in a call or reserved for it, by call. */
import type { Shift } from '../agent/state.ts'

export class Engagements {
  readonly #agents = new Map<string, Set<string>>()

  of(callId: string): Iterable<string> {
    return this.#agents.get(callId) ?? []
  }

  isAnybodyIn(callId: string): boolean {
    return (this.#agents.get(callId)?.size ?? 0) > 0
  }

  /** An agent's shift has changed. Returns the calls that they were in or are in now. */
  update(agentId: string, before: Shift | undefined, after: Shift): string[] {
    const [left, entered] = [callsOf(before), callsOf(after)]
    for (const callId of left) this.#agents.get(callId)?.delete(agentId)
    for (const callId of entered) {
      let agents = this.#agents.get(callId)
      if (!agents) this.#agents.set(callId, (agents = new Set()))
      agents.add(agentId)
    }
    return [...left, ...entered]
  }

  forget(callId: string): void {
    this.#agents.delete(callId)
  }
}

/** Calls that a shift is in, or reserved for. */
function callsOf(shift: Shift | undefined): string[] {
  if (shift?.status !== 'open') return []
  const calls: string[] = []
  if (shift.reservation) calls.push(shift.reservation.callId)
  if (shift.engagement.kind === 'talking') calls.push(shift.engagement.callId)
  return calls
}
