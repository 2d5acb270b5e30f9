/**
 * The log behind the stand-in of EventStoreDB, in memory, with the rules of the server's source: which append is
 * written, which is recognised as a repetition, which is refused; what truncating, deleting and scavenging leave.
 *
 * The server's own records (`$…`) are among the events, because a reader has to leave them out: a record of its epoch
 * at the very beginning, statistics now and then, its notes on a stream's metadata.
 */
import { randomUUID } from 'node:crypto'

/** A writer's input. */
export interface Proposed {
  id: string
  type: string
  json: boolean
  data: Uint8Array
  metadata: Uint8Array
}

/** An event as the server keeps it. */
export interface Recorded extends Proposed {
  stream: string
  /** Of a tombstone {@link TOMBSTONE}. */
  revision: bigint
  commit: number
  prepare: number
  /** Ticks of 100 ns since 1970. */
  created: bigint
}

/** A place in the log; places go by commit, then by prepare. */
export interface LogPlace {
  commit: number
  prepare: number
}

/** The state of a stream that a writer expects. */
export type Expected = bigint | 'none' | 'any' | 'exists'

export type Outcome =
  /** `place`: of the last event; null if the server no longer finds it. */
  | { revision: bigint; place: LogPlace | null }
  /** The stream's last revision; -1 if it has none. */
  | { actual: bigint }
  | { deleted: true }

interface Stream {
  /** The last revision ever given, -1 for none. */
  last: bigint
  /** What is still there, including what was truncated but not scavenged. */
  events: Recorded[]
  /** Events before this revision are no longer shown. */
  truncatedBefore: bigint
  tombstone: boolean
}

export const TOMBSTONE = 2n ** 63n - 1n
const STATISTICS = '$stats-127.0.0.1:2113'
/** Statistics are noted this many appends apart. */
const APPENDS_A_STATISTIC = 7
const NOTHING = new Uint8Array()

export class Ledger {
  #records: Recorded[] = []
  readonly #streams = new Map<string, Stream>()
  readonly #ids = new Map<string, Recorded>()
  /** Every place that a record ever had: a reader may begin only there. */
  readonly #places = new Set<string>()
  readonly #waiting = new Set<() => void>()
  #next = 0
  /** The clock of the leading server, UTC ms: whatever it says is noted. */
  clock: () => number = Date.now
  #appends = 0

  constructor() {
    this.#note('$epoch-information', '$epoch-information', '{}')
    this.#note(STATISTICS, '$statsCollected', '{"proc-cpu":1}')
  }

  /** Everything in the log, in order. */
  get records(): readonly Recorded[] {
    return this.#records
  }

  get end(): LogPlace {
    return this.#records.at(-1)!
  }

