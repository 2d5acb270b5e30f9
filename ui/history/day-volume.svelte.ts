/** How busy the day was that a moment is in (`GET /api/v1/history/volume`). A courtesy: where it cannot be read, the slider has no ground. */
import { get, Refusal } from '../http/requests.ts'

export interface Quarter {
  /** Its begin, UTC ms. */
  at: number
  offered: number
  abandoned: number
}

export class DayVolume {
  quarters: readonly Quarter[] = $state.raw([])
  #day = ''
  #running: AbortController | null = null

  /** Reads another day; the same one is read once. */
  async load(day: string): Promise<void> {
    if (day === this.#day) return
    this.#day = day
    this.quarters = []
    this.#running?.abort()
    const running = (this.#running = new AbortController())
    try {
      const { quarters } = await get<{ quarters: Quarter[] }>('/api/v1/history/volume', { day }, running.signal)
      if (!running.signal.aborted) this.quarters = quarters
    } catch (error) {
      if (!running.signal.aborted && !(error instanceof Refusal)) throw error
    }
  }

  stop(): void {
    this.#running?.abort()
  }
}
