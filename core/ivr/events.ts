/**
 * Events of a caller in a voice menu (catalogue A3.2.4). They stand in the stream of their call. Each says what the
 * caller hears next and what the menu waits for after that, so that the state of a menu follows from the ledger alone,
 * whatever its settings have become since.
 *
 * Keys are written only while a menu asks for them, and never more than its key length: a card number that someone
 * types into a menu is not in the ledger.
 */
import { z } from 'zod'
import { clearText, codeText as code, event, idText as id } from '../kernel/event.ts'
import { ivrAction } from './settings.ts'

const menu = { callId: id, ivr: code, menu: code.describe('the menu the caller is in, or comes to') }
const media = code
const says = z.array(media).max(60).describe('prompts that the caller hears now, in this order')
const entry = clearText('ours', 20).describe('keys of this entry so far')
const configVersion = z.number().int().describe('version of the switchboard configuration')

/** What a menu does once its prompts are over. */
const then = z.enum(['listen', 'confirm', 'leave']).describe('what follows when the prompts are over')
export type IvrThen = z.infer<typeof then>

/** Why a caller leaves a voice menu. */
const because = z.enum(['key', 'exhausted', 'longest', 'refused', 'removed'])
export type IvrBecause = z.infer<typeof because>

const next = { says, then, to: ivrAction.nullable().describe('where they go when they leave') }

export const ivrEvents = {
  IvrEntered: event('The caller is in a voice menu.', {
    ...menu,
    says,
    gaveUp: ivrAction.describe('where callers go whom the root menu gives up'),
    longestMs: z.number().int().min(0),
    configVersion,
  }),
  IvrKeyPressed: event('The caller pressed a key that the menu asked for.', {
    ...menu,
    key: clearText('ours', 1),
    entry,
  }),
  IvrEntryRead: event('The caller hears what they entered, and confirms it with a key.', { ...menu, entry, says }),
  IvrEntryTaken: event('The entry was understood: what it leads to.', {
    ...menu,
    entry,
    does: ivrAction,
    ...next,
    configVersion,
  }),
  IvrInvalidInput: event('The entry means nothing here, or was not confirmed.', {
    ...menu,
    entry,
    failures: z.number().int().describe('wrong entries in this menu, this one included'),
    ...next,
  }),
  IvrInputTimedOut: event('No key came in time.', {
    ...menu,
    timeouts: z.number().int().describe('time-outs in this menu, this one included'),
    ...next,
  }),
  IvrTimeUp: event('The caller has been in the menus for the longest time allowed.', { ...menu, ...next }),
  IvrRemoved: event(
    'The menus are gone from the configuration: the caller goes where the first one sent those it gave up when they came.',
    { ...menu, ...next },
  ),
  IvrSubmenuEntered: event('The caller has come to another menu.', { ...menu, says }),
  IvrReturnedToParent: event('The caller is back in the menu above.', { ...menu, says }),
  IvrReturnedToRoot: event('The caller is back in the first menu.', {
    ...menu,
    why: z.enum(['key', 'exhausted', 'changed']).describe('changed: their menu is gone from the configuration'),
    says,
  }),
  IvrPromptPlayed: event('A prompt of the menu is over.', {
    ...menu,
    media,
    complete: z.boolean().describe('it was heard to its end'),
  }),
  IvrTransferred: event('The menu puts the caller through.', { ...menu, to: ivrAction, because, configVersion }),
  IvrTransferRefused: event(
    'The caller cannot be put through there, and goes where the menu sends those it gives up.',
    {
      ...menu,
      refused: ivrAction.describe('where they should have gone'),
      reason: code.describe(
        'why routing refuses it, or why nobody was reached (no_answer, busy, unreachable …); not_built: robots do not take calls yet',
      ),
      ...next,
    },
  ),
  IvrExited: event('The caller has left the voice menu, and was not put through.', {
    ...menu,
    menu: code.nullable().describe('the menu they were in; null: they never came into one'),
    reason: z.enum(['key', 'exhausted', 'longest', 'refused', 'removed', 'caller_gone']),
  }),
}
