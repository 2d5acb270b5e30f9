/**
 * The shift of an agent, from sign-in to sign-out: the only source of truth for what they are willing to do and what
 * has reserved them. Its dimensions are independent of each other (catalogue C4.0, design of the house, section 4):
 * what they want (work), what they do (call), whether their phone and desk are there, and whether they have been
 * leaving calls unanswered.
 */
import type { Context, Decider } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import { refusePlaces } from './bounds.ts'
import type { ShiftEvent, Work } from './events.ts'
import type { ShiftCommand } from './commands.ts'
import { changeOf, leaveLongSignIn, leavePreview, leaveWrapUp, phone, signedOut, workChange } from './decision-parts.ts'
import { afterCall, grantWish, isFree, isOrderedOut, keepingWish, outlives, replacingWish } from './wish.ts'
import { busyWith, evolveShift, occupied, unavailable, unreadShift, type OpenShift, type Shift } from './state.ts'

/** The longest wrap-up, extensions included: "until the form is sent" has a cap. */
export const WRAP_UP_CAP_MS = 30 * 60_000

export const shiftDecider: Decider<Shift, ShiftCommand, ShiftEvent> = {
  category: 'shift',
  initial: { status: 'none' },
  decide(command, state, context) {
    if (command.do === 'sign_in') return signIn(command, state)
    if (command.do === 'set_aside') return setAside(command, state, context)
    if (state.status !== 'open') {
      throw new Problem('agent.not_signed_in', { agent: state.status === 'ended' ? state.agentId : '' })
    }
    if (command.do !== 'from_desk') return decideOpen(command, state, context)
    demandDesk(state, command.deskId)
    return shiftDecider.decide(command.command, state, context)
  },
  evolve: (state, event) => evolveShift(state, event as ShiftEvent & { at: number }),
  unread: unreadShift,
}

function signIn(command: Extract<ShiftCommand, { do: 'sign_in' }>, state: Shift): ShiftEvent[] {
  if (state.status === 'open') throw new Problem('agent.already_signed_in', { agent: state.agentCode })
  const { do: _, queues, deskId, ...data } = command
  const { shiftId, agentId, agentCode } = data
  const claimed: ShiftEvent[] =
    deskId === undefined
      ? []
      : [{ type: 'AgentDeskClaimed', data: { shiftId, agentId, agentCode, deskId, previousDeskId: null } }]
  return [{ type: 'AgentSignedIn', data: { ...data, queues: [...queues] } }, ...claimed]
}

/**
 * A shift without a desk in a browser (signed in by phone, or by a program) obeys everybody.
 * @throws Problem `agent.desk_elsewhere`
 */
export function demandDesk({ deskId, agentCode }: Pick<OpenShift, 'deskId' | 'agentCode'>, from: string): void {
  // Also null in snapshots taken before desks could be claimed.
  if (deskId != null && deskId !== from) throw new Problem('agent.desk_elsewhere', { agent: agentCode })
}

/** Whatever was known of the shift when its event could not be read is closed, so that it holds nobody up. */
function setAside(
  { shiftId, agentCode }: Extract<ShiftCommand, { do: 'set_aside' }>,
  state: Shift,
  { at }: Context,
): ShiftEvent[] {
  if (state.status !== 'ended' || !state.setAside || state.setAside.written) return []
  const { eventId, eventType, revision, why, before } = state.setAside
  const who = { shiftId, agentId: state.agentId, agentCode }
  const change = { by: 'system' as const, byCode: null, reason: 'set_aside' }
  const events: ShiftEvent[] = [{ type: 'ShiftSetAside', data: { ...who, eventId, eventType, revision, why } }]
  if (!before) return [...events, { type: 'AgentSignedOut', data: { ...who, ...change } }]
  const { reservation, engagement } = before
  if (reservation) {
    const { offerId, callId, queueCode } = reservation
    events.push({
      type: 'AgentReservationEnded',
      data: { ...who, offerId, callId, queueCode, result: 'withdrawn', missed: before.missed, pausedUntil: null },
    })
  }
  if (engagement.kind === 'talking') {
    const { callId, segmentId, queueCode, since } = engagement
    events.push({
      type: 'AgentCallEnded',
      data: { ...who, callId, segmentId, queueCode, talkMs: Math.max(0, at - since), holdMs: 0 },
    })
  }
  return [...events, ...leaveWrapUp(before, at, 'signed_out'), ...signedOut(before, change)]
}

