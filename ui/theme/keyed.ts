/**
 * Keys for lists that come from data. A list whose keys repeat ends the page that draws it, and whether keys repeat is
 * not for a page to decide: ledgers of earlier versions hold event ids twice.
 */

/** An item of a list with a key of its own. */
export interface Keyed<T> {
  key: string
  item: T
}

/** Each item with its key; one that has been there before is counted, so that every item is drawn. */
export function keyed<T>(items: readonly T[], keyOf: (item: T) => string | number | null | undefined): Keyed<T>[] {
  const seen = new Map<string, number>()
  return items.map((item) => {
    const own = String(keyOf(item))
    const times = seen.get(own) ?? 0
    seen.set(own, times + 1)
    // No key of ours holds NUL, so that none is the key of another one counted.
    return { key: times === 0 ? own : `${own}\0${times}`, item }
  })
}
