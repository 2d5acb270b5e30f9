/** What is refused of an item at once, before anything else of the configuration is looked at. */
import { memberBounds, shiftBounds } from '../agent/bounds.ts'
import type { AgentSettings } from '../configuration/events.ts'
import type { Item, Section, SectionName } from '../configuration/sections.ts'
import { codeRemarks } from '../configuration/checks.ts'
import { ivrBounds } from '../ivr/bounds.ts'
import { outside, type Bounds } from '../kernel/bounds.ts'
import { Problem } from '../kernel/problem.ts'
import { LONGEST_ITEM } from '../kernel/sections.ts'
import {
  calendarBounds,
  extensionBounds,
  featureBounds,
  gatewayBounds,
  limitBounds,
  mediaBounds,
  recordingBounds,
} from '../network/bounds.ts'
import { queueBounds } from '../queue/bounds.ts'
import { routeBounds } from '../routing/bounds.ts'

/** Bounds of the items of each section, as a form states them. */
export const boundsOf: Readonly<Partial<Record<SectionName, Bounds>>> = {
  queues: queueBounds,
  agents: Object.fromEntries(Object.entries(memberBounds).map(([name, bound]) => [`queues[].${name}`, bound])),
  extensions: extensionBounds,
  routes: routeBounds,
  ivrs: ivrBounds,
  calendars: calendarBounds,
  media: mediaBounds,
  gateways: gatewayBounds,
  shifts: shiftBounds,
  featureCodes: featureBounds,
  limits: limitBounds,
  recording: recordingBounds,
}

/** @throws Problem `switchboard.out_of_bounds`, `switchboard.code_invalid`, naming the field */
export function refuseOutOfBounds(section: Section, key: string, item: Item): void {
  if (section.key !== null) for (const { problem } of codeRemarks(section.name, key, section.key)) throw problem
  if (section.name === 'agents')
    for (const { problem } of codeRemarks('extension', (item as AgentSettings).extension, 'extension')) throw problem
  const bounds = boundsOf[section.name]
  const [first] = bounds ? outside(`${section.name} ${key}`, item, bounds) : []
  if (first) throw first
  const bytes = Buffer.byteLength(JSON.stringify(item))
  if (bytes > LONGEST_ITEM)
    throw new Problem('network.too_large', { what: section.name, code: key, bytes, most: LONGEST_ITEM })
}
