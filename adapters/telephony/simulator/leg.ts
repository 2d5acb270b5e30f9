/** A leg as the simulated network holds it, the person at its end, and what can be said of both. */
import type { LegUse, LiveLeg, SupervisorMode } from '@ledgerline/core/telephony/port.ts'
import type { Caller, KeyPress, PhoneHabits } from './people.ts'

/** One party's connection. */
export interface Leg {
  tenant: string
  legId: string
  callId: string
  purpose: LegUse
  state: LiveLeg['state']
  since: number
  /** We dialled it; false: its party called us. */
  dialled: boolean
  /** The phone it ends at; null for the outside world. */
  extension: string | null
  person: Outsider | PhoneHabits
  /** The leg it is connected with; a party on hold keeps its partner until either goes elsewhere. */
  partner: Leg | null
  conference: Conference | null
  /** The leg at which a supervisor takes part, and vice versa. */
  listensTo: Leg | null
  listeners: Set<Leg> | null
  /** Whose supervisor it is, and how. */
  supervises: { agent: string; mode: SupervisorMode } | null
  /** What it hears on hold; null: it is not on hold. */
  music: string | null
  /** The standing leg on which it was put through, and vice versa. */
  on: Leg | null
  carries: Leg | null
  /** The prompt it hears; `under` is a repeating one that resumes afterwards. */
  playing: { media: string; repeat: boolean; under: string | null; cancel: () => void } | null
  /** The keys it is asked for; `since` is when it was asked, or last pressed one. */
  collecting: { maxDigits: number; waitMs: number; digits: string; since: number; cancel: () => void } | null
  /** Cancels what its person planned to do next. */
  change: () => void
}

/** All of these hear each other. */
export interface Conference {
  id: string
  members: Set<Leg>
}

/** Someone outside: a caller or a called party, and how much they still have to say. */
export interface Outsider {
  caller: Caller
  /** True: they called us; false: we called them. */
  calledUs: boolean
  talkLeftMs: number
  talkingSince: number | null
  talked: boolean
  saidAll: boolean
  /** Since when they have been waiting for someone; null while they talk. */
  waitingSince: number | null
  /** When they last pressed a key; 0: never. */
  pressedAt: number
  /** When they last heard a prompt or were asked for keys, after all was said; 0: never. */
  heardAt: number
  /** Keys they have not pressed yet. */
  keys: readonly KeyPress[]
}

export const nothing = (): void => {}

export function newLeg(
  leg: Pick<Leg, 'tenant' | 'legId' | 'callId' | 'purpose' | 'extension' | 'person'> & Partial<Pick<Leg, 'dialled'>>,
  now: number,
): Leg {
  return {
    dialled: false,
    ...leg,
    state: 'ringing',
    since: now,
    partner: null,
    conference: null,
    listensTo: null,
    listeners: null,
    supervises: null,
    music: null,
    on: null,
    carries: null,
    playing: null,
    collecting: null,
    change: nothing,
  }
}

export function outsider(caller: Caller, calledUs: boolean, now: number): Outsider {
  return {
    caller,
    calledUs,
    talkLeftMs: caller.talkMs,
    talkingSince: null,
    talked: false,
    saidAll: false,
    waitingSince: now,
    pressedAt: 0,
    heardAt: 0,
    keys: caller.keys ?? [],
  }
}

export function isOutsider(person: Leg['person']): person is Outsider {
  return 'caller' in person
}

/** Is anyone talking to this party? */
export function isTalking(leg: Leg): boolean {
  if (leg.state !== 'answered') return false
  return leg.partner ? leg.partner.state === 'answered' : isInCompany(leg)
}

/** Is nobody else on the line: no partner (on hold or not), nobody in its conference, no call it listens to? */
export function isAlone(leg: Leg): boolean {
  return leg.partner === null && leg.listensTo === null && !isInCompany(leg)
}

/** The leg on our side that it talks to. */
export function agentOf(leg: Leg): Leg | null {
  if (leg.partner) return leg.partner
  for (const other of leg.conference?.members ?? []) if (other.purpose === 'agent') return other
  return null
}

function isInCompany(leg: Leg): boolean {
  for (const other of leg.conference?.members ?? []) if (other !== leg && other.state === 'answered') return true
  return false
}
