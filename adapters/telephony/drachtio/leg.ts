/** One telephone connection as the adapter holds it: its channel on a media server, its dialogs, and what goes on there. */
import type { LegEnd, LegUse, LiveLeg, SupervisorMode } from '@ledgerline/core/telephony/port.ts'
import type { SipRequest, SipResponse, Srf } from '../sip/srf.ts'
import type { Dialog } from './dialogs.ts'
import type { Farewell } from './farewell.ts'
import type { MediaServer } from './media-server.ts'
import type { PendingRefer } from './transfer-key.ts'

/** A caller who has not been answered, and can still be turned away. */
export interface Arrival {
  srf: Srf
  request: SipRequest
  response: SipResponse
}

export interface Leg {
  readonly tenant: string
  /** Another one when it goes on in another call. */
  legId: string
  /** Its call, or the shift it is kept for; so is what it is for, since a call can become a line that is kept. */
  callId: string
  purpose: LegUse
  readonly extension: string | null
  state: LiveLeg['state']
  since: number
  server: MediaServer
  /** Its channel; that of {@link on} if it was put through on another leg. */
  channel: string
  /** Set until the caller is answered. */
  arrival: Arrival | null
  /** Its channel is there and parked; rejects when it will not be. */
  ready: Promise<void>
  /** The connection to the SIP server that its dialogs belong to. */
  srf: Srf | null
  /** By these its phone can be told the end even without that connection. */
  dialogs: { server: string; ids: string[]; farewell?: Farewell | null; invite?: string | undefined } | null
  /** To the phone or trunk. */
  outer: Dialog | null
  /** To the media server. */
  inner: Dialog | null
  /** A transfer that its phone asked for, and waits for. */
  refer: PendingRefer | null
  /** A leg of a shift that this one was put through on, and the one put through on this. */
  on: Leg | null
  carries: Leg | null
  partner: Leg | null
  conference: string | null
  /** Who was with it when it was put on hold, and comes back to it if nothing happens meanwhile. */
  heldFrom: Leg | null
  /** Whom it supervises: the customer's and the agent's leg. */
  supervises: { customer: string | null; agent: string; mode: SupervisorMode } | null
  /** The channel at which it listens therefore, and the key that says who hears it; `bridge`: connected with it. */
  listensAt: { channel: string; key: string } | null
  /** What it hears if nobody talks: a prompt to its end, a repeating one, or both. */
  once: { media: string; playing: string | null } | null
  repeating: string | null
  /** The order to repeat that the media server took last, when, and how often it had given up before. */
  repeats: { id: string; at: number; givenUp: number } | null
  /** Something may be playing on its channel: false only as long as nothing was ever ordered there. */
  sounds: boolean
  gathers: { maxDigits: number; waitMs: number; digits: string; stop: () => void } | null
  /** Aborted when it ends: what waits for it then waits no longer. */
  readonly over: AbortController
  /** Its end was reported: whatever comes afterwards is passed over. */
  ended: LegEnd | null
}

export function newLeg(
  leg: Pick<Leg, 'tenant' | 'legId' | 'callId' | 'purpose' | 'extension' | 'server' | 'channel'>,
  since: number,
): Leg {
  return {
    ...leg,
    state: 'ringing',
    since,
    arrival: null,
    ready: Promise.resolve(),
    srf: null,
    dialogs: null,
    outer: null,
    inner: null,
    refer: null,
    on: null,
    carries: null,
    partner: null,
    conference: null,
    heldFrom: null,
    supervises: null,
    listensAt: null,
    once: null,
    repeating: null,
    repeats: null,
    sounds: false,
    gathers: null,
    over: new AbortController(),
    ended: null,
  }
}

export function liveLeg({ tenant, legId, callId, purpose, state, since }: Leg): LiveLeg {
  return { tenant, legId, callId, purpose, state, since }
}
