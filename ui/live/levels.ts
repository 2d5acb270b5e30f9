/**
 * Levels of a figure against its target, and the time a level must hold before it shows: 3 s to get worse,
 * 10 s to be good again, so that a figure on the line does not flicker.
 */
export type Level = 'good' | 'warning' | 'critical'

const rank: Record<Level, number> = { good: 0, warning: 1, critical: 2 }

export const WORSE_AFTER_MS = 3_000
export const BETTER_AFTER_MS = 10_000

/** How far below its target a service level is a warning, as a share; further below it is an alarm. */
export const SHARE_WARNING = 0.05

/** A service level: good at the target or above, warning up to 5 points below, critical further below. */
export function shareLevel(share: number | null, target: number): Level | null {
  // Without a target nothing is good or bad.
  if (share === null || target === 0) return null
  if (share >= target) return 'good'
  // Rounded, so that 0.75 against 0.80 is exactly five points.
  return Math.round((target - share) * 1e6) <= SHARE_WARNING * 1e6 ? 'warning' : 'critical'
}

/** A figure that should stay small. */
export function limitLevel(value: number | null, limits: { warning: number; critical: number }): Level | null {
  if (value === null) return null
  return value >= limits.critical ? 'critical' : value >= limits.warning ? 'warning' : 'good'
}

export interface HeldLevel {
  /** What is shown. */
  shown: Level | null
  /** The level it would change to, and since when (steady ms) it has been at least that much better or worse. */
  next: { level: Level | null; since: number } | null
  /** The last value at the level on screen: during recovery, the value that broke the limit. */
  broke: number | null
}

/** The level to show now. Pure: keep the result and pass it in with the next reading. */
export function holdLevel(
  held: HeldLevel | null,
  level: Level | null,
  now: number,
  value: number | null = null,
): HeldLevel {
  if (held === null || held.shown === null || level === null || level === held.shown)
    return { shown: level, next: null, broke: value }
  const worse = rank[level] > rank[held.shown]
  const before = held.next
  // A swing between warning and critical still counts as "worse than good" and does not restart the wait.
  const sameWay = before !== null && before.level !== null && rank[before.level] > rank[held.shown] === worse
  const since = sameWay ? before.since : now
  if (now - since >= (worse ? WORSE_AFTER_MS : BETTER_AFTER_MS)) return { shown: level, next: null, broke: value }
  return { shown: held.shown, next: { level, since }, broke: held.broke }
}

/** Whether the first level is worse than the second. */
export function isWorse(one: Level | null, other: Level | null): boolean {
  return one !== null && other !== null && rank[one] > rank[other]
}

/** The worst of several; null when there is none. */
export function worst(levels: readonly (Level | null)[]): Level | null {
  return levels.reduce<Level | null>((a, b) => (b === null ? a : a === null || rank[b] > rank[a] ? b : a), null)
}
