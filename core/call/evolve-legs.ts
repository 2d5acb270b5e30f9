/** What events do to the legs of a call, and to the hold of its customer. Pure. */
import type { LegEnd, LegPurpose } from '../telephony/port.ts'
import { goesOnBy } from './outside.ts'
import type { Leg, LiveCall, Segment } from './state.ts'

export function newLeg(legId: string, purpose: LegPurpose, at: number): Leg {
  return {
    legId,
    purpose,
    agentId: null,
    agentCode: null,
    extension: null,
    number: null,
    offerId: null,
    state: 'dialled',
    holds: 0,
    offerResult: null,
    since: at,
    answeredAt: null,
  }
}

export function withLeg(call: LiveCall, legId: string, change: Partial<Leg>): LiveCall {
  const leg = call.legs[legId]
  return leg ? { ...call, legs: { ...call.legs, [legId]: { ...leg, ...change } } } : call
}

/** Hold belongs to the customer: it counts for everyone who was talking to them. */
export function withHold(call: LiveCall, at: number, held: boolean): LiveCall {
  const segments: Record<string, Segment> = {}
  for (const [agentId, segment] of Object.entries(call.segments)) {
    if (held) segments[agentId] = { ...segment, heldSince: segment.heldSince ?? at }
    else if (segment.heldSince === null) segments[agentId] = segment
    else
      segments[agentId] = { ...segment, heldMs: segment.heldMs + Math.max(0, at - segment.heldSince), heldSince: null }
  }
  return { ...call, segments }
}

export function legEnded(
  call: LiveCall,
  legId: string,
  end: Omit<LegEnd, 'sip'> & { sip: number | null },
  at: number,
): LiveCall {
  const { by, cause, reason } = end
  const leg = call.legs[legId]
  const ended = withLeg(call, legId, { state: 'ended' })
  const leaving = { by, cause, reason }
  // The next gateway is tried.
  if (leg && goesOnBy(call, leg, end) !== null) {
    return call.outsideLegId === legId
      ? { ...ended, outsideLegId: null, forwardTo: { extension: null, number: leg.number, since: at } }
      : { ...ended, customerLegId: null }
  }
  if (call.outsideLegId === legId) return { ...ended, outsideLegId: null, leaving }
  // The agent who placed the call hung up: before the other side answered, or on a phone at which nobody is signed in.
  return call.placedBy?.legId === legId && Object.keys(call.segments).length === 0 ? { ...ended, leaving } : ended
}

export function without<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  const { [key]: _, ...rest } = record
  return rest
}
