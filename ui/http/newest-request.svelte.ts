/** Loads one thing at a time: a newer request replaces an older one, and what was loaded stays until its answer arrives. */
import { Refusal } from './requests.ts'

export class NewestRequest {
  loading = $state(false)
  /** Of the last answered request; null after a success. */
  refusal: Refusal | null = $state.raw(null)
  #running: AbortController | null = null

  /** @param accept takes the answer, unless a newer request has replaced this one */
  protected async send<T>(request: (signal: AbortSignal) => Promise<T>, accept: (answer: T) => void): Promise<void> {
    this.#running?.abort()
    const running = (this.#running = new AbortController())
    this.loading = true
    try {
      const answer = await request(running.signal)
      if (running.signal.aborted) return
      accept(answer)
      this.refusal = null
    } catch (error) {
      if (running.signal.aborted) return
      if (!(error instanceof Refusal)) throw error
      this.refusal = error
    } finally {
      if (this.#running === running) this.loading = false
    }
  }

  stop(): void {
    this.#running?.abort()
  }
}
