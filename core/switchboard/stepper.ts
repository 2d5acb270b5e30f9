/**
 * Carries out the steps that follow from the state (`flow/`), each once under its key. A step that was refused, or failed
 * for a passing reason, is forgotten after a moment, and whatever follows from the state by then is done instead. The same
 * goes for an order that the network accepted and of which nothing ever came.
 */
import { isProblem } from '../kernel/problem.ts'
import type { LegCommand, LegEnd } from '../telephony/port.ts'
import type { Step } from '../flow/steps.ts'
import { noop, RETRY_MS, type Executor, type ProcessLog } from './executor.ts'
import { agentEntity, callEntity, EntityMap, type Entity } from './entity.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

/** How often a command to the network is tried before it is given up. */
const NETWORK_ATTEMPTS = 3
/** Of these only a report of the leg says that they were carried out, unless they begin an agent's segment. */
const REPORTED: ReadonlySet<LegCommand['do']> = new Set(['bridge', 'hold', 'resume'])
/** Without these a party would wait for ever, so when one fails its leg is given up. */
const CONNECTS: ReadonlySet<LegCommand['do']> = new Set(['answer', 'dial', 'bridge'])
const UNREACHABLE: LegEnd = { by: 'network', cause: 41, sip: 480, reason: 'unreachable' }

export interface StepperDependencies {
  executor: Executor
  switchboard: SwitchboardState
  notes: ProcessLog
  /** Asks for another look at an entity. */
  look: (entity: Entity) => void
}

type Order = Extract<Step, { to: 'network' }>

interface Accepted {
  step: Order
  again: () => void
  /** How often it had been reported where its leg is before it was given. */
  placedBefore: number
}

export class Stepper {
  readonly #dependencies: StepperDependencies
  /** Steps that were begun, by call or agent. */
  readonly #begun = new EntityMap<Map<string, { times: number; again: boolean }>>()
  /** Orders that the network accepted before the last review, and since then; what came of them has not been checked yet. */
  #unreviewed: Accepted[] = []
  #taken: Accepted[] = []
  /** How often the network has said where a leg of a call is, and with whom or what it was connected last. */
  readonly #placed = new EntityMap<Map<string, { times: number; to: string | null }>>()

  constructor(dependencies: StepperDependencies) {
    this.#dependencies = dependencies
  }

