/**
 * OPTIONS to registered phones: it keeps the way through their NAT open, and shows whether they answer. What is known of
 * it is a matter of this process: a phone that does not answer stays registered until its time is over, as it may be the
 * network between, but is tried after the others. One whose connection is closed cannot be reached until it registers
 * again, and is reported (RFC 5626, 5.3): a browser that was shut is no phone.
 */
import { ask } from './requests.ts'
import type { Srf } from './srf.ts'
import { within } from '../../postgres/line.ts'
import type { Kept } from './bindings.ts'
import { targetOf, type Binding } from './registrar.ts'

export interface PingPace {
  /** A contact behind NAT, or at the end of a connection, is asked this often, ms: routers forget a way after half a minute. */
  natMs: number
  /** Any other contact. */
  otherMs: number
  /** An answer that takes longer is none, ms. */
  answerMs: number
  /** Questions under way at once. */
  atOnce: number
}

export const pingPace: PingPace = { natMs: 25_000, otherMs: 120_000, answerMs: 4_000, atOnce: 1_000 }

/** What is known of a contact. */
export interface Reach {
  status: 'reachable' | 'unreachable' | 'unknown'
  /** How long its last answer took, ms. */
  pingMs: number | null
}

interface Known extends Reach {
  nextAt: number
  missed: number
  isAsked: boolean
  /** The last look that found it registered. */
  look: number
}

/** Unanswered in a row, before a phone counts as unreachable. */
const MISSED = 2
/** How often it looks for contacts that are due, ms: with 20,000 phones a look takes some milliseconds. */
const LOOK_MS = 1_000

/** drachtio's own answer to a request for a connection that is closed. */
const CLOSED = 410

export interface PingOptions {
  /** The phones that are registered. */
  phones(): Iterable<Kept>
  srfFor(server: string): Srf | null
  /** A contact began or stopped to answer, or its answers take as long as they do. */
  onPinged?(phone: Kept): void
  /** The connection to this contact is closed. */
  onClosed(phone: Kept, binding: Binding): void
  pace?: PingPace
}

export class Pings {
  readonly #with: PingOptions
  readonly #pace: PingPace
  readonly #known = new Map<string, Known>()
  readonly #looking: NodeJS.Timeout
  #underWay = 0
  #looks = 0

  constructor(options: PingOptions) {
    this.#with = options
    this.#pace = options.pace ?? pingPace
    this.#looking = setInterval(() => this.#look(), Math.min(LOOK_MS, this.#pace.natMs))
  }

  of(binding: Binding): Reach {
    const { status, pingMs } = this.#known.get(keyOf(binding)) ?? { status: 'unknown', pingMs: null }
    return { status, pingMs }
  }

  close(): void {
    clearInterval(this.#looking)
  }

  #look(): void {
    const now = performance.now()
    const look = ++this.#looks
    for (const phone of this.#with.phones())
      for (const binding of phone.bindings) {
        const key = keyOf(binding)
        let known = this.#known.get(key)
        if (!known) {
          known = { status: 'unknown', pingMs: null, nextAt: now, missed: 0, isAsked: false, look }
          this.#known.set(key, known)
        }
        known.look = look
        if (known.isAsked || known.nextAt > now || this.#underWay >= this.#pace.atOnce) continue
        const srf = this.#with.srfFor(binding.server)
        if (srf) void this.#ask(srf, phone, binding, known)
      }
    for (const [key, known] of this.#known) if (known.look !== look) this.#known.delete(key)
  }

  async #ask(srf: Srf, phone: Kept, binding: Binding, known: Known): Promise<void> {
    const { natMs, otherMs, answerMs } = this.#pace
    const isConnection = binding.source.protocol !== 'udp'
    const began = performance.now()
    known.isAsked = true
    this.#underWay++
    const { uri, route } = targetOf(binding)
    try {
      const { status } = await within(answerMs, ask(srf, { method: 'OPTIONS', uri, ...(route && { proxy: route }) }))
      // Any answer of the phone will do; the server's own, that there was none (408) or no way (503), is none.
      if (status === 408 || status === 503) throw new Error(String(status))
      if (status === CLOSED && isConnection) this.#with.onClosed(phone, binding)
      known.missed = 0
      known.status = 'reachable'
      known.pingMs = performance.now() - began
    } catch {
      if (++known.missed >= MISSED) known.status = 'unreachable'
    } finally {
      known.isAsked = false
      this.#with.onPinged?.(phone)
      known.nextAt = performance.now() + (binding.behindNat || isConnection ? natMs : otherMs)
      this.#underWay--
    }
  }
}

/** A contact of one place; the same after it was refreshed. */
const keys = new WeakMap<Binding, string>()

function keyOf(binding: Binding): string {
  let key = keys.get(binding)
  if (key === undefined) {
    const { contact, source } = binding
    keys.set(binding, (key = `${contact} ${source.address}:${source.port}`))
  }
  return key
}
