/**
 * The calls that a switchboard knows, each with its revision in the ledger. Calls that are over are forgotten; if their last events are
 * our own and the log has yet to return them, their last revision is kept until then.
 */
import type { Call, LiveCall } from '../call/state.ts'
import type { KnownStream } from '../kernel/command.ts'

export type KnownCall = KnownStream<Call> & {
  /** The revision up to which the log has returned the stream. */
  confirmed: number
}

export class KnownCalls {
  readonly #calls = new Map<string, KnownCall>()
  /** Last revisions of forgotten calls that the log has not yet returned. */
  readonly #forgotten = new Map<string, number>()

  get(callId: string): KnownCall | undefined {
    return this.#calls.get(callId)
  }

  live(callId: string): LiveCall | null {
    const state = this.#calls.get(callId)?.state
    return state && state.status !== 'none' ? state : null
  }

  *allLive(): Iterable<LiveCall> {
    for (const { state } of this.#calls.values()) if (state.status !== 'none') yield state
  }

  ids(): string[] {
    return [...this.#calls.keys()]
  }

  /** What the log has confirmed of the call stays. */
  put(callId: string, known: KnownStream<Call>): void {
    this.#calls.set(callId, { ...known, confirmed: this.#calls.get(callId)?.confirmed ?? -1 })
  }

  revisionOf(callId: string): number {
    return this.#calls.get(callId)?.revision ?? this.#forgotten.get(callId) ?? -1
  }

  /** The log has returned an event of the call. */
  confirm(callId: string, revision: number): void {
    const known = this.#calls.get(callId)
    if (known) known.confirmed = revision
    else if ((this.#forgotten.get(callId) ?? Infinity) <= revision) this.#forgotten.delete(callId)
  }

  forget(callId: string): void {
    const known = this.#calls.get(callId)
    if (!known) return
    if (known.confirmed < known.revision) this.#forgotten.set(callId, known.revision)
    this.#calls.delete(callId)
  }

  snapshot(): [string, KnownStream<Call>][] {
    return [...this.#calls]
  }

  restore(snapshot: readonly [string, KnownStream<Call>][]): void {
    for (const [callId, known] of snapshot) this.#calls.set(callId, { ...known, confirmed: known.revision })
  }
}
