/** What came of a transfer, for the phone that asked for it. */
import type { OfferFailure } from './events.ts'
import type { LiveCall } from './state.ts'

/**
 * A SIP status: 200 once the target has answered, or has taken the caller in (a queue, a menu, a box); else the one with which
 * they did not. Null: that is not known yet.
 * @param legId of the phone whose agent has transferred the call
 */
export function transferOutcome(call: LiveCall, legId: string): number | null {
  const { segments, outsideLegId, legs, blind } = call
  // Their part in the talk is not over yet.
  if (Object.values(segments).some((segment) => segment.legId === legId)) return null
  // A caller who was sent back may be served by now, but not by the party they were sent to.
  if (blind?.failure) {
    // Time was up; what their phone said meanwhile says more.
    const said = blind.failure === 'no_answer' ? Object.values(legs).findLast((leg) => leg.offerResult !== null) : null
    return statusOf(said?.offerResult ?? blind.failure)
  }
  if (Object.keys(segments).length > 0 || (outsideLegId && legs[outsideLegId]?.answeredAt != null)) return 200
  if (call.status === 'ended') return 487
  if (blind && !PARTIES.has(blind.to)) return 200
  const isSought =
    call.transferTo || call.sentOn || call.forwardTo || outsideLegId || Object.keys(call.offers).length > 0
  return isSought ? null : statusOf(null)
}

/** Other targets (queues, menus, boxes) take the caller in at once. */
const PARTIES: ReadonlySet<string> = new Set(['agent', 'extension', 'number'])

function statusOf(failure: OfferFailure | null): number {
  switch (failure) {
    case 'busy':
      return 486
    case 'refused':
      return 603
    case 'no_answer':
      return 408
    default:
      return 480
  }
}
