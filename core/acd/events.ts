/**
 * Configuration of the switchboard: queues, agents and routes, edited as pending changes and activated
 * together as a numbered version. Stream `switchboard-<tenant>.configuration`. Every routing decision
 * cites the version it was made under. And who owns it: stream `switchboard-<tenant>.owner`.
 */
import { z } from 'zod'
import { membership } from '../agent/events.ts'
import { reasonUses } from '../agent/reasons.ts'
import { shiftRules } from '../agent/rules.ts'
import { strategies } from './strategies.ts'
import { workWindows } from './workload.ts'
import { clearText, codeText as code, defineEvents, event, idText, personalDetail, type EventsOf, type RecordedOf } from '../kernel/event.ts'

const ms = z.number().int().min(0)

/** Where a queue sends a caller who leaves it. */
export const queueDestination = z.object({
  kind: z.enum(['queue', 'agent', 'extension', 'number', 'hang_up']),
  code: clearText('code', 64).describe('queue code, agent code, extension or number; empty for hang_up'),
  keepPlace: z.boolean().default(false).describe('in another queue his wait goes on from when he joined this one'),
})
export type QueueDestination = z.infer<typeof queueDestination>

const hangUp: QueueDestination = { kind: 'hang_up', code: '', keepPlace: false }

/** What a waiting caller is told again and again (A3.2.2.1-announce-sound, A3.2.2.1-announce-frequency). */
export const announcement = z.object({
  kind: z.enum(['sound', 'place', 'expected_wait']),
  media: z.string().min(1).max(200).meta({ clear: 'setting' }).describe('what is played; `{value}` stands for the place, or for whole minutes of expected wait'),
  firstAfterMs: ms.default(0),
  everyMs: z.number().int().min(5_000).default(40_000),
})

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/)

/** A stretch of the week, in the tenant's zone. */
export const openHours = z.object({ days: z.array(z.number().int().min(1).max(7)).min(1).max(7).describe('1 Monday … 7 Sunday'), from: clockTime, to: clockTime })
export type OpenHours = z.infer<typeof openHours>

/**
 * A queue (skill group) as activated. Catalogue A3.2.2. What a member of the queue has settings of his own for
 * (`membership`) goes before the queue's.
 */
