/**
 * What the network reports of a call's legs: recorded in any state, at most once, even if it arrives late, doubled or
 * out of order.
 */
import type { Context } from '../kernel/decider.ts'
import { said } from '../ivr/menu.ts'
import type { LegEnd, LegPurpose } from '../telephony/port.ts'
import type { NetworkCommand } from './commands.ts'
import type { CallEvent, OfferFailure } from './events.ts'
import {
  answered,
  consultationEnded,
  heldBy,
  leftCall,
  leftQueue,
  offerEnded,
  partnerLeft,
  consultationDropped,
  resumed,
} from './decision-parts.ts'
import { leftIvr } from './ivr.ts'
import { announcing } from './announcement.ts'
import { goesOnBy } from './outside.ts'
import { saidBy } from './feature.ts'
import type { LiveCall, Segment } from './state.ts'
import { leftSurvey, surveyPromptOver } from './survey.ts'
import { leftVoicemail, promptOver } from './voicemail.ts'

export function decideNetwork(command: NetworkCommand, call: LiveCall, context: Context): CallEvent[] {
  const { callId } = call
  switch (command.do) {
    case 'prompt_played': {
      const { legId, media, complete } = command
      if (call.ivr) return legId === call.customerLegId ? said(call.ivr, media, complete, callId) : []
      if (call.status !== 'live') return []
      const ofCustomer = legId === call.customerLegId
      if (ofCustomer && call.voicemail?.says[0] === media) return promptOver(call, call.voicemail, complete)
      if (ofCustomer && call.survey?.says[0] === media) return surveyPromptOver(call, complete)
      const closed = call.closed && !call.closed.heard && call.closed.media === media
      if (closed || (legId === call.customerLegId && announcing(call, media)))
        return [{ type: 'PromptPlayed', data: { callId, legId, media, complete } }]
      // What was said may be somebody's number.
      const ofFeature = call.feature && !call.feature.heard && saidBy(call.feature) === media
      return ofFeature ? [{ type: 'PromptPlayed', data: { callId, legId, media: call.feature!.say, complete } }] : []
    }
    case 'feature_used': {
      const { do: _, ...used } = command
      return call.status === 'live' ? [{ type: 'FeatureUsed', data: { callId, ...used } }] : []
    }
    case 'leg_rang': {
      const leg = call.legs[command.legId]
      return leg?.state === 'dialled' ? [{ type: 'LegRinging', data: { callId, legId: leg.legId } }] : []
    }
    case 'leg_answered': {
      const leg = call.legs[command.legId]
      if (!leg || (leg.state !== 'dialled' && leg.state !== 'ringing')) return []
      const answered: CallEvent = { type: 'LegAnswered', data: { callId, legId: leg.legId } }
      if (call.consultation?.legId !== leg.legId) return [answered]
      return [answered, { type: 'ConsultationAnswered', data: { callId, legId: leg.legId } }]
    }
    case 'leg_ended':
      return legEnded(call, command, context)
    case 'bridged':
      return bridged(call, command.legId, context)
    case 'held_by_phone':
      return heldByPhone(call, command.legId, command.held)
    case 'digit':
      return call.legs[command.legId] && call.status === 'live'
        ? [{ type: 'LegDigit', data: { callId, legId: command.legId, digit: command.digit } }]
        : []
  }
}

/**
 * An agent put the customer on hold by a key of their phone, which is the same as the button on their desk. While they
 * consult somebody, or three talk, the phone's key is between the phone and its other party.
 */
function heldByPhone(call: LiveCall, legId: string, held: boolean): CallEvent[] {
  const { customerLegId } = call
  const segment = Object.values(call.segments).find((candidate) => candidate.legId === legId)
  const customer = customerLegId ? call.legs[customerLegId] : undefined
  if (call.status !== 'live' || !segment || !customer || call.consultation || call.threeWay) return []
  if (held) return customer.state === 'answered' ? [heldBy(call, segment)] : []
  return customer.state === 'held' ? [resumed(call, segment)] : []
}

function bridged(call: LiveCall, legId: string, context: Context): CallEvent[] {
  const leg = call.legs[legId]
  if (call.status !== 'live' || !leg || leg.state === 'ended' || leg.purpose !== 'agent') return []
  if (Object.values(call.segments).some((segment) => segment.legId === legId)) return []
  // Late or repeated: the offer is over, or the agent who placed the call has left it. Nobody joins a call twice on one leg.
  const expected = leg.offerId ? call.offers[leg.offerId] !== undefined : Object.keys(call.spent).length === 0
  if (!expected) return []
  const others = Object.values(call.offers).filter((offer) => offer.legId !== legId)
  return [...others.map((offer) => offerEnded(call.callId, offer, 'lost_race')), ...answered(call, legId, context)]
}

