/**
 * Half an hour of a figure, for its sparkline. Ratios come from the minutes that the stream holds; figures of
 * the moment (waiting, ready …) have no past in the stream, so this browser notes them while it watches.
 */
import { valueOf, type Ratio } from '@ledgerline/projections/reports/ratios.ts'
import { addSums, lastMinutes, minutesOf, type Scope, type Sums } from './figures.ts'
import type { Tables } from './tables.ts'

const MINUTE = 60_000
/** All sparklines show the same span, so that one can be read under the other. */
export const SPAN_MS = 30 * MINUTE
/** A figure of the moment is noted three times a minute of the tenant's clock. */
export const SAMPLE_MS = 20_000

export interface Point {
  at: number
  value: number | null
}

/** What `ratio` was over the 30 minutes before each of the last 30 minutes: the last point is the figure shown. */
export function ratioSeries(tables: Tables, scope: Scope, now: number, ratio: Ratio<keyof Sums>): Point[] {
  // Queues are summed up first: fifty of them have three thousand minutes, each wanted thirty times.
  const minutes = Array.from(Map.groupBy(minutesOf(tables, scope), (row) => row.startsAt), ([startsAt, rows]) => ({ startsAt, ...addSums(rows) }))
  const present = Math.floor(now / MINUTE) * MINUTE
  return Array.from({ length: 31 }, (_, i) => {
    const at = i === 30 ? now : present - (29 - i) * MINUTE - 1
    return { at, value: valueOf(ratio, lastMinutes(minutes, at, 30)) }
  })
}

export type Sampled = 'waiting' | 'longest' | 'ready' | 'inCall'
export type Sample = { at: number } & Record<Sampled, number>

/** Figures of the moment, noted as they pass. Kept by whoever watches; a reload takes them along. */
export class Samples {
  #samples: Sample[] = []

  /** Notes `sample` if the last is old enough; says whether it did. A clock that was set back starts anew. */
  note(sample: Sample): boolean {
    const last = this.#samples.at(-1)
    if (last && sample.at < last.at) this.#samples = []
    else if (last && sample.at - last.at < SAMPLE_MS) return false
    this.#samples.push(sample)
    const from = sample.at - SPAN_MS - SAMPLE_MS
    while (this.#samples[0] && this.#samples[0].at < from) this.#samples.shift()
    return true
  }

  /** The noted past and the figure of now. A gap (nobody watched) is a null between two points. */
  series(name: Sampled, now: number, value: number): Point[] {
    const points: Point[] = []
    let before: number | null = null
    for (const sample of this.#samples) {
      if (sample.at > now) continue
      if (before !== null && sample.at - before > 3 * SAMPLE_MS) points.push({ at: (sample.at + before) / 2, value: null })
      points.push({ at: sample.at, value: sample[name] })
      before = sample.at
    }
    points.push({ at: now, value })
    return points
  }

  toJSON(): readonly Sample[] {
    return this.#samples
  }

  /** Takes up what an earlier page noted; what is not such a list is ignored. */
  restore(kept: unknown): void {
    if (!Array.isArray(kept)) return
    this.#samples = kept.filter((s): s is Sample => typeof s === 'object' && s !== null && typeof (s as Sample).at === 'number' && typeof (s as Sample).waiting === 'number')
  }
}
