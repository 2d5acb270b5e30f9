/**
 * A call of the AnonymousBank log as events of ours.
 *
 * What the log does not say is not made up, with one exception that cannot be helped: who hung up a
 * served call is not in it, and stands as the customer. Where two of its clocks disagree by the usual
 * second or two, the service's is believed: the wait ends, and the talk begins, when the service starts.
 */
import type { CallEvent } from '@ledgerline/core/call/events.ts'
import { derivedId } from '@ledgerline/core/kernel/command.ts'
import type { Draft } from '@ledgerline/core/kernel/codec.ts'
import type { LegEnd } from '@ledgerline/core/telephony/port.ts'
import type { BankCall } from './anonymous-bank-rows.ts'
import { instantOf } from './local-time.ts'

export const BANK_ZONE = 'Asia/Jerusalem'
export const IMPORT_ACTOR = 'import:anonymous-bank'
/** The bank's own threshold is not known; these are the house's defaults (`metrics.md`). */
export const TARGET_MS = 20_000
export const SHORT_ABANDON_MS = 5_000

const HUNG_UP: LegEnd = { by: 'customer', cause: 16, sip: null, reason: 'hung_up' }

/** When what happened to a call, UTC ms. */
export interface BankMoments {
  receivedAt: number
  /** Null when it hung up before any queue. A call that was answered at once entered the queue at that moment. */
  queuedAt: number | null
  /** Null when nobody answered. */
  answeredAt: number | null
  endedAt: number
  waitMs: number
  talkMs: number
}

export function momentsOf(call: BankCall): BankMoments {
  const at = (seconds: number) => instantOf(call.midnight + seconds * 1000, BANK_ZONE)
  const { vru, queue, service, serviceS, outcome } = call
  if (outcome !== 'AGENT') {
    const end = Math.max(queue?.to ?? vru.to, vru.from)
    const receivedAt = at(vru.from)
    return { receivedAt, queuedAt: queue ? at(queue.from) : null, answeredAt: null, endedAt: at(end), waitMs: queue ? at(end) - at(queue.from) : 0, talkMs: 0 }
  }
  const answered = service ? service.from : (queue ?? vru).to
  // Without a queue entry it was answered at once; before its queue entry it can only have been answered then.
  const queued = queue ? queue.from : answered
  const receivedAt = at(Math.min(vru.from, queued))
  const queuedAt = at(queued)
  const answeredAt = Math.max(at(answered), queuedAt)
  const talkMs = serviceS * 1000
  return { receivedAt, queuedAt, answeredAt, endedAt: answeredAt + talkMs, waitMs: answeredAt - queuedAt, talkMs }
}

/** History was routed under no configuration of ours. */
const CONFIG_VERSION = 0

/** The events of a call, in order. */
export function eventsOf(call: BankCall): { event: CallEvent; at: number }[] {
  const callId = call.key
  const legId = `${callId}-customer`
  const queueSegmentId = `${callId}-queue`
  const queueCode = call.type
  const { receivedAt, queuedAt, answeredAt, endedAt, waitMs, talkMs } = momentsOf(call)
  const events: { event: CallEvent; at: number }[] = [
    {
      at: receivedAt,
      event: {
        type: 'CallReceived',
        data: { callId, legId, direction: 'inbound', from: null, fromRaw: null, to: '', gateway: call.vruLine, customerId: call.customerId, category: call.type, priority: call.priority },
      },
    },
  ]
  if (queuedAt !== null) {
    events.push({
      at: queuedAt,
      event: {
        type: 'CallQueued',
        data: {
          callId,
          segmentId: queueSegmentId,
          queueCode,
          priority: call.priority,
          joinedAt: queuedAt,
          resumed: false,
          callback: false,
          notBefore: null,
          targetMs: TARGET_MS,
          shortAbandonMs: SHORT_ABANDON_MS,
          configVersion: CONFIG_VERSION,
        },
      },
    })
  }
  if (answeredAt !== null) {
    const talker = { agentId: call.server, agentCode: call.server }
    const segmentId = `${callId}-agent`
    events.push(
      { at: answeredAt, event: { type: 'CallAnswered', data: { callId, ...talker, segmentId, queueSegmentId, legId: segmentId, offerId: null, queueCode, waitMs, ringMs: 0 } } },
      { at: endedAt, event: { type: 'AgentLeftCall', data: { callId, ...talker, segmentId, queueCode, by: HUNG_UP.by, talkMs, holdMs: 0 } } },
    )
  } else if (queuedAt !== null) {
    events.push({ at: endedAt, event: { type: 'CallLeftQueue', data: { callId, segmentId: queueSegmentId, queueCode, exit: 'abandoned', waitMs, to: null } } })
  }
  events.push({ at: endedAt, event: { type: 'CallEnded', data: { callId, by: HUNG_UP.by, cause: HUNG_UP.cause, reason: HUNG_UP.reason } } })
  return events
}

/**
 * The same as drafts for the log. Their ids follow from tenant, key and content: the same row again
 * gives the same ids, a changed row under the same key others.
 */
export function draftsOf(call: BankCall, tenant: string): Draft[] {
  return eventsOf(call).map(({ event, at }, index) => ({
    id: derivedId(`${tenant} ${call.key} ${call.content}`, `event${index}`),
    event,
    meta: { tenant, actor: IMPORT_ACTOR, at, origin: 'imported', correlation: call.key, causation: null },
  }))
}
