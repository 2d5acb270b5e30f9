/** What the switchboard found out about itself: lists that had to be mended, a queue that starves. Each finding is a stream, `switchboard-<tenant>.finding-<id>`. */
import { z } from 'zod'
import { codeText as code, defineEvents, event, idText } from '../kernel/event.ts'

/** What the switchboard's lists can say against state and time. */
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
    'For more than a second its lists did not say what follows from state and time. They do from now on.',
    {
      epoch: z.number().int().min(0).describe('of the owner whose lists they were'),
      found: z
        .array(
          z.object({
            kind: z
              .enum(strayKinds)
              .describe(
                'agent_not_listed: free, and not among the free; agent_listed: the reverse; caller_not_in_line, caller_in_line: the same of a caller for whom an agent is looked for; ' +
                  'not_matched: somebody free and somebody waiting were left side by side; held_back: left out of the lists for a choice that never came to anything',
              ),
            agentId: idText.nullable(),
            agentCode: code.nullable(),
            callId: idText.nullable(),
            queueCode: code,
            since: z.number().int().describe('since when it was so at the latest'),
          }),
        )
        .max(100),
      more: z.number().int().min(0).describe('so many more were found'),
    },
  ),
  QueueStarving: event(
    'Callers are passed over: agents of this queue are given callers of queues with a higher priority who came later.',
    {
      queueCode: code,
      callId: idText.describe('the first in line'),
      since: z.number().int().describe('since when they wait'),
      passed: z.number().int().min(1).describe('callers who were taken before them since anybody of this queue was'),
      by: code.describe('the queue that the last of those came from'),
    },
  ),
  QueueStarvingEnded: event('That caller was given an agent, or waits no more.', { queueCode: code, callId: idText }),
})
