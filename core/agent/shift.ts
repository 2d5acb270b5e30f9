/**
 * The shift of an agent, from sign-in to sign-out: the only truth of what he is willing to do and of
 * who has reserved him. Its dimensions are independent of each other (catalogue C4.0, design of the
 * house, section 4): what he wants (work), what he does (call), whether his phone and his desk are
 * there, and whether he has been leaving calls unanswered.
 */
import type { Context, Decider } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import type { CallDirection, OfferFailure } from '../call/events.ts'
import type { ChangedBy, Decision, Membership, ShiftEvent, Work } from './events.ts'

/** Wrap-up, extensions included, never lasts longer: "until the form is sent" has a cap. */
export const WRAP_UP_CAP_MS = 30 * 60_000
/** What he is doing. */
export type Engagement =
  | { kind: 'idle' }
  | { kind: 'previewing'; itemId: string; deadline: number }
  | { kind: 'talking'; callId: string; segmentId: string; queueCode: string | null; direction: CallDirection; held: boolean; wrapUpMs: number; wrapUpForm: boolean; since: number }
  | { kind: 'wrap_up'; callId: string; segmentId: string; queueCode: string | null; since: number; deadline: number; form: boolean }

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
  /** What he wants when the present call and its wrap-up are over. */
  wish: { work: Work | 'signed_out'; reason: string | null; by: ChangedBy; byCode: string | null } | null
  engagement: Engagement
  reservation: Reservation | null
  /** The highest epoch of an owner of the switchboard who reserved him: an earlier owner may not any more. */
  epoch: number
  signedInAt: number
  registered: boolean
  /** Since when his phone is not registered; null while it is. */
  unregisteredSince: number | null
  /** Has his desk said that it is there? Before, its silence means nothing. */
  deskSeen: boolean
  /** Since when his desk is gone, and when it is taken for gone for good; null while it is connected. */
  deskLost: { since: number; deadline: number } | null
  longSignIn: { legId: string; active: boolean; deadline: number } | null
  /** Offers unanswered in a row. */
  missed: number
  notResponding: boolean
  /** No offers before this. */
  pausedUntil: number
  /** Since when he could have been given a call: what "longest idle" counts from. */
  idleSince: number
}

export type Shift = { status: 'none' } | OpenShift | { status: 'ended'; agentId: string }

/** Who changes a state and why. */
interface Change {
  by: ChangedBy
  byCode?: string | null
  reason?: string | null
}

export type ShiftCommand =
  | {
      do: 'sign_in'
      shiftId: string
      agentId: string
      agentCode: string
      userId: string
      name: string | null
      extension: string | null
      group: string | null
      department: string | null
      queues: readonly Membership[]
      via: 'desk' | 'phone'
      registered: boolean
    }
  | ({ do: 'sign_out' } & Change)
  | ({ do: 'set_work'; work: Work } & Change)
  | { do: 'wish'; work: Work | 'signed_out' | null; reason?: string | null }
  | { do: 'change_queues'; queues: readonly Membership[]; byCode: string | null }
  | { do: 'reserve'; offerId: string; callId: string; legId: string; queueCode: string | null; deadline: number; direction: CallDirection; decision: Decision | null; epoch?: number }
  | { do: 'end_reservation'; offerId: string; result: OfferFailure; maxNoAnswer: number; pauseMs: number }
  | { do: 'ring'; callId: string; offerId: string | null }
  | { do: 'start_call'; callId: string; segmentId: string; offerId: string | null; queueCode: string | null; direction: CallDirection; wrapUpMs: number; wrapUpForm?: boolean }
  | { do: 'hold_call'; callId: string }
  | { do: 'resume_call'; callId: string }
  | { do: 'end_call'; callId: string; talkMs: number; holdMs: number }
  | { do: 'extend_wrap_up'; byMs: number }
  | { do: 'end_wrap_up'; by: 'agent' | 'deadline' | 'form' | 'supervisor' }
  | { do: 'start_preview'; itemId: string; deadline: number }
  | { do: 'end_preview'; result: 'called' | 'skipped' | 'timed_out' }
  | { do: 'phone'; registered: boolean }
  | { do: 'desk'; connected: true }
  | { do: 'desk'; connected: false; graceMs: number }
  | { do: 'change_extension'; extension: string | null; registered: boolean }
  | ({ do: 'long_sign_in'; legId: string; ringMs: number } & Change)
  | { do: 'long_sign_in_answered'; legId: string }
  /** `legId`: the leg that has ended, which ends the long sign-in also in a call; null: somebody asks for it. */
  | ({ do: 'end_long_sign_in'; legId: string | null } & Change)

