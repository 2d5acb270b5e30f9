/**
 * What agents ask for in a call: hold, consult, transfer, join, and what remains to be done once they have left.
 * Refused when it does not fit.
 */
import type { Context } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import type { AgentCommand, Routed } from './commands.ts'
import type { CallEvent, Destination } from './events.ts'
import {
  answered,
  consultationEnded,
  customerLeg,
  heldBy,
  leftCall,
  live,
  queued,
  resumed,
  talking,
} from './decision-parts.ts'
import { routedTo } from './routed.ts'
import type { Leg, LiveCall, Segment } from './state.ts'

export function decideAgent(command: AgentCommand, call: LiveCall, context: Context): CallEvent[] {
  const { callId } = call
  switch (command.do) {
    case 'hold': {
      const segment = talking(call, command.agentId)
      const leg = customerLeg(call)
      if (leg.state === 'held') throw new Problem('call.held', { call: callId })
      return [heldBy(call, segment)]
    }
    case 'resume': {
      const segment = talking(call, command.agentId)
      if (customerLeg(call).state !== 'held') throw new Problem('call.not_held', { call: callId })
      const dropped = call.consultation ? [consultationEnded(call, 'dropped')] : []
      return [...dropped, resumed(call, segment)]
    }
    case 'transfer_to_queue': {
      const segment = talking(call, command.agentId)
      const to: Destination = { kind: 'queue', code: command.queue.queueCode, number: null }
      return [...handedOn(call, segment, 'blind', to, context.at), queued(callId, command.queue, context)]
    }
    case 'transfer_to_agent': {
      const segment = talking(call, command.agentId)
      return handedOn(call, segment, 'blind', { kind: 'agent', code: command.toAgentCode, number: null }, context.at)
    }
    case 'transfer_to_party': {
      const segment = talking(call, command.agentId)
      const to = destinationOf(command.routed.to)
      return [...handedOn(call, segment, 'blind', to, context.at), ...routedTo(callId, command.routed, context)]
    }
    case 'consult': {
      const segment = talking(call, command.agentId)
      if (call.consultation) throw new Problem('call.consulting', { call: callId })
      const { agentId, agentCode, segmentId } = segment
      const hold = customerLeg(call).state === 'held' ? [] : [heldBy(call, segment)]
      const { to, legId, offerId } = command
      const third = { agentId: null, agentCode: null, extension: null, number: null, ...to }
      const where: Destination = partyOf(third)
      return [
        ...hold,
        { type: 'ConsultationStarted', data: { callId, agentId, agentCode, segmentId, legId, to: where } },
        {
          type: 'LegDialled',
          data: { callId, legId, purpose: 'consultation', ...third, offerId, gateway: null, callerNumber: null },
        },
      ]
    }
    case 'end_consultation': {
      if (!live(call).consultation) throw new Problem('call.not_consulting', { call: callId })
      return [consultationEnded(call, 'dropped')]
    }
    case 'hand_over': {
      const segment = talking(call, command.agentId)
      const third = consulted(call)
      return [
        ...handedOn(call, segment, 'attended', partyOf(third), context.at),
        consultationEnded(call, 'transferred'),
        ...answered(call, third.legId, context),
        resumed(call, null),
      ]
    }
    case 'hand_over_to':
      return handedOverTo(call, command, context)
    case 'join': {
      const segment = talking(call, command.agentId)
      const third = consulted(call)
      const legIds = [customerLeg(call).legId, segment.legId, third.legId]
      const { agentId, agentCode } = segment
      return [
        consultationEnded(call, 'joined'),
        ...answered(call, third.legId, context),
        resumed(call, segment),
        { type: 'ThreeWayStarted', data: { callId, agentId, agentCode, legIds } },
      ]
    }
    case 'note': {
      const { do: _, ...note } = command
      return [{ type: 'CallNoted', data: { callId, ...note } }]
    }
  }
}

/**
 * An agent consulted somebody in a call of its own (by the second line of their phone), and now connects the two: what
 * follows is written as if they had consulted them in this call.
 */
function handedOverTo(
  call: LiveCall,
  { agentId, legId, onLegId, party }: Extract<AgentCommand, { do: 'hand_over_to' }>,
  context: Context,
): CallEvent[] {
  const { callId } = call
  const segment = talking(call, agentId)
  if (call.consultation) throw new Problem('call.consulting', { call: callId })
  const { agentCode, segmentId } = segment
  const to = partyOf(party)
  const dialled = {
    legId,
    purpose: 'consultation' as const,
    ...party,
    offerId: null,
    gateway: null,
    callerNumber: null,
  }
  const there: Leg = {
    ...dialled,
    state: 'answered',
    holds: 0,
    offerResult: null,
    since: context.at,
    answeredAt: context.at,
  }
  return [
    ...(customerLeg(call).state === 'held' ? [] : [heldBy(call, segment)]),
    { type: 'ConsultationStarted', data: { callId, agentId, agentCode, segmentId, legId, to } },
    { type: 'LegDialled', data: { callId, ...dialled, onLegId } },
    { type: 'LegAnswered', data: { callId, legId } },
    { type: 'ConsultationAnswered', data: { callId, legId } },
    ...handedOn(call, segment, 'attended', to, context.at),
    { type: 'ConsultationEnded', data: { callId, legId, result: 'transferred' } },
    ...answered({ ...call, legs: { ...call.legs, [legId]: there } }, legId, context),
    resumed(call, null),
  ]
}

function consulted(call: LiveCall): Leg {
  const { consultation } = live(call)
  const leg = consultation?.answered ? call.legs[consultation.legId] : undefined
  if (!leg) throw new Problem('call.not_consulting', { call: call.callId })
  return leg
}

/** A party of a call, as its events name whom a call goes to. */
function partyOf({ agentCode, extension, number }: Pick<Leg, 'agentCode' | 'extension' | 'number'>): Destination {
  if (agentCode !== null) return { kind: 'agent', code: agentCode, number: null }
  return number !== null
    ? { kind: 'number', code: '', number }
    : { kind: 'extension', code: extension ?? '', number: null }
}

/** @throws Problem `call.refused`: nobody is transferred there */
function destinationOf(to: Routed['to']): Destination {
  switch (to.kind) {
    case 'outside':
      return { kind: 'number', code: '', number: to.outside.number }
    case 'queue':
      return { kind: 'queue', code: to.queue.queueCode, number: null }
    case 'closed':
      throw new Problem('call.refused', { refusal: 'closed' })
    case 'refused':
      throw new Problem('call.refused', { refusal: to.reason })
    default:
      return { kind: to.kind, code: to.code, number: null }
  }
}

/** The agent transfers the customer: the agent's segment ends; what follows depends on the kind of transfer. */
function handedOn(
  call: LiveCall,
  segment: Segment,
  kind: 'blind' | 'attended',
  to: Destination,
  at: number,
): CallEvent[] {
  const { agentId, agentCode, segmentId } = segment
  const dropped = kind === 'blind' && call.consultation ? [consultationEnded(call, 'dropped')] : []
  // The next agent finds them waiting, no longer on hold.
  const held = kind === 'blind' && customerLeg(call).state === 'held'
  return [
    ...dropped,
    ...(held ? [resumed(call, null)] : []),
    { type: 'CallTransferred', data: { callId: call.callId, agentId, agentCode, segmentId, kind, to } },
    leftCall(call, segment, 'agent', at),
  ]
}
