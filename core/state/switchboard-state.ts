/**
 * Everything a tenant's switchboard knows of its calls, shifts and configuration, folded from the ledger by the same
 * `evolve` as the deciders use, with the lists from which callers and agents are matched. Mutable and single-threaded;
 * `flow/` says what should happen next, `switchboard/` does it.
 */
import { owedCallback } from '../acd/callback.ts'
import { Matching, type Match } from '../acd/matching.ts'
import { Memory, type MemorySnapshot } from '../acd/memory.ts'
import { shiftDecider } from '../agent/shift.ts'
import { unavailable, unreadShift, type OpenShift, type Shift } from '../agent/state.ts'
import { callDecider } from '../call/call.ts'
import { unreadCall } from '../call/evolve-end.ts'
import { legsAreOver, type Call, type LiveCall } from '../call/state.ts'
import {
  configurationDecider,
  configurationOf,
  noConfiguration,
  revived,
  type Configuration,
} from '../configuration/configuration.ts'
import { noOwner, ownerDecider, type Owner } from '../configuration/ownership.ts'
import type { Mending } from '../findings/mendings.ts'
import type { Dice } from '../kernel/clock.ts'
import type { KnownStream } from '../kernel/command.ts'
import type { Unread } from '../kernel/unread.ts'
import { isUnsettled } from '../recording/state.ts'
import { AsideStreams, CLOSES, closesItself, type AsideStream } from './aside.ts'
import { Engagements } from './engagements.ts'
import { KnownCalls, type KnownCall } from './known-calls.ts'
import { KnownFindings, type Starving } from './known-findings.ts'
import { KnownNetwork, type KnownNetworkSnapshot } from './known-network.ts'
import { cameBefore, Phones } from './phones.ts'
import { comingBack, rankInLine } from './place-in-line.ts'
import { subjectOf } from './subject.ts'
import { Trunks } from './trunks.ts'
import type { SwitchboardFact } from './switchboard-fact.ts'

type KnownShift = KnownStream<Shift> & {
  /** 1 for the agent's first shift, 2 for the second. */
  number: number
}

/** What must be looked at again, by id. */
export interface Touched {
  calls: readonly string[]
  agents: readonly string[]
}

const NOTHING: Touched = { calls: [], agents: [] }

/** Contents of a snapshot. Plain JSON. */
export interface SwitchboardSnapshot {
  configuration: KnownStream<Configuration>
  owner: KnownStream<Owner>
  calls: [string, KnownStream<Call>][]
  shifts: [string, KnownShift][]
  memory: MemorySnapshot
  /** Since when nobody has been signed in, by queue. */
  absences: [string, number][]
  /** Streams that were set aside; absent in snapshots of earlier versions. */
  aside?: AsideStream[]
  /** Queues that starve; absent in snapshots of earlier versions. */
  starving?: [string, Starving][]
  /** Lists that had to be corrected; absent in snapshots of earlier versions. */
  mendings?: Mending[]
  /** Gateways and registered phones; absent in snapshots of earlier versions. */
  network?: KnownNetworkSnapshot
}

export class SwitchboardState {
  configuration: KnownStream<Configuration> = { state: noConfiguration, revision: -1, lastAt: 0 }
  /** Who owns it, according to the ledger. */
  owner: KnownStream<Owner> = { state: noOwner, revision: -1, lastAt: 0 }
  readonly #calls = new KnownCalls()
  /** The last shift of every agent, by agent id. */
  readonly #shifts = new Map<string, KnownShift>()
  readonly #agentOfCode = new Map<string, string>()
  readonly phones = new Phones()
  /** Gateways and registered phones, according to the ledger. */
  readonly network = new KnownNetwork()
  readonly trunks = new Trunks()
  readonly memory = new Memory()
  readonly matching: Matching
  readonly #aside = new AsideStreams()
  readonly #findings = new KnownFindings()
  readonly #engagements = new Engagements()

  constructor(dice: Dice) {
    const lookup = {
      settings: () => this.configuration.state,
      call: (callId: string) => this.call(callId),
      shift: (agentId: string) => this.shift(agentId),
    }
    this.matching = new Matching(lookup, this.memory, dice)
  }

  // ── reading ────────────────────────────────────────────────────────────────────────────────────

  call(callId: string): LiveCall | null {
    return this.#calls.live(callId)
  }

  knownCall(callId: string): KnownCall | undefined {
    return this.#calls.get(callId)
  }

  shift(agentId: string): OpenShift | null {
    const state = this.#shifts.get(agentId)?.state
    return state?.status === 'open' ? state : null
  }

  knownShift(agentId: string): KnownShift | undefined {
    return this.#shifts.get(agentId)
  }

  agentOfCode(code: string): string | null {
    return this.#agentOfCode.get(code) ?? null
  }

