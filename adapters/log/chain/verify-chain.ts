/**
 * Is the ledger what was sealed? Every page is digested again and compared with its seal; if a page differs, its marks
 * show which event was altered, removed, inserted or moved.
 *
 * Each page is judged by the seals on both sides of it, so that one altered event is one finding. Someone who has the
 * database can compute all seals anew; then every page is right, and only a digest that an auditor noted outside
 * reveals it (`expect`), or one that was signed with a key that they do not have (`signed`).
 */
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogEvent } from '@ledgerline/core/kernel/log.ts'
import { BEGINNING, marksOf, PAGE_EVENTS, PageDigest, type Note, type Seal } from './chain.ts'
import type { Seals } from './seals.ts'

export interface ChainFinding {
  /** Of the chain; null if it concerns no page. */
  page: number | null
  /**
   * `altered`, `inserted`, `moved`: this event. `removed`: one that was here, or between here and the next. `resealed`:
   * the page's events and its seal do not belong together, or not to the previous page. `unsealed`: the page's seal is
   * gone. `outside`: events outside the order of the log. `note`: the digest at the noted position is different; the
   * log or its seals were replaced before it. `signed`: the same of a digest that was signed.
   */
  what: 'altered' | 'removed' | 'inserted' | 'moved' | 'resealed' | 'unsealed' | 'outside' | 'note' | 'signed'
  /** Where the event is now; for a removed one, the event before it (null: none). */
  position: Position | null
  event: Pick<LogEvent, 'stream' | 'revision' | 'type' | 'id'> | null
}

export interface ChainVerified {
  /** Nothing was found, and the noted digest (if any) is the computed one. */
  intact: boolean
  /** Up to here, with this digest: what an auditor writes down. Null for an empty log. */
  head: Note | null
  pages: number
  /** Events checked. */
  events: number
  /** Total number; the first of them are named. */
  found: number
  findings: ChainFinding[]
  tookMs: number
}

export interface ChainAsked {
  /** The computation must pass through this digest. */
  expect?: Note
  /** Begin at the page of this note and take everything before it as proven by it. */
  since?: Note
  /** Digests that were signed: the computation must pass through those that are not before its beginning. */
  signed?: readonly Note[]
}

export interface VerifyingChain {
  log: EventLog
  seals: Seals
  signal?: AbortSignal
  onProgress?: (events: number) => void
  /** Called with every event, in order. */
  visit?: (event: LogEvent) => void
  /** Called with every finding, including those that are not named. */
  onFinding?: (finding: ChainFinding) => void
}

/** How many findings are named. */
const NAMED = 20
/** Seals read at a time. */
const BATCH = 200

/**
 * Verifies what is sealed; seal the rest first ({@link sealUp}).
 * @throws Problem `log.unavailable`
 */
export async function verifyChain(
  { log, seals, signal, onProgress, visit, onFinding }: VerifyingChain,
  { expect, since, signed = [] }: ChainAsked = {},
): Promise<ChainVerified> {
  const begun = performance.now()
  const findings = new Findings(onFinding)
  const border = since ? await borderBefore(seals, since.position) : null
  const notes = new Notes()
  for (const note of [expect, since]) if (note) notes.add(note, 'note')
  for (const note of signed) if (!border || note.position > border.position) notes.add(note, 'signed')
  const events = new InOrder(log.readAll(border?.position ?? null, signal ? { signal } : {}))
  let before = border?.digest ?? BEGINNING
  let page = border?.page ?? 0
  let last: Seal | null = border
  let counted = 0

  const digested = (taken: readonly LogEvent[]): PageDigest => {
    const digest = new PageDigest(before)
    for (const event of taken) {
      digest.take(event)
      visit?.(event)
      notes.pass(event.position, digest)
    }
    counted += taken.length
    onProgress?.(counted)
    return digest
  }

  try {
    for await (const seal of sealsAfter(seals, page)) {
      signal?.throwIfAborted()
      // Pages have a fixed size, so a page whose seal is gone can still be digested; the next seal then judges it.
      for (page++; page < seal.page; page++) {
        findings.add({ page, what: 'unsealed', position: null, event: null })
        before = digested(await events.next(PAGE_EVENTS)).digest()
      }
      const taken = await events.upTo(seal.position)
      if (!digested(taken).digest().equals(seal.digest)) findings.add(...compared(seal, taken, last?.position ?? null))
      before = seal.digest
      last = seal
    }
  } finally {
    await events.close()
  }
  if (since === undefined && (await seals.strays()) > 0)
    findings.add({ page: null, what: 'outside', position: null, event: null })
  findings.add(...notes.unmet())
  return {
    intact: findings.count === 0,
    head: last && { position: last.position, digest: last.digest.toString('hex') },
    pages: last?.page ?? 0,
    events: counted,
    found: findings.count,
    findings: findings.named,
    tookMs: performance.now() - begun,
  }
}

