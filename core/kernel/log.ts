/**
 * The event log port: one append, three reads. PostgreSQL and EventStoreDB stand behind it, and an
 * in-memory log for simulations; `test/contract/event-log.ts` is what each of them must pass.
 *
 * The port moves *stored* events: data and metadata as text, personal fields sealed. What they mean
 * is the codec's business (`codec.ts`).
 */
import type { Position } from './event.ts'

/** An event in the form in which a log keeps it. */
export interface StoredEvent {
  id: string
  type: string
  /** JSON text, personal fields sealed. */
  data: string
  /** JSON text of the metadata. */
  metadata: string
}

/** A stored event with its places. */
export interface LogEvent extends StoredEvent {
  stream: string
  revision: number
  position: Position
  /**
   * When it counts as recorded, UTC ms: the latest moment that was noted for it or for any event of the log before it, so
   * that it never goes back from one position to the next, whatever clocks do. What stood at a moment is what lies
   * before the first event that was recorded later.
   */
  recordedAt: number
  /** What was noted for it alone, where that is another moment: its metadata's (`first-recorded.ts`), else this log's own. Part of what is stored. */
  notedAt?: number
}

/** The revision that a writer believes a stream to have: the last event's, or that there is none, or `any` (not idempotent). */
export type ExpectedRevision = number | 'none' | 'any'

/** One append: all of its events or none. */
export interface Append {
  stream: string
  expected: ExpectedRevision
  events: readonly StoredEvent[]
  /** A log is copied as it stands: nobody asks whether an id is used twice, as in ledgers of earlier versions some are. */
  copied?: true
}

/** Where an append ended. A repeated append (same event ids at the same revision) gives the same answer. */
export interface Appended {
  /** Revision of the last event of the append. */
  revision: number
  position: Position
  /** True when these very events were already there. */
  repeated: boolean
}

/** The answer to one append of several: what {@link EventLog.append} would have returned or thrown. */
export type AppendResult = Appended | RevisionConflict

/** Somebody else wrote to the stream. */
export interface RevisionConflict {
  conflict: true
  stream: string
  expected: ExpectedRevision
  /** The stream's last revision, -1 when it has none. */
  actual: number
}

/** Which events a reader wants. Streams by category (`call`, `shift`); no categories means all. */
export interface LogFilter {
  /** Only these categories. */
  categories?: readonly string[]
  /** Not these categories. */
  exceptCategories?: readonly string[]
  /** Only these event types. */
  types?: readonly string[]
}

/** A stretch of the log, filtered, in order. */
export interface LogPage {
  events: LogEvent[]
  /** Everything up to here has been looked at, also what the filter left out: the checkpoint. */
  position: Position
  /** True when the log ended here at the moment of reading. */
  atHead: boolean
}

export interface ReadOptions {
  /** Events a page, at most. */
  pageSize?: number
  filter?: LogFilter
  signal?: AbortSignal
}

export interface EventLog {
  /**
   * Appends atomically and durably.
   * @throws Problem `log.conflict` when the stream is not at `expected`
   * @throws Problem `log.id_used` when it would write an id that stands in the stream already, or one twice: nothing is written
   * @throws Problem `log.unavailable` when the log cannot be reached or does not answer in time; the
   *   events may then have been written: repeat the same append (same ids) to find out
   * @throws Problem `log.event_too_large`
   */
  append(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]): Promise<Appended>

  /**
   * Many appends, each with its own answer, in as few round trips as the log allows. Not one transaction, but they are
   * carried out in their order, several to one stream too. Where the log is lost amid them, of 2,000 events and 4 MiB
   * (what every log takes at once) a beginning is carried out and nothing behind it.
   * @throws Problem as {@link append} does, for what is no conflict; repeating the others tells which of them were written
   */
  appendMany(appends: readonly Append[]): Promise<AppendResult[]>

  /** Events of one stream from a revision on, oldest first. Empty when there is no such stream. */
  readStream(stream: string, from?: number, limit?: number): Promise<LogEvent[]>

  /** Pages of the whole log after a position (null: from the start) up to its head as of now. */
  readAll(after: Position | null, options?: ReadOptions): AsyncIterable<LogPage>

  /**
   * Pages of the whole log after a position, then whatever comes, until the signal aborts. Survives
   * lost connections: it goes on after the last page that it gave out, every event once and in order.
   * An empty page with `atHead` is given when the head is reached for the first time.
   */
  subscribe(after: Position | null, options?: ReadOptions): AsyncIterable<LogPage>

  /** The position of the last event, null when the log is empty. */
  head(): Promise<Position | null>

  /**
   * Tells this log from every other one, its own copy included: a position says nothing in another log. Beginning
   * with the kind of log. Null while nothing tells them apart (nothing was ever written to it).
   */
  identity(): Promise<string | null>

  /** How long subscriptions have been without the log, ms; 0 while it answers. What they made known may be as old. */
  awayMs(): number

  /**
   * How far the log's clock stands behind what it noted already, as of the last event that was looked at, ms; 0 where it does
   * not. Left out by logs that give places and moments together, where it cannot be.
   */
  clockBehindMs?(): number

  /**
   * Until when recorded time stands still, UTC ms: an event was noted at that moment, which has not come yet, so a clock was wrong then
   * or is now. Null: it goes on.
   */
  recordedUntil?(): number | null

  close(): Promise<void>
}

export function isConflict(result: AppendResult): result is RevisionConflict {
  return 'conflict' in result
}
