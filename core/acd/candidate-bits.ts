/**
 * The agents the switchboard saw when it chose one. They are written into the decision, one bit per agent, so that an
 * explanation never has to guess them from the state of shifts. A queue of 500 costs 84 characters per decision.
 */
import type { Configuration } from '../configuration/configuration.ts'

/** Candidates are not recorded for a queue with more members than this. */
const MOST_MEMBERS = 10_000
/** At most this many candidates who are not configured for the queue are named. */
const MOST_OTHERS = 50

/** Agents configured for each queue, in the order of their ids: each bit stands for a place in this list. */
export function rosters({ agents }: Pick<Configuration, 'agents'>): Map<string, string[]> {
  const queues = new Map<string, string[]>()
  for (const agentId of Object.keys(agents).sort()) {
    for (const { queueCode } of agents[agentId]!.queues) {
      const members = queues.get(queueCode)
      if (members) members.push(agentId)
      else queues.set(queueCode, [agentId])
    }
  }
  return queues
}

/** A candidate and their place in the roster of the queue; -1: not configured for it. */
export interface InRoster {
  agentId: string
  slot: number
}

/** Candidates as a decision records them: one bit per agent of the roster, and the ids of the others. */
interface Written {
  seen: string | null
  others: string[]
}

/** A set of candidates of one queue that can be recorded at any moment. */
export class CandidateBits {
  readonly #members: number
  readonly #bits: Buffer
  readonly #others = new Set<string>()

  /** @param members how many agents are configured for the queue */
  constructor(members: number) {
    this.#members = members
    this.#bits = Buffer.alloc(Math.ceil(members / 8))
  }

  add({ agentId, slot }: InRoster): void {
    if (slot < 0) this.#others.add(agentId)
    else this.#bits[slot >> 3]! |= 1 << (slot & 7)
  }

  delete({ agentId, slot }: InRoster): void {
    if (slot < 0) this.#others.delete(agentId)
    else this.#bits[slot >> 3]! &= ~(1 << (slot & 7))
  }

  written(): Written {
    if (this.#members > MOST_MEMBERS || this.#others.size > MOST_OTHERS) return { seen: null, others: [] }
    return { seen: this.#bits.toString('base64'), others: [...this.#others] }
  }
}

/** Encodes the candidates of a decision. */
export function writeCandidates(candidates: Iterable<InRoster>, members: number): Written {
  const bits = new CandidateBits(members)
  for (const candidate of candidates) bits.add(candidate)
  return bits.written()
}

/** The candidates of a decision; null: not recorded. */
export function readCandidates(
  seen: string | null,
  others: readonly string[],
  roster: readonly string[] | null,
): Set<string> | null {
  if (seen === null || roster === null) return null
  const bits = Buffer.from(seen, 'base64')
  if (bits.length !== Math.ceil(roster.length / 8)) return null
  return new Set([...roster.filter((_, slot) => (bits[slot >> 3]! >> (slot & 7)) & 1), ...others])
}
