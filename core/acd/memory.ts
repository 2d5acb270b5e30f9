/**
 * What queues remember of events: who was offered a call last, who worked how much, how fast the queue moves, who hung
 * up a moment ago. It is folded from the ledger, so that a take-over continues where the dead owner stopped, and kept
 * in the process's snapshot.
 */
import { createHash } from 'node:crypto'
import type { OpenShift } from '../agent/state.ts'
import type { Call, LiveCall } from '../call/state.ts'
import { phoneNumber } from '../number/number.ts'
import type { Place } from '../queue/strategies.ts'
import { Workload, type AgentWork, type Worked } from '../queue/workload.ts'

/** How many departures are considered when measuring how fast a queue moves, */
const DEPARTURES = 20
/** the fewest that give a result, and the age at which they no longer count. */
const ENOUGH_DEPARTURES = 3
const RECENT_MS = 30 * 60_000
/** Beyond this many, the oldest abandoned places are forgotten. */
const MOST_ABANDONED = 10_000

interface Abandoned {
  joinedAt: number
  at: number
}

export interface MemorySnapshot {
  lastOfQueue: [string, Place][]
  /** By queue, then agent. */
  offered: [string, [string, number][]][]
  workload: [string, Worked[]][]
  departures: [string, number[]][]
  abandoned: [string, Abandoned][]
}

export class Memory {
  readonly #lastOfQueue = new Map<string, Place>()
  readonly #lastOfCaller = new Map<string, Place>()
  /** When a queue last offered an agent a call. By queue, then agent: lookups are for all free agents of one queue. */
  readonly #offered = new Map<string, Map<string, number>>()
  readonly #departures = new Map<string, number[]>()
  /** Callers who hung up while waiting, by queue and a digest of their number. */
  readonly #abandoned = new Map<string, Abandoned>()
  #workload = new Workload()

  lastOfQueue(queueCode: string): Place | null {
    return this.#lastOfQueue.get(queueCode) ?? null
  }

  lastOfCaller(callId: string): Place | null {
    return this.#lastOfCaller.get(callId) ?? null
  }

  lastOffered(queueCode: string, agentId: string): number {
    return this.#offered.get(queueCode)?.get(agentId) ?? 0
  }

  /** An agent's recent work. */
  workOf(agentId: string): AgentWork {
    return this.#workload.of(agentId)
  }

  /** When the agent's last talk ended, UTC ms; null: no recent one. */
  lastTalkEnded(agentId: string): number | null {
    return this.#workload.lastEnded(agentId)
  }

  /** An agent is offered a call. Remembered at once, since more choices may be made before the ledger shows it. */
  offered(queueCode: string, callId: string, agentId: string, place: Place, at: number): void {
    this.#noteOffer(queueCode, agentId, at)
    this.#lastOfQueue.set(queueCode, place)
    this.#lastOfCaller.set(callId, place)
  }

  /** Takes in an event of a shift. */
  rememberShift(
    fact: {
      type: string
      data: { agentId: string; queueCode: string | null; callId: string; talkMs: number }
      at: number
    },
    shift: OpenShift | null,
  ): void {
    const { agentId, queueCode, callId, talkMs } = fact.data
    if (fact.type === 'AgentCallEnded' && queueCode !== null) this.#workload.of(agentId).add(fact.at, talkMs)
    if (fact.type !== 'AgentReserved' || queueCode === null || !shift) return
    const membership = shift.queues.find((each) => each.queueCode === queueCode)
    if (membership)
      this.offered(queueCode, callId, agentId, { level: membership.level, position: membership.position }, fact.at)
    else this.#noteOffer(queueCode, agentId, fact.at)
  }

