/** One row a tenant: where its days are cut. The other models take the zone from here. */
import { count, entity, instant, text } from '../engine/model.ts'
import { isZone } from '@ledgerline/core/kernel/time.ts'

/** A zone that this machine cannot cut days in is set aside rather than guessed. */
function known(zone: string): string {
  if (!isZone(zone)) throw new Error(`no such time zone: ${zone}`)
  return zone
}

export const tenants = entity('tenants', {
  version: 1,
  about: 'Tenants (企业): one row each, with its time zone.',
  key: {},
  columns: {
    zone: text('IANA time zone in which days and hours are cut from now on; what was cut before stays.'),
    source: text('switchboard, or what the recorded history is.'),
    configVersion: count('Version of the switchboard configuration in force; 0 for history.'),
    since: instant('When this was said.'),
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
