/** Positions in EventStoreDB's log: commit and prepare position, as text that sorts like the log. */
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

const SHAPE = /^(\d{19})\.(\d{19})$/

/** A place in the server's log. */
export interface Place {
  commit: number
  prepare: number
}

const DIGITS = 19
const ZEROS = '0'.repeat(DIGITS)

export function toPosition({ commit, prepare }: Place): Position {
  const first = padded(commit)
  // They differ only in transactions, which are long gone.
  return `${first}.${commit === prepare ? first : padded(prepare)}` as Position
}

function padded(place: number): string {
  const digits = String(place)
  return ZEROS.slice(digits.length) + digits
}

/** Before the first event of an empty log. */
export const NOWHERE = toPosition({ commit: 0, prepare: 0 })

/** Is the first after the second? */
export function isAfter(a: Place, b: Place): boolean {
  return a.commit > b.commit || (a.commit === b.commit && a.prepare > b.prepare)
}

/** @throws Problem `log.foreign_position` for a position of another kind of log */
export function fromPosition(position: Position): Place {
  const parts = SHAPE.exec(position)
  if (!parts) throw new Problem('log.foreign_position', { position })
  return { commit: Number(parts[1]), prepare: Number(parts[2]) }
}
