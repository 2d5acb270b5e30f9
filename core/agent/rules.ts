/**
 * The rules of the house for shifts: how long each state that waits for something may last, and what
 * then becomes of it. Part of the switchboard's configuration; a tenant that says nothing gets these.
 *
 * A shift is never left in a state that only a report could end: a desk that is gone, a phone that does
 * not come back, a person who forgot to sign out are each ended by a rule, visibly and with its reason.
 */
import { z } from 'zod'
import { clearText } from '../kernel/event.ts'

const ms = z.number().int().min(0)
const MINUTE_MS = 60_000

export const shiftRules = z.object({
  deskGraceMs: ms
    .default(20_000)
    .describe('a desk that is gone is waited for so long; then its agent is set away (desk_lost)'),
  deskSignOutMs: ms.default(15 * MINUTE_MS).describe('gone so long, its agent is signed out (desk_lost); 0: never'),
  phoneGraceMs: ms
    .default(2 * MINUTE_MS)
    .describe(
      'a phone unregistered so long sets its agent not ready (phone_unregistered); 0: never. Offers stop at once',
    ),
  maxShiftMs: ms
    .default(16 * 60 * MINUTE_MS)
    .describe('a shift as long as this was forgotten and is ended (shift_limit), after the call; 0: never'),
  previewMs: ms.default(5 * MINUTE_MS).describe('a look at a customer before the call lasts so long at most'),
  longSignInRingMs: ms.default(30_000).describe('a long sign-in is rung so long'),
  longSignInMusic: clearText('setting', 200)
    .nullable()
    .default(null)
    .describe('what a phone in long sign-in hears between calls; null: silence'),
  hangUpKeepsLongSignIn: z
    .boolean()
    .default(true)
    .describe('the hang-up button of the desk ends the call and not the long sign-in (catalogue C4.4-b-setting)'),
})
export type ShiftRules = z.infer<typeof shiftRules>

export const houseShiftRules: ShiftRules = shiftRules.parse({})
