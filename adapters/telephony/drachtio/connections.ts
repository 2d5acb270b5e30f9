/**
 * Who is connected with whom on the media server: two parties, a party and their music, a conference, and supervisors, who
 * follow the agent they chose. A channel is bridged with one other at a time, or parked.
 *
 * Who should be connected is state of the legs. What FreeSWITCH says of their channels is compared with it, and a difference
 * is mended: an order that it accepted is not always carried out, and one that it carries out late can undo the next. The
 * legs of a call are changed one after the other, since two orders at once for one channel cross.
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
  /** What was ordered is seen within this time, as a rule; then the media server is asked, ms. */
  seenMs?: number
}

const SEEN_MS = 1_000
/** How often a connection is ordered before it is given up, and how often it is mended. */
const ATTEMPTS = 3
const MENDS = 5
const HOLD_MUSIC = 'hold_music'
const PARKED = 'parked'
/** What the media server says of a variable that is not set. */
const NOBODY = '_undef_'

export class Connections {
  readonly #with: ConnectionsOptions
  /** What FreeSWITCH last said of a channel: parked, or connected with another one. Absent: it does something else. */
  readonly #seen = new Map<string, string>()
  /** Who waits for something to be seen of a channel. */
  readonly #awaited = new Map<string, () => void>()
  /** By call: the end of what is being changed there. */
  readonly #turns = new Map<string, Promise<void>>()
  /** How often a leg was mended since it was last told where it belongs. */
  readonly #mended = new WeakMap<Leg, number>()

  constructor(options: ConnectionsOptions) {
    this.#with = options
  }

