/** Loads the call list: one page of rows, its position, and the result of the last request. */
import { get, post, Refusal } from '../http/requests.ts'
import type { CallPage, CallRow } from '../live/protocol.ts'
import { askedOf, type CallFilter } from './call-query.ts'

export class CallList {
  rows = $state.raw<readonly CallRow[]>([])
  next = $state<string | null>(null)
  /** The filters of the rows on screen, which stay while others are loading. */
  of = $state.raw<{ filter: CallFilter; number: string } | null>(null)
  /** A page was read at least once. */
  read = $state(false)
  loading = $state(false)
  refusal = $state.raw<Refusal | null>(null)
  /** The tenant's time when the page was asked for. */
  askedAt = $state(0)
  #running: AbortController | null = null

  /** Loads a page. A newer request replaces an older one; rows stay until the answer arrives. */
  async load(filter: CallFilter, number: string, cursor: string | null, zone: string, now: number): Promise<void> {
    this.#running?.abort()
    const running = (this.#running = new AbortController())
    this.loading = true
    try {
      const { path, search, values } = askedOf(filter, number, cursor, zone, now)
      const page = search
        ? await post<CallPage>(path, values, running.signal)
        : await get<CallPage>(path, values, running.signal)
      if (running.signal.aborted) return
      this.rows = page.rows
      this.of = { filter, number }
      this.next = page.next
      this.read = true
      this.refusal = null
      this.askedAt = now
    } catch (error) {
      if (running.signal.aborted) return
      if (!(error instanceof Refusal)) throw error
      this.refusal = error
    } finally {
      if (this.#running === running) this.loading = false
    }
  }

  stop(): void {
    this.#running?.abort()
  }
}
