/** One row per tenant with its time zone, which the other models take from here. */
import { count, instant, text } from '../engine/model.ts'
import { entity } from '../entity.ts'
import { isZone } from '@ledgerline/core/kernel/time.ts'

/** A time zone that this machine does not know is set aside rather than guessed. */
function known(zone: string): string {
  if (!isZone(zone)) throw new Error(`no such time zone: ${zone}`)
  return zone
}

export const tenants = entity('tenants', {
  version: 1,
  about: 'Tenants (企业): one row each, with its time zone.',
  key: {},
  columns: {
    zone: text('IANA time zone that decides days and hours from now on; earlier rows keep theirs.'),
    source: text('switchboard, or the name of the recorded history.'),
    configVersion: count('Version of the switchboard configuration in force; 0 for history.'),
    since: instant('When this was recorded.'),
  },
  on: {
    SwitchboardActivated: (_, { at, data }) => ({
      zone: known(data.zone),
      source: 'switchboard',
      configVersion: data.version,
      since: at,
    }),
    HistoryOpened: (_, { at, data }) => ({ zone: known(data.zone), source: data.source, configVersion: 0, since: at }),
  },
})