export const shiftDecider: Decider<Shift, ShiftCommand, ShiftEvent> = {
  category: 'shift',
  initial: { status: 'none' },
  decide(command, state, context) {
    if (command.do === 'sign_in') return signIn(command, state)
    if (state.status !== 'open') {
      throw new Problem('agent.not_signed_in', { agent: state.status === 'ended' ? state.agentId : '' })
    }
    return decideOpen(command, state, context)
  },
  evolve: (state, event) => evolveShift(state, event as ShiftEvent & { at: number }),
}

function signIn(command: Extract<ShiftCommand, { do: 'sign_in' }>, state: Shift): ShiftEvent[] {
  if (state.status === 'open') throw new Problem('agent.already_signed_in', { agent: state.agentCode })
  const { do: _, queues, ...data } = command
  return [{ type: 'AgentSignedIn', data: { ...data, queues: [...queues] } }]
}

function decideOpen(command: Exclude<ShiftCommand, { do: 'sign_in' }>, state: OpenShift, { at }: Context): ShiftEvent[] {
  const who = { shiftId: state.shiftId, agentId: state.agentId, agentCode: state.agentCode }
  const { engagement, reservation } = state
  switch (command.do) {
    case 'sign_out': {
      const change = changeOf(command)
      // A forced sign-out stops new calls at once; the call that he is in is not torn from the customer.
      if (engagement.kind === 'talking' || reservation) {
        const wish: ShiftEvent = { type: 'AgentWishedFor', data: { ...who, work: 'signed_out', ...change } }
        const away: ShiftEvent[] = command.by === 'agent' ? [] : workChange(state, 'away', change)
        return state.wish?.work === 'signed_out' ? away : [...away, wish]
      }
      if (command.by === 'agent') requireForm(state)
      return [...leaveWrapUp(state, at, 'signed_out'), ...signedOut(state, change)]
    }
    case 'set_work': {
      const change = changeOf(command)
      if (command.by === 'agent' && (engagement.kind === 'talking' || reservation)) {
        return decideOpen({ do: 'wish', work: command.work, reason: change.reason }, state, { at, newId: () => '' })
      }
      // "Ready" in wrap-up means that the write-up is done; so does any other state he chooses himself.
      if (command.by === 'agent') requireForm(state)
      const done = command.by === 'agent' ? leaveWrapUp(state, at, 'agent') : []
      return [...done, ...workChange(state, command.work, change)]
    }
    case 'wish': {
      const reason = command.reason ?? null
      const same = command.work === null ? state.wish === null : state.wish?.work === command.work && state.wish.reason === reason
      return same ? [] : [{ type: 'AgentWishedFor', data: { ...who, work: command.work, reason, by: 'agent', byCode: null } }]
    }
    case 'change_queues':
      return [{ type: 'AgentQueuesChanged', data: { ...who, queues: [...command.queues], byCode: command.byCode } }]
    case 'reserve': {
      if (reservation?.offerId === command.offerId) return []
      const { do: _, epoch = 0, ...data } = command
      if (epoch > 0 && epoch < state.epoch) throw new Problem('switchboard.superseded', { epoch, later: state.epoch })
      // Who dials himself, or is consulted by a colleague, need not take calls from queues.
      const why = command.direction === 'inbound' ? unavailable(state, at) : command.direction === 'internal' ? busyWith(state) : occupied(state)
      if (why) throw new Problem('agent.not_available', { agent: state.agentCode, why })
      return [...leavePreview(state, 'called'), { type: 'AgentReserved', data: { ...who, ...data, epoch } }]
    }
    case 'end_reservation': {
      if (reservation?.offerId !== command.offerId) return []
      const missed = command.result === 'no_answer' ? state.missed + 1 : state.missed
      const events: ShiftEvent[] = [
        {
          type: 'AgentReservationEnded',
          data: {
            ...who,
            offerId: reservation.offerId,
            callId: reservation.callId,
            queueCode: reservation.queueCode,
            result: command.result,
            missed,
            pausedUntil: command.pauseMs > 0 ? at + command.pauseMs : null,
          },
        },
      ]
      if (command.result === 'no_answer' && command.maxNoAnswer > 0 && missed >= command.maxNoAnswer) {
        events.push({ type: 'AgentBecameNotResponding', data: { ...who, missed } })
        return [...events, ...workChange(state, 'away', { by: 'system', byCode: null, reason: 'not_responding' })]
      }
      // The network knows of no such phone, whatever we took for known: he is out until it registers.
      if (command.result === 'unregistered') events.push(...phone(state, false))
      return [...events, ...grantWish(state)]
    }
    case 'ring':
      if (!reservation || reservation.rang || reservation.callId !== command.callId) return []
      return [{ type: 'AgentRang', data: { ...who, callId: command.callId, offerId: command.offerId } }]
    case 'start_call': {
      if (engagement.kind === 'talking' && engagement.segmentId === command.segmentId) return []
      const { do: _, wrapUpForm = false, ...data } = command
      return [...leaveWrapUp(state, at, 'agent'), ...leavePreview(state, 'called'), { type: 'AgentCallStarted', data: { ...who, ...data, wrapUpForm } }]
    }
    case 'hold_call':
      if (engagement.kind !== 'talking' || engagement.callId !== command.callId || engagement.held) return []
      return [{ type: 'AgentCallHeld', data: { ...who, callId: command.callId } }]
    case 'resume_call':
      if (engagement.kind !== 'talking' || engagement.callId !== command.callId || !engagement.held) return []
      return [{ type: 'AgentCallResumed', data: { ...who, callId: command.callId } }]
    case 'end_call': {
      if (engagement.kind !== 'talking' || engagement.callId !== command.callId) return []
      const { callId, segmentId, queueCode, wrapUpMs, wrapUpForm, direction } = engagement
      const ended: ShiftEvent = { type: 'AgentCallEnded', data: { ...who, callId, segmentId, queueCode, talkMs: command.talkMs, holdMs: command.holdMs } }
      if (wrapUpMs === 0) return [ended, ...afterCall(state, direction)]
      const deadline = at + Math.min(wrapUpMs, WRAP_UP_CAP_MS)
      return [ended, { type: 'AgentWrapUpStarted', data: { ...who, callId, segmentId, queueCode, deadline, form: wrapUpForm } }]
    }
    case 'extend_wrap_up': {
      if (engagement.kind !== 'wrap_up') throw new Problem('agent.not_in_wrap_up', { agent: state.agentCode })
      const deadline = engagement.deadline + command.byMs
      if (deadline - engagement.since > WRAP_UP_CAP_MS) throw new Problem('agent.wrap_up_too_long', { limit: WRAP_UP_CAP_MS / 1000 })
      return [{ type: 'AgentWrapUpExtended', data: { ...who, callId: engagement.callId, segmentId: engagement.segmentId, deadline } }]
    }
    case 'end_wrap_up': {
      if (engagement.kind !== 'wrap_up') {
        if (command.by === 'deadline') return []
        throw new Problem('agent.not_in_wrap_up', { agent: state.agentCode })
      }
      // A deadline that was extended while this command was on its way is not yet due.
      if (command.by === 'deadline' && engagement.deadline > at) return []
      if (command.by === 'agent') requireForm(state)
      return [...leaveWrapUp(state, at, command.by), ...afterCall(state, 'inbound')]
    }
    case 'start_preview': {
      if (engagement.kind === 'previewing' && engagement.itemId === command.itemId) return []
      const why = engagement.kind === 'idle' ? (reservation ? 'reserved' : null) : engagement.kind
      if (why) throw new Problem('agent.not_available', { agent: state.agentCode, why })
      return [{ type: 'AgentPreviewStarted', data: { ...who, itemId: command.itemId, deadline: command.deadline } }]
    }
    case 'end_preview':
      if (command.result === 'timed_out' && engagement.kind === 'previewing' && engagement.deadline > at) return []
      return leavePreview(state, command.result)
    case 'phone':
      return command.registered === state.registered ? [] : phone(state, command.registered)
    case 'desk':
      if (command.connected) return state.deskSeen && state.deskLost === null ? [] : [{ type: 'AgentDeskConnected', data: who }]
      if (state.deskLost !== null) return []
      return [{ type: 'AgentDeskLost', data: { ...who, deadline: at + command.graceMs } }]
    case 'change_extension':
      return [{ type: 'AgentExtensionChanged', data: { ...who, extension: command.extension, registered: command.registered } }]
    case 'long_sign_in': {
      if (state.longSignIn) return []
      if (state.extension === null) throw new Problem('agent.no_phone', { agent: state.agentCode })
      const why = busyWith(state)
      if (why) throw new Problem('agent.not_available', { agent: state.agentCode, why })
      const { by, byCode } = changeOf(command)
      return [{ type: 'AgentLongSignInRequested', data: { ...who, legId: command.legId, deadline: at + command.ringMs, by, byCode } }]
    }
    case 'long_sign_in_answered':
      if (state.longSignIn?.legId !== command.legId || state.longSignIn.active) return []
      return [{ type: 'AgentLongSignInStarted', data: { ...who, legId: command.legId } }]
    case 'end_long_sign_in': {
      if (!state.longSignIn || (command.legId !== null && command.legId !== state.longSignIn.legId)) return []
      // To hang up his phone would tear the customer away with it.
      if (command.legId === null && state.longSignIn.active && (engagement.kind === 'talking' || reservation)) throw new Problem('agent.in_call', { agent: state.agentCode })
      return leaveLongSignIn(state, changeOf(command))
    }
  }
}

