/**
 * Who is connected with whom on the media server: two parties, a party and their music, a conference, and supervisors, who
 * follow the agent they chose. A channel is bridged with one other at a time, or parked.
 */
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type { SupervisorMode } from '@ledgerline/core/telephony/port.ts'
import { within } from '../../postgres/line.ts'
import type { SocketEvent } from './event-socket.ts'
import type { Leg } from './leg.ts'
import type { Legs } from './legs.ts'
import type { Listening } from './listening.ts'

export interface ConnectionsOptions {
  legs: Legs
  listening: Listening
}

/** What is not seen in this time is taken to be so, ms. */
const SEEN_MS = 500
const HOLD_MUSIC = 'hold_music'

export class Connections {
  readonly #with: ConnectionsOptions
  /** What was ordered and is not seen yet: a bridge by its pair of channels, a parked leg by its own. */
  readonly #awaited = new Map<string, () => void>()

  constructor(options: ConnectionsOptions) {
    this.#with = options
  }

  /** @throws Problem `telephony.no_leg`, `telephony.unavailable` */
  async bridge(leg: Leg, other: Leg): Promise<void> {
    const { legs, listening } = this.#with
    if (leg.server !== other.server)
      throw new Problem('telephony.unavailable', { reason: 'the two are on different media servers' })
    const resumed = [leg, other].filter(({ state }) => state === 'held')
    const isNew = leg.partner !== other
    for (const each of [leg, other]) {
      each.supervises = null
      each.listensAt = null
      await listening.interrupt(each)
    }
    if (isNew || resumed.length > 0) {
      this.leave(leg)
      this.leave(other)
      await this.#stepAside(leg, other)
      await this.#join(leg, other.channel)
      leg.partner = other
      other.partner = leg
    }
    for (const each of resumed) {
      legs.turn(each, 'answered')
      legs.report(each, { what: 'resumed' })
    }
    // Somebody else may take over a leg that was left on hold.
    if (isNew || resumed.length === 0) legs.report(leg, { what: 'bridged', to: other.legId })
    await this.#follows(leg, other)
  }

  async hold(leg: Leg, music: string | null): Promise<void> {
    const { legs, listening } = this.#with
    if (leg.state === 'held') return
    await listening.interrupt(leg)
    // Both sides of a bridge are parked by it: the other party hears silence until they are connected elsewhere.
    if (leg.partner || leg.conference !== null) await api(leg, 'uuid_park')
    this.leave(leg)
    legs.turn(leg, 'held')
    legs.report(leg, { what: 'held', by: 'agent' })
    // A supervisor who leaves a channel takes what is played there along, so the music comes last.
    await this.#follows(leg)
    await listening.play(leg, music ?? HOLD_MUSIC, true)
  }

  async confer(conferenceId: string, parties: readonly Leg[]): Promise<void> {
    const { legs, listening } = this.#with
    for (const leg of parties) {
      if (leg.conference === conferenceId && leg.state === 'answered') continue
      leg.supervises = null
      await listening.interrupt(leg)
      this.leave(leg)
      // By name, since a conference made by the library never ends on FreeSWITCH 1.10.
      await api(leg, 'uuid_transfer', `conference:${safeName(conferenceId)}@default inline`)
      leg.conference = conferenceId
      legs.turn(leg, 'answered')
      legs.report(leg, { what: 'bridged', to: conferenceId })
    }
    await this.#follows(...parties)
  }

  async supervise(leg: Leg, supervises: NonNullable<Leg['supervises']>): Promise<void> {
    leg.supervises = supervises
    await this.#attend(leg)
  }

  /** Keys are heard by whomever the leg is connected with. @throws Problem `telephony.no_leg`, `telephony.unavailable` */
  async press(leg: Leg, digits: string): Promise<void> {
    await api(leg, 'uuid_send_dtmf', digits)
  }

