/**
 * Tables on paper: what a database would contain, for tests of folds without one. Complains where a database would
 * refuse.
 */
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { Changes, LateEvent, Missing } from '@ledgerline/projections/engine/changes.ts'
import { Fold, type FoldOptions } from '@ledgerline/projections/engine/fold.ts'
import type { Entity, ReadModel, Row } from '@ledgerline/projections/engine/model.ts'
import type { ReadModels } from '@ledgerline/projections/engine/lanes.ts'

export class Paper {
  readonly tables = new Map<string, Map<string, { tenant: string; row: Row }>>()

  #idOf(model: ReadModel, tenant: string, key: Row): string {
    return [tenant, ...Object.keys(model.key).map((name) => String(key[name]))].join('\n')
  }

  table(model: ReadModel): Map<string, { tenant: string; row: Row }> {
    let table = this.tables.get(model.name)
    if (!table) this.tables.set(model.name, (table = new Map()))
    return table
  }

  load(missing: readonly Missing[]): { model: ReadModel; rows: { tenant: string; row: Row }[] }[] {
    return missing.map(({ model, slots }) => ({
      model,
      rows: slots.flatMap(({ tenant, key }) => this.table(model).get(this.#idOf(model, tenant, key)) ?? []),
    }))
  }

  write({ tables }: Pick<Changes, 'tables'>): void {
    for (const { model, inserts, updates, removes } of tables) {
      const table = this.table(model)
      for (const { tenant, key, row } of inserts) {
        const id = this.#idOf(model, tenant, key)
        if (table.has(id)) throw new Error(`${model.name} has a row ${id} already`)
        table.set(id, { tenant, row: row! })
      }
      for (const { tenant, key, row } of updates) {
        const id = this.#idOf(model, tenant, key)
        if (!table.has(id)) throw new Error(`${model.name} has no row ${id} to change`)
        table.set(id, { tenant, row: row! })
      }
      for (const { tenant, key } of removes)
        if (!table.delete(this.#idOf(model, tenant, key))) throw new Error(`${model.name} has no such row to remove`)
    }
  }

  put(model: ReadModel, tenant: string, row: Row): void {
    this.table(model).set(this.#idOf(model, tenant, row), { tenant, row })
  }

  rows(name: string): Row[] {
    return [...(this.tables.get(name) ?? new Map<string, { row: Row }>()).values()].map(({ row }) => row)
  }

  /** Everything, in an order of its own: equal papers have equal texts. */
  text(): string {
    const lines: string[] = []
    for (const [name, table] of this.tables) {
      for (const [id, { row }] of table)
        lines.push(`${name} ${id} ${JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))}`)
    }
    return lines.sort().join('\n')
  }
}

export interface Folding extends FoldOptions {
  /** Where pages end: numbers of events. The last page takes the rest. */
  cuts?: readonly number[]
}

/** Folds events into paper tables as a lane does: the next page is folded before the last is settled. */
export function foldLive(
  house: ReadModels,
  events: readonly RecordedEvent[],
  { cuts = [], ...options }: Folding = {},
): { paper: Paper; fold: Fold; parked: Changes['parked'] } {
  const paper = new Paper()
  const fold = new Fold(house, options)
  const parked: Changes['parked'] = []
  let last: Changes | null = null
  for (const page of pagesOf(events, cuts)) {
    // In two parts, as a large page is folded in several.
    for (const part of [page.slice(0, page.length >> 1), page.slice(page.length >> 1)]) {
      const missing = fold.plan(part)
      fold.provide(missing, paper.load(missing))
      fold.apply()
    }
    const sums = fold.sums()
    fold.provide(sums, paper.load(sums))
    const changes = fold.changes()
    if (last) fold.settle(last)
    paper.write(changes)
    parked.push(...changes.parked)
    last = changes
  }
  if (last) fold.settle(last)
  return { paper, fold, parked }
}

/** Folds events as a rebuild does: rows are written when they leave, what comes late is folded at the end. */
export function foldFresh(
  house: ReadModels,
  events: readonly RecordedEvent[],
  { cuts = [], ...options }: Folding = {},
): Paper {
  const { zones } = house
  const paper = new Paper()
  const late = new Map<Entity, LateEvent[]>()
  const fold = new Fold(house, {
    ...options,
    late: (model, event) => void late.set(model, [...(late.get(model) ?? []), event]),
  })
  const leave: Parameters<Fold['leaveAll']>[0] = (model, { tenant, key, row }) => {
    if (row === null) paper.write({ tables: [{ model, inserts: [], updates: [], removes: [{ tenant, key, row }] }] })
    else if (model.kind === 'aggregate') paper.put(model, tenant, row)
    else paper.write({ tables: [{ model, inserts: [{ tenant, key, row }], updates: [], removes: [] }] })
  }
  for (const page of pagesOf(events, cuts)) {
    fold.plan(page)
    fold.apply()
    const sums = fold.sums()
    fold.provide(sums, paper.load(sums))
    fold.settle(fold.changes(), leave)
  }
  const zoneRows = zones ? fold.rowsOf(zones) : []
  fold.leaveAll(leave)
  const after = new Fold(house, { careful: true })
  if (zones) after.hold(zones, zoneRows)
  for (const [model, missed] of late) {
    const missing = after.planLate(model, missed)
    after.provide(missing, paper.load(missing))
    after.apply()
    const sums = after.sums()
    after.provide(sums, paper.load(sums))
    const changes = after.changes()
    paper.write(changes)
    after.settle(changes)
  }
  return paper
}

function* pagesOf<T>(list: readonly T[], cuts: readonly number[]): Generator<readonly T[]> {
  let start = 0
  for (const cut of cuts) {
    if (start >= list.length) return
    yield list.slice(start, start + cut)
    start += cut
  }
  if (start < list.length) yield list.slice(start)
}
