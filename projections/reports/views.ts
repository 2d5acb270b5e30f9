/**
 * Views for the data team besides the models' own: metrics beside the columns of a table, and rows made of several
 * tables. They run with the reader's own rights, so that row-level security applies to them too.
 */
import type { View } from '../engine/view.ts'
import { metricViews } from './metrics.ts'
import { trafficRecords } from './traffic-records.ts'

export const views: readonly View[] = [...metricViews, trafficRecords]
