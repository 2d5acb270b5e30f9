/**
 * A call: one customer conversation, however many agents it passes through. The decider for what may happen to it next.
 * This file covers how it begins and what the switchboard decides; what the network reports and what agents and
 * supervisors ask for have files of their own. `state.ts` folds the events.
 */
import type { Context, Decider } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import type { SetAside } from '../kernel/unread.ts'
import type { CallCommand, SwitchboardCommand } from './commands.ts'
import { decideAgent } from './conversation.ts'
import type { CallEvent, OutsideCall } from './events.ts'
import { decideIvr } from './ivr.ts'
import { decideMissed } from './missed.ts'
import { decideNetwork } from './network.ts'
import {
  consultationEnded,
  inQueue,
  leftCall,
  leftQueue,
  live,
  offerEnded,
  queued,
  withdrawn,
} from './decision-parts.ts'
import { evolveCall } from './evolve.ts'
import { unreadCall } from './evolve-end.ts'
import { routedTo } from './routed.ts'
import type { Call, LiveCall } from './state.ts'
import { afterTheCall } from '../recording/commands.ts'
import { decideRecording } from './recording.ts'
import { decideSupervisor } from './supervision.ts'
import { decideSurvey } from './survey.ts'
import { decideVoicemail, demandNotDeleted, messageHeard } from './voicemail.ts'
import { messageCommands } from '../voicemail/commands.ts'

export const callDecider: Decider<Call, CallCommand, CallEvent> = {
  category: 'call',
  initial: { status: 'none' },
  decide(command, state, context) {
    switch (command.do) {
      case 'receive':
        return state.status === 'none' ? receive(command, context) : []
      case 'place':
        return state.status === 'none' ? place(command, context) : []
      case 'place_callback':
        return state.status === 'none' ? placeCallback(command, context) : []
    }
    if (state.status === 'none') throw new Problem('call.unknown', { call: '' })
    if (state.setAside && !stillHappens.has(command.do)) throw callSetAside(state.callId, state.setAside)
    switch (command.do) {
      case 'leg_rang':
      case 'leg_answered':
      case 'leg_ended':
      case 'bridged':
      case 'held_by_phone':
      case 'digit':
      case 'prompt_played':
      case 'feature_used':
        return decideNetwork(command, state, context)
      case 'hold':
      case 'resume':
      case 'transfer_to_queue':
      case 'transfer_to_agent':
      case 'transfer_to_party':
      case 'consult':
      case 'end_consultation':
      case 'hand_over':
      case 'hand_over_to':
      case 'join':
      case 'note':
        return decideAgent(command, state, context)
      case 'enter_ivr':
      case 'ivr_key':
      case 'ivr_due':
      case 'ivr_go':
      case 'end_ivr':
      case 'ivr_return':
        return decideIvr(command, state, context, routedTo)
      case 'supervise':
      case 'change_supervision':
      case 'end_supervision':
      case 'take_over':
      case 'force_disconnect':
      case 'change_priority':
      case 'move':
        return decideSupervisor(command, state, context)
      case 'record_by_rule':
      case 'record':
      case 'mask_recording':
      case 'recording_over':
      case 'recorded':
      case 'mask_over':
      case 'recording_delayed':
      case 'recording_joined':
      case 'recording_deleted':
        return decideRecording(command, state, context)
      case 'play_recording': {
        demandNotDeleted(state, command.recordingId)
        const played = decideRecording(command, state, context)
        return played.length === 0 ? [] : [...played, ...messageHeard(state, command.recordingId, command.by)]
      }
      case 'to_voicemail':
      case 'reach_voicemail':
      case 'voicemail_due':
      case 'voicemail_key':
      case 'mark_message':
      case 'delete_message':
      case 'call_back_message':
        return decideVoicemail(command, state, context)
      case 'mark_missed':
      case 'allocate_missed':
      case 'call_back_missed':
        return decideMissed(command, state)
      case 'start_survey':
      case 'survey_by_rule':
      case 'survey_key':
      case 'survey_due':
        return decideSurvey(command, state, context)
      default:
        return decideSwitchboard(command, state, context)
    }
  },
  evolve: (state, event) => evolveCall(state, event as CallEvent & { at: number }),
  unread: unreadCall,
}

/** What is still written for a call that is set aside: what the network reports of its legs, and that it is closed. */
const stillHappens: ReadonlySet<CallCommand['do']> = new Set([
  'leg_rang',
  'leg_answered',
  'leg_ended',
  'bridged',
  'held_by_phone',
  'digit',
  'callback_placed',
  'set_aside',
  ...afterTheCall,
  ...messageCommands,
  'mark_missed',
  'allocate_missed',
  'call_back_missed',
])

