/** One row per queue, as last activated: its name and its targets, and what the switchboard has found out about it. */
import type { QueueSettings } from '@ledgerline/core/queue/settings.ts'
import { count, duration, instantOrNull, ratio, text } from '../engine/model.ts'
import { entity } from '../entity.ts'

export const queues = entity('queues', {
  version: 2,
  about:
    'Queues (技能组), as last activated. One that the configuration in force no longer names keeps the version that named it last.',
  key: { queueCode: text('Code of the queue.') },
  columns: {
    name: text('Its name.'),
    priority: count('Priority among queues; higher goes first.'),
    ringMs: duration('How long one attempt rings an agent.'),
    wrapUpMs: duration('Wrap-up after its calls; 0: none.'),
    maxWaitMs: duration('Longest wait before a caller leaves the queue; 0: no limit.'),
    targetMs: duration('Service-level threshold.'),
    targetRatio: ratio('Service-level target, 0 to 1.'),
    shortAbandonMs: duration('An abandonment sooner than this counts as short.'),
    configVersion: count('Version of the last configuration that named it.'),
    starvingSince: instantOrNull(
      'Since when its first in line has been waiting while its agents took callers of higher-priority queues who ' +
        'came later; null: it does not starve.',
    ),
    mendedAt: instantOrNull('When the switchboard last found, and corrected, an error in its lists of this queue.'),
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
