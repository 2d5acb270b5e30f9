/**
 * What a call's passage through a queue adds to the queue's figures: one definition for quarter hours, minutes and days. A
 * call counts in the interval in which it entered the queue, and in each queue that it entered; its agents' talk, hold
 * and wrap-up count there too.
 */
import { calls } from './calls.ts'
import { callSegments } from './call_segments.ts'
import {
  contributions,
  count,
  counts,
  duration,
  type AggregateSource,
  type Bucket,
  type Contribution,
  type Row,
} from '../engine/model.ts'

/** Columns of a queue's figures. Definitions: `reports/metrics.ts`. */
export const queueFigures = {
  offered: count('Calls that entered the queue; one that was answered without waiting entered with wait 0.'),
  answered: count('Of these: connected to an agent.'),
  abandoned: count('Of these: the caller hung up while queued.'),
  shortAbandoned: count('Of the abandoned: sooner than the short-abandonment limit.'),
  answeredInTarget: count('Of the answered: within the service-level threshold in force at the time.'),
  timedOut: count('Of the offered: left after the maximum wait.'),
  leftByKey: count('Of these: left by pressing a key.'),
  noAgent: count('Of these: left because no agent was available.'),
  overflowed: count('Of these: overflowed to another queue.'),
  calledBack: count('Of these: asked for a call-back.'),
  otherExits: count('Of these: moved by a supervisor, closed, or failed.'),
  waitMs: duration('Waiting of the answered, ms.'),
  abandonWaitMs: duration('Waiting of the abandoned, ms.'),
  ringMs: duration('Ringing of the agents who answered, ms.'),
  talkMs: duration('Talk, without hold, ms.'),
  holdMs: duration('Hold, ms.'),
  wrapUpMs: duration('Wrap-up, ms.'),
  waitHistogram: counts(
    'Answered calls by wait; buckets of 0 s, then 1 s up to 60 s, 5 s up to 300 s, 60 s up to 3600 s, then the ' +
      'rest, each with its upper border. Ends at the last non-zero bucket.',
  ),
  abandonHistogram: counts('Abandoned calls by wait, in the same buckets.'),
} as const

export type QueueFigure = keyof typeof queueFigures

/**
 * Upper borders of the histogram's buckets, in seconds: a wait is in the first bucket whose border it does not exceed, so
 * that "within T" (at most T) is a sum of whole buckets. Anything above the last border has a bucket of its own.
 */
export const bucketBorders: readonly number[] = [
  ...Array.from({ length: 61 }, (_, index) => index),
  ...Array.from({ length: 48 }, (_, index) => 65 + index * 5),
  ...Array.from({ length: 55 }, (_, index) => 360 + index * 60),
]

/** Number of the histogram's bucket for a wait, from 0. */
export function bucketOf(waitMs: number): number {
  const s = Math.max(0, waitMs) / 1000
  if (s <= 60) return Math.ceil(s)
  if (s <= 300) return 60 + Math.ceil((s - 60) / 5)
  if (s <= 3600) return 108 + Math.ceil((s - 300) / 60)
  return bucketBorders.length
}

/**
 * How many buckets, counted from the first, hold the waits up to this limit; 0 if it is not a border, so that a
 * histogram cannot answer.
 */
export function bucketsWithin(thresholdMs: number): number {
  return bucketBorders.indexOf(thresholdMs / 1000) + 1
}

const exits: Readonly<Record<string, QueueFigure>> = {
  answered: 'answered',
  abandoned: 'abandoned',
  timed_out: 'timedOut',
  left_by_key: 'leftByKey',
  no_agent: 'noAgent',
  overflowed: 'overflowed',
  called_back: 'calledBack',
  moved: 'otherExits',
  closed: 'otherExits',
  failed: 'otherExits',
}

type Figures = Partial<Record<QueueFigure, number | Bucket>>

/**
 * Sources of an aggregate with (some of) these columns; `keyOf` gives the row of a passage that entered the queue at a
 * given moment.
 */
export function queueSources(
  columns: readonly QueueFigure[],
  keyOf: (queueCode: string, enteredAt: number, zone: string) => Row,
): AggregateSource[] {
  const wanted = new Set<string>(columns)
  const give = (queueCode: string, enteredAt: number, zone: string, figures: Figures): Contribution[] => {
    const add: Record<string, number | Bucket> = {}
    for (const name in figures) if (wanted.has(name)) add[name] = figures[name as QueueFigure]!
    return [{ key: keyOf(queueCode, enteredAt, zone), add }]
  }
  return [
    contributions(
      callSegments,
      ({
        kind,
        queueCode,
        enteredAt,
        zone,
        result,
        waitMs,
        ringMs,
        talkMs,
        holdMs,
        wrapUpMs,
        targetMs,
        shortAbandonMs,
      }) => {
        if (queueCode === null) return []
        if (kind === 'agent') return give(queueCode, enteredAt, zone, { ringMs, talkMs, holdMs, wrapUpMs })
        // Callers who asked for a call-back were counted at that time.
        if (kind === 'callback') return []
        const figures: Figures = { offered: 1 }
        const exit = result === null ? undefined : exits[result]
        if (exit) figures[exit] = 1
        if (result === 'answered') {
          figures.waitMs = waitMs ?? 0
          figures.waitHistogram = { bucket: bucketOf(waitMs ?? 0) }
          if ((waitMs ?? 0) <= targetMs) figures.answeredInTarget = 1
        } else if (result === 'abandoned') {
          figures.abandonWaitMs = waitMs ?? 0
          figures.abandonHistogram = { bucket: bucketOf(waitMs ?? 0) }
          if ((waitMs ?? 0) < shortAbandonMs) figures.shortAbandoned = 1
        }
        return give(queueCode, enteredAt, zone, figures)
      },
    ),
    // Answered without waiting: there is no queue segment, but the call counts as offered.
    contributions(calls, ({ directQueueCode, queuedAt, zone }) =>
      directQueueCode !== null && queuedAt !== null
        ? give(directQueueCode, queuedAt, zone, {
            offered: 1,
            answered: 1,
            answeredInTarget: 1,
            waitHistogram: { bucket: 0 },
          })
        : [],
    ),
  ]
}

/** Some of the figures, as columns of a model. */
export function figures<const F extends QueueFigure>(...names: F[]): Pick<typeof queueFigures, F> {
  return Object.fromEntries(names.map((name) => [name, queueFigures[name]])) as Pick<typeof queueFigures, F>
}
