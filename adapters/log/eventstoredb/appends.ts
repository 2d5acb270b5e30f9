/**
 * Appends to EventStoreDB over one stream of calls that stays open. Each append has its own revision check and its own
 * answer. The amount in flight is limited; the rest waits here. When the connection is lost, or an answer does not come
 * in time, everything in flight fails with a problem that says so: its events may have been written, and repeating the
 * same append reveals it.
 */
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { Append, AppendResult } from '@ledgerline/core/kernel/log.ts'
import { unavailable } from '../../postgres/answered.ts'
import type { AppendCall, Connection } from './connection.ts'
import { decodeAppend, encodeAppend, type AppendAnswer } from './messages.ts'
import { toPosition } from './place.ts'
import { appendRefusal, refusalOf } from './refusals.ts'

/** The limit of what may be in flight at once. */
const UNDER_WAY_EVENTS = 4_000
const UNDER_WAY_BYTES = 8 * 1024 * 1024
/** How often to check for overdue answers, ms. */
const LOOK_MS = 250

interface Waiting extends Append {
  bytes: number
  resolve: (result: AppendResult) => void
  reject: (error: unknown) => void
}

interface UnderWay extends Waiting {
  /** Where the log had got to when it was sent. */
  after: Position | null
  /** When the answer is overdue, by the process's steady clock, ms. */
  due: number
}

export class Appends {
  readonly #connection: Connection
  /** The position of the last event in the log. */
  readonly #head: () => Promise<Position | null>
  /**
   * Events written from now on have higher positions than this: an append whose answer has a lower one was written
   * before. (The server itself does not distinguish a first answer from a repeated one.)
   */
  #written: Position | null = null
  /** Single appends go before bulk ones: an import must not delay a call. */
  readonly #single: Waiting[] = []
  readonly #bulk: Waiting[] = []
  readonly #underWay = new Map<string, UnderWay>()
  #events = 0
  #bytes = 0
  #call: AppendCall | null = null
  #opening: Promise<void> | null = null
  #look: NodeJS.Timeout | null = null
  #closed = false
  #idle: (() => void) | null = null

  constructor(connection: Connection, head: () => Promise<Position | null>) {
    this.#connection = connection
    this.#head = head
  }

  /** Takes a checked append (`checks.ts`). */
  append(append: Append, bulk: boolean): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(unavailable('it was closed'))
      const bytes = append.events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0)
      ;(bulk ? this.#bulk : this.#single).push({ ...append, bytes, resolve, reject })
      this.#send()
    })
  }

  /** Resolves when all appends taken so far are answered; takes no more. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#isBusy()) await new Promise<void>((resolve) => (this.#idle = resolve))
    if (this.#look) clearInterval(this.#look)
    this.#call?.end()
  }

  #isBusy(): boolean {
    return this.#single.length + this.#bulk.length + this.#underWay.size > 0
  }

  #send(): void {
    while (this.#call && this.#events < UNDER_WAY_EVENTS && this.#bytes < UNDER_WAY_BYTES) {
      const waiting = this.#single.shift() ?? this.#bulk.shift()
      if (!waiting) return
      const id = randomUUID()
      this.#underWay.set(id, { ...waiting, after: this.#written, due: performance.now() + this.#connection.deadlineMs })
      this.#events += waiting.events.length
      this.#bytes += waiting.bytes
      const { stream, expected, events } = waiting
      this.#call.write(encodeAppend({ id, stream, expected, events, withinMs: this.#connection.deadlineMs }))
    }
    if (!this.#call) this.#opening ??= this.#open().finally(() => (this.#opening = null))
  }

  async #open(): Promise<void> {
    let call: AppendCall
    // The client drops a lost connection a moment after we hear of it.
    await nextTurn()
    try {
      // What a lost connection left unanswered may have been written by now.
      this.#written = await this.#head()
      call = await this.#connection.append()
    } catch (error) {
      // The server is not there: nothing was written, and those waiting need not find out one by one.
      for (const { reject } of [...this.#single.splice(0), ...this.#bulk.splice(0)]) reject(error)
      this.#whenIdle()
      return
    }
    call.on('data', (buffer: Buffer) => this.#hear(call, buffer))
    call.on('error', (error) => this.#lost(call, error))
    call.on('end', () => this.#lost(call, unavailable('the server ended the connection')))
    this.#call = call
    this.#look ??= setInterval(() => this.#findOverdue(), LOOK_MS).unref()
    this.#send()
  }

  #hear(call: AppendCall, buffer: Buffer): void {
    let answer: AppendAnswer
    try {
      answer = decodeAppend(buffer)
    } catch {
      // It cannot be known whose answer it was: everything in flight is in doubt.
      return this.#connection.abandon(call)
    }
    this.#answered(answer)
  }

  #answered(answer: AppendAnswer): void {
    const waiting = this.#underWay.get(answer.id)
    // An answer that is no longer expected.
    if (!waiting) return
    this.#settled(answer.id, waiting)
    const { stream, expected, after, resolve, reject } = waiting
    if ('conflict' in answer) resolve({ conflict: true, stream, expected, actual: answer.conflict })
    else if ('refused' in answer) reject(appendRefusal(waiting, answer.refused, answer.message, answer.limit))
    else if (answer.place === null) reject(unavailable('the answer to an append has no position'))
    else {
      const position = toPosition(answer.place)
      if (this.#written === null || position > this.#written) this.#written = position
      resolve({ revision: answer.revision, position, repeated: after !== null && position <= after })
    }
    this.#send()
    this.#whenIdle()
  }

  #settled(id: string, { events, bytes }: UnderWay): void {
    this.#underWay.delete(id)
    this.#events -= events.length
    this.#bytes -= bytes
  }

  #lost(call: AppendCall, error: unknown): void {
    if (call !== this.#call) return
    this.#call = null
    const problem = refusalOf(error)
    for (const [id, waiting] of [...this.#underWay]) {
      this.#settled(id, waiting)
      waiting.reject(problem)
    }
    if (isProblem(problem, 'log.denied'))
      for (const { reject } of [...this.#single.splice(0), ...this.#bulk.splice(0)]) reject(problem)
    // Appends that were not sent yet find a new connection.
    if (this.#single.length + this.#bulk.length > 0) this.#send()
    this.#whenIdle()
  }

  #findOverdue(): void {
    const [first] = this.#underWay.values()
    if (first && performance.now() >= first.due) this.#connection.abandon(this.#call!)
  }

  #whenIdle(): void {
    if (!this.#isBusy()) this.#idle?.()
  }
}
