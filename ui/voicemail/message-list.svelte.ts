/** Loads the list of voice messages: one page of rows, its position, and the result of the last request. */
import { NewestRequest } from '../http/newest-request.svelte.ts'
import { get, post } from '../http/requests.ts'
import type { VoiceMessagePage, VoiceMessageRow } from '../live/protocol.ts'
import { askedOf, type MessageFilter } from './message-query.ts'

export class MessageList extends NewestRequest {
  rows = $state.raw<readonly VoiceMessageRow[]>([])
  next = $state<string | null>(null)
  /** A page was read at least once. */
  read = $state(false)
  /** The tenant's time when the page was asked for. */
  askedAt = $state(0)

  load(filter: MessageFilter, number: string, cursor: string | null, zone: string, now: number): Promise<void> {
    const { path, search, values } = askedOf(filter, number, cursor, zone, now)
    return this.send(
      (signal) => (search ? post<VoiceMessagePage>(path, values, signal) : get<VoiceMessagePage>(path, values, signal)),
      (page) => {
        this.rows = page.rows as readonly VoiceMessageRow[]
        this.next = page.next
        this.read = true
        this.askedAt = now
      },
    )
  }
}