  /** Carries out a step, unless that was done before. */
  take(entity: Entity, step: Step): void {
    let begun = this.#begun.get(entity)
    if (!begun) this.#begun.set(entity, (begun = new Map()))
    const before = begun.get(step.key)
    if (before && !before.again) return
    const present = { times: (before?.times ?? 0) + 1, again: false }
    begun.set(step.key, present)
    const { executor, switchboard, look } = this.#dependencies
    const again = (): void => {
      present.again = true
      look(entity)
    }
    // The ledger will show it a moment later; until then the gateway must not be given to others.
    if (
      step.to === 'call' &&
      (step.command.do === 'dial_customer' || step.command.do === 'forward') &&
      step.command.way
    )
      switchboard.trunks.promise(step.callId, step.command.way.gateway, executor.now)
    executor.track(
      step.to === 'network'
        ? this.#order(step, present.times, again)
        : executor.inLine(entityOf(step), () => this.#do(step, again)),
    )
  }

  /** Forgets what was done for an entity. */
  forget(entity: Entity): void {
    this.#begun.delete(entity)
    this.#placed.delete(entity)
  }

  /** The network says that a leg of a call is connected with somebody, or on hold. */
  placed(callId: string, legId: string, to: string | null): void {
    const entity = callEntity(callId)
    let legs = this.#placed.get(entity)
    if (!legs) this.#placed.set(entity, (legs = new Map()))
    legs.set(legId, { times: (legs.get(legId)?.times ?? 0) + 1, to })
  }

  /** Forgets everything: another process owns the switchboard. */
  forgetAll(): void {
    this.#begun.clear()
    this.#placed.clear()
    this.#unreviewed = []
    this.#taken = []
  }

  /**
   * Checks the orders that the network accepted some time ago: if nothing came of one, it is given again if it still
   * follows. Call it periodically.
   */
  review(): void {
    const due = this.#unreviewed
    this.#unreviewed = this.#taken
    this.#taken = []
    for (const accepted of due) if (this.#isOutstanding(accepted)) accepted.again()
  }

  async #do(step: Exclude<Step, Order>, again: () => void): Promise<void> {
    const { executor, notes } = this.#dependencies
    const correlation = step.to === 'call' ? step.callId : 'callId' in step.command ? step.command.callId : null
    try {
      const target =
        step.to === 'call'
          ? { callId: step.callId, command: step.command }
          : { agentId: step.agentId, shiftId: step.shiftId, command: step.command }
      await executor.carryOut(target, executor.envelope(step.key, correlation))
    } catch (error) {
      if (!isProblem(error)) throw error
      // Refused: the state has moved on, and the next look finds what follows from the new one.
      const passing = error.code.startsWith('log.') || error.code.startsWith('key.')
      if (passing) notes.warn('a step failed and will be tried again', { step: step.key, code: error.code })
      await executor.pause(RETRY_MS)
      again()
    }
  }

  async #order(step: Order, times: number, again: () => void): Promise<void> {
    const { executor, switchboard, notes } = this.#dependencies
    const { command, owner, legId } = step
    // The network carries out a command id once; to repeat it, it needs another id.
    const commandId = times === 1 ? step.key : `${step.key}:${times}`
    const accepted = { step, again, placedBefore: this.#placedLegs(step)?.get(step.legId)?.times ?? 0 }
    for (let attempt = 1; ; attempt++) {
      try {
        await executor.order(commandId, command)
        this.#taken.push(accepted)
        return
      } catch (error) {
        if (executor.stopped || !executor.mayAct) return
        if (isProblem(error, 'telephony.no_leg')) {
          // It may be another leg than the step's own: the one that it should have been connected with.
          const named = String(error.details['leg'])
          const gone = switchboard.call(owner)?.legs[named] ? named : legId
          // A party who hung up at the same moment is not worth a warning.
          await executor.legEnded(owner, gone, UNREACHABLE)
          return
        }
        if (attempt < NETWORK_ATTEMPTS) {
          await executor.pause(RETRY_MS)
          continue
        }
        notes.warn('the network did not do it', {
          step: step.key,
          do: command.do,
          code: isProblem(error) ? error.code : String(error),
        })
        // A prompt or music that failed costs nobody their call. A leg that cannot be hung up is tried again.
        if (!CONNECTS.has(command.do)) return void this.#taken.push(accepted)
        await executor.legEnded(owner, legId, UNREACHABLE)
        await executor.order(`${commandId}:given_up`, { do: 'hang_up', legId, end: UNREACHABLE }).catch(noop)
        return
      }
    }
  }

  #placedLegs({ owner }: Order): ReadonlyMap<string, { times: number; to: string | null }> | undefined {
    return this.#placed.get(callEntity(owner))
  }

  /** Has nothing come of an accepted order so far? Answered from the ledger, or else from what was reported of its leg. */
  #isOutstanding({ step, placedBefore }: Accepted): boolean {
    const { command, owner, legId } = step
    const call = this.#dependencies.switchboard.call(owner)
    const leg = call?.legs[legId]
    if (command.do === 'deliver_recording') return call?.recordings?.[command.recordingId]?.result === null
    if (!call || !leg || leg.state === 'ended') return false
    if (command.do === 'answer') return leg.state === 'ringing'
    if (command.do === 'hang_up') return true
    if (command.do === 'conference')
      return command.legIds.some(
        (id) => call.legs[id]?.state !== 'ended' && this.#placedLegs(step)?.get(id)?.to !== command.conferenceId,
      )
    if (!REPORTED.has(command.do)) return false
    if (command.do === 'bridge' && leg.purpose === 'agent' && leg.agentId !== null)
      return Object.values(call.segments).every((segment) => segment.legId !== legId)
    return (this.#placedLegs(step)?.get(legId)?.times ?? 0) === placedBefore
  }
}

/** Whom a step is for. It need not be whom it follows for: an agent's reservation asks for something to be done to the call. */
function entityOf(step: Exclude<Step, Order>): Entity {
  return step.to === 'shift' ? agentEntity(step.agentId) : callEntity(step.callId)
}
