/**
 * Is the far end of a dialog still there? Its BYE may be lost with the network that carried it, and a phone that lost its
 * power says nothing at all. So each dialog is asked from time to time (OPTIONS within it). A phone that does not know the
 * dialog has hung up. One that does not answer is not taken to be gone for that alone: its sound is looked at from then on.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { within } from '../../postgres/line.ts'
import type { Leg } from './leg.ts'

/** How often a dialog is asked, and how long it may take to answer, ms. */
const EVERY_MS = 30_000
const ANSWER_MS = 5_000
/** So many parts of this time are looked at one after the other: what is due is spread, and no timer is a leg's own. */
const LOOKS = 10
/** Not answered so often in a row, it is silent: datagrams get lost. */
const MISSES = 2
/** Neither of these speaks of the dialog: they come from the SIP server when nobody answers it. */
const NOBODY = new Set([408, 503])
/** Call/Transaction Does Not Exist (RFC 5057, 5.1). */
const UNKNOWN = 481

export interface ProbesOptions {
  clock: Clock
  everyMs?: number
  answerMs?: number
  /** It has hung up. */
  gone(leg: Leg): void
  /** It does not answer; and it answers again. */
  silent(leg: Leg): void
  back(leg: Leg): void
}

export class Probes {
  readonly #with: ProbesOptions
  /** When each is asked next; how often it has not answered since it did. */
  readonly #legs = new Map<Leg, { due: number; misses: number }>()
  #next: (() => void) | null = null

  constructor(options: ProbesOptions) {
    this.#with = options
  }

  add(leg: Leg): void {
    const { clock, everyMs = EVERY_MS } = this.#with
    this.#legs.set(leg, { due: clock.now() + everyMs, misses: 0 })
    this.#plan()
  }

  forget(leg: Leg): void {
    this.#legs.delete(leg)
    if (this.#legs.size === 0) this.close()
  }

  close(): void {
    this.#next?.()
    this.#next = null
  }

  #plan(): void {
    const { clock, everyMs = EVERY_MS } = this.#with
    this.#next ??= clock.at(clock.now() + everyMs / LOOKS, () => {
      this.#next = null
      this.#look(clock.now())
      if (this.#legs.size > 0) this.#plan()
    })
  }

  #look(now: number): void {
    const { everyMs = EVERY_MS } = this.#with
    for (const [leg, seen] of this.#legs) {
      if (seen.due > now) continue
      seen.due = now + everyMs
      void this.#ask(leg, seen)
    }
  }

  async #ask(leg: Leg, seen: { misses: number }): Promise<void> {
    const { outer } = leg
    if (!outer?.connected) return
    const { answerMs = ANSWER_MS, gone, silent, back } = this.#with
    const status = await within(answerMs, outer.request({ method: 'OPTIONS' })).then(
      (answer) => answer.status,
      () => null,
    )
    if (this.#legs.get(leg) !== seen || leg.outer !== outer || leg.ended) return
    if (status === UNKNOWN) return gone(leg)
    const wasSilent = seen.misses >= MISSES
    seen.misses = status === null || NOBODY.has(status) ? seen.misses + 1 : 0
    const isSilent = seen.misses >= MISSES
    if (isSilent && !wasSilent) silent(leg)
    else if (wasSilent && !isSilent) back(leg)
  }
}
