/**
 * Positions of logs that number their events: text that sorts like the log, 19 digits, as many as the largest bigint
 * has.
 */
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

export function toPosition(place: number): Position {
  return String(place).padStart(19, '0') as Position
}

/**
 * 0 stands for the start.
 * @throws Problem `log.foreign_position` for a position of another kind of log
 */
export function fromPosition(position: Position | null): number {
  if (position === null) return 0
  if (!/^\d+$/.test(position)) throw new Problem('log.foreign_position', { position })
  return Number(position)
}
