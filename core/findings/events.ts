/**
 * What the switchboard found out about itself: lists that had to be corrected, a queue that starves. Each finding is a
 * stream, `switchboard-<tenant>.finding-<id>`.
 */
import { z } from 'zod'
import { codeText as code, defineEvents, event, idText } from '../kernel/event.ts'

/** The ways in which the switchboard's lists can contradict state and time. */
export const strayKinds = [
  'agent_not_listed',
  'agent_listed',
  'caller_not_in_line',
  'caller_in_line',
  'not_matched',
  'held_back',
] as const
export type StrayKind = (typeof strayKinds)[number]

export const findingEvents = defineEvents({
  SwitchboardListsMended: event(
    'For more than a second its lists did not say what follows from state and time. They have been corrected.',
    {
      epoch: z.number().int().min(0).describe('epoch of the owner whose lists they were'),
      found: z
        .array(
          z.object({
            kind: z
              .enum(strayKinds)
              .describe(
                'agent_not_listed: free, but not in the free list; agent_listed: the reverse; caller_not_in_line, ' +
                  'caller_in_line: the same for a caller who needs an agent;  ' +
                  'not_matched: a free agent and a waiting caller were not paired; held_back: kept out of the ' +
                  'lists for a choice that was never made',
              ),
            agentId: idText.nullable(),
            agentCode: code.nullable(),
            callId: idText.nullable(),
            queueCode: code,
            since: z.number().int().describe('latest moment from which it was so'),
          }),
        )
        .max(100),
      more: z.number().int().min(0).describe('how many more were found'),
    },
  ),
  QueueStarving: event(
    'Callers are passed over: agents of this queue are given callers of higher-priority queues who arrived later.',
    {
      queueCode: code,
      callId: idText.describe('the first in line'),
      since: z.number().int().describe('since when they have been waiting'),
      passed: z
        .number()
        .int()
        .min(1)
        .describe('callers taken before them since an agent last took anyone from this queue'),
      by: code.describe('the queue of the last of those'),
    },
  ),
  QueueStarvingEnded: event('That caller was given an agent, or is no longer waiting.', {
    queueCode: code,
    callId: idText,
  }),
})
