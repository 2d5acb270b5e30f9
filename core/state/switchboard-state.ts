/**
 * The switchboard of a tenant: what is known of its calls, shifts and configuration, folded from the
 * ledger by the same `evolve` as the deciders use, and the lists from which callers and agents are
 * matched. Mutable and single-threaded; `flow/follow-call.ts` says what should happen next, `switchboard/process.ts` does it.
 */
import { shiftDecider } from '../agent/shift.ts'
import { unreadShift, unavailable, type OpenShift, type Shift } from '../agent/state.ts'
import type { RecordedShiftEvent } from '../agent/events.ts'
import { unreadCall, legsAreOver, waitsSince, type Call, type LiveCall } from '../call/state.ts'
import { owedCallback } from '../acd/callback.ts'
import { callDecider } from '../call/call.ts'
import type { RecordedCallEvent } from '../call/events.ts'
import type { Dice } from '../kernel/clock.ts'
import type { KnownStream } from '../kernel/command.ts'
import type { RecordedOf } from '../kernel/event.ts'
import type { Unread } from '../kernel/unread.ts'
import {
  configurationDecider,
  configurationOf,
  noConfiguration,
  revived,
  type Configuration,
} from '../configuration/configuration.ts'
import { agentOfShift, shiftNumber } from '../agent/shift-id.ts'
import { CLOSES, closesItself, idOf } from './aside.ts'
import { isFinding } from '../findings/findings.ts'
import type { RecordedSwitchboardEvent } from '../configuration/events.ts'
import type { findingEvents } from '../findings/events.ts'
import { callerRank, Matching, type Match } from '../acd/matching.ts'
import { Memory, type MemorySnapshot } from '../acd/memory.ts'
import { Mendings, type Mending } from '../findings/mendings.ts'
import { noOwner, OWNER_ID, ownerDecider, type Owner } from '../configuration/ownership.ts'

/** An event as the switchboard folds it: from the log, or from its own append a moment earlier. */
export type SwitchboardFact = Pick<
  RecordedCallEvent | RecordedShiftEvent | RecordedSwitchboardEvent | RecordedOf<typeof findingEvents>,
  'type' | 'data' | 'at'
> & { stream: string; revision: number }

/** With ring-progressively one more agent is rung each time so much has passed. */
export const PROGRESS_MS = 10_000
/** A blind transfer to an agent looks for them so long. */
export const TRANSFER_MS = 20_000
/** A ring that is over by the clock is waited for so long: its end is under way to the ledger. */
const BACK_WITHIN_MS = 1_000
/** Findings beyond this many are forgotten, the oldest first. */
const MOST_FINDINGS = 200

/** What a snapshot holds. Plain JSON. */
export interface SwitchboardSnapshot {
  configuration: KnownStream<Configuration>
  owner: KnownStream<Owner>
  calls: [string, KnownStream<Call>][]
  shifts: [string, KnownStream<Shift> & { number: number }][]
  memory: MemorySnapshot
  /** Since when nobody has been signed in, by queue. */
  absences: [string, number][]
  /** Streams that were set aside; absent in snapshots from before there were any. */
  aside?: AsideStream[]
  /** Queues that starve; absent in snapshots of before. */
  starving?: [string, Starving][]
  /** Lists that had to be mended; absent in snapshots of before. */
  mendings?: Mending[]
}

/** A queue of which the ledger says that it starves. */
export interface Starving {
  /** The stream that says so. */
  stream: string
  revision: number
  callId: string
}

/** A stream with an event that cannot be read. */
export interface AsideStream extends Unread {
  /** Has the ledger been told that what it was about is closed, or a later event put in place of what cannot be read? */
  closed: boolean
}

/** So many streams that were set aside are named; the latest ones. */
const ASIDE_NAMED = 200

