/** The events of a call in English. */
import { parts, type EventWords, type Terms } from './event-words.ts'

export const terms: Terms = {
  by: { customer: 'customer', agent: 'agent', supervisor: 'supervisor', system: 'system', network: 'network' },
  purpose: { customer: 'Customer', agent: 'Agent', consultation: 'Consultation', supervisor: 'Supervisor', robot: 'Robot' },
  reason: {
    hung_up: 'hung up', busy: 'busy', no_answer: 'no answer', rejected: 'rejected', unregistered: 'phone not registered', cancelled: 'cancelled', unreachable: 'unreachable', media_lost: 'media lost',
    node_lost: 'server lost', refused: 'refused', completed: 'completed', forced: 'forced', taken_over: 'taken over', limit: 'limit reached', set_aside: 'an event cannot be read',
  },
  offerFailure: {
    no_answer: 'no answer', refused: 'refused', busy: 'busy', unregistered: 'phone not registered', caller_gone: 'caller gone', lost_race: 'taken elsewhere', withdrawn: 'withdrawn', failed: 'failed',
  },
  queueExit: {
    abandoned: 'abandoned', timed_out: 'timed out', left_by_key: 'left by key', no_agent: 'no agent', overflowed: 'overflowed', called_back: 'to be called back', moved: 'moved', closed: 'closed', failed: 'failed',
  },
}

const { by, purpose, reason, offerFailure, queueExit } = terms
const mode = { listen: 'listens', whisper: 'whispers', three_way: 'joins', take_over: 'takes over' }

