/**
 * The lists of each queue: who is waiting and in what order, who is free to take them, who is signed in at all. This file
 * only keeps lists: `state/switchboard-state.ts` folds their contents from the ledger, `matching.ts` chooses from them.
 */
import type { Membership } from '../agent/events.ts'
import type { OpenShift } from '../agent/state.ts'
import type { LiveCall } from '../call/state.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { RankedList, type Placed } from '../kernel/ranked-list.ts'
import type { Levels } from '../queue/tiers.ts'
import { rosters } from './candidate-bits.ts'
import { FreeAgents } from './free-agents.ts'
import type { Memory } from './memory.ts'
import { SignedIn } from './signed-in.ts'

export interface Queue {
  code: string
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
  free: FreeAgents
  present: SignedIn
  /** The levels on which it has members, as configured. */
  levels: number[]
  /** Since when nobody has been signed in to it; null: someone is. */
  absentSince: number | null
}

/** What the lists need from the state that holds calls and shifts. */
export interface StateLookup {
  /** The configuration in force. */
  settings(): Configuration
  call(callId: string): LiveCall | null
  shift(agentId: string): OpenShift | null
}

/** A signed-in agent and their queues. */
interface Listing {
  memberships: readonly Membership[]
  /** What the memberships say, with the lists of their queues. */
  places: readonly { queue: Queue; level: number; position: number }[]
  rests: boolean
  /** False: they are in the free list of none of these queues. */
  free: boolean
}

export class QueueLists {
  protected readonly queues = new Map<string, Queue>()
  /** Every signed-in agent, by id. */
  readonly #listings = new Map<string, Listing>()
  /** Queues in which a caller started waiting or an agent became free since the last match. */
  protected readonly stirred = new Set<string>()
  /** Callers and agents matched a moment ago, how often, and since when; the ledger does not show it yet. */
  readonly #matched = new Map<string, { times: number; since: number }>()
  /** The queue in which a caller is awaited. */
  readonly #awaitedIn = new Map<string, string>()
  protected readonly known: StateLookup
  protected readonly memory: Memory

  constructor(known: StateLookup, memory: Memory) {
    this.known = known
    this.memory = memory
  }

  // ── asking ─────────────────────────────────────────────────────────────────────────────────────

  /** Everybody in a queue, in order of arrival. */
  callersIn(queueCode: string): Iterable<string> {
    return this.queues.get(queueCode)?.callers ?? []
  }

  /** How many callers in a queue need an agent. */
  waitingIn(queueCode: string): number {
    return this.queues.get(queueCode)?.line.size ?? 0
  }

  /** A caller's place, starting at 1; null: they are not in line. */
  placeOf(queueCode: string, callId: string): number | null {
    const ahead = this.queues.get(queueCode)?.line.ahead(callId) ?? -1
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
    return this.queues.get(queueCode)?.absentSince ?? null
  }

  levelsOf(queueCode: string): Levels {
    const queue = this.queues.get(queueCode)
    if (!queue) return { all: [], lowestPresent: null }
    return { all: queue.levels, lowestPresent: queue.present.lowestLevel() }
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
    return this.queues.keys()
  }

  /** A queue's line, in order of service. */
  lineOf(queueCode: string): Iterable<Placed> {
    return this.queues.get(queueCode)?.line ?? []
  }

  /** A caller's rank in the line of a queue; null: they are not in it. */
  rankIn(queueCode: string, callId: string): number | null {
    return this.queues.get(queueCode)?.line.rankOf(callId) ?? null
  }

  /** The free agents of a queue. */
  freeIn(queueCode: string): Iterable<string> {
    return this.queues.get(queueCode)?.free.ids() ?? []
  }

  isFreeIn(queueCode: string, agentId: string): boolean {
    return this.queues.get(queueCode)?.free.has(agentId) ?? false
  }

  // ── keeping ────────────────────────────────────────────────────────────────────────────────────

  /**
   * Takes in a new configuration: queues get the levels of their members; a queue nobody ever signed in to counts as
   * empty from now on.
   */
  configure(configuration: Configuration, at: number): void {
    const { queues, agents } = configuration
    const members = rosters(configuration)
    for (const code of members.keys()) this.#queue(code)
    for (const { code, free } of this.queues.values()) free.setRoster(members.get(code) ?? [])
    const levels = new Map<string, Set<number>>()
    for (const agent of Object.values(agents)) {
      for (const { queueCode, level } of agent.queues)
        levels.set(queueCode, (levels.get(queueCode) ?? new Set()).add(level))
    }
    for (const code of Object.keys(queues)) {
      const queue = this.#queue(code)
      queue.levels = [...(levels.get(code) ?? [])].toSorted((a, b) => a - b)
      this.#noteAbsence(queue, at)
    }
  }

