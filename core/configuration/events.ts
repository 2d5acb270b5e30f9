/**
 * Configuration of the switchboard: queues, agents and routes, edited as pending changes and activated together as a
 * numbered version. Stream `switchboard-<tenant>.configuration`. Every routing decision cites the version it was made
 * under. Also who owns the switchboard: stream `switchboard-<tenant>.owner`.
 */
import { z } from 'zod'
import { membership } from '../agent/events.ts'
import { reasonUses } from '../agent/reasons.ts'
import { shiftRules } from '../agent/rules.ts'
import { networkSettings } from '../network/settings.ts'
import { queueSettings } from '../queue/settings.ts'
import { routeSettings } from '../routing/settings.ts'
import {
  clearText,
  codeText as code,
  defineEvents,
  event,
  idText,
  personalDetail,
  type EventsOf,
  type RecordedOf,
} from '../kernel/event.ts'

/** An agent as activated: who they are and which queues they serve when they sign in. */
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

/** The same, as requested. An agent without an id keeps the one in force for their number; a new agent is given one. */
export const agentInput = agentSettings.extend({
  agentId: idText
    .optional()
    .describe(
      'best left out: it stands in the ledger in the clear, so it must reveal nothing about the person (a UUID)',
    ),
})
export type AgentInput = z.infer<typeof agentInput>

/** A configured reason for being away, busy or signed out (`agent/reasons.ts`). */
export const reasonSettings = z.object({
  code: z
    .string()
    .max(32)
    .regex(/^[a-z][a-z0-9_]{0,31}$/)
    .meta({ clear: 'code' }),
  zh: z.string().min(1).max(40).meta({ clear: 'setting' }),
  en: z.string().min(1).max(40).meta({ clear: 'setting' }),
  for: z.array(z.enum(reasonUses)).min(1).max(reasonUses.length).describe('states for which screens offer it'),
})

/** A supervisor who is not an agent. A supervising agent is known by their agent code. */
export const supervisorSettings = z.object({
  code,
  name: personalDetail('display name', 'code'),
  extension: code.nullable().default(null).describe('the phone to listen on if none is given'),
})
export type SupervisorSettings = z.infer<typeof supervisorSettings>

export const switchboardEvents = defineEvents({
  SwitchboardActivated: event('A new version of queues, agents and routes is in force.', {
    version: z.number().int().min(1),
    /** IANA name; this tenant's days and hours are cut in it. */
    zone: clearText('setting', 64),
    queues: z.array(queueSettings).max(1000),
    agents: z.array(agentSettings).max(20_000),
    routes: z.array(routeSettings).max(5000),
    shifts: shiftRules.optional().describe('shift rules; absent: the house’s'),
    reasons: z.array(reasonSettings).max(100).optional().describe('configured reasons; absent: the house’s'),
    supervisors: z
      .array(supervisorSettings)
      .max(1000)
      .optional()
      .describe('supervisors who are not agents; absent: none'),
    network: networkSettings
      .optional()
      .describe('extensions, gateways, numbers, prompts, menus, opening times, feature codes, limits; absent: none'),
  }),
  SwitchboardTakenOver: event('Another process now owns the switchboard.', {
    epoch: z.number().int().min(1).describe('higher than those of all owners before it'),
    node: z
      .string()
      .min(1)
      .max(200)
      .meta({ clear: 'id' })
      .describe('the process: its machine, its process number, and a mark unique to its life'),
    address: clearText('ours', 300)
      .nullable()
      .default(null)
      .describe('where other processes of the house reach it (host:port); null: they do not'),
  }),
})

export type SwitchboardEvent = EventsOf<typeof switchboardEvents>
export type RecordedSwitchboardEvent = RecordedOf<typeof switchboardEvents>
