/**
 * What would have been, with other people, another strategy or other rules: a recorded day beside the same day through
 * the real switchboard (the base, which shows how far the model can be trusted), and beside both the day with the
 * changes. Base and variant meet the same callers, run by run, so that the interval of their difference reflects the
 * change and not the callers' luck.
 *
 * For history that others recorded it is not known what people did between calls. It is estimated, and one factor on it
 * is set so that the base has the recorded service level; everything else in the base can be judged, and whatever lies
 * outside its interval is named.
 */
import type { QueueSettings } from '@ledgerline/core/queue/settings.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { live, livedOf, visitorsOf, type Setup } from './day.ts'
import {
  countsOf,
  differenceOf,
  estimated,
  figuresOf,
  rangeOfDays,
  type Counts,
  type Estimated,
  type Figures,
} from './figures.ts'
import { Patience } from './patience.ts'
import type { DayOnRecord } from './day-on-record.ts'
import { changedQueues, type Change } from './change.ts'
import { fitted } from './fit.ts'
import { changedPeople, peopleAsTheyWere } from './staff.ts'
import { Turnaround } from './turnaround.ts'

export interface WhatIfOptions {
  record: DayOnRecord
  change: Change
  /** How many days of each setup are simulated; intervals need several. */
  runs: number
  seed: number
  signal?: AbortSignal
  /** Called from time to time with how much is done, as a fraction of 1. */
  progress?: (done: number) => void
}

/**
 * Figures side by side. Base and variant are means of the runs with 95 % half-widths; no variant if nothing was
 * changed.
 */
export interface Beside {
  recorded: Figures
  base: Estimated
  /** Base less recorded. */
  residual: Figures
  /** Half-widths within which 95 % of single days like the base lie: a recorded day is one. */
  days: { [F in keyof Figures]: number | null }
  /** Figures whose recorded value is further from the base than that. */
  outside: (keyof Figures)[]
  variant: Estimated | null
  /** Variant less base. */
  difference: Estimated | null
}

/** What was estimated because it is not on record, and what was fitted. */
export interface Model {
  /** The one factor on the length of breaks and turnarounds. 1: as estimated. */
  factor: number
  /** What the factor was fitted to; its residual does not prove the model, those of the other figures do. */
  fitted_on: 'service_level'
  /** Gaps between services: all, and those known exactly because a caller had been waiting at their end. */
  gaps: number
  gaps_known: number
  /** Anything longer after a call is a break, seconds; null: nothing is. */
  break_from_s: number | null
  turnaround_median_s: number | null
  breaks: number
  breaks_h: number
  /** Of queues, derived from who was served first, seconds of waiting. */
  head_starts_s: Record<string, number>
}

export interface WhatIf {
  source: string
  day: string
  zone: string
  runs: number
  seed: number
  change: Change
  staff: { known_by: DayOnRecord['staffKnownBy']; base: number; variant: number }
  /** Null if people's day is on record: then nothing is estimated or fitted. */
  model: Model | null
  /** Is the base's service level within five points of the recorded one? If not, no plan can be based on it. */
  reproduced: boolean
  /**
   * Half hours with enough callers, and how many of them have their recorded service level in the range of the base's
   * days.
   */
  half_hours_compared: number
  half_hours_inside: number
  /** Callers who were answered had a patience that nobody saw: `censored`. `median_s` null: fewer than half ever hung up. */
  patience: { seen: number; censored: number; median_s: number | null }
  total: Beside
  half_hours: (Beside & { starts_at: number })[]
  queues: (Beside & { queue: string })[]
}

/** If the service level is off by this much, a plan based on it would be off by people. */
const REPRODUCED_WITHIN = 0.05
/** A half hour with fewer callers says nothing about a ratio. */
const CALLERS_ENOUGH = 10
/** How often a fit usually looks at the base; only for the progress. */
const USUAL_LOOKS = 5
/** Added to the seed of a run: what people do uses other dice than what callers bring. */
const PEOPLE_SEED = 0x51ed2701

/**
 * Lives through the day this many times. Deterministic by the seed.
 * @throws Problem `what_if.no_queue`, `what_if.no_setting`, `what_if.bad_value`
 */
