/**
 * The event log on EventStoreDB or KurrentDB: the log of record wherever more than one machine matters. `connection.ts`
 * reaches the server, `messages.ts` encodes what is said, `appends.ts` writes, `reads.ts` reads, `subscription.ts`
 * follows, and `server-clock.ts` decides when events count as recorded.
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
import { isConflict } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { checkAppend } from '../checks.ts'
import { instantOf } from '../postgres/clock.ts'
import { Outages, type OutageHandlers } from '../outages.ts'
import { Appends } from './appends.ts'
import { bookIn } from './clock-book.ts'
import { Connection } from './connection.ts'
import * as own from './messages.ts'
import * as official from './official.ts'
import { toPosition } from './place.ts'
import { Reads, type Messages } from './reads.ts'
import { ServerClock, type TellOfClock } from './server-clock.ts'
import { follow } from './subscription.ts'
import { UsedIds } from './used-ids.ts'

export interface EventStoreLogOptions extends OutageHandlers {
  /** `esdb://`, `esdb+discover://` or `kurrentdb…`, with user and password if the server requires them. */
  url: string
  /** Which messages are used for reading: ours, or the official client's, which are slower. */
  reader?: 'own' | 'official'
  /** Time limit for an answer, ms; default 10 s. */
  deadlineMs?: number
  /** How long a subscription may hear nothing before it asks whether there really is nothing, ms; default 5 s. */
  quietMs?: number
}

const QUIET_MS = 5_000
/** Events of one stream in one read, at most. */
const MOST_EVENTS = 100_000

/**
 * Opens the log of a server.
 * @throws Problem `log.address`, `log.denied`, `log.unavailable`
 */
export async function openEventStoreLog(options: EventStoreLogOptions): Promise<EventLog> {
  const log = new EventStoreLog(options)
  try {
    await log.head()
    return log
  } catch (error) {
    await log.close()
    throw error
  }
}

class EventStoreLog implements EventLog {
  readonly #connection: Connection
  readonly #messages: Messages
  readonly #appends: Appends
  readonly #reads: Reads
  readonly #used = new UsedIds((stream, from) => this.#reads.stream(stream, from, MOST_EVENTS))
  readonly #quietMs: number
  readonly #outages: Outages
  readonly #onTrouble: (problem: Problem) => void
  readonly #closing = new AbortController()
  #closed: Promise<void> | null = null

  constructor({
    url,
    reader = 'own',
    deadlineMs,
    quietMs = QUIET_MS,
    onTrouble = () => {},
    onBack = () => {},
  }: EventStoreLogOptions) {
    this.#messages = reader === 'own' ? own : official
    this.#connection = new Connection(url, deadlineMs)
    this.#appends = new Appends(this.#connection, () => this.head())
    this.#reads = new Reads(this.#connection, this.#messages, (reads) => {
      const tell: TellOfClock = {
        back: (byMs, at) =>
          onTrouble(new Problem('log.clock_back', { seconds: Math.round(byMs / 1000), position: toPosition(at) })),
        ahead: (byMs, moment, at) =>
          onTrouble(
            new Problem('log.clock_ahead', {
              minutes: Math.round(byMs / 60_000),
              moment: instantOf(moment),
              position: toPosition(at),
            }),
          ),
      }
      return new ServerClock(bookIn(reads, this.#appends), (after, upTo) => reads.lookThrough(after, upTo), tell)
    })
    this.#quietMs = quietMs
    this.#outages = new Outages({ onTrouble, onBack })
    this.#onTrouble = onTrouble
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]): Promise<Appended> {
    const append = { stream, expected, events }
    checkAppend(append)
    await this.#used.prepare([append])
    const result = await this.#append(append, false)
    if (!isConflict(result)) return result
    throw new Problem('log.conflict', { stream, expected, actual: result.actual })
  }

  async appendMany(appends: readonly Append[]): Promise<AppendResult[]> {
    for (const append of appends) checkAppend(append)
    await this.#used.prepare(appends)
    // All of them are answered before any refusal is reported: the server does not answer a repetition of what is still
    // on its way to the disk.
    const settled = await Promise.allSettled(appends.map((append) => this.#append(append, true)))
    return settled.map((one) => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    })
  }

  async #append(append: Append, bulk: boolean): Promise<AppendResult> {
    this.#used.take(append)
    try {
      const result = await this.#appends.append(append, bulk)
      if (isConflict(result) || result.repeated) this.#used.forget(append.stream)
      return result
    } catch (error) {
      this.#used.forget(append.stream)
      throw error
    }
  }

  async readStream(stream: string, from = 0, limit = MOST_EVENTS): Promise<LogEvent[]> {
    const events = await this.#reads.stream(stream, from, limit)
    if (from === 0 && events.length < limit) this.#used.learn(stream, events)
    return events
  }

  head(): Promise<Position | null> {
    return this.#reads.head()
  }

  /**
   * The id of the epoch with which the server's database began: random, the same on every node of a cluster and in a
   * restored backup. If no epochs are kept, the id of the first event.
   */
  async identity(): Promise<string | null> {
    const first =
      (await this.#reads.firstOf({ stream: '$epoch-information', from: 0 })) ??
      (await this.#reads.firstOf({ all: 'start' }))
    return first && `eventstoredb ${first.id}`
  }

  readAll(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    return this.#reads.all(after, options)
  }

  subscribe(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    const signal = options.signal ? AbortSignal.any([options.signal, this.#closing.signal]) : this.#closing.signal
    const following = {
      connection: this.#connection,
      messages: this.#messages,
      reads: this.#reads,
      outages: this.#outages,
      quietMs: this.#quietMs,
      onTrouble: this.#onTrouble,
    }
    return follow(following, after, { ...options, signal })
  }

  awayMs(): number {
    return this.#outages.awayMs()
  }

  clockBehindMs(): number {
    return this.#reads.clock.behindMs
  }

  recordedUntil(): number | null {
    return this.#reads.clock.standsUntil
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    await this.#appends.close()
    await this.#connection.close()
  }
}
