/** Bounds of a queue's settings. A test walks the settings and expects each number here. */
import {
  DAY,
  HOUR,
  MINUTE,
  misses,
  pause,
  recordingDays,
  ring,
  rule,
  SECOND,
  wrapUp,
  type Bounds,
} from '../kernel/bounds.ts'
import { surveyWait } from '../survey/bounds.ts'

/** Every numeric setting of a queue, by path; `[]` goes through a list. */
export const queueBounds: Bounds = {
  keepRecordingsDays: recordingDays,
  priority: { least: -1_000_000, most: 1_000_000 },
  ageingMs: rule,
  ringMs: ring,
  wrapUpMs: wrapUp,
  maxNoAnswer: misses,
  noAnswerDelayMs: pause,
  rejectDelayMs: pause,
  busyDelayMs: pause,
  targetMs: { least: 0, most: HOUR },
  targetRatio: { least: 0, most: 1 },
  shortAbandonMs: { least: 0, most: 10 * MINUTE },
  'tiers.waitMs': { least: 0, most: DAY },
  maxWaitMs: rule,
  'noAgent.afterMs': rule,
  'noAgent.rejectMs': pause,
  'overflow.length': { least: 0, most: 100_000 },
  'overflow.afterMs': rule,
  'hours[].days[]': { least: 1, most: 7 },
  'callback.attempts': { least: 1, most: 10 },
  'callback.retryMs': { least: SECOND, most: DAY },
  'survey.waitMs': surveyWait,
  'resume.withinMs': { least: 0, most: DAY },
  'announcements[].firstAfterMs': { least: 0, most: DAY },
  'announcements[].everyMs': { least: 5 * SECOND, most: DAY },
}
