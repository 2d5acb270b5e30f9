/**
 * The event log on PostgreSQL: for one machine, and the embedded default. `schema.ts` explains its order, `appender.ts`
 * combines appends, `copy.ts` reads pages.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client, Pool } from 'pg'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { firstRecordedAt } from '@ledgerline/core/kernel/first-recorded.ts'
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
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { growingPause } from '@ledgerline/core/kernel/pauses.ts'
import { answered, DEADLINE_MS } from '../../postgres/answered.ts'
import { connections } from '../../postgres/connect.ts'
import { Line } from '../../postgres/line.ts'
import { Appender } from './appender.ts'
import { Notifications } from './notifications.ts'
import { checkAppend, checkWhole } from '../checks.ts'
import { conditionOf, readPage } from './copy.ts'
import { LogClock, recordedAhead, type OwnTime } from './clock.ts'
import { Outages, type OutageHandlers } from '../outages.ts'
import { fromPosition, toPosition } from '../position.ts'
import { prepareLog } from './schema.ts'

export interface PostgresLogOptions extends OutageHandlers {
  /** Connection string of the log's database. */
  url: string
  /** Shown in pg_stat_activity. */
  application?: string
  /** What this process knows of the time; default: its machine's clock. */
  ownTime?: OwnTime
}

/** How long to wait for a page, ms. */
const PAGE_DEADLINE_MS = 30_000
/** How often a subscription at the head checks by itself, in case a wake-up was lost, ms. */
const POLL_MS = 1_000
const PAUSES = { firstMs: 40, longestMs: 2_000 }
const PAGE_SIZE = 5_000
/**
 * The most positions one statement looks through, so that a filter that lets little through still reports its progress.
 */
const STRETCH = 100_000

const EVENT_COLUMNS = 'id, type, data, metadata, stream, revision, position, recorded_at as "recordedAt"'

/**
 * Opens the log of a database; its tables are created if absent.
 * @throws Problem `log.newer`, `log.unavailable`
 */
export async function openPostgresLog(options: PostgresLogOptions): Promise<EventLog> {
  const log = new PostgresLog(options)
  try {
    await log.prepare()
    return log
  } catch (error) {
    await log.close()
    throw error
  }
}

class PostgresLog implements EventLog {
  readonly #url: string
  readonly #application: string
  readonly #outages: Outages
  readonly #writer: Line
  readonly #clock: LogClock
  readonly #onTrouble: (problem: Problem) => void
  readonly #appender: Appender
  readonly #reader: Pool
  readonly #notifications: Notifications
  readonly #closing = new AbortController()
  #closed: Promise<void> | null = null

  constructor({ url, application = 'ledgerline', ownTime, ...told }: PostgresLogOptions) {
    this.#url = url
    this.#application = application
    this.#outages = new Outages(told)
    this.#writer = new Line(url, { application: `${application} log writer`, statementMs: DEADLINE_MS })
    this.#clock = new LogClock(ownTime)
    this.#appender = new Appender(this.#writer, this.#clock)
    this.#onTrouble = told.onTrouble ?? (() => {})
    this.#notifications = new Notifications(url, `${application} log notifications`)
    this.#reader = connections(url, { application: `${application} log reader`, statementMs: DEADLINE_MS })
  }

