/**
 * Route rules, in the form in which they are activated (catalogue A3.2.3). A call goes by the first rule that matches
 * the called number, in the order of `order`; between equal ones a literal number goes before a pattern, and a pattern
 * before `*`.
 */
import { z } from 'zod'
import { clearText, codeText as code } from '../kernel/event.ts'

const routeTypes = ['basic', 'inbound', 'outbound', 'queue', 'ivr', 'robot'] as const

const reference = code.nullable().optional()

export const routeTargetKinds = [
  'extension',
  'queue',
  'ivr',
  'robot',
  'agent',
  'number',
  'voicemail',
  'hang_up',
] as const

/** Where a call goes that a rule sends on. */
export const routeTarget = z.object({
  kind: z.enum(routeTargetKinds),
  code: clearText('code', 100).describe('empty for hang_up'),
})
export type RouteTarget = z.infer<typeof routeTarget>

/**
 * A rule. Versions from before there were types have `code`, `to` and `queueCode` alone: all others are optional, and
 * what their absence means is said with each.
 */
export const routeSettings = z.object({
  code,
  to: clearText('ours', 200).describe(
    'the called number: literally, as a regular expression that begins with ^, or * for every number (A3.2.3-pattern)',
  ),
  order: z.number().int().min(0).max(1_000_000).optional().describe('smaller goes first; absent: 100 (A3.2.3-order)'),
  type: z.enum(routeTypes).optional().describe('absent: queue (A3.2.3-type)'),
  fromGateway: reference.describe('only calls that came by this gateway; absent: any way'),
  queueCode: reference.describe('of a queue rule: the queue (A3.2.3.4-target)'),
  target: routeTarget
    .nullable()
    .optional()
    .describe(
      'of an inbound, ivr or robot rule: who takes the call; of a basic one always the extension that was dialled',
    ),
  calendar: reference.describe(
    'of an inbound rule: when it puts calls through; absent: always (A3.2.3.3-effective-time)',
  ),
  closed: z
    .object({
      media: reference.describe('prompt for calls outside these times (A3.2.3.3-offhours-prompt)'),
      target: routeTarget.nullable().optional().describe('where they go then; absent: they are disconnected'),
    })
    .optional()
    .describe('of an inbound rule: what happens outside the calendar’s times'),
  gateways: z
    .array(code)
    .max(20)
    .optional()
    .describe('of an outbound rule: tried in this order; empty or absent: the extension’s (A3.2.3.2-gateway)'),
  strip: z.number().int().min(0).max(20).optional().describe('of an outbound rule: digits removed from the front'),
  prefix: clearText('ours', 32).optional().describe('of an outbound rule: put before the number (A3.2.3.2-prefix)'),
  timeoutMs: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('of an outbound rule: how long the other side may ring; absent: 60 s (A3.2.3.2-timeout)'),
  record: z.boolean().optional().describe('its calls are recorded, whatever the extension says (A3.2.3.2-record)'),
})
export type RouteSettings = z.infer<typeof routeSettings>
