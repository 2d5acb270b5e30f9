/**
 * The board as it stood at a moment. It does not change until another moment is requested, and keeps showing the old one until the
 * answer arrives. While a slider is dragged, only the newest moment is requested next.
 */
import type { BoardsMoment } from '@ledgerline/adapters/replay/answers.ts'
import { get, Refusal } from '../http/requests.ts'
import type { Board } from '../live/board.ts'
import { topics, type Topic, type TopicRows } from '../live/protocol.ts'
import { applySnapshot, emptyTables } from '../live/tables.ts'

/** Which time a moment refers to: that of the events (the tenant's clock), or when the ledger recorded them. */
export type By = 'event' | 'recorded'

export interface Moment {
  at: number
  by: By
}

interface Answer extends BoardsMoment {
  boards: { [T in Topic]: TopicRows[T][] }
}

export class PastBoard implements Board {
  readonly live = false
  readonly stale = false
  readonly tables = emptyTables()
  version: Record<Topic, number> = $state({
    queues: 0,
    queue_monitor: 0,
    queue_day: 0,
    queue_minute: 0,
    calls: 0,
    call_parties: 0,
    agent_monitor: 0,
    mailboxes: 0,
  })
  now = $state(0)
  ready = $state(false)
  /** The moment that is shown; null before the first. */
  shown: Moment | null = $state.raw(null)
  /** How far the ledger had got by then. */
  told: Answer['told'] | null = $state.raw(null)
  refusal: Refusal | null = $state.raw(null)
  loading = $state(false)

  #asked: Moment | null = null
  #running: AbortController | null = null
  readonly #hello: () => Board['hello']

  /** @param hello whose board: as the live one says */
  constructor(hello: () => Board['hello']) {
    this.#hello = hello
  }

  get hello(): Board['hello'] {
    return this.#hello()
  }

  /** Shows another moment as soon as it can. */
  go(moment: Moment): void {
    this.#asked = moment
    if (!this.#running) void this.#read()
  }

  stop(): void {
    this.#running?.abort()
    this.#running = null
  }

  async #read(): Promise<void> {
    const running = (this.#running = new AbortController())
    this.loading = true
    while (this.#asked !== null) {
      const moment = this.#asked
      this.#asked = null
      try {
        const answer = await get<Answer>('/api/v1/boards/as-of', { at: moment.at, by: moment.by }, running.signal)
        if (running.signal.aborted) return
        this.#take(moment, answer)
      } catch (error) {
        if (running.signal.aborted) return
        if (!(error instanceof Refusal)) throw error
        this.refusal = error
        this.shown = moment
      }
    }
    this.loading = false
    this.#running = null
  }

  #take(moment: Moment, { now, told, boards }: Answer): void {
    for (const topic of topics) {
      applySnapshot(this.tables, { topic, rows: boards[topic] })
      this.version[topic]++
    }
    this.now = now
    this.told = told
    this.shown = moment
    this.refusal = null
    this.ready = true
  }
}