/** Why an agent cannot be offered a call now; null when he can. */
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

/** Why his phone cannot ring now, whatever he is willing to do; null when it can. */
function occupied(shift: OpenShift): string | null {
  if (shift.engagement.kind === 'talking' || shift.engagement.kind === 'wrap_up') return shift.engagement.kind
  if (shift.reservation) return 'reserved'
  // A phone that is kept connected can be reached, registered or not.
  return shift.registered || shift.longSignIn?.active ? null : 'phone_not_registered'
}

/** Why nobody can ask for him now: only who dials himself does so from a look at the customer. */
function busyWith(shift: OpenShift): string | null {
  return occupied(shift) ?? (shift.engagement.kind === 'previewing' ? 'previewing' : null)
}

/** Until the form is sent he is kept by it (catalogue B4.8-rule-submit-first); the deadline and supervisors are not. */
function requireForm(state: OpenShift): void {
  if (state.engagement.kind === 'wrap_up' && state.engagement.form) throw new Problem('agent.form_not_sent', { agent: state.agentCode })
}

function changeOf(change: Change): { by: ChangedBy; byCode: string | null; reason: string | null } {
  return { by: change.by, byCode: change.byCode ?? null, reason: change.reason ?? null }
}

function workChange(state: OpenShift, wanted: Work, change: { by: ChangedBy; byCode: string | null; reason: string | null }): ShiftEvent[] {
  if (state.work === wanted && state.reason === change.reason && !state.notResponding) return []
  const data = { shiftId: state.shiftId, agentId: state.agentId, agentCode: state.agentCode, ...change }
  switch (wanted) {
    case 'ready':
      return [{ type: 'AgentBecameReady', data }]
    case 'on_demand':
      return [{ type: 'AgentBecameOnDemand', data }]
    case 'not_ready':
      return [{ type: 'AgentBecameNotReady', data }]
    case 'away':
      return [{ type: 'AgentWentAway', data }]
  }
}

