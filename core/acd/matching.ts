/**
 * Matching, queue by queue: who gets whom, chosen from the lists in `queue-lists.ts`. The queue's strategy says which agent
 * a caller gets (`queue/strategies.ts`).
 */
import type { Decision } from '../agent/events.ts'
import type { Dice } from '../kernel/clock.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { RANKED } from './decision.ts'
import type { QueueSettings } from '../queue/settings.ts'
import type { Placed } from '../kernel/ranked-list.ts'
import type { Memory } from './memory.ts'
import { firstOf, measureOf, rings } from '../queue/strategies.ts'
import { highestLevel } from '../queue/tiers.ts'
import type { FreeAgent } from './free-agents.ts'
import { QueueLists, type Queue, type StateLookup } from './queue-lists.ts'

/** A caller and the agent they will be offered to. */
export interface Match {
  callId: string
  agentId: string
  queueCode: string
  decision: Decision
}

export class Matching extends QueueLists {
  /** In this round of matching: agents kept free for a caller who is about to be back in line. */
  readonly #withheld = new Set<string>()
  /** Queues whose next caller may have gone without an agent because of that. */
  readonly #heldUp = new Set<string>()
  readonly #dice: Dice

  constructor(known: StateLookup, memory: Memory, dice: Dice) {
    super(known, memory)
    this.#dice = dice
  }

  /** A caller the queue could serve now and no agent is about to take; null: there is none. */
  leftWaiting(queueCode: string, now: number): string | null {
    const queue = this.queues.get(queueCode)
    if (!queue || queue.line.size === 0 || queue.free.size === 0 || this.stirred.has(queueCode)) return null
    const settings = this.known.settings().queues[queueCode]
    if (!settings) return null
    return (settings.tiers.apply ? this.#firstWithTurn(queue, settings, now) : queue.line.head())?.id ?? null
  }

  /**
   * How many other callers were taken before the first in line since this queue was last served, and the queue of the
   * last of them; null: no one is waiting.
   */
  passedOver(queueCode: string): { callId: string; passed: number; by: string } | null {
    const queue = this.queues.get(queueCode)
    const first = queue?.line.head()
    return queue && first ? { callId: first.id, passed: queue.passed, by: queue.passedFor } : null
  }

  // ── matching ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Pairs callers with agents until no pair is left: the queue with the highest priority first, then the caller with
   * the highest score. The queue's strategy picks the agent, or the agents.
   */
  match(now: number): Match[] {
    const matches: Match[] = []
    if (this.stirred.size === 0) return matches
    const configuration = this.known.settings()
    const heads = new Map<string, Head>()
    for (const queueCode of this.stirred) this.#findHead(queueCode, configuration, now, heads)
    for (;;) {
      const head = best(heads.values())
      if (!head) break
      if (head.awaited) {
        this.#withhold(head, configuration, now, heads)
        continue
      }
      const touched = this.#serve(head, configuration, now, matches)
      for (const queueCode of touched) if (heads.has(queueCode)) this.#findHead(queueCode, configuration, now, heads)
    }
    this.stirred.clear()
    // Callers left without an agent because agents were kept free are looked at again on the next round.
    for (const queueCode of this.#heldUp) this.stirred.add(queueCode)
    this.#heldUp.clear()
    this.#withheld.clear()
    return matches
  }

  /** The next to be served is about to be in line: agents who could take them are left out of this round. */
  #withhold({ queueCode }: Head, configuration: Configuration, now: number, heads: Map<string, Head>): void {
    for (const agentId of this.queues.get(queueCode)!.free.ids()) this.#withheld.add(agentId)
    for (const code of [...heads.keys()]) {
      this.#heldUp.add(code)
      this.#findHead(code, configuration, now, heads)
    }
  }

  #isAnybodyFree({ free }: Queue): boolean {
    if (this.#withheld.size === 0) return free.size > 0
    for (const agentId of free.ids()) if (!this.#withheld.has(agentId)) return true
    return false
  }

  /** The next caller of a queue to be served, if there is an agent for them. */
  #findHead(queueCode: string, { queues }: Configuration, now: number, heads: Map<string, Head>): void {
    heads.delete(queueCode)
    const queue = this.queues.get(queueCode)
    const settings = queues[queueCode]
    if (!queue || !settings || !this.#isAnybodyFree(queue)) return
    const { tiers, ageingMs = 0 } = settings
    const place = tiers.apply ? this.#firstWithTurn(queue, settings, now) : queue.line.head()
    const awaited = queue.awaited.size === 0 ? undefined : this.#firstAwaited(queue, settings, now)
    const comesFirst =
      awaited !== undefined &&
      (!place || awaited.rank < place.rank || (awaited.rank === place.rank && awaited.id < place.id))
    const next = comesFirst ? awaited : place
    if (!next) return
    const score = settings.timeBase === 'system' ? 2 * now - next.rank : now - next.rank
    const aged = ageingMs > 0 ? Math.floor((now - (this.known.call(next.id)?.queue?.joinedAt ?? now)) / ageingMs) : 0
    heads.set(queueCode, { queueCode, callId: next.id, priority: settings.priority + aged, score, awaited: comesFirst })
  }

  /** The awaited caller who will be first in line, if they could be served then. */
  #firstAwaited(queue: Queue, settings: QueueSettings, now: number): Placed | undefined {
    const turn = this.#turns(queue, settings, now)
    let first: Placed | undefined
    for (const [id, { rank, until }] of queue.awaited) {
      if (until <= now || (first && (first.rank < rank || (first.rank === rank && first.id < id)))) continue
      if (turn(id)) first = { id, rank }
    }
    return first
  }

  /** The first in line for whom an agent is free on a level whose turn has come. */
  #firstWithTurn(queue: Queue, settings: QueueSettings, now: number): Placed | undefined {
    const turn = this.#turns(queue, settings, now)
    for (const place of queue.line) if (turn(place.id)) return place
    return undefined
  }

