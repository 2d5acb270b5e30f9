/**
 * The rows of one topic, live, for a page that shows nothing else of the board: a stream of its own while the page is open,
 * so that the walls and desks of a house with 20,000 phones do not receive them. How fresh data is says the frame, by the
 * board's own stream.
 */
import type { RowKey } from './protocol.ts'

/** The browser reconnects by itself; where it gives up, we do after this, ms. */
const AGAIN_MS = 2_000

export class LiveRows<Row extends object> {
  /** By key. Replaced whenever anything changes. */
  rows: ReadonlyMap<string, Row> = $state.raw(new Map())
  /** The first rows have arrived. */
  ready = $state(false)
  readonly #topic: string
  readonly #key: readonly (keyof Row & string)[]
  #source: EventSource | null = null
  #again: ReturnType<typeof setTimeout> | undefined

  /** @param key columns of the rows' key */
  constructor(topic: string, key: readonly (keyof Row & string)[]) {
    this.#topic = topic
    this.#key = key
  }

  /** Connects, and stays connected until the returned function is called. */
  start(): () => void {
    this.reopen()
    return () => {
      this.#source?.close()
      this.#source = null
      clearTimeout(this.#again)
    }
  }

  /** Reads everything again. */
  reopen(): void {
    this.#source?.close()
    clearTimeout(this.#again)
    const source = new EventSource(`/api/v1/live?topics=${this.#topic}`)
    this.#source = source
    const on = <T>(name: string, take: (data: T) => void): void =>
      source.addEventListener(name, (event) => {
        if (source === this.#source) take(JSON.parse((event as MessageEvent<string>).data) as T)
      })
    on<{ rows: readonly Row[] }>('snapshot', ({ rows }) => {
      this.rows = new Map(rows.map((row) => [this.#keyOf(row as unknown as RowKey), row]))
    })
    on<{ upserts: readonly Row[]; removes: readonly RowKey[] }>('delta', ({ upserts, removes }) => {
      const next = new Map(this.rows)
      for (const row of upserts) next.set(this.#keyOf(row as unknown as RowKey), row)
      for (const key of removes) next.delete(this.#keyOf(key))
      this.rows = next
    })
    on('ready', () => (this.ready = true))
    source.onerror = () => {
      if (source !== this.#source || source.readyState !== EventSource.CLOSED) return
      clearTimeout(this.#again)
      this.#again = setTimeout(() => this.reopen(), AGAIN_MS)
    }
  }

  #keyOf(row: RowKey): string {
    return this.#key.map((column) => String(row[column])).join('\u0000')
  }
}