  /** @param resumes whether callers who hang up keep their place in a queue for a while */
  rememberCall(
    fact: { type: string; data: unknown; at: number },
    before: Call | undefined,
    after: LiveCall,
    resumes: (queueCode: string) => boolean,
  ): void {
    if (before?.status !== 'live' || !before.queue) {
      if (fact.type === 'CallQueued' && (fact.data as { resumed: boolean }).resumed)
        this.tookPlace(after.queue!.queueCode, after.number)
      return
    }
    if (after.queue?.segmentId === before.queue.segmentId) return
    const abandoned = fact.type === 'CallLeftQueue' && (fact.data as { exit: string }).exit === 'abandoned'
    this.left(before, fact.at, abandoned && resumes(before.queue.queueCode))
  }

  #noteOffer(queueCode: string, agentId: string, at: number): void {
    const agents = this.#offered.get(queueCode)
    if (agents) agents.set(agentId, at)
    else this.#offered.set(queueCode, new Map([[agentId, at]]))
  }

  /** A caller left a queue, one way or another. `keepsPlace`: they hung up, and may come back to their place. */
  left(before: LiveCall, at: number, keepsPlace: boolean): void {
    const { queue, number } = before
    if (!queue) return
    const departures = this.#departures.get(queue.queueCode) ?? []
    departures.push(at)
    this.#departures.set(queue.queueCode, departures.slice(-DEPARTURES))
    const key = placeKey(queue.queueCode, number)
    if (!keepsPlace || key === null) return
    this.#abandoned.delete(key)
    this.#abandoned.set(key, { joinedAt: queue.joinedAt, at })
    if (this.#abandoned.size > MOST_ABANDONED) this.#abandoned.delete(this.#abandoned.keys().next().value!)
  }

  /** Since when a number that hung up recently has been waiting in a queue; null: it has no place there. */
  keptPlace(queueCode: string, number: string | null, withinMs: number, now: number): number | null {
    const key = placeKey(queueCode, number)
    const abandoned = key === null ? undefined : this.#abandoned.get(key)
    return abandoned && now - abandoned.at <= withinMs ? abandoned.joinedAt : null
  }

  /** The caller took their place again; it is given only once. */
  tookPlace(queueCode: string, number: string | null): void {
    const key = placeKey(queueCode, number)
    if (key !== null) this.#abandoned.delete(key)
  }

  /**
   * How long a caller at this place will probably wait, ms: the place times the mean time between the last departures
   * (queue length over observed rate: Ibrahim & Whitt, "Real-Time Delay Estimation Based on Delay History", 2009, QL
   * with the rate as observed). Null while too little is known.
   */
  expectedWait(queueCode: string, place: number, now: number): number | null {
    const recent = (this.#departures.get(queueCode) ?? []).filter((at) => at > now - RECENT_MS)
    if (recent.length < ENOUGH_DEPARTURES) return null
    return Math.round((place * (now - recent[0]!)) / recent.length)
  }

  forgetCaller(callId: string): void {
    this.#lastOfCaller.delete(callId)
  }

  snapshot(): MemorySnapshot {
    return {
      lastOfQueue: [...this.#lastOfQueue],
      offered: Array.from(this.#offered, ([queueCode, agents]) => [queueCode, [...agents]]),
      workload: [...this.#workload],
      departures: [...this.#departures],
      abandoned: [...this.#abandoned],
    }
  }

  restore(kept: MemorySnapshot): void {
    for (const [queueCode, place] of kept.lastOfQueue) this.#lastOfQueue.set(queueCode, place)
    // Older snapshots kept pairs; they are not worth a failed start.
    for (const [queueCode, agents] of kept.offered)
      if (Array.isArray(agents)) this.#offered.set(queueCode, new Map(agents))
    for (const [queueCode, departures] of kept.departures) this.#departures.set(queueCode, departures)
    for (const [key, abandoned] of kept.abandoned) this.#abandoned.set(key, abandoned)
    this.#workload = new Workload(kept.workload)
  }
}

/**
 * Numbers are kept as digests: a snapshot should not reveal who called. Null where the number is withheld: such callers
 * have no place to come back to.
 */
function placeKey(queueCode: string, number: string | null): string | null {
  const { normalised } = phoneNumber(number)
  return normalised === null ? null : `${queueCode} ${createHash('sha256').update(normalised).digest('base64url')}`
}