export async function whatIf({ record, change, runs, seed, signal, progress }: WhatIfOptions): Promise<WhatIf> {
  const waits = record.calls.map(({ waitMs, outcome }) => ({ waitMs, gaveUp: outcome === 'abandoned' }))
  const patience = new Patience(waits)
  const turnaround = record.staffKnownBy === 'services' ? new Turnaround(record.gaps) : null
  const queues = withMissing(record)
  const isChanged = Object.keys(change).length > 0
  // Before anything is simulated: a change that cannot be made is refused at once.
  const queuesThen = changedQueues(queues, change)

  const days = Array.from({ length: runs }, (_, run) => ({
    seed: seed + run,
    visitors: visitorsOf(record, patience, seed + run),
    between: turnaround?.drawn(seededDice(seed + run + PEOPLE_SEED)) ?? null,
  }))
  let lived = 0
  const toLive = runs * ((turnaround ? USUAL_LOOKS : 1) + (isChanged ? 1 : 0))
  const through = async (setupOf: (day: (typeof days)[number]) => Setup): Promise<Counts[]> => {
    const counts: Counts[] = []
    for (const day of days) {
      counts.push(countsOf(await live(record, setupOf(day), day.visitors, day.seed, signal), record.zone))
      progress?.(Math.min(1, ++lived / toLive))
    }
    return counts
  }
  const asItWas = (factor: number) =>
    through(({ between }) => ({ queues, people: peopleAsTheyWere(record, between, factor) }))

  const recorded = countsOf(livedOf(record, turnaround?.drawn(() => 0.5) ?? null), record.zone)
  const level = figuresOf(recorded.total).service_level
  const beyond = (counts: readonly Counts[]): number | null => {
    const base = estimated(counts.map(({ total }) => total)).service_level
    return base === null || level === null ? null : base.value - level
  }
  const { factor, found: baseRuns } = turnaround
    ? await fitted(asItWas, beyond)
    : { factor: 1, found: await asItWas(1) }
  const peopleThen = (day: (typeof days)[number]) =>
    changedPeople(
      record,
      peopleAsTheyWere(record, day.between, factor),
      queuesThen,
      change,
      seededDice(day.seed + PEOPLE_SEED),
    )
  const variantRuns = isChanged ? await through((day) => ({ queues: queuesThen, people: peopleThen(day) })) : null

  const beside = (of: (counts: Counts) => Counts['total'] | undefined): Beside => {
    const [figures, base, range] = [figuresOf(of(recorded)), estimated(baseRuns.map(of)), rangeOfDays(baseRuns.map(of))]
    const names = Object.keys(figures) as (keyof Figures)[]
    const residual = Object.fromEntries(
      names.map((name) => [
        name,
        figures[name] === null || base[name] === null ? null : base[name].value - figures[name],
      ]),
    ) as unknown as Figures
    return {
      recorded: figures,
      base,
      residual,
      days: range,
      outside: names.filter(
        (name) => residual[name] !== null && range[name] !== null && Math.abs(residual[name]) > range[name],
      ),
      variant: variantRuns && estimated(variantRuns.map(of)),
      difference: variantRuns && differenceOf(baseRuns.map(of), variantRuns.map(of)),
    }
  }
  const all = [recorded, ...baseRuns, ...(variantRuns ?? [])]
  const total = beside((counts) => counts.total)
  const halfHours = [...new Set(all.flatMap(({ halfHours }) => [...halfHours.keys()]))]
    .sort((a, b) => a - b)
    .map((startsAt) => ({ starts_at: startsAt, ...beside(({ halfHours }) => halfHours.get(startsAt)) }))
  const compared = halfHours.filter(
    ({ recorded, residual, days }) =>
      recorded.offered >= CALLERS_ENOUGH && residual.service_level !== null && days.service_level !== null,
  )
  const gaveUp = waits.filter((wait) => wait.gaveUp).length
  const medianMs = patience.medianMs
  return {
    source: record.source,
    day: record.day,
    zone: record.zone,
    runs,
    seed,
    change,
    staff: {
      known_by: record.staffKnownBy,
      base: record.people.length,
      variant: isChanged ? peopleThen(days[0]!).length : record.people.length,
    },
    model: turnaround && modelOf(record, turnaround, factor),
    reproduced: Math.abs(total.residual.service_level ?? 0) <= REPRODUCED_WITHIN,
    half_hours_compared: compared.length,
    half_hours_inside: compared.filter(({ outside }) => !outside.includes('service_level')).length,
    patience: { seen: gaveUp, censored: waits.length - gaveUp, median_s: medianMs === null ? null : medianMs / 1000 },
    total,
    half_hours: halfHours,
    queues: [...new Set(all.flatMap(({ queues }) => [...queues.keys()]))]
      .sort()
      .map((queue) => ({ queue, ...beside(({ queues }) => queues.get(queue)) })),
  }
}

/** What was derived from the record; distributions of lengths are represented by their median. */
function modelOf({ gaps, headStarts }: DayOnRecord, turnaround: Turnaround, factor: number): Model {
  const { allMs, breaks } = turnaround.drawn(() => 0.5)
  const rests = [...breaks.values()].flat()
  const median = allMs[Math.floor(allMs.length / 2)]
  return {
    factor,
    fitted_on: 'service_level',
    gaps: gaps.length,
    gaps_known: gaps.filter(({ known }) => known).length,
    break_from_s: Number.isFinite(turnaround.breakFromMs) ? turnaround.breakFromMs / 1000 : null,
    turnaround_median_s: median === undefined ? null : median / 1000,
    breaks: rests.length,
    breaks_h: rests.reduce((sum, { from, to }) => sum + to - from, 0) / 3_600_000,
    head_starts_s: Object.fromEntries(headStarts),
  }
}

/**
 * A queue that the day knows but the configuration in force at its end does not: with the settings of the first one.
 */
function withMissing({ queues, calls }: DayOnRecord): QueueSettings[] {
  const known = new Set(queues.map(({ code }) => code))
  const missing = [...new Set(calls.map(({ queueCode }) => queueCode))].filter((code) => !known.has(code))
  return [...queues, ...missing.map((code) => ({ ...queues[0]!, code, name: code }))]
}
