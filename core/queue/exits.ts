/**
 * The exits from a queue other than an agent's answer, each an outcome with its own destination (catalogue
 * A3.2.2.1-max-wait*, -reject-interval; the rest are ours). Pure: from the caller, the queue's settings and what is
 * known of the queue comes the exit that is due, or the moment to look again.
 */
import type { Destination } from '../call/events.ts'
import type { LiveCall } from '../call/state.ts'
import type { QueueDestination, QueueSettings } from './settings.ts'
import { isOpen } from './hours.ts'

/** The exits that a rule or a key triggers; each has its destination in the settings. */
export type RuledExit = keyof QueueSettings['exits']

/** What the rules need to know about a queue besides its settings. */
export interface QueueFacts {
  zone: string
  /** Since when nobody has been signed in to it, UTC ms; null: someone is. */
  absentSince: number | null
  /** Callers who entered before this one, counted no further than the rules need. */
  ahead: number
}

export interface WayOut {
  /** The exit due now. */
  exit: RuledExit | null
  /** Otherwise, when to look again, UTC ms. */
  wakeAt: number | null
}

/** Which exit is due for a waiting caller. A caller being connected stays, whatever the clock says. */
export function wayOut(
  queue: NonNullable<LiveCall['queue']>,
  settings: QueueSettings,
  facts: QueueFacts,
  now: number,
): WayOut {
  const { queuedAt, pressed } = queue
  if (!isOpen(settings.hours, queuedAt, facts.zone)) return { exit: 'closed', wakeAt: null }
  const { overflow, maxWaitMs, noAgent } = settings
  if (overflow.length > 0 && facts.ahead >= overflow.length) return { exit: 'overflowed', wakeAt: null }
  if (pressed !== null && pressed === settings.exitKey) return { exit: 'left_by_key', wakeAt: null }

  const deadlines: [RuledExit, number][] = []
  if (overflow.afterMs > 0) deadlines.push(['overflowed', queuedAt + overflow.afterMs])
  if (maxWaitMs > 0) deadlines.push(['timed_out', queuedAt + maxWaitMs])
  if (noAgent.afterMs > 0 && facts.absentSince !== null) {
    const gone = facts.absentSince + noAgent.afterMs
    // A new caller to a queue that has long been empty gets their full time, and is never turned away at once.
    const given = noAgent.rejectMs > 0 ? queuedAt + noAgent.afterMs + noAgent.rejectMs : 0
    deadlines.push(['no_agent', Math.max(gone, given)])
  }
  const next = deadlines.reduce<[RuledExit, number] | null>(
    (first, each) => (first === null || each[1] < first[1] ? each : first),
    null,
  )
  if (next === null) return { exit: null, wakeAt: null }
  return next[1] <= now ? { exit: next[0], wakeAt: null } : { exit: null, wakeAt: next[1] }
}

/**
 * A queue's settings without the rules that would send a caller on to another queue, for callers who were sent round in
 * a circle. Closing time and a lack of agents still end the wait.
 */
export function stayingIn(settings: QueueSettings): QueueSettings {
  const { exits, overflow, maxWaitMs, exitKey } = settings
  const stays = (exit: RuledExit): boolean => exits[exit].kind === 'queue'
  return {
    ...settings,
    overflow: stays('overflowed') ? { length: 0, afterMs: 0 } : overflow,
    maxWaitMs: stays('timed_out') ? 0 : maxWaitMs,
    exitKey: stays('left_by_key') ? null : exitKey,
  }
}

/** A setting's destination as written in events; null: the caller is disconnected. */
export function destinationOf({ kind, code }: QueueDestination): Destination | null {
  if (kind === 'hang_up') return null
  return kind === 'number' ? { kind, code: '', number: code } : { kind, code, number: null }
}
