/**
 * Matching, queue by queue: who is waiting and in what order, who is free to take them, who is signed in at all, and
 * who gets whom. This file only keeps lists; `state/switchboard-state.ts` folds their contents from the ledger.
 */
import type { Decision, Membership } from '../agent/events.ts'
import type { OpenShift } from '../agent/state.ts'
import type { LiveCall } from '../call/state.ts'
import type { Dice } from '../kernel/clock.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { RANKED } from './decision.ts'
import type { QueueSettings } from '../queue/settings.ts'
import { RankedList, type Placed } from '../kernel/ranked-list.ts'
import type { Memory } from './memory.ts'
import { rosters, writeCandidates, type InRoster } from './candidate-bits.ts'
import { firstOf, measureOf, rings, type Candidate } from '../queue/strategies.ts'
import { highestLevel, type Levels } from '../queue/tiers.ts'
import { windowStart, type AgentWork } from '../queue/workload.ts'

/** A caller and the agent they will be offered to. */
export interface Match {
  callId: string
  agentId: string
  queueCode: string
  decision: Decision
}

/** A member who is signed in. */
interface Present {
  level: number
  rests: boolean
}

/**
 * An agent who is free. A queue may have a thousand of them and every choice looks at all, so the values that
 * strategies compare are updated in place.
 */
interface Free extends Candidate, InRoster {
  /** Since when they have been available for a call; `idleSince` is the value the queue compares. */
  since: number
  work: AgentWork
}

interface Queue {
  /** Callers who need an agent now: without an open offer, or ringing progressively. */
  line: RankedList
  /** Everybody in the queue, in order of arrival. */
  callers: Set<string>
  /** Callers about to be back in line, their rank, and how long to wait for them. */
  awaited: Map<string, { rank: number; until: number }>
  /**
   * How many callers arrived later but were taken first by agents of this queue since it was last served, and the queue
   * of the last of them.
   */
  passed: number
  passedFor: string
  free: Map<string, Free>
  /** Places of the agents configured for this queue: see `candidate-bits.ts`. */
  slots: Map<string, number>
  present: Map<string, Present>
  /** The levels on which it has members, as configured. */
  levels: number[]
  /** Since when nobody has been signed in to it; null: someone is. */
  absentSince: number | null
}

/** What matching needs from the state that holds calls and shifts. */
export interface StateLookup {
  /** The configuration in force. */
  settings(): Configuration
  call(callId: string): LiveCall | null
  shift(agentId: string): OpenShift | null
}

export class Matching {
  readonly #queues = new Map<string, Queue>()
  /** The queues of each signed-in agent. */
  readonly #queuesOf = new Map<string, readonly Membership[]>()
  /** Queues in which a caller started waiting or an agent became free since the last match. */
  readonly #stirred = new Set<string>()
  /** Callers and agents matched a moment ago, how often, and since when; the ledger does not show it yet. */
  readonly #matched = new Map<string, { times: number; since: number }>()
  /** The queue in which a caller is awaited. */
  readonly #awaitedIn = new Map<string, string>()
  /** In this round of matching: agents kept free for a caller who is about to be back in line. */
  readonly #withheld = new Set<string>()
  /** Queues whose next caller may have gone without an agent because of that. */
  readonly #heldUp = new Set<string>()
  readonly #known: StateLookup
  readonly #memory: Memory
  readonly #dice: Dice

  constructor(sight: StateLookup, memory: Memory, dice: Dice) {
    this.#known = sight
    this.#memory = memory
    this.#dice = dice
  }

  // ── asking ─────────────────────────────────────────────────────────────────────────────────────

  /** Everybody in a queue, in order of arrival. */
  callersIn(queueCode: string): Iterable<string> {
    return this.#queues.get(queueCode)?.callers ?? []
  }

  /** How many callers in a queue need an agent. */
  waitingIn(queueCode: string): number {
    return this.#queues.get(queueCode)?.line.size ?? 0
  }

  /** A caller's place, starting at 1; null: they are not in line. */
  placeOf(queueCode: string, callId: string): number | null {
    const ahead = this.#queues.get(queueCode)?.line.ahead(callId) ?? -1
    return ahead < 0 ? null : ahead + 1
  }

  /** How many callers entered the queue before this one; counts no further than `most`. */
  arrivedBefore(queueCode: string, callId: string, most: number): number {
    let before = 0
    for (const each of this.callersIn(queueCode)) {
      if (each === callId || before === most) break
      before++
    }
    return before
  }

