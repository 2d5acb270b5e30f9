/** How busy the day of a moment was (`GET /api/v1/history/volume`). Optional: if it cannot be loaded, the slider has no background. */
import type { Quarter, Volume } from '@ledgerline/adapters/replay/answers.ts'
import { get, Refusal } from '../http/requests.ts'

export class DayVolume {
  quarters: readonly Quarter[] = $state.raw([])
  #day = ''
  #running: AbortController | null = null

  /** Loads a day; the same one only once. */
  async load(day: string): Promise<void> {
    if (day === this.#day) return
    this.#day = day
    this.quarters = []
    this.#running?.abort()
    const running = (this.#running = new AbortController())
    try {
      const { quarters } = await get<Volume>('/api/v1/history/volume', { day }, running.signal)
      if (!running.signal.aborted) this.quarters = quarters
    } catch (error) {
      if (!running.signal.aborted && !(error instanceof Refusal)) throw error
    }
  }

  stop(): void {
    this.#running?.abort()
  }
}
