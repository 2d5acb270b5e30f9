/**
 * Tells the server that this desk is present while it is the desk of a shift and the page is open. Silence sets the agent
 * to away and, after longer, signs them out. A background tab keeps sending; a sleeping one does not. A view-only page
 * sends nothing.
 */
import { post } from '../http/requests.ts'

/** Until the server has told the interval. */
const FIRST_MS = 10_000

export class DeskBeat {
  /** The server heard from this desk recently. */
  heard = $state(true)
  #again: ReturnType<typeof setTimeout> | undefined

  /** Sends for an agent until the returned function is called. */
  speakFor(agentCode: string, deskId: string): () => void {
    let over = false
    const speak = async (): Promise<void> => {
      let next = FIRST_MS
      try {
        next = (await post<{ againInMs: number }>('/api/v1/desk/here', { agentCode, deskId })).againInMs
        this.heard = true
      } catch {
        // Just signed out or taken over, or the server is unreachable: the next attempt, or the board, will show it.
        this.heard = false
        next = 2_000
      }
      if (!over) this.#again = setTimeout(() => void speak(), next)
    }
    void speak()
    return () => {
      over = true
      this.heard = true
      clearTimeout(this.#again)
    }
  }
}
