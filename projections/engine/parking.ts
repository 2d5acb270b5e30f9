/**
 * Parked keys: an event that a fold cannot take parks its key for that model, and later events of that key wait behind it.
 * If not even the key can be read, the whole stream waits until the event that closes its subject (`EventRules.closes`);
 * from there on its events count again.
 */
import type { EventRules } from './event-rules.ts'

/** A key set aside, and why. */
export interface Parked {
  model: string
  tenant: string
  /** The row's key, or `stream …`. */
  key: string
  /** `revision`: its place in its stream; null if it was parked before that was recorded. */
  event: { id: string; type: string; position: string; revision: number | null }
  reason: string
  /** For a stream: where its events began to count again; null while they wait. */
  resumed: string | null
  /** The event itself cannot be read, whatever a fold makes of it. */
  unreadable?: true
}

const STREAM = 'stream '

/** The stream that a parked key represents; null: it is a row's key. */
export function streamOfKey(key: string): string | null {
  return key.startsWith(STREAM) ? key.slice(STREAM.length) : null
}

export class Parking {
  readonly #events: EventRules
  readonly #keys = new Map<string, Parked>()
  readonly #streams = new Map<string, Parked>()
  /** Parked since {@link take}. */
  #fresh: Parked[] = []
  /** Streams whose events count again since {@link take}. */
  #resumed: Parked[] = []
  /** Events that waited since {@link take}, by model, tenant and key. */
  #waiting = new Map<string, number>()

  constructor(events: EventRules) {
    this.#events = events
  }

  get empty(): boolean {
    return this.#keys.size === 0 && this.#streams.size === 0
  }

  /** Takes in an entry known from before. */
  remember(entry: Parked): void {
    if (entry.key.startsWith(STREAM)) this.#streams.set(`${entry.model}\n${entry.key.slice(STREAM.length)}`, entry)
    else this.#keys.set(nameOf(entry), entry)
  }

  park(entry: Parked): void {
    this.remember(entry)
    this.#fresh.push(entry)
  }

  /** Parks a whole stream for a model, unless it already is; returns whether this event is the one it is parked for. */
  parkStream(
    model: string,
    tenant: string,
    stream: string,
    { id, type, position, revision }: Parked['event'],
    reason: string,
    unreadable = false,
  ): boolean {
    const known = this.#streams.get(`${model}\n${stream}`)
    const again = known && known.resumed !== null && known.event.position < position && this.#events.opensAgain(stream)
    if (known && !again) return known.event.id === id
    const resumed = unreadable && this.#events.closesItself(stream) ? position : null
    this.park({
      model,
      tenant,
      key: `${STREAM}${stream}`,
      event: { id, type, position, revision },
      reason,
      resumed,
      ...(unreadable && { unreadable }),
    })
    return true
  }

  isParked(model: string, tenant: string, key: string): boolean {
    return this.#keys.has(nameOf({ model, tenant, key }))
  }

  /** Does the event wait behind its key? Counts it. */
  keyWaits(model: string, tenant: string, key: string, position: string): boolean {
    return this.#waits(this.#keys.get(nameOf({ model, tenant, key })), position)
  }

  /** Does the event wait behind its stream? Counts it. */
  streamWaits(model: string, { stream, position }: { stream: string; position: string }): boolean {
    if (this.#streams.size === 0) return false
    const entry = this.#streams.get(`${model}\n${stream}`)
    return entry?.resumed != null && entry.resumed <= position ? false : this.#waits(entry, position)
  }

  /**
   * The event closes what its stream is about: if the stream is waiting, its events count from here on. This applies to
   * every model, whether it folds such an event or not.
   */
  resume(
    { stream, type, position }: { stream: string; type: string; position: string },
    models: Iterable<string>,
  ): void {
    if (this.#streams.size === 0 || !this.#events.closes.has(type)) return
    for (const model of models) {
      const entry = this.#streams.get(`${model}\n${stream}`)
      if (!entry || entry.resumed !== null || entry.event.position > position) continue
      const resumed = { ...entry, resumed: position }
      this.#streams.set(`${model}\n${stream}`, resumed)
      this.#resumed.push(resumed)
    }
  }

  #waits(entry: Parked | undefined, position: string): boolean {
    if (!entry || entry.event.position > position) return false
    const name = nameOf(entry)
    this.#waiting.set(name, (this.#waiting.get(name) ?? 0) + 1)
    return true
  }

  /** What is new since the last call. */
  take(): { parked: Parked[]; waiting: Map<string, number>; resumed: Parked[] } {
    const taken = { parked: this.#fresh, waiting: this.#waiting, resumed: this.#resumed }
    if (taken.resumed.length > 0) this.#resumed = []
    if (taken.parked.length > 0) this.#fresh = []
    if (taken.waiting.size > 0) this.#waiting = new Map()
    return taken
  }
}

/** Names a parked key, among those of all models. */
export function nameOf({ model, tenant, key }: Pick<Parked, 'model' | 'tenant' | 'key'>): string {
  return `${model}\n${tenant}\n${key}`
}
