/** Rows that were chosen, as a CSV of their own (catalogue C6.0-export, 指定导出): the same text as the server's whole file has (RFC 4180, UTF-8 with a byte order mark). */
import type { ReportAnswer, ReportRow } from '@ledgerline/projections/reports/report.ts'
import { valueText } from '@ledgerline/projections/reports/values.ts'

export function csvOf(
  answer: Pick<ReportAnswer, 'columns' | 'zone'>,
  rows: readonly ReportRow[],
  language: 'zh' | 'en',
): string {
  const lines = [
    answer.columns.map(({ label }) => label[language]),
    ...rows.map((row) =>
      answer.columns.map((column) => plain(valueText(column, row[column.key] ?? null, language, answer.zone))),
    ),
  ]
  return '\ufeff' + lines.map((line) => line.map(quoted).join(',') + '\r\n').join('')
}

/** Text that a spreadsheet would run as a formula gets a leading apostrophe; a negative number is not a formula. */
function plain(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && !/^-?[\d.,:%]+$/.test(text) ? `'${text}` : text
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
