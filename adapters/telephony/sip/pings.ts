/**
 * OPTIONS to registered phones: it keeps the way through their NAT open, and shows whether they answer. What is known of
 * it is a matter of this process: a phone that does not answer stays registered until its time is over, as it may be the
 * network between, but is tried after the others.
 */
import type { OutgoingRequest, Srf } from './srf.ts'
import { within } from '../../postgres/line.ts'
import { targetOf, type Binding } from './registrar.ts'

export interface PingPace {
  /** A contact behind NAT is asked this often, ms: routers forget a way over UDP after half a minute. */
  natMs: number
  /** Any other contact. */
  otherMs: number
  /** An answer that takes longer is none, ms. */
  answerMs: number
  /** Questions under way at once. */
  atOnce: number
}

export const pingPace: PingPace = { natMs: 25_000, otherMs: 120_000, answerMs: 4_000, atOnce: 200 }

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
}

/** Unanswered in a row, before a phone counts as unreachable. */
const MISSED = 2
const LOOK_MS = 250

export class Pings {
  readonly #bindings: () => Iterable<Binding>
  readonly #srfFor: (server: string) => Srf | null
  readonly #pace: PingPace
  readonly #known = new Map<string, Known>()
  readonly #looking: NodeJS.Timeout
  #underWay = 0

  constructor(bindings: () => Iterable<Binding>, srfFor: (server: string) => Srf | null, pace: PingPace = pingPace) {
    this.#bindings = bindings
    this.#srfFor = srfFor
    this.#pace = pace
    this.#looking = setInterval(() => this.#look(), Math.min(LOOK_MS, pace.natMs))
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
    const there = new Set<string>()
    for (const binding of this.#bindings()) {
      const key = keyOf(binding)
      there.add(key)
      let known = this.#known.get(key)
      if (!known) {
        known = { status: 'unknown', pingMs: null, nextAt: now, missed: 0, isAsked: false }
        this.#known.set(key, known)
      }
      if (known.isAsked || known.nextAt > now || this.#underWay >= this.#pace.atOnce) continue
      const srf = this.#srfFor(binding.server)
      if (srf) void this.#ask(srf, binding, known)
    }
    for (const key of this.#known.keys()) if (!there.has(key)) this.#known.delete(key)
  }

  async #ask(srf: Srf, binding: Binding, known: Known): Promise<void> {
    const { natMs, otherMs, answerMs } = this.#pace
    const began = performance.now()
    known.isAsked = true
    this.#underWay++
    const { uri, route } = targetOf(binding)
    try {
      await within(answerMs, answered(srf, { method: 'OPTIONS', uri, ...(route && { proxy: route }) }))
      known.missed = 0
      known.status = 'reachable'
      known.pingMs = performance.now() - began
    } catch {
      if (++known.missed >= MISSED) known.status = 'unreachable'
    } finally {
      known.isAsked = false
      known.nextAt = performance.now() + (binding.behindNat ? natMs : otherMs)
      this.#underWay--
    }
  }
}

/** Any answer of the phone will do; the server's own, that there was none (408) or no way (503), is none. */
function answered(srf: Srf, request: OutgoingRequest): Promise<void> {
  return new Promise((resolve, reject) =>
    srf.request(request, (error, sent) => {
      if (error || !sent) return reject(error ?? new Error('not sent'))
      sent.on('response', ({ status }) => {
        if (status === 408 || status === 503) reject(new Error(String(status)))
        else if (status >= 200) resolve()
      })
    }),
  )
}

const keyOf = ({ contact, source }: Binding): string => `${contact} ${source.address}:${source.port}`
