/**
 * The settings for an agent's part in a call: their own in a queue, those of the queue, or the defaults outside all
 * queues; and those of the phone they take it with.
 */
import type { LiveCall } from '../call/state.ts'
import type { QueueSettings } from '../queue/settings.ts'
import { lookupOf } from '../routing/dial-plan.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

export type AgentSettingsInQueue = Pick<
  QueueSettings,
  'ringMs' | 'maxNoAnswer' | 'noAnswerDelayMs' | 'rejectDelayMs' | 'busyDelayMs'
>

/** For a call that belongs to no queue. */
const outsideQueues = { ringMs: 20_000, maxNoAnswer: 0, noAnswerDelayMs: 0, rejectDelayMs: 0, busyDelayMs: 0 } as const

/** An agent's own settings in a queue (catalogue A3.2.2.4), else those of the queue, else the defaults. */
export function settingsOf(
  queueCode: string | null,
  agentId: string | null,
  switchboard: SwitchboardState,
): AgentSettingsInQueue {
  const queue: AgentSettingsInQueue = (queueCode && switchboard.configuration.state.queues[queueCode]) || outsideQueues
  const own = agentId && switchboard.shift(agentId)?.queues.find((membership) => membership.queueCode === queueCode)
  return own ? { ...queue, ...own } : queue
}

/** The same for an agent in a call: its queue is the one the call is in, or was last in. */
export function settingsInCall(
  call: LiveCall,
  agentId: string | null,
  switchboard: SwitchboardState,
): AgentSettingsInQueue {
  return settingsOf(call.queue?.queueCode ?? call.lastQueueCode, agentId, switchboard)
}

/** Whether a phone is to answer a call by itself (catalogue A3.2.1-auto-answer). */
export function answersByItself(extension: string | null, isOfQueue: boolean, switchboard: SwitchboardState): boolean {
  if (extension === null) return false
  const answers = lookupOf(switchboard.configuration.state).extensions.get(extension)?.autoAnswer ?? 'off'
  return answers === 'all' || (answers === 'queue' && isOfQueue)
}
