/**
 * What the house's metrics are made of: each is a ratio of two sums, written once, as data. A board computes it from
 * the rows it holds ({@link valueOf}), a report or view in SQL ({@link sqlOf}), a simulation from its own counts. Pure
 * and safe in a browser; descriptions and versions are in `metrics.ts`.
 *
 * A ratio is a ratio of sums, never a mean of ratios; it is null if there is nothing to divide by.
 */
import type { HouseWord } from '@ledgerline/core/agent/manual-words.ts'
import type { QueueFigure } from '../models/queue_figures.ts'

/** A sum of columns (or of times in states), each with its factor. */
export type Terms<C extends string> = Readonly<Partial<Record<C, number>>>

export interface Ratio<C extends string> {
  above: Terms<C>
  below: Terms<C>
}

/** What counts against the service level and the abandon rate. */
export interface CountingRule {
  /** Do abandons sooner than the short-abandon limit count? */
  shortAbandons: boolean
  /** Do abandons count against the service level at all? */
  abandons: boolean
  /** Do calls that left the queue in another way count against the service level? */
  otherExits: boolean
}

/** The default rule. */
export const standardRule: CountingRule = { shortAbandons: false, abandons: true, otherExits: false }

/** Exits from a queue that are neither an answer nor an abandon. */
export const otherExits = {
  timedOut: 1,
  leftByKey: 1,
  noAgent: 1,
  overflowed: 1,
  calledBack: 1,
  otherExits: 1,
} as const satisfies Terms<QueueFigure>

/**
 * Answered within the threshold, as a share of answered + abandoned [+ other outcomes] [− short abandons unless they
 * count] [− abandons altogether].
 */
export function serviceLevelBy(rule: CountingRule): Ratio<QueueFigure> {
  const abandons = !rule.abandons ? {} : rule.shortAbandons ? { abandoned: 1 } : { abandoned: 1, shortAbandoned: -1 }
  return { above: { answeredInTarget: 1 }, below: { answered: 1, ...abandons, ...(rule.otherExits ? otherExits : {}) } }
}

/** (Abandoned − short abandons) / (offered − short abandons); if short abandons count, abandoned / offered. */
export function abandonRateBy({
  shortAbandons,
}: Pick<CountingRule, 'shortAbandons'>): Ratio<'offered' | 'abandoned' | 'shortAbandoned'> {
  return shortAbandons
    ? abandonGross
    : { above: { abandoned: 1, shortAbandoned: -1 }, below: { offered: 1, shortAbandoned: -1 } }
}

/** Abandoned, including short ones, as a share of all offered. */
export const abandonGross = { above: { abandoned: 1 }, below: { offered: 1 } } as const satisfies Ratio<QueueFigure>

/** By the standard rule. */
export const serviceLevel = serviceLevelBy(standardRule) as Ratio<
  'answered' | 'abandoned' | 'shortAbandoned' | 'answeredInTarget'
>
/** By the standard rule. */
export const abandonRate = abandonRateBy(standardRule)
export const answerRate = { above: { answered: 1 }, below: { offered: 1 } } as const satisfies Ratio<QueueFigure>
/** Mean wait of answered calls (average speed of answer). */
export const speedOfAnswer = { above: { waitMs: 1 }, below: { answered: 1 } } as const satisfies Ratio<QueueFigure>
export const abandonWait = {
  above: { abandonWaitMs: 1 },
  below: { abandoned: 1 },
} as const satisfies Ratio<QueueFigure>
/** Average handling time, for a queue's calls and for an agent's alike. */
export const handlingTime = {
  above: { talkMs: 1, holdMs: 1, wrapUpMs: 1 },
  below: { answered: 1 },
} as const satisfies Ratio<QueueFigure>

const occupied = { in_call: 1, on_hold: 1, wrap_up: 1 } as const
/**
 * Talk, hold and wrap-up, as a share of these plus ready: over the time in each state in reports, over how many agents
 * are in each at this moment on boards. Ringing counts as neither.
 */
export const occupancy = {
  above: occupied,
  below: { ...occupied, ready: 1, on_demand: 1 },
} as const satisfies Ratio<HouseWord>
/** Time signed in less breaks, as a share of the time signed in. */
export const utilisation = { above: { signedInMs: 1, awayMs: -1 }, below: { signedInMs: 1 } } as const satisfies Ratio<
  'signedInMs' | 'awayMs'
>

/** Answers to the satisfaction survey, by what came of it. */
export type SurveyFigure = 'satisfied' | 'fair' | 'dissatisfied' | 'notRated'
/** Of all who were asked, not rated included (catalogue A11.3.6-satisfaction). */
const asked = { satisfied: 1, fair: 1, dissatisfied: 1, notRated: 1 } as const satisfies Terms<SurveyFigure>
export const satisfaction = { above: { satisfied: 1 }, below: asked } as const satisfies Ratio<SurveyFigure>
export const fairShare = { above: { fair: 1 }, below: asked } as const satisfies Ratio<SurveyFigure>
export const dissatisfaction = { above: { dissatisfied: 1 }, below: asked } as const satisfies Ratio<SurveyFigure>

/** The sum over a row, or over sums of rows. */
export function sumOf<C extends string>(terms: Terms<C>, values: Readonly<Record<C, number>>): number {
  let sum = 0
  for (const column in terms) sum += terms[column]! * values[column]
  return sum
}

/** The ratio; null if there is nothing to divide by. */
export function valueOf<C extends string>(ratio: Ratio<C>, values: Readonly<Record<C, number>>): number | null {
  const below = sumOf(ratio.below, values)
  return below > 0 ? sumOf(ratio.above, values) / below : null
}

/** The sum in SQL; `column` gives the SQL for each. */
export function sumSql<C extends string>(terms: Terms<C>, column: (name: C) => string): string {
  return (Object.keys(terms) as C[])
    .map((name, index) => `${terms[name]! < 0 ? (index === 0 ? '-' : ' - ') : index === 0 ? '' : ' + '}${column(name)}`)
    .join('')
}

/** A fraction in SQL; null if there is nothing to divide by. */
export const over = (above: string, below: string): string => `(${above})::float8 / nullif(${below}, 0)`

/** The ratio in SQL. */
export function sqlOf<C extends string>(ratio: Ratio<C>, column: (name: C) => string): string {
  return over(sumSql(ratio.above, column), sumSql(ratio.below, column))
}
