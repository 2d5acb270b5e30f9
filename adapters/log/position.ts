/** Positions of logs that number their events: text that sorts as the log does, 19 digits, as many as the largest bigint has. */
import type { Position } from '@ledgerline/core/kernel/event.ts'

export function toPosition(place: number): Position {
  return String(place).padStart(19, '0') as Position
}

/** 0 stands for the start. */
export function fromPosition(position: Position | null): number {
  return position === null ? 0 : Number(position)
}
