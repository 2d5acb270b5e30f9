/** Leases in memory, for simulations and tests: the behaviour of `postgres.ts`, on a clock that is handed in. */
import type { LeaseAsked, LeaseGranted, LeaseHeld, Leases } from '@ledgerline/core/kernel/lease.ts'

interface Kept {
  epoch: number
  holder: string
  /** By the store's clock, ms. */
  until: number
  renewals: number
}

export class MemoryLeases implements Leases {
  readonly #now: () => number
  readonly #kept = new Map<string, Kept>()

  /** @param now the store's clock, which anybody may set */
  constructor(now: () => number) {
    this.#now = now
  }

  async acquire({ name, holder, forMs, above, dead }: LeaseAsked): Promise<LeaseGranted | LeaseHeld> {
    const kept = this.#kept.get(name)
    const now = this.#now()
    const alive = kept !== undefined && kept.until > now
    const mine = alive && kept.holder === holder && kept.epoch > above
    if (alive && kept.holder !== holder && dead !== markOf(kept)) {
      return { granted: false, epoch: kept.epoch, holder: kept.holder, leftMs: kept.until - now, mark: markOf(kept) }
    }
    const epoch = mine ? kept.epoch : Math.max(kept?.epoch ?? 0, above) + 1
    this.#kept.set(name, { epoch, holder, until: now + forMs, renewals: (kept?.renewals ?? 0) + 1 })
    return { granted: true, epoch }
  }

  async renew({
    name,
    holder,
    epoch,
    forMs,
  }: {
    name: string
    holder: string
    epoch: number
    forMs: number
  }): Promise<boolean> {
    const kept = this.#kept.get(name)
    if (kept?.holder !== holder || kept.epoch !== epoch) return false
    this.#kept.set(name, { ...kept, until: this.#now() + forMs, renewals: kept.renewals + 1 })
    return true
  }

  async release({ name, holder, epoch }: { name: string; holder: string; epoch: number }): Promise<void> {
    const kept = this.#kept.get(name)
    if (kept?.holder === holder && kept.epoch === epoch)
      this.#kept.set(name, { ...kept, until: Number.NEGATIVE_INFINITY })
  }
}

function markOf({ epoch, renewals }: Kept): string {
  return `${epoch}.${renewals}`
}
