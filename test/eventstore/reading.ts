/** The stand-in's reads and subscriptions: which records answer a request, in which order. */
import type streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import type { Hold } from './hold.ts'
import { isAfter, type Ledger, type LogPlace, type Recorded } from './ledger.ts'
import * as say from './messages.ts'

export type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>
type Options = streams.ReadReq.Options

/** Faults in the delivery of single events, by their ids: this many times. */
export interface Misdelivery {
  leftOut: Map<string, number>
  repeated: Map<string, number>
  /** Events that no reader of everything gets, nor any subscriber; readers of their stream do. */
  missing: Set<string>
}

/** What is held back: answers of any kind, and events for subscriptions; and how much was sent. */
export interface ReadHolds {
  reads: Hold
  deliveries: Hold
  /** Passed whenever a subscription has caught up. */
  live: Hold
  sent: number
}

/** After this many records read for a filter the server checks whether a checkpoint is due. */
const DEFAULT_WINDOW = 32
/** Events that may wait for a subscriber at the head. */
const LIVE_BUFFER = 32

export class Reading {
  readonly #ledger: Ledger
  readonly #call: ReadCall
  readonly #holds: ReadHolds
  readonly #misdelivery: Misdelivery
  readonly #gone = new AbortController()
  readonly #options: Options
  readonly #textIds: boolean

