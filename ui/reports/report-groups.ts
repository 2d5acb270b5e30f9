/** Reports in groups: our own, then each manual's, in the order of declaration. */
import type { ReportListed } from '@ledgerline/projections/reports/report.ts'

export type ReportGroup = 'house' | 'a' | 'b' | 'c'

const order: readonly ReportGroup[] = ['house', 'a', 'b', 'c']

/** Items of a manual's catalogue begin with its letter and chapter (`A11.3.1-traffic`); metrics of the house are words. */
export function groupOf({ catalogue }: Pick<ReportListed, 'catalogue'>): ReportGroup {
  const letter = /^([ABC])\d/.exec(catalogue[0] ?? '')?.[1]
  return letter === undefined ? 'house' : (letter.toLowerCase() as ReportGroup)
}

/** Groups that have a report; of those only reports in whose name, in either language, a text occurs. */
export function grouped(
  reports: readonly ReportListed[],
  text: string,
): { group: ReportGroup; reports: readonly ReportListed[] }[] {
  const wanted = text.trim().toLowerCase()
  const found = reports.filter(({ id, title }) =>
    [id, title.zh, title.en].some((name) => name.toLowerCase().includes(wanted)),
  )
  return order
    .map((group) => ({ group, reports: found.filter((report) => groupOf(report) === group) }))
    .filter((entry) => entry.reports.length > 0)
}
