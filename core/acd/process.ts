/**
 * The process that owns a tenant's switchboard: folds the ledger, does what follows (`follow.ts`),
 * matches callers with agents, turns the network's reports into events, wakes at deadlines, snapshots
 * itself, and reconciles the ledger with what the network really holds.
 *
 * Everything it needs is handed in, so that it runs live, in a demo ten times as fast, and in a
 * simulation on a virtual clock, unchanged. Its own appends are folded as soon as the log has taken
 * them; the log gives them back later, and they are then no news.
 */
import { shiftDecider, type ShiftCommand } from '../agent/shift.ts'
import { callDecider, type CallCommand } from '../call/call.ts'
import type { Clock, Dice, NewId } from '../kernel/clock.ts'
import type { Codec } from '../kernel/codec.ts'
import type { Carried, CommandEnvelope, Commands } from '../kernel/command.ts'
import { tenantOf, type NewEvent, type Origin, type Position } from '../kernel/event.ts'
import type { EventLog } from '../kernel/log.ts'
import { isProblem, Problem } from '../kernel/problem.ts'
import type { LegEnd, Telephony, TelephonyReport } from '../telephony/port.ts'
import { followCall, settingsOf, type Step } from './follow.ts'
import { followShift } from './follow-shift.ts'
import { commandFor } from './reports.ts'
import type { Match } from './floor.ts'
import { Switchboard, type SwitchboardFact, type SwitchboardSnapshot } from './switchboard.ts'

/** Keeps a process's last snapshot; losing one costs only time. */
export interface SnapshotStore {
  load(name: string): Promise<{ position: Position; state: string } | null>
  save(name: string, position: Position, state: string): Promise<void>
}

/** What the process tells its operator. Never a personal value. */
export interface ProcessLog {
  warn(message: string, details: Record<string, unknown>): void
}

export interface SwitchboardDependencies {
  tenant: string
  log: EventLog
  codec: Codec
  commands: Commands
  telephony: Telephony
  clock: Clock
  dice: Dice
  newId: NewId
  snapshots: SnapshotStore
  notes: ProcessLog
  origin?: Origin
  /** Is told of every event after it was folded, live ones only. */
  onFact?: (fact: SwitchboardFact) => void
}

const CATEGORIES = ['call', 'shift', 'switchboard'] as const
const ACTOR = 'system:switchboard'
/** A command to the network is given up after this, and its leg taken for lost. */
const NETWORK_TIMEOUT_MS = 5_000
const NETWORK_ATTEMPTS = 3
const RETRY_MS = 500
/** How often the ledger is compared with the legs that really exist. */
const RECONCILE_EVERY_MS = 30_000
/** A leg this young may not have reached the network yet. */
const YOUNG_LEG_MS = 10_000
const SNAPSHOT_EVERY_EVENTS = 5_000
/** Entities looked at in one go, so that what is overdue after a take-over is spread out. */
const BATCH = 200
const LOST: LegEnd = { by: 'system', cause: 41, sip: null, reason: 'node_lost' }

export class SwitchboardProcess {
  readonly board: Switchboard
  readonly #with: SwitchboardDependencies
  readonly #dirtyCalls = new Set<string>()
  readonly #dirtyAgents = new Set<string>()
  /** Steps under way or done, by call or agent, so that each is done once. */
  readonly #keys = new Map<string, Set<string>>()
  /** What is under way for an entity: one thing after the other. */
  readonly #tails = new Map<string, Promise<void>>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #pending = new Set<{ then: () => void; cancel: () => void }>()
  readonly #wakes = new Map<string, { at: number; cancel: () => void }>()
  #position: Position | null = null
  #sinceSnapshot = 0
  #live = false
  #scheduled = false
  #stopped = false

  constructor(dependencies: SwitchboardDependencies) {
    this.#with = dependencies
    this.board = new Switchboard(dependencies.dice)
  }

  /** Where it has read the log to. */
  get position(): Position | null {
    return this.#position
  }