  async prepare(): Promise<void> {
    const client = await answered(this.#writer.open())
    await answered(prepareLog(client))
    await answered(this.#clock.look(client))
    const until = this.#clock.standsUntil
    if (until !== null) this.#onTrouble(recordedAhead(until))
  }

  recordedUntil(): number | null {
    return this.#clock.standsUntil
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]): Promise<Appended> {
    const append = { stream, expected, events }
    checkAppend(append)
    const result = await this.#appender.append(append, false)
    if (!isConflict(result)) return result
    throw new Problem('log.conflict', { stream, expected, actual: result.actual })
  }

  async appendMany(appends: readonly Append[]): Promise<AppendResult[]> {
    for (const append of appends) checkAppend(append)
    return Promise.all(appends.map((append) => this.#appender.append(append, true)))
  }

  async readStream(stream: string, from = 0, limit = 100_000): Promise<LogEvent[]> {
    const { rows } = await answered(
      this.#reader.query<LogEvent & { position: number }>({
        name: 'log stream',
        text: `select ${EVENT_COLUMNS} from log.events where stream = $1 and revision >= $2 order by revision limit $3`,
        values: [stream, from, limit],
      }),
    )
    for (const row of rows) {
      ;(row as LogEvent).position = toPosition(row.position)
      row.recordedAt = firstRecordedAt(row.metadata, row.recordedAt)
    }
    // Rows may have been deleted by hand.
    checkWhole(stream, from, rows)
    return rows
  }

  async head(): Promise<Position | null> {
    const { rows } = await answered(this.#reader.query<{ position: number }>(HEAD))
    return rows[0] ? toPosition(rows[0].position) : null
  }

  /**
   * The moment when its tables were created, to the microsecond: a restored backup has the same one, and with it the
   * same positions.
   */
  async identity(): Promise<string> {
    const { rows } = await answered(
      this.#reader.query<{ made: string }>(
        `select to_char(min(made_at), 'YYYYMMDDHH24MISSUS') as made from log.layout`,
      ),
    )
    return `postgres ${rows[0]!.made}`
  }

  async *readAll(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    const line = this.#line('reader')
    try {
      const client = await answered(line.open())
      const head = await answered(headOf(client))
      checkHead(head, fromPosition(after))
      yield* this.#pages(client, fromPosition(after), head, options)
    } finally {
      await line.close()
    }
  }

  async *subscribe(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    const signal = options.signal ? AbortSignal.any([options.signal, this.#closing.signal]) : this.#closing.signal
    const listener = this.#notifications.listen(signal)
    const line = this.#line('subscription')
    const { paceMs = 0 } = options
    let place = fromPosition(after)
    let greeted = false
    let failures = 0
    /** Beyond `place`, as far as is known; null: the log has to be asked. */
    let known: number | null = null
    let readAt = Number.NEGATIVE_INFINITY
    using watch = this.#outages.watch()
    try {
      while (!signal.aborted) {
        try {
          const client = await answered(line.open())
          // Listening first, looking then: whatever comes in between is heard.
          await this.#notifications.ready()
          let head = known ?? (await answered(headOf(client)))
          failures = 0
          watch.back()
          checkHead(head, place)
          if (head > place) {
            const rest = readAt + paceMs - performance.now()
            if (rest > 0) await pause(rest, undefined, { signal }).catch(() => {})
            head = listener.headBeyond(head) ?? head
            readAt = performance.now()
            for await (const page of this.#pages(client, place, head, { ...options, signal })) {
              place = fromPosition(page.position)
              yield page
            }
          } else if (!greeted) {
            greeted = true
            yield { events: [], position: toPosition(place), atHead: true }
          }
          known = await listener.wait(place, POLL_MS)
        } catch (error) {
          if (signal.aborted || this.#closing.signal.aborted) return
          if (!isProblem(error, 'log.unavailable')) throw error
          line.drop()
          known = null
          failures++
          watch.lost(error)
          await pause(growingPause(PAUSES, failures), undefined, {
            signal,
          }).catch(() => {})
        }
      }
    } finally {
      listener.close()
      await line.close()
    }
  }

  awayMs(): number {
    return this.#outages.awayMs()
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    await this.#appender.close()
    await Promise.all([this.#writer.close(), this.#notifications.close(), this.#reader.end()])
  }

  #line(what: string): Line {
    return new Line(this.#url, { application: `${this.#application} log ${what}`, statementMs: PAGE_DEADLINE_MS })
  }

  /**
   * The pages between two places, all of which are known to be filled. The next page is requested before the last one
   * is delivered, so that the server works while the reader does.
   */
  async *#pages(client: Client, from: number, head: number, options: ReadOptions): AsyncIterable<LogPage> {
    const size = options.pageSize ?? PAGE_SIZE
    const condition = conditionOf(options.filter)
    const ask = (after: number) => {
      const upTo = Math.min(head, after + (condition === '' ? size : Math.max(size, STRETCH)))
      const events = answered(readPage(client, after, upTo, size, condition), PAGE_DEADLINE_MS)
      events.catch(() => {})
      return { upTo, events }
    }
    if (from >= head) {
      yield { events: [], position: toPosition(from), atHead: true }
      return
    }
    let asked: ReturnType<typeof ask> | null = ask(from)
    while (asked) {
      const events: LogEvent[] = await asked.events
      if (options.signal?.aborted) return
      const reached: number = events.length === size ? fromPosition(events.at(-1)!.position) : asked.upTo
      asked = reached < head ? ask(reached) : null
      yield { events, position: toPosition(reached), atHead: asked === null }
    }
  }
}

const HEAD = 'select position from log.events order by position desc limit 1'

/** @throws Problem `log.behind` if the log ends before a position that was read from it */
function checkHead(head: number, place: number): void {
  if (head < place) throw new Problem('log.behind', { position: toPosition(place), head: toPosition(head) })
}

async function headOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ position: number }>(HEAD)
  return rows[0]?.position ?? 0
}
