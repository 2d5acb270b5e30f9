/**
 * The switchboard of a tenant: what is known of its calls, shifts and configuration, folded from the
 * ledger by the same `evolve` as the deciders use, and the lists from which callers and agents are
 * matched. Mutable and single-threaded; `follow.ts` says what should happen next, `process.ts` does it.
 */
import type { Decision, Membership } from '../agent/events.ts'
import { shiftDecider, unavailable, type OpenShift, type Shift } from '../agent/shift.ts'
import type { RecordedShiftEvent } from '../agent/events.ts'
import { legsAreOver, type Call, type LiveCall } from '../call/state.ts'
import { callDecider } from '../call/call.ts'
import type { RecordedCallEvent } from '../call/events.ts'
import type { Dice } from '../kernel/clock.ts'
import type { KnownStream } from '../kernel/command.ts'
import { RANKED } from './decision.ts'
import { configurationOf, noConfiguration, type Configuration } from './configuration.ts'
import type { RecordedSwitchboardEvent } from './events.ts'
import { callerRank, Line } from './line.ts'
import { inOrder, measureOf, rings, type Candidate, type Place } from './strategies.ts'
import { windowStart, Workload, type Worked } from './workload.ts'

/** An event as the switchboard folds it: from the log, or from its own append a moment earlier. */
export type SwitchboardFact = Pick<RecordedCallEvent | RecordedShiftEvent | RecordedSwitchboardEvent, 'type' | 'data' | 'at'> & { stream: string; revision: number }

/** A caller and the agent who shall be offered to him. */
export interface Match {
  callId: string
  agentId: string
  queueCode: string
  decision: Decision
}

/** With ring-progressively one more agent is rung each time so much has passed. */
export const PROGRESS_MS = 10_000

/** What a snapshot holds. Plain JSON. */
export interface SwitchboardSnapshot {
  /** What the strategies remember: the last place of each queue, when each queue offered what to whom, who worked how much. */
  memory: { lastOfQueue: [string, Place][]; offered: [string, number][]; workload: [string, Worked[]][] }
  configuration: KnownStream<Configuration>
  calls: [string, KnownStream<Call>][]
  shifts: [string, KnownStream<Shift> & { number: number }][]
}

export class Switchboard {
  configuration: KnownStream<Configuration> = { state: noConfiguration, revision: -1, lastAt: 0 }
  /** `confirmed` is the revision up to which the log has given the stream back. */
  readonly #calls = new Map<string, KnownStream<Call> & { confirmed: number }>()
  /** The last shift of every agent, by agent id. */
  readonly #shifts = new Map<string, KnownStream<Shift> & { number: number }>()
  readonly #agentOfCode = new Map<string, string>()
  readonly #agentOfExtension = new Map<string, string>()
  /** Waiting callers without an open offer, by queue. */
  readonly #waiting = new Map<string, Line>()
  /** Agents who could be offered a call now, with their places, by queue. */
  readonly #free = new Map<string, Map<string, Membership>>()
  /** Callers and agents who were matched a moment ago, and how often; the ledger does not say so yet. */
  readonly #matched = new Map<string, number>()
  readonly #lastOfQueue = new Map<string, Place>()
  readonly #lastOfCaller = new Map<string, Place>()
  /** When a queue offered an agent a call last, by both. */
  readonly #offered = new Map<string, number>()
  #workload = new Workload()
  readonly #dice: Dice
  /** Queues in which somebody came to wait or became free since the last match. */
  readonly #stirred = new Set<string>()
  /** Last revisions of calls that we appended to, saw end and forgot, and that the log has not given back yet. */
  readonly #forgotten = new Map<string, number>()
  /** Agents, by the call that they are in or reserved for. */
  readonly #engaged = new Map<string, Set<string>>()

  constructor(dice: Dice) {
    this.#dice = dice
  }

  // ── reading ────────────────────────────────────────────────────────────────────────────────────

  call(callId: string): LiveCall | null {
    const state = this.#calls.get(callId)?.state
    return state && state.status !== 'none' ? state : null
  }

