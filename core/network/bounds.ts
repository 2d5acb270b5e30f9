/** Bounds of the telephone network's settings. A test walks the settings and expects each number here. */
import { DAY, HOUR, MINUTE, recordingDays, ring, rule, SECOND, type Bounds } from '../kernel/bounds.ts'

export const extensionBounds: Bounds = {
  'voicemail.afterMs': { ...ring, off: true },
  'voicemail.longestMs': { least: 5 * SECOND, most: 10 * MINUTE },
}

export const gatewayBounds: Bounds = {
  port: { least: 1, most: 65_535 },
  registerEveryMs: { least: MINUTE, most: DAY },
  pingEveryMs: { least: 5 * SECOND, most: HOUR, off: true },
  pingMisses: { least: 1, most: 100 },
  pingAnswers: { least: 1, most: 100 },
  concurrency: { least: 0, most: 100_000 },
  callsPerSecond: { least: 0, most: 10_000 },
}

export const mediaBounds: Bounds = { durationMs: { least: 0, most: DAY } }

export const calendarBounds: Bounds = { 'hours[].days[]': { least: 1, most: 7 } }

/** People who wait longer than this for a code to work believe that it was not understood. */
export const featureBounds: Bounds = { keyWaitMs: { least: 500, most: 10 * SECOND } }

export const recordingBounds: Bounds = { keepDays: recordingDays }

export const limitBounds: Bounds = {
  callsAMinute: { least: 0, most: 1_000 },
  longestCallMs: { ...rule, least: MINUTE },
}
