/** What the ledger says the switchboard found out about itself: queues that starve, lists that were corrected. */
import { Mendings, type Mending } from '../findings/mendings.ts'
import type { SwitchboardFact } from './switchboard-fact.ts'

/** Beyond this many, the oldest streams of findings are forgotten. */
const MOST_STREAMS = 200

/** A queue that starves, according to the ledger. */
export interface Starving {
  /** The stream that says so. */
  stream: string
  revision: number
  callId: string
}

export class KnownFindings {
  /** Queues that starve, by code. */
  readonly starving = new Map<string, Starving>()
  readonly mendings = new Mendings()
  /** Last revisions of the streams of findings. */
  readonly #revisions = new Map<string, number>()

  /** The last revision of a finding's stream; -1: not known. */
  revisionOf(stream: string): number {
    return this.#revisions.get(stream) ?? -1
  }

  fold({ type, data, at, stream, revision }: SwitchboardFact): void {
    if (type === 'SwitchboardListsMended') this.mendings.note(data as never, at)
    const { queueCode, callId } = data as { queueCode: string; callId: string }
    if (type === 'QueueStarving') this.starving.set(queueCode, { stream, revision, callId })
    if (type === 'QueueStarvingEnded' && this.starving.get(queueCode)?.stream === stream)
      this.starving.delete(queueCode)
    this.#revisions.delete(stream)
    this.#revisions.set(stream, revision)
    if (this.#revisions.size > MOST_STREAMS) this.#revisions.delete(this.#revisions.keys().next().value!)
  }

  /** An event that cannot be read: findings are for people to read, and nothing is decided by them. */
  setAside(stream: string, revision: number): void {
    this.#revisions.set(stream, revision)
  }

  restore(starving: readonly [string, Starving][], mendings: readonly Mending[]): void {
    this.mendings.restore(mendings)
    for (const [queueCode, each] of starving) {
      this.starving.set(queueCode, each)
      this.#revisions.set(each.stream, each.revision)
    }
  }
}
