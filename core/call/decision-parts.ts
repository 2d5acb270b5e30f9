/**
 * Parts shared by several decisions about a call: preconditions that refuse a command, and the events that more than
 * one of them writes.
 */
import type { Context } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import type { EndedBy } from '../telephony/port.ts'
import type { Queueing } from './commands.ts'
import type { CallEvent, Destination, OfferFailure, QueueExit } from './events.ts'
import { segmentDurations, type LiveCall, type Segment } from './state.ts'

/** A queue segment begins. */
export function queued(callId: string, queue: Queueing, { at, newId }: Context): CallEvent {
  const { joinedAt = at, resumed = false, callback = false, notBefore = null, ...rest } = queue
  return { type: 'CallQueued', data: { callId, segmentId: newId(), ...rest, joinedAt, resumed, callback, notBefore } }
}

/** @throws Problem `call.ended` */
export function live(call: LiveCall): LiveCall {
  if (call.status !== 'live') throw new Problem('call.ended', { call: call.callId })
  return call
}

/** @throws Problem `call.ended`, `call.not_waiting` */
export function inQueue(call: LiveCall): NonNullable<LiveCall['queue']> {
  const { queue } = live(call)
  if (!queue) throw new Problem('call.not_waiting', { call: call.callId })
  return queue
}

/** The agent’s part in the conversation. @throws Problem `call.ended`, `call.not_talking` */
export function talking(call: LiveCall, agentId: string): Segment {
  const segment = live(call).segments[agentId]
  if (!segment) throw new Problem('call.not_talking', { call: call.callId, agent: agentId })
  return segment
}

/** @throws Problem `call.ended` when there is none */
export function customerLeg(call: LiveCall): LiveCall['legs'][string] {
  const leg = call.customerLegId ? call.legs[call.customerLegId] : undefined
  if (!leg) throw new Problem('call.ended', { call: call.callId })
  return leg
}

export function offerEnded(callId: string, offer: LiveCall['offers'][string], result: OfferFailure): CallEvent {
  const { offerId, agentId, agentCode, queueCode } = offer
  return { type: 'OfferEnded', data: { callId, offerId, agentId, agentCode, queueCode, result } }
}

/** Open offers of a call that is going elsewhere. */
export function withdrawn(call: LiveCall): CallEvent[] {
  return Object.values(call.offers).map((offer) => offerEnded(call.callId, offer, 'withdrawn'))
}

export function leftQueue(call: LiveCall, exit: QueueExit, to: Destination | null, at: number): CallEvent {
  const { segmentId, queueCode, joinedAt } = call.queue!
  return {
    type: 'CallLeftQueue',
    data: { callId: call.callId, segmentId, queueCode, exit, waitMs: Math.max(0, at - joinedAt), to },
  }
}

export function leftCall(call: LiveCall, segment: Segment, by: EndedBy, at: number): CallEvent {
  const { agentId, agentCode, segmentId, queueCode } = segment
  return {
    type: 'AgentLeftCall',
    data: { callId: call.callId, agentId, agentCode, segmentId, queueCode, by, ...segmentDurations(segment, at) },
  }
}

export function consultationEnded(
  call: LiveCall,
  result: 'transferred' | 'joined' | 'dropped' | 'not_reached',
): CallEvent {
  return { type: 'ConsultationEnded', data: { callId: call.callId, legId: call.consultation!.legId, result } }
}

/** Ends the consultation of an agent who is now out of the call. */
export function consultationDropped(call: LiveCall, agentId: string): CallEvent[] {
  return call.consultation?.agentId === agentId ? [consultationEnded(call, 'dropped')] : []
}

/** The agent puts the customer on hold. */
export function heldBy({ callId, customerLegId }: LiveCall, { segmentId, agentId, agentCode }: Segment): CallEvent {
  return { type: 'LegHeld', data: { callId, legId: customerLegId!, segmentId, by: 'agent', agentId, agentCode } }
}

export function resumed(call: LiveCall, segment: Segment | null): CallEvent {
  const { agentId, agentCode, segmentId } = segment ?? { agentId: null, agentCode: null, segmentId: null }
  return {
    type: 'LegResumed',
    data: { callId: call.callId, legId: call.customerLegId!, segmentId, agentId, agentCode },
  }
}

/** A leg's party is now talking to the customer: their segment begins. */
export function answered(
  call: LiveCall,
  legId: string,
  { at, newId }: Context,
  who?: { agentId: string; agentCode: string },
): CallEvent[] {
  const leg = call.legs[legId]!
  const agentId = who?.agentId ?? leg.agentId
  const agentCode = who?.agentCode ?? leg.agentCode
  // An outside party talks too, but is no agent: they have a leg and no segment.
  if (!agentId || !agentCode) return []
  const offer = leg.offerId ? call.offers[leg.offerId] : undefined
  const queue = offer ? call.queue : null
  // While the agent's number is announced, the caller no longer waits for an agent.
  const waitedUntil = leg.announced && leg.answeredAt !== null ? leg.answeredAt : at
  return [
    {
      type: 'CallAnswered',
      data: {
        callId: call.callId,
        agentId,
        agentCode,
        segmentId: newId(),
        queueSegmentId: queue?.segmentId ?? null,
        legId,
        offerId: leg.offerId,
        queueCode: queue?.queueCode ?? (who || leg.purpose === 'consultation' ? call.lastQueueCode : null),
        waitMs: queue ? Math.max(0, waitedUntil - queue.joinedAt) : 0,
        ringMs: Math.max(0, (leg.answeredAt ?? at) - leg.since),
      },
    },
  ]
}

/** One of those talking to the customer is gone; a three-party talk becomes one of two. */
export function partnerLeft(call: LiveCall, segment: Segment, by: EndedBy, at: number): CallEvent[] {
  const left = leftCall(call, segment, by, at)
  return call.threeWay
    ? [left, { type: 'ThreeWayEnded', data: { callId: call.callId, legIds: [...call.threeWay] } }]
    : [left]
}
