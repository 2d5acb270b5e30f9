/** What the request log adds up to (catalogue A3.3.2), read anew whenever the span of the list beside it changes. */
import type { RequestOverview } from '@ledgerline/adapters/http/requests/answers.ts'
import { NewestRequest } from '../http/newest-request.svelte.ts'
import { get } from '../http/requests.ts'

export class Overview extends NewestRequest {
  sums = $state.raw<RequestOverview | null>(null)

  /** @param from UTC ms, inclusive @param to exclusive; a clock that is reckoned has fractions */
  load(from: number, to: number): void {
    const span = { from: String(Math.floor(from)), to: String(Math.floor(to)) }
    void this.send(
      (signal) => get<RequestOverview>('/api/v1/requests/overview', span, signal),
      (sums) => (this.sums = sums),
    )
  }
}
