/**
 * The telephone network as people send and see it: with ranges of extensions on the way in, and without any password on
 * the way out.
 */
import { z } from 'zod'
import { ivrSettings } from '@ledgerline/core/ivr/settings.ts'
import {
  calendarSettings,
  extensionSettings,
  featureCodes,
  gatewaySettings,
  mediaSettings,
  networkLimits,
  networkSettings,
  ownNumber,
  recordingSettings,
  type NetworkSettings,
} from '@ledgerline/core/network/settings.ts'

const secretSet = z.boolean().describe('is there a password? It is never shown')
const ignored = secretSet.optional().describe('as read; has no effect')
const { shape } = networkSettings

/** As sent. An unknown field is an error: a misspelt one would have no effect. */
export const networkInput = z.strictObject({
  ...shape,
  extensions: z
    .array(
      z.strictObject({
        ...extensionSettings.shape,
        number: extensionSettings.shape.number.describe(
          '分机号, or a range such as 101-110, whose extensions share all settings (A3.2.1-number, A3.2.1-bulk)',
        ),
        secretSet: ignored,
      }),
    )
    .max(20_000)
    .default([]),
  gateways: z
    .array(z.strictObject({ ...gatewaySettings.shape, secretSet: ignored }))
    .max(500)
    .default([]),
  numbers: z.array(ownNumber.strict()).max(20_000).default([]).describe('number pool (A3.2.9)'),
  media: z.array(mediaSettings.strict()).max(5_000).default([]),
  calendars: z.array(calendarSettings.strict()).max(500).default([]),
  ivrs: z.array(ivrSettings.strict()).max(500).default([]),
  featureCodes: featureCodes.strict().default(featureCodes.parse({})),
  limits: networkLimits.strict().default(networkLimits.parse({})),
  recording: recordingSettings.strict().optional(),
})

/** As shown. */
export const networkShown = networkSettings.extend({
  extensions: z.array(extensionSettings.omit({ secret: true }).extend({ secretSet })),
  gateways: z.array(gatewaySettings.omit({ secret: true }).extend({ secretSet })),
})

/** The network in force without its passwords. */
export function shownNetwork(network: NetworkSettings): z.infer<typeof networkShown> {
  return { ...network, extensions: network.extensions.map(shown), gateways: network.gateways.map(shown) }
}

function shown<S extends { secret: string | null }>({
  secret,
  ...settings
}: S): Omit<S, 'secret'> & { secretSet: boolean } {
  return { ...settings, secretSet: secret !== null }
}
