/**
 * Whoever the lists of the floor say something else of than state and time: by the definition there is nobody. Looked for in the
 * running house all the same (`watch.ts`), since a list that is wrong costs an agent their day and says nothing.
 */
import { unavailable } from '../agent/state.ts'
import type { StrayKind } from '../findings/events.ts'
import type { Switchboard } from '../state/switchboard-state.ts'

/** Somebody may be left out of the lists so long for a choice of which nobody knows any more that it is under way. */
export const HELD_MS = 30_000

export interface Stray {
  kind: StrayKind
  agentId: string | null
  agentCode: string | null
  callId: string | null
  queueCode: string
  /** Since when it can have been so at the earliest, UTC ms; 0: not known. */
  since: number
  /** The state that it was found in: with another one it is another finding. */
  revision: number
}

/** All of them: a look at each agent and each caller. */
export function* strays(board: Switchboard, now: number): Iterable<Stray> {
  yield* strayAgents(board, now)
  yield* strayCallers(board, now)
}

function* strayAgents(board: Switchboard, now: number): Iterable<Stray> {
  const { floor } = board
  for (const shift of board.shifts()) {
    const { agentId, agentCode, queues, pausedUntil } = shift
    const { revision, lastAt } = board.knownShift(agentId)!
    const one = { agentId, agentCode, callId: null, revision, since: Math.max(lastAt, pausedUntil) }
    const heldSince = floor.heldSince(agentId)
    if (heldSince !== null) {
      if (heldSince + HELD_MS <= now)
        for (const { queueCode } of queues) yield { ...one, kind: 'held_back', queueCode, since: heldSince }
      continue
    }
    const free = unavailable(shift, now) === null
    for (const { queueCode } of queues) {
      if (floor.isFreeIn(queueCode, agentId) !== free)
        yield { ...one, kind: free ? 'agent_not_listed' : 'agent_listed', queueCode }
    }
  }
  for (const queueCode of floor.queueCodes()) {
    for (const agentId of floor.freeIn(queueCode)) {
      const shift = board.shift(agentId)
      if (!shift?.queues.some((membership) => membership.queueCode === queueCode)) {
        yield {
          kind: 'agent_listed',
          agentId,
          agentCode: shift?.agentCode ?? null,
          callId: null,
          queueCode,
          since: 0,
          revision: board.knownShift(agentId)?.revision ?? -1,
        }
      }
    }
  }
}

function* strayCallers(board: Switchboard, now: number): Iterable<Stray> {
  const { floor } = board
  for (const call of board.calls()) {
    const { callId, queue } = call
    if (call.status !== 'live' || !queue) continue
    const { queueCode } = queue
    const { revision } = board.knownCall(callId)!
    const one = { agentId: null, agentCode: null, callId, queueCode, revision, since: 0 }
    const heldSince = floor.heldSince(callId)
    if (heldSince !== null) {
      if (heldSince + HELD_MS <= now) yield { ...one, kind: 'held_back', since: heldSince }
      continue
    }
    const rank = board.rankOf(call, now)
    if (floor.rankIn(queueCode, callId) !== rank)
      yield { ...one, kind: rank === null ? 'caller_in_line' : 'caller_not_in_line' }
  }
  for (const queueCode of floor.queueCodes()) {
    for (const { id } of floor.lineOf(queueCode)) {
      const call = board.call(id)
      if (call?.status !== 'live' || call.queue?.queueCode !== queueCode) {
        yield {
          kind: 'caller_in_line',
          agentId: null,
          agentCode: null,
          callId: id,
          queueCode,
          since: 0,
          revision: board.knownCall(id)?.revision ?? -1,
        }
      }
    }
    const callId = floor.leftWaiting(queueCode, now)
    if (callId !== null)
      yield {
        kind: 'not_matched',
        agentId: null,
        agentCode: null,
        callId,
        queueCode,
        since: 0,
        revision: board.knownCall(callId)?.revision ?? -1,
      }
  }
}

/** Puts right what was found. */
export function mend(board: Switchboard, { kind, agentId, callId, queueCode }: Stray, now: number): void {
  const { floor } = board
  const id = agentId ?? callId
  if (kind === 'held_back' && id !== null) floor.letGo(id)
  if (agentId !== null) {
    if (board.shift(agentId)) board.refresh(agentId, now)
    if (board.shift(agentId)?.queues.every((membership) => membership.queueCode !== queueCode) ?? true)
      floor.strike(queueCode, agentId)
  } else if (callId !== null) {
    const call = board.call(callId)
    if (call?.status === 'live' && call.queue?.queueCode === queueCode) board.refreshCall(callId, now)
    else floor.placeCaller(callId, null, queueCode, null)
  }
  floor.stir(queueCode)
}
