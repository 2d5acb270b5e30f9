/** One row per contact of a registered extension: which phone it is, where it is, and whether it answers. */
import { reachWords } from '@ledgerline/core/registration/events.ts'
import { durationOrNull, flag, instant, integer, personalText, text, textOrNull, word } from '../engine/model.ts'
import { entity } from '../entity.ts'

export const registrations = entity('registrations', {
  version: 2,
  about: 'Registered extensions (已注册分机), one row for each phone of each (A3.2.7-list).',
  key: { extension: text('The extension.'), contactId: text('Id of the contact that a phone registered with.') },
  columns: {
    contact: personalText('Where the phone can be reached, as it registered.'),
    userAgent: textOrNull('What the phone calls itself.'),
    host: text('The address of the SIP server that it registered at.'),
    address: personalText('The IP address that it registered from.'),
    port: integer('The port that it registered from.'),
    protocol: text('udp, tcp, tls, ws, wss.'),
    behindNat: flag('It cannot be reached at the address that it names, but where it came from.'),
    status: word(reachWords, 'Does it answer OPTIONS: reachable, unreachable, unknown.'),
    pingMs: durationOrNull('How long its answer to OPTIONS took when that last changed noticeably.'),
    registeredAt: instant('When it registered there first.'),
  },
  on: {
    ExtensionRegistered: (row, { at, data }) => ({
      ...data,
      status: 'unknown' as const,
      pingMs: null,
      registeredAt: row?.registeredAt ?? at,
    }),
    ExtensionReachChanged: (row, { data }) => row && { ...row, status: data.reach, pingMs: data.pingMs },
    ExtensionUnregistered: () => null,
  },
  board: true,
})
