/**
 * What the switchboard finds out about itself and writes down: lists that had to be corrected, a queue that starves.
 * Each finding is a short stream of its own, `switchboard-<tenant>.finding-<id>`.
 */
import type { Decider } from '../kernel/decider.ts'
import type { EventsOf } from '../kernel/event.ts'
import type { findingEvents } from './events.ts'

type FindingEvent = EventsOf<typeof findingEvents>
type DataOf<T extends FindingEvent['type']> = Extract<FindingEvent, { type: T }>['data']

export type Find =
  | ({ do: 'lists_mended' } & DataOf<'SwitchboardListsMended'>)
  | ({ do: 'queue_starves' } & DataOf<'QueueStarving'>)
  | { do: 'starving_ended' }

/** A queue that starves; null: no lasting finding, or it has ended. */
export type Finding = { queueCode: string; callId: string } | null

const PREFIX = 'finding-'

/** The id of the stream of a finding. */
export function findingId(id: string): string {
  return `${PREFIX}${id}`
}

/** Is this the id of a finding's stream? */
export function isFinding(id: string): boolean {
  return id.startsWith(PREFIX)
}

export const findingDecider: Decider<Finding, Find, FindingEvent> = {
  category: 'switchboard',
  initial: null,
  decide(command, finding) {
    switch (command.do) {
      case 'lists_mended': {
        const { do: _, ...data } = command
        return [{ type: 'SwitchboardListsMended', data }]
      }
      case 'queue_starves': {
        const { do: _, ...data } = command
        return finding ? [] : [{ type: 'QueueStarving', data }]
      }
      case 'starving_ended':
        return finding ? [{ type: 'QueueStarvingEnded', data: finding }] : []
    }
  },
  evolve(_, { type, data }) {
    if (type !== 'QueueStarving') return null
    const { queueCode, callId } = data as DataOf<'QueueStarving'>
    return { queueCode, callId }
  },
}
