/**
 * Legs whose signalling is lost: the SIP server that held their dialogs is gone, or the process that made them. Their talk
 * goes on, since sound passes between phone and media server alone; but their hanging up is heard of by nobody. So their
 * sound is watched: a phone that sends none any more has gone. And no such leg lasts for ever.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { LegEnd } from '@ledgerline/core/telephony/port.ts'
import { api } from './connections.ts'
import { NO_MEDIA } from './causes.ts'
import type { Leg } from './leg.ts'

/** A phone sends fifty packets a second: one that sent none between two looks has hung up, ms. */
const LOOK_MS = 5_000
/** The longest that talk without signalling goes on, ms. */
const LONGEST_MS = 4 * 3_600_000

const TOO_LONG: LegEnd = { by: 'system', cause: 31, sip: null, reason: 'limit' }

export interface UnsignalledOptions {
  clock: Clock
  lookMs?: number
  longestMs?: number
  end(leg: Leg, end: LegEnd): void
  failed(what: string, error: unknown): void
}

export class Unsignalled {
  readonly #with: UnsignalledOptions
  /** Since when, and how many packets had come from it at the last look. */
  readonly #legs = new Map<Leg, { since: number; packets: string | null }>()
  #next: (() => void) | null = null

  constructor(options: UnsignalledOptions) {
    this.#with = options
  }

  has(leg: Leg): boolean {
    return this.#legs.has(leg)
  }

  add(leg: Leg): void {
    this.#legs.set(leg, { since: this.#with.clock.now(), packets: null })
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
    const { clock, lookMs = LOOK_MS } = this.#with
    this.#next ??= clock.at(clock.now() + lookMs, () => {
      this.#next = null
      void Promise.all(Array.from(this.#legs.keys(), (leg) => this.#look(leg))).then(() => {
        if (this.#legs.size > 0) this.#plan()
      })
    })
  }

  async #look(leg: Leg): Promise<void> {
    const { clock, end, failed, longestMs = LONGEST_MS } = this.#with
    const seen = this.#legs.get(leg)
    // A server that is away for a moment is waited for elsewhere.
    if (!seen || !leg.server.isUp) return
    if (clock.now() - seen.since >= longestMs) return end(leg, TOO_LONG)
    try {
      await api(leg, 'uuid_set_media_stats')
      const packets = await api(leg, 'uuid_getvar', 'rtp_audio_in_packet_count')
      if (packets === seen.packets) return end(leg, silenceOf(leg))
      seen.packets = packets
    } catch (error) {
      if (isProblem(error, 'telephony.no_leg')) return end(leg, silenceOf(leg))
      seen.packets = null
      failed('watching a leg without signalling', error)
    }
  }
}

/** Who can say nothing else has hung up; a phone that could still say so, and does not, is gone. */
function silenceOf({ outer, purpose }: Leg): LegEnd {
  if (outer) return NO_MEDIA
  const by = purpose === 'customer' || purpose === 'supervisor' ? purpose : ('agent' as const)
  return { ...NO_MEDIA, by }
}
