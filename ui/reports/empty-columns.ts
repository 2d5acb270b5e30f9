/**
 * Columns that are all zero. A queue has ten exits, and on most days eight of them stay 0 and push the service level out of view. They
 * are hidden, one click away. Reports from manuals keep exactly their columns.
 */
import type { ReportAnswer, ReportColumn, ReportListed } from '@ledgerline/projections/reports/report.ts'
import { groupOf } from './report-groups.ts'
import type { Order } from './report-query.ts'

/** Columns that are 0 throughout and that nobody asked for: not in the chart, not sorted by, and not the first figure. */
export function emptyColumns(
  report: Pick<ReportListed, 'catalogue' | 'chart'>,
  answer: Pick<ReportAnswer, 'columns' | 'rows' | 'totals'>,
  order: Order | null,
): ReadonlySet<ReportColumn> {
  if (groupOf(report) !== 'house') return new Set()
  const first = answer.columns.find((column) => !column.dimension)
  const wanted = new Set([first?.key, order?.key, ...(report.chart?.y ?? [])])
  const empty = (column: ReportColumn) => [answer.totals, ...answer.rows].every((row) => (row[column.key] ?? 0) === 0)
  return new Set(
    answer.columns.filter(
      (column) => !column.dimension && column.unit === 'count' && !wanted.has(column.key) && empty(column),
    ),
  )
}
