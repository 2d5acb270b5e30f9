/**
 * Turns a call of the AnonymousBank log into our events.
 *
 * Nothing is made up that the log does not say, with one unavoidable exception: who hung up a served call is not in it
 * and is recorded as the customer. The wait is the row's own `q_time`, the talk its `ser_time`: the talk begins when
 * the wait ends, even if the service's clock shows the usual second or two earlier. Only for a call that never queued,
 * and so was answered at once, does that clock count.
 */
import type { CallEvent } from '@ledgerline/core/call/events.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import type { Draft } from '@ledgerline/core/kernel/codec.ts'
import type { LegEnd } from '@ledgerline/core/telephony/port.ts'
import type { BankCall } from './rows.ts'

export { BANK_ZONE } from './rows.ts'
export const IMPORT_ACTOR = 'import:anonymous-bank'
/** The bank's own threshold is unknown; this is the house's default (`metrics.md`). */
export const TARGET_MS = 20_000
export const SHORT_ABANDON_MS = 5_000

const HUNG_UP: LegEnd = { by: 'customer', cause: 16, sip: null, reason: 'hung_up' }

/** The moments of a call, UTC ms. */
export interface BankMoments {
  receivedAt: number
  /** Null if it hung up before any queue. A call answered at once entered the queue at that moment. */
  queuedAt: number | null
  /** Null if nobody answered. */
  answeredAt: number | null
  endedAt: number
  waitMs: number
  talkMs: number
}

export function momentsOf(call: BankCall): BankMoments {
  const at = (seconds: number) => call.midnight + seconds * 1000
  const { vru, queue, service, serviceS, outcome } = call
  const receivedAt = at(vru.from)
  const waitMs = queue ? (queue.to - queue.from) * 1000 : 0
  if (outcome !== 'AGENT') {
    return {
      receivedAt,
      queuedAt: queue && at(queue.from),
      answeredAt: null,
      endedAt: at((queue ?? vru).to),
      waitMs,
      talkMs: 0,
    }
  }
  const answeredAt = at(queue ? queue.to : service ? service.from : vru.to)
  const talkMs = serviceS * 1000
  return {
    receivedAt,
    queuedAt: queue ? at(queue.from) : answeredAt,
    answeredAt,
    endedAt: answeredAt + talkMs,
    waitMs,
    talkMs,
  }
}

/** History was not routed under any configuration of ours. */
const CONFIG_VERSION = 0

/** Who served a call, as identified in the ledger; never by name. */
export interface Talker {
  agentId: string | null
  agentCode: string | null
}

const NOBODY: Talker = { agentId: null, agentCode: null }

/** The events of a call, in order. */
export function eventsOf(call: BankCall, talker = NOBODY): { event: CallEvent; at: number }[] {
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
        data: {
          callId,
          legId,
          direction: 'inbound',
          from: null,
          fromRaw: null,
          to: '',
          gateway: call.vruLine,
          agentId: null,
          agentCode: null,
          extension: null,
          customerId: call.customerId,
          category: call.type,
          priority: call.priority,
        },
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
    const segmentId = `${callId}-agent`
    events.push(
      {
        at: answeredAt,
        event: {
          type: 'CallAnswered',
          data: {
            callId,
            ...talker,
            segmentId,
            queueSegmentId,
            legId: segmentId,
            offerId: null,
            queueCode,
            waitMs,
            ringMs: 0,
          },
        },
      },
      {
        at: endedAt,
        event: {
          type: 'AgentLeftCall',
          data: { callId, ...talker, segmentId, queueCode, by: HUNG_UP.by, talkMs, holdMs: 0 },
        },
      },
    )
  } else if (queuedAt !== null) {
    events.push({
      at: endedAt,
      event: {
        type: 'CallLeftQueue',
        data: { callId, segmentId: queueSegmentId, queueCode, exit: 'abandoned', waitMs, to: null },
      },
    })
  }
  events.push({
    at: endedAt,
    event: { type: 'CallEnded', data: { callId, by: HUNG_UP.by, cause: HUNG_UP.cause, reason: HUNG_UP.reason } },
  })
  return events
}

/**
 * The same as drafts for the log. Their ids are derived from `seed`, which is derived from the tenant and the row: the
 * same row again gives the same ids, a changed row under the same key different ones.
 */
export function draftsOf(call: BankCall, tenant: string, talker: Talker, seed: string): Draft[] {
  return eventsOf(call, talker).map(({ event, at }, index) => ({
    id: derivedId(seed, `event${index}`),
    event,
    meta: { tenant, actor: IMPORT_ACTOR, at, origin: 'imported', correlation: call.key, causation: null },
  }))
}
