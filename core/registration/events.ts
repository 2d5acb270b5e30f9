/**
 * What the network says about itself: gateways that answer and take our registration or do not, phones that registered.
 * Each gateway and each extension has a stream, `network-<tenant>.gateway-<code>`, `network-<tenant>.phone-<number>`.
 */
import { z } from 'zod'
import { derivedId } from '../kernel/derived-id.ts'
import {
  clearText,
  codeText as code,
  defineEvents,
  event,
  idText,
  personalDetail,
  type DataOf,
  type Upcast,
} from '../kernel/event.ts'

/**
 * Where our registration at a gateway stands (A3.2.8-list). *None*: we need none there. *Refused*: its answer says that
 * asking again will not help by itself; *failed*: it did not answer, or could not do it now.
 */
export const registrationWords = ['none', 'registering', 'registered', 'refused', 'failed'] as const
export type RegistrationWord = (typeof registrationWords)[number]

/** Does the other side answer OPTIONS? */
export const reachWords = ['unknown', 'reachable', 'unreachable'] as const
export type ReachWord = (typeof reachWords)[number]

const pingMs = z.number().int().min(0).nullable()
/** A longer one is cut. */
export const LONGEST_CONTACT = 300
/** Where a phone is tells where its owner is: sealed like what belongs to the person who has that number. */
const ofOwner = (about: string) => personalDetail(about, 'extension')
const contactId = idText.describe('opaque; the same as long as the phone is registered under this contact')

const phoneFacts = {
  contactId,
  contact: ofOwner('where the phone can be reached, as it registered'),
  userAgent: clearText('ours', 255).nullable().describe('what the phone calls itself'),
  host: clearText('ours', 255).describe('the address of the SIP server that it registered at'),
  address: ofOwner('the IP address that it registered from'),
  port: z.number().int().min(0).max(65_535),
  protocol: clearText('ours', 10).describe('udp, tcp, tls, ws, wss'),
  behindNat: z.boolean().describe('requests go to where it came from, not to what it calls its address'),
}
const answers = { reach: z.enum(reachWords), pingMs: pingMs.describe('how long its last answer took') }

/** Earlier versions wrote the contact in the clear, and named a phone by it. */
export const idOfContact = (contact: string): string => derivedId('contact', contact)
const namedByContact: Upcast = ({ contact, ...data }) => ({ ...data, contactId: idOfContact(String(contact)) })
const namedToo: Upcast = (data) => ({ ...data, contactId: idOfContact(String(data['contact'])) })

const gatewayFacts = {
  up: z.boolean().describe('calls are sent there; a gateway that is down is passed over, except for emergency calls'),
  registration: z.enum(registrationWords),
  reach: z.enum(reachWords),
  pingMs: pingMs.describe('how long its last answer to OPTIONS took'),
  sip: z
    .number()
    .int()
    .min(0)
    .max(999)
    .nullable()
    .describe('the answer with which it refused or failed; null: none came'),
}

export const networkEvents = defineEvents({
  GatewayStateChanged: event('A gateway went down or came back, or our registration there changed.', {
    gateway: code,
    ...gatewayFacts,
  }),
  ExtensionRegistered: event(
    'A phone has registered, or registered anew from elsewhere.',
    { extension: code, ...phoneFacts },
    namedToo,
  ),
  ExtensionReachChanged: event(
    'A registered phone began or stopped to answer, or takes much longer or shorter to.',
    { extension: code, contactId, ...answers },
    namedByContact,
  ),
  ExtensionUnregistered: event(
    'A phone’s registration is over: it said so, its time went by, or its connection did.',
    { extension: code, contactId },
    namedByContact,
  ),
})

/** What the ledger knows of a phone under a contact; where it is, is null once its owner is forgotten. */
export type KnownContact = Omit<DataOf<typeof networkEvents, 'ExtensionRegistered'>, 'extension'> & {
  reach: ReachWord
  pingMs: number | null
}
/** What the network says of one. */
export type PhoneContact = Omit<KnownContact, 'contactId' | 'contact' | 'address'> & {
  contact: string
  address: string
}
