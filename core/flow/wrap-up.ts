/**
 * The wrap-up after a call: from the agent's membership in the queue, else from the queue. Calls without a queue have
 * none.
 */
import { WRAP_UP_CAP_MS } from '../agent/shift.ts'
import type { OpenShift } from '../agent/state.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

/** Length in ms (a cap if the form decides), and whether the form decides. */
export function wrapUpAfter(
  shift: OpenShift,
  queueCode: string | null,
  switchboard: Pick<SwitchboardState, 'configuration'>,
): { wrapUpMs: number; wrapUpForm: boolean } {
  const queue = queueCode === null ? undefined : switchboard.configuration.state.queues[queueCode]
  if (!queue) return { wrapUpMs: 0, wrapUpForm: false }
  const own = shift.queues.find((membership) => membership.queueCode === queueCode)?.wrapUpMs
  const wrapUpMs = own ?? queue.wrapUpMs
  if (!queue.wrapUpForm) return { wrapUpMs, wrapUpForm: false }
  return { wrapUpMs: wrapUpMs === 0 ? WRAP_UP_CAP_MS : wrapUpMs, wrapUpForm: true }
}
