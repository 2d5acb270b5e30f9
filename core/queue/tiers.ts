/**
 * Tier rules (catalogue A3.2.2.1-tier-*): how long a caller waits before agents of a further level are considered for
 * them. Corrected against mod_callcenter: a queue's lowest level never waits.
 */
import type { QueueSettings } from './settings.ts'

export type TierRules = QueueSettings['tiers']

/** A queue's levels, as far as tier rules need them. */
export interface Levels {
  /** Levels on which the queue has members, ascending. */
  all: readonly number[]
  /** The lowest level on which someone is signed in; null: nobody is. */
  lowestPresent: number | null
}

/** How long a caller waits before agents of a level are considered, ms. */
export function waitForLevel(rules: TierRules, level: number, { all, lowestPresent }: Levels): number {
  if (!rules.apply || level <= (all[0] ?? level)) return 0
  if (rules.skipEmpty && (lowestPresent === null || lowestPresent >= level)) return 0
  return rules.waitMs * (rules.multiply ? level : 1)
}

/** The highest level whose turn has come after a wait of this length; null: all of them. */
export function highestLevel(rules: TierRules, levels: Levels, waited: number): number | null {
  if (!rules.apply) return null
  let highest = levels.all[0] ?? null
  for (const level of levels.all) if (waitForLevel(rules, level, levels) <= waited) highest = level
  return highest
}

/** The wait after which the next level's turn comes, ms; null: all have had it. */
export function nextTurn(rules: TierRules, levels: Levels, waited: number): number | null {
  let next: number | null = null
  for (const level of levels.all) {
    const wait = waitForLevel(rules, level, levels)
    if (wait > waited && (next === null || wait < next)) next = wait
  }
  return next
}
