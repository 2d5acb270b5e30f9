/** Whether a caller needs an agent, and the caller's place in the queue's line: by state and time. */
import { callerRank } from '../acd/matching.ts'
import type { OpenShift } from '../agent/state.ts'
import { waitsSince, type LiveCall } from '../call/state.ts'
import type { Configuration } from '../configuration/configuration.ts'

/** With ring-progressively, one more agent is rung each time this has passed. */
export const PROGRESS_MS = 10_000
/** How long a blind transfer to an agent waits for them. */
export const TRANSFER_MS = 20_000
/** Until when a transfer waits for its agent. */
export function transferEnds({ since, until }: NonNullable<LiveCall['transferTo']>): number {
  return until ?? since + TRANSFER_MS
}

/** How long to wait for the end of a ring whose time is up: it is on its way to the ledger. */
const BACK_WITHIN_MS = 1_000

/** What is needed from the state that holds calls and shifts. */
export interface LineSources {
  configuration: { state: Configuration }
  shift(agentId: string): OpenShift | null
  /** Agents who are in a call or reserved for it. */
  engagedIn(callId: string): Iterable<string>
}

/** A caller's rank in the line of their queue; null: no agent is needed now. */
export function rankInLine(call: LiveCall, sources: LineSources, now: number): number | null {
  const queue = call.status === 'live' ? call.queue : null
  if (!queue) return null
  const answeredAt = waitsSince(call)
  if (answeredAt === null || (queue.notBefore ?? 0) > now) return null
  return wantsAnother(call, queue.queueCode, sources, now)
    ? callerRank(queue, timeBaseOf(queue.queueCode, sources), answeredAt)
    : null
}

/**
 * The place that a caller will have in line at any moment now, though the ledger does not show it yet, so that the
 * agents are not given to someone else: a ring whose time is up, or a transfer that found nobody in time, is on its way
 * to the ledger. It is waited for until `until`, at most a second; null: nothing of the kind.
 */
export function comingBack(
  call: LiveCall,
  sources: LineSources,
  now: number,
): { queueCode: string; rank: number; until: number } | null {
  if (call.status !== 'live') return null
  const answeredAt = waitsSince(call)
  if (answeredAt === null) return null
  const offers = Object.values(call.offers)
  if (call.queue) {
    if (offers.length === 0 || areReserved(call, offers.length, sources)) return null
    const over = offers.every(({ deadline, legId }) => deadline <= now && call.legs[legId]?.answeredAt == null)
    if (!over) return null
    const { queueCode } = call.queue
    return {
      queueCode,
      rank: callerRank(call.queue, timeBaseOf(queueCode, sources), answeredAt),
      until: Math.max(...offers.map(({ deadline }) => deadline)) + BACK_WITHIN_MS,
    }
  }
  const { transferTo, lastQueueCode: queueCode } = call
  if (!transferTo?.from || queueCode === null || offers.length > 0 || now < transferEnds(transferTo)) return null
  return {
    queueCode,
    rank: callerRank({ joinedAt: call.startedAt, priority: 0 }, timeBaseOf(queueCode, sources), answeredAt),
    until: transferEnds(transferTo) + BACK_WITHIN_MS,
  }
}

function timeBaseOf(queueCode: string, { configuration }: LineSources): 'queue' | 'system' {
  return configuration.state.queues[queueCode]?.timeBase ?? 'queue'
}

/**
 * Does a caller need another agent? Not while one is ringing, or is reserved and about to ring; except where the
 * strategy rings more and more of them.
 */
function wantsAnother(call: LiveCall, queueCode: string, sources: LineSources, now: number): boolean {
  const offers = Object.values(call.offers)
  if (offers.length > 0 && sources.configuration.state.queues[queueCode]?.strategy !== 'ring-progressively')
    return false
  if (areReserved(call, offers.length, sources)) return false
  return offers.length === 0 || now >= Math.max(...offers.map((offer) => offer.offeredAt)) + PROGRESS_MS
}

/**
 * Are more than this many agents ringing for a call, or about to? An agent whose ring is over no longer holds the
 * caller back, even if their shift does not show it yet. Counts no further than it must: all agents of a queue may be
 * ringing, and this is asked for each of them.
 */
function areReserved(call: LiveCall, moreThan: number, sources: LineSources): boolean {
  let reserved = 0
  for (const agentId of sources.engagedIn(call.callId)) {
    const reservation = sources.shift(agentId)?.reservation
    const counts = reservation?.callId === call.callId && !call.legs[reservation.legId]?.offerResult
    if (counts && ++reserved > moreThan) return true
  }
  return false
}