  /** @throws Problem `telephony.no_leg`, `telephony.unavailable` */
  bridge(leg: Leg, other: Leg): Promise<void> {
    return this.#inTurn([leg, other], async () => {
      const { legs, listening } = this.#with
      areThere(leg, other)
      if (leg.server !== other.server)
        throw new Problem('telephony.unavailable', { reason: 'the two are on different media servers' })
      const resumed = [leg, other].filter(({ state }) => state === 'held')
      const isNew = leg.partner !== other
      for (const each of [leg, other]) {
        each.supervises = null
        each.listensAt = null
        if (isNew || resumed.length > 0) listening.leave(each)
        else await listening.interrupt(each)
      }
      if (isNew || resumed.length > 0) {
        this.leave(leg)
        this.leave(other)
        await this.#join(leg, other.channel)
        leg.partner = other
        other.partner = leg
        await this.#setAside(leg, other)
      }
      for (const each of resumed) {
        legs.turn(each, 'answered')
        legs.report(each, { what: 'resumed' })
      }
      // Somebody else may take over a leg that was left on hold.
      if (isNew || resumed.length === 0) legs.report(leg, { what: 'bridged', to: other.legId })
      await this.#follows(leg, other)
    })
  }

  hold(leg: Leg, music: string | null): Promise<void> {
    return this.#inTurn([leg], async () => {
      const { legs, listening } = this.#with
      areThere(leg)
      if (leg.state === 'held') return
      await listening.interrupt(leg)
      // Both sides of a bridge are parked by it: the other party hears silence until they are connected elsewhere.
      const { partner } = leg
      const connected = partner ? [leg, partner] : leg.conference === null ? [] : [leg]
      this.leave(leg)
      leg.heldFrom = partner
      if (connected.length > 0) await this.#parks(connected, () => api(leg, 'uuid_park'))
      legs.turn(leg, 'held')
      legs.report(leg, { what: 'held', by: 'agent' })
      // A supervisor who leaves a channel takes what is played there along, so the music comes last.
      await this.#follows(leg)
      await listening.play(leg, music ?? HOLD_MUSIC, true)
    })
  }

  /**
   * A phone's own key for hold, pressed while it talks to somebody who is not the customer, as in a consultation: the
   * switchboard decides nothing about that, and the other hears music like anybody who is held.
   */
  heldAside(leg: Leg, isHeld: boolean): void {
    const { legs } = this.#with
    if (leg.purpose === 'customer') return
    // The customer may have been held from it, too.
    const aside = (each: Leg): boolean => each.heldFrom === leg && each.state === 'held' && each.purpose !== 'customer'
    const other = isHeld ? leg.partner : [...legs].find(aside)
    if (!other || other.purpose === 'customer') return
    const done = isHeld ? this.hold(other, null) : this.bridge(leg, other)
    done.catch((error: unknown) => {
      if (!isProblem(error, 'telephony.no_leg')) legs.failed('a key for hold', error)
    })
  }

  /** A leg is to hear something else: if it was left on hold, it no longer is. */
  listens(leg: Leg): Leg {
    const { heldFrom } = leg
    const isWaitedFor = heldFrom !== null && !heldFrom.ended && !heldFrom.partner && heldFrom.conference === null
    if (leg.state === 'held' && !isWaitedFor) this.#with.legs.turn(leg, 'answered')
    return leg
  }

  confer(conferenceId: string, parties: readonly Leg[]): Promise<void> {
    return this.#inTurn(parties, async () => {
      const { legs, listening } = this.#with
      for (const leg of parties) {
        areThere(leg)
        if (leg.conference === conferenceId && leg.state === 'answered') continue
        leg.supervises = null
        await listening.interrupt(leg)
        const left = leg.partner
        this.leave(leg)
        if (left) await this.#parks([left], () => this.#enter(leg, conferenceId))
        else await this.#enter(leg, conferenceId)
        leg.conference = conferenceId
        legs.turn(leg, 'answered')
        legs.report(leg, { what: 'bridged', to: conferenceId })
      }
      await this.#follows(...parties)
    })
  }

  supervise(leg: Leg, supervises: NonNullable<Leg['supervises']>): Promise<void> {
    return this.#inTurn([leg], async () => {
      areThere(leg)
      leg.supervises = supervises
      await this.#attend(leg)
    })
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

  /** Two legs were found connected. */
  found(leg: Leg, other: Leg): void {
    leg.partner = other
    other.partner = leg
    this.#seen.set(leg.channel, other.channel)
    this.#seen.set(other.channel, leg.channel)
  }

  /** A leg is no longer connected with whoever it was. */
  leave(leg: Leg): void {
    if (leg.partner) leg.partner.partner = null
    leg.partner = null
    leg.conference = null
    leg.heldFrom = null
    leg.listensAt = null
    this.#mended.delete(leg)
  }

  /** A leg has ended: whoever listened at it is alone, and listens anew where they are next told to. */
  ended(leg: Leg): void {
    this.leave(leg)
    if (!leg.on) this.#seen.delete(leg.channel)
    for (const supervisor of this.#with.legs)
      if (supervisor.listensAt?.channel === leg.channel) {
        supervisor.listensAt = null
        this.#mended.delete(supervisor)
      }
  }

  /** What was said of these legs may have been missed: the media server is asked with whom they are connected. */
  async look(legs: readonly Leg[]): Promise<void> {
    for (const leg of legs) {
      if (leg.ended || !this.#partnerOf(leg)) continue
      try {
        const other = await api(leg, 'uuid_getvar', 'bridge_to')
        this.#notes(leg.channel, other === NOBODY ? PARKED : other)
      } catch (error) {
        if (!isProblem(error, 'telephony.no_leg')) throw error
      }
    }
  }

  /** The media server says that two channels are connected, or that one is parked. */
  heard(event: SocketEvent): void {
    const channel = event['Unique-ID'] ?? ''
    if (event['Event-Name'] === 'CHANNEL_PARK') return this.#notes(channel, PARKED)
    // What it calls the other leg may be one of before: these two are those of the bridge.
    const [one, other] = [event['Bridge-A-Unique-ID'], event['Bridge-B-Unique-ID']]
    if (!one || !other) return
    this.#notes(one, other)
    this.#notes(other, one)
  }

  #notes(channel: string, now: string): void {
    const leg = this.#at(channel)
    // One that has ended, or is another's.
    if (!leg) return
    const before = this.#seen.get(channel)
    if (before !== undefined && before !== now && this.#seen.get(before) === channel) this.#seen.delete(before)
    this.#seen.set(channel, now)
    this.#awaited.get(`${channel} ${now}`)?.()
    if (!this.#turns.has(leg.callId)) this.#compare(leg)
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
        // One that has only just answered is about to be parked: seen later, that would look as if they listened no more.
        if (before === null && !this.#seen.has(leg.channel))
          await this.#await([`${leg.channel} ${PARKED}`], async () => {})
        this.#seen.delete(leg.channel)
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

  /** Supervisors who were connected with one of these are alone now, and parked: a channel is bridged with one other at a time. */
  async #setAside(...legs: Leg[]): Promise<void> {
    for (const supervisor of this.#with.legs) {
      const { listensAt } = supervisor
      if (listensAt?.key !== 'bridge' || !legs.some(({ channel }) => channel === listensAt.channel)) continue
      supervisor.listensAt = null
      // What they are told before would be undone by it.
      await this.#parks([supervisor], async () => {})
    }
  }

  async #enter(leg: Leg, conferenceId: string): Promise<void> {
    this.#seen.delete(leg.channel)
    // By name, since a conference made by the library never ends on FreeSWITCH 1.10.
    await api(leg, 'uuid_transfer', `conference:${safeName(conferenceId)}@default inline`)
  }

  // ── what should be, and what is ──────────────────────────────────────────────────────────────

  /** Changes where legs of one call belong, after what is being changed there. */
  #inTurn(legs: readonly Leg[], change: () => Promise<void>): Promise<void> {
    const callId = legs[0]?.callId ?? ''
    for (const leg of legs) this.#mended.delete(leg)
    return this.#next(callId, change)
  }

  #next(callId: string, change: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(callId)
    const mine = before ? before.then(change) : change()
    const settled = mine.catch(() => {})
    this.#turns.set(callId, settled)
    void settled.then(() => {
      if (this.#turns.get(callId) !== settled) return
      this.#turns.delete(callId)
      for (const leg of this.#with.legs) if (leg.callId === callId) this.#compare(leg)
    })
    return mine
  }

  /** Is a leg where it belongs, as far as the media server has said? If not, it is put there again. */
  #compare(leg: Leg): void {
    const seen = this.#seen.get(leg.channel)
    if (leg.ended || seen === undefined) return
    const partner = this.#partnerOf(leg)
    const isSo = partner ? seen === partner.channel : seen !== PARKED || (leg.conference === null && !leg.listensAt)
    if (isSo) return
    const times = (this.#mended.get(leg) ?? 0) + 1
    this.#mended.set(leg, times)
    if (times > MENDS) return
    void this.#next(leg.callId, () => this.#mend(leg, seen)).catch((error: unknown) =>
      // A party that hangs up is gone there before we hear of it.
      isProblem(error, 'telephony.no_leg') || leg.ended
        ? undefined
        : this.#with.legs.failed('mending a connection', error),
    )
  }

  /** Who talks on a channel. */
  #at(channel: string): Leg | undefined {
    const leg = this.#with.legs.at(channel)
    return leg?.carries ?? leg
  }

  async #mend(leg: Leg, seen: string): Promise<void> {
    const partner = this.#partnerOf(leg)
    if (leg.ended || this.#seen.get(leg.channel) !== seen) return
    if (partner) {
      if (seen !== partner.channel && (await exists(partner))) await this.#join(leg, partner.channel)
    } else if (leg.conference !== null) await this.#enter(leg, leg.conference)
    else if (leg.listensAt) {
      leg.listensAt = null
      await this.#attend(leg)
    }
  }

  /** Whom a leg's channel is to be bridged with: their partner, or the agent at whom a supervisor whispers. */
  #partnerOf(leg: Leg): Leg | null {
    if (leg.partner) return leg.partner
    const agent = leg.listensAt?.key === 'bridge' ? this.#at(leg.listensAt.channel) : undefined
    return agent && !agent.partner ? agent : null
  }

  /**
   * Bridges a leg's channel with another, out of whatever they are in. The media server says yes at once, and does it up to a
   * tenth of a second later: what is ordered of the two meanwhile would undo it.
   * @throws Problem `telephony.no_leg`, `telephony.unavailable`
   */
  async #join(leg: Leg, channel: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const order = (): Promise<unknown> => api(leg, 'uuid_bridge', channel)
      const isSeen = await leg.server.socket.hurried(this.#await([`${leg.channel} ${channel}`], order))
      if (isSeen || (await api(leg, 'uuid_getvar', 'bridge_to')) === channel) return
      if (attempt === ATTEMPTS)
        throw new Problem('telephony.unavailable', { reason: 'the media server did not connect two legs' })
    }
  }

  /** Orders something by which these are parked, and waits until they are: what is ordered before would be undone by it. */
  async #parks(legs: readonly Leg[], order: () => Promise<unknown>): Promise<void> {
    const keys = legs
      .filter(({ channel }) => this.#seen.get(channel) !== PARKED)
      .map(({ channel }) => `${channel} ${PARKED}`)
    if (!(await this.#await(keys, order))) this.#with.legs.failed('parking a leg', new Error('not seen'))
  }

  /** Orders something, and waits until the media server says that it is so; false: it does not, in time. */
  async #await(keys: readonly string[], order: () => Promise<unknown>): Promise<boolean> {
    const seen = keys.map((key) => new Promise<void>((resolve) => this.#awaited.set(key, resolve)))
    try {
      await order()
      return await within(this.#with.seenMs ?? SEEN_MS, Promise.all(seen)).then(
        () => true,
        () => false,
      )
    } finally {
      for (const key of keys) this.#awaited.delete(key)
    }
  }
}

/** @throws Problem `telephony.no_leg` when one has ended meanwhile */
function areThere(...legs: readonly Leg[]): void {
  for (const { ended, legId } of legs) if (ended) throw new Problem('telephony.no_leg', { leg: legId })
}

/** Is a leg's channel there? */
async function exists(leg: Leg): Promise<boolean> {
  return (await api(leg, 'uuid_exists')).startsWith('true')
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

function safeName(text: string): string {
  return text.replace(/[^0-9A-Za-z_-]/g, '_')
}
