/**
 * How events change a call: the fold of its stream into `state.ts`. Its legs, its time in queues, and its beginning and end have
 * files of their own (`evolve-*.ts`). Pure.
 */
import { announcing } from './announcement.ts'
import { evolveIvr } from '../ivr/progress.ts'
import { evolveRecordings, isOfRecording, type CallRecordingEvent } from '../recording/state.ts'
import { evolveSurvey, heard as heardInSurvey } from '../survey/progress.ts'
import { evolveAtBox, evolveMessage } from '../voicemail/state.ts'
import type { CallEvent } from './events.ts'
import { afterwards, begin, closedFor, withMissed, over } from './evolve-end.ts'
import { legEnded, newLeg, withHold, withLeg, without } from './evolve-legs.ts'
import { evolveQueue, NEW_TALK } from './evolve-queue.ts'
import type { Call, Leg, LiveCall, Segment } from './state.ts'

export function evolveCall(state: Call, event: CallEvent & { at: number }): Call {
  const { at } = event
  if (event.type === 'CallReceived') {
    const { callId, legId, direction, from, to, gateway, agentId, agentCode, extension } = event.data
    const leg: Leg = { ...newLeg(legId, 'customer', at), state: 'ringing', agentId, agentCode, extension, gateway }
    return { ...begin(callId, direction, at), number: from, called: to, customerLegId: legId, legs: { [legId]: leg } }
  }
  if (event.type === 'CallPlaced') {
    const { callId, direction, to, callerId, by, agentId, attempt, phoneLegId, campaign } = event.data
    const placedBy = { by, agentId, legId: null, attempt, ...(phoneLegId !== null && { phoneLegId }) }
    return { ...begin(callId, direction, at), number: to, callerId, campaign, placedBy }
  }
  if (event.type === 'CallSetAside') return closedFor(state, event.data.callId, event.data, at, true)
  if (state.status === 'none') return state
  if (isOfRecording(event)) return ofRecording(state, event, at)
  if (state.setAside) return afterwards(state, state.setAside, event)
  const call = state
  switch (event.type) {
    case 'LegDialled': {
      const { legId, purpose, agentId, agentCode, extension, number, offerId, gateway, callerNumber, onLegId } =
        event.data
      // A phone that dialled by itself is there already, and hears that the other side is being called.
      const state = call.placedBy?.phoneLegId === legId ? ('ringing' as const) : ('dialled' as const)
      const taken = onLegId === undefined ? {} : { onLegId }
      const party = { agentId, agentCode, extension, number, offerId, gateway, callerNumber, ...taken }
      const legs = { ...call.legs, [legId]: { ...newLeg(legId, purpose, at), ...party, state } }
      if (purpose === 'customer') return { ...call, legs, customerLegId: legId }
      if (purpose === 'agent' && !offerId && call.placedBy)
        return { ...call, legs, placedBy: { ...call.placedBy, legId } }
      if (call.forwardTo && purpose === 'consultation' && !call.consultation)
        return { ...call, legs, forwardTo: null, outsideLegId: legId }
      return { ...call, legs }
    }
    case 'LegRinging':
      return withLeg(call, event.data.legId, { state: 'ringing' })
    case 'LegAnswered': {
      const answered = withLeg(call, event.data.legId, { state: 'answered', answeredAt: at })
      // The party outside has answered: the caller has left the menu.
      return event.data.legId === call.outsideLegId ? { ...answered, fromIvr: null, sentOn: null } : answered
    }
    case 'LegHeld':
      return withHold(
        withLeg(call, event.data.legId, { state: 'held', holds: (call.legs[event.data.legId]?.holds ?? 0) + 1 }),
        at,
        true,
      )
    case 'LegResumed':
      return withHold(withLeg(call, event.data.legId, { state: 'answered' }), at, false)
    case 'LegEnded': {
      return legEnded(call, event.data.legId, event.data, at)
    }
    case 'CallRouted':
      return routed(call, event.data, at)
    case 'CallRejected':
      return {
        ...call,
        routed: true,
        closed: null,
        rejected: event.data.reason,
        leaving: { by: 'system', cause: 21, reason: 'rejected' },
      }
    case 'CallFoundClosed': {
      const { route, media } = event.data
      return { ...call, closed: { route, media, since: at, heard: media === null } }
    }
    case 'FeatureUsed': {
      const { legId, say, number, agentCode, extension } = event.data
      // In a call of the agent's it only says what they asked for.
      if (legId !== call.customerLegId || call.routed) return call
      const said =
        say === 'last_number'
          ? number
          : say === 'agent_number'
            ? agentCode
            : say === 'extension_number'
              ? extension
              : null
      return { ...call, routed: true, feature: { say, said, since: at, heard: false } }
    }
    case 'PromptPlayed': {
      const { legId, media, complete } = event.data
      const { voicemail, survey } = call
      if (voicemail?.says[0] === media) {
        const next = { ...voicemail, says: voicemail.says.slice(1), since: at, steps: voicemail.steps + 1 }
        return { ...call, voicemail: next }
      }
      if (survey?.says[0] === media) return { ...call, survey: heardInSurvey(survey, complete, at) }
      if (call.feature && call.feature.say === media) return { ...call, feature: { ...call.feature, heard: true } }
      const announced = announcing(call, media)
      if (announced) return { ...call, legs: { ...call.legs, [announced.legId]: { ...announced, announced: true } } }
      const awaited = legId === call.customerLegId && call.closed?.media === media
      return awaited ? { ...call, closed: { ...call.closed!, heard: true } } : call
    }
    case 'CallQueued':
    case 'CallCircleBroken':
    case 'CallAnnounced':
    case 'LegDigit':
    case 'CallbackRequested':
    case 'CallbackPlaced':
    case 'CallPriorityChanged':
    case 'CallOffered':
    case 'OfferEnded':
    case 'CallLeftQueue':
      return evolveQueue(call, event, at)
    case 'CallAnswered': {
      const { segmentId, agentId, agentCode, legId, offerId, queueCode } = event.data
      // Only recorded history has an answer without an agent, and nothing is decided on history.
      if (agentId === null || agentCode === null) return call
      const segment: Segment = {
        segmentId,
        agentId,
        agentCode,
        legId,
        queueCode,
        startedAt: at,
        heldMs: 0,
        heldSince: null,
      }
      return {
        ...call,
        queue: offerId && call.offers[offerId] ? null : call.queue,
        offers: offerId ? without(call.offers, offerId) : call.offers,
        segments: { ...call.segments, [agentId]: segment },
        visits: {},
        transferTo: null,
        leaving: null,
        ...NEW_TALK,
      }
    }
    case 'AgentLeftCall': {
      const { agentId, agentCode, queueCode, by, segmentId, talkMs, holdMs } = event.data
      const leg = agentId === null ? undefined : call.legs[call.segments[agentId]?.legId ?? '']
      const lastTalker =
        agentId === null || agentCode === null
          ? null
          : { agentId, agentCode, segmentId, queueCode, extension: leg?.extension ?? null }
      const segments = agentId === null ? call.segments : without(call.segments, agentId)
      const alone = Object.keys(segments).length === 0
      const spent = { ...call.spent, [segmentId]: { talkMs, holdMs } }
      return {
        ...call,
        segments,
        spent,
        lastTalker,
        leaving: alone ? { by, cause: 16, reason: by === 'supervisor' ? 'forced' : 'hung_up' } : call.leaving,
      }
    }
    case 'ConsultationStarted':
      return {
        ...call,
        consultation: { legId: event.data.legId, agentId: event.data.agentId, answered: false, since: at },
      }
    case 'ConsultationAnswered':
      return { ...call, consultation: call.consultation && { ...call.consultation, answered: true } }
    case 'ConsultationEnded': {
      const { legId, result } = event.data
      const outside = (result === 'transferred' || result === 'joined') && !call.legs[legId]?.agentId
      return { ...call, consultation: null, outsideLegId: outside ? legId : call.outsideLegId }
    }
    case 'CallTransferred': {
      const { kind, to, agentId, agentCode } = event.data
      if (kind !== 'blind') return call
      const sent = { ...call, blind: { to: to.kind, failure: null } }
      if (to.kind === 'number' || to.kind === 'extension')
        return { ...sent, sentOn: { to, from: { agentId, agentCode } } }
      if (to.kind !== 'agent') return sent
      return { ...sent, transferTo: { agentCode: to.code, from: { agentId, agentCode }, since: at } }
    }
    case 'AgentPhoneLost': {
      const { agentId, agentCode, until } = event.data
      return { ...call, transferTo: { agentCode, from: { agentId, agentCode }, since: at, until } }
    }
    case 'AgentNotBack':
    case 'TransferFailed':
      return {
        ...call,
        ...(call.blind && { blind: { ...call.blind, failure: event.data.reason } }),
        transferTo: null,
        forwardTo: null,
        sentOn: null,
        leaving: { by: 'system', cause: 19, reason: 'unreachable' },
      }
    case 'ThreeWayStarted':
      return { ...call, threeWay: event.data.legIds }
    case 'ThreeWayEnded':
      return { ...call, threeWay: null }
    case 'SupervisorJoined': {
      const { legId, supervisorCode, supervisorAgentId, agentId, mode } = event.data
      return {
        ...call,
        supervisors: {
          ...call.supervisors,
          [legId]: { legId, supervisorCode, supervisorAgentId, agentId, mode, changes: 0 },
        },
      }
    }
    case 'SupervisorModeChanged': {
      const present = call.supervisors[event.data.legId]
      return present
        ? {
            ...call,
            supervisors: {
              ...call.supervisors,
              [present.legId]: { ...present, mode: event.data.mode, changes: present.changes + 1 },
            },
          }
        : call
    }
    case 'SupervisorTookOver':
    case 'SupervisorLeft':
      return { ...call, supervisors: without(call.supervisors, event.data.legId) }
    case 'SurveyStarted':
      return { ...call, surveying: at, surveyed: true, survey: evolveSurvey(null, { ...event, at }) }
    case 'SurveyRepeated':
    case 'SurveyRated':
    case 'SurveySkipped': {
      const survey = evolveSurvey(call.survey, { ...event, at })
      return { ...call, survey, surveying: survey ? call.surveying : null }
    }
    case 'VoicemailReached':
    case 'VoiceMessageLeft':
    case 'VoicemailLeft':
      return {
        ...call,
        toVoicemail: null,
        voicemail: evolveAtBox(call.voicemail, { ...event, at }),
        ...withMessage(evolveMessage(call.message, event)),
        leaving: event.type === 'VoicemailReached' ? null : { by: 'system', cause: 16, reason: 'completed' },
      }
    case 'MissedCallMarked':
    case 'MissedCallAllocated':
      return withMissed(call, event)
    case 'VoiceMessageMarked':
    case 'VoiceMessageDeleted':
      return { ...call, ...withMessage(evolveMessage(call.message, event)) }
    case 'IvrEntered':
      return { ...call, ...NEW_TALK, toIvr: null, ivr: evolveIvr(call.ivr, { ...event, at }) }
    case 'IvrKeyPressed':
    case 'IvrEntryRead':
    case 'IvrEntryTaken':
    case 'IvrInvalidInput':
    case 'IvrInputTimedOut':
    case 'IvrTimeUp':
    case 'IvrSubmenuEntered':
    case 'IvrReturnedToParent':
    case 'IvrReturnedToRoot':
    case 'IvrPromptPlayed':
    case 'IvrRemoved':
      return { ...call, toIvr: null, ivr: evolveIvr(call.ivr, { ...event, at }) }
    case 'IvrTransferred':
      return { ...call, toIvr: null, ivr: null, fromIvr: call.ivr ?? null }
    case 'IvrTransferRefused': {
      const ivr = evolveIvr(call.ivr ?? call.fromIvr, { ...event, at })
      return { ...call, toIvr: null, ivr, ...NEW_TALK, ...SOUGHT_NOBODY }
    }
    case 'IvrExited':
      return { ...call, toIvr: null, ivr: null, leaving: afterIvr(event.data.reason) }
    case 'CallEnded':
      return over(call, at)
    default:
      return call
  }
}