export class SwitchboardState {
  configuration: KnownStream<Configuration> = { state: noConfiguration, revision: -1, lastAt: 0 }
  /** Who owns it, as the ledger says. */
  owner: KnownStream<Owner> = { state: noOwner, revision: -1, lastAt: 0 }
  /** `confirmed` is the revision up to which the log has given the stream back. */
  readonly #calls = new Map<string, KnownStream<Call> & { confirmed: number }>()
  /** The last shift of every agent, by agent id. */
  readonly #shifts = new Map<string, KnownStream<Shift> & { number: number }>()
  readonly #agentOfCode = new Map<string, string>()
  /** Whose phone it is, as configured. */
  #ownerOfExtension = new Map<string, string>()
  /** Agents who are signed in, by their phone: one, or for a moment two. */
  readonly #atExtension = new Map<string, Set<string>>()
  readonly memory = new Memory()
  readonly matching: Matching
  /** Last revisions of calls that we appended to, saw end and forgot, and that the log has not given back yet. */
  readonly #forgotten = new Map<string, number>()
  readonly #aside = new Map<string, AsideStream>()
  /** Queues of which the ledger says that they starve. */
  readonly starving = new Map<string, Starving>()
  /** What the ledger says was wrong in its lists. */
  readonly mendings = new Mendings()
  /** Last revisions of the streams of findings, the latest of them. */
  readonly #findings = new Map<string, number>()
  /** Agents, by the call that they are in or reserved for. */
  readonly #engaged = new Map<string, Set<string>>()

