/**
 * Views that the data team reads beside the models': metrics beside the columns of a table, and rows made
 * of several tables. They run with the rights of who asks, so that row-level security holds for them too.
 */
import type { View } from '../engine/view.ts'
import { metricViews } from './metrics.ts'
import { trafficRecords } from './traffic-records.ts'

export const views: readonly View[] = [...metricViews, trafficRecords]
