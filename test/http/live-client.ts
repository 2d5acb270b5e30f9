/** A browser's side of the live stream, for tests and benchmarks: rows by topic, and states to wait for. */
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { topicNames } from '@ledgerline/adapters/live/topics.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { Patience } from '../support/patience.ts'

export interface LiveMessage {
  event: string
  id: string | null
  data: any
  /** `performance.now()` when it was read. */
  readAt: number
}

const PATIENCE_MS = 10_000
const LOOK_MS = 200

const keys = new Map(readModels.models.map((model) => [model.name, Object.keys(model.key)]))

export class LiveClient {
  /** Rows by topic and key. */
  readonly tables: Map<string, Map<string, Record<string, unknown>>>
  readonly messages: LiveMessage[] = []
  readonly status: number
  /** The last id that the server sent. */
  lastId: string | null = null
  closed = false
  onMessage: (message: LiveMessage) => void = () => {}
  #rest = ''
  readonly #request: ClientRequest
  readonly #response: IncomingMessage
  readonly #waiting = new Set<() => void>()

  private constructor(sent: ClientRequest, response: IncomingMessage, before: LiveClient | undefined) {
    this.tables = before?.tables ?? new Map()
    this.lastId = before?.lastId ?? null
    this.#request = sent
    this.#response = response
    this.status = response.statusCode!
    response.setEncoding('utf8')
    response.on('data', (text: string) => this.#read(text))
    response.on('close', () => {
      this.closed = true
      for (const wake of this.#waiting) wake()
    })
    response.on('error', () => {})
  }

  /** Connects, as a browser does; after an earlier connection, with the rows and the id that this one had. */
  static connect(
    port: number,
    options: { topics?: readonly string[]; lastId?: string; before?: LiveClient } = {},
  ): Promise<LiveClient> {
    const path = `/api/v1/live?topics=${(options.topics ?? topicNames).join(',')}`
    return new Promise((resolve, reject) => {
      const lastId = options.lastId ?? options.before?.lastId
      const headers = lastId ? { 'last-event-id': lastId } : {}
      const sent = request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) =>
        resolve(new LiveClient(sent, response, options.before)),
      )
      sent.on('error', reject)
      sent.end()
    })
  }

  /** Rows of a topic, by key. */
  rows(topic: string): Record<string, unknown>[] {
    return [...(this.tables.get(topic) ?? new Map()).entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, row]) => row as Record<string, unknown>)
  }

  has(event: string): boolean {
    return this.messages.some((message) => message.event === event)
  }

  /** Waits for a state; fails if it does not come. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const patience = new Patience(PATIENCE_MS)
    while (!holds()) {
      if (this.closed || patience.over)
        throw new Error(`${this.closed ? 'the stream ended before' : 'waited in vain until'} ${what}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, LOOK_MS)
        const waiting = this.#waiting
        waiting.add(done)
        function done(): void {
          clearTimeout(timer)
          waiting.delete(done)
          resolve()
        }
      })
    }
  }

  ready(): Promise<void> {
    return this.until('it is ready', () => this.has('ready'))
  }

  /** Stops reading, like a browser whose machine is busy. */
  pause(): void {
    this.#response.pause()
  }

  resume(): void {
    this.#response.resume()
  }

  /** Leaves without notice. */
  drop(): void {
    this.#request.destroy()
  }

  #read(text: string): void {
    const readAt = performance.now()
    const parts = (this.#rest + text).split('\n\n')
    this.#rest = parts.pop()!
    for (const part of parts) this.#take(part, readAt)
    for (const wake of this.#waiting) wake()
  }

  #take(part: string, readAt: number): void {
    const fields = new Map(
      part.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    )
    const id = fields.get('id') ?? null
    if (id !== null) this.lastId = id
    if (!fields.has('event')) return
    const message: LiveMessage = { event: fields.get('event')!, id, data: JSON.parse(fields.get('data')!), readAt }
    this.messages.push(message)
    const { topic, rows, upserts, removes } = message.data
    if (message.event === 'snapshot')
      this.tables.set(topic, new Map(rows.map((row: object) => [keyOf(topic, row), row])))
    if (message.event === 'delta') {
      const table = this.tables.get(topic)!
      for (const row of upserts) table.set(keyOf(topic, row), row)
      for (const key of removes) table.delete(keyOf(topic, key))
    }
    this.onMessage(message)
  }
}

function keyOf(topic: string, row: object): string {
  return keys
    .get(topic)!
    .map((name) => String((row as Record<string, unknown>)[name]))
    .join(' ')
}