function leaveWrapUp(state: OpenShift, at: number, by: 'agent' | 'deadline' | 'form' | 'supervisor' | 'signed_out'): ShiftEvent[] {
  if (state.engagement.kind !== 'wrap_up') return []
  const { callId, segmentId, queueCode, since } = state.engagement
  const data = { shiftId: state.shiftId, agentId: state.agentId, agentCode: state.agentCode, callId, segmentId, queueCode, wrapUpMs: Math.max(0, at - since), by }
  return [{ type: 'AgentWrapUpEnded', data }]
}

function leavePreview(state: OpenShift, result: 'called' | 'skipped' | 'timed_out'): ShiftEvent[] {
  if (state.engagement.kind !== 'previewing') return []
  const { shiftId, agentId, agentCode } = state
  return [{ type: 'AgentPreviewEnded', data: { shiftId, agentId, agentCode, itemId: state.engagement.itemId, result } }]
}

function leaveLongSignIn(state: OpenShift, change: { by: ChangedBy; byCode: string | null; reason: string | null }): ShiftEvent[] {
  if (!state.longSignIn) return []
  const { shiftId, agentId, agentCode } = state
  return [{ type: 'AgentLongSignInEnded', data: { shiftId, agentId, agentCode, legId: state.longSignIn.legId, ...change } }]
}

function signedOut(state: OpenShift, change: { by: ChangedBy; byCode: string | null; reason: string | null }): ShiftEvent[] {
  const { shiftId, agentId, agentCode } = state
  return [
    ...leavePreview(state, 'skipped'),
    ...leaveLongSignIn(state, { ...change, reason: 'signed_out' }),
    { type: 'AgentSignedOut', data: { shiftId, agentId, agentCode, ...change } },
  ]
}

function phone(state: OpenShift, registered: boolean): ShiftEvent[] {
  const { shiftId, agentId, agentCode, extension } = state
  if (extension === null || registered === state.registered) return []
  return [{ type: registered ? 'AgentPhoneRegistered' : 'AgentPhoneUnregistered', data: { shiftId, agentId, agentCode, extension } }]
}

