/** What a stream is about, as the switchboard sees it: taken from the category and the id in its name. */
import { agentOfShift, shiftNumber } from '../agent/shift-id.ts'
import { OWNER_ID } from '../configuration/ownership.ts'
import { isFinding } from '../findings/findings.ts'
import { categoryOf, idOf } from '../kernel/event.ts'

export type Subject =
  | { kind: 'call'; callId: string }
  /** `number`: 1 for the agent's first shift, 2 for the second. */
  | { kind: 'shift'; agentId: string; number: number }
  | { kind: 'owner' }
  | { kind: 'finding' }
  | { kind: 'configuration' }
  /** What the network reports of a gateway or a phone. */
  | { kind: 'network' }
  /** Not the switchboard's concern. */
  | { kind: 'other' }

export function subjectOf(stream: string): Subject {
  const id = idOf(stream)
  switch (categoryOf(stream)) {
    case 'call':
      return { kind: 'call', callId: id }
    case 'shift':
      return { kind: 'shift', agentId: agentOfShift(id), number: shiftNumber(id) }
    case 'switchboard':
      return { kind: id === OWNER_ID ? 'owner' : isFinding(id) ? 'finding' : 'configuration' }
    case 'network':
      return { kind: 'network' }
    default:
      return { kind: 'other' }
  }
}
