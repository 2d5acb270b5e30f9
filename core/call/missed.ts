/**
 * Missed calls (catalogue C19, A11.1.6): calls that rang an agent who did not take them, and calls that nobody answered. They
 * are missed until somebody has called back or says that nothing is left to do; that stays open to be changed.
 */
import { Problem } from '../kernel/problem.ts'
import type { CallEvent, OfferFailure } from './events.ts'
import type { LiveCall, Missed } from './state.ts'

export type MissedCommand =
  | { do: 'mark_missed'; handled: boolean; by: string }
  /** This agent is to deal with it (C19.0-allocate). */
  | { do: 'allocate_missed'; agentId: string; agentCode: string; by: string }
  /** The caller is being called back. */
  | { do: 'call_back_missed'; callbackCallId: string; agentId: string; agentCode: string }

/** More offers of one call are not told apart. */
const MOST_OFFERS = 200

/** How offers end that count as missed. Of the others, somebody else got the call, or it was never this agent's. */
export const missedResults: readonly OfferFailure[] = [
  'no_answer',
  'refused',
  'busy',
  'unregistered',
  'caller_gone',
  'failed',
]

/** An offer came to nothing. */
export function withMissedOffer(missed: Missed | undefined, offerId: string, result: OfferFailure): Missed | undefined {
  if (!missedResults.includes(result)) return missed
  return { ...missed, offerIds: [...(missed?.offerIds ?? []), offerId].slice(-MOST_OFFERS), handled: false }
}

export function decideMissed(command: MissedCommand, call: LiveCall): CallEvent[] {
  const { callId } = call
  const { offerIds, handled, agentId: given } = missedOf(call)
  const marked = (now: boolean, by: string): CallEvent[] =>
    now === handled ? [] : [{ type: 'MissedCallMarked', data: { callId, offerIds: [...offerIds], handled: now, by } }]
  if (command.do === 'mark_missed') return marked(command.handled, command.by)
  const { agentId, agentCode } = command
  if (command.do === 'allocate_missed')
    return agentId === given
      ? []
      : [
          {
            type: 'MissedCallAllocated',
            data: { callId, offerIds: [...offerIds], agentId, agentCode, by: command.by },
          },
        ]
  const { callbackCallId } = command
  return [
    { type: 'MissedCallCalledBack', data: { callId, offerIds: [...offerIds], callbackCallId, agentId, agentCode } },
    ...marked(true, agentCode),
  ]
}

/** @throws Problem `call.not_missed` */
export function missedOf(call: LiveCall): Missed {
  const answered = Object.keys(call.segments).length + Object.keys(call.spent).length > 0
  const missed = call.missed ?? (call.status === 'ended' && !answered ? { offerIds: [], handled: false } : null)
  if (!missed) throw new Problem('call.not_missed', { call: call.callId })
  return missed
}
