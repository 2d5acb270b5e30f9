/**
 * Strays: callers and agents for whom the matching lists disagree with state and time. There should be none. They are
 * looked for in production all the same (`watch.ts`), since a wrong list silently costs an agent their day.
 */
import { unavailable } from '../agent/state.ts'
import type { StrayKind } from '../findings/events.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

/** How long anyone may be left out of the lists for a choice that nobody knows to be in progress any longer. */
export const HELD_MS = 30_000

export interface Stray {
  kind: StrayKind
  agentId: string | null
  agentCode: string | null
  callId: string | null
  queueCode: string
  /** The earliest moment since which it may have been so, UTC ms; 0: not known. */
  since: number
  /** The revision of the state in which it was found: with another one it counts as another finding. */
  revision: number
}

/** All of them, from one look at each agent and each caller. */
export function* strays(switchboard: SwitchboardState, now: number): Iterable<Stray> {
  yield* strayAgents(switchboard, now)
  yield* strayCallers(switchboard, now)
}

function* strayAgents(switchboard: SwitchboardState, now: number): Iterable<Stray> {
  const { matching } = switchboard
  for (const shift of switchboard.shifts()) {
    const { agentId, agentCode, queues, pausedUntil } = shift
    const { revision, lastAt } = switchboard.knownShift(agentId)!
    const one = { agentId, agentCode, callId: null, revision, since: Math.max(lastAt, pausedUntil) }
    const heldSince = matching.heldSince(agentId)
    if (heldSince !== null) {
      if (heldSince + HELD_MS <= now)
        for (const { queueCode } of queues) yield { ...one, kind: 'held_back', queueCode, since: heldSince }
      continue
    }
    const free = unavailable(shift, now) === null
    for (const { queueCode } of queues) {
      if (matching.isFreeIn(queueCode, agentId) !== free)
        yield { ...one, kind: free ? 'agent_not_listed' : 'agent_listed', queueCode }
    }
  }
  for (const queueCode of matching.queueCodes()) {
    for (const agentId of matching.freeIn(queueCode)) {
      const shift = switchboard.shift(agentId)
      if (!shift?.queues.some((membership) => membership.queueCode === queueCode)) {
        yield {
          kind: 'agent_listed',
          agentId,
          agentCode: shift?.agentCode ?? null,
          callId: null,
          queueCode,
          since: 0,
          revision: switchboard.knownShift(agentId)?.revision ?? -1,
        }
      }
    }
  }
}

function* strayCallers(switchboard: SwitchboardState, now: number): Iterable<Stray> {
  const { matching } = switchboard
  for (const call of switchboard.calls()) {
    const { callId, queue } = call
    if (call.status !== 'live' || !queue) continue
    const { queueCode } = queue
    const { revision } = switchboard.knownCall(callId)!
    const one = { agentId: null, agentCode: null, callId, queueCode, revision, since: 0 }
    const heldSince = matching.heldSince(callId)
    if (heldSince !== null) {
      if (heldSince + HELD_MS <= now) yield { ...one, kind: 'held_back', since: heldSince }
      continue
    }
    const rank = switchboard.rankOf(call, now)
    if (matching.rankIn(queueCode, callId) !== rank)
      yield { ...one, kind: rank === null ? 'caller_in_line' : 'caller_not_in_line' }
  }
  for (const queueCode of matching.queueCodes()) {
    for (const { id } of matching.lineOf(queueCode)) {
      const call = switchboard.call(id)
      if (call?.status !== 'live' || call.queue?.queueCode !== queueCode) {
        yield {
          kind: 'caller_in_line',
          agentId: null,
          agentCode: null,
          callId: id,
          queueCode,
          since: 0,
          revision: switchboard.knownCall(id)?.revision ?? -1,
        }
      }
    }
    const callId = matching.leftWaiting(queueCode, now)
    if (callId !== null)
      yield {
        kind: 'not_matched',
        agentId: null,
        agentCode: null,
        callId,
        queueCode,
        since: 0,
        revision: switchboard.knownCall(callId)?.revision ?? -1,
      }
  }
}

/** Corrects what was found. */
export function mend(switchboard: SwitchboardState, { kind, agentId, callId, queueCode }: Stray, now: number): void {
  const { matching } = switchboard
  const id = agentId ?? callId
  if (kind === 'held_back' && id !== null) matching.letGo(id)
  if (agentId !== null) {
    // An agent who is free is listed again at once.
    matching.strike(queueCode, agentId)
    switchboard.refresh(agentId, now)
  } else if (callId !== null) {
    const call = switchboard.call(callId)
    if (call?.status === 'live' && call.queue?.queueCode === queueCode) switchboard.refreshCall(callId, now)
    else matching.placeCaller(callId, null, queueCode, null)
  }
  matching.stir(queueCode)
}
