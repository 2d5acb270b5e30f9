/**
 * What an engine runs. The product declares it (`projections/models.ts`) and hands it in: models, views over them, and
 * the parts of the log that are read separately. The engine names none of them.
 */
import type { LogFilter } from '@ledgerline/core/kernel/log.ts'
import type { EventRules } from './event-rules.ts'
import { laneLock } from './locks.ts'
import type { Entity, ReadModel, Row } from './model.ts'
import type { View } from './view.ts'

/** Name of a part of the log with its own ordered read and checkpoints. */
export type Lane = string

export interface LaneDeclaration {
  /** The events it reads. */
  filter: LogFilter
  /** It carries the present: its boards are kept as snapshots, and its rows have effects. History has neither. */
  present: boolean
}

export interface ReadModels {
  /** `zones` among them, and first; each model comes after those it is made from. */
  models: readonly ReadModel[]
  /** The entity whose rows say in which zone each tenant's days are cut (column `zone`), or none. */
  zones: Entity | null
  events: EventRules
  /** Views over the models’ own. */
  views: readonly View[]
  /** By name, in an order that never changes: a lane's lock in the database is its place in it. */
  lanes: Readonly<Record<Lane, LaneDeclaration>>
  /** The lane that feeds a tenant's rows, by the tenant's row of `zones` (null: not known yet). */
  laneOf(tenant: Row | null): Lane
}

export function lanesOf({ lanes }: Pick<ReadModels, 'lanes'>): Lane[] {
  return Object.keys(lanes)
}

/** The lane that carries the present. */
export function presentLane({ lanes }: Pick<ReadModels, 'lanes'>): Lane {
  return Object.entries(lanes).find(([, { present }]) => present)![0]
}

/** The advisory lock of a lane, as arguments in SQL. The process that folds the lane holds it. */
export function lockOf({ lanes }: Pick<ReadModels, 'lanes'>, lane: Lane): readonly [number, number] {
  return laneLock(Object.keys(lanes).indexOf(lane))
}
