/**
 * What the live feed needs of the read side: changed rows as they are committed, and a board's rows to
 * begin with. The projection engine stands behind it in one process; where projectors and web servers
 * are several processes, a Redis channel stands behind `onChange`, and nothing above knows.
 */
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { ReadModel, Row } from '@ledgerline/projections/engine/model.ts'

/** Rows of one board that a page of the log changed; told after they were committed. */
export interface BoardChange {
  model: string
  tenant: string
  /** Whole rows; also those that have just left the board (a call that ended). */
  upserts: readonly Row[]
  /** Keys of rows that are gone. */
  removes: readonly Row[]
  /** The table holds everything up to here. */
  position: Position
}

/** Rows that may be on a board, and how far they have come, read at one moment. */
export interface BoardRows {
  rows: readonly Row[]
  /** Changes up to here are in the rows; null: none has been written yet. */
  position: Position | null
}

export interface BoardSource {
  /** Tells every change of every board of every tenant, in order for each model, until what it returns is called. */
  onChange(hear: (change: BoardChange) => void): () => void
  /**
   * A board as committed. `since` leaves out rows that lie before an instant or a day.
   * @throws Problem where the tables cannot be read now
   */
  readBoard(model: ReadModel, tenant: string, since: BoardWindow | null): Promise<BoardRows>
  /** How far the tenant’s boards have come, as known without asking anybody: a beat must never wait. */
  progress(tenant: string): { position: Position | null; lagMs: number }
}

/** The part of a board that is shown: rows from `from` on, by an instant (UTC ms) or a day. */
export interface BoardWindow {
  column: string
  from: number | string
}

/** The clock that a tenant's people look at: a demo's own may run faster than ours. */
export interface TenantClock {
  /** UTC ms. */
  now(): number
  /** Its seconds in one of ours. */
  readonly speed: number
  /** IANA name of the tenant's zone. */
  readonly zone: string
}
