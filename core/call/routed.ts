/** Where a call goes, once it is decided: what is written of it. */
import type { Context } from '../kernel/decider.ts'
import type { Routed } from './commands.ts'
import { queued } from './decision-parts.ts'
import type { CallEvent, Destination, OutsideCall, RejectReason } from './events.ts'

/** What is written when it is decided where a call goes. */
export function routedTo(callId: string, { route, configVersion, record, to }: Routed, context: Context): CallEvent[] {
  const decided = (destination: Destination, outside: OutsideCall | null = null): CallEvent => ({
    type: 'CallRouted',
    data: { callId, route, to: destination, configVersion, outside, record },
  })
  switch (to.kind) {
    case 'queue':
      return [decided({ kind: 'queue', code: to.queue.queueCode, number: null }), queued(callId, to.queue, context)]
    case 'outside':
      return [decided({ kind: 'number', code: '', number: to.outside.number }, to.outside)]
    case 'closed':
      return [{ type: 'CallFoundClosed', data: { callId, route: route ?? '', media: to.media, configVersion } }]
    case 'refused':
      return [
        { type: 'CallRejected', data: { callId, reason: to.reason } },
        { type: 'CallEnded', data: { callId, by: 'system', cause: causeOf(to.reason), reason: 'rejected' } },
      ]
    default:
      return [decided({ kind: to.kind, code: to.code, number: null })]
  }
}

/** Q.850: no route to the destination, no circuit, user not registered, or simply rejected. */
function causeOf(reason: RejectReason): number {
  return reason === 'no_route' || reason === 'no_target'
    ? 3
    : reason === 'no_gateway'
      ? 34
      : reason === 'not_eligible'
        ? 20
        : 21
}