  knownCall(callId: string): KnownStream<Call> | undefined {
    return this.#calls.get(callId)
  }

  shift(agentId: string): OpenShift | null {
    const state = this.#shifts.get(agentId)?.state
    return state?.status === 'open' ? state : null
  }

  knownShift(agentId: string): (KnownStream<Shift> & { number: number }) | undefined {
    return this.#shifts.get(agentId)
  }

  agentOfCode(code: string): string | null {
    return this.#agentOfCode.get(code) ?? null
  }

  agentOfExtension(extension: string): string | null {
    return this.#agentOfExtension.get(extension) ?? null
  }

  *calls(): Iterable<LiveCall> {
    for (const { state } of this.#calls.values()) if (state.status !== 'none') yield state
  }

  *shifts(): Iterable<OpenShift> {
    for (const { state } of this.#shifts.values()) if (state.status === 'open') yield state
  }

  /** Agents who are in a call or reserved for it. */
  engagedIn(callId: string): Iterable<string> {
    return this.#engaged.get(callId) ?? []
  }

  waitingIn(queueCode: string): number {
    return this.#waiting.get(queueCode)?.size ?? 0
  }

  // ── folding ────────────────────────────────────────────────────────────────────────────────────

  /** Is this event new to us? Our own appends were folded before the log gave them back. */
  isNews(stream: string, revision: number): boolean {
    return revision > this.#revisionOf(stream)
  }

  /** The log has given an event back. */
  confirm(stream: string, revision: number): void {
    if (!stream.startsWith('call-')) return
    const id = stream.slice(stream.indexOf('.') + 1)
    const known = this.#calls.get(id)
    if (known) known.confirmed = revision
    else if ((this.#forgotten.get(id) ?? Infinity) <= revision) this.#forgotten.delete(id)
  }

  /** Would folding an event at this revision leave a gap? Then the log must be waited for. */
  follows(stream: string, revision: number): boolean {
    return revision === this.#revisionOf(stream) + 1
  }

  /**
   * Folds an event that is news, and says what it touched.
   * @returns calls and agents to look at again
   */
  fold(fact: SwitchboardFact, now: number): { calls: string[]; agents: string[] } {
    const { revision, at } = fact
    if (fact.type === 'SwitchboardActivated') {
      this.configuration = { state: configurationOf(fact.data as never), revision, lastAt: at }
      for (const agent of Object.values(this.configuration.state.agents)) this.#agentOfCode.set(agent.agentCode, agent.agentId)
      return { calls: [], agents: [] }
    }
    const data = fact.data as { callId?: string; agentId?: string; shiftId?: string }
    if (data.shiftId !== undefined) {
      const agentId = data.agentId!
      const before = this.#shifts.get(agentId)
      const number = shiftNumber(data.shiftId)
      if (before && number < before.number) return { calls: [], agents: [] }
      const state = shiftDecider.evolve(before?.number === number ? before.state : shiftDecider.initial, fact as never)
      this.#shifts.set(agentId, { state, revision, lastAt: at, number })
      this.#remember(fact as never, state)
      const calls = this.#indexShift(agentId, before?.state, state, now)
      return { calls, agents: [agentId] }
    }
    const callId = data.callId!
    const before = this.#calls.get(callId)
    const state = callDecider.evolve(before?.state ?? callDecider.initial, fact as never)
    if (state.status === 'none') return { calls: [], agents: [] }
    this.#calls.set(callId, { state, revision, lastAt: at, confirmed: before?.confirmed ?? -1 })
    this.#indexCall(state, before?.state, now)
    return { calls: [callId], agents: [...this.engagedIn(callId)] }
  }

  /** Looks again whether an agent is free (a pause of his has ended, a match came to nothing). */
  refresh(agentId: string, now: number): void {
    const shift = this.shift(agentId)
    if (shift) this.#placeAgent(shift, shift, now)
  }

  /** Looks again whether a caller waits for somebody, or for one more. */
  refreshCall(callId: string, now: number): void {
    const call = this.call(callId)
    if (call) this.#indexCall(call, call, now)
  }

  /**
   * Forgets a call that is over, and that nobody is in any more. True when it was forgotten.
   * Where its last events were our own and are still to come from the log, its revision is kept until then.
   */
  forgetWhenOver(callId: string): boolean {
    const call = this.call(callId)
    if (!call || call.status !== 'ended' || !legsAreOver(call) || (this.#engaged.get(callId)?.size ?? 0) > 0) return false
    const { revision, confirmed } = this.#calls.get(callId)!
    if (confirmed < revision) this.#forgotten.set(callId, revision)
    this.#calls.delete(callId)
    this.#lastOfCaller.delete(callId)
    this.#engaged.delete(callId)
    return true
  }

  // ── matching ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Pairs callers with agents until nobody fits any more: the queue with the higher priority first, then
   * the caller with the higher score; the queue's strategy says which agent he gets, or which of them.
   */
  match(now: number): Match[] {
    const matches: Match[] = []
    for (;;) {
      const queueCode = this.#nextQueue()
      if (queueCode === null) break
      const waiting = this.#waiting.get(queueCode)!
      const callId = waiting.head()!.id
      const ordered = this.#ordered(queueCode, callId, now)
      const strategy = this.configuration.state.queues[queueCode]?.strategy ?? 'longest-idle-agent'
      const waited = Math.max(0, now - this.call(callId)!.queue!.joinedAt)
      const { version, agents } = this.configuration.state
      const ranked = ordered.slice(0, RANKED).map((candidate) => {
        const { agentId, level, position } = candidate
        return { agentId, agentCode: agents[agentId]?.agentCode ?? agentId, level, position, measure: measureOf(strategy, candidate) }
      })
      const { priority } = this.call(callId)!.queue!
      const seen = { configVersion: version, strategy, waited, score: waited + priority * 1000, candidates: ordered.length, level: null, ranked }
      for (const [place, { agentId, level, position }] of (rings(strategy) === 'all' ? ordered : ordered.slice(0, 1)).entries()) {
        matches.push({ callId, agentId, queueCode, decision: { ...seen, place } })
        this.#lastOfQueue.set(queueCode, { level, position })
        this.#lastOfCaller.set(callId, { level, position })
        this.#offered.set(`${queueCode} ${agentId}`, now)
        this.#take(callId)
        this.claim(agentId)
      }
      waiting.remove(callId)
    }
    this.#stirred.clear()
    return matches
  }

  /** A queue's free agents in the order in which its strategy tries them for a caller. */
  #ordered(queueCode: string, callId: string, now: number): Candidate[] {
    const { queues, zone } = this.configuration.state
    const { strategy, workWindow } = queues[queueCode] ?? { strategy: 'longest-idle-agent' as const, workWindow: 'today' as const }
    const counts = strategy === 'agent-with-least-talk-time' || strategy === 'agent-with-fewest-calls'
    const from = counts ? windowStart(workWindow, now, zone) : now
    const candidates: Candidate[] = []
    for (const [agentId, { level, position }] of this.#free.get(queueCode) ?? []) {
      const { calls, talkMs } = counts ? this.#workload.since(agentId, from) : { calls: 0, talkMs: 0 }
      const lastOffered = this.#offered.get(`${queueCode} ${agentId}`) ?? 0
      candidates.push({ agentId, level, position, idleSince: this.shift(agentId)!.idleSince, talkMs, calls, lastOffered })
    }
    return inOrder(strategy, candidates, { lastOfQueue: this.#lastOfQueue.get(queueCode) ?? null, lastOfCaller: this.#lastOfCaller.get(callId) ?? null, dice: this.#dice })
  }

  /** The match was carried out, or refused: the ledger speaks for both again. */
  settle(match: Pick<Match, 'callId' | 'agentId'>, now: number): void {
    this.#leave(match.callId)
    this.#leave(match.agentId)
    this.refreshCall(match.callId, now)
    this.refresh(match.agentId, now)
  }

  /** Has the agent been matched a moment ago? */
  isMatched(agentId: string): boolean {
    return this.#matched.has(agentId)
  }

  /** Takes an agent out of the lists until {@link settle}. */
  claim(agentId: string): void {
    this.#take(agentId)
    for (const free of this.#free.values()) free.delete(agentId)
  }

  #take(id: string): void {
    this.#matched.set(id, (this.#matched.get(id) ?? 0) + 1)
  }

  #leave(id: string): void {
    const left = (this.#matched.get(id) ?? 1) - 1
    if (left > 0) this.#matched.set(id, left)
    else this.#matched.delete(id)
  }

  #nextQueue(): string | null {
    let best: string | null = null
    let bestPriority = 0
    let bestRank = 0
    for (const queueCode of this.#stirred) {
      const head = this.#waiting.get(queueCode)?.head()
      if (!head || !this.#free.get(queueCode)?.size) continue
      const priority = this.configuration.state.queues[queueCode]?.priority ?? 0
      if (best === null || priority > bestPriority || (priority === bestPriority && (head.rank < bestRank || (head.rank === bestRank && queueCode < best)))) {
        best = queueCode
        bestPriority = priority
        bestRank = head.rank
      }
    }
    return best
  }

  // ── snapshots ──────────────────────────────────────────────────────────────────────────────────

  snapshot(): SwitchboardSnapshot {
    const memory = { lastOfQueue: [...this.#lastOfQueue], offered: [...this.#offered], workload: [...this.#workload] }
    return { configuration: this.configuration, calls: [...this.#calls], shifts: [...this.#shifts], memory }
  }

  restore(snapshot: SwitchboardSnapshot, now: number): void {
    this.configuration = snapshot.configuration
    for (const agent of Object.values(this.configuration.state.agents)) this.#agentOfCode.set(agent.agentCode, agent.agentId)
    for (const [queueCode, place] of snapshot.memory.lastOfQueue) this.#lastOfQueue.set(queueCode, place)
    for (const [pair, at] of snapshot.memory.offered) this.#offered.set(pair, at)
    this.#workload = new Workload(snapshot.memory.workload)
    for (const [agentId, known] of snapshot.shifts) {
      this.#shifts.set(agentId, known)
      this.#indexShift(agentId, undefined, known.state, now)
    }
    for (const [callId, known] of snapshot.calls) {
      this.#calls.set(callId, { ...known, confirmed: known.revision })
      if (known.state.status !== 'none') this.#indexCall(known.state, undefined, now)
    }
  }

  // ── lists ──────────────────────────────────────────────────────────────────────────────────────

  #revisionOf(stream: string): number {
    const id = stream.slice(stream.indexOf('.') + 1)
    if (stream.startsWith('call-')) return this.#calls.get(id)?.revision ?? this.#forgotten.get(id) ?? -1
    if (stream.startsWith('shift-')) {
      const known = this.#shifts.get(agentOfShift(id))
      if (!known) return -1
      const number = shiftNumber(id)
      return number === known.number ? known.revision : number < known.number ? Number.MAX_SAFE_INTEGER : -1
    }
    return this.configuration.revision
  }

  #indexCall(call: LiveCall, before: Call | undefined, now: number): void {
    const previous = before && before.status !== 'none' ? before.queue?.queueCode : undefined
    const queue = call.status === 'live' ? call.queue : null
    if (previous !== undefined && previous !== queue?.queueCode) this.#waiting.get(previous)?.remove(call.callId)
    if (!queue) return
    let line = this.#waiting.get(queue.queueCode)
    if (!line) this.#waiting.set(queue.queueCode, (line = new Line()))
    const customer = call.customerLegId ? call.legs[call.customerLegId] : undefined
    if (customer?.state !== 'answered' || this.#matched.has(call.callId) || !this.#wantsAnother(call, queue.queueCode, now)) {
      line.remove(call.callId)
      return
    }
    line.put(call.callId, callerRank(queue.joinedAt, queue.priority))
    this.#stirred.add(queue.queueCode)
  }

  /** Shall (another) agent be found for a caller? Not while one is rung, or reserved and about to be; unless the strategy rings more and more. */
  #wantsAnother(call: LiveCall, queueCode: string, now: number): boolean {
    const offers = Object.values(call.offers)
    let reserved = 0
    for (const agentId of this.engagedIn(call.callId)) if (this.shift(agentId)?.reservation?.callId === call.callId) reserved++
    if (reserved > offers.length) return false
    if (offers.length === 0) return true
    const strategy = this.configuration.state.queues[queueCode]?.strategy
    return strategy === 'ring-progressively' && now >= Math.max(...offers.map((offer) => offer.offeredAt)) + PROGRESS_MS
  }

  /** What the strategies remember of an event of a shift. */
  #remember(fact: { type: string; data: { agentId: string; queueCode: string | null; callId: string; talkMs: number }; at: number }, shift: Shift): void {
    const { agentId, queueCode, callId, talkMs } = fact.data
    if (fact.type === 'AgentCallEnded' && queueCode !== null) this.#workload.add(agentId, fact.at, talkMs)
    if (fact.type !== 'AgentReserved' || queueCode === null || shift.status !== 'open') return
    const place = shift.queues.find((membership) => membership.queueCode === queueCode)
    this.#offered.set(`${queueCode} ${agentId}`, fact.at)
    if (!place) return
    this.#lastOfQueue.set(queueCode, { level: place.level, position: place.position })
    if (this.#calls.has(callId)) this.#lastOfCaller.set(callId, { level: place.level, position: place.position })
  }

  #indexShift(agentId: string, before: Shift | undefined, after: Shift, now: number): string[] {
    const touched = new Set<string>()
    for (const callId of engagements(before)) {
      this.#engaged.get(callId)?.delete(agentId)
      touched.add(callId)
    }
    for (const callId of engagements(after)) {
      let agents = this.#engaged.get(callId)
      if (!agents) this.#engaged.set(callId, (agents = new Set()))
      agents.add(agentId)
      touched.add(callId)
    }
    if (after.status === 'open') {
      if (after.extension !== null) this.#agentOfExtension.set(after.extension, agentId)
      this.#placeAgent(before?.status === 'open' ? before : undefined, after, now)
    } else {
      for (const free of this.#free.values()) free.delete(agentId)
    }
    for (const callId of touched) this.refreshCall(callId, now)
    return [...touched]
  }

  #placeAgent(before: OpenShift | undefined, shift: OpenShift, now: number): void {
    if (before && before.queues !== shift.queues) for (const { queueCode } of before.queues) this.#free.get(queueCode)?.delete(shift.agentId)
    const free = unavailable(shift, now) === null && !this.#matched.has(shift.agentId)
    for (const membership of shift.queues) {
      const { queueCode } = membership
      let agents = this.#free.get(queueCode)
      if (!agents) this.#free.set(queueCode, (agents = new Map()))
      if (free) {
        agents.set(shift.agentId, membership)
        this.#stirred.add(queueCode)
      } else {
        agents.delete(shift.agentId)
      }
    }
  }
}

/** The id of an agent's n-th shift. */
export function shiftIdOf(agentId: string, number: number): string {
  return `${agentId}-${number}`
}

function shiftNumber(shiftId: string): number {
  return Number(shiftId.slice(shiftId.lastIndexOf('-') + 1))
}

function agentOfShift(shiftId: string): string {
  return shiftId.slice(0, shiftId.lastIndexOf('-'))
}

/** Calls that a shift is in, or reserved for. */
function engagements(shift: Shift | undefined): string[] {
  if (shift?.status !== 'open') return []
  const calls: string[] = []
  if (shift.reservation) calls.push(shift.reservation.callId)
  if (shift.engagement.kind === 'talking') calls.push(shift.engagement.callId)
  return calls
}
