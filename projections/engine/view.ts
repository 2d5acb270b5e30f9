/** What a view over the models' tables is: metrics beside the columns of one, or rows made of several. Declared by the product, made by `views.ts`. */
import type { ReadModel } from './model.ts'

/** A figure computed from the columns that it stands beside. */
export interface Metric {
  /** Name of the column in reports. */
  name: string
  /** Raised when the definition changes. */
  version: number
  unit: 'ratio' | 'ms'
  /** In words. */
  about: string
  /** SQL over the columns (or sums of columns) of the table that the metric stands beside. */
  sql: string
}

/** A view that sets metrics beside the columns of a table. */
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
  /** Type of each column in SQL, for the dictionary; text where it is not said. */
  types: Readonly<Record<string, string>>
  sql: string
}

export type View = MetricView | JoinedView

/** How a metric is described beside its column. */
export function metricAbout({ name, version, unit, about }: Metric): string {
  return `${about} (${name} v${version}, ${unit === 'ms' ? 'ms' : '0 to 1'}; null where there is nothing to divide by.)`
}
