/**
 * What a leg hears while nobody talks to it, and the keys it presses meanwhile: prompts once or repeating, and the
 * gathering of keys. The media server plays; what is to be played next is decided here.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import type { TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import type { Leg } from './leg.ts'

/** What is reported of a leg's prompts and keys. */
export type Heard = Extract<TelephonyReport, { what: 'played' | 'collected' | 'digit' }>
type HeardOf<W extends Heard['what']> = Omit<Extract<Heard, { what: W }>, 'at' | 'tenant' | 'legId' | 'callId'>

export interface ListeningOptions {
  clock: Clock
  /** What the media server plays for a prompt: a file, or a stream it makes. */
  sourceOf(tenant: string, media: string): string
  report(leg: Leg, heard: HeardOf<'played'> | HeardOf<'collected'> | HeardOf<'digit'>): void
  /** A command failed that nobody waits for. */
  failed(error: unknown): void
}

/** FreeSWITCH repeats nothing that was over sooner (`switch_ivr_parse_event`). */
const GIVEN_UP_MS = 500
const MOST_GIVEN_UP = 5

export class Listening {
  readonly #with: ListeningOptions

  constructor(options: ListeningOptions) {
    this.#with = options
  }

  async play(leg: Leg, media: string, repeat: boolean): Promise<void> {
    if (repeat && leg.repeating === media && !leg.once) return
    if (repeat) {
      this.#cut(leg)
      leg.repeating = media
    } else {
      this.#cut(leg)
      leg.once = { media, playing: null }
    }
    await this.#sound(leg)
  }

  collect(leg: Leg, maxDigits: number, waitMs: number): void {
    this.#report(leg, false)
    leg.gathers = { maxDigits, waitMs, digits: '', stop: () => {} }
    this.#await(leg)
  }

  /** A key was pressed. */
  key(leg: Leg, digit: string): void {
    const { gathers } = leg
    if (!gathers) return this.#with.report(leg, { what: 'digit', digit })
    gathers.digits += digit
    // A prompt is over with the first key.
    if (leg.once) {
      this.#cut(leg)
      void this.#sound(leg).catch(this.#with.failed)
    }
    if (gathers.digits.length >= gathers.maxDigits) this.#report(leg, true)
    else this.#await(leg)
  }

  /** The media server has come to the end of something. */
  played(leg: Leg, application: string | undefined): void {
    if (leg.repeats && leg.repeats.id === application) return this.#repeatEnded(leg, leg.repeats)
    if (!leg.once?.playing || leg.once.playing !== application) return
    const { media } = leg.once
    leg.once = null
    this.#with.report(leg, { what: 'played', media, complete: true })
    void this.#sound(leg).catch(this.#with.failed)
  }

  /** Somebody talks to it now, by which the media server ends what it plays: prompts and gathering are over. */
  leave(leg: Leg): void {
    this.#cut(leg)
    leg.repeating = null
    leg.repeats = null
    this.#report(leg, false)
  }

  /** The same where nobody talks to it yet, such as on hold. */
  async interrupt(leg: Leg): Promise<void> {
    const sounds = leg.once !== null || leg.repeating !== null
    this.leave(leg)
    if (sounds) await leg.server.socket.api(`uuid_break ${leg.channel} all`)
  }

  /** It has ended: nothing more is heard of it. */
  forget(leg: Leg): void {
    leg.gathers?.stop()
    leg.gathers = null
    leg.once = null
    leg.repeating = null
    leg.repeats = null
  }

  /**
   * The first round of what repeats is over. If something ended it at once, FreeSWITCH does not repeat it: the leg would hear
   * nothing from then on.
   */
  #repeatEnded(leg: Leg, { at, givenUp }: NonNullable<Leg['repeats']>): void {
    leg.repeats = null
    const isWanted = leg.repeating !== null && leg.once === null && leg.ended === null
    if (!isWanted || this.#with.clock.now() - at > GIVEN_UP_MS || givenUp >= MOST_GIVEN_UP) return
    void this.#sound(leg, givenUp + 1).catch(this.#with.failed)
  }

  /**
   * Makes the channel play what the leg is to hear.
   * @param givenUp how often the media server gave it up; then nothing plays that would have to be stopped
   */
  async #sound(leg: Leg, givenUp = 0): Promise<void> {
    const { once, repeating } = leg
    const { socket } = leg.server
    leg.repeats = null
    if (leg.sounds && givenUp === 0) {
      await socket.api(`uuid_break ${leg.channel} all`)
      // Something else was asked for, or it ended, while the media server answered.
      if (leg.ended || leg.once !== once || leg.repeating !== repeating) return
    }
    leg.sounds = true
    if (once) once.playing = await socket.execute(leg.channel, 'playback', this.#with.sourceOf(leg.tenant, once.media))
    // Not FreeSWITCH's own `endless_playback`, which hears no keys: a caller could not leave the queue by one.
    else if (repeating !== null) {
      const at = this.#with.clock.now()
      const id = await socket.execute(leg.channel, 'playback', this.#with.sourceOf(leg.tenant, repeating), true)
      if (leg.repeating === repeating && leg.once === null) leg.repeats = { id, at, givenUp }
    }
  }

  #cut(leg: Leg): void {
    if (!leg.once) return
    const { media } = leg.once
    leg.once = null
    this.#with.report(leg, { what: 'played', media, complete: false })
  }

  #await(leg: Leg): void {
    const { gathers } = leg
    if (!gathers) return
    gathers.stop()
    const { clock } = this.#with
    gathers.stop = clock.at(clock.now() + gathers.waitMs, () => leg.gathers === gathers && this.#report(leg, false))
  }

  #report(leg: Leg, complete: boolean): void {
    const { gathers } = leg
    if (!gathers) return
    gathers.stop()
    leg.gathers = null
    this.#with.report(leg, { what: 'collected', digits: gathers.digits, complete })
  }
}
