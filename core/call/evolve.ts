/** How events change a call: the fold of its stream into `state.ts`. Pure. */
import { announcing } from './announcement.ts'
import { evolveIvr } from '../ivr/progress.ts'
import { idOf } from '../kernel/event.ts'
import { setAsideBy, type SetAside, type Unread } from '../kernel/unread.ts'
import { evolveRecordings, isOfRecording, type CallRecordingEvent } from '../recording/state.ts'
import { evolveSurvey, heard as heardInSurvey } from '../survey/progress.ts'
import type { LegEnd, LegPurpose } from '../telephony/port.ts'
import { evolveAtBox, evolveMessage } from '../voicemail/state.ts'
import type { CallDirection, CallEvent } from './events.ts'
import { withMissedOffer } from './missed.ts'
import { goesOnBy } from './outside.ts'
import { segmentDurations, visitsTo, type Call, type Leg, type LiveCall, type Missed, type Segment } from './state.ts'

function begin(callId: string, direction: CallDirection, at: number): LiveCall {
  return {
    status: 'live',
    callId,
    direction,
    startedAt: at,
    number: null,
    callerId: null,
    placedBy: null,
    legs: {},
    customerLegId: null,
    queue: null,
    lastQueueCode: null,
    offers: {},
    segments: {},
    consultation: null,
    callback: null,
    transferTo: null,
    forwardTo: null,
    threeWay: null,
    outsideLegId: null,
    spent: {},
    supervisors: {},
    surveying: null,
    leaving: null,
    endedAt: null,
  }
}

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
    case 'CallQueued': {
      const { segmentId, queueCode, priority, joinedAt, targetMs, shortAbandonMs, notBefore } = event.data
      const queue = {
        segmentId,
        queueCode,
        priority,
        joinedAt,
        queuedAt: at,
        targetMs,
        shortAbandonMs,
        notBefore,
        announced: {},
        pressed: null,
      }
      const { placedBy, number } = call
      const callback =
        placedBy?.by === 'callback' && number !== null
          ? { queueCode, number, joinedAt, attempts: placedBy.attempt, since: at, placed: true }
          : call.callback
      const visits = { ...call.visits, [queueCode]: visitsTo(call, queueCode) + 1 }
      const known = { ...call, callback, queue, visits, lastQueueCode: queueCode }
      return { ...known, transferTo: null, leaving: null, ...NEW_TALK }
    }
    case 'CallCircleBroken':
      return { ...call, queue: call.queue && { ...call.queue, circled: true } }
    case 'CallAnnounced': {
      const { kind, value } = event.data
      return {
        ...call,
        queue: call.queue && { ...call.queue, announced: { ...call.queue.announced, [kind]: { at, value } } },
      }
    }
    case 'LegDigit': {
      const { legId, digit } = event.data
      return legId === call.customerLegId && call.queue ? { ...call, queue: { ...call.queue, pressed: digit } } : call
    }
    case 'CallbackRequested': {
      const { queueCode, number, joinedAt } = event.data
      return number === null
        ? call
        : { ...call, callback: { queueCode, number, joinedAt, attempts: 0, since: at, placed: false } }
    }
    case 'CallbackPlaced':
      return { ...call, callback: call.callback && { ...call.callback, placed: true } }
    case 'CallPriorityChanged':
      return { ...call, queue: call.queue && { ...call.queue, priority: event.data.priority } }
    case 'CallOffered': {
      const { offerId, agentId, agentCode, legId, queueCode, deadline } = event.data
      return {
        ...call,
        offers: {
          ...call.offers,
          [offerId]: { offerId, agentId, agentCode, legId, queueCode, offeredAt: at, deadline },
        },
      }
    }
    case 'OfferEnded': {
      const { offerId, result } = event.data
      const legId = call.offers[offerId]?.legId
      const noted = legId ? withLeg(call, legId, { offerResult: result }) : call
      const missed = withMissedOffer(call.missed, offerId, result)
      return { ...noted, offers: without(call.offers, offerId), ...(missed && { missed }) }
    }
    case 'CallLeftQueue': {
      const { exit, to } = event.data
      const left = { ...call, queue: null }
      if (to?.kind === 'agent') return { ...left, transferTo: { agentCode: to.code, from: null, since: at } }
      if (to?.kind === 'extension' || to?.kind === 'number')
        return {
          ...left,
          forwardTo: { extension: to.kind === 'extension' ? to.code : null, number: to.number, since: at },
        }
      if (to?.kind === 'voicemail') return { ...left, toVoicemail: { box: to.code, since: at } }
      if (to !== null || exit === 'abandoned') return left
      // A caller who leaves the queue with no destination is disconnected, for the queue's reason.
      return {
        ...left,
        leaving:
          exit === 'called_back'
            ? { by: 'system', cause: 16, reason: 'completed' }
            : { by: 'system', cause: 31, reason: 'limit' },
      }
    }
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
      if (to.kind === 'number' || to.kind === 'extension')
        return { ...call, sentOn: { to, from: { agentId, agentCode } } }
      if (to.kind !== 'agent') return call
      return { ...call, transferTo: { agentCode: to.code, from: { agentId, agentCode }, since: at } }
    }
    case 'TransferFailed':
      return {
        ...call,
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
      return marked(call, event.data)
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

/** The state when one of the call's events cannot be read: the call is over, but the ledger does not say so yet. */
export function unreadCall(state: Call, unread: Unread): Call {
  // Over, or set aside already: nothing to close.
  if (state.status === 'ended') return state
  return closedFor(state, idOf(unread.stream), unread, unread.at, false)
}

function closedFor(state: Call, callId: string, unread: Omit<SetAside, 'written'>, at: number, written: boolean): Call {
  if (state.status === 'ended')
    return state.setAside ? { ...state, setAside: { ...state.setAside, written: true, before: null } } : state
  const call = state.status === 'none' ? begin(callId, 'inbound', at) : state
  const spent = { ...call.spent }
  for (const segment of Object.values(call.segments)) spent[segment.segmentId] = segmentDurations(segment, at)
  return {
    ...over(call, at),
    spent,
    setAside: { ...setAsideBy(unread, written), before: written || state.status === 'none' ? null : state },
  }
}

/**
 * What still happens to a call that was set aside: its legs end, and so does the call itself if a process that could
 * read it ended it.
 */
function afterwards(call: LiveCall, setAside: NonNullable<LiveCall['setAside']>, event: CallEvent): LiveCall {
  switch (event.type) {
    case 'LegEnded':
      return withLeg(call, event.data.legId, { state: 'ended' })
    case 'AgentLeftCall':
      return {
        ...call,
        spent: { ...call.spent, [event.data.segmentId]: { talkMs: event.data.talkMs, holdMs: event.data.holdMs } },
      }
    case 'CallbackPlaced':
      return { ...call, callback: call.callback && { ...call.callback, placed: true } }
    case 'MissedCallMarked':
      return marked(call, event.data)
    case 'CallEnded': {
      if (setAside.written) return call
      let ended = call
      for (const legId in call.legs) ended = withLeg(ended, legId, { state: 'ended' })
      return { ...ended, setAside: { ...setAside, written: true, before: null } }
    }
    default:
      return call
  }
}

/** What is behind the caller once somebody talks to them, or a queue has them. */
const NEW_TALK = { fromIvr: null, toVoicemail: null, sentOn: null } as const
/** Nobody is sought for the caller, and nothing is to end their call. */
const SOUGHT_NOBODY = { transferTo: null, forwardTo: null, outsideLegId: null, leaving: null } as const

function ofRecording(call: LiveCall, event: CallRecordingEvent, at: number): LiveCall {
  const known = { ...call, recordings: evolveRecordings(call.recordings ?? {}, event, at) }
  if (event.type !== 'RecordingStarted' || event.data.rule !== 'voicemail' || !call.voicemail) return known
  const { recordingId } = event.data
  return { ...known, voicemail: { ...call.voicemail, recordingId, since: at, steps: call.voicemail.steps + 1 } }
}

function marked(call: LiveCall, { offerIds, handled }: Missed): LiveCall {
  return { ...call, missed: { offerIds, handled } }
}

function withMessage(message: LiveCall['message']): Pick<LiveCall, 'message'> {
  return message ? { message } : {}
}

function over(call: LiveCall, at: number): LiveCall {
  return {
    ...call,
    callback: owed(call, at),
    status: 'ended',
    endedAt: at,
    queue: null,
    offers: {},
    segments: {},
    consultation: null,
    transferTo: null,
    sentOn: null,
    forwardTo: null,
    toIvr: null,
    ivr: null,
    fromIvr: null,
    toVoicemail: null,
    voicemail: null,
    threeWay: null,
    supervisors: {},
    surveying: null,
    survey: null,
    leaving: null,
  }
}

/** A call-back that ends without reaching the customer leaves another one to be made. */
function owed(call: LiveCall, at: number): LiveCall['callback'] {
  const { placedBy, callback, customerLegId } = call
  const reached = customerLegId !== null && call.legs[customerLegId]?.answeredAt !== null
  return placedBy?.by === 'callback' && callback && !reached ? { ...callback, since: at, placed: false } : callback
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

function legEnded(
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

function newLeg(legId: string, purpose: LegPurpose, at: number): Leg {
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

function withLeg(call: LiveCall, legId: string, change: Partial<Leg>): LiveCall {
  const leg = call.legs[legId]
  return leg ? { ...call, legs: { ...call.legs, [legId]: { ...leg, ...change } } } : call
}

/** Hold belongs to the customer: it counts for everyone who was talking to them. */
function withHold(call: LiveCall, at: number, held: boolean): LiveCall {
  const segments: Record<string, Segment> = {}
  for (const [agentId, segment] of Object.entries(call.segments)) {
    if (held) segments[agentId] = { ...segment, heldSince: segment.heldSince ?? at }
    else if (segment.heldSince === null) segments[agentId] = segment
    else
      segments[agentId] = { ...segment, heldMs: segment.heldMs + Math.max(0, at - segment.heldSince), heldSince: null }
  }
  return { ...call, segments }
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  const { [key]: _, ...rest } = record
  return rest
}
