/**
 * A test's own log within a log that has seen others: it begins after what was there when it was made, and its streams
 * are distinguished from theirs by a mark after the category. Positions and revisions are the server's.
 *
 * It holds as long as nobody else appends: the live files of one server run one after the other.
 */
import { randomUUID } from 'node:crypto'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type {
  Append,
  EventLog,
  ExpectedRevision,
  LogEvent,
  LogPage,
  ReadOptions,
  StoredEvent,
} from '@ledgerline/core/kernel/log.ts'

export interface World {
  begins: Position | null
  mark: string
}

/** A new world, after everything the log has. */
export async function newWorld(log: EventLog): Promise<World> {
  return { begins: await log.head(), mark: `${randomUUID()}.` }
}

export class LogInWorld implements EventLog {
  readonly #log: EventLog
  readonly #begins: Position | null
  readonly #mark: string

  constructor(log: EventLog, { begins, mark }: World) {
    this.#log = log
    this.#begins = begins
    this.#mark = mark
  }

  append(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]) {
    return this.#log.append(this.#inside(stream), expected, events).catch((error: unknown) => this.#told(error))
  }

  appendMany(appends: readonly Append[]) {
    return this.#log
      .appendMany(appends.map((append) => ({ ...append, stream: this.#inside(append.stream) })))
      .catch((error: unknown) => this.#told(error))
  }

  async readStream(stream: string, from?: number, limit?: number) {
    return (await this.#log.readStream(this.#inside(stream), from, limit)).map((event) => this.#outside(event))
  }

  readAll(after: Position | null, options?: ReadOptions) {
    return this.#pages(this.#log.readAll(after ?? this.#begins, options))
  }

  subscribe(after: Position | null, options?: ReadOptions) {
    return this.#pages(this.#log.subscribe(after ?? this.#begins, options))
  }

  async head() {
    const head = await this.#log.head()
    return head === this.#begins ? null : head
  }

  identity() {
    return this.#log.identity()
  }

  awayMs() {
    return this.#log.awayMs()
  }

  close() {
    return this.#log.close()
  }

  #inside(stream: string): string {
    return stream.replace('-', `-${this.#mark}`)
  }

  #told(error: unknown): never {
    const stream = isProblem(error) ? error.details['stream'] : undefined
    throw isProblem(error) && typeof stream === 'string'
      ? new Problem(error.code, { ...error.details, stream: stream.replace(this.#mark, '') })
      : error
  }

  #outside(event: LogEvent): LogEvent {
    return { ...event, stream: event.stream.replace(this.#mark, '') }
  }

  async *#pages(pages: AsyncIterable<LogPage>): AsyncIterable<LogPage> {
    for await (const page of pages) yield { ...page, events: page.events.map((event) => this.#outside(event)) }
  }
}
