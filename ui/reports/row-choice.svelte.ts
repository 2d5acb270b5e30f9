/** Rows of a report chosen for export. Nothing stays chosen once other rows have been read. */
import type { ReportRow } from '@ledgerline/projections/reports/report.ts'

export class RowChoice {
  rows: ReadonlySet<ReportRow> = $state.raw(new Set())
  #last: ReportRow | null = null

  clear(): void {
    this.rows = new Set()
    this.#last = null
  }

  /** @param through with Shift held: all from the last one chosen through this one */
  choose(all: readonly ReportRow[], row: ReportRow, through: boolean): void {
    const next = new Set(this.rows)
    const [a, b] = [all.indexOf(row), this.#last === null ? -1 : all.indexOf(this.#last)]
    const adding = !this.rows.has(row)
    const range = through && b >= 0 ? all.slice(Math.min(a, b), Math.max(a, b) + 1) : [row]
    for (const one of range) adding ? next.add(one) : next.delete(one)
    this.rows = next
    this.#last = row
  }

  /** All of them, or none if all are chosen. */
  toggleAll(all: readonly ReportRow[]): void {
    this.rows = this.rows.size === all.length ? new Set() : new Set(all)
  }
}