  /** A key on a supervisor's phone changes whom they are heard by; the ledger says otherwise. */
  pressed(leg: Leg): void {
    if (!leg.listensAt || leg.listensAt.key === 'bridge') return
    api(leg, 'uuid_recv_dtmf', leg.listensAt.key).catch((error: unknown) => this.#with.legs.failed('a key', error))
  }

  /** A leg is no longer connected with whoever it was. */
  leave(leg: Leg): void {
    if (leg.partner) leg.partner.partner = null
    leg.partner = null
    leg.conference = null
    leg.listensAt = null
  }

  /** A leg has ended: whoever listened at it is alone, and listens anew where they are next told to. */
  ended(leg: Leg): void {
    this.leave(leg)
    for (const supervisor of this.#with.legs)
      if (supervisor.listensAt?.channel === leg.channel) supervisor.listensAt = null
  }

  /** The media server says that two channels are connected, or that one is parked. */
  heard(event: SocketEvent): void {
    const channel = event['Unique-ID'] ?? ''
    if (event['Event-Name'] === 'CHANNEL_PARK') return this.#awaited.get(channel)?.()
    const other = event['Other-Leg-Unique-ID'] ?? event['Bridge-B-Unique-ID'] ?? ''
    this.#awaited.get(pairOf(channel, other))?.()
  }

  /**
   * Puts a supervisor where their agent is. They listen at the customer's channel, whose both sides they hear; while the
   * customer is on hold, at the agent's; and are connected with an agent to whom nobody else talks, since a channel on
   * which nothing is said passes no whisper on.
   */
  async #attend(leg: Leg): Promise<void> {
    const { supervises } = leg
    if (!supervises) return
    const { mode } = supervises
    const agent = this.#with.legs.get(supervises.agent)
    const customer = supervises.customer === null ? undefined : this.#with.legs.find(supervises.customer)
    // In a conference nobody is another's partner: what the agent's channel carries is what they hear and say there.
    const isTogether = customer !== undefined && customer.partner === agent
    const at = isTogether ? customer : agent
    const alone = at === agent && !agent.partner && agent.conference === null
    const key = alone && mode !== 'listen' ? 'bridge' : at === agent ? heardBy[mode].atAgent : heardBy[mode].atCustomer
    const before = leg.listensAt
    if (before?.channel === at.channel && before.key === key) return
    leg.listensAt = { channel: at.channel, key }
    if (before?.channel !== at.channel || before.key === 'bridge' || key === 'bridge') {
      await this.#with.listening.interrupt(leg)
      if (key === 'bridge') await this.#join(leg, at.channel)
      else {
        // By variables at the beginning: a key that comes before the application runs would be lost.
        const [other, own] = [key === '1' || key === '3', key === '2' || key === '3']
        await api(
          leg,
          'uuid_setvar_multi',
          `eavesdrop_enable_dtmf=true;eavesdrop_whisper_aleg=${other};eavesdrop_whisper_bleg=${own}`,
        )
        // Parked afterwards: whoever they listened at may go, and they stay.
        await api(leg, 'uuid_transfer', `eavesdrop:${at.channel},park inline`)
      }
      this.#with.legs.report(leg, { what: 'bridged', to: at.legId })
    } else await api(leg, 'uuid_recv_dtmf', key)
  }

  /** Supervisors follow: who talks with whom has changed. */
  async #follows(...legs: Leg[]): Promise<void> {
    const ids = new Set(legs.map(({ legId }) => legId))
    for (const leg of this.#with.legs) {
      const { supervises } = leg
      if (supervises && (ids.has(supervises.agent) || (supervises.customer !== null && ids.has(supervises.customer))))
        await this.#attend(leg).catch((error: unknown) => {
          if (!isProblem(error, 'telephony.no_leg')) this.#with.legs.failed('following an agent', error)
        })
    }
  }

  /** Supervisors who are connected with one of these leave it: a channel is bridged with one other at a time. */
  async #stepAside(...legs: Leg[]): Promise<void> {
    for (const supervisor of this.#with.legs) {
      const { listensAt } = supervisor
      if (listensAt?.key !== 'bridge') continue
      const leg = legs.find(({ channel }) => channel === listensAt.channel)
      if (!leg) continue
      supervisor.listensAt = null
      await this.#seen(leg.channel, 'parking a leg', () => api(supervisor, 'uuid_park'))
    }
  }

  /**
   * Bridges a leg's channel with another. The media server says yes at once, and does it up to a tenth of a second later:
   * what is ordered of the two meanwhile would undo it.
   */
  #join(leg: Leg, channel: string): Promise<void> {
    return this.#seen(pairOf(leg.channel, channel), 'connecting two legs', () => api(leg, 'uuid_bridge', channel))
  }

  /** Orders something, and waits until the media server says that it is so. */
  async #seen(key: string, what: string, order: () => Promise<unknown>): Promise<void> {
    const seen = new Promise<void>((resolve) => this.#awaited.set(key, resolve))
    try {
      await order()
      await within(SEEN_MS, seen).catch((error: unknown) => this.#with.legs.failed(what, error))
    } finally {
      this.#awaited.delete(key)
    }
  }
}

/** A command about a leg's channel. @throws Problem `telephony.no_leg`, `telephony.unavailable` */
export function api(leg: Leg, command: string, argument = ''): Promise<string> {
  return leg.server.socket.api(`${command} ${leg.channel} ${argument}`.trimEnd())
}

/** The key that tells `eavesdrop` who hears the supervisor: 1 the other party, 2 the leg listened at, 3 both, 0 nobody. */
const heardBy: Readonly<Record<SupervisorMode, { atCustomer: string; atAgent: string }>> = {
  listen: { atCustomer: '0', atAgent: '0' },
  whisper: { atCustomer: '1', atAgent: '2' },
  three_way: { atCustomer: '3', atAgent: '3' },
}

/** Two channels, whichever is named first. */
function pairOf(one: string, other: string): string {
  return [one, other].toSorted().join(' ')
}

function safeName(text: string): string {
  return text.replace(/[^0-9A-Za-z_-]/g, '_')
}
