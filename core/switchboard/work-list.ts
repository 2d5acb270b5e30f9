/**
 * What the switchboard has to look at: calls and agents that an event touched, and those whose deadline has passed
 * although nothing happened. It looks at them a batch at a time, hands what follows (`flow/`) to the stepper, and
 * matches callers with agents.
 *
 * A timer only brings a look about; what is due follows from the moment of the look. Each look covers everything that
 * is due by then, and puts everyone it covers where they belong at that moment. So a late timer delays, but decides
 * nothing.
 */
import { idOf } from '../kernel/event.ts'
import type { ShiftCommand } from '../agent/commands.ts'
import type { Clock, NewId } from '../kernel/clock.ts'
import { isProblem } from '../kernel/problem.ts'
import { followCall } from '../flow/follow-call.ts'
import { followShift } from '../flow/follow-shift.ts'
import { settingsOf } from '../flow/agent-settings.ts'
import type { Step } from '../flow/steps.ts'
import { RETRY_MS, type Executor, type ProcessLog } from './executor.ts'
import { RankedList } from '../kernel/ranked-list.ts'
import { agentEntity, callEntity, type Entity } from './entity.ts'
import type { Stepper } from './stepper.ts'
import type { Match } from '../acd/matching.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { Watch, WATCH_EVERY_MS } from './watch.ts'

/** How many entities are looked at in one go, so that what is overdue after a take-over is spread out. */
const BATCH = 200

export interface WorkListDependencies {
  switchboard: SwitchboardState
  executor: Executor
  stepper: Stepper
  notes: ProcessLog
  clock: Clock
  newId: NewId
  /** The epoch under which the switchboard is owned. */
  epoch: () => number
  /** How often the lists are checked against the state, ms; by default every second. */
  watchEveryMs?: number
}

export class WorkList {
  readonly #dependencies: WorkListDependencies
  /** Ids of what is to be looked at. */
  readonly #dirty = { call: new Set<string>(), agent: new Set<string>() }
  /** When to look at calls and agents although nothing happens. */
  readonly #deadlines = { call: new RankedList(), agent: new RankedList() }
  /** The timer for the earliest of them. */
  #alarm: { at: number; cancel: () => void } | null = null
  #awake = false
  #scheduled = false
  readonly #watch: Watch
  /** Callers and agents for whom a reservation is being written, and how many. */
  readonly #reserving = new Map<string, number>()
  /** The next round of the watch, whatever happens. */
  #round: { at: number; cancel: () => void } | null = null

  constructor(dependencies: WorkListDependencies) {
    this.#dependencies = dependencies
    this.#watch = new Watch({ ...dependencies, underWay: (id) => this.#reserving.has(id) })
  }

  /** From now on it acts on what it notes, beginning with a look at everything. */
  wake(): void {
    this.#awake = true
    const { switchboard } = this.#dependencies
    for (const { callId } of switchboard.calls()) this.#dirty.call.add(callId)
    for (const { agentId } of switchboard.shifts()) this.#dirty.agent.add(agentId)
    this.#watch.begin()
    this.#goRound()
    this.schedule()
  }

  /** It stops acting. */
  rest(): void {
    this.#awake = false
    this.#alarm?.cancel()
    this.#alarm = null
    this.#round?.cancel()
    this.#round = null
    this.#deadlines.call.clear()
    this.#deadlines.agent.clear()
  }

  /** Notes what a fact touched. */
  note(touched: { calls: readonly string[]; agents: readonly string[] }): void {
    for (const callId of touched.calls) this.#dirty.call.add(callId)
    for (const agentId of touched.agents) this.#dirty.agent.add(agentId)
  }

  /** Looks at an entity again, soon. */
  look(entity: Entity): void {
    this.#dirty[entity.kind].add(entity.id)
    this.schedule()
  }