  constructor(ledger: Ledger, call: ReadCall, holds: ReadHolds, misdelivery: Misdelivery) {
    this.#ledger = ledger
    this.#call = call
    this.#holds = holds
    this.#misdelivery = misdelivery
    this.#options = call.request.getOptions()!
    this.#textIds = this.#options.getUuidOption()?.hasString() ?? false
    call.on('cancelled', () => this.#gone.abort())
    call.on('close', () => this.#gone.abort())
  }

  async answer(): Promise<void> {
    const options = this.#options
    if (options.hasStream() && options.hasSubscription()) await this.#subscribeToStream()
    else if (options.hasStream()) await this.#readStream()
    else if (options.hasSubscription()) await this.#subscribe()
    else await this.#readAll()
    if (!this.#gone.signal.aborted) this.#call.end()
  }

  async #readStream(): Promise<void> {
    const options = this.#options.getStream()!
    const name = say.nameOf(options.getStreamIdentifier())
    const stream = this.#ledger.stream(name)
    if (stream === 'deleted') throw say.streamDeleted(name)
    if (stream === null) return void (await this.#send(say.noSuchStream(name)))
    const count = Number(this.#options.getCount())
    const backwards = this.#options.getReadDirection() === 1
    const from = options.hasRevision() ? BigInt(options.getRevision()) : options.hasEnd() ? stream.last : 0n
    const wanted = backwards
      ? stream.events.filter(({ revision }) => revision <= from).reverse()
      : stream.events.filter(({ revision }) => revision >= from)
    for (const event of wanted.slice(0, count)) await this.#send(say.eventMessage(event, this.#textIds))
  }

  async #readAll(): Promise<void> {
    const place = this.#place()
    let left = Number(this.#options.getCount())
    const passes = filterOf(this.#options)
    // A log that grows while it is being read is read on.
    const { records } = this.#ledger
    if (this.#options.getReadDirection() === 1) {
      // Backwards from a place: what is before it.
      let index = place === 'end' ? records.length - 1 : place === 'start' ? -1 : this.#ledger.indexAfter(place) - 1
      if (typeof place === 'object' && index >= 0 && !isAfter(place, records[index]!)) index--
      for (; index >= 0 && left > 0 && !this.#gone.signal.aborted; index--) {
        if (!passes(records[index]!)) continue
        await this.#send(say.eventMessage(records[index]!, this.#textIds))
        left--
      }
      return
    }
    let index = place === 'end' ? records.length : place === 'start' ? 0 : this.#ledger.indexAfter(place)
    // Forwards: beginning with the record at the place.
    if (typeof place === 'object' && index > 0 && !isAfter(place, records[index - 1]!)) index--
    for (; index < records.length && left > 0 && !this.#gone.signal.aborted; index++) {
      if (!passes(records[index]!) || this.#misdelivery.missing.has(records[index]!.id)) continue
      await this.#send(say.eventMessage(records[index]!, this.#textIds))
      left--
    }
  }

  /** From a place on, but without what is there; then whatever comes. */
  async #subscribe(): Promise<void> {
    const { signal } = this.#gone
    const from = this.#place()
    const filter = this.#options.getFilter()
    const passes = filterOf(this.#options)
    const interval = (filter?.getMax() || DEFAULT_WINDOW) * (filter?.getCheckpointintervalmultiplier() || 1)
    await this.#send(say.confirmation())
    let place: LogPlace | null = from === 'start' ? null : from === 'end' ? this.#ledger.end : this.#firstFrom(from)
    let isLive = false
    let passed = 0
    while (!signal.aborted) {
      const { records } = this.#ledger
      for (let index = this.#ledger.indexAfter(place); index < records.length && !signal.aborted; index++) {
        // What is sent unasked waits in a small buffer; a reader that does not keep up with it is dropped.
        if (isLive && records.length - index > LIVE_BUFFER) throw say.consumerTooSlow()
        const record = records[index]!
        place = { commit: record.commit, prepare: record.prepare }
        if (passes(record)) await this.#deliver(record)
        if (filter && ++passed % interval === 0) await this.#send(say.checkpoint(place))
      }
      if (!isLive) {
        if (filter && place) await this.#send(say.checkpoint(place))
        await this.#send(say.caughtUp())
        isLive = true
        void this.#holds.live.pass()
      }
      if (this.#ledger.indexAfter(place) >= this.#ledger.records.length) await this.#ledger.more(signal)
    }
  }

  /**
   * Where a subscription starts: after the first record from a place on, as in servers before 24. They take it for the
   * one at that place, even if that one was scavenged; later ones do not.
   */
  #firstFrom(place: LogPlace): LogPlace {
    const { records } = this.#ledger
    const after = this.#ledger.indexAfter(place)
    const at = records[after - 1]
    return at && at.commit === place.commit && at.prepare === place.prepare ? place : (records[after] ?? place)
  }

  async #subscribeToStream(): Promise<void> {
    const { signal } = this.#gone
    const options = this.#options.getStream()!
    const name = say.nameOf(options.getStreamIdentifier())
    let last = options.hasRevision() ? BigInt(options.getRevision()) : -1n
    await this.#send(say.confirmation())
    for (let first = true; !signal.aborted; first = false) {
      const stream = this.#ledger.stream(name)
      if (stream === 'deleted') throw say.streamDeleted(name)
      if (first && options.hasEnd()) last = stream?.last ?? -1n
      for (const event of stream?.events ?? []) {
        if (event.revision <= last) continue
        last = event.revision
        await this.#deliver(event)
      }
      if (first) await this.#send(say.caughtUp())
      await this.#ledger.more(signal)
    }
  }

  #place(): 'start' | 'end' | LogPlace {
    const all = this.#options.getAll()!
    if (all.hasStart()) return 'start'
    if (all.hasEnd()) return 'end'
    const position = all.getPosition()!
    const place = { commit: Number(position.getCommitPosition()), prepare: Number(position.getPreparePosition()) }
    if (!this.#ledger.isPlace(place)) throw say.invalidPosition()
    return place
  }

  /** Delivers an event to a subscriber, once unless something else was ordered. */
  async #deliver(record: Recorded): Promise<void> {
    const { deliveries } = this.#holds
    if (deliveries.isClosed) await deliveries.pass()
    if (this.#misdelivery.missing.has(record.id) || once(this.#misdelivery.leftOut, record.id)) return
    await this.#send(say.eventMessage(record, this.#textIds))
    if (once(this.#misdelivery.repeated, record.id)) await this.#send(say.eventMessage(record, this.#textIds))
  }

  async #send(message: streams.ReadResp): Promise<void> {
    const { reads } = this.#holds
    if (reads.isClosed) await reads.pass()
    this.#holds.sent++
    if (this.#gone.signal.aborted || this.#call.write(message)) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#call.off('drain', done)
        this.#gone.signal.removeEventListener('abort', done)
        resolve()
      }
      this.#call.on('drain', done)
      this.#gone.signal.addEventListener('abort', done)
    })
  }
}

/** Is it the turn of something that was ordered this many times? */
function once(times: Map<string, number>, id: string): boolean {
  const left = times.get(id) ?? 0
  if (left > 0) times.set(id, left - 1)
  return left > 0
}

function filterOf(options: Options): (record: Recorded) => boolean {
  const filter = options.getFilter()
  if (!filter) return () => true
  const ofStream = filter.getStreamIdentifier()
  const expression = (ofStream ?? filter.getEventType())!
  const text = ({ stream, type }: Recorded): string => (ofStream ? stream : type)
  if (expression.getRegex() !== '') {
    const pattern = new RegExp(expression.getRegex(), 'u')
    return (record) => pattern.test(text(record))
  }
  const prefixes = expression.getPrefixList()
  return (record) => prefixes.some((prefix) => text(record).startsWith(prefix))
}