  absentSince(queueCode: string): number | null {
    return this.#queues.get(queueCode)?.absentSince ?? null
  }

  levelsOf(queueCode: string): Levels {
    const queue = this.#queues.get(queueCode)
    if (!queue) return { all: [], lowestPresent: null }
    return { all: queue.levels, lowestPresent: lowestOf(queue) }
  }

  isMatched(id: string): boolean {
    return this.#matched.has(id)
  }

  /**
   * Since when someone has been kept out of the lists for a choice in progress, UTC ms; null: they are in the lists.
   */
  heldSince(id: string): number | null {
    return this.#matched.get(id)?.since ?? null
  }

  queueCodes(): Iterable<string> {
    return this.#queues.keys()
  }

  /** A queue's line, in order of service. */
  lineOf(queueCode: string): Iterable<Placed> {
    return this.#queues.get(queueCode)?.line ?? []
  }

  /** A caller's rank in the line of a queue; null: they are not in it. */
  rankIn(queueCode: string, callId: string): number | null {
    return this.#queues.get(queueCode)?.line.rankOf(callId) ?? null
  }

  /** The free agents of a queue. */
  freeIn(queueCode: string): Iterable<string> {
    return this.#queues.get(queueCode)?.free.keys() ?? []
  }

  isFreeIn(queueCode: string, agentId: string): boolean {
    return this.#queues.get(queueCode)?.free.has(agentId) ?? false
  }