/** The answer to anyone who asks for something in such a call. */
export function callSetAside(callId: string, { revision, eventType, why }: SetAside): Problem {
  return new Problem('call.set_aside', { call: callId, revision, type: eventType, why })
}

/** Whatever was known of the call when its event could not be read is closed, so that nobody is left in it. */
function setAside(call: LiveCall, at: number): CallEvent[] {
  if (!call.setAside || call.setAside.written) return []
  const { callId } = call
  const { eventId, eventType, revision, why, before } = call.setAside
  const events: CallEvent[] = [{ type: 'CallSetAside', data: { callId, eventId, eventType, revision, why } }]
  if (!before) return events
  events.push(...withdrawn(before))
  if (before.queue) events.push(leftQueue(before, 'failed', null, at))
  if (before.consultation) events.push(consultationEnded(before, 'dropped'))
  for (const talker of Object.values(before.segments)) events.push(leftCall(before, talker, 'system', at))
  for (const { supervisorCode, legId } of Object.values(before.supervisors))
    events.push({ type: 'SupervisorLeft', data: { callId, supervisorCode, legId } })
  return [...events, { type: 'CallEnded', data: { callId, by: 'system', cause: 41, reason: 'set_aside' } }]
}

function receive(command: Extract<CallCommand, { do: 'receive' }>, context: Context): CallEvent[] {
  const { callId, legId, from, fromRaw, to, gateway, customerId, category, priority, phone, routed } = command
  const caller = phone ?? { extension: null, agentId: null, agentCode: null }
  const { direction = 'inbound' } = command
  const received: CallEvent = {
    type: 'CallReceived',
    data: { callId, legId, direction, from, fromRaw, to, gateway, ...caller, customerId, category, priority },
  }
  return routed ? [received, ...routedTo(callId, routed, context)] : [received]
}

/**
 * A call to someone outside: the agent's phone comes first, then the called party. In a call within the house the
 * phone that calls is its only party until somebody takes it.
 */
function place(command: Extract<CallCommand, { do: 'place' }>, context: Context): CallEvent[] {
  const { do: _, legId, routed, byPhone = false, ...data } = command
  const { callId, agentId, agentCode, extension, direction } = data
  return [
    { type: 'CallPlaced', data: { ...data, attempt: 1, phoneLegId: byPhone ? legId : null } },
    ...(routed ? routedTo(callId, routed, context) : []),
    {
      type: 'LegDialled',
      data: {
        callId,
        legId,
        purpose: direction === 'internal' ? 'customer' : 'agent',
        agentId,
        agentCode,
        extension,
        number: null,
        offerId: null,
        ...NO_GATEWAY,
      },
    },
  ]
}

/** A call-back takes the place of the caller who asked for it; an agent is found first, then the customer is called. */
function placeCallback(command: Extract<CallCommand, { do: 'place_callback' }>, context: Context): CallEvent[] {
  const { callId, number, callerId, linkedCallId, attempt, queue } = command
  const nobody = { agentId: null, agentCode: null, extension: null, campaign: null }
  return [
    {
      type: 'CallPlaced',
      data: {
        callId,
        direction: 'outbound',
        by: 'callback',
        ...nobody,
        phoneLegId: null,
        to: number,
        toRaw: number,
        callerId,
        linkedCallId,
        attempt,
      },
    },
    queued(callId, queue, context),
  ]
}

const NO_GATEWAY = { gateway: null, callerNumber: null }

function by(way: OutsideCall['ways'][number] | undefined): { gateway: string | null; callerNumber: string | null } {
  return way ?? NO_GATEWAY
}

