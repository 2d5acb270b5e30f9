/**
 * A log, and whether it accepts writes: a log that can be read but not written (its disk is full) counts as away for
 * anything that needs to act.
 */
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type {
  Append,
  Appended,
  AppendResult,
  EventLog,
  ExpectedRevision,
  LogEvent,
  LogPage,
  ReadOptions,
  StoredEvent,
} from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'

/** After this long without a write attempt, a log no longer counts as refusing, ms. */
const FORGOTTEN_MS = 60_000

export class TakingLog implements EventLog {
  readonly #log: EventLog
  readonly #steady: () => number
  #since: number | null = null
  #triedAt = 0
  #reason: string | null = null
  /** When each append in progress was requested. */
  readonly #underWay = new Set<{ asked: number }>()

  constructor(log: EventLog, steady: () => number = () => performance.now()) {
    this.#log = log
    this.#steady = steady
  }

  /** How long it has refused everything, ms, and why; 0 and null while it does not. */
  get refuses(): { ms: number; reason: string | null } {
    const now = this.#steady()
    if (this.#since === null || now - this.#triedAt > FORGOTTEN_MS) return { ms: 0, reason: null }
    return { ms: now - this.#since, reason: this.#reason }
  }

  /** How long the oldest append in progress has been waiting, ms. */
  get waitsMs(): number {
    // Oldest first: a set keeps its insertion order.
    for (const { asked } of this.#underWay) return this.#steady() - asked
    return 0
  }

  append(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]): Promise<Appended> {
    return this.#noted(this.#log.append(stream, expected, events))
  }

  appendMany(appends: readonly Append[]): Promise<AppendResult[]> {
    return this.#noted(this.#log.appendMany(appends))
  }

  readStream(stream: string, from?: number, limit?: number): Promise<LogEvent[]> {
    return this.#log.readStream(stream, from, limit)
  }

  readAll(after: Position | null, options?: ReadOptions): AsyncIterable<LogPage> {
    return this.#log.readAll(after, options)
  }

  subscribe(after: Position | null, options?: ReadOptions): AsyncIterable<LogPage> {
    return this.#log.subscribe(after, options)
  }

  head(): Promise<Position | null> {
    return this.#log.head()
  }

  identity(): Promise<string | null> {
    return this.#log.identity()
  }

  awayMs(): number {
    return this.#log.awayMs()
  }

  clockBehindMs(): number {
    return this.#log.clockBehindMs?.() ?? 0
  }

  recordedUntil(): number | null {
    return this.#log.recordedUntil?.() ?? null
  }

  close(): Promise<void> {
    return this.#log.close()
  }

  async #noted<T>(answer: Promise<T>): Promise<T> {
    const asked = this.#steady()
    const underWay = { asked }
    this.#underWay.add(underWay)
    try {
      const given = await answer
      this.#since = null
      return given
    } catch (error) {
      if (isProblem(error, 'log.unavailable')) {
        this.#since ??= asked
        this.#triedAt = this.#steady()
        this.#reason = String(error.details['reason'] ?? error.code)
      } else this.#since = null
      throw error
    } finally {
      this.#underWay.delete(underWay)
    }
  }
}