function legEnded(
  call: LiveCall,
  { legId, end, staysMs = 0 }: Extract<NetworkCommand, { do: 'leg_ended' }>,
  { at }: Context,
): CallEvent[] {
  const { callId } = call
  const leg = call.legs[legId]
  if (!leg || leg.state === 'ended') return []
  const events: CallEvent[] = [
    { type: 'LegEnded', data: { callId, legId, purpose: leg.purpose, agentId: leg.agentId, ...end } },
  ]
  if (call.status !== 'live') return events
  // The next gateway is tried.
  if (goesOnBy(call, leg, end) !== null) return events
  const segment = Object.values(call.segments).find((candidate) => candidate.legId === legId)
  switch (leg.purpose satisfies LegPurpose) {
    case 'customer':
      for (const offer of Object.values(call.offers)) events.push(offerEnded(callId, offer, 'caller_gone'))
      // A customer who is called back and does not answer has not abandoned anything.
      if (call.queue)
        events.push(
          leftQueue(
            call,
            (end.by === 'customer' || (end.by === 'agent' && leg.extension !== null)) &&
              !(call.placedBy && leg.answeredAt === null)
              ? 'abandoned'
              : 'failed',
            null,
            at,
          ),
        )
      events.push(
        ...leftIvr(call),
        ...leftVoicemail(call, at),
        ...leftSurvey(call, end.by === 'customer' ? 'hung_up' : 'failed'),
      )
      if (call.consultation) events.push(consultationEnded(call, 'dropped'))
      for (const talker of Object.values(call.segments)) events.push(leftCall(call, talker, end.by, at))
      for (const { supervisorCode, legId: ear } of Object.values(call.supervisors))
        events.push({ type: 'SupervisorLeft', data: { callId, supervisorCode, legId: ear } })
      events.push({ type: 'CallEnded', data: { callId, by: end.by, cause: end.cause, reason: end.reason } })
      return events
    case 'consultation':
      if (call.consultation?.legId === legId)
        events.push(consultationEnded(call, call.consultation.answered ? 'dropped' : 'not_reached'))
      if (segment)
        events.push(...partnerLeft(call, segment, end.by, at), ...waitsFor(call, segment, end, at + staysMs, at))
      return events
    case 'supervisor': {
      const present = call.supervisors[legId]
      if (present)
        events.push({ type: 'SupervisorLeft', data: { callId, supervisorCode: present.supervisorCode, legId } })
      if (segment) events.push(...partnerLeft(call, segment, end.by, at))
      return events
    }
    case 'agent':
    case 'robot': {
      const offer = leg.offerId ? call.offers[leg.offerId] : undefined
      if (offer) events.push(offerEnded(callId, offer, offerResult(end)))
      if (segment) {
        // The consulting agent leaves: the customer on hold has nobody left, so the call ends with the agent.
        events.push(...consultationDropped(call, segment.agentId))
        events.push(...partnerLeft(call, segment, end.by, at), ...waitsFor(call, segment, end, at + staysMs, at))
      }
      // A placed call whose customer was never dialled ends with the agent who asked for it.
      if (!call.customerLegId && !call.queue)
        events.push({ type: 'CallEnded', data: { callId, by: end.by, cause: end.cause, reason: end.reason } })
      return events
    }
  }
}

/** A phone that is gone has not hung up: its customer stays for as long as they may, unless somebody else talks to them. */
function waitsFor(call: LiveCall, segment: Segment, end: LegEnd, until: number, at: number): CallEvent[] {
  const { callId, customerLegId, segments, threeWay } = call
  const customer = customerLegId ? call.legs[customerLegId] : undefined
  const isThere = customer?.state === 'answered' || customer?.state === 'held'
  if (until <= at || !isGone(end) || !isThere || threeWay || Object.keys(segments).length > 1) return []
  const { agentId, agentCode, segmentId, legId } = segment
  const lost: CallEvent = { type: 'AgentPhoneLost', data: { callId, agentId, agentCode, segmentId, legId, until } }
  return customer.state === 'held' ? [resumed(call, null), lost] : [lost]
}

/** Has a phone gone that did not hang up? */
function isGone({ by, reason }: LegEnd): boolean {
  return by === 'network' && (reason === 'no_media' || reason === 'unreachable' || reason === 'unregistered')
}

/** The result of an offer whose leg ended before it was answered. */
export function offerResult(end: Pick<LegEnd, 'reason'>): OfferFailure {
  switch (end.reason) {
    case 'busy':
      return 'busy'
    case 'no_answer':
      return 'no_answer'
    case 'rejected':
    case 'refused':
      return 'refused'
    case 'unregistered':
      return 'unregistered'
    case 'cancelled':
      return 'withdrawn'
    default:
      return 'failed'
  }
}
