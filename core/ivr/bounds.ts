/** Bounds of a voice menu's settings. A test walks the settings and expects each number here. */
import { HOUR, MINUTE, SECOND, type Bounds } from '../kernel/bounds.ts'

export const ivrBounds: Bounds = {
  longestMs: { least: MINUTE, most: HOUR },
  'menus[].timeoutMs': { least: SECOND, most: MINUTE },
  'menus[].interDigitMs': { least: 200, most: 30 * SECOND },
  'menus[].maxFailures': { least: 0, most: 100 },
  'menus[].maxTimeouts': { least: 0, most: 100 },
  'menus[].digitLen': { least: 1, most: 20 },
}