  /**
   * Who is signed in at a phone. Two agents who came to it at the same moment are both there until the later one is signed
   * out again (`flow/follow-shift.ts`). No log compares two streams, so the owner of the switchboard decides it here.
   */
  agentOfExtension(extension: string): string | null {
    let first: OpenShift | null = null
    for (const agentId of this.phones.agentsAt(extension)) {
      const shift = this.shift(agentId)
      if (shift && (first === null || cameBefore(shift, first))) first = shift
    }
    return first?.agentId ?? null
  }

  /** The agent to whom a phone is configured. */
  ownerOfExtension(extension: string): string | null {
    return this.phones.ownerOf(extension)
  }

  /** Queues that starve, according to the ledger. */
  get starving(): ReadonlyMap<string, Starving> {
    return this.#findings.starving
  }

  /** What was wrong in the lists, according to the ledger. */
  get mendings(): KnownFindings['mendings'] {
    return this.#findings.mendings
  }

  calls(): Iterable<LiveCall> {
    return this.#calls.allLive()
  }

  *shifts(): Iterable<OpenShift> {
    for (const { state } of this.#shifts.values()) if (state.status === 'open') yield state
  }

  /** Agents who are in a call or reserved for it. */
  engagedIn(callId: string): Iterable<string> {
    return this.#engagements.of(callId)
  }

  // ── set aside ──────────────────────────────────────────────────────────────────────────────────

  /** Streams with an event that cannot be read, the latest last. */
  get aside(): readonly AsideStream[] {
    return this.#aside.list()
  }

  /** The shifts of an agent that still have to be closed because of such an event. */
  asideShifts(agentId: string): AsideStream[] {
    return this.#aside.openShiftsOf(agentId)
  }

  /**
   * A new event cannot be read: whatever it is about counts as over, and the last readable configuration stays in
   * force.
   * @param toldAt its `at` as written in the ledger
   */
  setAside(unread: Unread, now: number, toldAt = unread.at): Touched {
    const { stream, revision } = unread
    const subject = subjectOf(stream)
    switch (subject.kind) {
      case 'call':
        return this.#setCallAside(subject.callId, unread, now, toldAt)
      case 'shift':
        return this.#setShiftAside(subject, unread, now, toldAt)
      case 'finding':
        this.#findings.setAside(stream, revision)
        return NOTHING
      case 'network':
        this.network.setAside(stream, revision, toldAt)
        return NOTHING
      case 'owner':
        this.#aside.add(unread, closesItself(stream))
        this.owner = { state: ownerDecider.unread!(this.owner.state, unread), revision, lastAt: toldAt }
        return NOTHING
      case 'configuration': {
        this.#aside.add(unread, closesItself(stream))
        const state = configurationDecider.unread!(this.configuration.state, unread)
        this.configuration = { state, revision, lastAt: toldAt }
        return NOTHING
      }
      case 'other':
        return NOTHING
    }
  }

  #setCallAside(callId: string, unread: Unread, now: number, toldAt: number): Touched {
    const { revision } = unread
    const before = this.#calls.get(callId)
    // It was over, and is forgotten.
    if (!before && revision > 0) return NOTHING
    const state = unreadCall(before?.state ?? callDecider.initial, unread)
    const agents = [...this.engagedIn(callId)]
    const lastAt = Math.max(before?.lastAt ?? 0, toldAt)
    this.#calls.put(callId, { state, revision, lastAt })
    if (state.status === 'none' || before?.state === state) return NOTHING
    this.#aside.add(unread, false)
    if (before?.state.status === 'live' && before.state.queue) this.memory.left(before.state, unread.at, false)
    this.#indexCall(state, before?.state, now)
    return { calls: [callId], agents }
  }

