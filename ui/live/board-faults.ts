/**
 * Filters that match no rows of a board, known once the board has been loaded. What existed today counts even if it is no longer
 * configured; `parts/filter-check.svelte.ts` finds out whether it exists at all.
 */
import { stateOrder } from './agent-states.ts'
import { unknownNames, type FilterFault } from '../http/filter-faults.ts'
import type { Tables } from './tables.ts'

export function boardFaults(
  params: URLSearchParams,
  { queues, queue_day, calls, agent_monitor }: Tables,
): FilterFault[] {
  const codes = new Set([...queues.values()].map((queue) => queue.queueCode))
  const everQueues = new Set([
    ...codes,
    ...[...queue_day.values()].map((row) => row.queueCode),
    ...[...calls.values()].flatMap((call) => call.queueCode ?? []),
  ])
  const groups = [...new Set([...agent_monitor.values()].flatMap((agent) => agent.groupCode ?? []))].sort()
  return [
    ...unknownNames(params, 'queue', everQueues),
    ...unknownNames(params, 'group', groups),
    ...unknownNames(params, 'state', stateOrder),
  ]
}
