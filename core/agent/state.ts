/**
 * What an agent's shift is at a moment: the fold of its events, and what can be derived from it. Plain JSON, so that a
 * process can snapshot it. Its dimensions are independent of each other (catalogue C4.0, design of the house, section
 * 4).
 */
import { idOf } from '../kernel/event.ts'
import type { CallDirection } from '../call/events.ts'
import { setAsideBy, type SetAside, type Unread } from '../kernel/unread.ts'
import type { ChangedBy, Membership, ShiftEvent, Work } from './events.ts'

/** What the agent is doing. */
export type Engagement =
  | { kind: 'idle' }
  | { kind: 'previewing'; itemId: string; deadline: number }
  | {
      kind: 'talking'
      callId: string
      segmentId: string
      queueCode: string | null
      direction: CallDirection
      held: boolean
      wrapUpMs: number
      wrapUpForm: boolean
      since: number
    }
  | {
      kind: 'wrap_up'
      callId: string
      segmentId: string
      queueCode: string | null
      since: number
      deadline: number
      form: boolean
    }

export interface Reservation {
  offerId: string
  callId: string
  legId: string
  queueCode: string | null
  deadline: number
  since: number
  rang: boolean
}

export interface OpenShift {
  status: 'open'
  shiftId: string
  agentId: string
  agentCode: string
  extension: string | null
  group: string | null
  queues: readonly Membership[]
  via: 'desk' | 'phone'
  work: Work
  reason: string | null
  /** The state wanted once the present call and its wrap-up are over. */
  wish: { work: Work | 'signed_out'; reason: string | null; by: ChangedBy; byCode: string | null; since: number } | null
  engagement: Engagement
  reservation: Reservation | null
  /** The highest epoch of a switchboard owner that reserved the agent; earlier owners no longer may. */
  epoch: number
  signedInAt: number
  registered: boolean
  /** Since when the shift has had its present phone: if two share a phone, the earlier one keeps it. */
  extensionSince: number
  /** Since when the phone has not been registered; null while it is. */
  unregisteredSince: number | null
  /** Has the desk reported in yet? Before that, its silence means nothing. */
  deskSeen: boolean
  /** The browser explicitly made the desk of this shift; null: none was. Every other browser only looks on. */
  deskId: string | null
  /** Since when the desk has been gone, and when it counts as gone for good; null while it is connected. */
  deskLost: { since: number; deadline: number } | null
  longSignIn: { legId: string; active: boolean; deadline: number; dialled?: boolean } | null
  /** Consecutive offers unanswered. */
  missed: number
  /** Consecutive offers to which their phone said that it is busy. Absent: none. */
  busy?: number
  notResponding: boolean
  /** No offers before this. */
  pausedUntil: number
  /** Since when the agent has been available for a call: "longest idle" counts from here. */
  idleSince: number
}

export type Shift = { status: 'none' } | OpenShift | EndedShift

export interface EndedShift {
  status: 'ended'
  agentId: string
  /**
   * Set when one of its events cannot be read; `before`: what was known before, until the ledger says that it is
   * closed. Absent: all can be read.
   */
  setAside?: SetAside & { before: OpenShift | null }
}

/** Why an agent cannot be offered a call now; null when they can. */
export function unavailable(shift: OpenShift, at: number): string | null {
  if (shift.work !== 'ready' && shift.work !== 'on_demand') return shift.work
  const why = occupied(shift)
  if (why) return why
  if (shift.engagement.kind === 'previewing') return 'previewing'
  if (shift.deskLost !== null) return 'desk_lost'
  if (shift.longSignIn && !shift.longSignIn.active) return 'long_sign_in_pending'
  if (shift.wish && shift.wish.work !== 'ready' && shift.wish.work !== 'on_demand') return 'wish_pending'
  if (shift.pausedUntil > at) return 'paused'
  return null
}