function decideSwitchboard(command: SwitchboardCommand, call: LiveCall, context: Context): CallEvent[] {
  const { callId } = call
  switch (command.do) {
    case 'offer': {
      const waiting = live(call).queue
      const direct = call.transferTo?.agentCode === command.agentCode
      if (!waiting && !direct) throw new Problem('call.not_waiting', { call: callId })
      if (call.offers[command.offerId]) return []
      const { do: _, configVersion, deadline, alone = false, ...offer } = command
      // The switchboard that offers knows of no other offer; if there is one, another owner made it.
      if (alone && Object.keys(call.offers).length > 0) throw new Problem('call.offered', { call: callId })
      const { offerId, agentId, agentCode, extension, legId } = offer
      return [
        {
          type: 'CallOffered',
          data: { callId, ...offer, queueCode: waiting?.queueCode ?? null, deadline, configVersion },
        },
        {
          type: 'LegDialled',
          data: {
            callId,
            legId,
            purpose: 'agent',
            agentId,
            agentCode,
            extension,
            number: null,
            offerId,
            ...NO_GATEWAY,
          },
        },
      ]
    }
    case 'end_offer': {
      const offer = call.offers[command.offerId]
      if (!offer) return []
      // An agent who picked up at the last moment is put through, not blamed.
      const pickedUp = command.result === 'no_answer' && call.legs[offer.legId]?.answeredAt != null
      return pickedUp ? [] : [offerEnded(callId, offer, command.result)]
    }
    case 'dial_customer': {
      if (call.status !== 'live' || call.customerLegId) return []
      const { legId, number, extension = null, routed } = command
      return [
        ...(routed && !call.routed ? routedTo(callId, routed, context) : []),
        {
          type: 'LegDialled',
          data: {
            callId,
            legId,
            purpose: 'customer',
            agentId: null,
            agentCode: null,
            extension,
            number,
            offerId: null,
            ...by(command.way),
          },
        },
      ]
    }
    case 'route':
      return call.status === 'live' && (!call.routed || call.closed) ? routedTo(callId, command.routed, context) : []
    case 'give_up_dialling':
      if (call.status !== 'live') return []
      return [{ type: 'CallEnded', data: { callId, by: 'network', cause: 34, reason: 'unreachable' } }]
    case 'keep_leg': {
      const { legId, shiftId } = command
      if (call.status !== 'live' || call.customerLegId !== legId || call.legs[legId]?.state !== 'answered') return []
      const end = { by: 'system', cause: 16, reason: 'completed' } as const
      return [
        { type: 'LegKept', data: { callId, legId, keptFor: shiftId } },
        { type: 'LegEnded', data: { callId, legId, purpose: 'customer', agentId: null, ...end, sip: null } },
        { type: 'CallEnded', data: { callId, ...end } },
      ]
    }
    case 'transfer_failed': {
      const { transferTo, sentOn } = call
      if (call.status !== 'live' || !(transferTo || sentOn)) return []
      const from = transferTo ? transferTo.from : sentOn!.from
      const to = transferTo ? { kind: 'agent' as const, code: transferTo.agentCode, number: null } : sentOn!.to
      const failed: CallEvent =
        transferTo?.until !== undefined && from
          ? { type: 'AgentNotBack', data: { callId, ...from, reason: command.reason } }
          : {
              type: 'TransferFailed',
              data: {
                callId,
                agentId: from?.agentId ?? null,
                agentCode: from?.agentCode ?? null,
                to,
                reason: command.reason,
              },
            }
      return command.queue ? [failed, queued(callId, command.queue, context)] : [failed]
    }
    case 'announce': {
      const queue = inQueue(call)
      return [
        {
          type: 'CallAnnounced',
          data: { callId, queueCode: queue.queueCode, kind: command.kind, value: command.value },
        },
      ]
    }
    case 'break_circle': {
      const { queueCode, circled = false } = inQueue(call)
      return circled
        ? []
        : [
            {
              type: 'CallCircleBroken',
              data: { callId, queueCode, exit: command.exit, to: command.to, visits: command.visits },
            },
          ]
    }
    case 'leave_queue': {
      inQueue(call)
      const events = [...withdrawn(call), leftQueue(call, command.exit, command.to, context.at)]
      if (command.queue) return [...events, queued(callId, command.queue, context)]
      // A call-back for which nobody came has no customer who could end it by hanging up.
      return command.to === null && !call.customerLegId
        ? [...events, { type: 'CallEnded', data: { callId, by: 'system', cause: 31, reason: 'limit' } }]
        : events
    }
    case 'request_callback': {
      const { queueCode, joinedAt } = inQueue(call)
      if (call.number === null) throw new Problem('call.no_number', { call: callId })
      const requested: CallEvent = {
        type: 'CallbackRequested',
        data: { callId, queueCode, number: call.number, joinedAt },
      }
      return [...withdrawn(call), requested, leftQueue(call, 'called_back', null, context.at)]
    }
    case 'callback_placed':
      return call.callback && !call.callback.placed
        ? [{ type: 'CallbackPlaced', data: { callId, callbackCallId: command.callbackCallId } }]
        : []
    case 'forward': {
      if (call.status !== 'live' || !call.forwardTo) return []
      const { extension, number } = call.forwardTo
      const { routed } = command
      const dialled: CallEvent = {
        type: 'LegDialled',
        data: {
          callId,
          legId: command.legId,
          purpose: 'consultation',
          agentId: null,
          agentCode: null,
          extension,
          number,
          offerId: null,
          ...by(command.way),
        },
      }
      return routed && !call.outside ? [...routedTo(callId, routed, context), dialled] : [dialled]
    }
    case 'set_aside':
      return setAside(call, context.at)
    case 'merge_into':
      if (call.status !== 'live') return []
      return [
        { type: 'CallsMerged', data: { callId, intoCallId: command.callId } },
        { type: 'CallEnded', data: { callId, by: 'agent', cause: 16, reason: 'completed' } },
      ]
  }
}
