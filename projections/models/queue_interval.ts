/** A queue's figures by quarter hour, the basis of reports. */
import { aggregate, instant, text } from '../engine/model.ts'
import { startOf } from '@ledgerline/core/kernel/time.ts'
import { queueFigures, queueSources, type QueueFigure } from './queue_figures.ts'

const QUARTER_MS = 900_000

export const queueInterval = aggregate('queue_interval', {
  version: 2,
  about:
    'Queues (技能组) by quarter hour of the tenant’s clock; a call counts in the interval in which it entered the queue.',
  key: { queueCode: text('The queue.'), startsAt: instant('Start of the quarter hour.') },
  columns: queueFigures,
  from: queueSources(Object.keys(queueFigures) as QueueFigure[], (queueCode, enteredAt, zone) => ({
    queueCode,
    startsAt: startOf(enteredAt, QUARTER_MS, zone),
  })),
  indexes: [['startsAt']],
})
