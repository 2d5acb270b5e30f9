/**
 * A call: one customer conversation, however many agents it passes. The decider of what may happen to
 * it next, and its state: legs, the place in a queue, open offers, who talks, who consults, who
 * listens.
 *
 * What the network reports always becomes an event, also when it comes late, doubled or out of order;
 * what people ask for is refused when it does not fit. `call/state.ts` folds the events.
 */
import type { Context, Decider } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import type { EndedBy, LegEnd, LegPurpose } from '../telephony/port.ts'
import type { CallDirection, CallEvent, Destination, OfferFailure, QueueExit, SupervisionMode } from './events.ts'
import { evolveCall, legOfAgent, segmentDurations, type Call, type LiveCall, type Segment } from './state.ts'

/** Where a new call goes, as the configuration says. */
export interface Queueing {
  queueCode: string
  priority: number
  targetMs: number
  shortAbandonMs: number
  configVersion: number
  /** Moment to count the wait from, where a place was kept. */
  joinedAt?: number
  /** He had hung up, and is back in time. */
  resumed?: boolean
  /** No agent is looked for before this. */
  notBefore?: number | null
}

export type CallCommand =
  | {
      do: 'receive'
      callId: string
      legId: string
      from: string | null
      fromRaw: string | null
      to: string
      gateway: string | null
      customerId: string | null
      category: string | null
      priority: number
      route: { code: string; queue: Queueing } | null
    }
  | {
      do: 'place'
      callId: string
      direction: CallDirection
      by: 'agent' | 'campaign' | 'robot' | 'callback'
      agentId: string
      agentCode: string
      extension: string | null
      legId: string
      to: string
      toRaw: string
      callerId: string | null
      campaign: string | null
      linkedCallId: string | null
    }
  | { do: 'place_callback'; callId: string; number: string; callerId: string | null; linkedCallId: string; attempt: number; queue: Queueing }
  | { do: 'offer'; offerId: string; agentId: string; agentCode: string; extension: string | null; legId: string; deadline: number; configVersion: number; alone?: boolean }
  | { do: 'end_offer'; offerId: string; result: OfferFailure }
  | { do: 'dial_customer'; legId: string; number: string }
  | { do: 'leg_rang'; legId: string }
  | { do: 'leg_answered'; legId: string }
  | { do: 'leg_ended'; legId: string; end: LegEnd }
  | { do: 'bridged'; legId: string }
  | { do: 'digit'; legId: string; digit: string }
  | { do: 'hold'; agentId: string }
  | { do: 'resume'; agentId: string }
  | { do: 'transfer_to_queue'; agentId: string; queue: Queueing }
  | { do: 'transfer_to_agent'; agentId: string; toAgentCode: string }
  | { do: 'transfer_failed'; reason: OfferFailure; queue: Queueing | null }
  | { do: 'consult'; agentId: string; legId: string; to: { agentId: string; agentCode: string; extension: string | null } | { number: string }; offerId: string | null }
  | { do: 'end_consultation' }
  | { do: 'hand_over'; agentId: string }
  | { do: 'join'; agentId: string }
  | { do: 'supervise'; supervisorCode: string; supervisorAgentId: string | null; agentId: string; legId: string; mode: SupervisionMode; phone: { extension: string } | { number: string } }
  | { do: 'change_supervision'; supervisorCode: string; mode: SupervisionMode }
  | { do: 'end_supervision'; supervisorCode: string }
  | { do: 'take_over'; supervisorCode: string }
  | { do: 'force_disconnect'; supervisorCode: string; agentId: string }
  | { do: 'change_priority'; priority: number; by: string }
  | { do: 'announce'; kind: 'sound' | 'place' | 'expected_wait'; value: number | null }
  | { do: 'leave_queue'; exit: QueueExit; to: Destination | null; queue?: Queueing | null }
  | { do: 'request_callback' }
  | { do: 'callback_placed'; callbackCallId: string }
  | { do: 'forward'; legId: string }
  | { do: 'move'; queue: Queueing }
  | { do: 'start_survey'; agentId: string }
  | { do: 'rate'; agentId: string; agentCode: string; rating: 'satisfied' | 'fair' | 'dissatisfied' }
  | { do: 'note'; agentId: string; agentCode: string; note: string }
  | { do: 'merge_into'; callId: string }

