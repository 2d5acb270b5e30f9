/**
 * Appends to the PostgreSQL log, combined: those that arrive while one function call is on its way go together in the
 * next. The lock of the log and the write to disk are thus paid once per batch, and each append still has its own
 * revision check and its own answer.
 */
import type { Client } from 'pg'
import type { Append, AppendResult, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import { answered, unavailable } from '../../postgres/answered.ts'
import type { Line } from '../../postgres/line.ts'
import { int4Array, textArray, uuidArray } from './arrays.ts'
import { idUsed } from '../checks.ts'
import type { LogClock } from './clock.ts'
import { toPosition } from '../position.ts'
import { ANY, CLOCK_AHEAD, CLOCK_LEAPT, COPIED, FAR_AHEAD_DAYS, NONE, outcomes, TRUST_CLOCK } from './schema.ts'

/** How much goes into one call, so that what follows does not wait long. */
const BATCH_EVENTS = 2_000
const BATCH_BYTES = 4 * 1024 * 1024

interface Waiting extends Append {
  bytes: number
  resolve: (result: AppendResult) => void
  reject: (error: unknown) => void
}

interface Row {
  number: number
  outcome: number
  revision: number
  position: number | null
}

const call = {
  name: 'log append',
  text: 'select number, outcome, revision, "position" from log.append($1, $2, $3, $4, $5, $6, $7, $8)',
}

export class Appender {
  readonly #line: Line
  readonly #clock: LogClock
  /** Single appends go before bulk ones: an import must not delay a call. */
  readonly #single: Waiting[] = []
  readonly #bulk: Waiting[] = []
  #running: Promise<void> | null = null
  #closed = false

  constructor(line: Line, clock: LogClock) {
    this.#line = line
    this.#clock = clock
  }

  /** Takes a checked append (`checks.ts`). */
  append(append: Append, bulk: boolean): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(unavailable('it was closed'))
      const bytes = append.events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0)
      const queue = bulk ? this.#bulk : this.#single
      queue.push({ ...append, bytes, resolve, reject })
      // Appends of the same turn go together.
      this.#running ??= Promise.resolve().then(() => this.#run())
    })
  }

  /** Resolves when all appends taken so far are answered; takes no more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#single.length > 0 || this.#bulk.length > 0) await this.#carryOut(this.#batch())
    this.#running = null
  }

  /**
   * The next appends, at most one per stream: a second one builds on the first, and waits for the next batch. If it is
   * one of many, so do all after it, because these keep their order.
   */
  #batch(): Waiting[] {
    const batch: Waiting[] = []
    const streams = new Set<string>()
    let events = 0
    let bytes = 0
    for (const queue of [this.#single, this.#bulk]) {
      const left: Waiting[] = []
      let index = 0
      for (; index < queue.length; index++) {
        const waiting = queue[index]!
        if (batch.length > 0 && (events + waiting.events.length > BATCH_EVENTS || bytes + waiting.bytes > BATCH_BYTES))
          break
        if (streams.has(waiting.stream)) {
          if (queue === this.#bulk) break
          left.push(waiting)
          continue
        }
        streams.add(waiting.stream)
        batch.push(waiting)
        events += waiting.events.length
        bytes += waiting.bytes
      }
      queue.splice(0, index, ...left)
    }
    return batch
  }

  async #carryOut(batch: readonly Waiting[]): Promise<void> {
    let client: Client
    try {
      client = await answered(this.#line.open())
    } catch (error) {
      // The server is not there: nothing was written, and those waiting need not find out one by one.
      this.#line.drop()
      const refused = [...batch, ...this.#single.splice(0), ...this.#bulk.splice(0)]
      for (const { reject } of refused) reject(error)
      return
    }
    try {
      const limit = await answered(this.#clock.limit(client))
      const rows = await answered(this.#call(client, batch, limit))
      for (const row of rows) answer(batch[row.number - 1]!, row)
    } catch (thrown) {
      const error = this.#ofClock(thrown)
      if (isProblem(error, 'log.unavailable')) {
        // It is unknown whether they were written; repeating them reveals it. Appends that belong together must not
        // overtake one another.
        this.#line.drop()
        for (const { reject } of [...batch, ...this.#bulk.splice(0)]) reject(error)
      } else if (batch.length === 1) batch[0]!.reject(error)
      // The server does not accept one of them: nothing was written, and each is tried separately.
      else for (const waiting of batch) await this.#carryOut([waiting])
    }
  }

  /** Counts as unavailable until the clock is right: writers keep what they have until then. */
  #ofClock(thrown: unknown): unknown {
    const { code, message } = thrown as { code?: string; message: string }
    if (code === CLOCK_LEAPT) return this.#clock.leapt(message, thrown)
    return code === CLOCK_AHEAD ? clockAhead(thrown as Error) : thrown
  }

  async #call(client: Client, batch: readonly Waiting[], limit: Date | null): Promise<Row[]> {
    const events: StoredEvent[] = []
    const owners: number[] = []
    batch.forEach((waiting, index) => {
      for (const event of waiting.events) {
        events.push(event)
        owners.push(index + 1)
      }
    })
    const { rows } = await client.query<Row>({
      ...call,
      values: [
        textArray(batch.map((waiting) => waiting.stream)),
        int4Array(batch.map(expectedNumber)),
        int4Array(owners),
        uuidArray(events.map((event) => event.id)),
        textArray(events.map((event) => event.type)),
        textArray(events.map((event) => event.data)),
        textArray(events.map((event) => event.metadata)),
        limit,
      ],
    })
    return rows
  }
}

function expectedNumber({ expected, copied }: Append): number {
  const number = expected === 'none' ? NONE : expected === 'any' ? ANY : expected
  return copied && number !== ANY ? COPIED - number : number
}

function answer({ stream, expected, events, resolve, reject }: Waiting, { outcome, revision, position }: Row): void {
  if (outcome === outcomes.conflict) resolve({ conflict: true, stream, expected, actual: revision })
  // The function reports the existing revision, and which of the given ids it was.
  else if (outcome === outcomes.idUsed) reject(idUsed(stream, events[position! - 1]!.id, revision))
  else resolve({ revision, position: toPosition(position!), repeated: outcome === outcomes.repeated })
}

function clockAhead(cause: Error): Problem {
  const [clock, last] = cause.message.split(' ')
  const cure = `set it right, or, if the house was off for so long, alter database … set ${TRUST_CLOCK} = on`
  return unavailable(
    `the clock of its machine says ${clock}, more than ${FAR_AHEAD_DAYS} days after the last event (${last}): ${cure}`,
    cause,
  )
}
