/**
 * What a telephone network is made of besides queues and agents, in the form in which it is activated: extensions,
 * gateways, numbers, prompts, opening times, feature codes and limits. Catalogues A3.2, C21.
 */
import { z } from 'zod'
import { ivrSettings } from '../ivr/settings.ts'
import { clearText, codeText as code, secretDetail } from '../kernel/event.ts'
import { openHours } from '../queue/settings.ts'

const ms = z.number().int().min(0)

/** A name people read on screens. */
const label = clearText('setting', 100)

/** The code of something else in the configuration, if there is one. */
const reference = code.nullable().default(null)

/** An extension: an internal short number (A3.2.1). */
export const extensionSettings = z.object({
  number: code.describe('分机号: what is dialled, and the name with which the phone registers (A3.2.1-number)'),
  type: z
    .enum(['line', 'ivr', 'queue', 'robot'])
    .default('line')
    .describe('line: a phone; the others are numbers of a menu, a queue or a robot (A3.2.1-type)'),
  target: reference.describe('the menu, queue or robot behind it; null for a phone'),
  secret: secretDetail('password with which the phone registers (A3.2.1-password)'),
  gateway: reference.describe('gateway for its outside calls; null: the one its route names (A3.2.1-gateway)'),
  callerNumbers: z
    .array(clearText('ours', 32))
    .max(50)
    .default([])
    .describe('numbers shown to those it calls; of several one is drawn for each call (A3.2.1-caller-numbers)'),
  announceAgent: z
    .boolean()
    .default(true)
    .describe('the caller from a queue hears the number of the agent first (A3.2.1-announce-id)'),
  outside: z.boolean().default(true).describe('may call outside numbers (A3.2.1-allow-outbound)'),
  abroad: z.boolean().default(false).describe('may call foreign numbers, if the tenant may'),
  record: z.boolean().default(true).describe('its calls are recorded (A3.2.1-record)'),
  autoAnswer: z
    .enum(['off', 'all', 'queue'])
    .default('off')
    .describe('calls that the phone answers by itself (A3.2.1-auto-answer)'),
  webPhone: z.boolean().default(false).describe('a browser may be this phone (A3.2.1-webrtc)'),
  voicemail: z
    .object({
      afterMs: ms.describe('how long the phone rings before that; 0: as long as a phone without a box'),
      greeting: reference.describe('prompt; null: the one of the house'),
      longestMs: ms.default(120_000).describe('longest message'),
    })
    .nullable()
    .default(null)
    .describe('who is not answered may leave a message; null: only who is sent here to leave one (A11.1.5-voicemail)'),
})
export type MediaSettings = z.infer<typeof mediaSettings>
export type ExtensionSettings = z.infer<typeof extensionSettings>

/** A SIP gateway (trunk): the way outside (A3.2.6). */
export const gatewaySettings = z.object({
  code,
  remark: label.default(''),
  mode: z
    .enum(['nni', 'uni', 'ims'])
    .describe('nni: a peer; uni: we register there; ims: we register with an IMS core (A3.2.6-modes)'),
  address: clearText('ours', 255).describe('host name or address of the other side; for ims its domain'),
  port: z.number().int().min(1).max(65_535).default(5060),
  transport: z.enum(['udp', 'tcp', 'tls']).default('udp'),
  allowed: z
    .array(clearText('ours', 64))
    .max(100)
    .default([])
    .describe('further addresses or networks (CIDR) from which its calls come; the address itself always is one'),
  user: clearText('ours', 200).nullable().default(null).describe('user name for authentication'),
  secret: secretDetail('password for authentication'),
  homeUser: clearText('ours', 200).nullable().default(null).describe('ims: 归属用户名, in From (A3.2.6.3-ims-fields)'),
  homeDomain: clearText('ours', 255).nullable().default(null).describe('ims: 归属域名, in From'),
  outboundProxy: clearText('ours', 255).nullable().default(null).describe('呼出代理: next hop of calls, host[:port]'),
  registerProxy: clearText('ours', 255).nullable().default(null).describe('注册代理: next hop of registrations'),
  registerEveryMs: ms.default(600_000).describe('lifetime asked for when registering'),
  pingEveryMs: ms.default(30_000).describe('OPTIONS; 0: never'),
  pingMisses: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('OPTIONS unanswered in a row after which it counts as down; absent: 3'),
  pingAnswers: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('answers in a row after which it counts as up again; absent: 2'),
  srv: z
    .boolean()
    .optional()
    .describe('names are looked up by their SRV records (RFC 3263) where they have some; absent: no'),
  concurrency: z.number().int().min(0).default(0).describe('most calls at once; 0: no limit'),
  callsPerSecond: z.number().int().min(0).default(0).describe('most new calls a second; 0: no limit'),
  codecs: z
    .array(z.enum(['PCMA', 'PCMU', 'G722', 'OPUS']))
    .max(4)
    .default(['PCMA', 'PCMU'])
    .describe('in order of preference'),
})
export type GatewaySettings = z.infer<typeof gatewaySettings>

