/** The page of reports: every report, column, formula and catalogue item, generated from the declarations. */
import type { Words } from '@ledgerline/core/kernel/words.ts'
import { reports } from '@ledgerline/projections/reports/all.ts'
import type { Report, ReportFilter } from '@ledgerline/projections/reports/report.ts'

/** Its lines; `made` is the note that it is generated. */
export function reportsPage(made: string): string[] {
  return [
    '# Reports',
    '',
    made,
    '',
    'What each report counts, and how. `GET /api/v1/reports` lists them, `GET /api/v1/reports/<id>?from=YYYY-MM-DD&to=YYYY-MM-DD` answers one; with `format=csv` or `format=xlsx` as a file, in the language of `lang`. Days and intervals are those of the tenant’s zone, days of 23 and 25 hours included. Totals are the same formulas over everything at once: ratios of sums, never means of ratios. Where there is nothing to divide by a value is null. What is still open at the moment of the question counts up to then. Where two catalogues count differently under one name, both are here under different ids.',
    '',
    '| report | 报表 | items |',
    '|---|---|---|',
    ...reports.map(({ id, title, catalogue }) => `| [${title.en}](#${id}) | ${title.zh} | ${items(catalogue)} |`),
    ...reports.flatMap(oneReport),
  ]
}

const items = (catalogue: readonly string[]): string => catalogue.map((item) => `\`${item}\``).join(' ')
const both = ({ en, zh }: Words): string => `${en} ${zh}`

function oneReport({ id, title, about, columns, filters, chart, source, where, note, totals }: Report): string[] {
  return [
    '',
    `## ${id}`,
    '',
    `**${title.en} · ${title.zh}.** ${about.en} ${about.zh}`,
    ...(note ? ['', both(note)] : []),
    ...(totals ? ['', `Totals: ${totals.en} · ${totals.zh}.`] : []),
    '',
    `From ${source.models.map((name) => `[${name}](data-dictionary.md#${name})`).join(', ')}${where === undefined ? '' : `, where \`${where}\``}.${chart ? ` Chart: ${chart.kind} of ${chart.y.map((key) => `\`${key}\``).join(', ')} by \`${chart.x}\`${chart.series === null ? '' : `, one series for each \`${chart.series}\``}.` : ''}`,
    '',
    '| column | item | heading | unit | definition |',
    '|---|---|---|---|---|',
    ...columns.map(
      (column) =>
        `| ${column.dimension ? `**\`${column.key}\`**` : `\`${column.key}\``} | \`${column.catalogue}\` | ${column.label.en} · ${column.label.zh} | ${column.unit} | ${both(column.about)} |`,
    ),
    '',
    `Filters: ${filters.map(oneFilter).join(' · ')}`,
  ]
}

function oneFilter({ key, kind, choices, default: standard }: ReportFilter): string {
  if (kind === 'days') return '`from`, `to`'
  if (kind !== 'choice') return `\`${key}\``
  return `\`${key}\` (${choices!.map(({ value }) => (value === standard ? `**${value}**` : value)).join(', ')})`
}
