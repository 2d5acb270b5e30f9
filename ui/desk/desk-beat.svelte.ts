/**
 * Says to the server that this desk is there, as long as it is the desk of a shift and the page is open: silence makes
 * the shift away and, after a longer time, signed out. A tab in the background goes on saying so; one that sleeps does
 * not. A page that only looks on says nothing.
 */
import { post } from '../http/requests.ts'

/** Before the server has said how often. */
const FIRST_MS = 10_000

export class DeskBeat {
  /** The server has heard us of late. */
  heard = $state(true)
  #again: ReturnType<typeof setTimeout> | undefined

  /** Speaks for an agent until the returned function is called. */
  speakFor(agentCode: string, deskId: string): () => void {
    let over = false
    const speak = async (): Promise<void> => {
      let next = FIRST_MS
      try {
        next = (await post<{ againInMs: number }>('/api/v1/desk/here', { agentCode, deskId })).againInMs
        this.heard = true
      } catch {
        // Signed out or taken over a moment ago, or no server: the next word, or the board, will tell.
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
