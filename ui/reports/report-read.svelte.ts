/** Loads a report: the last answer stays while the next one is loading, and after a failed one. */
import type { ReportAnswer, ReportListed } from '@ledgerline/projections/reports/report.ts'
import { NewestRequest } from '../http/newest-request.svelte.ts'
import { get, Refusal } from '../http/requests.ts'
import { queryOf, type Asked } from './report-query.ts'

/** The list of reports: the same for everybody, so loaded once. */
class ReportList {
  reports: readonly ReportListed[] | null = $state.raw(null)
  refusal: Refusal | null = $state.raw(null)
  #running: AbortController | null = null

  async load(): Promise<void> {
    if (this.reports !== null || this.#running !== null) return
    const running = (this.#running = new AbortController())
    try {
      this.reports = (await get<{ reports: ReportListed[] }>('/api/v1/reports', {}, running.signal)).reports
      this.refusal = null
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.refusal = error
    } finally {
      this.#running = null
    }
  }
}

export const reportList = new ReportList()

export class ReportRead extends NewestRequest {
  answer: ReportAnswer | null = $state.raw(null)
  /** The filters of that answer, which stays on screen while another is loading. */
  asked: Asked | null = $state.raw(null)

  /** A newer request replaces an older one. Another report's answer does not stay. */
  load(id: string, asked: Asked): Promise<void> {
    if (this.answer?.id !== id) this.answer = null
    return this.send(
      (signal) => get<ReportAnswer>(`/api/v1/reports/${encodeURIComponent(id)}`, queryOf(asked), signal),
      (answer) => {
        this.answer = answer
        this.asked = asked
      },
    )
  }
}
