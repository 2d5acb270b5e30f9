/** Loads a report: the last answer stays while the next one is loading, and after a failed one. */
import type { ReportAnswer, ReportListed } from '@ledgerline/projections/reports/report.ts'
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

export class ReportRead {
  answer: ReportAnswer | null = $state.raw(null)
  /** The filters of that answer, which stays on screen while another is loading. */
  asked: Asked | null = $state.raw(null)
  loading = $state(false)
  refusal: Refusal | null = $state.raw(null)
  #running: AbortController | null = null

  /** A newer request replaces an older one. Another report's answer does not stay. */
  async load(id: string, asked: Asked): Promise<void> {
    this.#running?.abort()
    const running = (this.#running = new AbortController())
    if (this.answer?.id !== id) this.answer = null
    this.loading = true
    try {
      const answer = await get<ReportAnswer>(
        `/api/v1/reports/${encodeURIComponent(id)}`,
        queryOf(asked),
        running.signal,
      )
      if (running.signal.aborted) return
      this.answer = answer
      this.asked = asked
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