  /** A caller whom the queue could serve now and whom nobody is about to serve; null: there is none. */
  leftWaiting(queueCode: string, now: number): string | null {
    const queue = this.#queues.get(queueCode)
    if (!queue || queue.line.size === 0 || queue.free.size === 0 || this.#stirred.has(queueCode)) return null
    const settings = this.#known.settings().queues[queueCode]
    if (!settings) return null
    return (settings.tiers.apply ? this.#firstWithTurn(queueCode, queue, settings, now) : queue.line.head())?.id ?? null
  }

  /**
   * How many other callers were taken before the first in line since this queue was last served, and the queue of the
   * last of them; null: no one is waiting.
   */
  passedOver(queueCode: string): { callId: string; passed: number; by: string } | null {
    const queue = this.#queues.get(queueCode)
    const first = queue?.line.head()
    return queue && first ? { callId: first.id, passed: queue.passed, by: queue.passedFor } : null
  }

  // ── keeping ────────────────────────────────────────────────────────────────────────────────────

  /**
   * Takes in a new configuration: queues get the levels of their members; a queue nobody ever signed in to counts as
   * empty from now on.
   */
  configure(configuration: Configuration, at: number): void {
    const { queues, agents } = configuration
    for (const [code, members] of rosters(configuration))
      this.#queue(code).slots = new Map(members.map((agentId, slot) => [agentId, slot]))
    for (const { free, slots } of this.#queues.values())
      for (const each of free.values()) each.slot = slots.get(each.agentId) ?? -1
    const levels = new Map<string, Set<number>>()
    for (const agent of Object.values(agents)) {
      for (const { queueCode, level } of agent.queues)
        levels.set(queueCode, (levels.get(queueCode) ?? new Set()).add(level))
    }
    for (const code of Object.keys(queues)) {
      const queue = this.#queue(code)
      queue.levels = [...(levels.get(code) ?? [])].toSorted((a, b) => a - b)
      this.#noteAbsence(code, queue, at)
    }
  }

  /** Puts a caller where they belong: in line, in the queue with an agent ringing, or nowhere. */
  placeCaller(callId: string, queueCode: string | null, previous: string | null, rank: number | null): void {
    const awaitedIn = this.#awaitedIn.get(callId)
    if (awaitedIn !== undefined) {
      this.#awaitedIn.delete(callId)
      this.#queues.get(awaitedIn)?.awaited.delete(callId)
    }
    if (previous !== null && previous !== queueCode) {
      const queue = this.#queue(previous)
      queue.line.remove(callId)
      queue.callers.delete(callId)
    }
    if (queueCode === null) return
    const queue = this.#queue(queueCode)
    queue.callers.add(callId)
    if (rank === null || this.#matched.has(callId)) {
      queue.line.remove(callId)
      return
    }
    queue.line.put(callId, rank)
    this.#stirred.add(queueCode)
  }

  /**
   * A caller is about to be in line: agents are kept free for them meanwhile. Must be repeated after each {@link
   * placeCaller}.
   */
  await(callId: string, queueCode: string, rank: number, until: number): void {
    const queue = this.#queue(queueCode)
    queue.awaited.set(callId, { rank, until })
    this.#awaitedIn.set(callId, queueCode)
    this.#stirred.add(queueCode)
  }

  /** Has a queue looked at again although nothing is known to have changed. */
  stir(queueCode: string): void {
    this.#stirred.add(queueCode)
  }

  /**
   * Puts an agent where they belong: free in their queues, present, or gone.
   * @returns queues that gained their first signed-in agent or lost their last, or whose lowest staffed level changed
   */
  placeAgent(agentId: string, shift: OpenShift | null, free: boolean, at: number): string[] {
    const before = this.#queuesOf.get(agentId) ?? []
    const toggled: string[] = []
    const touch = (queueCode: string, change: (queue: Queue) => void): void => {
      const queue = this.#queue(queueCode)
      const wasAbsent = queue.absentSince !== null
      const wasLowest = lowestOf(queue)
      change(queue)
      // Tier rules depend on who is signed in.
      this.#stirred.add(queueCode)
      this.#noteAbsence(queueCode, queue, at)
      if ((queue.absentSince !== null) !== wasAbsent || lowestOf(queue) !== wasLowest) toggled.push(queueCode)
    }
    const queues = shift?.queues ?? []
    if (before !== queues) {
      for (const { queueCode } of before) {
        if (queues.some((membership) => membership.queueCode === queueCode)) continue
        touch(queueCode, (queue) => {
          queue.free.delete(agentId)
          queue.present.delete(agentId)
        })
      }
      if (shift) this.#queuesOf.set(agentId, queues)
      else this.#queuesOf.delete(agentId)
    }
    const isFree = free && !this.#matched.has(agentId)
    const rests = shift?.work === 'away'
    for (const membership of queues) {
      const { queueCode, level } = membership
      const queue = this.#queue(queueCode)
      const known = queue.present.get(agentId)
      if (known?.rests !== rests || known.level !== level)
        touch(queueCode, () => queue.present.set(agentId, { level, rests }))
      if (isFree) {
        const listed = queue.free.get(agentId)
        if (listed?.level === level && listed.position === membership.position && listed.since === shift!.idleSince)
          continue
        queue.free.set(agentId, {
          agentId,
          slot: queue.slots.get(agentId) ?? -1,
          level,
          position: membership.position,
          since: shift!.idleSince,
          idleSince: shift!.idleSince,
          talkMs: 0,
          calls: 0,
          lastOffered: 0,
          work: this.#memory.workOf(agentId),
        })
        this.#stirred.add(queueCode)
      } else queue.free.delete(agentId)
    }
    return toggled
  }

  /** Removes an agent from a queue's free list, whatever their shift says. */
  strike(queueCode: string, agentId: string): void {
    this.#queues.get(queueCode)?.free.delete(agentId)
  }

  /** Takes an agent out of the lists until {@link release}. */
  claim(agentId: string, now: number): void {
    this.#hold(agentId, now)
    for (const { queueCode } of this.#queuesOf.get(agentId) ?? []) this.#queues.get(queueCode)?.free.delete(agentId)
  }

  /** A caller or an agent is no longer about to be reserved. */
  release(id: string): void {
    const held = this.#matched.get(id)
    if (held && --held.times === 0) this.#matched.delete(id)
  }

  /** Puts them back into the lists, whatever was in progress. */
  letGo(id: string): void {
    this.#matched.delete(id)
  }

  #hold(id: string, now: number): void {
    const held = this.#matched.get(id)
    if (held) held.times++
    else this.#matched.set(id, { times: 1, since: now })
  }

  absences(): [string, number][] {
    return [...this.#queues].flatMap(([code, { absentSince }]) => (absentSince === null ? [] : [[code, absentSince]]))
  }

  restoreAbsences(absences: readonly [string, number][]): void {
    for (const [code, since] of absences) this.#queue(code).absentSince = since
  }

  // ── matching ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Pairs callers with agents until no pair is left: the queue with the highest priority first, then the caller with
   * the highest score. The queue's strategy picks the agent, or the agents.
   */
  match(now: number): Match[] {
    const matches: Match[] = []
    if (this.#stirred.size === 0) return matches
    const configuration = this.#known.settings()
    const heads = new Map<string, Head>()
    for (const queueCode of this.#stirred) this.#findHead(queueCode, configuration, now, heads)
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
    this.#stirred.clear()
    // Callers left without an agent because agents were kept free are looked at again on the next round.
    for (const queueCode of this.#heldUp) this.#stirred.add(queueCode)
    this.#heldUp.clear()
    this.#withheld.clear()
    return matches
  }

  /** The next to be served is about to be in line: agents who could take them are left out of this round. */
  #withhold({ queueCode }: Head, configuration: Configuration, now: number, heads: Map<string, Head>): void {
    for (const agentId of this.#queues.get(queueCode)!.free.keys()) this.#withheld.add(agentId)
    for (const code of [...heads.keys()]) {
      this.#heldUp.add(code)
      this.#findHead(code, configuration, now, heads)
    }
  }

  #isAnybodyFree({ free }: Queue): boolean {
    if (this.#withheld.size === 0) return free.size > 0
    for (const agentId of free.keys()) if (!this.#withheld.has(agentId)) return true
    return false
  }

  /** The next caller of a queue to be served, if there is an agent for them. */
  #findHead(queueCode: string, { queues }: Configuration, now: number, heads: Map<string, Head>): void {
    heads.delete(queueCode)
    const queue = this.#queues.get(queueCode)
    const settings = queues[queueCode]
    if (!queue || !settings || !this.#isAnybodyFree(queue)) return
    const { tiers, ageingMs = 0 } = settings
    const place = tiers.apply ? this.#firstWithTurn(queueCode, queue, settings, now) : queue.line.head()
    const awaited = queue.awaited.size === 0 ? undefined : this.#firstAwaited(queueCode, queue, settings, now)
    const comesFirst =
      awaited !== undefined &&
      (!place || awaited.rank < place.rank || (awaited.rank === place.rank && awaited.id < place.id))
    const next = comesFirst ? awaited : place
    if (!next) return
    const score = settings.timeBase === 'system' ? 2 * now - next.rank : now - next.rank
    const aged = ageingMs > 0 ? Math.floor((now - (this.#known.call(next.id)?.queue?.joinedAt ?? now)) / ageingMs) : 0
    heads.set(queueCode, { queueCode, callId: next.id, priority: settings.priority + aged, score, awaited: comesFirst })
  }

  /** The awaited caller who will be first in line, if they could be served then. */
  #firstAwaited(queueCode: string, queue: Queue, settings: QueueSettings, now: number): Placed | undefined {
    let first: Placed | undefined
    for (const [id, { rank, until }] of queue.awaited) {
      if (until <= now || (first && (first.rank < rank || (first.rank === rank && first.id < id)))) continue
      if (!settings.tiers.apply || this.#hasTurn(id, this.levelsOf(queueCode), this.#lowestFree(queue), settings, now))
        first = { id, rank }
    }
    return first
  }

  /** The first in line for whom an agent is free on a level whose turn has come. */
  #firstWithTurn(queueCode: string, queue: Queue, settings: QueueSettings, now: number): Placed | undefined {
    const levels = this.levelsOf(queueCode)
    const lowestFree = this.#lowestFree(queue)
    for (const place of queue.line) if (this.#hasTurn(place.id, levels, lowestFree, settings, now)) return place
    return undefined
  }

  #hasTurn(callId: string, levels: Levels, lowestFree: number, { tiers }: QueueSettings, now: number): boolean {
    const joinedAt = this.#known.call(callId)?.queue?.joinedAt ?? now
    const highest = highestLevel(tiers, levels, now - joinedAt)
    return highest === null || highest >= lowestFree
  }

  #lowestFree({ free }: Queue): number {
    let lowest = Infinity
    for (const { agentId, level } of free.values()) if (level < lowest && !this.#withheld.has(agentId)) lowest = level
    return lowest
  }

  /** Gives a caller their agent or agents. Returns the queues that lost a free agent by it. */
  #serve({ queueCode, callId, score }: Head, configuration: Configuration, now: number, matches: Match[]): Set<string> {
    const queue = this.#queues.get(queueCode)!
    const settings = configuration.queues[queueCode]!
    const { strategy } = settings
    const joinedAt = this.#known.call(callId)?.queue?.joinedAt
    if (joinedAt === undefined) {
      // The fold never gets here; but a wrong list must not end the process.
      queue.line.remove(callId)
      return new Set([queueCode])
    }
    const waited = Math.max(0, now - joinedAt)
    const level = settings.tiers.apply ? highestLevel(settings.tiers, this.levelsOf(queueCode), waited) : null
    const candidates = this.#candidates(queueCode, queue, settings, configuration, level, now)
    const situation = {
      lastOfQueue: this.#memory.lastOfQueue(queueCode),
      lastOfCaller: this.#memory.lastOfCaller(callId),
      dice: this.#dice,
    }
    const all = rings(strategy) === 'all'
    const ordered = firstOf(strategy, candidates, situation, all ? candidates.length : RANKED)
    const ranked = ordered.slice(0, RANKED).map((candidate) => {
      const { agentId, level: own, position } = candidate
      return {
        agentId,
        agentCode: this.#known.shift(agentId)?.agentCode ?? agentId,
        level: own,
        position,
        measure: measureOf(strategy, candidate),
      }
    })
    const sight = candidates.length > RANKED ? writeCandidates(candidates, queue.slots.size) : null
    const seen = {
      configVersion: configuration.version,
      strategy,
      waited,
      score: Math.round(score),
      candidates: candidates.length,
      level,
      ranked,
      seen: sight?.seen ?? null,
      others: sight?.others ?? [],
    }
    const touched = new Set([queueCode])
    queue.passed = 0
    for (const [place, { agentId, level: own, position }] of (all ? ordered : ordered.slice(0, 1)).entries()) {
      matches.push({ callId, agentId, queueCode, decision: { ...seen, place } })
      this.#memory.offered(queueCode, callId, agentId, { level: own, position }, now)
      this.#hold(callId, now)
      for (const { queueCode: other } of this.#queuesOf.get(agentId) ?? []) {
        touched.add(other)
        if (other !== queueCode)
          this.#notePassed(other, { queueCode, priority: settings.priority, joinedAt }, configuration)
      }
      this.claim(agentId, now)
    }
    queue.line.remove(callId)
    return touched
  }

  /** An agent of this queue was given a caller of another one. */
  #notePassed(
    queueCode: string,
    taken: { queueCode: string; priority: number; joinedAt: number },
    { queues }: Configuration,
  ): void {
    const queue = this.#queues.get(queueCode)!
    const first = queue.line.head()
    if (!first || (queues[queueCode]?.priority ?? 0) >= taken.priority) return
    if ((this.#known.call(first.id)?.queue?.joinedAt ?? Infinity) >= taken.joinedAt) return
    queue.passed++
    queue.passedFor = taken.queueCode
  }

  #candidates(
    queueCode: string,
    queue: Queue,
    settings: QueueSettings,
    { zone }: Configuration,
    highest: number | null,
    now: number,
  ): Free[] {
    const { strategy, workWindow, idleFrom } = settings
    const counts = strategy === 'agent-with-least-talk-time' || strategy === 'agent-with-fewest-calls'
    // Looks up only what the strategy compares: a queue may have a thousand free agents.
    const remembers = strategy === 'round-robin' || strategy === 'sequentially-by-agent-order'
    const from = counts ? windowStart(workWindow, now, zone) : now
    const candidates: Free[] = []
    for (const candidate of queue.free.values()) {
      if (highest !== null && candidate.level > highest) continue
      const { agentId } = candidate
      if (this.#withheld.size > 0 && this.#withheld.has(agentId)) continue
      if (strategy === 'agent-with-fewest-calls') candidate.calls = candidate.work.callsSince(from)
      else if (strategy === 'agent-with-least-talk-time') candidate.talkMs = candidate.work.talkSince(from)
      candidate.idleSince =
        idleFrom === 'last_call' ? (this.#memory.lastTalkEnded(agentId) ?? candidate.since) : candidate.since
      if (remembers) candidate.lastOffered = this.#memory.lastOffered(queueCode, agentId)
      candidates.push(candidate)
    }
    return candidates
  }

  #noteAbsence(queueCode: string, queue: Queue, at: number): void {
    const restCounts = this.#known.settings().queues[queueCode]?.noAgent.restCounts ?? true
    let anybody = restCounts && queue.present.size > 0
    if (!restCounts) for (const { rests } of queue.present.values()) if (!rests) anybody = true
    if (anybody) queue.absentSince = null
    else queue.absentSince ??= at
  }

  #queue(queueCode: string): Queue {
    let queue = this.#queues.get(queueCode)
    if (!queue) this.#queues.set(queueCode, (queue = newQueue()))
    return queue
  }
}

/** The lowest level on which someone is signed in; null: nobody is. */
function lowestOf({ present }: Queue): number | null {
  let lowest: number | null = null
  for (const { level } of present.values()) if (lowest === null || level < lowest) lowest = level
  return lowest
}

function newQueue(): Queue {
  return {
    line: new RankedList(),
    callers: new Set(),
    awaited: new Map(),
    passed: 0,
    passedFor: '',
    free: new Map(),
    slots: new Map(),
    present: new Map(),
    levels: [],
    absentSince: null,
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