/** What follows when call and wrap-up are over: his wish, or the end of "on demand", which a call of his own making does not use up. */
function afterCall(state: OpenShift, direction: CallDirection): ShiftEvent[] {
  if (state.wish) return grantWish(state)
  return state.work === 'on_demand' && direction === 'inbound' ? workChange(state, 'not_ready', { by: 'system', byCode: null, reason: 'on_demand' }) : []
}

function grantWish(state: OpenShift): ShiftEvent[] {
  if (!state.wish) return []
  const { work: wanted, ...change } = state.wish
  if (wanted === 'signed_out') return signedOut(state, change)
  const events = workChange(state, wanted, change)
  if (events.length > 0) return events
  return [{ type: 'AgentWishedFor', data: { shiftId: state.shiftId, agentId: state.agentId, agentCode: state.agentCode, work: null, ...change } }]
}

function evolveShift(state: Shift, event: ShiftEvent & { at: number }): Shift {
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
      // Catalogue C1.1-initial-state: away until he says otherwise.
      work: 'away',
      reason: null,
      wish: null,
      engagement: { kind: 'idle' },
      reservation: null,
      epoch: 0,
      signedInAt: at,
      registered,
      unregisteredSince: registered ? null : at,
      deskSeen: false,
      deskLost: null,
      longSignIn: null,
      missed: 0,
      notResponding: false,
      pausedUntil: 0,
      idleSince: at,
    }
  }
  if (state.status !== 'open') return state
  switch (event.type) {
    case 'AgentSignedOut':
      return { status: 'ended', agentId: state.agentId }
    case 'AgentQueuesChanged':
      return { ...state, queues: event.data.queues }
    case 'AgentBecameReady':
      return { ...withWork(state, 'ready', event.data.reason), missed: 0, notResponding: false, pausedUntil: 0, idleSince: at }
    case 'AgentBecameOnDemand':
      return { ...withWork(state, 'on_demand', event.data.reason), missed: 0, notResponding: false, pausedUntil: 0, idleSince: at }
    case 'AgentBecameNotReady':
      return { ...withWork(state, 'not_ready', event.data.reason), notResponding: state.notResponding && event.data.by === 'system' }
    case 'AgentWentAway':
      return { ...withWork(state, 'away', event.data.reason), notResponding: state.notResponding && event.data.by === 'system' }
    case 'AgentWishedFor':
      return { ...state, wish: wishOf(event.data) }
    case 'AgentReserved': {
      const { offerId, callId, legId, queueCode, deadline, epoch } = event.data
      return { ...state, reservation: { offerId, callId, legId, queueCode, deadline, since: at, rang: false }, epoch: Math.max(state.epoch, epoch) }
    }
    case 'AgentReservationEnded': {
      const { missed, pausedUntil, result } = event.data
      // Who let an offer pass goes to the end of the line; who lost it through no doing of his own keeps his place.
      const own = result === 'no_answer' || result === 'refused' || result === 'busy' || result === 'unregistered'
      return { ...state, reservation: null, missed, pausedUntil: pausedUntil ?? state.pausedUntil, idleSince: own ? at : state.idleSince }
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
        engagement: { kind: 'talking', callId, segmentId, queueCode, direction, held: false, wrapUpMs, wrapUpForm, since: at },
        reservation: used ? null : state.reservation,
        missed: 0,
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
    case 'AgentDeskConnected':
      return { ...state, deskSeen: true, deskLost: null }
    case 'AgentDeskLost':
      return { ...state, deskLost: { since: at, deadline: event.data.deadline } }
    case 'AgentExtensionChanged':
      return { ...state, extension: event.data.extension, registered: event.data.registered, unregisteredSince: event.data.registered ? null : at }
    case 'AgentLongSignInRequested':
      return { ...state, longSignIn: { legId: event.data.legId, active: false, deadline: event.data.deadline } }
    case 'AgentLongSignInStarted':
      return { ...state, longSignIn: { legId: event.data.legId, active: true, deadline: 0 } }
    case 'AgentLongSignInEnded':
      return { ...state, longSignIn: null }
  }
}

function wishOf({ work, reason, by, byCode }: Extract<ShiftEvent, { type: 'AgentWishedFor' }>['data']): OpenShift['wish'] {
  return work === null ? null : { work, reason, by, byCode }
}

/** A new state of work takes any wish with it. */
function withWork(state: OpenShift, next: Work, reason: string | null): OpenShift {
  return { ...state, work: next, reason, wish: null }
}
