/**
 * The addresses behind the names of gateways and their proxies: looked up, and again from time to time, without anybody
 * waiting for it. A name that cannot be looked up just now keeps the addresses that it had.
 */
import { lookup, resolveSrv } from 'node:dns/promises'
import { isIP } from 'node:net'
import { within } from '../../postgres/line.ts'

/** Where to send something. */
export interface Hop {
  /** An IP address. */
  address: string
  port: number
}

export interface Lookups {
  addresses(name: string): Promise<readonly string[]>
  /** The hosts of a service, the one to be tried first in front. */
  services(name: string): Promise<readonly { host: string; port: number }[]>
}

const RESOLVE_MS = 3_000
/** How long an answer is believed, ms; and how soon a name that could not be looked up is tried again. */
const BELIEVED_MS = 60_000
const AGAIN_MS = 5_000
/** Names that are remembered. */
const MOST = 5_000

interface Known {
  at: number
  isAsked: boolean
  failed: boolean
  hops: readonly { address: string; port: number | null }[]
}

export class Names {
  readonly #known = new Map<string, Known>()
  readonly #lookups: Lookups
  readonly #now: () => number
  readonly #onChange: () => void

  /** @param onChange a name has other addresses than before */
  constructor(onChange: () => void = () => {}, lookups: Lookups = system, now = () => performance.now()) {
    this.#lookups = lookups
    this.#now = now
    this.#onChange = onChange
  }

  /** The addresses of a host as far as they are known: an address is its own. Asks for those that are not. */
  addressesOf(host: string): readonly string[] {
    return this.#of(plain(host), null).map(({ address }) => address)
  }

  /** Where a host takes SIP; with `srv`, by its SRV records for that transport, and by none if it has none. */
  hopsOf(host: string, port: number | null, srv: 'udp' | 'tcp' | 'tls' | null = null): readonly Hop[] {
    const usual = srv === 'tls' ? 5061 : 5060
    // A port that is named means that host, and no other (RFC 3263, 4.2).
    return this.#of(plain(host), port === null ? srv : null).map((hop) => ({
      address: hop.address,
      port: hop.port ?? port ?? usual,
    }))
  }

  #of(host: string, srv: 'udp' | 'tcp' | 'tls' | null): Known['hops'] {
    if (isIP(host) !== 0) return [{ address: host, port: null }]
    const key = `${srv ?? ''} ${host.toLowerCase()}`
    let known = this.#known.get(key)
    if (!known) {
      known = { at: Number.NEGATIVE_INFINITY, isAsked: false, failed: false, hops: [] }
      if (this.#known.size >= MOST) this.#known.delete(this.#known.keys().next().value!)
      this.#known.set(key, known)
    }
    if (!known.isAsked && this.#now() - known.at > (known.failed ? AGAIN_MS : BELIEVED_MS))
      void this.#ask(host, srv, known)
    return known.hops
  }

  async #ask(host: string, srv: 'udp' | 'tcp' | 'tls' | null, known: Known): Promise<void> {
    known.isAsked = true
    const found = await within(RESOLVE_MS, this.#resolved(host, srv)).catch(() => null)
    known.isAsked = false
    known.at = this.#now()
    known.failed = found === null
    if (found === null || JSON.stringify(found) === JSON.stringify(known.hops)) return
    known.hops = found
    this.#onChange()
  }

  async #resolved(host: string, srv: 'udp' | 'tcp' | 'tls' | null): Promise<Known['hops']> {
    const service = srv === 'tls' ? '_sips._tcp' : `_sip._${srv}`
    const services = srv === null ? [] : await this.#lookups.services(`${service}.${host}`).catch(() => [])
    const hosts = services.length > 0 ? services : [{ host, port: null }]
    const found = await Promise.all(
      hosts.map(async ({ host: each, port }) =>
        (isIP(each) === 0 ? await this.#lookups.addresses(each) : [each]).map((address) => ({ address, port })),
      ),
    )
    return found.flat()
  }
}

const system: Lookups = {
  addresses: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
  services: async (name) =>
    (await resolveSrv(name))
      .toSorted((a, b) => a.priority - b.priority || b.weight - a.weight)
      .map(({ name: host, port }) => ({ host, port })),
}

function plain(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}

/** `host`, `host:port`, `[v6]:port`: null if it is neither. */
export function hostAndPort(text: string): { host: string; port: number | null } | null {
  const [, host, port] = /^(?:sips?:)?(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?(?:;.*)?$/i.exec(text.trim()) ?? []
  if (host === undefined || Number(port ?? 1) > 65_535) return null
  return { host, port: port === undefined ? null : Number(port) }
}
