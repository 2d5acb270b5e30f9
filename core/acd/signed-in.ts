/** Who is signed in to a queue, on which level, and whether they rest. Counts are kept up to date, so that reading them is cheap. */

interface Present {
  level: number
  rests: boolean
}

export class SignedIn {
  readonly #agents = new Map<string, Present>()
  /** How many agents there are on each level that has any. */
  readonly #onLevel = new Map<number, number>()
  #resting = 0

  /** Is anyone signed in? If `restCounts` is false, resting agents do not count. */
  isAnybody(restCounts: boolean): boolean {
    return this.#agents.size > (restCounts ? 0 : this.#resting)
  }

  /** The lowest level on which someone is signed in; null: nobody is. */
  lowestLevel(): number | null {
    let lowest: number | null = null
    for (const level of this.#onLevel.keys()) if (lowest === null || level < lowest) lowest = level
    return lowest
  }

  /** Is the agent listed with just this level and rest? */
  has(agentId: string, level: number, rests: boolean): boolean {
    const known = this.#agents.get(agentId)
    return known?.level === level && known.rests === rests
  }

  put(agentId: string, level: number, rests: boolean): void {
    this.delete(agentId)
    this.#agents.set(agentId, { level, rests })
    this.#onLevel.set(level, (this.#onLevel.get(level) ?? 0) + 1)
    if (rests) this.#resting++
  }

  delete(agentId: string): void {
    const known = this.#agents.get(agentId)
    if (!known) return
    this.#agents.delete(agentId)
    const left = this.#onLevel.get(known.level)! - 1
    if (left > 0) this.#onLevel.set(known.level, left)
    else this.#onLevel.delete(known.level)
    if (known.rests) this.#resting--
  }
}
