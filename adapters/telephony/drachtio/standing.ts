/**
 * Phones that are kept connected between calls (catalogue C4.4, long sign-in): a call is put through on such a leg with a
 * beep instead of a ring, and leaves it connected when it ends.
 */
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { DialTarget, LegEnd } from '@ledgerline/core/telephony/port.ts'
import { api } from './connections.ts'
import { newLeg, type Leg } from './leg.ts'
import type { Legs } from './legs.ts'
import type { Listening } from './listening.ts'
import { CARRIES_TAG, LEG_TAG, legTagOf } from './tags.ts'

export interface StandingOptions {
  legs: Legs
  listening: Listening
  node: string
}

/** A leg that is put through (catalogue C4.4-a2-beep). */
const BEEP = 'tone_stream://%(120,80,880);%(120,0,880)'

export class Standing {
  readonly #with: StandingOptions

  constructor(options: StandingOptions) {
    this.#with = options
  }

  /** The leg of a call stays when the call is over, for this owner. @throws Problem `telephony.no_leg` */
  async keep(leg: Leg, owner: string): Promise<void> {
    leg.callId = owner
    leg.purpose = 'standing'
    await api(leg, 'uuid_setvar', `${LEG_TAG} ${legTagOf(this.#with.node, leg)}`)
  }

  /** A call is put through on the leg `standing`. @throws Problem `telephony.no_leg`, `telephony.unavailable` */
  async putThrough(tenant: string, { legId, callId, purpose }: DialTarget, standing: string): Promise<void> {
    const { legs, listening, node } = this.#with
    if (legs.find(legId)) return
    const on = legs.find(standing)
    const refused = (ending: LegEnd): void => legs.report({ tenant, legId, callId }, { what: 'ended', end: ending })
    if (on?.state !== 'answered') return refused({ by: 'network', cause: 41, sip: 480, reason: 'unreachable' })
    if (on.carries) return refused({ by: 'network', cause: 17, sip: 486, reason: 'busy' })
    const { server, channel } = on
    const leg = legs.add(newLeg({ tenant, legId, callId, purpose, extension: null, server, channel }, legs.clock.now()))
    leg.on = on
    leg.sounds = true
    on.carries = leg
    await listening.interrupt(on)
    await server.socket.execute(channel, 'playback', BEEP)
    if (leg.ended) return
    await api(leg, 'uuid_setvar', `${CARRIES_TAG} ${legTagOf(node, leg)}`)
    legs.turn(leg, 'answered')
    legs.report(leg, { what: 'answered' })
  }

  /** The party of a leg of another call goes on in this one. @throws Problem `telephony.no_leg`, `telephony.unavailable` */
  async takeOver(tenant: string, { legId, callId, purpose }: DialTarget, from: string): Promise<void> {
    const { legs, listening, node } = this.#with
    if (legs.find(legId)) return
    const leg = legs.find(from)
    if (leg?.tenant !== tenant || leg.state === 'ringing')
      return legs.report(
        { tenant, legId, callId },
        { what: 'ended', end: { by: 'network', cause: 41, sip: 480, reason: 'unreachable' } },
      )
    // At once: what is ordered of the new leg comes right behind.
    legs.goesOn(leg, { legId, callId, purpose })
    await listening.interrupt(leg)
    await api(leg, 'uuid_setvar', `${leg.on ? CARRIES_TAG : LEG_TAG} ${legTagOf(node, leg)}`)
  }

  /** A call on a phone that is kept connected is over: the phone is alone again. Never throws. */
  async setDown(on: Leg): Promise<void> {
    on.carries = null
    if (on.ended || !on.server.isUp) return
    await Promise.all([api(on, 'uuid_setvar', CARRIES_TAG), api(on, 'uuid_park')]).catch((error: unknown) => {
      if (!isProblem(error, 'telephony.no_leg')) this.#with.legs.failed('leaving a call', error)
    })
  }
}