  #setShiftAside(
    { agentId, number }: { agentId: string; number: number },
    unread: Unread,
    now: number,
    toldAt: number,
  ): Touched {
    const before = this.#shifts.get(agentId)
    if (before && number < before.number) return NOTHING
    const known = before?.number === number ? before.state : shiftDecider.initial
    const state = unreadShift(known, unread)
    const lastAt = Math.max(before?.lastAt ?? 0, toldAt)
    this.#shifts.set(agentId, { state, revision: unread.revision, lastAt, number })
    if (state === known) return NOTHING
    this.#aside.add(unread, false)
    return { calls: this.#indexShift(agentId, before?.state, state, now, unread.at), agents: [agentId] }
  }

  /** What the stream was about is closed. */
  closeAside(stream: string): void {
    this.#aside.close(stream)
  }

  // ── folding ────────────────────────────────────────────────────────────────────────────────────

  /** Is this event new to us? Our own appends were folded before the log returned them. */
  isNews(stream: string, revision: number): boolean {
    return revision > this.#revisionOf(stream)
  }

  /** The log has returned an event. */
  confirm(stream: string, revision: number): void {
    const subject = subjectOf(stream)
    if (subject.kind === 'call') this.#calls.confirm(subject.callId, revision)
  }

  /** Would folding an event at this revision leave a gap? Then we have to wait for the log. */
  follows(stream: string, revision: number): boolean {
    return revision === this.#revisionOf(stream) + 1
  }

  /**
   * Folds a new event.
   * @param toldAt its `at` as written in the ledger, which is later than that of an event whose moment was corrected
   * (`kernel/ahead.ts`)
   */
  fold(fact: SwitchboardFact, now: number, toldAt = fact.at): Touched {
    const { stream, revision, at } = fact
    if (CLOSES.has(fact.type)) this.#aside.close(stream)
    const subject = subjectOf(stream)
    switch (subject.kind) {
      case 'call':
        return this.#foldCall(subject.callId, fact, now, toldAt)
      case 'shift':
        return this.#foldShift(subject, fact, now, toldAt)
      case 'configuration':
        this.configuration = {
          state: configurationOf(fact.data as never, this.configuration.state),
          revision,
          lastAt: toldAt,
        }
        for (const gateway of (fact.data as { gone?: { gateways: string[] } }).gone?.gateways ?? []) {
          this.network.forgetGateway(gateway)
          this.#gatewayTurned({ gateway, up: true })
        }
        this.#nameAgents()
        this.matching.configure(this.configuration.state, at)
        // Any rule may have changed.
        return { calls: this.#calls.ids(), agents: [...this.#shifts.keys()] }
      case 'owner':
        this.owner = { state: ownerDecider.evolve(this.owner.state, fact as never), revision, lastAt: toldAt }
        return NOTHING
      case 'finding':
        this.#findings.fold(fact)
        return NOTHING
      case 'network':
        this.network.fold(fact, toldAt)
        if (fact.type === 'GatewayStateChanged') this.#gatewayTurned(fact.data as { gateway: string; up: boolean })
        return NOTHING
      case 'other':
        return NOTHING
    }
  }

  #foldShift(
    { agentId, number }: { agentId: string; number: number },
    fact: SwitchboardFact,
    now: number,
    toldAt: number,
  ): Touched {
    const { revision, at } = fact
    const before = this.#shifts.get(agentId)
    if (before && number < before.number) return NOTHING
    const state = shiftDecider.evolve(before?.number === number ? before.state : shiftDecider.initial, fact as never)
    this.#shifts.set(agentId, { state, revision, lastAt: toldAt, number })
    this.memory.rememberShift(fact as never, state.status === 'open' ? state : null)
    const calls = this.#indexShift(agentId, before?.state, state, now, at)
    const resumed =
      fact.type === 'AgentSignedIn' && before?.state.status === 'ended' && before.state.setAside
        ? this.#callsWith(agentId)
        : []
    return { calls: [...calls, ...resumed], agents: [agentId, ...this.phones.othersAt(agentId, state)] }
  }

  #foldCall(callId: string, fact: SwitchboardFact, now: number, toldAt: number): Touched {
    const before = this.#calls.get(callId)
    const state = callDecider.evolve(before?.state ?? callDecider.initial, fact as never)
    if (state.status === 'none') return NOTHING
    this.#calls.put(callId, { state, revision: fact.revision, lastAt: toldAt })
    this.memory.rememberCall(fact, before?.state, state, (code) => this.#allowsResuming(code))
    this.trunks.fold(fact)
    this.#indexCall(state, before?.state, now)
    return { calls: [callId], agents: [...this.engagedIn(callId)] }
  }

  #gatewayTurned({ gateway, up }: { gateway: string; up: boolean }): void {
    this.trunks.report(gateway, up)
  }

  /** Calls in which an agent is still talking, although none of their shifts says so. */
  #callsWith(agentId: string): string[] {
    const calls: string[] = []
    for (const { status, callId, legs } of this.calls()) {
      if (status === 'live' && Object.values(legs).some((leg) => leg.agentId === agentId && leg.state !== 'ended'))
        calls.push(callId)
    }
    return calls
  }

  /** Checks again whether an agent is free (a pause has ended, a match failed). */
  refresh(agentId: string, now: number): void {
    const shift = this.shift(agentId)
    if (shift) this.matching.placeAgent(agentId, shift, unavailable(shift, now) === null, now)
  }

  /** Checks again whether a caller needs an agent, or one more. */
  refreshCall(callId: string, now: number): void {
    const call = this.call(callId)
    if (call) this.#indexCall(call, call, now)
  }

  /**
   * Forgets a call that is over and that nobody is in any longer. True if it was forgotten. If its last events are our
   * own and the log has yet to return them, its revision is kept until then.
   */
  forgetWhenOver(callId: string): boolean {
    const call = this.call(callId)
    if (
      !call ||
      call.status !== 'ended' ||
      (call.setAside && !call.setAside.written) ||
      !legsAreOver(call) ||
      isUnsettled(call.recordings) ||
      this.#engagements.isAnybodyIn(callId)
    )
      return false
    if (owedCallback(call, this.configuration.state)) return false
    this.#calls.forget(callId)
    this.memory.forgetCaller(callId)
    this.#engagements.forget(callId)
    return true
  }

  // ── matching ───────────────────────────────────────────────────────────────────────────────────

  /** Callers and the agents they are to be offered to. Both are left alone until {@link settle}. */
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

  /** Was the agent matched a moment ago? */
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
      calls: this.#calls.snapshot(),
      shifts: [...this.#shifts],
      memory: memory.snapshot(),
      absences: matching.absences(),
      aside: this.#aside.list(),
      starving: [...this.starving],
      mendings: this.mendings.snapshot(),
      network: this.network.snapshot(),
    }
  }

  restore(snapshot: SwitchboardSnapshot, now: number): void {
    this.configuration = { ...snapshot.configuration, state: revived(snapshot.configuration.state) }
    this.owner = snapshot.owner
    this.#nameAgents()
    this.memory.restore(snapshot.memory)
    this.#aside.restore(snapshot.aside ?? [])
    for (const [agentId, known] of snapshot.shifts) {
      this.#shifts.set(agentId, known)
      this.#indexShift(agentId, undefined, known.state, now, now)
    }
    this.matching.configure(this.configuration.state, now)
    this.matching.restoreAbsences(snapshot.absences)
    this.#findings.restore(snapshot.starving ?? [], snapshot.mendings ?? [])
    this.network.restore(snapshot.network ?? { gateways: [], phones: [] })
    for (const [gateway, { up }] of this.network.gateways()) this.#gatewayTurned({ gateway, up })
    this.#calls.restore(snapshot.calls)
    for (const call of this.calls()) {
      this.#indexCall(call, undefined, now)
      this.trunks.restore(call)
    }
  }

  // ── lists ──────────────────────────────────────────────────────────────────────────────────────

  #revisionOf(stream: string): number {
    const subject = subjectOf(stream)
    switch (subject.kind) {
      case 'call':
        return this.#calls.revisionOf(subject.callId)
      case 'shift': {
        const known = this.#shifts.get(subject.agentId)
        if (!known || subject.number > known.number) return -1
        return subject.number === known.number ? known.revision : Number.MAX_SAFE_INTEGER
      }
      case 'finding':
        return this.#findings.revisionOf(stream)
      case 'network':
        return this.network.revisionOf(stream)
      case 'owner':
        return this.owner.revision
      case 'configuration':
        return this.configuration.revision
      case 'other':
        return Number.MAX_SAFE_INTEGER
    }
  }

  #nameAgents(): void {
    const agents = Object.values(this.configuration.state.agents)
    for (const agent of agents) this.#agentOfCode.set(agent.agentCode, agent.agentId)
    this.phones.configure(agents)
  }

  #indexCall(call: LiveCall, before: Call | undefined, now: number): void {
    const previous = before && before.status !== 'none' ? (before.queue?.queueCode ?? null) : null
    const queue = call.status === 'live' ? call.queue : null
    // A caller who is matched stays out of the lists, whatever their rank would be.
    const matched = this.matching.isMatched(call.callId)
    this.matching.placeCaller(call.callId, queue?.queueCode ?? null, previous, matched ? null : this.rankOf(call, now))
    const back = matched ? null : comingBack(call, this, now)
    if (back) this.matching.await(call.callId, back.queueCode, back.rank, back.until)
  }

  /** A caller's rank in the line of their queue, by state and time; null: no agent is needed now. */
  rankOf(call: LiveCall, now: number): number | null {
    return rankInLine(call, this, now)
  }

  /** Whether callers who hang up keep their place in a queue for a while. */
  #allowsResuming(queueCode: string): boolean {
    return this.configuration.state.queues[queueCode]?.resume.allowed === true
  }

  #indexShift(agentId: string, before: Shift | undefined, after: Shift, now: number, at: number): string[] {
    const touched = new Set(this.#engagements.update(agentId, before, after))
    const open = after.status === 'open' ? after : null
    this.phones.seat(agentId, before, open)
    const toggled = this.matching.placeAgent(agentId, open, open !== null && unavailable(open, now) === null, at)
    // Where the last agent left or the first one came, the callers' deadlines have changed.
    for (const queueCode of toggled) for (const callId of this.matching.callersIn(queueCode)) touched.add(callId)
    for (const callId of touched) this.refreshCall(callId, now)
    return [...touched]
  }
}
