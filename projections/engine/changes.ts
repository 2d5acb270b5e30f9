/** What goes in and out of a fold: rows it needs, rows it changed. */
import type { Position, RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { Held, Slot } from './held.ts'
import type { ReadModel, Row } from './model.ts'
import type { Parked } from './parking.ts'

/** What a page changed in one table: new rows, changed rows, and deleted rows. */
export interface TableChanges {
  model: ReadModel
  inserts: Written[]
  updates: Written[]
  removes: Written[]
}

export interface Written {
  readonly tenant: string
  readonly key: Row
  readonly row: Row | null
}

export interface Changes {
  page: number
  tables: TableChanges[]
  /** Effects to queue. */
  jobs: Job[]
  parked: Parked[]
  /** Streams that had been parked and count again. */
  resumed: Parked[]
  /** Events that waited behind a parked key, by `model\ntenant\nkey`. */
  waiting: Map<string, number>
  touched: { held: Held; slots: Slot[] }[]
}

/** One effect to carry out. */
export interface Job {
  /** The same effect of the same event always has the same id, however often it is queued. */
  id: string
  kind: string
  tenant: string
  model: string
  event: { id: string; type: string; position: Position }
  /** When the log took the event, UTC ms. */
  recordedAt: number
  /** The row as it was after the event, without anything that identifies a person. */
  row: Row
}

/** Rows to load. */
export interface Missing {
  model: ReadModel
  slots: Slot[]
}

/** Rows that were loaded. */
export interface Loaded {
  model: ReadModel
  rows: readonly { tenant: string; row: Row }[]
}

/** An event for one of the rows it touches. */
export interface LateEvent {
  event: RecordedEvent
  /** The row's key. */
  key: Row
}
