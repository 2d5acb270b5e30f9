/**
 * What would have been, had there been other people, another strategy or other rules: a recorded day beside the
 * same day through the real switchboard (the base, which says how far the model is to be trusted), and beside
 * both the day with the changes. Base and variant meet the same callers, run by run, so that the interval of
 * their difference is that of the change and not of the callers' luck.
 */
import { queueSettings, type QueueSettings } from '@ledgerline/core/acd/events.ts'
import type { Strategy } from '@ledgerline/core/acd/strategies.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { countsOf, differenceOf, estimated, figuresOf, type Counts, type Estimated, type Figures } from './simulate-figures.ts'
import { live, livedOf, visitorsOf, type Setup } from './simulate-day.ts'
import { Patience } from './simulate-patience.ts'
import type { DayOnRecord, PersonOnRecord } from './simulate-record.ts'

/** A stretch of the day, ms after its beginning, and how many people work then. */
export interface PlannedShift {
  people: number
  fromMs: number
  toMs: number
}

/** What shall be other than it was; nothing: the base alone. */
export interface Change {
  /** So many people: who worked least is left out, who worked most is doubled. */
  agents?: number
  /** In place of the people who were there; each serves all queues. */
  shifts?: readonly PlannedShift[]
  strategy?: Strategy
  /** Settings of queues by name (`maxWaitMs`, `tiers.apply`), as text. */
  set?: readonly { name: string; value: string }[]
  /** The queues whose strategy and settings change; without any, all. */
  queues?: readonly string[]
}

export interface WhatIfOptions {
  record: DayOnRecord
  change: Change
  /** Days simulated of each setup; intervals need several. */
  runs: number
  seed: number
  signal?: AbortSignal
  /** Told now and then how much is done, as a fraction of 1. */
  progress?: (done: number) => void
}

/** Figures side by side. Base and variant are means of the runs with 95 % half-widths; no variant where nothing was changed. */
export interface Beside {
  recorded: Figures
  base: Estimated
  variant: Estimated | null
  /** Variant less base. */
  difference: Estimated | null
}

export interface WhatIf {
  source: string
  day: string
  zone: string
  runs: number
  seed: number
  change: Change
  staff: { known_by: DayOnRecord['staffKnownBy']; base: number; variant: number }
  /** Callers who were answered had a patience that nobody saw: `censored`. `median_s` null: fewer than half ever hung up. */
  patience: { seen: number; censored: number; median_s: number | null }
  total: Beside
  half_hours: (Beside & { starts_at: number })[]
  queues: (Beside & { queue: string })[]
}

/**
 * Lives through the day so many times. Deterministic by the seed.
 * @throws Problem `what_if.no_queue`, `what_if.no_setting`, `what_if.bad_value`
 */
export async function whatIf({ record, change, runs, seed, signal, progress }: WhatIfOptions): Promise<WhatIf> {
  const waits = record.calls.map(({ waitMs, outcome }) => ({ waitMs, gaveUp: outcome === 'abandoned' }))
  const patience = new Patience(waits)
  const base: Setup = { people: record.people, queues: withMissing(record) }
  const variant = Object.keys(change).length > 0 ? changed(record, base, change) : null
  const [baseRuns, variantRuns]: [Counts[], Counts[]] = [[], []]
  for (let run = 0; run < runs; run++) {
    const visitors = visitorsOf(record, patience, seed + run)
    for (const [setup, counts] of [[base, baseRuns], [variant, variantRuns]] as const) {
      if (setup) counts.push(countsOf(await live(record, setup, visitors, seed + run, signal), record.zone))
      progress?.((run + (setup === variant ? 1 : 0.5)) / runs)
    }
  }
  const recorded = countsOf(livedOf(record), record.zone)
  const beside = (of: (counts: Counts) => Counts['total'] | undefined): Beside => ({
    recorded: figuresOf(of(recorded)),
    base: estimated(baseRuns.map(of)),
    variant: variant && estimated(variantRuns.map(of)),
    difference: variant && differenceOf(baseRuns.map(of), variantRuns.map(of)),
  })
  const all = [recorded, ...baseRuns, ...variantRuns]
  const gaveUp = waits.filter((wait) => wait.gaveUp).length
  const medianMs = patience.medianMs
  return {
    source: record.source,
    day: record.day,
    zone: record.zone,
    runs,
    seed,
    change,
    staff: { known_by: record.staffKnownBy, base: base.people.length, variant: (variant ?? base).people.length },
    patience: { seen: gaveUp, censored: waits.length - gaveUp, median_s: medianMs === null ? null : medianMs / 1000 },
    total: beside(({ total }) => total),
    half_hours: [...new Set(all.flatMap(({ halfHours }) => [...halfHours.keys()]))].sort((a, b) => a - b).map((startsAt) => ({ starts_at: startsAt, ...beside(({ halfHours }) => halfHours.get(startsAt)) })),
    queues: [...new Set(all.flatMap(({ queues }) => [...queues.keys()]))].sort().map((queue) => ({ queue, ...beside(({ queues }) => queues.get(queue)) })),
  }
}

