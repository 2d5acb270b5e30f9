/**
 * What supervisors ask for in a call (catalogue C5.2–C5.5): listen, whisper, join, take over, end it; move a waiting caller,
 * change their priority.
 */
import type { Context } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import type { SupervisorCommand } from './commands.ts'
import type { CallEvent, Destination } from './events.ts'
import {
  answered,
  consultationDropped,
  customerLeg,
  inQueue,
  leftCall,
  leftQueue,
  live,
  partnerLeft,
  queued,
  resumed,
  talking,
  withdrawn,
} from './decision-parts.ts'
import { legOfAgent, type LiveCall } from './state.ts'

export function decideSupervisor(command: SupervisorCommand, call: LiveCall, context: Context): CallEvent[] {
  const { callId } = call
  switch (command.do) {
    case 'supervise': {
      const { supervisorCode, supervisorAgentId, agentId, legId, mode, phone } = command
      if (supervision(live(call), supervisorCode))
        throw new Problem('call.supervised', { call: callId, supervisor: supervisorCode })
      // A consulted colleague can be listened to; only someone talking to the customer can be taken over.
      const agentCode =
        mode === 'take_over'
          ? talking(call, agentId).agentCode
          : (legOfAgent(call, agentId)?.agentCode ?? talking(call, agentId).agentCode)
      const where =
        'number' in phone ? { extension: null, number: phone.number } : { extension: phone.extension, number: null }
      return [
        {
          type: 'SupervisorJoined',
          data: { callId, agentId, agentCode, supervisorCode, supervisorAgentId, legId, mode },
        },
        {
          type: 'LegDialled',
          data: {
            callId,
            legId,
            purpose: 'supervisor',
            agentId: supervisorAgentId,
            agentCode: supervisorCode,
            ...where,
            offerId: null,
            gateway: null,
            callerNumber: null,
          },
        },
      ]
    }
    case 'change_supervision': {
      const { supervisorCode, mode } = command
      const present = supervising(call, supervisorCode)
      if (mode === 'take_over') talking(call, present.agentId)
      return present.mode === mode
        ? []
        : [{ type: 'SupervisorModeChanged', data: { callId, supervisorCode, legId: present.legId, mode } }]
    }
    case 'end_supervision': {
      const { supervisorCode, legId } = supervising(call, command.supervisorCode)
      return [{ type: 'SupervisorLeft', data: { callId, supervisorCode, legId } }]
    }
    case 'take_over':
      return takenOver(call, supervising(call, command.supervisorCode), context)
    case 'force_disconnect': {
      const segment = talking(call, command.agentId)
      const { agentId, agentCode } = segment
      const forced: CallEvent = {
        type: 'CallForceDisconnected',
        data: { callId, agentId, agentCode, supervisorCode: command.supervisorCode },
      }
      return [forced, ...consultationDropped(call, agentId), ...partnerLeft(call, segment, 'supervisor', context.at)]
    }
    case 'change_priority': {
      const queue = inQueue(call)
      if (queue.priority === command.priority) return []
      return [
        {
          type: 'CallPriorityChanged',
          data: { callId, queueCode: queue.queueCode, priority: command.priority, by: command.by },
        },
      ]
    }
    case 'move': {
      const queue = inQueue(call)
      if (queue.queueCode === command.queue.queueCode) return []
      const to: Destination = { kind: 'queue', code: command.queue.queueCode, number: null }
      return [...withdrawn(call), leftQueue(call, 'moved', to, context.at), queued(callId, command.queue, context)]
    }
  }
}

function supervision(call: LiveCall, supervisorCode: string): LiveCall['supervisors'][string] | undefined {
  return Object.values(call.supervisors).find((present) => present.supervisorCode === supervisorCode)
}

function supervising(call: LiveCall, supervisorCode: string): LiveCall['supervisors'][string] {
  const present = supervision(live(call), supervisorCode)
  if (!present) throw new Problem('call.not_supervised', { call: call.callId, supervisor: supervisorCode })
  return present
}

/**
 * The supervisor talks to the customer in the agent's place, whether the agent was holding, consulting or in a
 * conference.
 */
function takenOver(call: LiveCall, present: LiveCall['supervisors'][string], context: Context): CallEvent[] {
  const { callId, threeWay } = call
  const { legId, supervisorCode, supervisorAgentId } = present
  const segment = talking(call, present.agentId)
  if (call.legs[legId]?.state !== 'answered')
    throw new Problem('call.supervisor_not_there', { call: callId, supervisor: supervisorCode })
  const { agentId, agentCode } = segment
  const who = { agentId: supervisorAgentId ?? supervisorCode, agentCode: supervisorCode }
  const legIds = threeWay ? [...threeWay.filter((other) => other !== segment.legId), legId] : []
  return [
    { type: 'SupervisorTookOver', data: { callId, agentId, agentCode, supervisorCode, legId } },
    ...consultationDropped(call, agentId),
    ...(threeWay
      ? partnerLeft(call, segment, 'supervisor', context.at)
      : [leftCall(call, segment, 'supervisor', context.at)]),
    ...answered(call, legId, context, who),
    ...(customerLeg(call).state === 'held' ? [resumed(call, null)] : []),
    ...(threeWay ? [{ type: 'ThreeWayStarted' as const, data: { callId, ...who, legIds } }] : []),
  ]
}
