/** The addresses from which gateways call us: as configured, with names looked up. */
import type { GatewaySettings } from '@ledgerline/core/network/settings.ts'
import type { KnownGateway } from './guard.ts'
import type { Names } from './names.ts'
import { callersOf } from './trunk-address.ts'

/** How often names are asked about again, ms; what they are believed for is for {@link Names} to say. */
const AGAIN_MS = 10_000

export class TrunkCallers {
  readonly #tenant: string
  #of: readonly GatewaySettings[] | null = null
  #known: readonly KnownGateway[] = []
  #askedAt = 0

  constructor(tenant: string) {
    this.#tenant = tenant
  }

  /** A name has other addresses than before. */
  changed(): void {
    this.#of = null
  }

  /** The same array until something changes. */
  of(gateways: readonly GatewaySettings[], names: Names): readonly KnownGateway[] {
    const now = performance.now()
    if (this.#of === gateways && now - this.#askedAt < AGAIN_MS) return this.#known
    const known = gateways.map((gateway) => ({
      tenant: this.#tenant,
      gateway: gateway.code,
      addresses: callersOf(gateway, names),
    }))
    if (this.#of !== gateways) this.#known = known
    this.#of = gateways
    this.#askedAt = now
    return this.#known
  }
}
