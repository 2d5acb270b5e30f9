/**
 * Lists do not move while people read them: rows keep their places, and while the list is held (pointer or focus is in
 * it) none is added or removed; new ones wait behind a count.
 */

/** Keeps the order on screen: rows that are gone are removed, new ones go to the end. */
export function keepPlaces(shown: readonly string[], wanted: readonly string[]): string[] {
  const there = new Set(wanted)
  const kept = shown.filter((id) => there.has(id))
  const known = new Set(kept)
  return [...kept, ...wanted.filter((id) => !known.has(id))]
}

export interface HeldRows {
  shown: readonly string[]
  /** How many wait to be shown. */
  fresh: number
  /** Shown although no longer there. */
  gone: ReadonlySet<string>
}

/** What a list shows now, given what it showed and what it would show. */
export function holdRows(shown: readonly string[], wanted: readonly string[], held: boolean): HeldRows {
  if (!held) return { shown: keepPlaces(shown, wanted), fresh: 0, gone: new Set() }
  const there = new Set(wanted)
  const before = new Set(shown)
  return {
    shown,
    fresh: wanted.filter((id) => !before.has(id)).length,
    gone: new Set(shown.filter((id) => !there.has(id))),
  }
}

/** Whether the ids that both lists share differ in order. */
export function orderDiffers(shown: readonly string[], wanted: readonly string[]): boolean {
  const a = new Set(shown)
  const b = new Set(wanted)
  const left = shown.filter((id) => b.has(id))
  const right = wanted.filter((id) => a.has(id))
  return left.some((id, i) => id !== right[i])
}
