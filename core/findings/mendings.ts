/**
 * What the watch (`switchboard/watch.ts`) found wrong in the switchboard's lists and corrected, as recorded in the
 * ledger; part of the health report. By design there is nothing. What there is stays visible for a day, so that someone
 * looks into it.
 */
import type { EventsOf } from '../kernel/event.ts'
import type { findingEvents, StrayKind } from './events.ts'

type ListsMended = Extract<EventsOf<typeof findingEvents>, { type: 'SwitchboardListsMended' }>['data']

/** How long a correction stays visible. */
export const MENDED_TOLD_MS = 86_400_000
/** At most this many findings are kept; the oldest are forgotten first. */
const MOST = 1_000

/** One finding. */
export interface Mending {
  at: number
  /** How many entries of each kind were wrong. */
  found: [StrayKind, number][]
  /** Wrong entries beyond those the event names; their kind is not known. */
  more: number
}

/** The findings of the last day, together. */
export interface MendedLately {
  /** Wrong entries by kind, most frequent first. */
  what: { kind: StrayKind; entries: number }[]
  /** All of them, including those no event names. */
  entries: number
  /** How often something was found. */
  times: number
  /** First and last finding, UTC ms. */
  since: number
  lastAt: number
}

export class Mendings {
  #all: Mending[] = []

  note({ found, more }: ListsMended, at: number): void {
    const kinds = new Map<StrayKind, number>()
    for (const { kind } of found) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    this.#all.push({ at, found: [...kinds], more })
    if (this.#all.length > MOST) this.#all.shift()
  }

  /** What was found within a day before a moment; null: nothing. */
  lately(now: number): MendedLately | null {
    const lately = this.#all.filter(({ at }) => now - at < MENDED_TOLD_MS)
    if (lately.length === 0) return null
    const kinds = new Map<StrayKind, number>()
    let entries = 0
    for (const { found, more } of lately) {
      for (const [kind, count] of found) kinds.set(kind, (kinds.get(kind) ?? 0) + count)
      entries += found.reduce((sum, [, count]) => sum + count, more)
    }
    const what = Array.from(kinds, ([kind, count]) => ({ kind, entries: count })).sort((a, b) => b.entries - a.entries)
    return { what, entries, times: lately.length, since: lately[0]!.at, lastAt: lately.at(-1)!.at }
  }

  snapshot(): Mending[] {
    return [...this.#all]
  }

  restore(kept: readonly Mending[]): void {
    this.#all = [...kept]
  }
}
