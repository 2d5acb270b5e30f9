/** Loads the recordings of one call. */
import { NewestRequest } from '../http/newest-request.svelte.ts'
import { get } from '../http/requests.ts'
import type { RecordingPage, RecordingRow } from '../live/protocol.ts'

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