export const callDecider: Decider<Call, CallCommand, CallEvent> = {
  category: 'call',
  initial: { status: 'none' },
  decide(command, state, context) {
    if (command.do === 'receive') return state.status === 'none' ? receive(command, context) : []
    if (command.do === 'place') return state.status === 'none' ? place(command) : []
    if (command.do === 'place_callback') return state.status === 'none' ? placeCallback(command, context) : []
    if (state.status === 'none') throw new Problem('call.unknown', { call: '' })
    return decideLive(command, state, context)
  },
  evolve: (state, event) => evolveCall(state, event as CallEvent & { at: number }),
}

type LiveCommand = Exclude<CallCommand, { do: 'receive' | 'place' | 'place_callback' }>

function receive(command: Extract<CallCommand, { do: 'receive' }>, context: Context): CallEvent[] {
  const { callId, legId, from, fromRaw, to, gateway, customerId, category, priority, route } = command
  const received: CallEvent = {
    type: 'CallReceived',
    data: { callId, legId, direction: 'inbound', from, fromRaw, to, gateway, customerId, category, priority },
  }
  if (!route) {
    return [received, { type: 'CallRejected', data: { callId, reason: 'no_route' } }, { type: 'CallEnded', data: { callId, by: 'system', cause: 3, reason: 'rejected' } }]
  }
  const target: Destination = { kind: 'queue', code: route.queue.queueCode, number: null }
  return [
    received,
    { type: 'CallRouted', data: { callId, route: route.code, to: target, configVersion: route.queue.configVersion } },
    queued(callId, route.queue, context),
  ]
}

function place(command: Extract<CallCommand, { do: 'place' }>): CallEvent[] {
  const { do: _, legId, ...data } = command
  return [
    { type: 'CallPlaced', data: { ...data, attempt: 1 } },
    {
      type: 'LegDialled',
      data: { callId: data.callId, legId, purpose: 'agent', agentId: data.agentId, agentCode: data.agentCode, extension: data.extension, number: null, offerId: null },
    },
  ]
}

/** A call-back takes the place of who asked for it; an agent is found first, then the customer is called. */
function placeCallback(command: Extract<CallCommand, { do: 'place_callback' }>, context: Context): CallEvent[] {
  const { callId, number, callerId, linkedCallId, attempt, queue } = command
  const nobody = { agentId: null, agentCode: null, extension: null, campaign: null }
  return [
    { type: 'CallPlaced', data: { callId, direction: 'outbound', by: 'callback', ...nobody, to: number, toRaw: number, callerId, linkedCallId, attempt } },
    queued(callId, queue, context),
  ]
}

function queued(callId: string, queue: Queueing, { at, newId }: Context): CallEvent {
  const { joinedAt = at, resumed = false, notBefore = null, ...rest } = queue
  return { type: 'CallQueued', data: { callId, segmentId: newId(), ...rest, joinedAt, resumed, notBefore } }
}