export const queueSettings = z.object({
  code,
  name: clearText('setting', 100),
  strategy: z.enum(strategies).describe('order in which agents are tried (A3.2.2.1-strategy)'),
  workWindow: z.enum(workWindows).default('today').describe('what least talk and fewest calls look back at'),
  idleFrom: z.enum(['available', 'last_call']).default('available').describe('what the longest idle is counted from'),
  priority: z.number().int().describe('between queues; higher goes first'),
  ageingMs: ms.optional().describe('each time its first in line has waited so long, the queue counts as one priority higher; absent or 0: never'),
  timeBase: z.enum(['queue', 'system']).default('queue').describe('system: the time since the call was answered counts too (A3.2.2.1-time-base-score)'),
  ringMs: ms.describe('one attempt rings so long'),
  wrapUpMs: ms.describe('0: none'),
  wrapUpForm: z.boolean().optional().describe('wrap-up lasts until the form is sent; wrapUpMs is then its cap'),
  maxNoAnswer: z.number().int().min(0).describe('offers unanswered in a row until he is set not responding; 0: never'),
  noAnswerDelayMs: ms,
  rejectDelayMs: ms,
  busyDelayMs: ms,
  targetMs: ms.describe('service-level limit'),
  targetRatio: z.number().min(0).max(1).describe('service-level target'),
  shortAbandonMs: ms,
  tiers: z
    .object({
      apply: z.boolean().describe('off: all levels at once, in order (A3.2.2.1-tier-rules-apply)'),
      waitMs: ms.describe('before a further level is considered (A3.2.2.1-tier-rule-wait)'),
      multiply: z.boolean().describe('level n after n times the wait (A3.2.2.1-tier-rule-multiply)'),
      skipEmpty: z.boolean().describe('at once where nobody is signed in at a lower level (A3.2.2.1-tier-rule-skip)'),
    })
    .default({ apply: false, waitMs: 300_000, multiply: true, skipEmpty: false }),
  maxWaitMs: ms.describe('0: for ever (A3.2.2.1-max-wait)'),
  noAgent: z
    .object({
      afterMs: ms.describe('nobody signed in so long: callers leave; 0: off (A3.2.2.1-max-wait-no-agent)'),
      rejectMs: ms.describe('a caller has waited so much longer at least (A3.2.2.1-reject-interval)'),
      restCounts: z.boolean().describe('who rests counts as signed in'),
    })
    .default({ afterMs: 0, rejectMs: 5_000, restCounts: true }),
  overflow: z
    .object({
      length: z.number().int().min(0).describe('who finds so many in the queue goes on at once; 0: off'),
      afterMs: ms.describe('who has waited so long goes on; 0: off'),
    })
    .default({ length: 0, afterMs: 0 }),
  hours: z.array(openHours).max(50).default([]).describe('when the queue takes callers; empty: always. Who waits at closing time is still served'),
  exitKey: z.string().regex(/^[0-9*#]$/).nullable().default(null).describe('key by which a caller leaves'),
  callback: z
    .object({
      key: z.string().regex(/^[0-9*#]$/).nullable().describe('key by which a caller asks to be called back; null: not offered'),
      media: clearText('setting', 200).nullable().describe('what he hears then'),
      attempts: z.number().int().min(1).max(10).describe('so often he is tried'),
      retryMs: ms.describe('between two tries'),
    })
    .default({ key: null, media: null, attempts: 2, retryMs: 300_000 }),
  exits: z
    .object({ timed_out: queueDestination, no_agent: queueDestination, left_by_key: queueDestination, overflowed: queueDestination, closed: queueDestination })
    .default({ timed_out: hangUp, no_agent: hangUp, left_by_key: hangUp, overflowed: hangUp, closed: hangUp })
    .describe('where each way out leads'),
  resume: z
    .object({
      allowed: z.boolean().describe('who hung up gets his place back (A3.2.2.1-abandoned-resume)'),
      withinMs: ms.describe('if he calls again within (A3.2.2.1-discard-abandoned)'),
    })
    .default({ allowed: false, withinMs: 60_000 }),
  music: z.string().min(1).max(200).meta({ clear: 'setting' }).default('hold_music').describe('what is heard while waiting (A3.2.2.1-moh)'),
  announcements: z.array(announcement).max(10).default([]),
})
export type QueueSettings = z.infer<typeof queueSettings>
/** Settings as somebody writes them: what has a default may be left out. */
export type QueueInput = z.input<typeof queueSettings>

/** What the switchboard's lists can say against state and time. */
export const strayKinds = ['agent_not_listed', 'agent_listed', 'caller_not_in_line', 'caller_in_line', 'not_matched', 'held_back'] as const
export type StrayKind = (typeof strayKinds)[number]

/** An agent as activated: who he is and what he serves when he signs in. */
export const agentSettings = z.object({
  agentId: idText,
  agentCode: code.describe('工号'),
  name: personalDetail('display name', 'agentId'),
  extension: code.nullable(),
  group: code.nullable(),
  department: code.nullable(),
  queues: z.array(membership).max(200),
})
export type AgentSettings = z.infer<typeof agentSettings>

/** The same as asked for. Who is given no id keeps the one that is in force for their number; somebody new is given one. */
export const agentInput = agentSettings.extend({
  agentId: idText.optional().describe('best left out: it stands in the ledger in the clear, so it tells nothing of the person (a UUID)'),
})
export type AgentInput = z.infer<typeof agentInput>

/** Where calls to a number go. `to` is matched whole; `*` is every other number. */
export const routeSettings = z.object({ code, to: clearText('ours', 100), queueCode: code })
export type RouteSettings = z.infer<typeof routeSettings>

/** Why somebody is away, busy or out, as it may be chosen (`agent/reasons.ts`). */
export const reasonSettings = z.object({
  code: z.string().max(32).regex(/^[a-z][a-z0-9_]{0,31}$/).meta({ clear: 'code' }),
  zh: z.string().min(1).max(40).meta({ clear: 'setting' }),
  en: z.string().min(1).max(40).meta({ clear: 'setting' }),
  for: z.array(z.enum(reasonUses)).min(1).max(reasonUses.length).describe('states for which screens offer it'),
})

/** A supervisor who is no agent. An agent who supervises is known by the code of the agent. */
export const supervisorSettings = z.object({
  code,
  name: personalDetail('display name', 'code'),
  extension: code.nullable().default(null).describe('the phone to listen on, where none is given'),
})
export type SupervisorSettings = z.infer<typeof supervisorSettings>

export const switchboardEvents = defineEvents({
  SwitchboardActivated: event('A new version of queues, agents and routes is in force.', {
    version: z.number().int().min(1),
    /** IANA name; days and hours of this tenant are cut in it. */
    zone: clearText('setting', 64),
    queues: z.array(queueSettings).max(1000),
    agents: z.array(agentSettings).max(20_000),
    routes: z.array(routeSettings).max(5000),
    shifts: shiftRules.optional().describe('rules for shifts; absent: the house’s'),
    reasons: z.array(reasonSettings).max(100).optional().describe('reasons to choose from; absent: the house’s'),
    supervisors: z.array(supervisorSettings).max(1000).optional().describe('supervisors who are no agents; absent: none'),
  }),
  SwitchboardTakenOver: event('Another process owns the switchboard from now on.', {
    epoch: z.number().int().min(1).describe('higher than those of all owners before it'),
    node: z.string().min(1).max(200).meta({ clear: 'id' }).describe('the process: its machine, its number there, and a mark of its life'),
    address: clearText('ours', 300).nullable().default(null).describe('where other processes of the house reach it (host:port); null: they do not'),
  }),
  SwitchboardListsMended: event('For more than a second its lists did not say what follows from state and time. They do from now on.', {
    epoch: z.number().int().min(0).describe('of the owner whose lists they were'),
    found: z
      .array(
        z.object({
          kind: z.enum(strayKinds).describe(
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
  }),
  QueueStarving: event('Callers are passed over: agents of this queue are given callers of queues with a higher priority who came later.', {
    queueCode: code,
    callId: idText.describe('the first in line'),
    since: z.number().int().describe('since when they wait'),
    passed: z.number().int().min(1).describe('callers who were taken before them since anybody of this queue was'),
    by: code.describe('the queue that the last of those came from'),
  }),
  QueueStarvingEnded: event('That caller was given an agent, or waits no more.', { queueCode: code, callId: idText }),
})

/**
 * Recorded history of a tenant. Stream `imported_history-<tenant>.history`, written before its first call,
 * so that whoever folds the history knows in which zone to cut its days.
 */
export const historyEvents = defineEvents({
  HistoryOpened: event('Recorded calls of this tenant are about to be loaded.', {
    source: clearText('setting', 100).describe('where they come from: anonymous-bank'),
    /** IANA name; days and hours of this tenant are cut in it. */
    zone: clearText('setting', 64),
    ids: z
      .enum(['clear', 'keyed'])
      .default('clear')
      .describe('by what agents and rows are recognised: `keyed`, hashes under the master key; `clear`, in histories opened by earlier versions, names and plain hashes'),
  }),
  HistoryAgentNamed: event('Somebody who served recorded calls: from now on calls name them by this id and number.', {
    agentId: idText.describe('a hash of the name under the master key: the next import meets it again'),
    agentCode: code.describe('工号 in this history: counted in the order in which they were met'),
    name: personalDetail('as the source has it', 'agentId'),
  }),
})

export type SwitchboardEvent = EventsOf<typeof switchboardEvents>
export type RecordedSwitchboardEvent = RecordedOf<typeof switchboardEvents>
