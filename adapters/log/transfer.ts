/**
 * Copies a log into another, of whatever kinds: every event with its id, type, data and metadata, at its revision, in
 * the order of the whole log (processes fold in that order). Positions are the new log's own; the time when an event
 * was first recorded goes along in its metadata (`core/kernel/first-recorded.ts`).
 *
 * The copy is always a prefix of the original, so nothing needs to be noted in order to continue: both are read side by
 * side as far as the copy goes, and the rest is appended. For that, no append may overtake another: a window is sent
 * once the previous one is fully acknowledged, and a window is what a log accepts at once.
 */
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { bare, carrying } from '@ledgerline/core/kernel/first-recorded.ts'
import { isConflict, type Append, type EventLog, type LogEvent } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

export interface Transfer {
  from: EventLog
  to: EventLog
  signal?: AbortSignal
  /** Progress: events of this phase. Called for every page or window. */
  onProgress?: (phase: 'compared' | 'copied' | 'verified', events: number) => void
}

export interface Copied {
  /** Events that the copy already had. */
  found: number
  /** Events appended now. */
  copied: number
  /** The last event's position in the original. */
  upTo: Position
}

/** Where a copy differs from its original. */
export interface CopyFinding {
  /** Events before it, all of them the same. */
  after: number
  /**
   * `missing`: the copy ends. `other`: another event is there, or this one at another place. `extra`: the original
   * ends. Otherwise the part that differs.
   */
  what: 'missing' | 'other' | 'extra' | 'type' | 'data' | 'metadata' | 'recordedAt'
  /** In the copy; if that has ended, in the original. */
  event: Pick<LogEvent, 'id' | 'type' | 'stream' | 'revision' | 'position'>
}

export interface CopyVerified {
  equal: boolean
  /** Events compared and found the same. */
  events: number
  /** The first difference. */
  finding: CopyFinding | null
}

/** Appended at once, and then waited for: no more than any of our logs can have in flight. */
const WINDOW_EVENTS = 2_000
const WINDOW_BYTES = 4 * 1024 * 1024
/** One append: a server may limit it as it limits an event. */
const APPEND_BYTES = 512 * 1024
const PAGE_SIZE = 2_000

/**
 * Copies everything the copy does not have yet, up to the original's present head.
 * @throws Problem `log.same`, `log.empty`, `log.not_a_copy` (naming the first other event), `log.copy_disturbed`,
 *   `log.unavailable` (run it again: it continues)
 */
export async function copyLog(transfer: Transfer): Promise<Copied> {
  const { from, to, signal, onProgress } = transfer
  await refuseSame(transfer)
  const original = new Reading(from, signal)
  const copy = new Reading(to, signal)
  try {
    let found = 0
    let last: LogEvent | null = null
    for (; await copy.more(); found++) {
      const there = copy.take()
      const event: LogEvent | null = (await original.more()) ? original.take() : null
      const differing = event ? difference(event, there) : 'extra'
      if (differing) throw notACopy(there, found)
      last = event
      if (copy.isPageEnd) onProgress?.('compared', found + 1)
    }
    const window = new Window(to)
    while (await original.more()) {
      last = original.take()
      await window.put(last)
      if (window.justSent) onProgress?.('copied', window.acknowledged)
    }
    await window.flush()
    onProgress?.('copied', window.acknowledged)
    if (!last) throw new Problem('log.empty')
    return { found, copied: window.acknowledged, upTo: last.position }
  } finally {
    await Promise.all([original.close(), copy.close()])
  }
}

/**
 * Compares event by event, and the number of events. `upTo`: what reached the original after this is not missed.
 * @throws Problem `log.same`, `log.unavailable`
 */
export async function verifyCopy(transfer: Transfer, upTo: Position | null = null): Promise<CopyVerified> {
  const { from, to, signal, onProgress } = transfer
  await refuseSame(transfer)
  const original = new Reading(from, signal)
  const copy = new Reading(to, signal)
  try {
    for (let events = 0; ; events++) {
      const isPast = upTo !== null && original.passed !== null && original.passed >= upTo
      const event = !isPast && (await original.more()) ? original.take() : null
      const there = (await copy.more()) ? copy.take() : null
      if (!event && !there) return { equal: true, events, finding: null }
      const what = event && there ? difference(event, there) : event ? 'missing' : 'extra'
      if (what) return { equal: false, events, finding: { after: events, what, event: named((there ?? event)!) } }
      if (copy.isPageEnd) onProgress?.('verified', events + 1)
    }
  } finally {
    await Promise.all([original.close(), copy.close()])
  }
}

async function refuseSame({ from, to }: Transfer): Promise<void> {
  const [one, other] = await Promise.all([from.identity(), to.identity()])
  if (one !== null && one === other) throw new Problem('log.same')
}

