/**
 * Does the steps that follow from the state (`follow.ts`), each once under its key. A step that was
 * refused or failed in passing is forgotten after a moment: what follows from the state by then is
 * asked for anew.
 */
import { isProblem } from '../kernel/problem.ts'
import type { Step } from './follow.ts'
import { agentKey, callKey, NETWORK_TIMEOUT_MS, RETRY_MS, type Hands, type ProcessLog } from './hands.ts'
import type { Switchboard } from './switchboard.ts'

/** A command to the network is tried so often, then its leg is taken for lost. */
const NETWORK_ATTEMPTS = 3

export interface StepperDependencies {
  hands: Hands
  board: Switchboard
  notes: ProcessLog
  /** An entity has to be looked at again. */
  look: (entity: string) => void
}

export class Stepper {
  readonly #with: StepperDependencies
  /** Steps under way or done, by call or agent. */
  readonly #keys = new Map<string, Set<string>>()

  constructor(dependencies: StepperDependencies) {
    this.#with = dependencies
  }

  /** Does a step unless it was done. */
  take(entity: string, step: Step): void {
    let keys = this.#keys.get(entity)
    if (!keys) this.#keys.set(entity, (keys = new Set()))
    if (keys.has(step.key)) return
    keys.add(step.key)
    const { hands, look } = this.#with
    // An agent's reservation may ask for something to be done to the call.
    const target = step.to === 'shift' ? agentKey(step.agentId) : callKey(step.callId)
    const again = (): void => {
      this.#keys.get(entity)?.delete(step.key)
      look(entity)
    }
    hands.track(step.to === 'network' ? this.#network(step, again) : hands.inLine(target, () => this.#do(step, again)))
  }

  /** What was done for an entity need not be remembered any more. */
  forget(entity: string): void {
    this.#keys.delete(entity)
  }

  async #do(step: Exclude<Step, { to: 'network' }>, again: () => void): Promise<void> {
    const { hands, notes } = this.#with
    const correlation = step.to === 'call' ? step.callId : 'callId' in step.command ? step.command.callId : null
    try {
      const target = step.to === 'call' ? { callId: step.callId, command: step.command } : { agentId: step.agentId, shiftId: step.shiftId, command: step.command }
      await hands.carryOut(target, hands.envelope(step.key, correlation))
    } catch (error) {
      if (!isProblem(error)) throw error
      // Refused: the state has moved on, and what follows from the new one will be asked for anew.
      const passing = error.code.startsWith('log.') || error.code.startsWith('key.')
      if (passing) notes.warn('a step failed and will be tried again', { step: step.key, code: error.code })
      await hands.pause(RETRY_MS)
      again()
    }
  }

  async #network(step: Extract<Step, { to: 'network' }>, again: () => void): Promise<void> {
    const { hands, board, notes } = this.#with
    for (let attempt = 1; ; attempt++) {
      try {
        await hands.order(step.key, step.command)
        // A hang-up is only over when the network has said so; it is repeated if that never comes.
        if (step.command.do === 'hang_up') {
          hands.later(NETWORK_TIMEOUT_MS, () => {
            const leg = board.call(step.callId)?.legs[step.legId]
            if (leg && leg.state !== 'ended') again()
          })
        }
        return
      } catch (error) {
        if (hands.stopped) return
        const gone = isProblem(error, 'telephony.no_leg')
        if (!gone && attempt < NETWORK_ATTEMPTS) {
          await hands.pause(RETRY_MS)
          continue
        }
        // A party who has hung up in the same moment is nothing to speak of.
        if (!gone) notes.warn('the network did not do it', { step: step.key, do: step.command.do, code: isProblem(error) ? error.code : String(error) })
        await hands.legEnded(step.callId, step.legId, { by: 'network', cause: 41, sip: null, reason: 'unreachable' })
        return
      }
    }
  }
}
