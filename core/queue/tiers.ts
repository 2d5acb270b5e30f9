/**
 * Tier rules (catalogue A3.2.2.1-tier-*): how long a caller waits before agents of a further level are
 * considered for them. Corrected against mod_callcenter: the lowest level that a queue has never waits.
 */
import type { QueueSettings } from './settings.ts'

export type TierRules = QueueSettings['tiers']

/** The levels of a queue, as far as tier rules ask. */
export interface Levels {
  /** Levels that the queue has members on, ascending. */
  all: readonly number[]
  /** The lowest level that somebody is signed in on; null: nobody is. */
  lowestPresent: number | null
}

/** How long a caller waits before agents of a level are considered, ms. */
export function waitForLevel(rules: TierRules, level: number, { all, lowestPresent }: Levels): number {
  if (!rules.apply || level <= (all[0] ?? level)) return 0
  if (rules.skipEmpty && (lowestPresent === null || lowestPresent >= level)) return 0
  return rules.waitMs * (rules.multiply ? level : 1)
}

/** The highest level whose turn has come for who has waited so long; null: all levels'. */
export function highestLevel(rules: TierRules, levels: Levels, waited: number): number | null {
  if (!rules.apply) return null
  let highest = levels.all[0] ?? null
  for (const level of levels.all) if (waitForLevel(rules, level, levels) <= waited) highest = level
  return highest
}

/** After how long a wait the next level's turn comes, ms; null: all have had it. */
export function nextTurn(rules: TierRules, levels: Levels, waited: number): number | null {
  let next: number | null = null
  for (const level of levels.all) {
    const wait = waitForLevel(rules, level, levels)
    if (wait > waited && (next === null || wait < next)) next = wait
  }
  return next
}