/** One of our own outside numbers (number pool, A3.2.9). */
export const ownNumber = z.object({
  number: clearText('ours', 32),
  gateway: reference.describe('the only gateway that may show it; null: any'),
})
export type OwnNumber = z.infer<typeof ownNumber>

/** A prompt or piece of music (A3.2.5). */
export const mediaSettings = z.object({
  code,
  name: label,
  file: clearText('ours', 200).describe('its file in the media store'),
  hash: clearText('id', 64).nullable().default(null).describe('SHA-256 of the file, in hexadecimal'),
  durationMs: ms.nullable().default(null),
})

/** When something is open: hours of the week, and days that differ (A3.2.3.3-effective-time). */
export const calendarSettings = z.object({
  code,
  name: label,
  hours: z.array(openHours).max(50).describe('empty: always open'),
  days: z
    .array(
      z.object({
        date: z
          .string()
          .regex(/^\d{4}-\d{2}-\d{2}$/)
          .describe('in the tenant’s zone'),
        name: label.default(''),
        open: z
          .array(openHours.omit({ days: true }))
          .max(10)
          .describe('the hours of that day; empty: closed'),
      }),
    )
    .max(1000)
    .default([])
    .describe('holidays, and working days at a weekend; they take precedence'),
})
export type CalendarSettings = z.infer<typeof calendarSettings>

/** What can be asked for with the keys of a phone (catalogue C21). */
export const featureActions = [
  'balance',
  'sign_in',
  'sign_out',
  'ready',
  'not_ready',
  'long_sign_in',
  'end_long_sign_in',
  'blind_transfer',
  'consult',
  'mark',
  'mark_announce',
  'mark_last',
  'mark_last_announce',
  'last_number',
  'hang_up',
  'agent_number',
  'extension_number',
] as const
export type FeatureAction = (typeof featureActions)[number]

/** Keys for functions. `D` stands for one digit, `A` for an agent number or extension. */
export const featureCodes = z.object({
  dialect: z
    .enum(['standard', 'zhongfang', 'own'])
    .default('standard')
    .describe('the codes of C21’s two tables; own: only those below'),
  codes: z
    .array(z.object({ action: z.enum(featureActions), keys: clearText('setting', 32) }))
    .max(100)
    .default([])
    .describe('replace those of the dialect'),
  keyWaitMs: ms
    .default(2_000)
    .describe('how long further keys are awaited where a code is the beginning of another (C21.0-code-*)'),
})
export type FeatureCodes = z.infer<typeof featureCodes>

/** What nobody may exceed: against fraud and mistakes. Emergency numbers are exempt from all of them. */
export const networkLimits = z.object({
  abroad: z.boolean().default(false).describe('foreign numbers may be called at all'),
  callsAMinute: z.number().int().min(0).default(30).describe('outside calls of one extension; 0: no limit'),
  longestCallMs: ms.default(4 * 3_600_000).describe('a call to the outside is ended after this; 0: never'),
  barred: z
    .array(clearText('setting', 32))
    .max(500)
    .default([])
    .describe('outside numbers that begin so are never called, such as premium services'),
})

/** How calls are recorded; which ones, say extensions, queues and routes. */
export const recordingSettings = z.object({
  from: z
    .enum(['answer', 'ringing'])
    .optional()
    .describe('answer: from when somebody answers the caller. ringing: from when the first phone rings for them'),
  keepDays: z
    .number()
    .int()
    .optional()
    .describe('recordings are deleted after this many days; absent: they are kept. A queue may say otherwise'),
})

/** The whole telephone network. */
export const networkSettings = z.object({
  extensions: z.array(extensionSettings).max(20_000).default([]),
  gateways: z.array(gatewaySettings).max(500).default([]),
  numbers: z.array(ownNumber).max(20_000).default([]).describe('number pool (A3.2.9)'),
  media: z.array(mediaSettings).max(5_000).default([]),
  calendars: z.array(calendarSettings).max(500).default([]),
  ivrs: z.array(ivrSettings).max(500).default([]),
  featureCodes: featureCodes.default(featureCodes.parse({})),
  limits: networkLimits.default(networkLimits.parse({})),
  recording: recordingSettings.optional(),
})
export type NetworkSettings = z.infer<typeof networkSettings>
/** As written by a person: what has a default may be left out. */
export type NetworkInput = z.input<typeof networkSettings>

export const noNetwork: NetworkSettings = networkSettings.parse({})