  append(name: string, expected: Expected, proposed: readonly Proposed[]): Outcome {
    const stream = this.#streams.get(name)
    if (stream?.tombstone) return { deleted: true }
    const last = stream?.last ?? -1n
    if (expected === 'any' || expected === 'exists') {
      if (expected === 'exists' && last < 0n) return { actual: last }
      const known = proposed.map(({ id }) => this.#ids.get(id)).filter((record) => record?.stream === name)
      if (known.length === proposed.length) return this.#before(known.at(-1)!)
      if (this.#ids.get(proposed[0]!.id)?.stream === name) return { actual: last }
    } else {
      const at = expected === 'none' ? -1n : expected
      if (at > last) return { actual: last }
      if (at < last) {
        const there = proposed.map(({ id }, index) =>
          stream!.events.find((event) => event.revision === at + BigInt(index) + 1n && event.id === id),
        )
        if (there.every((event) => event !== undefined)) return this.#before(there.at(-1)!)
        // A softly deleted stream starts anew, with the revisions that follow.
        if (there[0] !== undefined || expected !== 'none' || !this.#isHidden(stream!)) return { actual: last }
      }
    }
    const written = this.#write(name, proposed)
    if (++this.#appends % APPENDS_A_STATISTIC === 0)
      this.#note(STATISTICS, '$statsCollected', `{"appends":${this.#appends}}`)
    this.#wake()
    return { revision: written.revision, place: written }
  }

  /** Like an old client in a transaction: several events with a prepare position each, and one commit for all. */
  appendInTransaction(name: string, proposed: readonly Proposed[]): void {
    const places = proposed.map(() => this.#place(64))
    this.#write(
      name,
      proposed,
      places.map(({ prepare }) => ({ commit: places.at(-1)!.commit, prepare })),
    )
    this.#wake()
  }

  /** What a reader of the stream sees, oldest first; null if there is no such stream (any longer). */
  stream(name: string): { events: readonly Recorded[]; last: bigint } | 'deleted' | null {
    const stream = this.#streams.get(name)
    if (!stream) return null
    if (stream.tombstone) return 'deleted'
    if (this.#isHidden(stream)) return null
    const { events, truncatedBefore, last } = stream
    return {
      events: truncatedBefore === 0n ? events : events.filter(({ revision }) => revision >= truncatedBefore),
      last,
    }
  }

  /** Sets `$tb`: anything before a revision is no longer shown, and goes with the next scavenge. */
  truncate(name: string, before: bigint): void {
    this.#stream(name).truncatedBefore = before
    this.#note(`$$${name}`, '$metadata', `{"$tb":${before}}`)
  }

  /** Deletes softly: the stream may be started anew. */
  delete(name: string): LogPlace {
    this.truncate(name, TOMBSTONE)
    return this.end
  }

  /** Deletes for ever. */
  tombstone(name: string): LogPlace {
    this.#write(
      name,
      [{ id: randomUUID(), type: '$streamDeleted', json: false, data: NOTHING, metadata: NOTHING }],
      [],
      TOMBSTONE,
    )
    this.#stream(name).tombstone = true
    this.#wake()
    return this.end
  }

  /** Removes what was truncated or deleted, except the last event of each stream. */
  scavenge(): void {
    const gone = new Set<Recorded>()
    for (const stream of this.#streams.values()) {
      const kept = stream.events.filter(
        (event, index) =>
          index === stream.events.length - 1 || (!stream.tombstone && event.revision >= stream.truncatedBefore),
      )
      for (const event of stream.events) if (!kept.includes(event)) gone.add(event)
      stream.events = kept
    }
    for (const { id } of gone) this.#ids.delete(id)
    this.#records = this.#records.filter((record) => !gone.has(record))
  }

  /** The index of the first record after a place; null: of the first one. */
  indexAfter(place: LogPlace | null): number {
    if (place === null) return 0
    let low = 0
    let high = this.#records.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isAfter(this.#records[middle]!, place)) high = middle
      else low = middle + 1
    }
    return low
  }

  /** May a reader begin here? Not in the middle of a record. */
  isPlace({ commit, prepare }: LogPlace): boolean {
    return this.#places.has(`${commit}/${prepare}`) || isAfter({ commit, prepare }, this.end)
  }

  /** Resolves when something was written, or the reader gave up. */
  more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake, { once: true })
      if (signal.aborted) wake()
    })
  }

  /** The answer to events that were there before. The server no longer finds what was truncated. */
  #before(last: Recorded): Outcome {
    const isShown = last.revision >= this.#stream(last.stream).truncatedBefore
    return { revision: last.revision, place: isShown ? last : null }
  }

  #isHidden({ truncatedBefore, last }: Stream): boolean {
    return truncatedBefore === TOMBSTONE || last < 0n
  }

  #stream(name: string): Stream {
    let stream = this.#streams.get(name)
    if (!stream) this.#streams.set(name, (stream = { last: -1n, events: [], truncatedBefore: 0n, tombstone: false }))
    return stream
  }

  #note(stream: string, type: string, data: string): void {
    this.#write(stream, [{ id: randomUUID(), type, json: true, data: Buffer.from(data), metadata: NOTHING }])
  }

  #write(name: string, proposed: readonly Proposed[], places: readonly LogPlace[] = [], revision?: bigint): Recorded {
    const stream = this.#stream(name)
    const created = BigInt(this.clock()) * 10_000n + 4_321n
    // Started anew: what was written before stays hidden.
    if (stream.truncatedBefore === TOMBSTONE) stream.truncatedBefore = stream.last + 1n
    for (const [index, event] of proposed.entries()) {
      const { commit, prepare } = places[index] ?? this.#place(event.data.length + event.metadata.length)
      const record = { ...event, stream: name, revision: revision ?? stream.last + 1n, commit, prepare, created }
      stream.last = record.revision
      stream.events.push(record)
      this.#records.push(record)
      this.#ids.set(event.id, record)
      this.#places.add(`${commit}/${prepare}`)
    }
    return this.#records.at(-1)!
  }

  /** A record takes its bytes in the log, and some more. */
  #place(bytes: number): LogPlace {
    const place = this.#next
    this.#next += bytes + 150
    return { commit: place, prepare: place }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}

export function isAfter(a: LogPlace, b: LogPlace): boolean {
  return a.commit > b.commit || (a.commit === b.commit && a.prepare > b.prepare)
}
