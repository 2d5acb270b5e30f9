/** Rows that were chosen, as a CSV of their own (catalogue C6.0-export, 指定导出): the same text as the server's whole file has. */
import type { ReportAnswer, ReportRow } from '@ledgerline/projections/reports/report.ts'
import { valueText } from '@ledgerline/projections/reports/values.ts'
import { csvText } from '../parts/csv.ts'

export function csvOf(
  answer: Pick<ReportAnswer, 'columns' | 'zone'>,
  rows: readonly ReportRow[],
  language: 'zh' | 'en',
): string {
  return csvText([
    answer.columns.map(({ label }) => label[language]),
    ...rows.map((row) =>
      answer.columns.map((column) => valueText(column, row[column.key] ?? null, language, answer.zone)),
    ),
  ])
}