function decideLive(command: LiveCommand, call: LiveCall, context: Context): CallEvent[] {
  const { callId } = call
  switch (command.do) {
    // ── what the network says: recorded whatever the state, at most once ────────────────────────
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
      return legEnded(call, command.legId, command.end, context)
    case 'digit':
      return call.legs[command.legId] && call.status === 'live' ? [{ type: 'LegDigit', data: { callId, legId: command.legId, digit: command.digit } }] : []
    case 'bridged':
      return bridged(call, command.legId, context)

    // ── what the switchboard decides ────────────────────────────────────────────────────────────
    case 'offer': {
      const waiting = live(call).queue
      const direct = call.transferTo?.agentCode === command.agentCode
      if (!waiting && !direct) throw new Problem('call.not_waiting', { call: callId })
      if (call.offers[command.offerId]) return []
      const { do: _, configVersion, deadline, alone = false, ...offer } = command
      // Whoever offers knows of no other offer; if there is one, another owner of the switchboard made it.
      if (alone && Object.keys(call.offers).length > 0) throw new Problem('call.offered', { call: callId })
      const { offerId, agentId, agentCode, extension, legId } = offer
      return [
        { type: 'CallOffered', data: { callId, ...offer, queueCode: waiting?.queueCode ?? null, deadline, configVersion } },
        { type: 'LegDialled', data: { callId, legId, purpose: 'agent', agentId, agentCode, extension, number: null, offerId } },
      ]
    }
    case 'end_offer': {
      const offer = call.offers[command.offerId]
      if (!offer) return []
      // Who picked up in the last moment is put through, not blamed.
      const pickedUp = command.result === 'no_answer' && call.legs[offer.legId]?.answeredAt != null
      return pickedUp ? [] : [offerEnded(callId, offer, command.result)]
    }
    case 'dial_customer':
      if (call.status !== 'live' || call.customerLegId) return []
      return [
        {
          type: 'LegDialled',
          data: { callId, legId: command.legId, purpose: 'customer', agentId: null, agentCode: null, extension: null, number: command.number, offerId: null },
        },
      ]
    case 'announce': {
      const queue = inQueue(call)
      return [{ type: 'CallAnnounced', data: { callId, queueCode: queue.queueCode, kind: command.kind, value: command.value } }]
    }
    case 'leave_queue': {
      inQueue(call)
      const events = [...withdrawn(call), leftQueue(call, command.exit, command.to, context.at)]
      if (command.queue) return [...events, queued(callId, command.queue, context)]
      // A call-back that nobody came for has no customer whose hanging up would end it.
      return command.to === null && !call.customerLegId ? [...events, { type: 'CallEnded', data: { callId, by: 'system', cause: 31, reason: 'limit' } }] : events
    }
    case 'request_callback': {
      const { queueCode, joinedAt } = inQueue(call)
      if (call.number === null) throw new Problem('call.no_number', { call: callId })
      const requested: CallEvent = { type: 'CallbackRequested', data: { callId, queueCode, number: call.number, joinedAt } }
      return [...withdrawn(call), requested, leftQueue(call, 'called_back', null, context.at)]
    }
    case 'callback_placed':
      return call.callback && !call.callback.placed ? [{ type: 'CallbackPlaced', data: { callId, callbackCallId: command.callbackCallId } }] : []
    case 'forward': {
      if (call.status !== 'live' || !call.forwardTo) return []
      const { extension, number } = call.forwardTo
      return [{ type: 'LegDialled', data: { callId, legId: command.legId, purpose: 'consultation', agentId: null, agentCode: null, extension, number, offerId: null } }]
    }
    case 'transfer_failed': {
      if (call.status !== 'live' || !call.transferTo) return []
      const { agentCode, from } = call.transferTo
      const failed: CallEvent = {
        type: 'TransferFailed',
        data: { callId, agentId: from?.agentId ?? null, agentCode: from?.agentCode ?? null, to: { kind: 'agent', code: agentCode, number: null }, reason: command.reason },
      }
      return command.queue ? [failed, queued(callId, command.queue, context)] : [failed]
    }

    // ── what agents ask for ─────────────────────────────────────────────────────────────────────
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
      const hold: CallEvent[] = leg.state === 'held' ? [] : [{ type: 'LegHeld', data: { callId, legId: leg.legId, segmentId, by: 'agent', agentId, agentCode } }]
      const { to, legId, offerId } = command
      const third = 'number' in to ? { agentId: null, agentCode: null, extension: null, number: to.number } : { ...to, number: null }
      const where: Destination = 'number' in to ? { kind: 'number', code: '', number: to.number } : { kind: 'agent', code: to.agentCode, number: null }
      return [
        ...hold,
        { type: 'ConsultationStarted', data: { callId, agentId, agentCode, segmentId, legId, to: where } },
        { type: 'LegDialled', data: { callId, legId, purpose: 'consultation', ...third, offerId } },
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
    case 'start_survey': {
      const segment = talking(call, command.agentId)
      return [{ type: 'SurveyStarted', data: { callId, agentId: segment.agentId, agentCode: segment.agentCode } }, leftCall(call, segment, 'agent', context.at)]
    }
    case 'rate': {
      const { do: _, ...rating } = command
      return call.surveying !== null ? [{ type: 'SurveyRated', data: { callId, ...rating } }] : []
    }
    case 'note': {
      const { do: _, ...note } = command
      return [{ type: 'CallNoted', data: { callId, ...note } }]
    }

    // ── what supervisors ask for ────────────────────────────────────────────────────────────────
    case 'supervise': {
      const { supervisorCode, supervisorAgentId, agentId, legId, mode, phone } = command
      if (supervision(live(call), supervisorCode)) throw new Problem('call.supervised', { call: callId, supervisor: supervisorCode })
      // A consulted colleague can be listened to; taken over can only be who talks to the customer.
      const agentCode = mode === 'take_over' ? talking(call, agentId).agentCode : (legOfAgent(call, agentId)?.agentCode ?? talking(call, agentId).agentCode)
      const where = 'number' in phone ? { extension: null, number: phone.number } : { extension: phone.extension, number: null }
      return [
        { type: 'SupervisorJoined', data: { callId, agentId, agentCode, supervisorCode, supervisorAgentId, legId, mode } },
        { type: 'LegDialled', data: { callId, legId, purpose: 'supervisor', agentId: supervisorAgentId, agentCode: supervisorCode, ...where, offerId: null } },
      ]
    }
    case 'change_supervision': {
      const { supervisorCode, mode } = command
      const present = supervising(call, supervisorCode)
      if (mode === 'take_over') talking(call, present.agentId)
      return present.mode === mode ? [] : [{ type: 'SupervisorModeChanged', data: { callId, supervisorCode, legId: present.legId, mode } }]
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
      const forced: CallEvent = { type: 'CallForceDisconnected', data: { callId, agentId, agentCode, supervisorCode: command.supervisorCode } }
      return [forced, ...consultationDropped(call, agentId), ...partnerLeft(call, segment, 'supervisor', context.at)]
    }
    case 'change_priority': {
      const queue = inQueue(call)
      if (queue.priority === command.priority) return []
      return [{ type: 'CallPriorityChanged', data: { callId, queueCode: queue.queueCode, priority: command.priority, by: command.by } }]
    }
    case 'move': {
      const queue = inQueue(call)
      if (queue.queueCode === command.queue.queueCode) return []
      const to: Destination = { kind: 'queue', code: command.queue.queueCode, number: null }
      return [...withdrawn(call), leftQueue(call, 'moved', to, context.at), queued(callId, command.queue, context)]
    }
    case 'merge_into':
      if (call.status !== 'live') return []
      return [
        { type: 'CallsMerged', data: { callId, intoCallId: command.callId } },
        { type: 'CallEnded', data: { callId, by: 'agent', cause: 16, reason: 'completed' } },
      ]
  }
}

// ── what several commands have in common ──────────────────────────────────────────────────────────

function live(call: LiveCall): LiveCall {
  if (call.status !== 'live') throw new Problem('call.ended', { call: call.callId })
  return call
}

function inQueue(call: LiveCall): NonNullable<LiveCall['queue']> {
  const { queue } = live(call)
  if (!queue) throw new Problem('call.not_waiting', { call: call.callId })
  return queue
}

function talking(call: LiveCall, agentId: string): Segment {
  const segment = live(call).segments[agentId]
  if (!segment) throw new Problem('call.not_talking', { call: call.callId, agent: agentId })
  return segment
}

function consulted(call: LiveCall): { legId: string; agentCode: string | null } {
  const { consultation } = live(call)
  if (!consultation?.answered) throw new Problem('call.not_consulting', { call: call.callId })
  return { legId: consultation.legId, agentCode: call.legs[consultation.legId]?.agentCode ?? null }
}

function customerLeg(call: LiveCall): LiveCall['legs'][string] {
  const leg = call.customerLegId ? call.legs[call.customerLegId] : undefined
  if (!leg) throw new Problem('call.ended', { call: call.callId })
  return leg
}

function supervision(call: LiveCall, supervisorCode: string): LiveCall['supervisors'][string] | undefined {
  return Object.values(call.supervisors).find((present) => present.supervisorCode === supervisorCode)
}

function supervising(call: LiveCall, supervisorCode: string): LiveCall['supervisors'][string] {
  const present = supervision(live(call), supervisorCode)
  if (!present) throw new Problem('call.not_supervised', { call: call.callId, supervisor: supervisorCode })
  return present
}

function offerEnded(callId: string, offer: LiveCall['offers'][string], result: OfferFailure): CallEvent {
  const { offerId, agentId, agentCode, queueCode } = offer
  return { type: 'OfferEnded', data: { callId, offerId, agentId, agentCode, queueCode, result } }
}

/** Open offers of a call that goes elsewhere. */
function withdrawn(call: LiveCall): CallEvent[] {
  return Object.values(call.offers).map((offer) => offerEnded(call.callId, offer, 'withdrawn'))
}

function leftQueue(call: LiveCall, exit: QueueExit, to: Destination | null, at: number): CallEvent {
  const { segmentId, queueCode, joinedAt } = call.queue!
  return { type: 'CallLeftQueue', data: { callId: call.callId, segmentId, queueCode, exit, waitMs: Math.max(0, at - joinedAt), to } }
}

function leftCall(call: LiveCall, segment: Segment, by: EndedBy, at: number): CallEvent {
  const { agentId, agentCode, segmentId, queueCode } = segment
  return { type: 'AgentLeftCall', data: { callId: call.callId, agentId, agentCode, segmentId, queueCode, by, ...segmentDurations(segment, at) } }
}

function consultationEnded(call: LiveCall, result: 'transferred' | 'joined' | 'dropped' | 'not_reached'): CallEvent {
  return { type: 'ConsultationEnded', data: { callId: call.callId, legId: call.consultation!.legId, result } }
}

function resumed(call: LiveCall, segment: Segment | null): CallEvent {
  const { agentId, agentCode, segmentId } = segment ?? { agentId: null, agentCode: null, segmentId: null }
  return { type: 'LegResumed', data: { callId: call.callId, legId: call.customerLegId!, segmentId, agentId, agentCode } }
}

/** The agent hands the customer on: his segment ends; what follows is up to the kind of transfer. */
function handedOn(call: LiveCall, segment: Segment, kind: 'blind' | 'attended', to: Destination, at: number): CallEvent[] {
  const { agentId, agentCode, segmentId } = segment
  const dropped = kind === 'blind' && call.consultation ? [consultationEnded(call, 'dropped')] : []
  return [
    ...dropped,
    { type: 'CallTransferred', data: { callId: call.callId, agentId, agentCode, segmentId, kind, to } },
    leftCall(call, segment, 'agent', at),
  ]
}

/** A leg's party talks to the customer from now on: his segment begins. */
function answered(call: LiveCall, legId: string, { at, newId }: Context, who?: { agentId: string; agentCode: string }): CallEvent[] {
  const leg = call.legs[legId]!
  const agentId = who?.agentId ?? leg.agentId
  const agentCode = who?.agentCode ?? leg.agentCode
  // A third party outside the house talks too, but is no agent: he has a leg and no segment.
  if (!agentId || !agentCode) return []
  const offer = leg.offerId ? call.offers[leg.offerId] : undefined
  const queue = offer ? call.queue : null
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
        waitMs: queue ? Math.max(0, at - queue.joinedAt) : 0,
        ringMs: Math.max(0, (leg.answeredAt ?? at) - leg.since),
      },
    },
  ]
}

