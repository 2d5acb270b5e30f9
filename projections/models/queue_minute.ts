/** A queue's figures by minute: the sparklines and the "last 30 minutes" of the board. */
import { aggregate, instant, text } from '../engine/model.ts'
import { startOf } from '@ledgerline/core/kernel/time.ts'
import { figures, queueSources, type QueueFigure } from './queue_figures.ts'

const columns = figures(
  'offered',
  'answered',
  'abandoned',
  'shortAbandoned',
  'answeredInTarget',
  'timedOut',
  'leftByKey',
  'noAgent',
  'overflowed',
  'calledBack',
  'otherExits',
  'waitMs',
)

export const queueMinute = aggregate('queue_minute', {
  version: 1,
  about: 'Queues (技能组) by minute; a call counts in the minute in which it entered the queue.',
  key: { queueCode: text('The queue.'), startsAt: instant('Start of the minute.') },
  columns,
  from: queueSources(Object.keys(columns) as QueueFigure[], (queueCode, enteredAt, zone) => ({
    queueCode,
    startsAt: startOf(enteredAt, 60_000, zone),
  })),
  indexes: [['startsAt']],
  board: true,
})
