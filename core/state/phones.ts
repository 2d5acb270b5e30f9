/** Whose phone is whose: as configured, and who is signed in where. */
import type { OpenShift, Shift } from '../agent/state.ts'
import type { AgentSettings } from '../configuration/events.ts'

export class Phones {
  /** The agent to whom an extension is configured. */
  #owners = new Map<string, string>()
  /** Signed-in agents, by extension: one, or for a moment two. */
  readonly #seated = new Map<string, Set<string>>()
  /** Phones of which the network last said that they are not registered. */
  readonly #missing = new Set<string>()

  /** The network says whether a phone is registered. */
  report(extension: string, registered: boolean): void {
    if (registered) this.#missing.delete(extension)
    else this.#missing.add(extension)
  }

  /** Is the phone known not to be registered? */
  isMissing(extension: string): boolean {
    return this.#missing.has(extension)
  }

  configure(agents: readonly Pick<AgentSettings, 'agentId' | 'extension'>[]): void {
    this.#owners = new Map(
      agents.flatMap(({ extension, agentId }) => (extension === null ? [] : [[extension, agentId] as const])),
    )
  }

  /** The agent to whom the extension is configured. */
  ownerOf(extension: string): string | null {
    return this.#owners.get(extension) ?? null
  }

  /** Everybody who is signed in at the extension. */
  agentsAt(extension: string): ReadonlySet<string> {
    return this.#seated.get(extension) ?? NOBODY
  }

  /** Other agents at the phone of a shift. */
  othersAt(agentId: string, shift: Shift): string[] {
    const there = shift.status === 'open' && shift.extension !== null ? this.agentsAt(shift.extension) : NOBODY
    return there.size > 1 ? [...there].filter((other) => other !== agentId) : []
  }

  /** An agent's shift has changed. */
  seat(agentId: string, before: Shift | undefined, open: OpenShift | null): void {
    const left = before?.status === 'open' ? before.extension : null
    const taken = open?.extension ?? null
    // Hardly any event of a shift changes its phone.
    if (left !== null && left === taken) return
    if (left !== null) {
      const there = this.#seated.get(left)
      there?.delete(agentId)
      if (there?.size === 0) this.#seated.delete(left)
    }
    if (taken === null) return
    const there = this.#seated.get(taken)
    if (there) there.add(agentId)
    else this.#seated.set(taken, new Set([agentId]))
  }
}

const NOBODY: ReadonlySet<string> = new Set()

/** Of two shifts at one phone: which came to it first? */
export function cameBefore(one: OpenShift, other: OpenShift): boolean {
  // Shifts in snapshots of earlier versions do not say since when they have had their phone.
  const [a, b] = [one.extensionSince ?? one.signedInAt, other.extensionSince ?? other.signedInAt]
  return a === b ? one.agentId < other.agentId : a < b
}
