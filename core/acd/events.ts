/**
 * Configuration of the switchboard: queues, agents and routes, edited as pending changes and activated
 * together as a numbered version. Stream `switchboard-<tenant>.configuration`. Every routing decision
 * cites the version it was made under.
 */
import { z } from 'zod'
import { membership } from '../agent/events.ts'
import { shiftRules } from '../agent/rules.ts'
import { strategies } from './strategies.ts'
import { workWindows } from './workload.ts'
import { defineEvents, event, personalDetail, type EventsOf, type RecordedOf } from '../kernel/event.ts'

const code = z.string().min(1).max(64)
const ms = z.number().int().min(0)

/** A queue (skill group) as activated. Catalogue A3.2.2. */
export const queueSettings = z.object({
  code,
  name: z.string().max(100),
  strategy: z.enum(strategies).describe('order in which agents are tried'),
  workWindow: z.enum(workWindows).default('today').describe('what least talk and fewest calls look back at'),
  priority: z.number().int().describe('between queues; higher goes first'),
  ringMs: ms.describe('one attempt rings so long'),
  wrapUpMs: ms.describe('0: none'),
  wrapUpForm: z.boolean().optional().describe('wrap-up lasts until the form is sent; wrapUpMs is then its cap'),
  maxNoAnswer: z.number().int().min(0).describe('offers unanswered in a row until he is set not responding; 0: never'),
  noAnswerDelayMs: ms,
  rejectDelayMs: ms,
  busyDelayMs: ms,
  maxWaitMs: ms.describe('0: for ever'),
  targetMs: ms.describe('service-level threshold'),
  targetRatio: z.number().min(0).max(1).describe('service-level target'),
  shortAbandonMs: ms,
})
export type QueueSettings = z.infer<typeof queueSettings>

/** An agent as activated: who he is and what he serves when he signs in. */
export const agentSettings = z.object({
  agentId: z.string().min(1).max(100),
  agentCode: code.describe('工号'),
  name: personalDetail('display name', 'agentId'),
  extension: code.nullable(),
  group: code.nullable(),
  department: code.nullable(),
  queues: z.array(membership).max(200),
})
export type AgentSettings = z.infer<typeof agentSettings>

/** Where calls to a number go. `to` is matched whole; `*` is every other number. */
export const routeSettings = z.object({ code, to: z.string().max(100), queueCode: code })
export type RouteSettings = z.infer<typeof routeSettings>

export const switchboardEvents = defineEvents({
  SwitchboardActivated: event('A new version of queues, agents and routes is in force.', {
    version: z.number().int().min(1),
    /** IANA name; days and hours of this tenant are cut in it. */
    zone: z.string().max(64),
    queues: z.array(queueSettings).max(1000),
    agents: z.array(agentSettings).max(20_000),
    routes: z.array(routeSettings).max(5000),
    shifts: shiftRules.optional().describe('rules for shifts; absent: the house’s'),
  }),
})

/**
 * Recorded history of a tenant. Stream `imported_history-<tenant>.history`, written before its first call,
 * so that whoever folds the history knows in which zone to cut its days.
 */
export const historyEvents = defineEvents({
  HistoryOpened: event('Recorded calls of this tenant are about to be loaded.', {
    source: z.string().max(100).describe('where they come from: anonymous-bank'),
    /** IANA name; days and hours of this tenant are cut in it. */
    zone: z.string().max(64),
  }),
})

export type SwitchboardEvent = EventsOf<typeof switchboardEvents>
export type RecordedSwitchboardEvent = RecordedOf<typeof switchboardEvents>
