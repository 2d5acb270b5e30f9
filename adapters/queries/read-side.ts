/**
 * What HTTP needs of the read side: the tables, how far they have come, and the boards as they stood.
 * The projection engine stands behind it; where projections run in another process, whatever asks its
 * database does.
 */
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { BoardsAsOf, Moment } from '@ledgerline/projections/engine/asof.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import type { Tables } from './select.ts'
import type { Use } from './tables.ts'

/** How far a table has come. */
export interface Progress {
  /** The last position that is in it; null before the first. */
  position: Position | null
  /** When the log took what stands there, UTC ms. */
  at: number | null
  /** How long ago something was appended that is not in it yet, ms; 0 when nothing is. */
  lagMs: number
}

export interface LaneState extends Progress {
  lane: string
  /** running, starting, standby (another process has it), waiting (its tables are being built), broken, stopped */
  state: string
  /** Events taken since the start. */
  events: number
  /** Code of the last trouble and when it was, UTC ms. */
  lastError: { code: string; at: number } | null
}

export interface ModelState {
  model: string
  /** Version of the table in use; null: none yet. */
  version: number | null
  /** Version that the program declares; another one than that in use is being built. */
  declared: number
  /** Keys that a fold could not go on with: their rows stand still. */
  parked: number
}

export interface ReadSide {
  readonly models: readonly ReadModel[]
  /** The tables as this tenant's reader sees them: no row of another tenant, whatever is asked. */
  tablesOf(tenant: string, use?: Use): Promise<Tables>
  progress(model: ReadModel, tenant: string): Progress
  /** Resolves when the table has reached this position, and after `ms` at the latest. */
  reached(model: ReadModel, tenant: string, position: Position, ms: number): Promise<void>
  status(): Promise<{ lanes: readonly LaneState[]; models: readonly ModelState[] }>
  /** Rows of the boards as they stood. @throws Problem `tables.before_history` */
  boardsAsOf(
    tenant: string,
    moment: Moment,
    signal: AbortSignal,
  ): Promise<Pick<BoardsAsOf, 'position' | 'told' | 'boards'>>
}