  /**
   * Runs until the signal aborts. Resolves after the last step under way has ended and a snapshot was taken.
   * @param onReady called once, when the ledger has been read to its end and reconciled
   */
  async run(signal: AbortSignal, onReady?: () => void): Promise<void> {
    const { log, telephony, clock, snapshots, tenant } = this.#with
    const kept = await snapshots.load(this.#name)
    if (kept) {
      this.board.restore(JSON.parse(kept.state) as SwitchboardSnapshot, clock.now())
      this.#position = kept.position
    }
    const reports = this.#readReports(telephony.reports(signal))
    let cancelReconcile = (): void => {}
    const reconcileAgain = (): void => {
      cancelReconcile = clock.at(clock.now() + RECONCILE_EVERY_MS, () => {
        this.#track(this.#reconcile(YOUNG_LEG_MS))
        reconcileAgain()
      })
    }
    try {
      for await (const page of log.subscribe(this.#position, { filter: { categories: CATEGORIES }, signal })) {
        const mine = page.events.filter(({ stream, revision }) => {
          if (tenantOf(stream) !== tenant) return false
          if (this.board.isNews(stream, revision)) return true
          this.board.confirm(stream, revision)
          return false
        })
        if (mine.length > 0) {
          const { events, failures } = await this.#with.codec.decode(mine)
          for (const { problem } of failures) this.#with.notes.warn('an event cannot be read', { code: problem.code, ...problem.details })
          for (const event of events) {
            // Our own append of a moment ago may have overtaken the decoding.
            if (this.board.isNews(event.stream, event.revision)) this.#fold(event as unknown as SwitchboardFact)
            this.board.confirm(event.stream, event.revision)
          }
        }
        this.#position = page.position
        this.#sinceSnapshot += page.events.length
        if (page.atHead && !this.#live) {
          await this.#reconcile(0)
          this.#live = true
          this.#touchAll()
          reconcileAgain()
          onReady?.()
        }
        if (this.#live) this.#schedule()
        else this.#forgetOver()
        if (this.#sinceSnapshot >= SNAPSHOT_EVERY_EVENTS && this.#live) await this.#snapshot()
      }
    } finally {
      this.#stopped = true
      cancelReconcile()
      for (const { cancel } of this.#wakes.values()) cancel()
      for (const { cancel, then } of this.#pending) {
        cancel()
        then()
      }
      await Promise.allSettled([...this.#underWay, reports])
      if (this.#position !== null && this.#live) await this.#snapshot()
    }
  }

  /**
   * Handles a command from outside at once and folds what came of it, in line with what the process itself does.
   * @throws Problem the refusal
   */
  async command(target: { callId: string; command: CallCommand } | { agentId: string; shiftId: string; command: ShiftCommand }, envelope: CommandEnvelope): Promise<Carried<NewEvent>> {
    const entity = 'callId' in target ? callKey(target.callId) : agentKey(target.agentId)
    return this.#inLine(entity, () => this.#carryOut(target, envelope))
  }

  // ── facts ──────────────────────────────────────────────────────────────────────────────────────

  #fold(fact: SwitchboardFact): void {
    const { calls, agents } = this.board.fold(fact, this.#with.clock.now())
    for (const callId of calls) this.#dirtyCalls.add(callId)
    for (const agentId of agents) this.#dirtyAgents.add(agentId)
    if (this.#live) this.#with.onFact?.(fact)
  }

  /** Folds an own append at once, if nothing is missing in between; else the log will bring it. */
  #foldOwn(carried: Carried<NewEvent>): void {
    const { events, answer, at, stream } = carried
    const first = answer.revision - events.length + 1
    if (events.length === 0 || !this.board.follows(stream, first)) return
    events.forEach((event, index) => this.#fold({ ...event, at, stream, revision: first + index } as unknown as SwitchboardFact))
    this.#schedule()
  }

  // ── what follows ───────────────────────────────────────────────────────────────────────────────

  #schedule(): void {
    if (this.#scheduled || this.#stopped || !this.#live) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      if (!this.#stopped) this.#work()
    })
  }

  #work(): void {
    const now = this.#with.clock.now()
    let looked = 0
    for (const callId of this.#dirtyCalls) {
      if (looked++ === BATCH) return this.#soon()
      this.#dirtyCalls.delete(callId)
      this.#lookAtCall(callId, now)
    }
    for (const agentId of this.#dirtyAgents) {
      if (looked++ === BATCH) return this.#soon()
      this.#dirtyAgents.delete(agentId)
      this.#lookAtAgent(agentId, now)
    }
    for (const match of this.board.match(now)) this.#offer(match, now)
  }

  #soon(): void {
    this.#with.clock.at(this.#with.clock.now() + 1, () => this.#schedule())
  }

  #lookAtCall(callId: string, now: number): void {
    const call = this.board.call(callId)
    if (!call) return
    const entity = callKey(callId)
    if (this.board.forgetWhenOver(callId)) {
      this.#keys.delete(entity)
      this.#unwake(entity)
      return
    }
    this.board.refreshCall(callId, now)
    const { steps, wakeAt } = followCall(call, this.board, now)
    for (const step of steps) this.#take(entity, step)
    this.#wakeAt(entity, wakeAt, () => this.#dirtyCalls.add(callId))
    this.#transfer(callId, now)
  }

  #lookAtAgent(agentId: string, now: number): void {
    const shift = this.board.shift(agentId)
    const entity = agentKey(agentId)
    if (!shift) {
      this.#keys.delete(entity)
      this.#unwake(entity)
      return
    }
    if (shift.engagement.kind === 'idle' && !shift.reservation && !this.#tails.has(entity)) this.#keys.delete(entity)
    const { steps, wakeAt } = followShift(shift, this.board, now)
    for (const step of steps) this.#take(entity, step)
    this.#wakeAt(entity, wakeAt, () => {
      this.board.refresh(agentId, this.#with.clock.now())
      this.#dirtyAgents.add(agentId)
    })
  }

  /** A matched agent is reserved; the offer follows from the reservation. */
  #offer(match: Match, now: number): void {
    const { callId, agentId, queueCode, decision } = match
    const { ringMs } = settingsOf(queueCode, agentId, this.board)
    this.#reserve(callId, agentId, queueCode, now + ringMs, decision, () => this.board.settle(match, this.#with.clock.now()))
  }

  /** A blind transfer to an agent who is free now. */
  #transfer(callId: string, now: number): void {
    const call = this.board.call(callId)
    if (call?.status !== 'live' || !call.transferTo || Object.keys(call.offers).length > 0) return
    const agentId = this.board.agentOfCode(call.transferTo.agentCode)
    if (!agentId || !this.board.shift(agentId) || this.board.isMatched(agentId)) return
    this.board.claim(agentId)
    const again = (): void => this.board.settle({ callId, agentId }, this.#with.clock.now())
    this.#reserve(callId, agentId, null, now + 20_000, null, again)
  }

  #reserve(callId: string, agentId: string, queueCode: string | null, deadline: number, decision: Extract<ShiftCommand, { do: 'reserve' }>['decision'], settle: () => void): void {
    const shift = this.board.shift(agentId)
    if (!shift) return settle()
    const offerId = this.#with.newId(this.#with.clock.now())
    const command: ShiftCommand = { do: 'reserve', offerId, callId, legId: `${offerId}:leg`, queueCode, deadline, direction: 'inbound', decision }
    const reserved = this.#inLine(agentKey(agentId), async () => {
      try {
        await this.#carryOut({ agentId, shiftId: shift.shiftId, command }, this.#envelope(`${offerId}:reserve`, callId))
      } catch (error) {
        if (!isProblem(error)) throw error
        // What we knew of him was out of date: the log brings the rest before anybody tries again.
        await this.#pause(RETRY_MS)
      } finally {
        settle()
        this.#schedule()
      }
    })
    this.#track(reserved)
  }

  // ── doing ──────────────────────────────────────────────────────────────────────────────────────

  /** Does a step unless it was done. A step that failed in passing is tried again when it still follows. */
  #take(entity: string, step: Step): void {
    let keys = this.#keys.get(entity)
    if (!keys) this.#keys.set(entity, (keys = new Set()))
    if (keys.has(step.key)) return
    keys.add(step.key)
    // An agent's reservation may ask for something to be done to the call.
    const target = step.to === 'shift' ? agentKey(step.agentId) : callKey(step.callId)
    const forget = (): void => {
      this.#keys.get(entity)?.delete(step.key)
      this.#look(entity)
    }
    const done = step.to === 'network' ? this.#network(step, forget) : this.#inLine(target, () => this.#do(step, forget))
    this.#track(done)
  }

  async #do(step: Exclude<Step, { to: 'network' }>, forget: () => void): Promise<void> {
    const correlation = step.to === 'call' ? step.callId : 'callId' in step.command ? step.command.callId : null
    try {
      const target = step.to === 'call' ? { callId: step.callId, command: step.command } : { agentId: step.agentId, shiftId: step.shiftId, command: step.command }
      await this.#carryOut(target, this.#envelope(step.key, correlation))
    } catch (error) {
      if (!isProblem(error)) throw error
      // Refused: the state has moved on, and what follows from the new one will be asked for anew.
      const passing = error.code.startsWith('log.') || error.code.startsWith('key.')
      if (passing) this.#with.notes.warn('a step failed and will be tried again', { step: step.key, code: error.code })
      await this.#pause(RETRY_MS)
      forget()
    }
  }

  async #network(step: Extract<Step, { to: 'network' }>, forget: () => void): Promise<void> {
    const { telephony, tenant } = this.#with
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#within(telephony.command(step.key, tenant, step.command), step.key)
        // A hang-up is only over when the network has said so; it is repeated if that never comes.
        if (step.command.do === 'hang_up') {
          this.#later(NETWORK_TIMEOUT_MS, () => {
            const leg = this.board.call(step.callId)?.legs[step.legId]
            if (leg && leg.state !== 'ended') forget()
          })
        }
        return
      } catch (error) {
        if (this.#stopped) return
        const gone = isProblem(error, 'telephony.no_leg')
        if (!gone && attempt < NETWORK_ATTEMPTS) {
          await this.#pause(RETRY_MS)
          continue
        }
        // A party who has hung up in the same moment is nothing to speak of.
        if (!gone) this.#with.notes.warn('the network did not do it', { step: step.key, do: step.command.do, code: isProblem(error) ? error.code : String(error) })
        await this.#legEnded(step.callId, step.legId, { by: 'network', cause: 41, sip: null, reason: 'unreachable' })
        return
      }
    }
  }

  async #carryOut(target: { callId: string; command: CallCommand } | { agentId: string; shiftId: string; command: ShiftCommand }, envelope: CommandEnvelope): Promise<Carried<NewEvent>> {
    const { commands } = this.#with
    let carried: Carried<NewEvent>
    if ('callId' in target) {
      carried = await commands.carryOut(callDecider, target.callId, target.command, envelope, this.board.knownCall(target.callId))
    } else {
      const known = this.board.knownShift(target.agentId)
      const same = known && `${target.agentId}-${known.number}` === target.shiftId ? known : undefined
      carried = await commands.carryOut(shiftDecider, target.shiftId, target.command, envelope, same)
    }
    this.#foldOwn(carried)
    return carried
  }

  /** One thing after the other for an entity, whatever became of the one before. */
  #inLine<T>(entity: string, body: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(entity)
    const mine = before ? before.then(body, body) : body()
    const tail = mine.then(noop, noop)
    this.#tails.set(entity, tail)
    void tail.then(() => {
      if (this.#tails.get(entity) !== tail) return
      this.#tails.delete(entity)
      this.#look(entity)
    })
    return mine
  }

  #look(entity: string): void {
    const id = entity.slice(2)
    ;(entity.startsWith('c:') ? this.#dirtyCalls : this.#dirtyAgents).add(id)
    this.#schedule()
  }

  #track(work: Promise<unknown>): void {
    const tracked: Promise<void> = work.then(noop, (error: unknown) => {
      this.#with.notes.warn('a step broke', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    })
    this.#underWay.add(tracked)
    void tracked.then(() => this.#underWay.delete(tracked))
  }

  // ── reports of the network ─────────────────────────────────────────────────────────────────────

  async #readReports(reports: AsyncIterable<TelephonyReport>): Promise<void> {
    for await (const report of reports) {
      if (report.tenant !== this.#with.tenant) continue
      if ('callId' in report) this.#track(this.#inLine(callKey(report.callId), () => this.#report(report)))
      else if ('extension' in report) this.#registration(report.extension, report.what === 'registered', report.at)
    }
  }

  /** A report becomes an event; when the log is away it waits, and is appended with its own time. */
  async #report(report: Extract<TelephonyReport, { callId: string }>): Promise<void> {
    const { callId, legId } = report
    const command = commandFor(report, this.board)
    if (!command) return
    const key = report.what === 'digit' ? `${legId}:digit:${report.at}` : `${legId}:${report.what}`
    for (;;) {
      try {
        await this.#carryOut({ callId, command }, { ...this.#envelope(key, callId), at: report.at, actor: report.what === 'incoming' ? 'caller' : ACTOR })
        return
      } catch (error) {
        if (!isProblem(error)) throw error
        if (error.code === 'call.unknown' || error.code === 'call.ended') return
        if (report.what === 'incoming') {
          // Nothing was acknowledged, so nothing is lost: the caller hears 503 and may try again.
          this.#with.notes.warn('a call was refused', { call: callId, code: error.code })
          const end: LegEnd = { by: 'system', cause: 41, sip: 503, reason: 'refused' }
          await this.#within(this.#with.telephony.command(`${legId}:refuse`, this.#with.tenant, { do: 'hang_up', legId, end }), legId).catch(noop)
          return
        }
        if (!error.code.startsWith('log.') || this.#stopped) throw error
        await this.#pause(RETRY_MS)
      }
    }
  }

  #registration(extension: string, registered: boolean, at: number): void {
    const agentId = this.board.agentOfExtension(extension)
    const shift = agentId ? this.board.shift(agentId) : null
    if (!agentId || !shift || shift.extension !== extension) return
    const envelope = { ...this.#envelope(`${shift.shiftId}:phone:${registered}:${at}`, null), at }
    this.#track(this.#inLine(agentKey(agentId), () => this.#carryOut({ agentId, shiftId: shift.shiftId, command: { do: 'phone', registered } }, envelope)))
  }

  // ── the network's truth ────────────────────────────────────────────────────────────────────────

  /**
   * Compares the ledger with the legs that exist: what the ledger has and the network has not is ended
   * (a lost BYE, a node that died), what the network has and the ledger has not is hung up.
   */
  async #reconcile(youngerThanMs: number): Promise<void> {
    const { telephony, clock, tenant } = this.#with
    const legs = await this.#within(telephony.legs(), 'legs')
    const existing = new Map(legs.filter((leg) => leg.tenant === tenant).map((leg) => [leg.legId, leg]))
    const before = clock.now() - youngerThanMs
    for (const call of this.board.calls()) {
      for (const leg of Object.values(call.legs)) {
        if (leg.state !== 'ended' && !existing.has(leg.legId) && leg.since <= before) await this.#legEnded(call.callId, leg.legId, LOST)
      }
    }
    for (const { legId, callId, since } of existing.values()) {
      if (this.board.call(callId)?.legs[legId] || since > before) continue
      await this.#within(telephony.command(`${legId}:orphan`, tenant, { do: 'hang_up', legId, end: LOST }), legId).catch(noop)
    }
  }

  async #legEnded(callId: string, legId: string, end: LegEnd): Promise<void> {
    const envelope = this.#envelope(`${legId}:ended`, callId)
    try {
      await this.#inLine(callKey(callId), () => this.#carryOut({ callId, command: { do: 'leg_ended', legId, end } }, envelope))
    } catch (error) {
      if (!isProblem(error)) throw error
      this.#with.notes.warn('a lost leg could not be closed yet', { leg: legId, code: error.code })
    }
  }

  // ── small things ───────────────────────────────────────────────────────────────────────────────

  get #name(): string {
    return `switchboard-${this.#with.tenant}`
  }

  #envelope(key: string, correlation: string | null): CommandEnvelope {
    return { tenant: this.#with.tenant, commandId: key, actor: ACTOR, origin: this.#with.origin ?? 'live', correlation, causation: key }
  }

  #touchAll(): void {
    for (const { callId } of this.board.calls()) this.#dirtyCalls.add(callId)
    for (const { agentId } of this.board.shifts()) this.#dirtyAgents.add(agentId)
  }

  /** While the past is read: calls that are over need not be remembered. */
  #forgetOver(): void {
    for (const callId of this.#dirtyCalls) this.board.forgetWhenOver(callId)
    this.#dirtyCalls.clear()
    this.#dirtyAgents.clear()
  }

  async #snapshot(): Promise<void> {
    this.#sinceSnapshot = 0
    try {
      await this.#with.snapshots.save(this.#name, this.#position!, JSON.stringify(this.board.snapshot()))
    } catch (error) {
      this.#with.notes.warn('no snapshot could be kept', { error: error instanceof Problem ? error.code : String(error) })
    }
  }

  #wakeAt(entity: string, at: number | null, then: () => void): void {
    const present = this.#wakes.get(entity)
    if (present && present.at === at) return
    present?.cancel()
    if (at === null) {
      this.#wakes.delete(entity)
      return
    }
    const cancel = this.#with.clock.at(at, () => {
      this.#wakes.delete(entity)
      then()
      this.#schedule()
    })
    this.#wakes.set(entity, { at, cancel })
  }

  #unwake(entity: string): void {
    this.#wakes.get(entity)?.cancel()
    this.#wakes.delete(entity)
  }

  /** Calls back after a while, or at once when the process stops. */
  #later(ms: number, then: () => void): void {
    if (this.#stopped) return then()
    const pending = {
      then,
      cancel: this.#with.clock.at(this.#with.clock.now() + ms, () => {
        this.#pending.delete(pending)
        then()
      }),
    }
    this.#pending.add(pending)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#later(ms, resolve))
  }

  /** The answer, or a problem when it does not come in time. */
  async #within<T>(answer: Promise<T>, what: string): Promise<T> {
    const { clock } = this.#with
    let cancel = (): void => {}
    const late = new Promise<never>((_, reject) => {
      cancel = clock.at(clock.now() + NETWORK_TIMEOUT_MS, () => reject(new Problem('telephony.unavailable', { reason: `no answer to ${what}` })))
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      cancel()
    }
  }
}

function callKey(callId: string): string {
  return `c:${callId}`
}

function agentKey(agentId: string): string {
  return `a:${agentId}`
}

function noop(): void {}
