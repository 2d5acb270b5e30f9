/** Positions in EventStoreDB's log: commit and prepare position, as text that sorts as the log does. */
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Place } from './messages.ts'

const SHAPE = /^(\d{19})\.(\d{19})$/

export function toPosition({ commit, prepare }: Place): Position {
  return `${String(commit).padStart(19, '0')}.${String(prepare).padStart(19, '0')}` as Position
}

/** @throws Problem `log.foreign_position` for a position of another kind of log */
export function fromPosition(position: Position): Place {
  const parts = SHAPE.exec(position)
  if (!parts) throw new Problem('log.foreign_position', { position })
  return { commit: Number(parts[1]), prepare: Number(parts[2]) }
}
