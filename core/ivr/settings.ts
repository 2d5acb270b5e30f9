/** What can be set for an IVR (voice menu), in the form in which it is activated. Catalogue A3.2.4. */
import { z } from 'zod'
import { clearText, codeText as code } from '../kernel/event.ts'

const ms = z.number().int().min(0)
const prompt = code.nullable().default(null)
const key = z.string().regex(/^[0-9*#]$/)

/** What a key, or the end of a menu, leads to. */
export const ivrAction = z.object({
  do: z
    .enum([
      'extension',
      'number',
      'queue',
      'agent',
      'robot',
      'voicemail',
      'menu',
      'back',
      'top',
      'play',
      'application',
      'hang_up',
    ])
    .describe(
      'A3.2.4.3.1 to .8 are extension, number, hang_up, application, menu, back, top and play; queue, agent, robot ' +
        'and voicemail are reached without an extension of that type',
    ),
  to: clearText('code', 100)
    .default('')
    .describe('extension, number, queue, agent, robot, menu, prompt or application; empty where nothing is named'),
})
export type IvrAction = z.infer<typeof ivrAction>

/** One entry of a menu (A3.2.4.3). */
const ivrNode = z.object({
  key: key.describe('A3.2.4.3-node-key'),
  name: clearText('setting', 100),
  action: ivrAction,
})

/** A menu: its prompts, counters and entries (A3.2.4.2, A3.2.4.3.5). */
export const ivrMenu = z.object({
  code,
  name: clearText('setting', 100),
  greetLong: prompt.describe('on entry (A3.2.4.2-greet-long)'),
  greetShort: prompt.describe('after a time-out; null: the long one (A3.2.4.2-greet-short)'),
  invalid: prompt.describe('after a wrong key (A3.2.4.2-invalid)'),
  exit: prompt.describe('before the menu is left because a counter is used up (A3.2.4.2-exit)'),
  transfer: prompt.describe('before the caller is put through (A3.2.4.2-transfer)'),
  confirmKey: key.nullable().default('#').describe('ends the entry of several digits (A3.2.4.2-confirm-key)'),
  confirmMacro: prompt.describe('what the caller hears of their entry before it counts (A3.2.4.3.5-confirm-macro)'),
  timeoutMs: ms.default(5_000).describe('one wait for a key (A3.2.4.2-timeout)'),
  interDigitMs: ms.default(2_000).describe('wait for a further digit'),
  maxFailures: z
    .number()
    .int()
    .min(0)
    .max(100)
    .default(3)
    .describe('wrong entries before exit (A3.2.4.2-max-failures)'),
  maxTimeouts: z.number().int().min(0).max(100).default(3).describe('time-outs before exit (A3.2.4.2-max-timeouts)'),
  digitLen: z
    .number()
    .int()
    .min(1)
    .max(20)
    .default(1)
    .describe('1: keys only; more: callers may dial an extension (A3.2.4.2-digit-len)'),
  exhausted: ivrAction
    .default({ do: 'hang_up', to: '' })
    .describe('where the caller goes once a counter is used up; after it in the parent menu, if this is `back`'),
  nodes: z.array(ivrNode).max(12),
})
export type IvrMenu = z.infer<typeof ivrMenu>

/** A voice menu with its sub-menus. */
export const ivrSettings = z.object({
  code,
  name: clearText('setting', 100),
  root: code.describe('the menu where callers begin'),
  menus: z.array(ivrMenu).min(1).max(200),
  longestMs: ms
    .default(600_000)
    .describe('a caller who has been in here this long is sent where `root` sends those it gives up'),
})
export type IvrSettings = z.infer<typeof ivrSettings>
