/** Loads the list of recordings: one page of rows, what is known of their calls, and the result of the last request. */
import { NewestRequest } from '../http/newest-request.svelte.ts'
import { get, post } from '../http/requests.ts'
import type { CallPage, CallRow, RecordingPage, RecordingRow } from '../live/protocol.ts'
import { askedOf, type NumberFilter, type RecordingFilter } from './recording-query.ts'

export class RecordingList extends NewestRequest {
  rows = $state.raw<readonly RecordingRow[]>([])
  /** By id: the calls of these rows. */
  calls = $state.raw<ReadonlyMap<string, CallRow>>(new Map())
  next = $state<string | null>(null)
  /** A page was read at least once. */
  read = $state(false)
  /** The tenant's time when the page was asked for. */
  askedAt = $state(0)

  load(filter: RecordingFilter, number: NumberFilter, cursor: string | null, zone: string, now: number): Promise<void> {
    const { path, search, values } = askedOf(filter, number, cursor, zone, now)
    return this.send(
      async (signal) => {
        const page = await (search
          ? post<RecordingPage>(path, values, signal)
          : get<RecordingPage>(path, values, signal))
        const callId = [...new Set(page.rows.map((row) => String(row.callId)))]
        const calls =
          callId.length === 0
            ? []
            : (await get<CallPage>('/api/v1/calls', { callId, limit: String(callId.length) }, signal)).rows
        return { page, calls }
      },
      ({ page, calls }) => {
        this.rows = page.rows as readonly RecordingRow[]
        this.calls = new Map(calls.map((call) => [String(call.callId), call as CallRow]))
        this.next = page.next
        this.read = true
        this.askedAt = now
      },
    )
  }
}

/** Nobody starts and stops it more often in one call. */
const MOST_OF_CALL = 40

/** The recordings of one call, in order. */
export class RecordingsOfCall extends NewestRequest {
  rows = $state.raw<readonly RecordingRow[]>([])
  /** Whose they are. */
  of = $state<string | null>(null)

  load(callId: string): Promise<void> {
    return this.#ask(callId, { callId, sort: 'startedAt' })
  }

  /** The one that runs now. By ids, since the tables may not know the call yet: a filter by it would be refused. */
  running(callId: string): Promise<void> {
    const recordingId = Array.from({ length: MOST_OF_CALL }, (_, n) => `${callId}-r${n + 1}`)
    return this.#ask(callId, { recordingId, status: 'recording', limit: '1' })
  }

  #ask(callId: string, values: Readonly<Record<string, string | readonly string[]>>): Promise<void> {
    return this.send(
      (signal) => get<RecordingPage>('/api/v1/recordings', values, signal),
      ({ rows }) => {
        this.rows = rows as readonly RecordingRow[]
        this.of = callId
      },
    )
  }
}
