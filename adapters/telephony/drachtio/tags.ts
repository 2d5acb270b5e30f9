/**
 * What is written on a leg's channel, so that another process finds it there when the one that made the leg is gone: whose
 * leg it is, what it is for, and the dialogs by which its phone can still be told that it is over. A SIP dialog itself
 * cannot be handed on (drachtio gives what comes in it to nobody when its client is gone), but a BYE in it can be sent by
 * anyone who knows its id.
 */
import { z } from 'zod'
import { legPurpose } from '@ledgerline/core/telephony/port.ts'
import type { SocketEvent } from './event-socket.ts'
import { farewell } from './farewell.ts'
import type { Leg } from './leg.ts'

/** The header by which we know a leg of our own; its channel's id, which nobody can guess. */
export const LEG_HEADER = 'X-Ledgerline-Leg'
/** Variables of a channel; the first comes by a header where the media server did not dial itself. */
export const LEG_TAG = 'ledgerline_leg'
export const TAG_HEADER = 'X-Ledgerline-Tag'
export const DIALOGS_TAG = 'ledgerline_dialogs'
export const CARRIES_TAG = 'ledgerline_carries'

const legTag = z.object({
  node: z.string(),
  tenant: z.string(),
  leg: z.string(),
  call: z.string(),
  purpose: z.union([legPurpose, z.literal('standing')]),
  extension: z.string().nullable(),
  since: z.number(),
})
const dialogsTag = z.object({
  server: z.string(),
  ids: z.array(z.string()).max(2),
  farewell: farewell.nullish(),
})

type LegTag = z.infer<typeof legTag>
type Dialogs = NonNullable<Leg['dialogs']>

/** What the channel of a leg says about it. */
export interface FoundLeg {
  leg: LegTag
  /** The leg that was put through on it. */
  carries: LegTag | null
  /** Null: its phone was not reached, or its caller not answered; or that was not written down any more. */
  dialogs: Dialogs | null
  /** A phone that was called has answered. */
  reached: boolean
  /** The channel it is connected with. */
  partner: string | null
}

export function legTagOf(node: string, { tenant, legId, callId, purpose, extension, since }: Leg): string {
  return written({ node, tenant, leg: legId, call: callId, purpose, extension, since } satisfies LegTag)
}

export function dialogsTagOf(dialogs: Dialogs): string {
  return written(dialogs)
}

/** Reads what `uuid_dump` says of a channel; null: it is none of ours. */
export function foundLeg(dump: SocketEvent): FoundLeg | null {
  const leg = read(dump[`variable_${LEG_TAG}`] ?? dump[`variable_sip_h_${TAG_HEADER}`], legTag)
  return (
    leg && {
      leg,
      carries: read(dump[`variable_${CARRIES_TAG}`], legTag),
      dialogs: read(dump[`variable_${DIALOGS_TAG}`], dialogsTag),
      reached: dump['Call-Direction'] === 'outbound' && dump['Answer-State'] === 'answered',
      // Every other name for it stays when they part.
      partner: dump['variable_bridge_to'] ?? null,
    }
  )
}

/** As letters and digits alone: commas and braces mean something to the media server. */
function written(tag: object): string {
  return Buffer.from(JSON.stringify(tag)).toString('base64url')
}

function read<T>(text: string | undefined, shape: z.ZodType<T>): T | null {
  if (!text) return null
  try {
    return shape.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  } catch {
    return null
  }
}