export const words: EventWords = {
  title: {
    CallReceived: 'Call received', CallPlaced: 'Call placed', CallRouted: 'Route chosen', CallRejected: 'Call rejected',
    LegDialled: 'Leg dialled', LegRinging: 'Ringing', LegAnswered: 'Leg answered', LegHeld: 'On hold', LegResumed: 'Resumed', LegDigit: 'Key pressed', LegEnded: 'Leg ended',
    CallQueued: 'Entered queue', CallPriorityChanged: 'Priority changed', CallCircleBroken: 'Circle of queues broken', CallAnnounced: 'Announcement', CallOffered: 'Offered to agent', OfferEnded: 'Offer ended', CallbackRequested: 'Call-back requested', CallbackPlaced: 'Call-back queued', CallLeftQueue: 'Left queue',
    CallAnswered: 'Answered by agent', ConsultationStarted: 'Consultation begins', ConsultationAnswered: 'Consultation answered', ConsultationEnded: 'Consultation over', CallTransferred: 'Transferred', TransferFailed: 'Transfer failed',
    ThreeWayStarted: 'Three-way begins', ThreeWayEnded: 'Three-way over', SupervisorJoined: 'Supervisor joined', SupervisorModeChanged: 'Supervision changed', SupervisorTookOver: 'Taken over', SupervisorLeft: 'Supervisor left', CallForceDisconnected: 'Disconnected by a supervisor',
    SurveyStarted: 'Survey begins', SurveyRated: 'Customer rated', CallNoted: 'Note', AgentLeftCall: 'Agent left', CallsMerged: 'Calls merged', CallSetAside: 'Event unreadable: call closed', CallEnded: 'Call ended',
  },
  detail: {
    CallReceived: (d, say) => parts(`${say.number(d.from)} → ${d.to}`, d.gateway && `gateway ${d.gateway}`, d.category),
    CallPlaced: (d, say) => parts(say.number(d.to), d.agentCode && say.agent(d.agentCode), d.campaign && `campaign ${d.campaign}`),
    CallRouted: (d) => parts(`route ${d.route}`, d.to.code, `configuration ${d.configVersion}`),
    CallRejected: (d) => ({ blacklisted: 'blacklisted', no_route: 'no route', closed: 'closed', no_media: 'no media', overload: 'overload', in_arrears: 'in arrears', not_allowed: 'not allowed' })[d.reason],
    LegDialled: (d, say) => parts(purpose[d.purpose], d.agentCode && say.agent(d.agentCode), d.extension && `extension ${d.extension}`, d.number && say.number(d.number)),
    LegRinging: (d, say) => say.leg(d.legId),
    LegAnswered: (d, say) => say.leg(d.legId),
    LegHeld: (d, say) => parts(say.leg(d.legId), `by ${d.agentCode ? say.agent(d.agentCode) : by[d.by]}`),
    LegResumed: (d, say) => parts(say.leg(d.legId), d.agentCode && `by ${say.agent(d.agentCode)}`),
    LegDigit: (d) => d.digit,
    LegEnded: (d, say) => parts(say.leg(d.legId), `${by[d.by]}: ${reason[d.reason]}`, `cause ${d.cause}`, d.sip !== null && `SIP ${d.sip}`),
    CallQueued: (d, say) => parts(say.queue(d.queueCode), `service-level limit ${say.ms(d.targetMs)}`, d.priority !== 0 && `priority ${d.priority}`, d.resumed && 'kept its place'),
    CallPriorityChanged: (d, say) => parts(say.queue(d.queueCode), `priority ${d.priority}`, d.by),
    CallCircleBroken: (d, say) => `${say.queue(d.to)} has had the caller ${d.visits} times: the caller stays in ${say.queue(d.queueCode)}`,
    CallAnnounced: (d) => ({ sound: 'a sound', place: `number ${d.value} in line`, expected_wait: 'expected wait' })[d.kind],
    CallOffered: (d, say) => parts(say.agent(d.agentCode), d.extension && `extension ${d.extension}`),
    OfferEnded: (d, say) => parts(say.agent(d.agentCode), offerFailure[d.result]),
    CallbackRequested: (d, say) => parts(say.queue(d.queueCode), say.number(d.number)),
    CallbackPlaced: (d) => d.callbackCallId,
    CallLeftQueue: (d, say) => parts(say.queue(d.queueCode), queueExit[d.exit], `waited ${say.ms(d.waitMs)}`),
    CallAnswered: (d, say) => parts(say.agent(d.agentCode), `waited ${say.ms(d.waitMs)}`, `rang ${say.ms(d.ringMs)}`),
    ConsultationStarted: (d, say) => parts(say.agent(d.agentCode), d.to.code),
    ConsultationAnswered: (d, say) => say.leg(d.legId),
    ConsultationEnded: (d) => ({ transferred: 'transferred', joined: 'joined', dropped: 'dropped', not_reached: 'not reached' })[d.result],
    CallTransferred: (d, say) => parts(say.agent(d.agentCode), d.kind === 'blind' ? 'blind' : 'attended', d.to.kind === 'queue' ? say.queue(d.to.code) : d.to.code),
    TransferFailed: (d) => parts(d.to.code, offerFailure[d.reason]),
    ThreeWayStarted: (d, say) => say.agent(d.agentCode),
    SupervisorJoined: (d, say) => parts(`supervisor ${d.supervisorCode}`, mode[d.mode], say.agent(d.agentCode)),
    SupervisorModeChanged: (d) => parts(`supervisor ${d.supervisorCode}`, mode[d.mode]),
    SupervisorTookOver: (d, say) => parts(`supervisor ${d.supervisorCode}`, `from ${say.agent(d.agentCode)}`),
    SupervisorLeft: (d) => `supervisor ${d.supervisorCode}`,
    CallForceDisconnected: (d, say) => parts(`supervisor ${d.supervisorCode}`, say.agent(d.agentCode)),
    SurveyStarted: (d, say) => say.agent(d.agentCode),
    SurveyRated: (d) => ({ satisfied: 'satisfied', fair: 'fair', dissatisfied: 'dissatisfied' })[d.rating],
    CallNoted: (d, say) => parts(say.agent(d.agentCode), d.note),
    AgentLeftCall: (d, say) => parts(d.agentCode && say.agent(d.agentCode), `ended by ${by[d.by]}`, `talked ${say.ms(d.talkMs)}`, d.holdMs > 0 && `held ${say.ms(d.holdMs)}`),
    CallsMerged: (d) => `into ${d.intoCallId}`,
    CallSetAside: (d) => parts(`event ${d.revision} (${d.eventType})`, { unknown: 'of a later version', newer: 'of a newer schema', corrupt: 'damaged' }[d.why]),
    CallEnded: (d) => parts(`${by[d.by]}: ${reason[d.reason]}`, `cause ${d.cause}`),
  },
}
