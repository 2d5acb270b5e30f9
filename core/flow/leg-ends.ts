/** Hanging up a leg, and how a leg that the switchboard hangs up ends. */
import type { Leg } from '../call/state.ts'
import type { LegEnd } from '../telephony/port.ts'
import type { Steps } from './steps.ts'

export const COMPLETED: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
export const CANCELLED: LegEnd = { by: 'system', cause: 16, sip: 487, reason: 'cancelled' }
export const NO_ANSWER: LegEnd = { by: 'system', cause: 19, sip: 480, reason: 'no_answer' }

/** A call to the outside has lasted as long as any may. */
export const LIMIT: LegEnd = { by: 'system', cause: 31, sip: null, reason: 'limit' }

export function hangUp(steps: Steps, { legId }: Leg, end: LegEnd): void {
  steps.network('hang_up', legId, { do: 'hang_up', legId, end })
}