  /** Tells for which callers an agent is free on a level whose turn has come. */
  #turns(queue: Queue, settings: QueueSettings, now: number): (callId: string) => boolean {
    const { tiers } = settings
    if (!tiers.apply) return () => true
    const levels = this.levelsOf(queue.code)
    const lowestFree = this.#lowestFree(queue, settings, now)
    return (callId) => {
      const joinedAt = this.known.call(callId)?.queue?.joinedAt ?? now
      const highest = highestLevel(tiers, levels, now - joinedAt)
      return highest === null || highest >= lowestFree
    }
  }

  #lowestFree({ free }: Queue, settings: QueueSettings, now: number): number {
    // Every order begins with the lowest level.
    const standing = free.inOrder(settings, this.known.settings().zone, now)
    const first = this.#withheld.size === 0 ? standing[0] : standing.find(({ agentId }) => !this.#withheld.has(agentId))
    return first?.level ?? Infinity
  }

  /** Gives a caller their agent or agents. Returns the queues that lost a free agent by it. */
  #serve({ queueCode, callId, score }: Head, configuration: Configuration, now: number, matches: Match[]): Set<string> {
    const queue = this.queues.get(queueCode)!
    const settings = configuration.queues[queueCode]!
    const joinedAt = this.known.call(callId)?.queue?.joinedAt
    if (joinedAt === undefined) {
      // The fold never gets here; but a wrong list must not end the process.
      queue.line.remove(callId)
      return new Set([queueCode])
    }
    const waited = Math.max(0, now - joinedAt)
    const { chosen, decision } = this.#choose(queue, settings, configuration, { callId, waited, score }, now)
    const touched = new Set([queueCode])
    queue.passed = 0
    for (const [place, { agentId, level, position }] of chosen.entries()) {
      matches.push({ callId, agentId, queueCode, decision: { ...decision, place } })
      this.memory.offered(queueCode, callId, agentId, { level, position }, now)
      this.hold(callId, now)
      for (const { queue: other } of this.placesOf(agentId)) {
        touched.add(other.code)
        if (other !== queue)
          this.#notePassed(other, { queueCode, priority: settings.priority, joinedAt }, configuration)
      }
      this.claim(agentId, now)
    }
    queue.line.remove(callId)
    return touched
  }

  /** Chooses the agent or agents a caller is offered to, and records what the choice was based on. */
  #choose(
    { code, free }: Queue,
    settings: QueueSettings,
    { version, zone }: Configuration,
    { callId, waited, score }: { callId: string; waited: number; score: number },
    now: number,
  ): { chosen: readonly FreeAgent[]; decision: Omit<Decision, 'place'> } {
    const { strategy, tiers } = settings
    const level = tiers.apply ? highestLevel(tiers, this.levelsOf(code), waited) : null
    const isCandidate = ({ agentId, level: own }: FreeAgent): boolean =>
      (level === null || own <= level) && !this.#withheld.has(agentId)
    const everybody = level === null && this.#withheld.size === 0
    const standing = free.inOrder(settings, zone, now)
    const candidates = everybody ? standing : standing.filter(isCandidate)
    const situation = {
      lastOfQueue: this.memory.lastOfQueue(code),
      lastOfCaller: this.memory.lastOfCaller(callId),
      dice: this.#dice,
    }
    const all = rings(strategy) === 'all'
    const first = firstOf(strategy, candidates, situation, all ? candidates.length : RANKED)
    const written =
      candidates.length <= RANKED
        ? { seen: null, others: [] }
        : everybody
          ? free.written()
          : free.writtenWhere(isCandidate)
    return {
      chosen: all ? first : first.slice(0, 1),
      decision: {
        configVersion: version,
        strategy,
        waited,
        score: Math.round(score),
        candidates: candidates.length,
        level,
        ranked: first.slice(0, RANKED).map((candidate) => {
          const { agentId, agentCode, level: own, position } = candidate
          return { agentId, agentCode, level: own, position, measure: measureOf(strategy, candidate) }
        }),
        ...written,
      },
    }
  }

  /** An agent of this queue was given a caller of another one. */
  #notePassed(
    queue: Queue,
    taken: { queueCode: string; priority: number; joinedAt: number },
    { queues }: Configuration,
  ): void {
    const first = queue.line.head()
    if (!first || (queues[queue.code]?.priority ?? 0) >= taken.priority) return
    if ((this.known.call(first.id)?.queue?.joinedAt ?? Infinity) >= taken.joinedAt) return
    queue.passed++
    queue.passedFor = taken.queueCode
  }
}

/** The next to be served in a queue. */
interface Head {
  queueCode: string
  callId: string
  /** The queue's priority plus what it has gained through the caller's wait. */
  priority: number
  /** Not in line yet, but about to be: the agents who could take them are given to nobody. */
  awaited: boolean
  /** Score of the caller, ms. */
  score: number
}

function best(heads: Iterable<Head>): Head | null {
  let first: Head | null = null
  for (const head of heads) {
    if (
      first === null ||
      head.priority > first.priority ||
      (head.priority === first.priority &&
        (head.score > first.score || (head.score === first.score && head.queueCode < first.queueCode)))
    )
      first = head
  }
  return first
}

/**
 * A caller's rank in line; lower goes first. Their score is the time they have waited plus their base score (one point
 * of priority counts as a second); with time base `system`, the time since the call was answered counts too. The
 * difference between the scores of two callers in a queue never changes, so the order can be kept in a list.
 */
export function callerRank(
  { joinedAt, priority }: { joinedAt: number; priority: number },
  timeBase: QueueSettings['timeBase'],
  answeredAt: number,
): number {
  const rank = joinedAt - priority * 1000
  return timeBase === 'system' ? rank + answeredAt : rank
}
