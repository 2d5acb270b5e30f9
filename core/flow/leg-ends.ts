/** Hanging up a leg, and how a leg that the switchboard hangs up ends. */
import type { Leg } from '../call/state.ts'
import type { RejectReason } from '../call/events.ts'
import type { LegEnd } from '../telephony/port.ts'
import type { Steps } from './steps.ts'

export const COMPLETED: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
export const CANCELLED: LegEnd = { by: 'system', cause: 16, sip: 487, reason: 'cancelled' }
export const NO_ANSWER: LegEnd = { by: 'system', cause: 19, sip: 480, reason: 'no_answer' }

/** A call to the outside has lasted as long as any may. */
export const LIMIT: LegEnd = { by: 'system', cause: 31, sip: null, reason: 'limit' }

/** What a caller is told who is refused: SIP status, and Q.850 cause. */
export function refusedFor(reason: RejectReason): LegEnd {
  const [cause, sip] = refusals[reason] ?? [21, 403]
  return { by: 'system', cause, sip, reason: 'refused' }
}

const refusals: Partial<Record<RejectReason, readonly [cause: number, sip: number]>> = {
  no_route: [3, 404],
  no_target: [3, 404],
  no_gateway: [34, 503],
  not_eligible: [20, 480],
  too_many_calls: [42, 503],
  no_media: [41, 503],
  overload: [42, 503],
}

export function hangUp(steps: Steps, { legId }: Leg, end: LegEnd): void {
  steps.network('hang_up', legId, { do: 'hang_up', legId, end })
}
