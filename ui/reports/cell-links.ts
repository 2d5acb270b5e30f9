/** Where a cell of a report leads: an agent's or a queue's calls of the row's time, in the call list. */
import { startOfDay } from '@ledgerline/core/kernel/time.ts'
import type { ReportAnswer, ReportColumn, ReportRow } from '@ledgerline/projections/reports/report.ts'
import { toLocalInput } from '../language/format.ts'
import { dayAfter } from './period.ts'

/** Columns that name something by which calls can be filtered, and that filter's name in the call list's address. */
const filters: Readonly<Record<string, string>> = { agent: 'agent', queue: 'queue' }

/** @returns null where the cell names nothing of the kind */
export function callsOf(
  column: ReportColumn,
  row: ReportRow,
  answer: Pick<ReportAnswer, 'periods' | 'from' | 'to' | 'zone'>,
): string | null {
  const name = filters[column.key]
  const value = row[column.key]
  if (name === undefined || !column.dimension || typeof value !== 'string' || value === '') return null
  const period = answer.periods.find((one) => one.value === row['period'])
  const from = period?.startsAt ?? startOfDay(answer.from, answer.zone)
  const to = period?.endsAt ?? startOfDay(dayAfter(answer.to, 1), answer.zone)
  return `/calls?${new URLSearchParams({ range: 'custom', from: toLocalInput(answer.zone, from), to: toLocalInput(answer.zone, to), [name]: value })}`
}
