/** Sums in memory: what a page's rows add to them, and the result. */
import type { Held, Slot } from './held.ts'
import type { AggregateSource, Bucket, Contribution, ReadModel, Row } from './model.ts'

const none: readonly number[] = []

/**
 * Subtracts what a source row contributed before the page and adds what it contributes now. `add` creates the slot of a
 * sum that is not held.
 */
export function addUp(
  sum: Held,
  { contribute }: AggregateSource,
  { tenant, before, row }: Slot,
  page: number,
  add: (sum: Held, tenant: string, key: Row) => Slot,
): void {
  const was = before === null ? [] : contribute(before)
  const is = row === null ? [] : contribute(row)
  for (let index = 0; index < was.length || index < is.length; index++) {
    const off = was[index]
    const on = is[index]
    if (off && on && same(off, on)) continue
    if (off) collect(sum, tenant, off, -1, page, add)
    if (on) collect(sum, tenant, on, 1, page, add)
  }
}

function same(a: Contribution, b: Contribution): boolean {
  for (const name in a.key) if (a.key[name] !== b.key[name]) return false
  for (const name in a.add) if (a.add[name] !== b.add[name] && !sameBucket(a.add[name]!, b.add[name])) return false
  for (const name in b.add) if (!(name in a.add)) return false
  return true
}

function sameBucket(a: number | Bucket, b: number | Bucket | undefined): boolean {
  return typeof a === 'object' && typeof b === 'object' && a.bucket === b.bucket
}

function collect(
  sum: Held,
  tenant: string,
  { key, add: figures }: Contribution,
  sign: 1 | -1,
  page: number,
  add: (sum: Held, tenant: string, key: Row) => Slot,
): void {
  const slot = sum.find(tenant, key) ?? add(sum, tenant, key)
  sum.touch(slot, page)
  const draft = (slot.draft ??= slot.row ? { ...slot.row } : empty(sum.model, slot.key))
  for (const name in figures) {
    const value = figures[name]!
    if (typeof value === 'number') {
      draft[name] = (draft[name] as number) + sign * value
      continue
    }
    let buckets = draft[name] as number[]
    // Rows that were handed out never change: a page's first touch copies.
    if ((buckets as readonly number[]) === none || buckets === slot.row?.[name]) draft[name] = buckets = buckets.slice()
    while (buckets.length <= value.bucket) buckets.push(0)
    buckets[value.bucket]! += sign
  }
}

/** A sum's row was loaded after contributions were added to nothing: combines the two. */
export function loadedUnder(slot: Slot, row: Row): void {
  const { draft } = slot
  if (!draft) return
  for (const name in row) {
    if (name in slot.key) continue
    const value = row[name] as number | readonly number[]
    if (typeof value === 'number') draft[name] = (draft[name] as number) + value
    else {
      const sum = value.slice()
      for (const [index, more] of (draft[name] as readonly number[]).entries()) sum[index] = (sum[index] ?? 0) + more
      draft[name] = sum
    }
  }
}

/** The row after the page: the old one if nothing changed, none if everything is 0. */
export function settled({ row, draft }: Slot, model: ReadModel): Row | null {
  if (!draft) return row
  let changed = row === null
  let any = false
  for (const name in model.columns) {
    const value = draft[name] as number | number[]
    const before = row?.[name]
    if (typeof value === 'number') {
      any ||= value !== 0
      changed ||= value !== before
    } else {
      // Histograms end at their last non-empty bucket.
      while (value !== none && value.length > 0 && value.at(-1) === 0) value.pop()
      any ||= value.length > 0
      changed ||= value !== before && !equal(value, before as readonly number[])
    }
  }
  if (!any) return null
  return changed ? draft : row
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

function empty(model: ReadModel, key: Row): Record<string, unknown> {
  const row: Record<string, unknown> = { ...key }
  for (const name in model.columns) row[name] = model.columns[name]!.sql === 'bigint[]' ? none : 0
  return row
}
