/**
 * The call on the desk. While it lasts, it is the board's row; in wrap-up, when the board has dropped it, it is the row last
 * seen or, after a reload, the record of that call. Data of another call is never shown.
 */
import { get, Refusal } from '../http/requests.ts'
import type { CallRow, LiveCallRow } from '../live/protocol.ts'

/** What a desk shows of a call. */
export type CallOnDesk = Pick<
  LiveCallRow,
  'callId' | 'direction' | 'fromNumber' | 'toNumber' | 'queueCode' | 'answeredAt'
>

export class DeskCall {
  #known: CallOnDesk | null = $state.raw(null)
  #asked: string | null = null

  /** The call with this id; null while nothing is known about it. */
  of(callId: string | null, live: LiveCallRow | null): CallOnDesk | null {
    return live ?? (this.#known?.callId === callId ? this.#known : null)
  }

  /** Remembers the call while the board has it, and loads its record when the board does not. */
  follow(callId: string | null, live: LiveCallRow | null): () => void {
    if (live) {
      this.#known = live
      this.#asked = null
      return () => {}
    }
    if (callId === null || this.#known?.callId === callId || this.#asked === callId) return () => {}
    this.#asked = callId
    const running = new AbortController()
    void this.#read(callId, running.signal)
    return () => {
      running.abort()
      if (this.#asked === callId) this.#asked = null
    }
  }

  async #read(callId: string, signal: AbortSignal): Promise<void> {
    try {
      const { rows } = await get<{ rows: readonly CallRow[] }>('/api/v1/calls', { callId }, signal)
      if (rows[0]) this.#known = rows[0] as CallOnDesk
    } catch (error) {
      // Then its number is unknown; state, queue and time are on the board.
      if (!signal.aborted && !(error instanceof Refusal)) throw error
    }
  }
}
