/**
 * Configuration of the switchboard: queues, agents and routes, edited as pending changes and activated together as a
 * numbered version. Stream `switchboard-<tenant>.configuration`. Every routing decision cites the version it was made
 * under. Also who owns the switchboard: stream `switchboard-<tenant>.owner`.
 */
import { z } from 'zod'
import { membership } from '../agent/events.ts'
import { reasonUses } from '../agent/reasons.ts'
import { shiftRules } from '../agent/rules.ts'
import { ivrSettings } from '../ivr/settings.ts'
import {
  calendarSettings,
  extensionSettings,
  featureCodes,
  gatewaySettings,
  mediaSettings,
  networkLimits,
  networkSettings,
  ownNumber,
  recordingSettings,
} from '../network/settings.ts'
import { queueDestination, queueSettings } from '../queue/settings.ts'
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
    .meta({ clear: 'code', examples: ['break'] }),
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

/** Marks a list that may be long: it is stored in events {@link switchboardEvents.SwitchboardSectionStored}. */
const section = (by: string) => ({ section: { by, in: 'SwitchboardSectionStored' } })

/** The lists of a configuration. */
const lists = {
  queues: z.array(queueSettings).max(1000).meta(section('code')),
  agents: z.array(agentSettings).max(20_000).meta(section('agentCode')),
  routes: z.array(routeSettings).max(5000).meta(section('code')),
  supervisors: z
    .array(supervisorSettings)
    .max(1000)
    .optional()
    .describe('supervisors who are not agents; absent: none')
    .meta(section('code')),
}
const networkLists = {
  extensions: networkSettings.shape.extensions.meta(section('number')),
  gateways: networkSettings.shape.gateways.meta(section('code')),
  numbers: networkSettings.shape.numbers.meta(section('number')),
  media: networkSettings.shape.media.meta(section('code')),
  calendars: networkSettings.shape.calendars.meta(section('code')),
  ivrs: networkSettings.shape.ivrs.meta(section('code')),
}

/** One item of each section: what people edit one by one. */
const sectionItems = {
  queues: queueSettings,
  agents: agentSettings,
  extensions: extensionSettings,
  routes: routeSettings,
  ivrs: ivrSettings,
  calendars: calendarSettings,
  media: mediaSettings,
  gateways: gatewaySettings,
  numbers: ownNumber,
  supervisors: supervisorSettings,
  reasons: reasonSettings,
  house: z.object({ zone: clearText('setting', 64).describe('IANA name; days and hours follow it') }),
  shifts: shiftRules,
  featureCodes,
  limits: networkLimits,
  recording: recordingSettings,
}
type ItemSchemas = typeof sectionItems
export type SwitchboardSections = { [S in keyof ItemSchemas]: z.infer<ItemSchemas[S]> }
/** The schema of the items of each section. */
export const itemSchemas: Readonly<Record<keyof ItemSchemas, z.ZodObject>> = sectionItems
/** An item of a section in an event, under the section’s name. */
export const heldItem = z.object(sectionItems).partial()
export const sectionName = z.enum(Object.keys(sectionItems) as [keyof ItemSchemas, ...(keyof ItemSchemas)[]])

const count = z.number().int().min(0)

/** As many are remembered, the latest. */
export const MOST_RETIRED = 20_000
/** A queue that no longer exists. */
const retiredQueue = z.object({ code, to: queueDestination.describe('where it sent callers when it was closed') })

/** Part of such a list, if a part is of it. */
function partOf<T extends z.ZodType>(item: T) {
  return z.array(item).optional()
}

export const switchboardEvents = defineEvents({
  SwitchboardActivated: event('A new version of queues, agents and routes is in force.', {
    version: z.number().int().min(1),
    /** IANA name; this tenant's days and hours are cut in it. */
    zone: clearText('setting', 64),
    ...lists,
    shifts: shiftRules.optional().describe('shift rules; absent: the house’s'),
    reasons: z.array(reasonSettings).max(100).optional().describe('configured reasons; absent: the house’s'),
    network: networkSettings
      .extend(networkLists)
      .optional()
      .describe(
        'extensions, gateways, numbers, prompts, menus, opening times, feature codes, limits, recording; absent: none',
      ),
    gone: z
      .object({ gateways: z.array(code).max(500) })
      .optional()
      .describe('what the version before had and this one has not; absent: nothing'),
    retired: z
      .array(retiredQueue)
      .max(MOST_RETIRED)
      .optional()
      .describe('queues that existed once; absent: earlier versions say so, and have to be read, too')
      .meta(section('code')),
    draft: z
      .number()
      .int()
      .min(0)
      .optional()
      .describe('changes of the draft up to this revision of its stream are in force or given up; absent: none are'),
    note: clearText('setting', 200).optional().describe('what this version is for, in the words of who activated it'),
    changed: z
      .array(z.object({ section: sectionName, added: count, changed: count, removed: count }))
      .max(50)
      .optional()
      .describe('how many items differ from the version before; absent in early versions'),
  }),
  SwitchboardSectionStored: event(
    'A part of a long list of a configuration, to which activations refer; by itself it changes nothing.',
    {
      queues: partOf(queueSettings),
      agents: partOf(agentSettings),
      routes: partOf(routeSettings),
      supervisors: partOf(supervisorSettings),
      retired: partOf(retiredQueue),
      network: z
        .object({
          extensions: partOf(extensionSettings),
          gateways: partOf(gatewaySettings),
          numbers: partOf(ownNumber),
          media: partOf(mediaSettings),
          calendars: partOf(calendarSettings),
          ivrs: partOf(ivrSettings),
        })
        .optional(),
    },
  ),
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
