/**
 * What HTTP needs of the read side: the tables, how far they have come, and the boards as they stood. The projection
 * engine provides it, or, where projections run in another process, something that asks its database.
 */
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { BoardsAsOf, Moment } from '@ledgerline/projections/engine/asof.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import type { Tables } from './select.ts'
import type { Use } from './tables.ts'

/** How far a table has come. */
export interface Progress {
  /** The last position included; null before the first. */
  position: Position | null
  /** When the log took the event at that position, UTC ms. */
  at: number | null
  /** How long the oldest event not included yet has been waiting, ms; 0 if there is none. */
  lagMs: number
}

export interface LaneState extends Progress {
  lane: string
  /** running, starting, standby (another process has it), waiting (its tables are being built), broken, stopped */
  state: string
  /** Events processed since the start. */
  events: number
  /** Code of the last trouble and when it was, UTC ms. */
  lastError: { code: string; at: number } | null
}

export interface ModelState {
  model: string
  /** Version of the table in use; null: none yet. */
  version: number | null
  /** Version declared by the program; if different from the one in use, it is being built. */
  declared: number
  /** Keys that a fold could not continue with: their rows stand still. */
  parked: number
}

export interface ReadSide {
  readonly models: readonly ReadModel[]
  /** The tables as this tenant's reader sees them: no row of another tenant, whatever is asked. */
  tablesOf(tenant: string, use?: Exclude<Use, 'lists'>): Promise<Tables>
  /**
   * The tables as lists read them: with rows of every tenant, so that whoever uses them has to ask for one, as
   * `selectPage` and `countPage` always do. Row-level security would take every index from a search by a part.
   */
  lists(): Promise<Tables>
  progress(model: ReadModel, tenant: string): Progress
  /** True as soon as the tenant's tables have reached this position; false after `ms`. */
  reached(tenant: string, position: Position, ms: number): Promise<boolean>
  status(): Promise<{ lanes: readonly LaneState[]; models: readonly ModelState[] }>
  /** Rows of the boards as they stood. @throws Problem `tables.before_history` */
  boardsAsOf(
    tenant: string,
    moment: Moment,
    signal: AbortSignal,
  ): Promise<Pick<BoardsAsOf, 'position' | 'told' | 'boards'>>
}