  constructor(dice: Dice) {
    const settings = (): Configuration => this.configuration.state
    const sight = {
      settings,
      call: (callId: string) => this.call(callId),
      shift: (agentId: string) => this.shift(agentId),
    }
    this.matching = new Matching(sight, this.memory, dice)
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

  /**
   * Who is signed in at a phone. Two who came to it in one moment are there until the later one is signed out again
   * (`flow/follow-shift.ts`): no log compares two streams, so that this is decided here, by whoever owns the switchboard.
   */
  agentOfExtension(extension: string): string | null {
    let first: OpenShift | null = null
    for (const agentId of this.#atExtension.get(extension) ?? []) {
      const shift = this.shift(agentId)
      if (shift && (first === null || cameBefore(shift, first))) first = shift
    }
    return first?.agentId ?? null
  }

  /** Whose phone it is by configuration. */
  ownerOfExtension(extension: string): string | null {
    return this.#ownerOfExtension.get(extension) ?? null
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

  // ── set aside ──────────────────────────────────────────────────────────────────────────────────

  /** Streams with an event that cannot be read, the latest last. */
  get aside(): readonly AsideStream[] {
    return [...this.#aside.values()]
  }

  /** The shifts of an agent that are to be closed because of such an event. */
  asideShifts(agentId: string): AsideStream[] {
    return this.aside.filter(
      ({ stream, closed }) => !closed && stream.startsWith('shift-') && agentOfShift(idOf(stream)) === agentId,
    )
  }

  /**
   * An event that is news cannot be read: what it is about is taken for over, the last readable configuration stays in force.
   * @param toldAt its `at` as it stands in the ledger
   * @returns calls and agents to look at again
   */
  setAside(unread: Unread, now: number, toldAt = unread.at): { calls: string[]; agents: string[] } {
    const { stream, revision } = unread
    const id = idOf(stream)
    if (stream.startsWith('call-')) {
      const before = this.#calls.get(id)
      // It was over, and is forgotten.
      if (!before && revision > 0) return { calls: [], agents: [] }
      const state = unreadCall(before?.state ?? callDecider.initial, unread)
      const agents = [...this.engagedIn(id)]
      this.#calls.set(id, {
        state,
        revision,
        lastAt: Math.max(before?.lastAt ?? 0, toldAt),
        confirmed: before?.confirmed ?? -1,
      })
      if (state.status === 'none' || before?.state === state) return { calls: [], agents: [] }
      this.#name(unread, false)
      if (before?.state.status === 'live' && before.state.queue) this.memory.left(before.state, unread.at, false)
      this.#indexCall(state, before?.state, now)
      return { calls: [id], agents }
    }
    if (stream.startsWith('shift-')) {
      const agentId = agentOfShift(id)
      const before = this.#shifts.get(agentId)
      const number = shiftNumber(id)
      if (before && number < before.number) return { calls: [], agents: [] }
      const known = before?.number === number ? before.state : shiftDecider.initial
      const state = unreadShift(known, unread)
      this.#shifts.set(agentId, { state, revision, lastAt: Math.max(before?.lastAt ?? 0, toldAt), number })
      if (state === known) return { calls: [], agents: [] }
      this.#name(unread, false)
      return { calls: this.#indexShift(agentId, before?.state, state, now, unread.at), agents: [agentId] }
    }
    if (isFinding(id)) {
      // What was found out is for people to read; nothing is decided by it.
      this.#findings.set(stream, revision)
      return { calls: [], agents: [] }
    }
    this.#name(unread, closesItself(stream))
    if (id === OWNER_ID)
      this.owner = { state: ownerDecider.unread!(this.owner.state, unread), revision, lastAt: toldAt }
    else
      this.configuration = {
        state: configurationDecider.unread!(this.configuration.state, unread),
        revision,
        lastAt: toldAt,
      }
    return { calls: [], agents: [] }
  }

  /** What the stream was about is closed. */
  closeAside(stream: string): void {
    const named = this.#aside.get(stream)
    if (named) this.#aside.set(stream, { ...named, closed: true })
  }

  #name(unread: Unread, closed: boolean): void {
    this.#aside.delete(unread.stream)
    this.#aside.set(unread.stream, { ...unread, closed })
    for (const [stream, { closed: over }] of this.#aside) {
      if (this.#aside.size <= ASIDE_NAMED) return
      // What is still to be closed is never forgotten.
      if (over) this.#aside.delete(stream)
    }
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
   * @param toldAt its `at` as it stands in the ledger, which is later than that of the event where it was brought back (`kernel/ahead.ts`)
   * @returns calls and agents to look at again
   */
  fold(fact: SwitchboardFact, now: number, toldAt = fact.at): { calls: string[]; agents: string[] } {
    const { revision, at } = fact
    if (this.#aside.size > 0 && CLOSES.has(fact.type)) this.closeAside(fact.stream)
    if (fact.type === 'SwitchboardActivated') {
      this.configuration = {
        state: configurationOf(fact.data as never, this.configuration.state),
        revision,
        lastAt: toldAt,
      }
      this.#nameAgents()
      this.matching.configure(this.configuration.state, at)
      // Every rule may be another one now.
      return { calls: [...this.#calls.keys()], agents: [...this.#shifts.keys()] }
    }
    if (fact.type === 'SwitchboardTakenOver') {
      this.owner = { state: ownerDecider.evolve(this.owner.state, fact as never), revision, lastAt: toldAt }
      return { calls: [], agents: [] }
    }
    if (fact.type === 'SwitchboardListsMended' || fact.type === 'QueueStarving' || fact.type === 'QueueStarvingEnded') {
      this.#noteFinding(fact)
      return { calls: [], agents: [] }
    }
    const data = fact.data as { callId?: string; agentId?: string; shiftId?: string }
    if (data.shiftId !== undefined) {
      const agentId = data.agentId!
      const before = this.#shifts.get(agentId)
      const number = shiftNumber(data.shiftId)
      if (before && number < before.number) return { calls: [], agents: [] }
      const state = shiftDecider.evolve(before?.number === number ? before.state : shiftDecider.initial, fact as never)
      this.#shifts.set(agentId, { state, revision, lastAt: toldAt, number })
      this.memory.rememberShift(fact as never, state.status === 'open' ? state : null)
      const calls = this.#indexShift(agentId, before?.state, state, now, at)
      const resumed =
        fact.type === 'AgentSignedIn' && before?.state.status === 'ended' && before.state.setAside
          ? this.#callsWith(agentId)
          : []
      return { calls: [...calls, ...resumed], agents: [agentId, ...this.#othersAtPhone(agentId, state)] }
    }
    const callId = data.callId!
    const before = this.#calls.get(callId)
    const state = callDecider.evolve(before?.state ?? callDecider.initial, fact as never)
    if (state.status === 'none') return { calls: [], agents: [] }
    this.#calls.set(callId, { state, revision, lastAt: toldAt, confirmed: before?.confirmed ?? -1 })
    this.#rememberCall(fact, before?.state, state)
    this.#indexCall(state, before?.state, now)
    return { calls: [callId], agents: [...this.engagedIn(callId)] }
  }

  /** Calls in which somebody talks still, although no shift of theirs says so. */
  #callsWith(agentId: string): string[] {
    const calls: string[] = []
    for (const { status, callId, legs } of this.calls()) {
      if (status === 'live' && Object.values(legs).some((leg) => leg.agentId === agentId && leg.state !== 'ended'))
        calls.push(callId)
    }
    return calls
  }

  /** Looks again whether an agent is free (a pause of his has ended, a match came to nothing). */
  refresh(agentId: string, now: number): void {
    const shift = this.shift(agentId)
    if (shift) this.matching.placeAgent(agentId, shift, unavailable(shift, now) === null, now)
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
    if (
      !call ||
      call.status !== 'ended' ||
      (call.setAside && !call.setAside.written) ||
      !legsAreOver(call) ||
      (this.#engaged.get(callId)?.size ?? 0) > 0
    )
      return false
    if (owedCallback(call, this.configuration.state)) return false
    const { revision, confirmed } = this.#calls.get(callId)!
    if (confirmed < revision) this.#forgotten.set(callId, revision)
    this.#calls.delete(callId)
    this.memory.forgetCaller(callId)
    this.#engaged.delete(callId)
    return true
  }

  // ── matching ───────────────────────────────────────────────────────────────────────────────────

  /** Callers and the agents whom they shall be offered to. Both are left alone until {@link settle}. */
  match(now: number): Match[] {
    return this.matching.match(now)
  }

  /** The match was carried out, or refused: the ledger speaks for both again. */
  settle(match: Pick<Match, 'callId' | 'agentId'>, now: number): void {
    this.matching.release(match.callId)
    this.matching.release(match.agentId)
    this.refreshCall(match.callId, now)
    this.refresh(match.agentId, now)
  }

  /** Has the agent been matched a moment ago? */
  isMatched(agentId: string): boolean {
    return this.matching.isMatched(agentId)
  }

  /** Takes an agent out of the lists until {@link settle}. */
  claim(agentId: string, now: number): void {
    this.matching.claim(agentId, now)
  }

  // ── snapshots ──────────────────────────────────────────────────────────────────────────────────

  snapshot(): SwitchboardSnapshot {
    const { configuration, owner, memory, matching } = this
    return {
      configuration,
      owner,
      calls: [...this.#calls],
      shifts: [...this.#shifts],
      memory: memory.snapshot(),
      absences: matching.absences(),
      aside: [...this.#aside.values()],
      starving: [...this.starving],
      mendings: this.mendings.snapshot(),
    }
  }

  restore(snapshot: SwitchboardSnapshot, now: number): void {
    this.configuration = { ...snapshot.configuration, state: revived(snapshot.configuration.state) }
    this.owner = snapshot.owner
    this.#nameAgents()
    this.memory.restore(snapshot.memory)
    for (const named of snapshot.aside ?? []) this.#aside.set(named.stream, named)
    for (const [agentId, known] of snapshot.shifts) {
      this.#shifts.set(agentId, known)
      this.#indexShift(agentId, undefined, known.state, now, now)
    }
    this.matching.configure(this.configuration.state, now)
    this.matching.restoreAbsences(snapshot.absences)
    this.mendings.restore(snapshot.mendings ?? [])
    for (const [queueCode, starving] of snapshot.starving ?? []) {
      this.starving.set(queueCode, starving)
      this.#findings.set(starving.stream, starving.revision)
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
    if (isFinding(id)) return this.#findings.get(stream) ?? -1
    return id === OWNER_ID ? this.owner.revision : this.configuration.revision
  }

  #nameAgents(): void {
    const agents = Object.values(this.configuration.state.agents)
    for (const agent of agents) this.#agentOfCode.set(agent.agentCode, agent.agentId)
    this.#ownerOfExtension = new Map(
      agents.flatMap(({ extension, agentId }) => (extension === null ? [] : [[extension, agentId] as const])),
    )
  }

  #noteFinding({ type, data, at, stream, revision }: SwitchboardFact): void {
    if (type === 'SwitchboardListsMended') this.mendings.note(data as never, at)
    const { queueCode, callId } = data as { queueCode: string; callId: string }
    if (type === 'QueueStarving') this.starving.set(queueCode, { stream, revision, callId })
    if (type === 'QueueStarvingEnded' && this.starving.get(queueCode)?.stream === stream)
      this.starving.delete(queueCode)
    this.#findings.delete(stream)
    this.#findings.set(stream, revision)
    if (this.#findings.size > MOST_FINDINGS) this.#findings.delete(this.#findings.keys().next().value!)
  }

  #indexCall(call: LiveCall, before: Call | undefined, now: number): void {
    const previous = before && before.status !== 'none' ? (before.queue?.queueCode ?? null) : null
    const queue = call.status === 'live' ? call.queue : null
    this.matching.placeCaller(call.callId, queue?.queueCode ?? null, previous, this.rankOf(call, now))
    this.#awaitBack(call, now)
  }

  /** A caller's rank in the line of their queue by state and time; null: no agent is looked for now. */
  rankOf(call: LiveCall, now: number): number | null {
    const queue = call.status === 'live' ? call.queue : null
    const answeredAt = queue && waitsSince(call)
    if (
      !queue ||
      answeredAt === null ||
      (queue.notBefore ?? 0) > now ||
      !this.#wantsAnother(call, queue.queueCode, now)
    )
      return null
    return callerRank(queue, this.configuration.state.queues[queue.queueCode]?.timeBase ?? 'queue', answeredAt)
  }

  /** Shall (another) agent be found for a caller? Not while one is rung, or reserved and about to be; unless the strategy rings more and more. */
  #wantsAnother(call: LiveCall, queueCode: string, now: number): boolean {
    const offers = Object.values(call.offers)
    if (offers.length > 0 && this.configuration.state.queues[queueCode]?.strategy !== 'ring-progressively') return false
    if (this.#areReserved(call, offers.length)) return false
    return offers.length === 0 || now >= Math.max(...offers.map((offer) => offer.offeredAt)) + PROGRESS_MS
  }

  /**
   * Are more than so many agents being rung for a call, or about to be? One whose ring is over holds the caller back no longer, even if
   * their shift does not say so yet. Counted no further than it takes: all of a queue may be rung, and each of them is asked for this.
   */
  #areReserved(call: LiveCall, moreThan: number): boolean {
    let reserved = 0
    for (const agentId of this.engagedIn(call.callId)) {
      const reservation = this.shift(agentId)?.reservation
      if (reservation?.callId === call.callId && !call.legs[reservation.legId]?.offerResult && ++reserved > moreThan)
        return true
    }
    return false
  }

  /**
   * Who comes back to the line in this very moment is in it before somebody else is given the agents: a ring whose time is over by the
   * clock, or a transfer that found nobody in time, is on its way to the ledger. Waited for a second at most.
   */
  #awaitBack(call: LiveCall, now: number): void {
    if (call.status !== 'live' || this.matching.isMatched(call.callId)) return
    const answeredAt = waitsSince(call)
    if (answeredAt === null) return
    const offers = Object.values(call.offers)
    if (call.queue) {
      if (offers.length === 0 || this.#areReserved(call, offers.length)) return
      const over = offers.every(({ deadline, legId }) => deadline <= now && call.legs[legId]?.answeredAt == null)
      const { queueCode } = call.queue
      const timeBase = this.configuration.state.queues[queueCode]?.timeBase ?? 'queue'
      if (over)
        this.matching.await(
          call.callId,
          queueCode,
          callerRank(call.queue, timeBase, answeredAt),
          Math.max(...offers.map(({ deadline }) => deadline)) + BACK_WITHIN_MS,
        )
      return
    }
    const { transferTo, lastQueueCode } = call
    if (!transferTo?.from || lastQueueCode === null || offers.length > 0 || now < transferTo.since + TRANSFER_MS) return
    const timeBase = this.configuration.state.queues[lastQueueCode]?.timeBase ?? 'queue'
    this.matching.await(
      call.callId,
      lastQueueCode,
      callerRank({ joinedAt: call.startedAt, priority: 0 }, timeBase, answeredAt),
      transferTo.since + TRANSFER_MS + BACK_WITHIN_MS,
    )
  }

  /** What queues remember of an event of a call. */
  #rememberCall(fact: SwitchboardFact, before: Call | undefined, after: LiveCall): void {
    if (before?.status !== 'live' || !before.queue) {
      if (fact.type === 'CallQueued' && (fact.data as { resumed: boolean }).resumed)
        this.memory.tookPlace(after.queue!.queueCode, after.number)
      return
    }
    if (after.queue?.segmentId === before.queue.segmentId) return
    const keepsPlace =
      fact.type === 'CallLeftQueue' &&
      (fact.data as { exit: string }).exit === 'abandoned' &&
      this.configuration.state.queues[before.queue.queueCode]?.resume.allowed
    this.memory.left(before, fact.at, keepsPlace === true)
  }

  #seat(agentId: string, before: Shift | undefined, open: OpenShift | null): void {
    const left = before?.status === 'open' ? before.extension : null
    const taken = open?.extension ?? null
    if (left !== null && left !== taken) {
      const there = this.#atExtension.get(left)
      there?.delete(agentId)
      if (there?.size === 0) this.#atExtension.delete(left)
    }
    if (taken === null) return
    const there = this.#atExtension.get(taken)
    if (there) there.add(agentId)
    else this.#atExtension.set(taken, new Set([agentId]))
  }

  #othersAtPhone(agentId: string, shift: Shift): string[] {
    const there =
      shift.status === 'open' && shift.extension !== null ? this.#atExtension.get(shift.extension) : undefined
    return there && there.size > 1 ? [...there].filter((other) => other !== agentId) : []
  }

  #indexShift(agentId: string, before: Shift | undefined, after: Shift, now: number, at: number): string[] {
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
    const open = after.status === 'open' ? after : null
    this.#seat(agentId, before, open)
    const toggled = this.matching.placeAgent(agentId, open, open !== null && unavailable(open, now) === null, at)
    // Where the last one left, or the first one came, the callers' deadlines are others now.
    for (const queueCode of toggled) for (const callId of this.matching.callersIn(queueCode)) touched.add(callId)
    for (const callId of touched) this.refreshCall(callId, now)
    return [...touched]
  }
}

/** Of two at one phone: who came to it first. */
function cameBefore(one: OpenShift, other: OpenShift): boolean {
  // Shifts in a snapshot from before this was kept.
  const [a, b] = [one.extensionSince ?? one.signedInAt, other.extensionSince ?? other.signedInAt]
  return a === b ? one.agentId < other.agentId : a < b
}

/** Calls that a shift is in, or reserved for. */
function engagements(shift: Shift | undefined): string[] {
  if (shift?.status !== 'open') return []
  const calls: string[] = []
  if (shift.reservation) calls.push(shift.reservation.callId)
  if (shift.engagement.kind === 'talking') calls.push(shift.engagement.callId)
  return calls
}
