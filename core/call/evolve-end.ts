/** How a call begins and ends, also one of whose events cannot be read, and what still happens afterwards. Pure. */
import { idOf } from '../kernel/event.ts'
import { setAsideBy, type SetAside, type Unread } from '../kernel/unread.ts'
import type { CallDirection, CallEvent } from './events.ts'
import { withLeg } from './evolve-legs.ts'
import { segmentDurations, type Call, type LiveCall } from './state.ts'

export function begin(callId: string, direction: CallDirection, at: number): LiveCall {
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

export function over(call: LiveCall, at: number): LiveCall {
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

/** The state when one of the call's events cannot be read: the call is over, but the ledger does not say so yet. */
export function unreadCall(state: Call, unread: Unread): Call {
  // Over, or set aside already: nothing to close.
  if (state.status === 'ended') return state
  return closedFor(state, idOf(unread.stream), unread, unread.at, false)
}

export function closedFor(
  state: Call,
  callId: string,
  unread: Omit<SetAside, 'written'>,
  at: number,
  written: boolean,
): Call {
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
export function afterwards(call: LiveCall, setAside: NonNullable<LiveCall['setAside']>, event: CallEvent): LiveCall {
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
    case 'MissedCallAllocated':
      return withMissed(call, event)
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

export function withMissed(
  call: LiveCall,
  { type, data }: Extract<CallEvent, { type: 'MissedCallMarked' | 'MissedCallAllocated' }>,
): LiveCall {
  const { offerIds } = data
  const now = type === 'MissedCallMarked' ? { handled: data.handled } : { agentId: data.agentId }
  return { ...call, missed: { handled: false, ...call.missed, offerIds, ...now } }
}
