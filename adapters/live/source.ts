/**
 * What the live feed needs of the read side: changed rows as they are committed, and a board's rows to start with. In
 * one process the projection engine provides it; where projectors and web servers are separate processes, a Redis
 * channel is behind `follow`, and the layers above do not notice.
 */
import type { Observable } from 'rxjs'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { ReadModel, Row } from '@ledgerline/projections/engine/model.ts'

/** Rows of one board that a page of the log changed; reported after the commit. */
export interface BoardChange {
  model: string
  /** The lane of the log it came from; positions are comparable within one. */
  lane: string
  /** Whole rows, including those that have just left the board (a call that ended). */
  upserts: readonly Row[]
  /** Keys of deleted rows. */
  removes: readonly Row[]
  /** The table contains everything of its lane up to here. */
  position: Position
}

/** A board to read, and which of its rows. */
export interface BoardWanted {
  model: ReadModel
  window: BoardWindow | null
}

/** A tenant's boards, read at one moment. */
export interface BoardRows {
  /** By model; rows that are not shown may be among them. */
  rows: ReadonlyMap<ReadModel, readonly Row[]>
  /** By lane: changes up to here are in the rows. Null, or no entry: none are. */
  positions: ReadonlyMap<string, Position | null>
}

/** Changes may have been missed (a connection was lost, a table swapped): the boards must be read again. */
export const STALE = 'stale'
export type Stale = typeof STALE

export interface BoardSource {
  /** Every change of a tenant's boards, in order for each model, and whenever they must be read again. */
  follow(tenant: string): Observable<BoardChange | Stale>
  /**
   * The boards as committed.
   * @throws Problem `tables.unavailable`
   */
  readBoards(tenant: string, wanted: readonly BoardWanted[]): Promise<BoardRows>
  /**
   * How far the tenant’s boards have come, as far as is known without asking anyone: a beat must never wait. `delayed`:
   * changes should be pushed at once but are not; the boards are read periodically instead.
   */
  progress(tenant: string): { position: Position | null; lagMs: number; delayed: boolean }
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
  /** Its seconds per real second, at present. */
  readonly speed: number
  /** The intended speed; absent: the present one. */
  readonly asked?: number
  /** It cannot keep its intended speed: events in it happen later, never all at once. Absent: it can. */
  readonly behind?: boolean
  /** IANA name of the tenant's zone. */
  readonly zone: string
}
