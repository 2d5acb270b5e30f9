/**
 * The dialogs of legs: an outer one to the phone or trunk, an inner one to the media server, and what is asked in them. They
 * belong to a connection to a SIP server, and are lost with it; their sound is not.
 */
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type { SipRequest, SipResponse, Srf } from '../sip/srf.ts'
import { api } from './connections.ts'
import { end, endById, passOn, type Dialog } from './dialogs.ts'
import type { Leg } from './leg.ts'
import { MEDIA_LOST, NODE_LOST, type Legs } from './legs.ts'
import type { Listening } from './listening.ts'
import { DIALOGS_TAG, dialogsTagOf } from './tags.ts'
import type { Unsignalled } from './unsignalled.ts'

export interface SignallingOptions {
  legs: Legs
  listening: Listening
  unsignalled: Unsignalled
}

export class Signalling {
  readonly #with: SignallingOptions
  /** Connections to SIP servers, by the server's name. */
  readonly #servers = new Map<string, Srf>()

  constructor(options: SignallingOptions) {
    this.#with = options
  }

  /**
   * A connection to a SIP server is there, or lost with all its dialogs. Who talks goes on talking, and so does who waits
   * and can be heard; a call that was not answered yet can no longer be.
   */
  server(name: string, srf: Srf | null): void {
    const { legs } = this.#with
    const lost = this.#servers.get(name)
    if (srf) this.#servers.set(name, srf)
    else this.#servers.delete(name)
    if (!lost) return
    for (const leg of legs) {
      if (leg.srf !== lost || leg.on) continue
      if (leg.state === 'ringing') legs.finish(leg, NODE_LOST)
      else this.#detach(leg)
    }
  }

  /** The phone has answered, or the caller was answered: from now on both ends may ask for something. */
  connected(leg: Leg, outer: Dialog, inner: Dialog): void {
    leg.outer = outer
    leg.inner = inner
    this.#follow(leg)
    this.#writeDialogs(leg)
  }

  /** The network takes the call elsewhere; we are out of it then. @throws Problem `telephony.unavailable` */
  async refer(leg: Leg, uri: string | undefined): Promise<void> {
    if (uri === undefined || !leg.outer)
      throw new Problem('telephony.unavailable', { reason: 'there is nowhere to refer the call to' })
    const answer = await leg.outer.request({ method: 'REFER', headers: { 'Refer-To': `<${uri}>` } })
    if (answer.status >= 300)
      throw new Problem('telephony.unavailable', { reason: `REFER was refused: ${answer.status}` })
    this.#with.legs.finish(leg, { by: 'system', cause: 16, sip: null, reason: 'completed' })
  }

  /** Tells both ends of a leg that it is over. */
  ended(leg: Leg): void {
    void end(leg.outer)
    void end(leg.inner)
    const srf = leg.dialogs && !leg.outer ? this.#servers.get(leg.dialogs.server) : undefined
    for (const id of srf ? leg.dialogs!.ids : []) void endById(srf!, id)
  }

  /** Its dialogs are of no use any more, except that a phone may still be told the end by their ids. */
  #detach(leg: Leg): void {
    for (const dialog of [leg.outer, leg.inner]) dialog?.removeAllListeners()
    leg.outer = null
    leg.inner = null
    leg.srf = null
    this.#with.unsignalled.add(leg)
  }

  /** Writes down how its phone can be told that it is over, for a process that takes the leg over. */
  #writeDialogs(leg: Leg): void {
    const server = [...this.#servers].find(([, srf]) => srf === leg.srf)?.[0]
    if (leg.ended || !leg.outer || !leg.inner || server === undefined) return
    leg.dialogs = { server, ids: [leg.outer.id, leg.inner.id] }
    api(leg, 'uuid_setvar', `${DIALOGS_TAG} ${dialogsTagOf(leg.dialogs)}`).catch((error: unknown) => {
      if (!isProblem(error, 'telephony.no_leg')) this.#with.legs.failed('marking a leg', error)
    })
  }

  /** The party at the other end may hang up, or ask for another session. */
  #follow(leg: Leg): void {
    const { legs, listening } = this.#with
    const { inner, outer } = leg
    if (!inner || !outer) return
    const hungUp = (): void =>
      legs.finish(leg, {
        by: leg.purpose === 'customer' ? 'customer' : leg.purpose === 'supervisor' ? 'supervisor' : 'agent',
        cause: 16,
        sip: null,
        reason: 'hung_up',
      })
    outer.on('destroy', hungUp)
    inner.on('destroy', () => legs.finish(leg, MEDIA_LOST))
    passOn(outer, inner)
    passOn(inner, outer)
    // A blind transfer by the phone itself: the switchboard decides who is called, so it is not taken.
    outer.on('refer', (_: SipRequest, response: SipResponse) => response.send(603, 'Use the desk to transfer'))
    outer.on('info', (request: SipRequest, response: SipResponse) => {
      response.send(200, 'OK')
      const digit = /^\s*Signal\s*=\s*([0-9A-D*#])/im.exec(request.body ?? '')?.[1]
      if (digit) listening.key(leg.carries ?? leg, digit)
    })
    // Gone before we heard that they were there.
    if (!outer.connected) hungUp()
  }
}
