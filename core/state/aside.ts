/**
 * Streams that are set aside because one of their events cannot be read, and the events that close whatever they are
 * about. The switchboard, which shows them in its status, and the tables, whose events count again from there on,
 * follow the same rule.
 */
import type { Unread } from '../kernel/unread.ts'
import { subjectOf } from './subject.ts'

/**
 * After these events everything is known again. The switchboard writes most of them for this very reason
 * (`CallSetAside`, `ShiftSetAside`); a process that could read the event after all ends a call or a shift in the normal
 * way, and the next activation contains the whole configuration.
 */
export const CLOSES: ReadonlySet<string> = new Set([
  'CallSetAside',
  'CallEnded',
  'ShiftSetAside',
  'AgentSignedOut',
  'SwitchboardActivated',
])

/**
 * Is there nothing to close? Each event about the owner stands alone, nothing is decided by findings, and the network
 * reports again how everything is.
 */
export function closesItself(stream: string): boolean {
  const { kind } = subjectOf(stream)
  return kind === 'owner' || kind === 'finding' || kind === 'network'
}

/** Can it be set aside again after it was closed? What is over stays over; a configuration never is. */
export function opensAgain(stream: string): boolean {
  return subjectOf(stream).kind === 'configuration'
}

/** A stream with an event that cannot be read. */
export interface AsideStream extends Unread {
  /** Does the ledger say that what the stream was about is closed, or has a later event replaced the unreadable one? */
  closed: boolean
}

/** How many are kept, latest first. */
const MOST_STREAMS = 200

/** The streams of a tenant that are set aside, the latest last. */
export class AsideStreams {
  readonly #streams = new Map<string, AsideStream>()

  get isEmpty(): boolean {
    return this.#streams.size === 0
  }

  list(): AsideStream[] {
    return [...this.#streams.values()]
  }

  /** The shifts of an agent that still have to be closed. */
  openShiftsOf(agentId: string): AsideStream[] {
    if (this.isEmpty) return []
    return this.list().filter(({ stream, closed }) => {
      const subject = subjectOf(stream)
      return !closed && subject.kind === 'shift' && subject.agentId === agentId
    })
  }

  add(unread: Unread, closed: boolean): void {
    this.#streams.delete(unread.stream)
    this.#streams.set(unread.stream, { ...unread, closed })
    for (const [stream, { closed: over }] of this.#streams) {
      if (this.#streams.size <= MOST_STREAMS) return
      // What still has to be closed is never forgotten.
      if (over) this.#streams.delete(stream)
    }
  }

  /** What the stream was about is closed. */
  close(stream: string): void {
    const known = this.#streams.get(stream)
    if (known) this.#streams.set(stream, { ...known, closed: true })
  }

  restore(streams: readonly AsideStream[]): void {
    for (const each of streams) this.#streams.set(each.stream, each)
  }
}
