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

/** Variables of a channel. */
export const LEG_TAG = 'ledgerline_leg'
const DIALOGS_TAG = 'ledgerline_dialogs'
export const CARRIES_TAG = 'ledgerline_carries'
/** Set when a caller was answered: to the tag of our side of their dialog, which nobody knew before. */
export const ANSWERED_TAG = 'ledgerline_answered'
/**
 * The same in a header, of which the media server makes a variable: of the INVITE by which it gets a caller, or of a phone's
 * answers to its own. That costs no command.
 */
export const TAG_HEADER = 'X-Ledgerline-Tag'
export const DIALOGS_HEADER = 'X-Ledgerline-Dialogs'
/** Before the names of variables that were headers: of an INVITE, an answer, a provisional answer. */
const ORIGINS = ['sip_h_', 'sip_rh_', 'sip_ph_']

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
  /** The server's name for the INVITE, by which anyone can end it while it is not answered. */
  invite: z.string().max(200).optional(),
})

type LegTag = z.infer<typeof legTag>
type Dialogs = NonNullable<Leg['dialogs']>

/** What the channel of a leg says about it. */
export interface FoundLeg {
  leg: LegTag
  /** The leg that was put through on it. */
  carries: LegTag | null
  /** Null: its phone does not even ring. */
  dialogs: Dialogs | null
  /** A phone that was called has answered, or a caller was answered and that was written down. */
  answered: boolean
  /** Who is at the other end has called, and was not called by us. */
  isCaller: boolean
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
  const said = (variable: string, header: string): string | undefined =>
    [variable, ...ORIGINS.map((origin) => `${origin}${header}`)].map((name) => dump[`variable_${name}`]).find(Boolean)
  const leg = read(said(LEG_TAG, TAG_HEADER), legTag)
  const isCaller = dump['Call-Direction'] !== 'outbound'
  return (
    leg && {
      leg,
      carries: read(dump[`variable_${CARRIES_TAG}`], legTag),
      dialogs: dialogsIn(dump, said(DIALOGS_TAG, DIALOGS_HEADER)),
      answered: isCaller ? Boolean(dump[`variable_${ANSWERED_TAG}`]) : dump['Answer-State'] === 'answered',
      isCaller,
      // Every other name for it stays when they part.
      partner: dump['variable_bridge_to'] ?? null,
    }
  )
}

function dialogsIn(dump: SocketEvent, text: string | undefined): Dialogs | null {
  const dialogs = read(text, dialogsTag)
  if (!dialogs || text !== dump[`variable_${ORIGINS[0]}${DIALOGS_HEADER}`]) return dialogs
  // That of a caller was written before they were answered.
  const tag = dump[`variable_${ANSWERED_TAG}`]
  const { farewell } = dialogs
  // Without it the SIP server alone knows their dialog, if it is still the same.
  return { ...dialogs, farewell: tag && farewell ? { ...farewell, from: `${farewell.from}${tag}` } : null }
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