  /** Looks at what was noted once everything already in progress has had its turn. */
  schedule(): void {
    if (this.#scheduled || !this.#awake) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      if (this.#awake) this.#work()
    })
  }

  /** Discards what was noted, and forgets the calls that are over: while the past is read, nothing follows from it. */
  pass(): void {
    for (const callId of this.#dirty.call) this.#dependencies.switchboard.forgetWhenOver(callId)
    this.#dirty.call.clear()
    this.#dirty.agent.clear()
  }

  #work(): void {
    const now = this.#dependencies.clock.now()
    this.#noteDue('call', now)
    this.#noteDue('agent', now)
    let looked = 0
    for (const callId of this.#dirty.call) {
      if (looked++ === BATCH) return this.#soon()
      this.#dirty.call.delete(callId)
      this.#lookAtCall(callId, now)
    }
    for (const agentId of this.#dirty.agent) {
      if (looked++ === BATCH) return this.#soon()
      this.#dirty.agent.delete(agentId)
      this.#lookAtAgent(agentId, now)
    }
    this.#matchAll(now)
    if (this.#round && this.#round.at <= now) {
      this.#goRound()
      // What the watch corrected is matched at once.
      if (this.#watch.look(now)) this.#matchAll(now)
    }
    this.#setAlarm()
  }

  /** Notes whose deadline has passed. */
  #noteDue(kind: Entity['kind'], now: number): void {
    const deadlines = this.#deadlines[kind]
    for (let first = deadlines.head(); first && first.rank <= now; first = deadlines.head()) {
      deadlines.remove(first.id)
      this.#dirty[kind].add(first.id)
    }
  }

  #matchAll(now: number): void {
    for (const match of this.#dependencies.switchboard.match(now)) this.#offer(match, now)
  }

  /**
   * Periodically everything that is due is looked at, whatever became of its timer, and the lists are checked against
   * the state.
   */
  #goRound(): void {
    const { clock, watchEveryMs = WATCH_EVERY_MS } = this.#dependencies
    this.#round?.cancel()
    const at = clock.now() + watchEveryMs
    this.#round = { at, cancel: clock.at(at, () => this.schedule()) }
  }

  #soon(): void {
    const { clock } = this.#dependencies
    clock.at(clock.now() + 1, () => this.schedule())
  }

  #lookAtCall(callId: string, now: number): void {
    const { switchboard, stepper } = this.#dependencies
    const call = switchboard.call(callId)
    if (!call) return
    const entity = callEntity(callId)
    if (switchboard.forgetWhenOver(callId)) {
      stepper.forget(entity)
      this.#deadlines[entity.kind].remove(entity.id)
      return
    }
    switchboard.refreshCall(callId, now)
    const { steps, wakeAt } = followCall(call, switchboard, now)
    for (const step of steps) stepper.take(entity, step)
    this.#wakeAt(entity, wakeAt)
    this.#transfer(callId, now)
  }

  #lookAtAgent(agentId: string, now: number): void {
    const { switchboard, executor, stepper } = this.#dependencies
    const shift = switchboard.shift(agentId)
    const entity = agentEntity(agentId)
    const aside = switchboard.asideShifts(agentId)
    if (!shift && aside.length === 0) stepper.forget(entity)
    for (const { stream, revision } of aside) stepper.take(entity, setAsideStep(agentId, stream, revision, switchboard))
    if (!shift) {
      this.#deadlines[entity.kind].remove(entity.id)
      return
    }
    // A pause may have ended meanwhile: that frees an agent, and no event says so.
    switchboard.refresh(agentId, now)
    if (shift.engagement.kind === 'idle' && !shift.reservation && !shift.longSignIn && !executor.busy(entity))
      stepper.forget(entity)
    const { steps, wakeAt } = followShift(shift, switchboard, now)
    for (const step of steps) stepper.take(entity, step)
    this.#wakeAt(entity, wakeAt)
  }

  /** Reserves a matched agent; the offer follows from the reservation. */
  #offer(match: Match, now: number): void {
    const { switchboard, clock } = this.#dependencies
    const { callId, agentId, queueCode, decision } = match
    const { ringMs } = settingsOf(queueCode, agentId, switchboard)
    this.#reserve(callId, agentId, queueCode, now + ringMs, decision, () => switchboard.settle(match, clock.now()))
  }

  /** A blind transfer to an agent who is free now. */
  #transfer(callId: string, now: number): void {
    const { switchboard, clock } = this.#dependencies
    const call = switchboard.call(callId)
    // One who is waited for is reserved as they leave the talk (`follow-shift.ts`).
    if (
      call?.status !== 'live' ||
      !call.transferTo ||
      call.transferTo.until !== undefined ||
      Object.keys(call.offers).length > 0
    )
      return
    const agentId = switchboard.agentOfCode(call.transferTo.agentCode)
    if (!agentId || !switchboard.shift(agentId) || switchboard.isMatched(agentId)) return
    switchboard.claim(agentId, now)
    const settle = (): void => {
      switchboard.settle({ callId, agentId }, clock.now())
      // The agent may have become free meanwhile.
      this.look(callEntity(callId))
    }
    this.#reserve(callId, agentId, null, now + settingsOf(null, agentId, switchboard).ringMs, null, settle)
  }

  #reserve(
    callId: string,
    agentId: string,
    queueCode: string | null,
    deadline: number,
    decision: Extract<ShiftCommand, { do: 'reserve' }>['decision'],
    settle: () => void,
  ): void {
    const { switchboard, executor, clock, newId, epoch } = this.#dependencies
    const shift = switchboard.shift(agentId)
    if (!shift) return settle()
    const offerId = newId(clock.now())
    for (const id of [callId, agentId]) this.#reserving.set(id, (this.#reserving.get(id) ?? 0) + 1)
    const command: ShiftCommand = {
      do: 'reserve',
      offerId,
      callId,
      legId: `${offerId}:leg`,
      queueCode,
      deadline,
      direction: 'inbound',
      decision,
      epoch: epoch(),
    }
    const reserved = executor.inLine(agentEntity(agentId), async () => {
      try {
        await executor.carryOut(
          { agentId, shiftId: shift.shiftId, command },
          executor.envelope(`${offerId}:reserve`, callId),
        )
      } catch (error) {
        if (!isProblem(error)) throw error
        // What we knew of the agent was out of date: the log brings the rest before anybody tries again.
        await executor.pause(RETRY_MS)
      } finally {
        for (const id of [callId, agentId]) this.#written(id)
        settle()
        this.schedule()
      }
    })
    executor.track(reserved)
  }

  #written(id: string): void {
    const others = this.#reserving.get(id)! - 1
    if (others > 0) this.#reserving.set(id, others)
    else this.#reserving.delete(id)
  }

  #wakeAt(entity: Entity, at: number | null): void {
    if (at === null) this.#deadlines[entity.kind].remove(entity.id)
    else this.#deadlines[entity.kind].put(entity.id, at)
  }

  /** One timer, for the earliest deadline of all. */
  #setAlarm(): void {
    const first = Math.min(
      this.#deadlines.call.head()?.rank ?? Infinity,
      this.#deadlines.agent.head()?.rank ?? Infinity,
    )
    const at = first === Infinity ? undefined : first
    if (at === this.#alarm?.at) return
    this.#alarm?.cancel()
    this.#alarm = null
    if (at === undefined) return
    const cancel = this.#dependencies.clock.at(at, () => {
      this.#alarm = null
      this.schedule()
    })
    this.#alarm = { at, cancel }
  }
}

/** Records that a shift is over, because one of its events cannot be read. */
function setAsideStep(agentId: string, stream: string, revision: number, switchboard: SwitchboardState): Step {
  const shiftId = idOf(stream)
  const agentCode = switchboard.configuration.state.agents[agentId]?.agentCode ?? agentId.slice(0, 64)
  return {
    to: 'shift',
    key: `${shiftId}:set_aside:${revision}`,
    agentId,
    shiftId,
    command: { do: 'set_aside', shiftId, agentCode },
  }
}
