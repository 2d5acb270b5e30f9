/** One row a queue, as activated last: its name and its promises; and what the switchboard has found out about it. */
import type { QueueSettings } from '@ledgerline/core/queue/settings.ts'
import { count, duration, entity, instantOrNull, ratio, text } from '../engine/model.ts'

export const queues = entity('queues', {
  version: 2,
  about:
    'Queues (技能组), as last activated. One that the configuration in force no longer names keeps the version that named it last.',
  key: { queueCode: text('Code of the queue.') },
  columns: {
    name: text('Its name.'),
    priority: count('Between queues; higher goes first.'),
    ringMs: duration('One attempt rings an agent so long.'),
    wrapUpMs: duration('Wrap-up after its calls; 0: none.'),
    maxWaitMs: duration('Who waits longer leaves it; 0: for ever.'),
    targetMs: duration('Service-level limit.'),
    targetRatio: ratio('Service-level target, 0 to 1.'),
    shortAbandonMs: duration('An abandonment below this is short.'),
    configVersion: count('Version of the configuration that named it last.'),
    starvingSince: instantOrNull(
      'Its first in line has waited since then while callers of higher queues who came later were taken by its agents; null: it does not starve.',
    ),
    mendedAt: instantOrNull(
      'When the switchboard last found that its lists of this queue did not say what follows from state and time, and put them right.',
    ),
  },
  keysOf: {
    SwitchboardListsMended: ({ data }) =>
      [...new Set(data.found.map(({ queueCode }) => queueCode))].map((queueCode) => ({ queueCode })),
    SwitchboardActivated: ({ data }) => data.queues.map(({ code }) => ({ queueCode: code })),
  },
  on: {
    SwitchboardActivated: (row, { data }, { key }) => {
      const settings = byCode(data.queues).get(key.queueCode)
      if (!settings) return row
      const { name, priority, ringMs, wrapUpMs, maxWaitMs, targetMs, targetRatio, shortAbandonMs } = settings
      return {
        queueCode: key.queueCode,
        name,
        priority,
        ringMs,
        wrapUpMs,
        maxWaitMs,
        targetMs,
        targetRatio,
        shortAbandonMs,
        configVersion: data.version,
        starvingSince: row?.starvingSince ?? null,
        mendedAt: row?.mendedAt ?? null,
      }
    },
    QueueStarving: (row, { data }) => row && { ...row, starvingSince: data.since },
    QueueStarvingEnded: (row) => row && { ...row, starvingSince: null },
    SwitchboardListsMended: (row, { at }) => row && { ...row, mendedAt: at },
  },
  board: true,
})

const indexed = new WeakMap<readonly QueueSettings[], Map<string, QueueSettings>>()

function byCode(list: readonly QueueSettings[]): Map<string, QueueSettings> {
  let map = indexed.get(list)
  if (!map) indexed.set(list, (map = new Map(list.map((queue) => [queue.code, queue]))))
  return map
}
