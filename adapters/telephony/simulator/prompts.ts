/** What is played to simulated legs, and the keys that are pressed on them. */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { nothing, type Leg } from './leg.ts'

/** The results of prompts and keys. */
export type PromptReport =
  | { what: 'digit'; digit: string }
  | { what: 'played'; media: string; complete: boolean }
  | { what: 'collected'; digits: string; complete: boolean }

export interface PromptsOptions {
  clock: Clock
  report: (leg: Leg, report: PromptReport) => void
  /** How long a prompt lasts, ms. */
  lengthOf: (media: string) => number
  /** Called when a leg is asked for keys, or no longer is. */
  changed: (leg: Leg) => void
  /** Called when a one-off prompt begins or ends. */
  heard: (leg: Leg) => void
}

export class Prompts {
  readonly #with: PromptsOptions

  constructor(options: PromptsOptions) {
    this.#with = options
  }

  /** Plays a prompt in place of the previous one; a repeating one resumes after one that does not repeat. */
  play(leg: Leg, media: string, repeat: boolean): void {
    const { clock, lengthOf } = this.#with
    const before = leg.playing
    const under = repeat || !before ? null : before.repeat ? before.media : before.under
    this.#stopPlaying(leg, false)
    const cancel = repeat ? nothing : clock.at(clock.now() + lengthOf(media), () => this.#stopPlaying(leg, true))
    leg.playing = { media, repeat, under, cancel }
    if (!repeat) this.#with.heard(leg)
  }

  /** Asks for keys. */
  collect(leg: Leg, maxDigits: number, waitMs: number): void {
    this.#stopCollecting(leg, false)
    leg.collecting = { maxDigits, waitMs, digits: '', since: 0, cancel: nothing }
    this.#awaitKey(leg, leg.collecting)
    this.#with.changed(leg)
  }

  /** Its person presses a key. */
  press(leg: Leg, digit: string): void {
    const { collecting } = leg
    if (!collecting) return this.#with.report(leg, { what: 'digit', digit })
    // A prompt is over with the first key; what repeats goes on, also under a prompt.
    if (leg.playing && !leg.playing.repeat) {
      const { under } = leg.playing
      this.#stopPlaying(leg, false)
      if (under !== null) leg.playing = { media: under, repeat: true, under: null, cancel: nothing }
    }
    collecting.digits += digit
    if (collecting.digits.length >= collecting.maxDigits) this.#stopCollecting(leg, true)
    else this.#awaitKey(leg, collecting)
  }

  /** Someone talks to it, or it hears music on hold: prompts and questions end. */
  interrupt(leg: Leg): void {
    this.#stopPlaying(leg, false)
    this.#stopCollecting(leg, false)
  }

  /** It is gone: nothing more is reported of it. */
  forget(leg: Leg): void {
    leg.playing?.cancel()
    leg.collecting?.cancel()
    leg.playing = null
    leg.collecting = null
  }

  #awaitKey(leg: Leg, collecting: NonNullable<Leg['collecting']>): void {
    const { clock } = this.#with
    collecting.cancel()
    collecting.since = clock.now()
    collecting.cancel = clock.at(clock.now() + collecting.waitMs, () => this.#stopCollecting(leg, false))
  }

  #stopPlaying(leg: Leg, complete: boolean): void {
    const { playing } = leg
    if (!playing) return
    playing.cancel()
    const { under } = playing
    leg.playing = complete && under !== null ? { media: under, repeat: true, under: null, cancel: nothing } : null
    if (playing.repeat) return
    this.#with.report(leg, { what: 'played', media: playing.media, complete })
    this.#with.heard(leg)
  }

  #stopCollecting(leg: Leg, complete: boolean): void {
    const { collecting } = leg
    if (!collecting) return
    collecting.cancel()
    leg.collecting = null
    this.#with.report(leg, { what: 'collected', digits: collecting.digits, complete })
    this.#with.changed(leg)
  }
}
