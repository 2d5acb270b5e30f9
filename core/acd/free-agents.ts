/**
 * The free agents of a queue, kept in the order in which its strategy tries them. Agents are put in their place when they
 * become free, so that a choice only takes the first few, however many there are.
 */
import { standingOrder, type Candidate } from '../queue/strategies.ts'
import type { QueueSettings } from '../queue/settings.ts'
import { windowStart, type AgentWork } from '../queue/workload.ts'
import { CandidateBits, writeCandidates, type InRoster } from './candidate-bits.ts'
import type { Memory } from './memory.ts'

/** A free agent as one queue sees them. Of the values that strategies compare, only the one this queue compares is up to date. */
export interface FreeAgent extends Candidate, InRoster {
  agentCode: string
  /** Since when they have been available for a call; `idleSince` is the value the queue compares. */
  since: number
  work: AgentWork
}

export class FreeAgents {
  readonly #queueCode: string
  readonly #memory: Memory
  readonly #agents = new Map<string, FreeAgent>()
  /** Places of the agents configured for the queue: see `candidate-bits.ts`. */
  #slots: ReadonlyMap<string, number> = new Map()
  /** All of them, as a decision records them. */
  #bits = new CandidateBits(0)
  /** All of them in the order of the strategy; empty until someone asks for it. */
  #standing: FreeAgent[] = []
  /** The settings that gave the order; null: nobody has asked for it yet. */
  #settings: QueueSettings | null = null
  /** Since when calls and talk count, if the strategy compares them; UTC ms. */
  #from = 0

  constructor(queueCode: string, memory: Memory) {
    this.#queueCode = queueCode
    this.#memory = memory
  }

  get size(): number {
    return this.#agents.size
  }

  has(agentId: string): boolean {
    return this.#agents.has(agentId)
  }

  ids(): Iterable<string> {
    return this.#agents.keys()
  }

  /** Takes in the agents that a new configuration has for the queue, in the order of their ids. */
  setRoster(roster: readonly string[]): void {
    this.#slots = new Map(roster.map((agentId, slot) => [agentId, slot]))
    this.#bits = new CandidateBits(roster.length)
    for (const agent of this.#agents.values()) {
      agent.slot = this.#slots.get(agent.agentId) ?? -1
      this.#bits.add(agent)
    }
  }

  /**
   * Lists an agent, or moves them if anything that counts has changed.
   * @returns whether the agent, their level, their position or their `since` is new here
   */
  put(agentId: string, agentCode: string, level: number, position: number, since: number): boolean {
    const listed = this.#agents.get(agentId)
    if (listed && listed.level === level && listed.position === position && listed.since === since) {
      if (this.#settings && this.#measure(listed, this.#settings)) {
        this.#takeOut(listed)
        this.#putIn(listed, this.#settings)
      }
      return false
    }
    const agent: FreeAgent = {
      agentId,
      agentCode,
      slot: listed?.slot ?? this.#slots.get(agentId) ?? -1,
      level,
      position,
      since,
      idleSince: since,
      talkMs: 0,
      calls: 0,
      lastOffered: 0,
      work: this.#memory.workOf(agentId),
    }
    this.#agents.set(agentId, agent)
    if (listed) this.#takeOut(listed)
    else this.#bits.add(agent)
    if (this.#settings) {
      this.#measure(agent, this.#settings)
      this.#putIn(agent, this.#settings)
    }
    return true
  }

  delete(agentId: string): void {
    const listed = this.#agents.get(agentId)
    if (!listed) return
    this.#agents.delete(agentId)
    this.#bits.delete(listed)
    this.#takeOut(listed)
  }

  /** All of them in the standing order of the strategy. The list changes with the next event: do not keep it. */
  inOrder(settings: QueueSettings, zone: string, now: number): readonly FreeAgent[] {
    const { strategy, workWindow } = settings
    const counts = strategy === 'agent-with-least-talk-time' || strategy === 'agent-with-fewest-calls'
    const from = counts ? windowStart(workWindow, now, zone) : 0
    if (settings !== this.#settings) {
      this.#settings = settings
      this.#from = from
      this.#standing = [...this.#agents.values()]
      for (const agent of this.#standing) this.#measure(agent, settings)
      this.#standing.sort(standingOrder(strategy))
    } else if (from !== this.#from) {
      // The window has moved. Most agents keep their place, and sorting a nearly sorted list is quick.
      this.#from = from
      let changed = false
      for (const agent of this.#standing) if (this.#measure(agent, settings)) changed = true
      if (changed) this.#standing.sort(standingOrder(strategy))
    }
    return this.#standing
  }

  /** All of them, as a decision records them. */
  written(): ReturnType<CandidateBits['written']> {
    return this.#bits.written()
  }

  /** Some of them, as a decision records them. */
  writtenWhere(isCandidate: (agent: FreeAgent) => boolean): ReturnType<CandidateBits['written']> {
    return writeCandidates([...this.#agents.values()].filter(isCandidate), this.#slots.size)
  }

  #takeOut(agent: FreeAgent): void {
    const place = this.#standing.indexOf(agent)
    if (place >= 0) this.#standing.splice(place, 1)
  }

  #putIn(agent: FreeAgent, { strategy }: QueueSettings): void {
    const compare = standingOrder(strategy)
    let low = 0
    let high = this.#standing.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compare(this.#standing[middle]!, agent) < 0) low = middle + 1
      else high = middle
    }
    this.#standing.splice(low, 0, agent)
  }

  /** Updates the value that the strategy compares. @returns whether it has changed */
  #measure(agent: FreeAgent, { strategy, idleFrom }: QueueSettings): boolean {
    const { agentId, since, work, idleSince, talkMs, calls, lastOffered } = agent
    switch (strategy) {
      case 'longest-idle-agent':
        agent.idleSince = idleFrom === 'last_call' ? (this.#memory.lastTalkEnded(agentId) ?? since) : since
        return agent.idleSince !== idleSince
      case 'agent-with-least-talk-time':
        agent.talkMs = work.talkSince(this.#from)
        return agent.talkMs !== talkMs
      case 'agent-with-fewest-calls':
        agent.calls = work.callsSince(this.#from)
        return agent.calls !== calls
      case 'round-robin':
      case 'sequentially-by-agent-order':
        agent.lastOffered = this.#memory.lastOffered(this.#queueCode, agentId)
        return agent.lastOffered !== lastOffered
      case 'ring-all':
      case 'ring-progressively':
      case 'top-down':
      case 'random':
        return false
    }
  }
}