  /** Puts a caller where they belong: in line, in the queue with an agent ringing, or nowhere. */
  placeCaller(callId: string, queueCode: string | null, previous: string | null, rank: number | null): void {
    const awaitedIn = this.#awaitedIn.get(callId)
    if (awaitedIn !== undefined) {
      this.#awaitedIn.delete(callId)
      this.queues.get(awaitedIn)?.awaited.delete(callId)
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
    this.stirred.add(queueCode)
  }

  /**
   * A caller is about to be in line: agents are kept free for them meanwhile. Must be repeated after each {@link
   * placeCaller}.
   */
  await(callId: string, queueCode: string, rank: number, until: number): void {
    const queue = this.#queue(queueCode)
    queue.awaited.set(callId, { rank, until })
    this.#awaitedIn.set(callId, queueCode)
    this.stirred.add(queueCode)
  }

  /** Has a queue looked at again although nothing is known to have changed. */
  stir(queueCode: string): void {
    this.stirred.add(queueCode)
  }

  /**
   * Puts an agent where they belong: free in their queues, present, or gone.
   * @returns queues that gained their first signed-in agent or lost their last, or whose lowest staffed level changed
   */
  placeAgent(agentId: string, shift: OpenShift | null, free: boolean, at: number): string[] {
    const before = this.#listings.get(agentId)
    const isFree = free && !this.#matched.has(agentId)
    const rests = shift?.work === 'away'
    const memberships = shift?.queues ?? NONE
    // Most events of a shift change nothing here.
    const isPresent = before?.memberships === memberships && before.rests === rests
    if (isPresent && !before.free && !isFree) return []
    const toggled: string[] = []
    let listing = before
    if (before?.memberships !== memberships) {
      for (const { queue } of before?.places ?? []) {
        if (memberships.some(({ queueCode }) => queueCode === queue.code)) continue
        queue.free.delete(agentId)
        this.#changePresence(queue, at, toggled, () => queue.present.delete(agentId))
      }
      const places = memberships.map(({ queueCode, level, position }) => ({
        queue: this.#queue(queueCode),
        level,
        position,
      }))
      listing = { memberships, places, rests, free: isFree }
      if (shift) this.#listings.set(agentId, listing)
      else this.#listings.delete(agentId)
    }
    if (!shift || !listing) return toggled
    listing.rests = rests
    listing.free = isFree
    for (const { queue, level, position } of listing.places) {
      if (!isPresent && !queue.present.has(agentId, level, rests))
        this.#changePresence(queue, at, toggled, () => queue.present.put(agentId, level, rests))
      if (!isFree) queue.free.delete(agentId)
      else if (queue.free.put(agentId, shift.agentCode, level, position, shift.idleSince)) this.stirred.add(queue.code)
    }
    return toggled
  }

  /** Changes who is signed in to a queue; tier rules depend on it. */
  #changePresence(queue: Queue, at: number, toggled: string[], change: () => void): void {
    const wasAbsent = queue.absentSince !== null
    const wasLowest = queue.present.lowestLevel()
    change()
    this.stirred.add(queue.code)
    this.#noteAbsence(queue, at)
    if ((queue.absentSince !== null) !== wasAbsent || queue.present.lowestLevel() !== wasLowest)
      toggled.push(queue.code)
  }

  /** Removes an agent from a queue's free list, whatever their shift says. */
  strike(queueCode: string, agentId: string): void {
    this.queues.get(queueCode)?.free.delete(agentId)
  }

  /** The queues of a signed-in agent. */
  protected placesOf(agentId: string): Listing['places'] {
    return this.#listings.get(agentId)?.places ?? []
  }

  /** Takes an agent out of the lists until {@link release}. */
  claim(agentId: string, now: number): void {
    this.hold(agentId, now)
    const listing = this.#listings.get(agentId)
    if (!listing) return
    listing.free = false
    for (const { queue } of listing.places) queue.free.delete(agentId)
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

  /** Someone is about to be reserved and stays out of the lists until {@link release}. */
  protected hold(id: string, now: number): void {
    const held = this.#matched.get(id)
    if (held) held.times++
    else this.#matched.set(id, { times: 1, since: now })
  }

  absences(): [string, number][] {
    return [...this.queues].flatMap(([code, { absentSince }]) => (absentSince === null ? [] : [[code, absentSince]]))
  }

  restoreAbsences(absences: readonly [string, number][]): void {
    for (const [code, since] of absences) this.#queue(code).absentSince = since
  }

  #noteAbsence(queue: Queue, at: number): void {
    const restCounts = this.known.settings().queues[queue.code]?.noAgent.restCounts ?? true
    if (queue.present.isAnybody(restCounts)) queue.absentSince = null
    else queue.absentSince ??= at
  }

  #queue(code: string): Queue {
    let queue = this.queues.get(code)
    if (!queue) this.queues.set(code, (queue = newQueue(code, this.memory)))
    return queue
  }
}

/** The queues of an agent who is not signed in. */
const NONE: readonly Membership[] = []

function newQueue(code: string, memory: Memory): Queue {
  return {
    code,
    line: new RankedList(),
    callers: new Set(),
    awaited: new Map(),
    passed: 0,
    passedFor: '',
    free: new FreeAgents(code, memory),
    present: new SignedIn(),
    levels: [],
    absentSince: null,
  }
}
