/**
 * Keys for lists that come from data. Repeated keys break the page that draws the list, and a page cannot rule them out:
 * ledgers of earlier versions contain some event ids twice.
 */

/** An item of a list with a key of its own. */
export interface Keyed<T> {
  key: string
  item: T
}

/** Each item with its key; repeated keys are numbered, so that every item is drawn. */
export function keyed<T>(items: readonly T[], keyOf: (item: T) => string | number | null | undefined): Keyed<T>[] {
  const seen = new Map<string, number>()
  return items.map((item) => {
    const own = String(keyOf(item))
    const times = seen.get(own) ?? 0
    seen.set(own, times + 1)
    // No key contains NUL, so a numbered key never equals another one.
    return { key: times === 0 ? own : `${own}\0${times}`, item }
  })
}