/** The supervisor talks to the customer in the agent's place, whether he held, consulted or talked in a conference. */
function takenOver(call: LiveCall, present: LiveCall['supervisors'][string], context: Context): CallEvent[] {
  const { callId, threeWay } = call
  const { legId, supervisorCode, supervisorAgentId } = present
  const segment = talking(call, present.agentId)
  if (call.legs[legId]?.state !== 'answered') throw new Problem('call.supervisor_not_there', { call: callId, supervisor: supervisorCode })
  const { agentId, agentCode } = segment
  const who = { agentId: supervisorAgentId ?? supervisorCode, agentCode: supervisorCode }
  const legIds = threeWay ? [...threeWay.filter((other) => other !== segment.legId), legId] : []
  return [
    { type: 'SupervisorTookOver', data: { callId, agentId, agentCode, supervisorCode, legId } },
    ...consultationDropped(call, agentId),
    ...(threeWay ? partnerLeft(call, segment, 'supervisor', context.at) : [leftCall(call, segment, 'supervisor', context.at)]),
    ...answered(call, legId, context, who),
    ...(customerLeg(call).state === 'held' ? [resumed(call, null)] : []),
    ...(threeWay ? [{ type: 'ThreeWayStarted' as const, data: { callId, ...who, legIds } }] : []),
  ]
}

