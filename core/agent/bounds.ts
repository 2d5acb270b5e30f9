/** Bounds of an agent's places in queues and of the shift rules. */
import {
  DAY,
  HOUR,
  MINUTE,
  misses,
  pause,
  refuseOutside,
  ring,
  rule,
  SECOND,
  wrapUp,
  type Bound,
  type Bounds,
} from '../kernel/bounds.ts'
import type { Membership } from './events.ts'

const rank: Bound = { least: 1, most: 1_000_000 }

/** Bounds of an agent's place in a queue and of the agent's own settings there. */
export const memberBounds: Bounds = {
  level: rank,
  position: rank,
  ringMs: ring,
  wrapUpMs: wrapUp,
  maxNoAnswer: misses,
  noAnswerDelayMs: pause,
  rejectDelayMs: pause,
  busyDelayMs: pause,
}

export const shiftBounds: Bounds = {
  deskGraceMs: { least: SECOND, most: HOUR },
  deskSignOutMs: { ...rule, most: 7 * DAY },
  phoneGraceMs: rule,
  rejoinMs: rule,
  maxShiftMs: { least: MINUTE, most: 7 * DAY, off: true },
  previewMs: { least: SECOND, most: DAY },
  longSignInRingMs: ring,
}

/**
 * Checks an agent's places in queues.
 * @throws Problem `switchboard.out_of_bounds`
 */
export function refusePlaces(agentCode: string, places: readonly Membership[]): void {
  for (const place of places) refuseOutside(`agent ${agentCode} in ${place.queueCode}`, place, memberBounds)
}
