/**
 * Who is answered: known gateways, phones that have proven themselves, and strangers within limits. A scanner of the
 * internet sends thousands of requests a second; most must cost nothing, be counted, and be said once. All memory here is
 * bounded, whatever addresses requests pretend to come from.
 */
import { BlockList, isIP, isIPv4 } from 'node:net'

/** Tokens for each key: `capacity` at once, one more every `everyMs`. */
export interface Allowance {
  capacity: number
  everyMs: number
}

/** Allowances by key. Keys beyond the most push out the ones that were used least recently. */
export class Allowances {
  readonly #allowance: Allowance
  readonly #most: number
  /** The least recently used first. */
  readonly #left = new Map<string, { tokens: number; at: number }>()

  constructor(allowance: Allowance, most = 20_000) {
    this.#allowance = allowance
    this.#most = most
  }

  /** Takes a token, if there is one. */
  take(key: string, now: number): boolean {
    const tokens = this.#tokens(key, now)
    const granted = tokens >= 1
    this.#left.delete(key)
    if (this.#left.size >= this.#most) this.#left.delete(this.#left.keys().next().value!)
    this.#left.set(key, { tokens: granted ? tokens - 1 : tokens, at: now })
    return granted
  }

  /** Is there a token? */
  has(key: string, now: number): boolean {
    return this.#tokens(key, now) >= 1
  }

  get size(): number {
    return this.#left.size
  }

  #tokens(key: string, now: number): number {
    const { capacity, everyMs } = this.#allowance
    const known = this.#left.get(key)
    return known ? Math.min(capacity, known.tokens + Math.max(0, now - known.at) / everyMs) : capacity
  }
}

/** A trunk's other side, from which calls are accepted. */
export interface KnownGateway {
  tenant: string
  gateway: string
  /** IP addresses, and networks in CIDR notation. */
  addresses: readonly string[]
}

/** Finds the gateway that an address belongs to; what is no address is passed over. */
export function gatewayFinder(gateways: readonly KnownGateway[]): (address: string) => KnownGateway | null {
  const lists = gateways.map((gateway) => {
    const list = new BlockList()
    for (const text of gateway.addresses) {
      const [net, bits] = text.trim().split('/')
      if (!net || isIP(net) === 0) continue
      const family = isIPv4(net) ? 'ipv4' : 'ipv6'
      const most = family === 'ipv4' ? 32 : 128
      const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN
      if (prefix <= most) list.addSubnet(net, prefix, family)
    }
    return { gateway, list }
  })
  return (seen) => {
    const address = plainAddress(seen)
    if (isIP(address) === 0) return null
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    return lists.find(({ list }) => list.check(address, family))?.gateway ?? null
  }
}

/** An IPv4 address in the dress of an IPv6 one is an IPv4 address; brackets are no part of one. */
export function plainAddress(address: string): string {
  return address.replace(/^\[|\]$/g, '').replace(/^::ffff:(?=\d+\.)/i, '')
}

/** Why a request was refused or dropped. */
export type Refusal =
  | 'stranger'
  | 'wrong_secret'
  | 'forged_nonce'
  | 'replayed'
  | 'misdirected'
  | 'malformed'
  | 'not_theirs'
  | 'unreadable'
  | 'too_fast'

export interface GuardLimits {
  /** Refusals (403) that a strange address gets; what follows is dropped. */
  refusals: Allowance
  /** Questions for a secret that a strange address gets; each registration of a phone takes one. */
  challenges: Allowance
  /** The same for an address from which a phone has proven itself: a whole office may be behind it. */
  known: Allowance
  /** Wrong secrets for one user from one address. */
  guesses: Allowance
  /** Answers to all strangers together. */
  strangers: Allowance
}

const LIMITS: GuardLimits = {
  refusals: { capacity: 1, everyMs: 60_000 },
  challenges: { capacity: 60, everyMs: 1_000 },
  known: { capacity: 5_000, everyMs: 5 },
  guesses: { capacity: 10, everyMs: 30_000 },
  strangers: { capacity: 1_000, everyMs: 2 },
}

/** Addresses from which phones have proven themselves, and for how long that holds, ms. */
const PROVEN = 50_000
const PROVEN_MS = 2 * 3_600_000
/** A kind of refusal is said this often at most, ms. */
const SAID_EVERY_MS = 60_000

export class Guard {
  readonly #limits: { [limit in keyof GuardLimits]: Allowances }
  readonly #proven = new Map<string, number>()
  readonly #say: (refusal: Refusal, address: string, count: number) => void
  readonly #counts = new Map<Refusal, { count: number; saidAt: number; since: number }>()

  /** @param say tells the operator of a kind of refusal: at once, then every minute with the count since */
  constructor(say: (refusal: Refusal, address: string, count: number) => void, limits: Partial<GuardLimits> = {}) {
    this.#say = say
    const allowances = Object.entries({ ...LIMITS, ...limits }).map(([name, limit]) => [name, new Allowances(limit)])
    this.#limits = Object.fromEntries(allowances) as { [limit in keyof GuardLimits]: Allowances }
  }

  /** A phone has proven itself from there. */
  prove(address: string, now: number): void {
    this.#proven.delete(address)
    if (this.#proven.size >= PROVEN) this.#proven.delete(this.#proven.keys().next().value!)
    this.#proven.set(address, now + PROVEN_MS)
  }

  isProven(address: string, now: number): boolean {
    return (this.#proven.get(address) ?? 0) > now
  }

  /** May this address be asked for a secret? */
  mayChallenge(address: string, now: number): boolean {
    if (this.isProven(address, now)) return this.#limits.known.take(address, now)
    return this.#limits.challenges.take(address, now) && this.#limits.strangers.take('', now)
  }

  /** May this address be told that it is refused? If not, its request is dropped. */
  mayRefuse(address: string, now: number): boolean {
    if (this.isProven(address, now)) return this.#limits.known.take(address, now)
    return this.#limits.refusals.take(address, now) && this.#limits.strangers.take('', now)
  }

  /** May somebody there try another secret for this user? */
  mayTry(address: string, user: string, now: number): boolean {
    return this.#limits.guesses.has(`${address} ${user}`, now)
  }

  /** It was wrong. */
  guessed(address: string, user: string, now: number): void {
    this.#limits.guesses.take(`${address} ${user}`, now)
  }

  count(refusal: Refusal, address: string, now: number): void {
    const known = this.#counts.get(refusal) ?? { count: 0, saidAt: Number.NEGATIVE_INFINITY, since: 0 }
    known.count++
    known.since++
    if (now - known.saidAt >= SAID_EVERY_MS) {
      this.#say(refusal, address, known.since)
      known.saidAt = now
      known.since = 0
    }
    this.#counts.set(refusal, known)
  }

  /** How often each happened since the start. */
  get counts(): Partial<Record<Refusal, number>> {
    return Object.fromEntries([...this.#counts].map(([refusal, { count }]) => [refusal, count]))
  }
}
