/**
 * What a view over the models' tables is: metrics beside the columns of one, or rows made of several. Declared by the
 * product, created by `views.ts`.
 */
import type { ReadModel } from './model.ts'

/** A figure computed from the columns beside it. */
export interface Metric {
  /** Name of the column in reports. */
  name: string
  /** Raised when the definition changes. */
  version: number
  unit: 'ratio' | 'ms'
  /** In words. */
  about: string
  /** SQL over the columns (or sums of columns) of the table beside which the metric appears. */
  sql: string
}

/** A view that adds metrics to the columns of a table. */
export interface MetricView {
  name: string
  /** The model whose columns it repeats. */
  of: string
  about: string
  metrics: readonly Metric[]
}

/** A view over several models. */
export interface JoinedView {
  name: string
  /** The models whose views it reads. */
  over: readonly Pick<ReadModel, 'name' | 'version' | 'key' | 'columns'>[]
  about: string
  /** Columns after `tenant`, in order, and what they mean. */
  columns: Readonly<Record<string, string>>
  /** Type of each column in SQL, for the dictionary; text if omitted. */
  types: Readonly<Record<string, string>>
  sql: string
}

export type View = MetricView | JoinedView

/** How a metric is described beside its column. */
export function metricAbout({ name, version, unit, about }: Metric): string {
  return `${about} (${name} v${version}, ${unit === 'ms' ? 'ms' : '0 to 1'}; null if there is nothing to divide by.)`
}
