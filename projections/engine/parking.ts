/**
 * Keys set aside: an event that a fold cannot take parks its key for that model, and what comes later for
 * that key waits behind it. Where not even the key could be read, the whole stream waits.
 */

/** A key set aside, and why. */
export interface Parked {
  model: string
  tenant: string
  /** The row's key, or `stream …`. */
  key: string
  event: { id: string; type: string; position: string }
  reason: string
}

const STREAM = 'stream '

export class Parking {
  readonly #keys = new Map<string, Parked>()
  readonly #streams = new Map<string, Parked>()
  /** Parked since {@link take}. */
  #fresh: Parked[] = []
  /** Events that waited since {@link take}, by model, tenant and key. */
  #waiting = new Map<string, number>()

  get empty(): boolean {
    return this.#keys.size === 0 && this.#streams.size === 0
  }

  /** Known from before. */
  remember(entry: Parked): void {
    if (entry.key.startsWith(STREAM)) this.#streams.set(`${entry.model}\n${entry.key.slice(STREAM.length)}`, entry)
    else this.#keys.set(nameOf(entry), entry)
  }

  park(entry: Parked): void {
    this.remember(entry)
    this.#fresh.push(entry)
  }

  /** Parks a whole stream for a model, unless it is. */
  parkStream(model: string, tenant: string, stream: string, { id, type, position }: Parked['event'], reason: string): void {
    if (!this.#streams.has(`${model}\n${stream}`)) this.park({ model, tenant, key: `${STREAM}${stream}`, event: { id, type, position }, reason })
  }

  isParked(model: string, tenant: string, key: string): boolean {
    return this.#keys.has(nameOf({ model, tenant, key }))
  }

  /** Does the event wait behind its key? Counts it. */
  keyWaits(model: string, tenant: string, key: string, position: string): boolean {
    return this.#waits(this.#keys.get(nameOf({ model, tenant, key })), position)
  }

  /** Does the event wait behind its stream? Counts it. */
  streamWaits(model: string, stream: string, position: string): boolean {
    return this.#streams.size > 0 && this.#waits(this.#streams.get(`${model}\n${stream}`), position)
  }

  #waits(entry: Parked | undefined, position: string): boolean {
    if (!entry || entry.event.position > position) return false
    const name = nameOf(entry)
    this.#waiting.set(name, (this.#waiting.get(name) ?? 0) + 1)
    return true
  }

  /** What is new since the last call. */
  take(): { parked: Parked[]; waiting: Map<string, number> } {
    const taken = { parked: this.#fresh, waiting: this.#waiting }
    if (taken.parked.length > 0) this.#fresh = []
    if (taken.waiting.size > 0) this.#waiting = new Map()
    return taken
  }
}

function nameOf({ model, tenant, key }: Pick<Parked, 'model' | 'tenant' | 'key'>): string {
  return `${model}\n${tenant}\n${key}`
}