/** What differs between an event and its copy; null: nothing that has to be the same. */
function difference(event: LogEvent, copy: LogEvent): CopyFinding['what'] | null {
  if (event.id !== copy.id || event.stream !== copy.stream || event.revision !== copy.revision) return 'other'
  if (event.type !== copy.type) return 'type'
  if (event.data !== copy.data) return 'data'
  if (bare(event.metadata) !== bare(copy.metadata)) return 'metadata'
  return event.recordedAt === copy.recordedAt ? null : 'recordedAt'
}

function named({ id, type, stream, revision, position }: LogEvent): CopyFinding['event'] {
  return { id, type, stream, revision, position }
}

function notACopy({ id, type, stream, revision, position }: LogEvent, after: number): Problem {
  return new Problem('log.not_a_copy', { id, type, stream, revision, position, after })
}

/** The events of a log one by one; a page of them in memory, the next one on its way. */
class Reading {
  readonly #pages: AsyncIterator<{ events: LogEvent[] }>
  #page: LogEvent[] = []
  #at = 0
  /** Position of the event taken last. */
  passed: Position | null = null

  constructor(log: EventLog, signal: AbortSignal | undefined) {
    this.#pages = read(log, signal)
  }

  get isPageEnd(): boolean {
    return this.#at === this.#page.length
  }

  /** Is there another event? Ask before each {@link take}. */
  more(): boolean | Promise<boolean> {
    return this.#at < this.#page.length || this.#nextPage()
  }

  take(): LogEvent {
    const event = this.#page[this.#at++]!
    this.passed = event.position
    return event
  }

  async close(): Promise<void> {
    await this.#pages.return?.()
  }

  async #nextPage(): Promise<boolean> {
    do {
      const { done, value } = await this.#pages.next()
      if (done) return false
      this.#page = value.events
      this.#at = 0
    } while (this.#page.length === 0)
    return true
  }
}

/** Pages of a log; throws if the read was aborted, so that this is not taken for the log's end. */
async function* read(log: EventLog, signal: AbortSignal | undefined): AsyncGenerator<{ events: LogEvent[] }> {
  for await (const page of log.readAll(null, { pageSize: PAGE_SIZE, ...(signal && { signal }) })) {
    signal?.throwIfAborted()
    yield page
  }
  signal?.throwIfAborted()
}

/** Gathers appends, and sends them while the next are gathered. */
class Window {
  readonly #to: EventLog
  #appends: (Append & { events: LogEvent[]; bytes: number })[] = []
  #events = 0
  #bytes = 0
  /**
   * Sent alone: a server that is just starting or stopping refuses one append and accepts the next. After the first it
   * does neither.
   */
  #isFirst = true
  #sending: Promise<void> = Promise.resolve()
  #last: Position | null = null
  /** Events that are certainly in the copy. */
  acknowledged = 0
  justSent = false

  constructor(to: EventLog) {
    this.#to = to
  }

  async put(event: LogEvent): Promise<void> {
    this.justSent = false
    const metadata = carrying(event.metadata, event.recordedAt)
    if (metadata === null)
      throw new Problem('event.corrupt', {
        id: event.id,
        type: event.type,
        position: event.position,
        reason: 'its metadata are not an object',
      })
    const bytes = event.data.length + metadata.length
    const stored = { ...event, metadata }
    const append = this.#appends.at(-1)
    if (append && append.stream === event.stream && append.bytes + bytes <= APPEND_BYTES) {
      append.events.push(stored)
      append.bytes += bytes
    } else {
      if (this.#isFull(bytes)) await this.#send()
      this.#appends.push({
        stream: event.stream,
        expected: event.revision === 0 ? 'none' : event.revision - 1,
        events: [stored],
        bytes,
        copied: true,
      })
    }
    this.#events++
    this.#bytes += bytes
  }

  async flush(): Promise<void> {
    if (this.#appends.length > 0) await this.#send()
    await this.#sending
  }

  #isFull(bytes: number): boolean {
    return (
      (this.#isFirst && this.#appends.length > 0) || this.#events >= WINDOW_EVENTS || this.#bytes + bytes > WINDOW_BYTES
    )
  }

  /** Resolves when the previous window is acknowledged and this one is on its way. */
  async #send(): Promise<void> {
    const appends = this.#appends
    this.#appends = []
    this.#events = 0
    this.#bytes = 0
    await this.#sending
    this.#sending = this.#append(appends)
    // Handled where it is awaited.
    this.#sending.catch(() => {})
    if (this.#isFirst) await this.#sending
    this.#isFirst = false
    this.justSent = true
  }

  async #append(appends: readonly Append[]): Promise<void> {
    const results = await this.#to.appendMany(appends)
    results.forEach((result, index) => {
      const { stream, events } = appends[index]!
      if (isConflict(result)) throw new Problem('log.copy_disturbed', { stream, revision: result.actual })
      // Something else appends to the copy, or a log did not keep the order.
      if (this.#last !== null && result.position <= this.#last)
        throw new Problem('log.copy_disturbed', { stream, revision: result.revision })
      this.#last = result.position
      this.acknowledged += events.length
    })
  }
}
