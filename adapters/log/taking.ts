/** A log, and whether it takes what it is given: one that can be read and not written (its disk is full) is away for whoever wants to act. */
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

/** A log to which nobody has tried to write for so long is not known to refuse any more, ms. */
const FORGOTTEN_MS = 60_000

export class TakingLog implements EventLog {
  readonly #log: EventLog
  readonly #steady: () => number
  #since: number | null = null
  #triedAt = 0
  #reason: string | null = null
  /** When each append that is under way was asked for. */
  readonly #underWay = new Set<{ asked: number }>()

  constructor(log: EventLog, steady: () => number = () => performance.now()) {
    this.#log = log
    this.#steady = steady
  }

  /** Since when it has taken nothing that it was given, ms, and why; 0 and null while it does. */
  get refuses(): { ms: number; reason: string | null } {
    const now = this.#steady()
    if (this.#since === null || now - this.#triedAt > FORGOTTEN_MS) return { ms: 0, reason: null }
    return { ms: now - this.#since, reason: this.#reason }
  }

  /** How long the oldest append that is under way has been waiting, ms. */
  get waitsMs(): number {
    // Oldest first: a set keeps the order in which it was filled.
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
