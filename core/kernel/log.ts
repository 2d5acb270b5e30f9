/**
 * The event log port: one append, three reads. It is implemented by PostgreSQL, EventStoreDB and an in-memory log for
 * simulations; each of them must pass `test/contract/event-log.ts`.
 *
 * The port moves *stored* events: data and metadata as text, personal fields sealed. Their meaning is the codec's
 * business (`codec.ts`).
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
   * When it counts as recorded, UTC ms: the latest moment noted for it or for any earlier event of the log, so that it
   * never goes back from one position to the next, whatever clocks do. The state as of a moment is everything before
   * the first event recorded later.
   */
  recordedAt: number
  /**
   * The moment noted for this event alone, if different: that of its metadata (`first-recorded.ts`), else this log's
   * own. Part of what is stored.
   */
  notedAt?: number
}

/**
 * The revision at which a writer believes a stream to be: that of its last event, or that it does not exist, or `any`
 * (not idempotent).
 */
export type ExpectedRevision = number | 'none' | 'any'

/** One append: all of its events or none. */
export interface Append {
  stream: string
  expected: ExpectedRevision
  events: readonly StoredEvent[]
  /** A log is copied unchanged: repeated ids are not checked, since ledgers of earlier versions contain some. */
  copied?: true
}

/** Where an append ended. A repeated append (same event ids at the same revision) gives the same answer. */
export interface Appended {
  /** Revision of the last event of the append. */
  revision: number
  position: Position
  /** True if exactly these events were already there. */
  repeated: boolean
}

/** The answer to one append of several: what {@link EventLog.append} would have returned or thrown. */
export type AppendResult = Appended | RevisionConflict

/** Another process wrote to the stream. */
export interface RevisionConflict {
  conflict: true
  stream: string
  expected: ExpectedRevision
  /** The stream's last revision, -1 when it has none. */
  actual: number
}

/** The events a reader wants. Streams by category (`call`, `shift`); no categories means all. */
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
  /** The checkpoint: everything up to here has been looked at, including what the filter left out. */
  position: Position
  /** True if the log ended here at the moment of reading. */
  atHead: boolean
}

export interface ReadOptions {
  /** Events per page, at most. */
  pageSize?: number
  filter?: LogFilter
  signal?: AbortSignal
  /**
   * A subscription at the head may leave so much time between two pages, ms: what comes first is delivered at once, and
   * what follows within that time together. Default 0.
   */
  paceMs?: number
}

export interface EventLog {
  /**
   * Appends atomically and durably.
   * @throws Problem `log.conflict` when the stream is not at `expected`
   * @throws Problem `log.id_used` when it would write an id that is already in the stream, or one id twice: nothing is written
   * @throws Problem `log.unavailable` when the log cannot be reached or does not answer in time; the
   *   events may then have been written: repeat the same append (same ids) to find out
   * @throws Problem `log.event_too_large`
   */
  append(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]): Promise<Appended>

  /**
   * Many appends, each with its own answer, in as few round trips as the log allows. This is not one transaction, but
   * they are carried out in order, even several to one stream. If the log is lost along the way, then of 2,000 events
   * and 4 MiB (what every log takes at once) a prefix is carried out and nothing after it.
   * @throws Problem like {@link append}, for anything but a conflict; repeating the others reveals which of them were
   * written
   */
  appendMany(appends: readonly Append[]): Promise<AppendResult[]>

  /** Events of one stream from a revision on, oldest first. Empty when there is no such stream. */
  readStream(stream: string, from?: number, limit?: number): Promise<LogEvent[]>

  /** Pages of the whole log after a position (null: from the start) up to its present head. */
  readAll(after: Position | null, options?: ReadOptions): AsyncIterable<LogPage>

  /**
   * Pages of the whole log after a position, then whatever comes, until the signal aborts. Survives lost connections:
   * it continues after the last page it delivered, every event once and in order. Reaching the head for the first time
   * yields an empty page with `atHead`.
   */
  subscribe(after: Position | null, options?: ReadOptions): AsyncIterable<LogPage>

  /** The position of the last event, null when the log is empty. */
  head(): Promise<Position | null>

  /**
   * Identifies this log among all others, its own copy included: a position means nothing in another log. Starts with
   * the kind of log. Null until something can identify it (nothing was ever written to it).
   */
  identity(): Promise<string | null>

  /** How long subscriptions have been without the log, ms; 0 while it answers. What they delivered may be that old. */
  awayMs(): number

  /**
   * How far the log's clock is behind what it has already noted, as of the last event that was looked at, ms; 0 if it
   * is not. Absent for logs that assign places and moments together, where it cannot be.
   */
  clockBehindMs?(): number

  /**
   * Until when recorded time stands still, UTC ms: an event was noted at that moment, which has not come yet, so a
   * clock was wrong then or is now. Null: it moves on.
   */
  recordedUntil?(): number | null

  close(): Promise<void>
}

export function isConflict(result: AppendResult): result is RevisionConflict {
  return 'conflict' in result
}