/** The consultation of an agent who is out of the call from now on. */
function consultationDropped(call: LiveCall, agentId: string): CallEvent[] {
  return call.consultation?.agentId === agentId ? [consultationEnded(call, 'dropped')] : []
}

function bridged(call: LiveCall, legId: string, context: Context): CallEvent[] {
  const leg = call.legs[legId]
  if (call.status !== 'live' || !leg || leg.state === 'ended' || leg.purpose !== 'agent') return []
  if (Object.values(call.segments).some((segment) => segment.legId === legId)) return []
  // Late or again: the offer is over, or he who placed the call has left it. Nobody comes into a call twice on one leg.
  const expected = leg.offerId ? call.offers[leg.offerId] !== undefined : Object.keys(call.spent).length === 0
  if (!expected) return []
  const others = Object.values(call.offers).filter((offer) => offer.legId !== legId)
  return [...others.map((offer) => offerEnded(call.callId, offer, 'lost_race')), ...answered(call, legId, context)]
}

function legEnded(call: LiveCall, legId: string, end: LegEnd, { at }: Context): CallEvent[] {
  const { callId } = call
  const leg = call.legs[legId]
  if (!leg || leg.state === 'ended') return []
  const events: CallEvent[] = [{ type: 'LegEnded', data: { callId, legId, purpose: leg.purpose, agentId: leg.agentId, ...end } }]
  if (call.status !== 'live') return events
  const segment = Object.values(call.segments).find((candidate) => candidate.legId === legId)
  switch (leg.purpose satisfies LegPurpose) {
    case 'customer':
      for (const offer of Object.values(call.offers)) events.push(offerEnded(callId, offer, 'caller_gone'))
      // A customer who is called back and does not answer has not abandoned anything.
      if (call.queue) events.push(leftQueue(call, end.by === 'customer' && !(call.placedBy && leg.answeredAt === null) ? 'abandoned' : 'failed', null, at))
      if (call.consultation) events.push(consultationEnded(call, 'dropped'))
      for (const talker of Object.values(call.segments)) events.push(leftCall(call, talker, end.by, at))
      for (const { supervisorCode, legId: ear } of Object.values(call.supervisors)) events.push({ type: 'SupervisorLeft', data: { callId, supervisorCode, legId: ear } })
      events.push({ type: 'CallEnded', data: { callId, by: end.by, cause: end.cause, reason: end.reason } })
      return events
    case 'consultation':
      if (call.consultation?.legId === legId) events.push(consultationEnded(call, call.consultation.answered ? 'dropped' : 'not_reached'))
      if (segment) events.push(...partnerLeft(call, segment, end.by, at))
      return events
    case 'supervisor': {
      const present = call.supervisors[legId]
      if (present) events.push({ type: 'SupervisorLeft', data: { callId, supervisorCode: present.supervisorCode, legId } })
      if (segment) events.push(...partnerLeft(call, segment, end.by, at))
      return events
    }
    case 'agent':
    case 'robot': {
      const offer = leg.offerId ? call.offers[leg.offerId] : undefined
      if (offer) events.push(offerEnded(callId, offer, offerResult(end)))
      if (segment) {
        // The agent who consults leaves: the customer who holds has nobody; the call ends with him.
        events.push(...consultationDropped(call, segment.agentId))
        events.push(...partnerLeft(call, segment, end.by, at))
      }
      // A placed call whose customer was never dialled ends with the agent who asked for it.
      if (!call.customerLegId && !call.queue) events.push({ type: 'CallEnded', data: { callId, by: end.by, cause: end.cause, reason: end.reason } })
      return events
    }
  }
}

/** One of those who talk to the customer is gone; a three-party talk becomes one of two. */
function partnerLeft(call: LiveCall, segment: Segment, by: EndedBy, at: number): CallEvent[] {
  const left = leftCall(call, segment, by, at)
  return call.threeWay ? [left, { type: 'ThreeWayEnded', data: { callId: call.callId, legIds: [...call.threeWay] } }] : [left]
}

/** What became of an offer whose leg ended before it was answered. */
function offerResult(end: LegEnd): OfferFailure {
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
