/**
 * Views that the data team reads beside the models': metrics beside the columns of a table, and rows made
 * of several tables. They run with the rights of who asks, so that row-level security holds for them too.
 */
import type { ReadModel } from '../engine/model.ts'
import { metricViews, type MetricView } from './metrics.ts'
import { trafficRecords } from './traffic-records.ts'

/** A view over several models. */
export interface JoinedView {
  name: string
  /** The models whose views it reads. */
  over: readonly Pick<ReadModel, 'name' | 'version' | 'key' | 'columns'>[]
  about: string
  /** Columns after `tenant`, in order, and what they mean. */
  columns: Readonly<Record<string, string>>
  /** Type of each column in SQL, for the dictionary; text where it is not said. */
  types: Readonly<Record<string, string>>
  sql: string
}

export type View = MetricView | JoinedView

export const views: readonly View[] = [...metricViews, trafficRecords]
