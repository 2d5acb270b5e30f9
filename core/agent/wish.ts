/**
 * The wish of a shift: the state that an agent is to have once call and wrap-up are over, asked for by themselves or by a
 * supervisor. When it is granted, what replaces it, and what it survives.
 */
import type { CallDirection } from '../call/events.ts'
import { signedOut, workChange } from './decision-parts.ts'
import type { ChangedBy, ShiftEvent, Work } from './events.ts'
import type { OpenShift } from './state.ts'

/** Nothing stands in the way of the wish: no call, no wrap-up, no ringing phone. */
export function isFree(state: OpenShift): boolean {
  return state.reservation === null && state.engagement.kind === 'idle'
}

/** Someone other than the agent wants them to leave: only someone who may order that can cancel it. */
export function isOrderedOut({ wish }: OpenShift): boolean {
  return wish?.work === 'signed_out' && wish.by !== 'agent'
}

/**
 * Does the wish survive a new state of work? A house rule never overrides a person's word, and an agent who is to leave
 * after the call may be set to a break, or not ready, until then. Anything else a person says later replaces it.
 */
export function outlives(wish: OpenShift['wish'], next: Work, by: ChangedBy): boolean {
  if (!wish) return false
  if (by === 'system') return true
  return wish.work === 'signed_out' && by === 'supervisor' && next !== 'ready' && next !== 'on_demand'
}

/** A new state of work clears any wish, so a wish that survives is written again after it. */
export function keepingWish(state: OpenShift, change: ShiftEvent[]): ShiftEvent[] {
  if (!state.wish || change.length === 0) return change
  const { work: wanted, reason, by, byCode } = state.wish
  return [
    ...change,
    {
      type: 'AgentWishedFor',
      data: {
        shiftId: state.shiftId,
        agentId: state.agentId,
        agentCode: state.agentCode,
        work: wanted,
        reason,
        by,
        byCode,
      },
    },
  ]
}

/** A later wish replaces an earlier one, even if it asks for the present state. */
export function replacingWish(
  state: OpenShift,
  change: ShiftEvent[],
  { by, byCode, reason }: { by: ChangedBy; byCode: string | null; reason: string | null },
): ShiftEvent[] {
  if (!state.wish || change.length > 0) return change
  return [
    {
      type: 'AgentWishedFor',
      data: {
        shiftId: state.shiftId,
        agentId: state.agentId,
        agentCode: state.agentCode,
        work: null,
        reason,
        by,
        byCode,
      },
    },
  ]
}

/**
 * What follows when call and wrap-up are over: the wish, or the end of "on demand", which a call the agent placed does
 * not use up.
 */
export function afterCall(state: OpenShift, direction: CallDirection): ShiftEvent[] {
  // While the phone rings for another call nothing is decided yet; the end of that call grants the wish.
  if (state.wish) return isFree(state) ? grantWish(state) : []
  return state.work === 'on_demand' && direction === 'inbound'
    ? workChange(state, 'not_ready', { by: 'system', byCode: null, reason: 'on_demand' })
    : []
}

export function grantWish(state: OpenShift): ShiftEvent[] {
  if (!state.wish) return []
  const { work: wanted, since: _, ...change } = state.wish
  if (wanted === 'signed_out') return signedOut(state, change)
  const events = workChange(state, wanted, change)
  if (events.length > 0) return events
  return [
    {
      type: 'AgentWishedFor',
      data: { shiftId: state.shiftId, agentId: state.agentId, agentCode: state.agentCode, work: null, ...change },
    },
  ]
}
