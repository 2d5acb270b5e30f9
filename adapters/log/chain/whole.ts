/**
 * Is everything there that was sealed, and everything that later events build on? The chain shows which sealed events
 * are gone. A missing event that was not sealed yet is noticed if its stream continues after it, if positions have no
 * gaps and others follow, or if the stream is known from elsewhere: the tables have a row for each call and shift. A
 * stream that vanished before it was sealed and before the tables reached it leaves no trace. Whatever folds tables
 * from a ledger with a gap must know about it.
 *
 * A loss can be accepted: its findings are then recognised by their fingerprint, and only what is missing beyond them
 * is reported.
 */
import { createHash } from 'node:crypto'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { MOST_NAMED } from '@ledgerline/core/ledger/events.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { sealUp } from './sealer.ts'
import { verifyChain, type ChainFinding, type VerifyingChain } from './verify-chain.ts'

/** The loss accepted last time. */
export interface AcceptedLoss {
  upTo: Position
  fingerprint: string
  /** Streams that were missing entirely, in any accepted loss; and the digest over all names in the last one. */
  absent: readonly string[]
  absentDigest: string | null
}

/** Missing revisions of a stream that has later ones. */
export interface StreamGap {
  stream: string
  from: number
  to: number
}

export interface Missing {
  /** How many events are gone, as far as can be determined. */
  events: number
  /** Findings of other kinds. */
  changed: number
  /** The last event that was checked; null: there is none. */
  upTo: Position | null
  /** Over all findings. */
  fingerprint: string
  places: Pick<ChainFinding, 'page' | 'what' | 'position'>[]
  streams: StreamGap[]
  /** Streams of which nothing is left. */
  absent: string[]
  /** Digest over the names of all of them; null: there are none. */
  absentDigest: string | null
  /** Places and streams beyond those named. */
  unnamed: number
  /** Nothing is missing beyond what was accepted. */
  isAccepted: boolean
}

/**
 * Compares the ledger with its seals and with itself; first seals what is not sealed yet.
 * @throws Problem `log.unavailable`
 */
export async function findMissing(
  asked: Omit<VerifyingChain, 'visit' | 'onFinding'>,
  accepted: AcceptedLoss | null,
  known: KnownElsewhere = nobody,
): Promise<Missing> {
  // Anything found broken here is named below.
  await sealUp(asked).catch((error: unknown) => {
    if (!isProblem(error, 'chain.broken')) throw error
  })
  const findings = new Found(accepted)
  const isGapless = (await asked.log.identity())?.startsWith('postgres ') ?? false
  const revisions = new Map<string, number>()
  let last: Position | null = null
  const visit = ({ stream, revision, position }: LogEvent): void => {
    const before = revisions.get(stream) ?? -1
    if (revision > before + 1) findings.gap({ stream, from: before + 1, to: revision - 1 }, position)
    revisions.set(stream, revision)
    if (isGapless && Number(position) !== Number(last ?? 0) + 1)
      findings.hole(Number(position) - Number(last ?? 0) - 1, last)
    last = position
  }
  const { head } = await verifyChain({ ...asked, visit, onFinding: (finding) => findings.finding(finding) })
  // What can no longer be sealed, because the last page is not what was sealed.
  for await (const page of asked.log.readAll(head?.position ?? null, asked.signal ? { signal: asked.signal } : {}))
    page.events.forEach(visit)
  asked.signal?.throwIfAborted()
  for await (const streams of known()) {
    asked.signal?.throwIfAborted()
    for (const stream of streams) if (!revisions.has(stream)) findings.absent(stream)
  }
  return findings.missing(last)
}

/** Pages of streams known from elsewhere that were read from this log. */
export type KnownElsewhere = () => AsyncIterable<readonly string[]>

const nobody: KnownElsewhere = async function* () {}

class Found {
  readonly #accepted: AcceptedLoss | null
  readonly #all = createHash('sha256')
  /** Findings in the part of the ledger that was checked when a loss was accepted. */
  readonly #before = createHash('sha256')
  #beyond = 0
  #removed = 0
  #inGaps = 0
  #inHoles = 0
  #changed = 0
  #count = 0
  readonly #places: Missing['places'] = []
  readonly #streams: StreamGap[] = []
  readonly #absent: string[] = []

  constructor(accepted: AcceptedLoss | null) {
    this.#accepted = accepted
  }

  finding({ page, what, position, event }: ChainFinding): void {
    if (what === 'removed') this.#removed++
    else this.#changed++
    if (this.#places.length < MOST_NAMED) this.#places.push({ page, what, position })
    this.#note(`${page} ${what} ${position} ${event?.id}`, position)
  }

  gap(gap: StreamGap, position: Position): void {
    this.#inGaps += gap.to - gap.from + 1
    if (this.#streams.length < MOST_NAMED) this.#streams.push(gap)
    this.#note(`gap ${gap.stream} ${gap.from} ${gap.to}`, position)
  }

  /** This many positions without an event, after one. */
  hole(places: number, after: Position | null): void {
    this.#inHoles += places
    this.#note(`hole ${places} ${after}`, after)
  }

  /**
   * Nothing is left of a stream. Not part of the log's own fingerprint, since the tables forget the stream with the
   * next rebuild.
   */
  absent(stream: string): void {
    this.#absent.push(stream)
  }

  missing(upTo: Position | null): Missing {
    const absent = this.#absent.sort()
    const absentDigest = absent.length === 0 ? null : createHash('sha256').update(absent.join('\n')).digest('hex')
    // At least one event of each.
    const events = Math.max(this.#removed, this.#inGaps + absent.length, this.#inHoles)
    const knownAbsent = new Set(this.#accepted?.absent)
    const absentAccepted =
      absentDigest === (this.#accepted?.absentDigest ?? null) || absent.every((stream) => knownAbsent.has(stream))
    const restAccepted =
      this.#count === 0 || (this.#beyond === 0 && this.#before.digest('hex') === this.#accepted?.fingerprint)
    const isAccepted = restAccepted && (absentDigest === null || absentAccepted)
    const named = absent.slice(0, MOST_NAMED)
    const unnamed =
      absent.length -
      named.length +
      Math.max(0, this.#removed + this.#changed - this.#places.length) +
      Math.max(0, this.#inGaps - this.#streams.reduce((sum, { from, to }) => sum + to - from + 1, 0))
    return {
      events,
      changed: this.#changed,
      upTo,
      fingerprint: this.#all.digest('hex'),
      places: this.#places,
      streams: this.#streams,
      absent: named,
      absentDigest,
      unnamed,
      isAccepted,
    }
  }

  #note(line: string, position: Position | null): void {
    this.#count++
    this.#all.update(`${line}\n`)
    if (this.#accepted && (position === null || position <= this.#accepted.upTo)) this.#before.update(`${line}\n`)
    else this.#beyond++
  }
}
