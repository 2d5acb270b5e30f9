/**
 * The decider: what a concept does with a command. Three small functions and a union, pure; after
 * Chassaing's "Functional Event Sourcing Decider".
 */
import type { NewEvent, RecordedEvent } from './event.ts'
import type { Unread } from './unread.ts'

/** What a decision may use besides its state and command: the moment, and fresh ids. */
export interface Context {
  /** The `at` of the resulting events, UTC ms: now, or that of the stream's last event if its clock was ahead. */
  at: number
  /** What the clock reads, UTC ms: moments in the command are compared with it. */
  now: number
  /** A fresh id; the same command handled again gets the same ids. */
  newId(): string
}

export interface Decider<State, Command, E extends NewEvent> {
  /** The stream category of this concept. */
  category: string
  initial: State
  /**
   * The events that a command leads to; none if it changes nothing.
   * @throws Problem the refusal, with a stable code
   */
  decide(command: Command, state: State, context: Context): E[]
  /** The state after an event. Never refuses: what is in the ledger has happened. */
  evolve(state: State, event: RecordedEvent<E['type'], E['data']> | (E & { at: number })): State
  /** The state after an event that cannot be read (`unread.ts`). Without it, a stream with such an event takes no commands. */
  unread?(state: State, event: Unread): State
}
