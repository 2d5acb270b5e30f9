/**
 * What HTTP needs of the read side: the tables, how far they have come, and the boards as they stood.
 * The projection engine stands behind it; where projections run in another process, whatever asks its
 * database does.
 */
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import type { Row, Tables } from './select.ts'

/** How far a table has come. */
export interface Progress {
  /** The last position that is in it; null before the first. */
  position: Position | null
  /** When the log took what stands there, UTC ms. */
  at: number | null
  /** How long ago something was appended that is not in it yet, ms; 0 when nothing is. */
  lagMs: number
}

export interface ModelStatus extends Progress {
  model: string
  lane: string
  version: number
  /** Events not yet taken, where the log can count them. */
  behind: number | null
  /** Keys that a fold could not go on with: their rows stand still. */
  parked: number
  lastError: string | null
}

export interface ReadSide {
  readonly models: readonly ReadModel[]
  readonly tables: Tables
  progress(model: ReadModel, tenant: string): Promise<Progress>
  /** Resolves when the table has this position, or after `ms` all the same. */
  reached(model: ReadModel, tenant: string, position: Position, ms: number, signal: AbortSignal): Promise<void>
  status(): Promise<readonly ModelStatus[]>
  /** Rows of the board models as they stood. @throws Problem when the moment lies before the first recorded one */
  boardsAsOf(tenant: string, at: number, signal: AbortSignal): Promise<{ position: Position | null; boards: Readonly<Record<string, readonly Row[]>> }>
}
