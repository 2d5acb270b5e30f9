/**
 * What an engine runs. The product declares it (`projections/models.ts`) and hands it in: models, views over them, and the
 * stretches of the log that are read apart from each other. The engine names none of them.
 */
import type { LogFilter } from '@ledgerline/core/kernel/log.ts'
import type { EventRules } from './event-rules.ts'
import { laneLock } from './locks.ts'
import type { Entity, ReadModel, Row } from './model.ts'
import type { View } from './view.ts'

/** Name of a stretch of the log with an ordered read and checkpoints of its own. */
export type Lane = string

export interface LaneDeclaration {
  /** Which events it reads. */
  filter: LogFilter
  /** It carries what happens now: its boards are kept as snapshots, and its rows have effects. History has neither. */
  present: boolean
}

export interface ReadModels {
  /** `zones` among them, and first; a model after those that it comes from. */
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

/** The lane that carries what happens now. */
export function presentLane({ lanes }: Pick<ReadModels, 'lanes'>): Lane {
  return Object.entries(lanes).find(([, { present }]) => present)![0]
}

/** The advisory lock of a lane, as arguments in SQL. The process that folds the lane holds it. */
export function lockOf({ lanes }: Pick<ReadModels, 'lanes'>, lane: Lane): readonly [number, number] {
  return laneLock(Object.keys(lanes).indexOf(lane))
}
