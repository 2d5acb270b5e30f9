/** A report as a file: the whole of it from the server, or chosen rows. */
import type { ReportAnswer, ReportRow } from '@ledgerline/projections/reports/report.ts'
import { download, Refusal, save } from '../http/requests.ts'
import { csvOf } from './chosen-rows.ts'
import { queryOf, type Asked } from './report-query.ts'

export type FileFormat = 'csv' | 'xlsx'

export class ReportFile {
  /** The format that is being made; null: none. */
  making = $state<FileFormat | null>(null)
  refusal: Refusal | null = $state.raw(null)

  async saveAll(id: string, asked: Asked, format: FileFormat, lang: 'en' | 'zh'): Promise<void> {
    if (this.making !== null) return
    this.making = format
    this.refusal = null
    try {
      await download(`/api/v1/reports/${encodeURIComponent(id)}`, { ...queryOf(asked), format, lang })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.refusal = error
    } finally {
      this.making = null
    }
  }

  /** @param rows the chosen ones, in the order on screen */
  saveRows(answer: ReportAnswer, rows: readonly ReportRow[], lang: 'en' | 'zh'): void {
    const name = `${answer.id}_${answer.from}_${answer.to}_${rows.length}.csv`
    save(new Blob([csvOf(answer, rows, lang)], { type: 'text/csv' }), name)
  }
}
