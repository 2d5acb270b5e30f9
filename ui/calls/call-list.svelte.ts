/** Loads the call list: one page of rows, its position, and the result of the last request. */
import { NewestRequest } from '../http/newest-request.svelte.ts'
import { get, post } from '../http/requests.ts'
import type { CallPage, CallRow } from '../live/protocol.ts'
import { askedOf, type CallFilter } from './call-query.ts'

export class CallList extends NewestRequest {
  rows = $state.raw<readonly CallRow[]>([])
  next = $state<string | null>(null)
  /** The filters of the rows on screen, which stay while others are loading. */
  of = $state.raw<{ filter: CallFilter; number: string } | null>(null)
  /** A page was read at least once. */
  read = $state(false)
  /** The tenant's time when the page was asked for. */
  askedAt = $state(0)

  /** Loads a page. A newer request replaces an older one; rows stay until the answer arrives. */
  load(filter: CallFilter, number: string, cursor: string | null, zone: string, now: number): Promise<void> {
    const { path, search, values } = askedOf(filter, number, cursor, zone, now)
    return this.send(
      (signal) => (search ? post<CallPage>(path, values, signal) : get<CallPage>(path, values, signal)),
      (page) => {
        this.rows = page.rows
        this.of = { filter, number }
        this.next = page.next
        this.read = true
        this.askedAt = now
      },
    )
  }
}