/** The last full page that ends before a position. */
async function borderBefore(seals: Seals, position: Position): Promise<Seal | null> {
  // By bisection: pages are numbered without gaps, and their positions rise.
  let [low, high] = [0, (await seals.last())?.page ?? 0]
  let found: Seal | null = null
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const [seal] = await seals.from(middle, 1)
    if (seal && seal.position < position && seal.events === PAGE_EVENTS) {
      found = seal
      low = Math.max(middle, seal.page)
    } else high = middle - 1
  }
  return found
}

async function* sealsAfter(seals: Seals, page: number): AsyncGenerator<Seal> {
  for (let from = page + 1; ;) {
    const batch = await seals.from(from, BATCH)
    yield* batch
    if (batch.length < BATCH) return
    from = batch.at(-1)!.page + 1
  }
}

/** What happened to a page that is not what was sealed. */
function compared(seal: Seal, events: readonly LogEvent[], before: Position | null): ChainFinding[] {
  const { page } = seal
  const sealed = marksOf(seal)
  const digest = new PageDigest(BEGINNING)
  for (const event of events) digest.take(event)
  const present = events.length === 0 ? [] : marksOf(digest.seal(page))
  const placed = new Map(sealed.map((mark) => [mark.place, mark.content]))
  const contents = new Set(sealed.map(({ content }) => content))
  const there = new Set(present.map(({ content }) => content))
  const found: ChainFinding[] = []
  present.forEach(({ place, content }, index) => {
    const event = events[index]!
    if (placed.get(place) === content) return
    const what = contents.has(content) ? 'moved' : placed.has(place) ? 'altered' : 'inserted'
    found.push({ page, what, position: event.position, event: named(event) })
  })
  // A position that is empty, or taken by an event moved there: what was in it is gone, unless it was moved too.
  const places = new Map(present.map((mark, index) => [mark.place, { mark, index }]))
  let previous = before
  for (const { place, content } of sealed) {
    const now = places.get(place)
    const isGone =
      !there.has(content) && (now === undefined || (now.mark.content !== content && contents.has(now.mark.content)))
    if (isGone) found.push({ page, what: 'removed', position: previous, event: null })
    if (now) previous = events[now.index]!.position
  }
  return found.length > 0 ? found : [{ page, what: 'resealed', position: seal.position, event: null }]
}

function named({ stream, revision, type, id }: LogEvent): ChainFinding['event'] {
  return { stream, revision, type, id }
}

/** Digests noted outside, or signed, by position. */
class Notes {
  readonly #at = new Map<Position, { digest: string; what: 'note' | 'signed'; met: boolean }[]>()

  add({ position, digest }: Note, what: 'note' | 'signed'): void {
    const there = this.#at.get(position)
    const note = { digest, what, met: false }
    if (there) there.push(note)
    else this.#at.set(position, [note])
  }

  /** The computation has come to an event. */
  pass(position: Position, digest: PageDigest): void {
    const here = this.#at.get(position)
    if (!here) return
    const computed = digest.digest().toString('hex')
    for (const note of here) note.met = note.digest === computed
  }

  *unmet(): Generator<ChainFinding> {
    for (const [position, notes] of this.#at)
      for (const { what, met } of notes) if (!met) yield { page: null, what, position, event: null }
  }
}

class Findings {
  readonly named: ChainFinding[] = []
  count = 0
  readonly #told: ((finding: ChainFinding) => void) | undefined

  constructor(told: ((finding: ChainFinding) => void) | undefined) {
    this.#told = told
  }

  add(...found: readonly ChainFinding[]): void {
    this.count += found.length
    if (this.#told) found.forEach(this.#told)
    this.named.push(...found.slice(0, Math.max(0, NAMED - this.named.length)))
  }
}

/** Events of pages, taken as many at a time as needed. */
class InOrder {
  readonly #pages: AsyncIterator<{ events: LogEvent[] }>
  #events: LogEvent[] = []
  #ended = false

  constructor(pages: AsyncIterable<{ events: LogEvent[] }>) {
    this.#pages = pages[Symbol.asyncIterator]()
  }

  /** The events up to a position. */
  upTo(position: Position): Promise<LogEvent[]> {
    return this.#take((events) => {
      const beyond = events.findIndex((event) => event.position > position)
      return beyond < 0 ? null : beyond
    })
  }

  /** The next events. */
  next(count: number): Promise<LogEvent[]> {
    return this.#take((events) => (events.length >= count ? count : null))
  }

  /** `until` says how many of the events at hand are wanted; null: all, and more. */
  async #take(until: (events: readonly LogEvent[]) => number | null): Promise<LogEvent[]> {
    for (;;) {
      const wanted = until(this.#events) ?? (this.#ended ? this.#events.length : null)
      if (wanted !== null) return this.#events.splice(0, wanted)
      const page = await this.#pages.next()
      if (page.done) this.#ended = true
      else this.#events.push(...page.value.events)
    }
  }

  async close(): Promise<void> {
    await this.#pages.return?.()
  }
}
