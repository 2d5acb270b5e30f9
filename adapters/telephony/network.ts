/**
 * The simulated network: legs, who is bridged with whom, and the people at their ends, who answer,
 * lose patience, have said all and hang up. Knows nothing of commands, queues or agents' states.
 *
 * Nobody stays on a line for ever: every leg has, at every moment, something that its person will do
 * next unless the situation changes ({@link Network.#settle} finds it anew whenever it does).
 */
import type { Clock, Dice } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { DialTarget, EndedBy, LegEnd, LegPurpose, LiveLeg, TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import { FAREWELL_MS, type Callee, type Caller, type PhoneHabits, type Reaction } from './people.ts'

/** One party's connection. */
interface Leg {
  tenant: string
  legId: string
  callId: string
  purpose: LegPurpose
  state: LiveLeg['state']
  since: number
  /** The phone that it ends at; null for the world outside. */
  extension: string | null
  person: Outsider | PhoneHabits
  /** Whom it is connected with; a party on hold keeps its partner until either goes elsewhere. */
  partner: Leg | null
  conference: string | null
  /** The customer's leg that a supervisor listens to, and the other way round. */
  listensTo: Leg | null
  listeners: Set<Leg> | null
  /** Takes back what its person meant to do next. */
  change: () => void
}

/** Somebody outside: a caller or a called one, and how much he still has to say. */
interface Outsider {
  caller: Caller
  talkLeftMs: number
  talkingSince: number | null
  saidAll: boolean
  /** Since when he waits for somebody, null while he talks. */
  waitingSince: number | null
}

/** A report before it is stamped with time and tenant. */
type Happened = TelephonyReport extends infer R ? (R extends TelephonyReport ? Omit<R, 'at' | 'tenant'> : never) : never

export interface NetworkOptions {
  clock: Clock
  dice: Dice
  report: (report: TelephonyReport) => void
  /** Who answers when a number is dialled. */
  callee: (tenant: string, number: string, dice: Dice) => Callee
}

const nothing = () => {}

export class Network {
  readonly #clock: Clock
  readonly #dice: Dice
  readonly #report: (report: TelephonyReport) => void
  readonly #callee: NetworkOptions['callee']
  readonly #legs = new Map<string, Leg>()
  /** Phones that are plugged in, by tenant and extension. */
  readonly #phones = new Map<string, PhoneHabits>()
  /** The leg that a phone is on. */
  readonly #lines = new Map<string, Leg>()

  constructor(options: NetworkOptions) {
    this.#clock = options.clock
    this.#dice = options.dice
    this.#report = options.report
    this.#callee = options.callee
  }

  get size(): number {
    return this.#legs.size
  }

  list(): LiveLeg[] {
    return Array.from(this.#legs.values(), ({ tenant, legId, callId, purpose, state, since }) => ({ tenant, legId, callId, purpose, state, since }))
  }

  // ── phones ───────────────────────────────────────────────────────────────────────────────────

  /** A phone registers, and its owner acts like this from now on. */
  plug(tenant: string, extension: string, habits: PhoneHabits): void {
    const known = this.#phones.has(phoneKey(tenant, extension))
    this.#phones.set(phoneKey(tenant, extension), habits)
    if (!known) this.#happened(tenant, { what: 'registered', extension, contact: `sip:${extension}@simulator` })
  }

  /** A phone loses its registration; a call that it is in goes on. */
  unplug(tenant: string, extension: string): void {
    if (this.#phones.delete(phoneKey(tenant, extension))) this.#happened(tenant, { what: 'unregistered', extension })
  }

  // ── beginnings ───────────────────────────────────────────────────────────────────────────────

  /** A caller reaches us. */
  arrive(caller: Caller, legId: string, callId: string): void {
    const leg = this.#add({ tenant: caller.tenant, legId, callId, purpose: 'customer', extension: null, person: outsider(caller, this.#clock.now()) })
    const { tenant, from, to, gateway, customerId, priority } = caller
    this.#happened(tenant, { what: 'incoming', legId, callId, from, to, gateway, customerId, priority })
    this.#settle(leg)
  }

  /** Dials; whoever is there reacts in his own way. */
  dial(tenant: string, target: DialTarget): void {
    if (this.#legs.has(target.legId)) return
    if (target.to.kind === 'number') {
      const callee = this.#callee(tenant, target.to.number, this.#dice)
      return this.#ring(this.#add({ ...legOf(tenant, target), extension: null, person: outsider(callee, this.#clock.now()) }), callee.reaction, target.ringMs)
    }
    const { extension } = target.to
    const habits = this.#phones.get(phoneKey(tenant, extension))
    if (!habits) return this.#refused(tenant, target, { by: 'network', cause: 20, sip: 480, reason: 'unregistered' })
    if (this.#lines.has(phoneKey(tenant, extension))) return this.#refused(tenant, target, BUSY)
    const leg = this.#add({ ...legOf(tenant, target), extension, person: habits })
    this.#lines.set(phoneKey(tenant, extension), leg)
    this.#ring(leg, habits.react(this.#dice), target.ringMs)
  }

  /** We pick up for a caller. */
  answer(legId: string): void {
    const leg = this.#leg(legId)
    if (leg.state === 'ringing') this.#answered(leg)
  }

  #ring(leg: Leg, reaction: Reaction, ringMs: number): void {
    if (reaction.do === 'busy') return this.end(leg.legId, BUSY)
    this.#happened(leg.tenant, { what: 'ringing', legId: leg.legId, callId: leg.callId })
    if (reaction.do === 'ignore' || reaction.afterMs >= ringMs) {
      return this.#next(leg, ringMs, () => this.end(leg.legId, { by: 'system', cause: 19, sip: 487, reason: 'no_answer' }))
    }
    if (reaction.do === 'refuse') {
      const by: EndedBy = leg.extension === null ? 'customer' : 'agent'
      return this.#next(leg, reaction.afterMs, () => this.end(leg.legId, { by, cause: 21, sip: 603, reason: 'rejected' }))
    }
    if (reaction.afterMs <= 0) this.#answered(leg)
    else this.#next(leg, reaction.afterMs, () => this.#answered(leg))
  }

  #answered(leg: Leg): void {
    this.#turn(leg, 'answered')
    this.#happened(leg.tenant, { what: 'answered', legId: leg.legId, callId: leg.callId })
    this.#settle(leg)
  }

  /** A dialled leg that never came to ring. */
  #refused(tenant: string, { legId, callId }: DialTarget, end: LegEnd): void {
    this.#happened(tenant, { what: 'ended', legId, callId, end })
  }

  // ── talk ─────────────────────────────────────────────────────────────────────────────────────

  /** Connects two legs; each leaves whomever it was connected with. */
  bridge(legId: string, to: string): void {
    const leg = this.#connectable(legId, 'bridge')
    const other = this.#connectable(to, 'bridge')
    const resumed = [leg, other].filter((each) => each.state === 'held')
    if (leg.partner !== other) {
      this.#leave(leg)
      this.#leave(other)
      leg.partner = other
      other.partner = leg
    }
    for (const each of resumed) {
      this.#turn(each, 'answered')
      this.#happened(each.tenant, { what: 'resumed', legId: each.legId, callId: each.callId })
    }
    if (resumed.length === 0) this.#happened(leg.tenant, { what: 'bridged', legId, to, callId: leg.callId })
    this.#settle(leg)
    this.#settle(other)
  }

  /** Music for one party; its partner waits, or goes elsewhere. */
  hold(legId: string, by: EndedBy): void {
    const leg = this.#connectable(legId, 'hold')
    if (leg.state === 'held') return
    this.#turn(leg, 'held')
    this.#happened(leg.tenant, { what: 'held', legId, callId: leg.callId, by })
    this.#settle(leg)
    if (leg.partner) this.#settle(leg.partner)
  }

  /** All of these hear each other; who is in a bridge leaves it. */
  confer(conferenceId: string, legIds: readonly string[]): void {
    const legs = legIds.map((legId) => this.#connectable(legId, 'conference'))
    for (const leg of legs) {
      if (leg.conference === conferenceId && leg.state === 'answered') continue
      this.#leave(leg)
      if (leg.state === 'held') this.#turn(leg, 'answered')
      leg.conference = conferenceId
      this.#happened(leg.tenant, { what: 'bridged', legId: leg.legId, to: conferenceId, callId: leg.callId })
    }
    for (const leg of legs) this.#settle(leg)
  }

  /** A supervisor's leg takes part in a call; changing how is no more than a repeat. */
  supervise(legId: string, customerLegId: string): void {
    const leg = this.#connectable(legId, 'supervise')
    const customer = this.#connectable(customerLegId, 'supervise')
    if (leg.listensTo === customer) return
    this.#leave(leg)
    leg.listensTo = customer
    customer.listeners = (customer.listeners ?? new Set()).add(leg)
    this.#happened(leg.tenant, { what: 'bridged', legId, to: customerLegId, callId: leg.callId })
    this.#settle(leg)
  }

  /** Is there such a leg? @throws Problem `telephony.no_leg` */
  require(legId: string): void {
    this.#leg(legId)
  }

  // ── ends ─────────────────────────────────────────────────────────────────────────────────────

  /** Ends a leg and says why. @throws Problem `telephony.no_leg` */
  end(legId: string, end: LegEnd): void {
    const leg = this.#leg(legId)
    leg.change()
    this.#legs.delete(legId)
    if (leg.extension !== null && this.#lines.get(phoneKey(leg.tenant, leg.extension)) === leg) this.#lines.delete(phoneKey(leg.tenant, leg.extension))
    this.#happened(leg.tenant, { what: 'ended', legId, callId: leg.callId, end })
    this.#leave(leg)
    for (const listener of leg.listeners ?? []) {
      listener.listensTo = null
      this.#settle(listener)
    }
  }

  /** Everything is torn down at once, as when a media server dies. */
  endAll(end: LegEnd): void {
    for (const leg of [...this.#legs.values()]) this.end(leg.legId, end)
  }

  // ── what people do next ──────────────────────────────────────────────────────────────────────

  /** What the person on a leg will do next if nothing changes; takes back what he meant to do before. */
  #settle(leg: Leg): void {
    if (!this.#legs.has(leg.legId)) return
    const { person } = leg
    if (isOutsider(person)) return this.#settleOutsider(leg, person)
    if (leg.state !== 'answered') return
    const alone = leg.partner === null && leg.listensTo === null && (leg.conference === null || !this.#inCompany(leg))
    if (!alone || person.aloneMs === Number.POSITIVE_INFINITY) return this.#stay(leg)
    this.#next(leg, person.aloneMs, () => this.end(leg.legId, { by: leg.purpose === 'supervisor' ? 'supervisor' : 'agent', cause: 16, sip: null, reason: 'hung_up' }))
  }

  #settleOutsider(leg: Leg, person: Outsider): void {
    const now = this.#clock.now()
    if (person.talkingSince !== null) {
      person.talkLeftMs -= now - person.talkingSince
      person.talkingSince = null
    }
    if (this.#isTalking(leg)) {
      person.talkingSince = now
      person.waitingSince = null
      return this.#next(leg, Math.max(0, person.talkLeftMs), () => this.#allIsSaid(leg, person))
    }
    if (leg.state === 'held') {
      person.waitingSince = null
      return this.#next(leg, person.caller.holdPatienceMs, () => this.#hangsUp(leg))
    }
    if (leg.state === 'ringing' && leg.purpose !== 'customer') return
    person.waitingSince ??= now
    const waits = person.saidAll ? FAREWELL_MS : person.caller.patienceMs
    this.#next(leg, person.waitingSince + waits - now, () => this.#hangsUp(leg))
  }

  #allIsSaid(leg: Leg, person: Outsider): void {
    person.saidAll = true
    const agent = person.caller.talkEndedBy === 'agent' ? this.#agentOf(leg) : null
    if (!agent) return this.#hangsUp(leg)
    this.end(agent.legId, { by: 'agent', cause: 16, sip: null, reason: 'hung_up' })
  }

  #hangsUp(leg: Leg): void {
    const end: LegEnd = leg.state === 'ringing' ? { by: 'customer', cause: 16, sip: 487, reason: 'cancelled' } : { by: 'customer', cause: 16, sip: null, reason: 'hung_up' }
    this.end(leg.legId, end)
  }

  /** Does somebody talk to this party? */
  #isTalking(leg: Leg): boolean {
    if (leg.state !== 'answered') return false
    if (leg.partner) return leg.partner.state === 'answered'
    return leg.conference !== null && this.#inCompany(leg)
  }

  #inCompany(leg: Leg): boolean {
    for (const other of this.#legs.values()) if (other !== leg && other.conference === leg.conference && other.state === 'answered') return true
    return false
  }

  #agentOf(leg: Leg): Leg | null {
    if (leg.partner) return leg.partner
    for (const other of this.#legs.values()) if (other.conference === leg.conference && other.purpose === 'agent') return other
    return null
  }

  // ── small things ─────────────────────────────────────────────────────────────────────────────

  #add(leg: Pick<Leg, 'tenant' | 'legId' | 'callId' | 'purpose' | 'extension' | 'person'>): Leg {
    const added: Leg = { ...leg, state: 'ringing', since: this.#clock.now(), partner: null, conference: null, listensTo: null, listeners: null, change: nothing }
    this.#legs.set(leg.legId, added)
    return added
  }

  /** Takes a leg out of its bridge or conference; whoever is left behind goes on by himself. */
  #leave(leg: Leg): void {
    const { partner, conference } = leg
    leg.listensTo?.listeners?.delete(leg)
    leg.partner = null
    leg.conference = null
    leg.listensTo = null
    if (partner) {
      partner.partner = null
      this.#settle(partner)
    }
    if (conference === null) return
    for (const other of [...this.#legs.values()]) if (other.conference === conference) this.#settle(other)
  }

  #next(leg: Leg, afterMs: number, act: () => void): void {
    leg.change()
    leg.change = afterMs === Number.POSITIVE_INFINITY ? nothing : this.#clock.at(this.#clock.now() + Math.max(0, afterMs), act)
  }

  #stay(leg: Leg): void {
    leg.change()
    leg.change = nothing
  }

  #turn(leg: Leg, state: Leg['state']): void {
    leg.state = state
    leg.since = this.#clock.now()
  }

  #leg(legId: string): Leg {
    const leg = this.#legs.get(legId)
    if (!leg) throw new Problem('telephony.no_leg', { leg: legId })
    return leg
  }

  #connectable(legId: string, what: string): Leg {
    const leg = this.#leg(legId)
    if (leg.state === 'ringing') throw new Problem('telephony.not_answered', { leg: legId, what })
    return leg
  }

  #happened(tenant: string, happened: Happened): void {
    this.#report({ at: this.#clock.now(), tenant, ...happened } as TelephonyReport)
  }
}

const BUSY: LegEnd = { by: 'network', cause: 17, sip: 486, reason: 'busy' }

function phoneKey(tenant: string, extension: string): string {
  return `${tenant}/${extension}`
}

function legOf(tenant: string, { legId, callId, purpose }: DialTarget) {
  return { tenant, legId, callId, purpose }
}

function outsider(caller: Caller, now: number): Outsider {
  return { caller, talkLeftMs: caller.talkMs, talkingSince: null, saidAll: false, waitingSince: now }
}

function isOutsider(person: Leg['person']): person is Outsider {
  return 'caller' in person
}
