/** One row per gateway in force: how it is addressed, and how the network last said that it is. */
import type { GatewaySettings } from '@ledgerline/core/network/settings.ts'
import { reachWords, registrationWords } from '@ledgerline/core/registration/events.ts'
import { countOrNull, durationOrNull, flag, instant, text, word } from '../engine/model.ts'
import { entity } from '../entity.ts'

export const gateways = entity('gateways', {
  version: 1,
  about: 'SIP gateways (网关) of the configuration in force, and their state (A3.2.8-list).',
  key: { gateway: text('Code of the gateway.') },
  columns: {
    remark: text('What it is called.'),
    mode: text('nni: a peer; uni: we register there; ims: we register with an IMS core (A3.2.6-modes).'),
    address: text('Host name or address of the other side; of an IMS core its domain.'),
    uri: text('The other side as a SIP URI.'),
    transport: text('udp, tcp, tls.'),
    up: flag('Calls are sent there. One that is down is passed over, except for emergency calls.'),
    registration: word(
      registrationWords,
      'none: we need none there; registering; registered; refused: asking again will not help by itself; failed: not now.',
    ),
    reach: word(reachWords, 'Does it answer OPTIONS: reachable, unreachable, unknown.'),
    pingMs: durationOrNull('How long its last answer to OPTIONS took.'),
    sip: countOrNull('The answer with which it refused or failed to register us.'),
    since: instant('Since when it has been in that state.'),
  },
  keysOf: {
    SwitchboardActivated: ({ data }) =>
      [...(data.network?.gateways.map(({ code }) => code) ?? []), ...(data.gone?.gateways ?? [])].map((gateway) => ({
        gateway,
      })),
  },
  on: {
    SwitchboardActivated: (row, { at, data }, { key: { gateway } }) => {
      const settings = byCode(data.network?.gateways ?? []).get(gateway)
      if (!settings) return null
      const { remark, mode, address, port, transport } = settings
      const uri = `sip:${address}${port === 5060 ? '' : `:${port}`}${transport === 'udp' ? '' : `;transport=${transport}`}`
      const facts = { remark, mode, address, uri, transport }
      // Even one that is elsewhere now: the network says soon how it is there, if that differs.
      if (row) return { ...row, ...facts }
      const registration = mode === 'nni' ? ('none' as const) : ('registering' as const)
      return {
        gateway,
        ...facts,
        up: true,
        registration,
        reach: 'unknown' as const,
        pingMs: null,
        sip: null,
        since: at,
      }
    },
    GatewayStateChanged: (row, { at, data }) => {
      if (!row) return null
      const { up, registration, reach, pingMs, sip } = data
      const same = row.up === up && row.registration === registration && row.reach === reach
      return { ...row, up, registration, reach, pingMs, sip, since: same ? row.since : at }
    },
  },
  board: true,
})

const indexed = new WeakMap<readonly GatewaySettings[], Map<string, GatewaySettings>>()

function byCode(list: readonly GatewaySettings[]): Map<string, GatewaySettings> {
  let map = indexed.get(list)
  if (!map) indexed.set(list, (map = new Map(list.map((gateway) => [gateway.code, gateway]))))
  return map
}