/** A queue that the day knows and the configuration in force at its end does not: as the first of it. */
function withMissing({ queues, calls }: DayOnRecord): QueueSettings[] {
  const known = new Set(queues.map(({ code }) => code))
  const missing = [...new Set(calls.map(({ queueCode }) => queueCode))].filter((code) => !known.has(code))
  return [...queues, ...missing.map((code) => ({ ...queues[0]!, code, name: code }))]
}

function changed(record: DayOnRecord, base: Setup, change: Change): Setup {
  const { agents, shifts, strategy, set = [], queues: codes } = change
  for (const code of codes ?? []) {
    if (!base.queues.some((queue) => queue.code === code)) throw new Problem('what_if.no_queue', { queue: code, queues: base.queues.map((queue) => queue.code).join(', ') })
  }
  const queues = base.queues.map((queue) => (codes && !codes.includes(queue.code) ? queue : withSettings(strategy ? { ...queue, strategy } : queue, set)))
  const planned = shifts ? peopleOf(shifts, record, queues) : base.people
  return { queues, people: agents === undefined ? planned : scaled(planned, agents) }
}

/** A queue with some settings changed. A name with a full stop goes inside a group of settings. */
function withSettings(queue: QueueSettings, set: NonNullable<Change['set']>): QueueSettings {
  const asked = structuredClone(queue) as Record<string, unknown>
  for (const { name, value } of set) {
    const steps = name.split('.')
    const last = steps.pop()!
    const holder = steps.reduce<Record<string, unknown> | null>((inside, step) => (isGroup(inside?.[step]) ? inside[step] : null), asked)
    if (!holder || !(last in holder) || last === 'code') {
      throw new Problem('what_if.no_setting', { setting: name, settings: namesOf(asked).join(', ') })
    }
    holder[last] = read(value)
  }
  const parsed = queueSettings.strict().safeParse(asked)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const name = issue.path.join('.')
  throw new Problem('what_if.bad_value', { setting: name, value: set.findLast((each) => each.name === name)?.value ?? '', reason: issue.message })
}

/** Text as somebody types it: a number, true, false, null, else the text itself. */
function read(text: string): unknown {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  return text === 'true' ? true : text === 'false' ? false : text === 'null' ? null : text
}

function namesOf(group: Record<string, unknown>): string[] {
  return Object.entries(group).flatMap(([name, value]) => (name === 'code' ? [] : isGroup(value) ? namesOf(value).map((inner) => `${name}.${inner}`) : Array.isArray(value) ? [] : [name]))
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** People as planned, each for all queues. */
function peopleOf(shifts: readonly PlannedShift[], { from }: DayOnRecord, queues: readonly QueueSettings[]): PersonOnRecord[] {
  const served = queues.map(({ code }) => ({ queueCode: code, level: 1, position: 1 }))
  return shifts.flatMap(({ people, fromMs, toMs }, shift) =>
    Array.from({ length: people }, (_, index) => {
      const code = `${shift + 1}-${index + 1}`
      return { agentId: code, agentCode: code, queues: served, work: [{ from: from + fromMs, to: from + toMs }] }
    }),
  )
}

/** So many of these people, those who worked most first and again from the first when they do not suffice. */
function scaled(people: readonly PersonOnRecord[], count: number): PersonOnRecord[] {
  const worked = ({ work }: PersonOnRecord): number => work.reduce((sum, { from, to }) => sum + to - from, 0)
  const ordered = people.toSorted((a, b) => worked(b) - worked(a) || (a.agentCode < b.agentCode ? -1 : 1))
  return Array.from({ length: ordered.length === 0 ? 0 : count }, (_, index) => {
    const person = ordered[index % ordered.length]!
    const again = Math.floor(index / ordered.length)
    return again === 0 ? person : { ...person, agentId: `${person.agentId}+${again}`, agentCode: `${person.agentCode}+${again}` }
  })
}
