/**
 * Which columns of a list somebody wants, and in what order. Kept by the browser for now, in this one place, so that it can
 * follow people from browser to browser later. Pure but for the two functions at the end.
 */

export interface KeptColumns {
  /** All that were there when it was kept, in order. */
  order: readonly string[]
  hidden: readonly string[]
}

interface Choosable {
  id: string
  /** Always there, in its place. */
  fixed?: boolean
  /** Only there if somebody wants it. */
  aside?: boolean
}

/** The columns in the order that somebody chose, each with whether it is shown. New ones come where they are declared. */
export function chosenColumns<C extends Choosable>(
  columns: readonly C[],
  kept: KeptColumns | null,
): { column: C; shown: boolean }[] {
  const movable = columns.filter(({ fixed }) => !fixed)
  const known = new Set(kept?.order ?? [])
  const ordered = (kept?.order ?? []).flatMap((id) => movable.find((column) => column.id === id) ?? [])
  for (const [index, column] of movable.entries()) {
    if (known.has(column.id)) continue
    const before = movable.slice(0, index).findLast(({ id }) => ordered.some((one) => one.id === id))
    ordered.splice(before ? ordered.indexOf(before) + 1 : 0, 0, column)
  }
  const shown = (column: C): boolean =>
    known.has(column.id) ? !kept!.hidden.includes(column.id) : column.aside !== true
  const wanted = ordered.map((column) => ({ column, shown: shown(column) }))
  return columns.map((column) => (column.fixed ? { column, shown: true } : wanted.shift()!))
}

/** The choice after a column was moved to the place of another. */
export function moved(choice: readonly { column: Choosable }[], id: string, to: string): string[] {
  const order = choice.flatMap(({ column }) => (column.fixed ? [] : [column.id]))
  const place = order.indexOf(to)
  if (place < 0 || !order.includes(id)) return order
  return order.filter((one) => one !== id).toSpliced(place, 0, id)
}

const KEPT = 'ledgerline.columns.'

export function readColumns(list: string): KeptColumns | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT + list) ?? 'null') as KeptColumns | null
    return Array.isArray(kept?.order) && Array.isArray(kept.hidden) ? kept : null
  } catch {
    return null
  }
}

/** @param kept null: as declared */
export function keepColumns(list: string, kept: KeptColumns | null): void {
  if (kept === null) localStorage.removeItem(KEPT + list)
  else localStorage.setItem(KEPT + list, JSON.stringify(kept))
}
