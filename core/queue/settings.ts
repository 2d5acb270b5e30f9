/**
 * What can be set for a queue (skill group), in the form in which it is activated. The files beside this one say what
 * the settings do. Catalogue A3.2.2.
 */
import { z } from 'zod'
import { clearText, codeText as code } from '../kernel/event.ts'
import { surveySettings } from '../survey/settings.ts'
import { strategies } from './strategies.ts'
import { workWindows } from './workload.ts'

const ms = z.number().int().min(0)

/** Where a queue sends a caller who leaves it. */
export const queueDestination = z.object({
  kind: z.enum(['queue', 'agent', 'extension', 'number', 'voicemail', 'hang_up']),
  code: clearText('code', 64).describe(
    'queue code, agent code, extension or number; the extension of a box; empty for hang_up',
  ),
  keepPlace: z
    .boolean()
    .default(false)
    .describe('when sent to another queue, the caller’s wait still counts from joining this one'),
})
export type QueueDestination = z.infer<typeof queueDestination>

const hangUp: QueueDestination = { kind: 'hang_up', code: '', keepPlace: false }

/** What a waiting caller hears from time to time (A3.2.2.1-announce-sound, A3.2.2.1-announce-frequency). */
const announcement = z.object({
  kind: z.enum(['sound', 'place', 'expected_wait']),
  media: z
    .string()
    .min(1)
    .max(200)
    .meta({ clear: 'setting' })
    .describe('what is played; `{value}` is the place in line, or the expected wait in whole minutes'),
  firstAfterMs: ms.default(0),
  everyMs: z.number().int().min(5_000).default(40_000),
})

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/)

/** A stretch of the week, in the tenant's zone. */
export const openHours = z.object({
  days: z.array(z.number().int().min(1).max(7)).min(1).max(7).describe('1 Monday … 7 Sunday'),
  from: clockTime,
  to: clockTime,
})
export type OpenHours = z.infer<typeof openHours>

/**
 * A queue (skill group) as activated. Catalogue A3.2.2. A member's own settings (`membership`) take precedence over the
 * queue's.
 */
export const queueSettings = z.object({
  code,
  name: clearText('setting', 100),
  record: z.boolean().optional().describe('its calls are recorded, whatever the phones say'),
  keepRecordingsDays: z
    .number()
    .int()
    .optional()
    .describe('its recordings are deleted after this many days; absent: as the network’s recording.keepDays says'),
  strategy: z.enum(strategies).describe('order in which agents are tried (A3.2.2.1-strategy)'),
  workWindow: z.enum(workWindows).default('today').describe('the window for least talk and fewest calls'),
  idleFrom: z
    .enum(['available', 'last_call'])
    .default('available')
    .describe('the moment from which the longest idle time counts'),
  priority: z.number().int().describe('between queues; higher goes first'),
  ageingMs: ms
    .optional()
    .describe(
      'each time its first in line has waited this long, the queue’s priority rises by one; absent or 0: never',
    ),
  timeBase: z
    .enum(['queue', 'system'])
    .default('queue')
    .describe('system: the time since the call was answered counts too (A3.2.2.1-time-base-score)'),
  ringMs: ms.describe('how long one attempt rings'),
  wrapUpMs: ms.describe('0: none'),
  wrapUpForm: z.boolean().optional().describe('wrap-up lasts until the form is sent; wrapUpMs is then its cap'),
  maxNoAnswer: z
    .number()
    .int()
    .min(0)
    .describe('consecutive unanswered offers until the agent is set not responding; 0: never'),
  noAnswerDelayMs: ms,
  rejectDelayMs: ms,
  busyDelayMs: ms,
  targetMs: ms.describe('service-level limit'),
  targetRatio: z.number().min(0).max(1).describe('service-level target'),
  shortAbandonMs: ms,
  tiers: z
    .object({
      apply: z.boolean().describe('off: all levels at once, in order (A3.2.2.1-tier-rules-apply)'),
      waitMs: ms.describe('wait before the next level is considered (A3.2.2.1-tier-rule-wait)'),
      multiply: z.boolean().describe('level n after n times the wait (A3.2.2.1-tier-rule-multiply)'),
      skipEmpty: z.boolean().describe('immediately if no one is signed in at a lower level (A3.2.2.1-tier-rule-skip)'),
    })
    .default({ apply: false, waitMs: 300_000, multiply: true, skipEmpty: false }),
  maxWaitMs: ms.describe('0: for ever (A3.2.2.1-max-wait)'),
  noAgent: z
    .object({
      afterMs: ms.describe(
        'callers leave after no one has been signed in for this long; 0: off (A3.2.2.1-max-wait-no-agent)',
      ),
      rejectMs: ms.describe('each caller waits at least this long in such a queue (A3.2.2.1-reject-interval)'),
      restCounts: z.boolean().describe('agents on a break count as signed in'),
    })
    .default({ afterMs: 0, rejectMs: 5_000, restCounts: true }),
  overflow: z
    .object({
      length: z.number().int().min(0).describe('a caller who finds this many in the queue moves on at once; 0: off'),
      afterMs: ms.describe('a caller who has waited this long moves on; 0: off'),
    })
    .default({ length: 0, afterMs: 0 }),
  hours: z
    .array(openHours)
    .max(50)
    .default([])
    .describe('when the queue takes callers; empty: always. Callers waiting at closing time are still served'),
  exitKey: z
    .string()
    .regex(/^[0-9*#]$/)
    .nullable()
    .default(null)
    .describe('key with which a caller leaves'),
  callback: z
    .object({
      key: z
        .string()
        .regex(/^[0-9*#]$/)
        .nullable()
        .describe('key with which a caller asks to be called back; null: not offered'),
      media: clearText('setting', 200).nullable().describe('what the caller then hears'),
      attempts: z.number().int().min(1).max(10).describe('how many attempts to reach the caller'),
      retryMs: ms.describe('time between two attempts'),
    })
    .default({ key: null, media: null, attempts: 2, retryMs: 300_000 }),
  survey: surveySettings
    .optional()
    .describe('what callers are asked after the talk (A2.2-btn-satisfaction); absent: the usual, when the agent asks'),
  exits: z
    .object({
      timed_out: queueDestination,
      no_agent: queueDestination,
      left_by_key: queueDestination,
      overflowed: queueDestination,
      closed: queueDestination,
    })
    .default({ timed_out: hangUp, no_agent: hangUp, left_by_key: hangUp, overflowed: hangUp, closed: hangUp })
    .describe('where each way out leads'),
  resume: z
    .object({
      allowed: z.boolean().describe('a caller who hung up gets their place back (A3.2.2.1-abandoned-resume)'),
      withinMs: ms.describe('if they call again within this time (A3.2.2.1-discard-abandoned)'),
    })
    .default({ allowed: false, withinMs: 60_000 }),
  music: z
    .string()
    .min(1)
    .max(200)
    .meta({ clear: 'setting' })
    .default('hold_music')
    .describe('what callers hear while waiting (A3.2.2.1-moh)'),
  announcements: z.array(announcement).max(10).default([]),
})
export type QueueSettings = z.infer<typeof queueSettings>
/** Settings as written by a person: those with a default may be left out. */
export type QueueInput = z.input<typeof queueSettings>