/** Nobody is sought for the caller, and nothing is to end their call. */
const SOUGHT_NOBODY = { transferTo: null, forwardTo: null, outsideLegId: null, leaving: null } as const

function ofRecording(call: LiveCall, event: CallRecordingEvent, at: number): LiveCall {
  const known = { ...call, recordings: evolveRecordings(call.recordings ?? {}, event, at) }
  if (event.type !== 'RecordingStarted' || event.data.rule !== 'voicemail' || !call.voicemail) return known
  const { recordingId } = event.data
  return { ...known, voicemail: { ...call.voicemail, recordingId, since: at, steps: call.voicemail.steps + 1 } }
}

function withMessage(message: LiveCall['message']): Pick<LiveCall, 'message'> {
  return message ? { message } : {}
}

/** Where it was decided that the call goes. */
function routed(
  call: LiveCall,
  { to, outside, record }: Extract<CallEvent, { type: 'CallRouted' }>['data'],
  at: number,
): LiveCall {
  const known: LiveCall = { ...call, routed: true, closed: null, outside, record }
  switch (to.kind) {
    case 'queue':
      return known
    case 'agent':
      return { ...known, transferTo: { agentCode: to.code, from: null, since: at } }
    case 'extension':
      return { ...known, forwardTo: { extension: to.code, number: null, since: at } }
    case 'number':
      // The customer of a placed call is dialled as its customer.
      return call.placedBy && !call.customerLegId
        ? known
        : { ...known, forwardTo: { extension: null, number: to.number, since: at } }
    case 'hang_up':
      return { ...known, leaving: { by: 'system', cause: 16, reason: 'completed' } }
    case 'ivr':
      return { ...known, leaving: null, toIvr: { code: to.code, since: at } }
    case 'voicemail':
      return { ...known, ...SOUGHT_NOBODY, toVoicemail: { box: to.code, since: at } }
    case 'robot':
      return { ...known, leaving: { by: 'system', cause: 20, reason: 'unreachable' } }
  }
}

/** Why someone is disconnected who leaves a menu without being put through. */
function afterIvr(reason: Extract<CallEvent, { type: 'IvrExited' }>['data']['reason']): LiveCall['leaving'] {
  switch (reason) {
    case 'key':
      return { by: 'system', cause: 16, reason: 'completed' }
    case 'caller_gone':
      return { by: 'customer', cause: 16, reason: 'hung_up' }
    case 'exhausted':
    case 'longest':
      return { by: 'system', cause: 31, reason: 'limit' }
    case 'refused':
    case 'removed':
      return { by: 'system', cause: 20, reason: 'unreachable' }
  }
}
