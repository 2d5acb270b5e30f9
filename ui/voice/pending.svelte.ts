/** How many changes of the voice platform wait to be activated, for the menu. Asked for now and then, and after each change. */
import { get, Refusal } from '../http/requests.ts'

const EVERY_MS = 30_000

class PendingCount {
  count = $state(0)
  #timer: ReturnType<typeof setTimeout> | null = null

  /** Asks at once, and from then on; returns what ends it. */
  start(): () => void {
    void this.ask()
    return () => {
      if (this.#timer) clearTimeout(this.#timer)
    }
  }

  async ask(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.ask(), EVERY_MS)
    if (document.hidden) return
    try {
      const { pending } = await get<{ pending: number }>('/api/v1/draft', { changes: 0 }, AbortSignal.timeout(10_000))
      this.count = pending
    } catch (error) {
      // Whoever may not see it, or has no switchboard, has nothing pending; any trouble shows on the page itself.
      if (error instanceof Refusal || (error as Error).name === 'TimeoutError') this.count = 0
      else throw error
    }
  }
}

export const pendingCount = new PendingCount()
