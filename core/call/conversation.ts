/**
 * What agents ask for in a call: hold, consult, transfer, join, and what remains to be done once they have left.
 * Refused when it does not fit.
 */
import type { Context } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import type { AgentCommand } from './commands.ts'
import type { CallEvent, Destination } from './events.ts'
import { answered, consultationEnded, customerLeg, leftCall, live, queued, resumed, talking } from './decision-parts.ts'
import type { LiveCall, Segment } from './state.ts'

export function decideAgent(command: AgentCommand, call: LiveCall, context: Context): CallEvent[] {
  const { callId } = call
  switch (command.do) {
    case 'hold': {
      const segment = talking(call, command.agentId)
      const leg = customerLeg(call)
      if (leg.state === 'held') throw new Problem('call.held', { call: callId })
      const { segmentId, agentId, agentCode } = segment
      return [{ type: 'LegHeld', data: { callId, legId: leg.legId, segmentId, by: 'agent', agentId, agentCode } }]
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
    case 'consult': {
      const segment = talking(call, command.agentId)
      if (call.consultation) throw new Problem('call.consulting', { call: callId })
      const { agentId, agentCode, segmentId } = segment
      const leg = customerLeg(call)
      const hold: CallEvent[] =
        leg.state === 'held'
          ? []
          : [{ type: 'LegHeld', data: { callId, legId: leg.legId, segmentId, by: 'agent', agentId, agentCode } }]
      const { to, legId, offerId } = command
      const third =
        'number' in to
          ? { agentId: null, agentCode: null, extension: null, number: to.number }
          : { ...to, number: null }
      const where: Destination =
        'number' in to
          ? { kind: 'number', code: '', number: to.number }
          : { kind: 'agent', code: to.agentCode, number: null }
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
      const to: Destination = { kind: third.agentCode ? 'agent' : 'number', code: third.agentCode ?? '', number: null }
      return [
        ...handedOn(call, segment, 'attended', to, context.at),
        consultationEnded(call, 'transferred'),
        ...answered(call, third.legId, context),
        resumed(call, null),
      ]
    }
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

function consulted(call: LiveCall): { legId: string; agentCode: string | null } {
  const { consultation } = live(call)
  if (!consultation?.answered) throw new Problem('call.not_consulting', { call: call.callId })
  return { legId: consultation.legId, agentCode: call.legs[consultation.legId]?.agentCode ?? null }
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
  return [
    ...dropped,
    { type: 'CallTransferred', data: { callId: call.callId, agentId, agentCode, segmentId, kind, to } },
    leftCall(call, segment, 'agent', at),
  ]
}
