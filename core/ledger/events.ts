/**
 * What happened to the ledger itself rather than to anyone in it. Stream `ledger-<house>.losses`, see {@link
 * lossStream}.
 */
import { z } from 'zod'
import { clearText, defineEvents, event, streamName } from '../kernel/event.ts'

/** Places and streams named in one event; beyond that, only their number is given. */
export const MOST_NAMED = 200

const place = clearText('ours', 64)

export const ledgerEvents = defineEvents({
  LossAccepted: event(
    'Events that were sealed, or that others follow, are gone from the ledger, and someone accepted it: everything ' +
      'folded from now on lacks them.',
    {
      events: z.number().int().min(0).describe('how many are gone, as far as can be determined'),
      changed: z
        .number()
        .int()
        .min(0)
        .describe('findings of other kinds: altered, inserted, moved, seals that do not fit'),
      upTo: place.describe('position of the last event that was looked at'),
      fingerprint: z
        .string()
        .length(64)
        .meta({ clear: 'ours' })
        .describe('over all findings up to there: shows whether the same is missing next time'),
      places: z
        .array(
          z.object({
            page: z.number().int().nullable().describe('of the chain'),
            what: z
              .enum(['altered', 'removed', 'inserted', 'moved', 'resealed', 'unsealed', 'outside', 'note'])
              .describe('as `verify --chain` reports it'),
            position: place.nullable().describe('of the event, or of the one before the gap; null: at the start'),
          }),
        )
        .max(MOST_NAMED)
        .describe('according to the seals'),
      streams: z
        .array(
          z.object({
            stream: z.string().max(600).meta({ clear: 'id' }).describe('its name'),
            from: z.number().int().describe('the first revision'),
            to: z.number().int().describe('and the last'),
          }),
        )
        .max(MOST_NAMED)
        .describe('missing revisions, in streams of which other events remain'),
      absent: z
        .array(z.string().max(600).meta({ clear: 'id' }))
        .max(MOST_NAMED)
        .default([])
        .describe(
          'streams of which nothing is left, though the tables know them; it is unknown how many events they had',
        ),
      absentDigest: z
        .string()
        .length(64)
        .meta({ clear: 'ours' })
        .nullable()
        .default(null)
        .describe('over the names of all such streams'),
      unnamed: z.number().int().min(0).describe('places and streams beyond those named'),
    },
  ),
})

/** The tenant for matters of the whole house. */
export const HOUSE = 'house'

export const lossStream = streamName('ledger', HOUSE, 'losses')