/** Why the phone cannot ring now, regardless of what the agent is willing to do; null when it can. */
export function occupied(shift: OpenShift): string | null {
  if (shift.engagement.kind === 'talking' || shift.engagement.kind === 'wrap_up') return shift.engagement.kind
  if (shift.reservation) return 'reserved'
  // A phone that is kept connected can be reached whether it is registered or not.
  return shift.registered || shift.longSignIn?.active ? null : 'phone_not_registered'
}

/** Why nobody can reach the agent now. Only an agent who is dialling may do so while previewing the customer. */
export function busyWith(shift: OpenShift): string | null {
  return occupied(shift) ?? (shift.engagement.kind === 'previewing' ? 'previewing' : null)
}

/** The state when one of the shift's events cannot be read: the shift is over, but the ledger does not say so yet. */
export function unreadShift(state: Shift, unread: Unread): Shift {
  // Over, or set aside already: nothing to close.
  if (state.status === 'ended') return state
  const shiftId = idOf(unread.stream)
  const agentId = state.status === 'open' ? state.agentId : shiftId.slice(0, shiftId.lastIndexOf('-'))
  return {
    status: 'ended',
    agentId,
    setAside: { ...setAsideBy(unread, false), before: state.status === 'open' ? state : null },
  }
}

export function evolveShift(state: Shift, event: ShiftEvent & { at: number }): Shift {
  const { at } = event
  if (event.type === 'AgentSignedIn') {
    const { shiftId, agentId, agentCode, extension, group, queues, via, registered } = event.data
    return {
      status: 'open',
      shiftId,
      agentId,
      agentCode,
      extension,
      group,
      queues,
      via,
      // Catalogue C1.1-initial-state: away until the agent chooses otherwise.
      work: 'away',
      reason: null,
      wish: null,
      engagement: { kind: 'idle' },
      reservation: null,
      epoch: 0,
      signedInAt: at,
      registered,
      extensionSince: at,
      unregisteredSince: registered ? null : at,
      deskSeen: false,
      deskId: null,
      deskLost: null,
      longSignIn: null,
      missed: 0,
      notResponding: false,
      pausedUntil: 0,
      idleSince: at,
    }
  }
  if (event.type === 'ShiftSetAside') {
    const { agentId } = event.data
    if (state.status === 'ended' && !state.setAside) return state
    return {
      status: 'ended',
      agentId,
      setAside: {
        ...(state.status === 'ended' && state.setAside ? state.setAside : setAsideBy(event.data, true)),
        written: true,
        before: null,
      },
    }
  }
  // A process that could read it has ended it.
  if (state.status === 'ended' && state.setAside && event.type === 'AgentSignedOut')
    return { ...state, setAside: { ...state.setAside, written: true, before: null } }
  if (state.status !== 'open') return state
  switch (event.type) {
    case 'AgentSignedOut':
      return { status: 'ended', agentId: state.agentId }
    case 'AgentQueuesChanged':
      return { ...state, queues: event.data.queues }
    case 'AgentBecameReady':
      return {
        ...withWork(state, 'ready', event.data.reason),
        missed: 0,
        notResponding: false,
        pausedUntil: 0,
        idleSince: at,
      }
    case 'AgentBecameOnDemand':
      return {
        ...withWork(state, 'on_demand', event.data.reason),
        missed: 0,
        notResponding: false,
        pausedUntil: 0,
        idleSince: at,
      }
    case 'AgentBecameNotReady':
      return {
        ...withWork(state, 'not_ready', event.data.reason),
        notResponding: state.notResponding && event.data.by === 'system',
      }
    case 'AgentWentAway':
      return {
        ...withWork(state, 'away', event.data.reason),
        notResponding: state.notResponding && event.data.by === 'system',
      }
    case 'AgentWishedFor':
      return { ...state, wish: wishOf(event.data, at) }
    case 'AgentReserved': {
      const { offerId, callId, legId, queueCode, deadline, epoch } = event.data
      return {
        ...state,
        reservation: { offerId, callId, legId, queueCode, deadline, since: at, rang: false },
        epoch: Math.max(state.epoch, epoch),
      }
    }
    case 'AgentReservationEnded': {
      const { missed, pausedUntil, result } = event.data
      // An agent who let an offer pass goes to the end of the line; one who lost it through no fault of their own keeps their place.
      const own = result === 'no_answer' || result === 'refused' || result === 'busy' || result === 'unregistered'
      return {
        ...state,
        reservation: null,
        missed,
        busy: result === 'busy' ? (state.busy ?? 0) + 1 : 0,
        pausedUntil: pausedUntil ?? state.pausedUntil,
        idleSince: own ? at : state.idleSince,
      }
    }
    case 'AgentBecameNotResponding':
      return { ...state, notResponding: true }
    case 'AgentRang':
      return { ...state, reservation: state.reservation && { ...state.reservation, rang: true } }
    case 'AgentCallStarted': {
      const { callId, segmentId, queueCode, direction, wrapUpMs, wrapUpForm } = event.data
      const used = state.reservation?.callId === callId
      return {
        ...state,
        engagement: {
          kind: 'talking',
          callId,
          segmentId,
          queueCode,
          direction,
          held: false,
          wrapUpMs,
          wrapUpForm,
          since: at,
        },
        reservation: used ? null : state.reservation,
        missed: 0,
        busy: 0,
      }
    }
    case 'AgentCallHeld':
    case 'AgentCallResumed':
      if (state.engagement.kind !== 'talking') return state
      return { ...state, engagement: { ...state.engagement, held: event.type === 'AgentCallHeld' } }
    case 'AgentCallEnded':
      return { ...state, engagement: { kind: 'idle' }, idleSince: at }
    case 'AgentWrapUpStarted': {
      const { callId, segmentId, queueCode, deadline, form } = event.data
      return { ...state, engagement: { kind: 'wrap_up', callId, segmentId, queueCode, since: at, deadline, form } }
    }
    case 'AgentWrapUpExtended':
      if (state.engagement.kind !== 'wrap_up') return state
      return { ...state, engagement: { ...state.engagement, deadline: event.data.deadline } }
    case 'AgentWrapUpEnded':
    case 'AgentPreviewEnded':
      return { ...state, engagement: { kind: 'idle' }, idleSince: at }
    case 'AgentPreviewStarted':
      return { ...state, engagement: { kind: 'previewing', itemId: event.data.itemId, deadline: event.data.deadline } }
    case 'AgentPhoneRegistered':
      return { ...state, registered: true, unregisteredSince: null }
    case 'AgentPhoneUnregistered':
      return { ...state, registered: false, unregisteredSince: at }
    case 'AgentDeskClaimed':
      return { ...state, deskSeen: true, deskId: event.data.deskId, deskLost: null }
    case 'AgentDeskConnected':
      return { ...state, deskSeen: true, deskLost: null }
    case 'AgentDeskLost':
      return { ...state, deskLost: { since: at, deadline: event.data.deadline } }
    case 'AgentExtensionChanged':
      return {
        ...state,
        extension: event.data.extension,
        extensionSince: at,
        registered: event.data.registered,
        unregisteredSince: event.data.registered ? null : at,
      }
    case 'AgentLongSignInRequested': {
      const { legId, deadline, dialled } = event.data
      return { ...state, longSignIn: { legId, active: false, deadline, ...(dialled && { dialled }) } }
    }
    case 'AgentLongSignInStarted':
      return {
        ...state,
        longSignIn: {
          legId: event.data.legId,
          active: true,
          deadline: 0,
          ...(state.longSignIn?.dialled && { dialled: true }),
        },
      }
    case 'AgentLongSignInEnded':
      return { ...state, longSignIn: null }
  }
}

function wishOf(
  { work, reason, by, byCode }: Extract<ShiftEvent, { type: 'AgentWishedFor' }>['data'],
  since: number,
): OpenShift['wish'] {
  return work === null ? null : { work, reason, by, byCode, since }
}

/** A new state of work clears any wish. */
function withWork(state: OpenShift, next: Work, reason: string | null): OpenShift {
  return { ...state, work: next, reason, wish: null }
}
