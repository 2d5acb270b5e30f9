/**
 * What the network reports of gateways and phones, as streams of what changed. A report says how things are, whole; one
 * that says nothing new changes nothing, so it may come late, twice, and from a process that has just taken over.
 */
import type { Decider } from '../kernel/decider.ts'
import type { DataOf, EventsOf } from '../kernel/event.ts'
import type { KnownContact, networkEvents, PhoneContact } from './events.ts'

type NetworkEvent = EventsOf<typeof networkEvents>

/** How a gateway is. */
export type GatewayState = Omit<DataOf<typeof networkEvents, 'GatewayStateChanged'>, 'gateway'>
/** The contacts of a phone, by their ids. */
export type PhoneState = Readonly<Record<string, KnownContact>>

const [GATEWAY, PHONE] = ['gateway-', 'phone-']

export const gatewayId = (code: string): string => `${GATEWAY}${code}`
export const phoneId = (extension: string): string => `${PHONE}${extension}`

/** Whose stream this is; null: nobody's that is known. */
export function reportedOf(id: string): { kind: 'gateway' | 'phone'; code: string } | null {
  if (id.startsWith(GATEWAY)) return { kind: 'gateway', code: id.slice(GATEWAY.length) }
  return id.startsWith(PHONE) ? { kind: 'phone', code: id.slice(PHONE.length) } : null
}

export type ReportGateway = { do: 'gateway'; gateway: string } & GatewayState
export interface ReportPhone {
  do: 'phone'
  extension: string
  /** All of them. */
  contacts: readonly PhoneContact[]
}

/** How long an answer takes is news when it has doubled or halved, and by as much as people would notice, ms. */
const NOTICED_MS = 50

export const gatewayDecider: Decider<GatewayState | null, ReportGateway, NetworkEvent> = {
  category: 'network',
  initial: null,
  decide({ do: _, ...now }, before) {
    const same =
      before !== null &&
      (['up', 'registration', 'reach', 'sip'] as const).every((field) => before[field] === now[field]) &&
      !slower(before.pingMs, now.pingMs)
    return same ? [] : [{ type: 'GatewayStateChanged', data: now }]
  },
  evolve(state, { type, data }) {
    if (type !== 'GatewayStateChanged') return state
    const { gateway: _, ...now } = data as DataOf<typeof networkEvents, 'GatewayStateChanged'>
    return now
  },
  // The next report says all there is to say.
  unread: (state) => state,
}

export const phoneDecider: Decider<PhoneState, ReportPhone, NetworkEvent> = {
  category: 'network',
  initial: {},
  decide({ extension, contacts }, before, { newId }) {
    const known = new Map(Object.values(before).map((one) => [one.contact, one]))
    const there = new Map(contacts.map((now) => [now.contact, now]))
    return [
      ...Object.values(before)
        .filter(({ contact }) => contact === null || !there.has(contact))
        .map(({ contactId }): NetworkEvent => ({ type: 'ExtensionUnregistered', data: { extension, contactId } })),
      ...[...there.values()].flatMap((now): NetworkEvent[] => {
        const { reach, pingMs, ...facts } = now
        const was = known.get(now.contact)
        const contactId = was?.contactId ?? newId()
        const isNew = !was || !sameFacts(was, now)
        const answered = isNew
          ? reach !== 'unknown'
          : reach !== was.reach || (reach === 'reachable' && slower(was.pingMs, pingMs))
        return [
          ...(isNew ? [{ type: 'ExtensionRegistered' as const, data: { extension, contactId, ...facts } }] : []),
          ...(answered
            ? [{ type: 'ExtensionReachChanged' as const, data: { extension, contactId, reach, pingMs } }]
            : []),
        ]
      }),
    ]
  },
  evolve(state, { type, data }) {
    switch (type) {
      case 'ExtensionRegistered': {
        const { extension: _, ...facts } = data as DataOf<typeof networkEvents, 'ExtensionRegistered'>
        return { ...state, [facts.contactId]: { ...facts, reach: 'unknown', pingMs: null } }
      }
      case 'ExtensionReachChanged': {
        const { contactId, reach, pingMs } = data as DataOf<typeof networkEvents, 'ExtensionReachChanged'>
        const known = state[contactId]
        return known ? { ...state, [contactId]: { ...known, reach, pingMs } } : state
      }
      case 'ExtensionUnregistered': {
        const { [(data as { contactId: string }).contactId]: _, ...others } = state
        return others
      }
      default:
        return state
    }
  },
  unread: (state) => state,
}

const FACTS = ['userAgent', 'host', 'address', 'port', 'protocol', 'behindNat'] as const

function sameFacts(one: Pick<KnownContact, (typeof FACTS)[number]>, other: PhoneContact): boolean {
  return FACTS.every((fact) => one[fact] === other[fact])
}

function slower(before: number | null, now: number | null): boolean {
  if (before === null || now === null) return before !== now && now !== null
  const [less, more] = before < now ? [before, now] : [now, before]
  return more - less >= NOTICED_MS && more >= 2 * less
}
