/** What events do to a call in a queue, to its offers, and to the call-back that takes its place. Pure. */
import type { CallEvent } from './events.ts'
import { withLeg, without } from './evolve-legs.ts'
import { withMissedOffer } from './missed.ts'
import { visitsTo, type LiveCall } from './state.ts'

type QueueEvent = Extract<
  CallEvent,
  {
    type:
      | 'CallQueued'
      | 'CallCircleBroken'
      | 'CallAnnounced'
      | 'LegDigit'
      | 'CallbackRequested'
      | 'CallbackPlaced'
      | 'CallPriorityChanged'
      | 'CallOffered'
      | 'OfferEnded'
      | 'CallLeftQueue'
  }
>

/** What is behind the caller once somebody talks to them, or a queue has them. */
export const NEW_TALK = { fromIvr: null, toVoicemail: null, sentOn: null } as const

export function evolveQueue(call: LiveCall, event: QueueEvent, at: number): LiveCall {
  switch (event.type) {
    case 'CallQueued': {
      const { segmentId, queueCode, priority, joinedAt, targetMs, shortAbandonMs, notBefore } = event.data
      const queue = {
        segmentId,
        queueCode,
        priority,
        joinedAt,
        queuedAt: at,
        targetMs,
        shortAbandonMs,
        notBefore,
        announced: {},
        pressed: null,
      }
      const { placedBy, number } = call
      const callback =
        placedBy?.by === 'callback' && number !== null
          ? { queueCode, number, joinedAt, attempts: placedBy.attempt, since: at, placed: true }
          : call.callback
      const visits = { ...call.visits, [queueCode]: visitsTo(call, queueCode) + 1 }
      const known = { ...call, callback, queue, visits, lastQueueCode: queueCode }
      return { ...known, transferTo: null, leaving: null, ...NEW_TALK }
    }
    case 'CallCircleBroken':
      return { ...call, queue: call.queue && { ...call.queue, circled: true } }
    case 'CallAnnounced': {
      const { kind, value } = event.data
      return {
        ...call,
        queue: call.queue && { ...call.queue, announced: { ...call.queue.announced, [kind]: { at, value } } },
      }
    }
    case 'LegDigit': {
      const { legId, digit } = event.data
      return legId === call.customerLegId && call.queue ? { ...call, queue: { ...call.queue, pressed: digit } } : call
    }
    case 'CallbackRequested': {
      const { queueCode, number, joinedAt } = event.data
      return number === null
        ? call
        : { ...call, callback: { queueCode, number, joinedAt, attempts: 0, since: at, placed: false } }
    }
    case 'CallbackPlaced':
      return { ...call, callback: call.callback && { ...call.callback, placed: true } }
    case 'CallPriorityChanged':
      return { ...call, queue: call.queue && { ...call.queue, priority: event.data.priority } }
    case 'CallOffered': {
      const { offerId, agentId, agentCode, legId, queueCode, deadline } = event.data
      return {
        ...call,
        offers: {
          ...call.offers,
          [offerId]: { offerId, agentId, agentCode, legId, queueCode, offeredAt: at, deadline },
        },
      }
    }
    case 'OfferEnded': {
      const { offerId, result } = event.data
      const legId = call.offers[offerId]?.legId
      const noted = legId ? withLeg(call, legId, { offerResult: result }) : call
      const missed = withMissedOffer(call.missed, offerId, result)
      return { ...noted, offers: without(call.offers, offerId), ...(missed && { missed }) }
    }
    case 'CallLeftQueue': {
      const { exit, to } = event.data
      const left = { ...call, queue: null }
      if (to?.kind === 'agent') return { ...left, transferTo: { agentCode: to.code, from: null, since: at } }
      if (to?.kind === 'extension' || to?.kind === 'number')
        return {
          ...left,
          forwardTo: { extension: to.kind === 'extension' ? to.code : null, number: to.number, since: at },
        }
      if (to?.kind === 'voicemail') return { ...left, toVoicemail: { box: to.code, since: at } }
      if (to !== null || exit === 'abandoned') return left
      // A caller who leaves the queue with no destination is disconnected, for the queue's reason.
      return {
        ...left,
        leaving:
          exit === 'called_back'
            ? { by: 'system', cause: 16, reason: 'completed' }
            : { by: 'system', cause: 31, reason: 'limit' },
      }
    }
  }
}
