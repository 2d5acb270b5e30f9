/**
 * What the network reports of gateways and phones, as streams of what changed. A report says how things are, whole; one
 * that says nothing new changes nothing, so it may come late, twice, and from a process that has just taken over.
 */
import type { Decider } from '../kernel/decider.ts'
import type { DataOf, EventsOf } from '../kernel/event.ts'
import type { networkEvents, PhoneContact } from './events.ts'

type NetworkEvent = EventsOf<typeof networkEvents>

/** How a gateway is. */
export type GatewayState = Omit<DataOf<typeof networkEvents, 'GatewayStateChanged'>, 'gateway'>
/** The contacts of a phone, by their URI. */
export type PhoneState = Readonly<Record<string, PhoneContact>>

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
  decide({ extension, contacts }, before) {
    const there = new Set(contacts.map(({ contact }) => contact))
    return [
      ...Object.keys(before)
        .filter((contact) => !there.has(contact))
        .map((contact): NetworkEvent => ({ type: 'ExtensionUnregistered', data: { extension, contact } })),
      ...contacts.flatMap((now): NetworkEvent[] => {
        const { reach, pingMs, ...facts } = now
        const known = before[now.contact]
        const isNew = !known || !sameFacts(known, now)
        const answered = isNew
          ? reach !== 'unknown'
          : reach !== known.reach || (reach === 'reachable' && slower(known.pingMs, pingMs))
        return [
          ...(isNew ? [{ type: 'ExtensionRegistered' as const, data: { extension, ...facts } }] : []),
          ...(answered
            ? [{ type: 'ExtensionReachChanged' as const, data: { extension, contact: now.contact, reach, pingMs } }]
            : []),
        ]
      }),
    ]
  },
  evolve(state, { type, data }) {
    switch (type) {
      case 'ExtensionRegistered': {
        const { extension: _, ...facts } = data as DataOf<typeof networkEvents, 'ExtensionRegistered'>
        return { ...state, [facts.contact]: { ...facts, reach: 'unknown', pingMs: null } }
      }
      case 'ExtensionReachChanged': {
        const { contact, reach, pingMs } = data as DataOf<typeof networkEvents, 'ExtensionReachChanged'>
        const known = state[contact]
        return known ? { ...state, [contact]: { ...known, reach, pingMs } } : state
      }
      case 'ExtensionUnregistered': {
        const { [(data as { contact: string }).contact]: _, ...others } = state
        return others
      }
      default:
        return state
    }
  },
  unread: (state) => state,
}

const FACTS = ['userAgent', 'host', 'address', 'port', 'protocol', 'behindNat'] as const

function sameFacts(one: PhoneContact, other: PhoneContact): boolean {
  return FACTS.every((fact) => one[fact] === other[fact])
}

function slower(before: number | null, now: number | null): boolean {
  if (before === null || now === null) return before !== now && now !== null
  const [less, more] = before < now ? [before, now] : [now, before]
  return more - less >= NOTICED_MS && more >= 2 * less
}
