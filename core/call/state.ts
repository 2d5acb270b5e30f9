/** The state of a call, as `evolve.ts` folds it from its events. Plain JSON, so that a process can snapshot it. */
import type { IvrProgress } from '../ivr/progress.ts'
import type { SetAside } from '../kernel/unread.ts'
import type { CallRecordings } from '../recording/state.ts'
import type { SurveyProgress } from '../survey/progress.ts'
import type { EndedBy, LegEnd, LegPurpose } from '../telephony/port.ts'
import type { AtBox, VoiceMessage } from '../voicemail/state.ts'
import type {
  CallDirection,
  Destination,
  FeatureSay,
  OfferFailure,
  OutsideCall,
  RejectReason,
  SupervisionMode,
} from './events.ts'

export interface Leg {
  legId: string
  purpose: LegPurpose
  agentId: string | null
  agentCode: string | null
  extension: string | null
  number: string | null
  offerId: string | null
  state: 'dialled' | 'ringing' | 'answered' | 'held' | 'ended'
  /** How often it was put on hold: distinguishes one hold from the next. */
  holds: number
  /** Result of the offer it was dialled for. */
  offerResult: OfferFailure | null
  /** When it was dialled or arrived. */
  since: number
  answeredAt: number | null
  /** The gateway that carries it, and the number of ours that it shows. Absent in older snapshots, and where there is none. */
  gateway?: string | null
  callerNumber?: string | null
  /** The leg of another call whose place it took. */
  onLegId?: string
  /** The caller has heard the number of the agent who answered on it. */
  announced?: boolean
}

/** One agent's stretch with the customer. */
export interface Segment {
  segmentId: string
  agentId: string
  agentCode: string
  legId: string
  queueCode: string | null
  startedAt: number
  heldMs: number
  /** Since when the customer has been on hold; null while they talk. */
  heldSince: number | null
}

export interface Offer {
  offerId: string
  agentId: string
  agentCode: string
  legId: string
  queueCode: string | null
  offeredAt: number
  deadline: number
}

export interface LiveCall {
  status: 'live' | 'ended'
  callId: string
  direction: CallDirection
  startedAt: number
  /** The customer's number, shown on the phones that will ring; null when withheld or forgotten. */
  number: string | null
  callerId: string | null
  /**
   * Who or what requested a placed call. An agent first gets a leg of their own; a call-back waits for one in its
   * queue.
   */
  placedBy: {
    by: 'agent' | 'campaign' | 'robot' | 'callback'
    agentId: string | null
    legId: string | null
    attempt: number
    /** The leg on which the agent’s phone dialled by itself; absent: it is rung first. */
    phoneLegId?: string | null
  } | null
  /** Has it been decided where the call goes? Absent: no. */
  routed?: boolean
  /** A call to someone outside: how they are reached. */
  outside?: OutsideCall | null
  /** It is to be recorded, whatever the phones say. */
  record?: boolean
  /** It came outside the hours of its route: what the caller hears, and whether they have. */
  closed?: { route: string; media: string | null; since: number; heard: boolean } | null
  /** Why it was refused before anybody took it; absent: it was not. */
  rejected?: RejectReason
  /** A function was dialled: what the phone hears of it before it is hung up. Null: it is being carried out. */
  feature?: { say: FeatureSay; said: string | null; since: number; heard: boolean } | null
  /** It was routed to a voice menu, which the caller has not entered yet. Absent in older snapshots. */
  toIvr?: { code: string; since: number } | null
  /** Where the caller is in a voice menu. */
  ivr?: IvrProgress | null
  /** A menu has put the caller through and nobody has taken them yet: where they were in it. Absent: none has. */
  fromIvr?: IvrProgress | null
  /** The caller was sent to a box of voicemail, and is not there yet. Absent: they were not. */
  toVoicemail?: { box: string; since: number } | null
  /** The caller is at a box of voicemail. */
  voicemail?: AtBox | null
  /** The message that the caller left; it outlives the call. */
  message?: VoiceMessage
  /** Agents did not take it, or somebody said what is left to do. */
  missed?: Missed
  /** The number of ours that was called. Absent in older snapshots, and in calls that we placed. */
  called?: string
  /** The campaign that placed it. */
  campaign?: string | null
  /** Absent: none yet. */
  recordings?: CallRecordings
  legs: Record<string, Leg>
  /** The customer's leg; in an internal call the leg of the phone that called. */
  customerLegId: string | null
  queue: {
    segmentId: string
    queueCode: string
    priority: number
    joinedAt: number
    queuedAt: number
    targetMs: number
    shortAbandonMs: number
    /** Of a repeated call-back: no agent is sought before this. */
    notBefore: number | null
    /** What the caller was last told, by kind. */
    announced: Readonly<Partial<Record<'sound' | 'place' | 'expected_wait', { at: number; value: number | null }>>>
    /** The last key the caller pressed here. */
    pressed: string | null
    /** Queues had sent the caller round in a circle: from here they no longer go to another queue. */
    circled?: boolean
  } | null
  /** How often the caller has been in each queue since someone last talked to them. Absent in older snapshots. */
  visits?: Readonly<Record<string, number>>
  /** The queue it was in last: a transferred segment belongs to it. */
  lastQueueCode: string | null
  offers: Record<string, Offer>
  /** Who talks to the customer, by agent id. */
  segments: Record<string, Segment>
  consultation: { legId: string; agentId: string; answered: boolean; since: number } | null
  /** A call-back that was requested here, or that this call is; `placed` is false while one more is owed. */
  callback: {
    queueCode: string
    number: string
    joinedAt: number
    attempts: number
    since: number
    placed: boolean
  } | null
  /** A blind transfer that is waiting for its agent; without an agent, a queue sent the caller on. */
  transferTo: {
    agentCode: string
    from: { agentId: string; agentCode: string } | null
    since: number
    /** Set when it is the agent who talked, and whose phone is gone: they are waited for until then. */
    until?: number
  } | null
  /** The last blind transfer: what it was to, and why nobody was reached there; null: that is not known. Absent: there was none. */
  blind?: { to: Destination['kind']; failure: OfferFailure | null }
  /**
   * A blind transfer to a phone at which nobody is signed in, or to someone outside, until they answer. Absent in older
   * snapshots.
   */
  sentOn?: { to: Destination; from: { agentId: string; agentCode: string } } | null
  /** A queue or a route sent the caller to a phone without a shift, or outside: it still has to be dialled. */
  forwardTo: { extension: string | null; number: string | null; since: number } | null
  threeWay: readonly string[] | null
  /** An outside party to whom the customer was transferred, or who joined: they have a leg but no segment. */
  outsideLegId: string | null
  /** Durations of finished segments, for the shifts that follow. */
  spent: Record<string, { talkMs: number; holdMs: number }>
  /**
   * Supervisors taking part beside an agent, by their leg. `changes` counts changes of mode, to distinguish one from
   * the next.
   */
  supervisors: Record<
    string,
    {
      legId: string
      supervisorCode: string
      supervisorAgentId: string | null
      agentId: string
      mode: SupervisionMode
      changes: number
    }
  >
  /** Since when the customer has been hearing the satisfaction survey. */
  surveying: number | null
  /** Where they are in it; null or absent: in none, or in one of which no question is known. */
  survey?: SurveyProgress | null
  /** They were asked. */
  surveyed?: boolean
  /** The agent who talked last, once nobody talks any more. Absent: nobody has talked. */
  lastTalker?: {
    agentId: string
    agentCode: string
    segmentId: string
    queueCode: string | null
    extension: string | null
  } | null
  /** Why the customer is about to be disconnected, unless they hang up first. */
  leaving: { by: EndedBy; cause: number; reason: LegEnd['reason'] } | null
  endedAt: number | null
  /**
   * Set when one of its events cannot be read; `before`: what was known before, until the ledger says that it is
   * closed. Absent: all can be read.
   */
  setAside?: SetAside & { before: LiveCall | null }
}