function decideOpen(
  command: Exclude<ShiftCommand, { do: 'sign_in' | 'set_aside' | 'from_desk' }>,
  state: OpenShift,
  { at, now, newId }: Context,
): ShiftEvent[] {
  const who = { shiftId: state.shiftId, agentId: state.agentId, agentCode: state.agentCode }
  const { engagement, reservation } = state
  switch (command.do) {
    case 'sign_out': {
      const change = changeOf(command)
      // A forced sign-out stops new calls at once, but does not cut off the customer of a call in progress.
      if (engagement.kind === 'talking' || reservation) {
        const away: ShiftEvent[] = command.by === 'agent' ? [] : workChange(state, 'away', change)
        // If the agent is already due to leave, the first order to do so stands; but a change of work replaces a wish.
        if (state.wish?.work === 'signed_out') return keepingWish(state, away)
        return [...away, { type: 'AgentWishedFor', data: { ...who, work: 'signed_out', ...change } }]
      }
      if (command.by === 'agent') requireForm(state)
      return [...leaveWrapUp(state, at, 'signed_out'), ...signedOut(state, change)]
    }
    case 'set_work': {
      const change = changeOf(command)
      if (command.by === 'agent' && (engagement.kind === 'talking' || reservation)) {
        return decideOpen({ do: 'wish', work: command.work, reason: change.reason }, state, { at, now, newId })
      }
      // "Ready" in wrap-up means that the work is done; so does any other state the agent chooses. Without a desk the
      // agent would be set away again at once.
      if (command.by === 'agent' && state.deskLost && (command.work === 'ready' || command.work === 'on_demand'))
        throw new Problem('agent.desk_lost', { agent: state.agentCode })
      if (command.by === 'agent') requireForm(state)
      const done = command.by === 'agent' ? leaveWrapUp(state, at, 'agent') : []
      // The call is over, and an order to leave was waiting for just that.
      if (command.by === 'agent' && isOrderedOut(state)) return [...done, ...grantWish(state)]
      const changed = workChange(state, command.work, change)
      return [
        ...done,
        ...(outlives(state.wish, command.work, command.by)
          ? keepingWish(state, changed)
          : replacingWish(state, changed, change)),
      ]
    }
    case 'wish': {
      const reason = command.reason ?? null
      const same =
        command.work === null ? state.wish === null : state.wish?.work === command.work && state.wish.reason === reason
      if (same) return []
      if (isOrderedOut(state)) throw new Problem('agent.ordered_out', { agent: state.agentCode })
      // There is no call to wait for.
      if (command.work !== null && isFree(state)) {
        if (command.work === 'signed_out')
          return decideOpen({ do: 'sign_out', by: 'agent', reason }, state, { at, now, newId })
        return decideOpen({ do: 'set_work', work: command.work, by: 'agent', reason }, state, { at, now, newId })
      }
      return [{ type: 'AgentWishedFor', data: { ...who, work: command.work, reason, by: 'agent', byCode: null } }]
    }
    case 'grant_wish':
      return isFree(state) ? grantWish(state) : []
    case 'change_queues':
      refusePlaces(state.agentCode, command.queues)
      return [{ type: 'AgentQueuesChanged', data: { ...who, queues: [...command.queues], byCode: command.byCode } }]
    case 'reserve': {
      if (reservation?.offerId === command.offerId) return []
      const { do: _, epoch = 0, ...data } = command
      if (epoch > 0 && epoch < state.epoch) throw new Problem('switchboard.superseded', { epoch, later: state.epoch })
      // An agent who dials, or who is consulted by a colleague, need not be taking queue calls.
      const why =
        command.direction === 'inbound'
          ? unavailable(state, at)
          : command.direction === 'internal'
            ? busyWith(state)
            : occupied(state)
      if (why) throw new Problem('agent.not_available', { agent: state.agentCode, why })
      // The log was unavailable meanwhile: an offer that expired before it began is no offer.
      if (command.deadline <= now) throw new Problem('agent.not_available', { agent: state.agentCode, why: 'overdue' })
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
      // The network knows no such phone, whatever we believed: the agent is unreachable until it registers.
      if (command.result === 'unregistered') events.push(...phone(state, false))
      const gone = command.result === 'no_answer' && command.maxNoAnswer > 0 && missed >= command.maxNoAnswer
      const after: OpenShift = { ...state, reservation: null, missed, notResponding: state.notResponding || gone }
      if (gone) {
        events.push({ type: 'AgentBecameNotResponding', data: { ...who, missed } })
        const rule = { by: 'system' as const, byCode: null, reason: 'not_responding' }
        // An agent who is not taking calls anyway keeps the state a person chose.
        const away = takesCalls(state) ? workChange(state, 'away', rule) : []
        if (!isFree(after)) return [...events, ...keepingWish(state, away)]
        // The rule exists so that they do not ring again; any other wish decides what happens to them.
        if (!state.wish || takesCalls(state.wish)) return [...events, ...away, ...replacingWish(state, [], rule)]
      }
      // A wish for after the call must not come true in the middle of another call.
      return isFree(after) ? [...events, ...grantWish(after)] : events
    }
    case 'ring':
      if (!reservation || reservation.rang || reservation.callId !== command.callId) return []
      return [{ type: 'AgentRang', data: { ...who, callId: command.callId, offerId: command.offerId } }]
    case 'start_call': {
      if (engagement.kind === 'talking' && engagement.segmentId === command.segmentId) return []
      const { do: _, wrapUpForm = false, ...data } = command
      return [
        ...leaveWrapUp(state, at, 'agent'),
        ...leavePreview(state, 'called'),
        { type: 'AgentCallStarted', data: { ...who, ...data, wrapUpForm } },
      ]
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
      const ended: ShiftEvent = {
        type: 'AgentCallEnded',
        data: { ...who, callId, segmentId, queueCode, talkMs: command.talkMs, holdMs: command.holdMs },
      }
      if (command.back && command.back.deadline > now) {
        const reserved = { callId, queueCode: null, direction: 'inbound' as const, decision: null, epoch: state.epoch }
        return [ended, { type: 'AgentReserved', data: { ...who, ...command.back, ...reserved } }]
      }
      if (wrapUpMs === 0) return [ended, ...afterCall({ ...state, engagement: { kind: 'idle' } }, direction)]
      const deadline = at + Math.min(wrapUpMs, WRAP_UP_CAP_MS)
      return [
        ended,
        { type: 'AgentWrapUpStarted', data: { ...who, callId, segmentId, queueCode, deadline, form: wrapUpForm } },
      ]
    }
    case 'extend_wrap_up': {
      if (engagement.kind !== 'wrap_up') throw new Problem('agent.not_in_wrap_up', { agent: state.agentCode })
      const deadline = engagement.deadline + command.byMs
      if (deadline - engagement.since > WRAP_UP_CAP_MS)
        throw new Problem('agent.wrap_up_too_long', { limit: WRAP_UP_CAP_MS / 1000 })
      return [
        {
          type: 'AgentWrapUpExtended',
          data: { ...who, callId: engagement.callId, segmentId: engagement.segmentId, deadline },
        },
      ]
    }
    case 'end_wrap_up': {
      if (engagement.kind !== 'wrap_up') {
        if (command.by === 'deadline') return []
        throw new Problem('agent.not_in_wrap_up', { agent: state.agentCode })
      }
      // The deadline was extended while this command was on its way, so it is not due yet.
      if (command.by === 'deadline' && engagement.deadline > at) return []
      if (command.by === 'agent') requireForm(state)
      return [
        ...leaveWrapUp(state, at, command.by),
        ...afterCall({ ...state, engagement: { kind: 'idle' } }, 'inbound'),
      ]
    }
    case 'start_preview': {
      if (engagement.kind === 'previewing' && engagement.itemId === command.itemId) return []
      const why = engagement.kind === 'idle' ? (reservation ? 'reserved' : null) : engagement.kind
      if (why) throw new Problem('agent.not_available', { agent: state.agentCode, why })
      return [{ type: 'AgentPreviewStarted', data: { ...who, itemId: command.itemId, deadline: command.deadline } }]
    }
    case 'end_preview':
      if (command.result === 'timed_out' && engagement.kind === 'previewing' && engagement.deadline > at) return []
      if (engagement.kind !== 'previewing') return []
      return [
        ...leavePreview(state, command.result),
        ...(reservation ? [] : grantWish({ ...state, engagement: { kind: 'idle' } })),
      ]
    case 'phone':
      return command.registered === state.registered ? [] : phone(state, command.registered)
    case 'claim_desk':
      if (state.deskId === command.deskId && state.deskLost === null) return []
      return [
        { type: 'AgentDeskClaimed', data: { ...who, deskId: command.deskId, previousDeskId: state.deskId ?? null } },
      ]
    case 'desk':
      if (command.connected) {
        // A page that only looks on is no desk, however often it reports in.
        if (state.deskId !== command.deskId) throw new Problem('agent.desk_elsewhere', { agent: state.agentCode })
        return state.deskLost === null ? [] : [{ type: 'AgentDeskConnected', data: { ...who, deskId: command.deskId } }]
      }
      if (state.deskLost !== null) return []
      return [{ type: 'AgentDeskLost', data: { ...who, deadline: at + command.graceMs } }]
    case 'change_extension': {
      if (command.extension === state.extension) return []
      // The agent cannot leave a phone that is in a call or ringing for one; a phone that is kept connected is
      // released.
      if (engagement.kind === 'talking' || reservation) throw new Problem('agent.in_call', { agent: state.agentCode })
      const left = leaveLongSignIn(state, { by: 'system', byCode: null, reason: 'extension_changed' })
      return [
        ...left,
        {
          type: 'AgentExtensionChanged',
          data: { ...who, extension: command.extension, registered: command.registered },
        },
      ]
    }
    case 'long_sign_in': {
      if (state.longSignIn) return []
      if (state.extension === null) throw new Problem('agent.no_phone', { agent: state.agentCode })
      const why = busyWith(state)
      if (why) throw new Problem('agent.not_available', { agent: state.agentCode, why })
      const { by, byCode } = changeOf(command)
      const { legId, ringMs, there = false } = command
      const asked: ShiftEvent = {
        type: 'AgentLongSignInRequested',
        data: { ...who, legId, deadline: at + ringMs, dialled: there, by, byCode },
      }
      return there ? [asked, { type: 'AgentLongSignInStarted', data: { ...who, legId } }] : [asked]
    }
    case 'long_sign_in_answered':
      if (state.longSignIn?.legId !== command.legId || state.longSignIn.active) return []
      return [{ type: 'AgentLongSignInStarted', data: { ...who, legId: command.legId } }]
    case 'end_long_sign_in': {
      if (!state.longSignIn || (command.legId !== null && command.legId !== state.longSignIn.legId)) return []
      // Hanging up the phone would disconnect the customer with it.
      if (command.legId === null && state.longSignIn.active && (engagement.kind === 'talking' || reservation))
        throw new Problem('agent.in_call', { agent: state.agentCode })
      return leaveLongSignIn(state, changeOf(command))
    }
  }
}

/**
 * Until the form is sent the agent cannot end the wrap-up (catalogue B4.8-rule-submit-first), but the deadline or a
 * supervisor can.
 */
function requireForm(state: OpenShift): void {
  if (state.engagement.kind === 'wrap_up' && state.engagement.form)
    throw new Problem('agent.form_not_sent', { agent: state.agentCode })
}

function takesCalls({ work }: { work: Work | 'signed_out' }): boolean {
  return work === 'ready' || work === 'on_demand'
}
