/**
 * The house rules for shifts: how long each waiting state may last, and what happens then. Part of the switchboard's
 * configuration; a tenant that configures none gets these.
 *
 * A shift never stays in a state that only a report could end: a desk that is gone, a phone that does not come back and
 * a person who forgot to sign out are each handled by a rule, visibly and with its reason.
 */
import { z } from 'zod'
import { clearText } from '../kernel/event.ts'

const ms = z.number().int().min(0)
const MINUTE_MS = 60_000

export const shiftRules = z.object({
  deskGraceMs: ms
    .default(20_000)
    .describe('how long to wait for a desk that is gone; then its agent is set away (desk_lost)'),
  deskSignOutMs: ms
    .default(15 * MINUTE_MS)
    .describe('how long a desk may be gone before its agent is signed out (desk_lost); 0: never'),
  phoneGraceMs: ms
    .default(2 * MINUTE_MS)
    .describe(
      'how long a phone may be unregistered before its agent is set not ready (phone_unregistered); 0: never. ' +
        'Offers stop at once',
    ),
  rejoinMs: ms
    .default(20_000)
    .describe(
      'how long a customer waits, with music, for the agent whose phone is gone in mid-call without having been hung up (its ' +
        'page was loaded anew, its power or network is gone); then they go back to their queue, first in line. 0: the call ends',
    ),
  maxShiftMs: ms
    .default(16 * 60 * MINUTE_MS)
    .describe('a shift this long was forgotten and is ended (shift_limit), after the call; 0: never'),
  previewMs: ms.default(5 * MINUTE_MS).describe('the longest preview of a customer before the call'),
  longSignInRingMs: ms.default(30_000).describe('how long a long sign-in rings'),
  longSignInMusic: clearText('setting', 200)
    .nullable()
    .default(null)
    .describe('what a phone in long sign-in hears between calls; null: silence'),
  hangUpKeepsLongSignIn: z
    .boolean()
    .default(true)
    .describe('the desk’s hang-up button ends the call but not the long sign-in (catalogue C4.4-b-setting)'),
})
export type ShiftRules = z.infer<typeof shiftRules>

export const houseShiftRules: ShiftRules = shiftRules.parse({})