/** What was missed of a call, and whether that is dealt with. */
export interface Missed {
  /** Offers that their agents did not take, the latest last. */
  offerIds: readonly string[]
  handled: boolean
  /** Who is to deal with it; absent: nobody in particular. */
  agentId?: string
}

export type Call = { status: 'none' } | LiveCall

/**
 * Since when a waiting call has been able to take an agent, UTC ms: since the caller was answered; for a call-back
 * since it was placed, because the agent comes first. Null: there is no one to talk to now.
 */
export function waitsSince(call: LiveCall): number | null {
  const customer = call.customerLegId ? call.legs[call.customerLegId] : undefined
  if (!customer) return call.placedBy?.by === 'callback' ? call.startedAt : null
  return customer.state === 'answered' ? customer.answeredAt : null
}

/** How often the caller has been in a queue since someone last talked to them. */
export function visitsTo({ visits = {} }: LiveCall, queueCode: string): number {
  return Object.hasOwn(visits, queueCode) ? visits[queueCode]! : 0
}

/** Talk (without hold) and hold of a segment up to a moment, ms. */
export function segmentDurations(segment: Segment, at: number): { talkMs: number; holdMs: number } {
  const holdMs = segment.heldMs + (segment.heldSince === null ? 0 : Math.max(0, at - segment.heldSince))
  return { talkMs: Math.max(0, at - segment.startedAt - holdMs), holdMs }
}

/** The leg on which an agent is talking: to the customer, or to the colleague who consults them. Null when neither. */
export function legOfAgent(call: LiveCall, agentId: string): Leg | null {
  const segment = call.segments[agentId]
  if (segment) return call.legs[segment.legId] ?? null
  const caller = callerAgent(call)
  if (caller?.agentId === agentId) return caller
  const third = call.consultation?.answered ? call.legs[call.consultation.legId] : undefined
  return third?.agentId === agentId ? third : null
}

/** The leg of an agent who called a colleague, a queue or a menu from their phone; null: nobody did, or they hung up. */
export function callerAgent(call: LiveCall): Leg | null {
  const leg = call.customerLegId ? call.legs[call.customerLegId] : undefined
  return leg && leg.agentId !== null && leg.state !== 'ended' ? leg : null
}

/** Has every leg of the call ended? */
export function legsAreOver(call: LiveCall): boolean {
  for (const legId in call.legs) if (call.legs[legId]!.state !== 'ended') return false
  return true
}
