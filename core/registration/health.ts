/**
 * Does a gateway answer? Decided from the answers to OPTIONS, with thresholds both ways: one lost packet takes no gateway
 * out of service, and one that comes and goes is not believed at its first answer. Pure.
 */
import type { ReachWord } from './events.ts'

export interface Health {
  reach: ReachWord
  /** Unanswered in a row, and answered in a row. */
  missed: number
  heard: number
  /** How long the last answer took, ms. */
  pingMs: number | null
}

export interface Thresholds {
  misses: number
  answers: number
}

export const usualThresholds: Thresholds = { misses: 3, answers: 2 }
export const unknownHealth: Health = { reach: 'unknown', missed: 0, heard: 0, pingMs: null }

/** @param pingMs how long its answer took; null: none came in time */
export function pinged(health: Health, pingMs: number | null, { misses, answers }: Thresholds): Health {
  if (pingMs === null) {
    const missed = health.missed + 1
    return { ...health, missed, heard: 0, reach: missed >= misses ? 'unreachable' : health.reach }
  }
  const heard = health.heard + 1
  // Of one that was never heard of the first answer is enough: there is nothing that speaks against it.
  const isBack = health.reach !== 'unreachable' || heard >= answers
  return { reach: isBack ? 'reachable' : 'unreachable', missed: 0, heard, pingMs }
}
