/** A queue's figures by day: the "today" of the board. */
import { aggregate, day, text } from '../engine/model.ts'
import { dayOf } from '@ledgerline/core/kernel/time.ts'
import { queueFigures, queueSources, type QueueFigure } from './queue_figures.ts'

export const queueDay = aggregate('queue_day', {
  version: 2,
  about: 'Queues (技能组) by day of the tenant’s clock; a call counts on the day on which it entered the queue.',
  key: { queueCode: text('The queue.'), day: day('The day.') },
  columns: queueFigures,
  from: queueSources(Object.keys(queueFigures) as QueueFigure[], (queueCode, enteredAt, zone) => ({
    queueCode,
    day: dayOf(enteredAt, zone),
  })),
  board: true,
})
