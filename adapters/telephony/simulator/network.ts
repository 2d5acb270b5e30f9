/**
 * The simulated network: legs, and who is bridged with whom. The people at their ends, who answer, lose patience,
 * finish talking and hang up, are in `behaviour.ts`; prompts and keys in `prompts.ts`. Knows nothing of commands,
 * queues or agents' states.
 */
import type { Clock, Dice } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type {
  DialTarget,
  EndedBy,
  LegEnd,
  LiveLeg,
  SupervisorMode,
  TelephonyReport,
} from '@ledgerline/core/telephony/port.ts'
import { Behaviour } from './behaviour.ts'
import { hearingOf, type Hearing } from './hearing.ts'
import { isOutsider, newLeg, outsider, type Conference, type Leg } from './leg.ts'
import type { Callee, Caller, PhoneHabits, Reaction } from './people.ts'
import { Phones } from './phones.ts'
import { Prompts } from './prompts.ts'

/** A report before it is stamped with time and tenant. */
type Happened = TelephonyReport extends infer R ? (R extends TelephonyReport ? Omit<R, 'at' | 'tenant'> : never) : never

export interface NetworkOptions {
  clock: Clock
  dice: Dice
  report: (report: TelephonyReport) => void
  /** Who answers when a number is dialled, and by which gateway. */
  callee: (tenant: string, number: string, dice: Dice, gateway: string | null) => Callee
  /** How long a prompt lasts, ms. */
  lengthOf: (media: string) => number
  /** Called for callers who leave without getting what they called for. */
  unserved: (caller: Caller) => void
  /** A leg is gone, by whatever way. */
  gone: (legId: string) => void
  /** Phones say where they are. */
  contacts: boolean
}

export class Network {
  readonly #with: NetworkOptions
  readonly #behaviour: Behaviour
  readonly #prompts: Prompts
  readonly #legs = new Map<string, Leg>()
  readonly #conferences = new Map<string, Conference>()
  readonly #phones: Phones
  /** Gateways that do not carry calls. */
  readonly #gateways = new Map<string, GatewayTrouble>()
  /** The leg a phone is on. */
  readonly #lines = new Map<string, Leg>()

  constructor(options: NetworkOptions) {
    const { clock, lengthOf, contacts } = options
    this.#with = options
    this.#phones = new Phones({
      clock,
      contacts,
      tell: (tenant, extension, now) => this.#happened(tenant, { what: 'contacts', extension, contacts: now }),
    })
    this.#prompts = new Prompts({
      clock,
      lengthOf,
      report: ({ tenant, legId, callId }, report) => this.#happened(tenant, { legId, callId, ...report }),
      changed: (leg) => this.#heeds(leg, true),
      heard: (leg) => this.#heeds(leg, false),
    })
    this.#behaviour = new Behaviour({
      clock,
      exists: (leg) => this.#legs.get(leg.legId) === leg,
      hangUp: (leg, end) => this.end(leg.legId, end),
      press: (leg, digit) => this.#prompts.press(leg, digit),
    })
  }

  get size(): number {
    return this.#legs.size
  }

  list(): LiveLeg[] {
    return Array.from(this.#legs.values(), live)
  }

  find(legId: string): LiveLeg | null {
    const leg = this.#legs.get(legId)
    return leg ? live(leg) : null
  }

  // ── phones ───────────────────────────────────────────────────────────────────────────────────

  /** A phone registers; from now on its owner has these habits. */
  plug(tenant: string, extension: string, habits: PhoneHabits): void {
    const made = this.#phones.plug(tenant, extension, habits)
    if (made) this.#happened(tenant, { what: 'registered', extension, contact: made.contact })
  }

  /** A phone loses its registration; a call it is in continues. Returns its owner's habits; null if it had none. */
  unplug(tenant: string, extension: string): PhoneHabits | null {
    const habits = this.#phones.unplug(tenant, extension)
    if (habits) this.#happened(tenant, { what: 'unregistered', extension })
    return habits
  }

  /** Of all of a tenant's phones: these are registered, and no others. */
  tellOfPhones(tenant: string): void {
    this.#happened(tenant, { what: 'registrar', extensions: this.#phones.registered(tenant) })
  }

  /** The phone a leg ends at. */
  phoneOf(legId: string): string | null {
    return this.#legs.get(legId)?.extension ?? null
  }

  // ── beginnings ───────────────────────────────────────────────────────────────────────────────

  /** A caller reaches us. */
  arrive(caller: Caller, legId: string, callId: string): void {
    const { tenant, from, to, gateway, customerId, priority } = caller
    const extension = null
    const leg = this.#add({
      tenant,
      legId,
      callId,
      purpose: 'customer',
      extension: null,
      person: outsider(caller, true, this.#now),
    })
    this.#happened(tenant, { what: 'incoming', legId, callId, from, to, gateway, extension, customerId, priority })
    this.#behaviour.settle(leg)
  }

  /** The owner of a phone dials. False: the phone is not registered, or in use. */
  phoneDials(
    tenant: string,
    extension: string,
    to: string,
    { legId, callId }: { legId: string; callId: string },
    secondLine = false,
  ): boolean {
    const key = phoneKey(tenant, extension)
    const habits = this.#phones.habits(tenant, extension)
    if (!habits || (this.#lines.has(key) && !secondLine)) return false
    const leg = this.#add({ tenant, legId, callId, purpose: 'agent', extension, person: habits })
    if (!this.#lines.has(key)) this.#lines.set(key, leg)
    const nothing = { gateway: null, customerId: null, priority: 0 }
    this.#happened(tenant, { what: 'incoming', legId, callId, from: extension, to, extension, ...nothing })
    this.#behaviour.settle(leg)
    return true
  }

  /** A gateway has trouble, or (null) no longer. One that is down says so; the others seem to be up. */
  trouble(tenant: string, gateway: string, trouble: GatewayTrouble | null): void {
    const before = this.#gateways.get(gateway)
    if (trouble) this.#gateways.set(gateway, trouble)
    else this.#gateways.delete(gateway)
    if ((before === 'down') !== (trouble === 'down'))
      this.#happened(tenant, { what: 'gateway', gateway, up: trouble !== 'down' })
  }

  /** Dials; the person called reacts in their own way. */
  dial(tenant: string, target: DialTarget): void {
    const { dice, callee } = this.#with
    if (this.#legs.has(target.legId)) return
    if (target.to.kind === 'number') {
      const { number, gateway } = target.to
      const trouble = gateway === null ? undefined : this.#gateways.get(gateway)
      if (trouble === 'silent') {
        const caller = callee(tenant, number, dice, gateway)
        const leg = this.#add({ ...legOf(tenant, target), extension: null, person: outsider(caller, false, this.#now) })
        return this.#behaviour.next(leg, SILENT_MS, () => this.end(leg.legId, GATEWAY_SILENT))
      }
      if (trouble) return this.#refused(tenant, target, GATEWAY_FAILED)
      const called = callee(tenant, number, dice, gateway)
      return this.#ring(
        this.#add({ ...legOf(tenant, target), extension: null, person: outsider(called, false, this.#now) }),
        called.reaction,
        target.ringMs,
      )
    }
    if (target.to.kind === 'standing') return this.#putThrough(tenant, target, target.to.legId)
    if (target.to.kind === 'leg') return this.#takeOver(tenant, target, target.to.legId)
    const { extension } = target.to
    const habits = this.#phones.habits(tenant, extension)
    if (!habits) return this.#refused(tenant, target, { by: 'network', cause: 20, sip: 480, reason: 'unregistered' })
    if (this.#lines.has(phoneKey(tenant, extension))) return this.#refused(tenant, target, BUSY)
    const leg = this.#add({ ...legOf(tenant, target), extension, person: habits })
    this.#lines.set(phoneKey(tenant, extension), leg)
    const reaction = habits.react(dice)
    // A phone that answers by itself does so whatever its owner would do.
    this.#ring(leg, target.autoAnswer ? { do: 'answer', afterMs: 0 } : reaction, target.ringMs)
  }

  /** On a phone that is kept connected nothing rings: a beep, and its owner is there. */
  #putThrough(tenant: string, target: DialTarget, standingLegId: string): void {
    const standing = this.#legs.get(standingLegId)
    // Its phone may well be registered: it is just not kept connected any longer.
    if (standing?.state !== 'answered')
      return this.#refused(tenant, target, { by: 'network', cause: 41, sip: 480, reason: 'unreachable' })
    if (standing.carries) return this.#refused(tenant, target, BUSY)
    this.#prompts.interrupt(standing)
    const leg = this.#add({ ...legOf(tenant, target), extension: null, person: standing.person })
    leg.on = standing
    standing.carries = leg
    this.#answered(leg)
  }

  /** The party of a leg of another call goes on in this one. */
  #takeOver(tenant: string, target: DialTarget, from: string): void {
    const leg = this.#legs.get(from)
    if (leg?.tenant !== tenant || leg.state === 'ringing')
      return this.#refused(tenant, target, { by: 'network', cause: 41, sip: 480, reason: 'unreachable' })
    const { legId, callId } = leg
    this.#prompts.interrupt(leg)
    this.#legs.delete(legId)
    Object.assign(leg, { legId: target.legId, callId: target.callId, purpose: target.purpose })
    this.#legs.set(leg.legId, leg)
    const completed: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
    this.#happened(tenant, { what: 'ended', legId, callId, end: completed })
    this.#happened(tenant, { what: 'answered', legId: leg.legId, callId: leg.callId })
    this.#behaviour.settle(leg)
  }

  /** We answer somebody who calls us. Nobody's phone is answered for them. */
  answer(legId: string): void {
    const leg = this.#leg(legId)
    if (leg.state === 'ringing' && !leg.dialled) this.#answered(leg)
  }

  /** The party that rings picks up at this moment, whatever they meant to do. */
  pickUp(legId: string): void {
    const leg = this.#leg(legId)
    if (leg.state === 'ringing') this.#answered(leg)
  }

  #ring(leg: Leg, reaction: Reaction, ringMs: number): void {
    if (reaction.do === 'busy') return this.end(leg.legId, BUSY)
    this.#happened(leg.tenant, { what: 'ringing', legId: leg.legId, callId: leg.callId })
    if (reaction.do === 'ignore' || reaction.afterMs >= ringMs) {
      return this.#behaviour.next(leg, ringMs, () =>
        this.end(leg.legId, { by: 'system', cause: 19, sip: 487, reason: 'no_answer' }),
      )
    }
    if (reaction.do === 'refuse') {
      const by: EndedBy = leg.extension === null ? 'customer' : 'agent'
      return this.#behaviour.next(leg, reaction.afterMs, () =>
        this.end(leg.legId, { by, cause: 21, sip: 603, reason: 'rejected' }),
      )
    }
    if (reaction.afterMs <= 0) this.#answered(leg)
    else this.#behaviour.next(leg, reaction.afterMs, () => this.#answered(leg))
  }

  #answered(leg: Leg): void {
    this.#turn(leg, 'answered')
    this.#happened(leg.tenant, { what: 'answered', legId: leg.legId, callId: leg.callId })
    this.#behaviour.settle(leg)
  }

  /** A dialled leg that never came to ring. */
  #refused(tenant: string, { legId, callId }: DialTarget, end: LegEnd): void {
    this.#happened(tenant, { what: 'ended', legId, callId, end })
  }

  // ── talk ─────────────────────────────────────────────────────────────────────────────────────

  /** Connects two legs; each leaves its previous connection. */
  bridge(legId: string, to: string): void {
    const leg = this.#connectable(legId, 'bridge')
    const other = this.#connectable(to, 'bridge')
    const resumed = [leg, other].filter((each) => each.state === 'held')
    const isNew = leg.partner !== other
    for (const each of [leg, other]) this.#prompts.interrupt(each)
    if (isNew) {
      this.#leave(leg)
      this.#leave(other)
      leg.partner = other
      other.partner = leg
    }
    for (const each of resumed) {
      this.#turn(each, 'answered')
      this.#happened(each.tenant, { what: 'resumed', legId: each.legId, callId: each.callId })
    }
    // Somebody else takes over a leg that was left on hold.
    if (isNew || resumed.length === 0) this.#happened(leg.tenant, { what: 'bridged', legId, to, callId: leg.callId })
    this.#behaviour.settle(leg)
    this.#behaviour.settle(other)
  }

  /** Music for one party; its partner waits, or goes elsewhere. */
  hold(legId: string, by: EndedBy, music = HOLD_MUSIC): void {
    const leg = this.#connectable(legId, 'hold')
    if (leg.state === 'held') return
    this.#prompts.interrupt(leg)
    this.#turn(leg, 'held')
    leg.music = music
    this.#happened(leg.tenant, { what: 'held', legId, callId: leg.callId, by })
    this.#behaviour.settle(leg)
    if (leg.partner) this.#behaviour.settle(leg.partner)
  }

  /** All of these hear each other; those in a bridge leave it. */
  confer(conferenceId: string, legIds: readonly string[]): void {
    const legs = legIds.map((legId) => this.#connectable(legId, 'conference'))
    const conference = this.#conferences.get(conferenceId) ?? { id: conferenceId, members: new Set() }
    this.#conferences.set(conferenceId, conference)
    for (const leg of legs) {
      if (leg.conference === conference && leg.state === 'answered') continue
      this.#prompts.interrupt(leg)
      this.#leave(leg)
      if (leg.state === 'held') this.#turn(leg, 'answered')
      leg.conference = conference
      conference.members.add(leg)
      this.#happened(leg.tenant, { what: 'bridged', legId: leg.legId, to: conferenceId, callId: leg.callId })
    }
    for (const leg of legs) this.#behaviour.settle(leg)
  }

  /**
   * A supervisor's leg takes part where the agent's is. They are at the customer's leg, or at the agent's while the
   * customer is not in this talk; another mode there is no new connection.
   */
  supervise(legId: string, customerLegId: string | null, agentLegId: string, mode: SupervisorMode): void {
    const leg = this.#connectable(legId, 'supervise')
    const agent = this.#connectable(agentLegId, 'supervise')
    const party = (customerLegId !== null && this.#legs.get(customerLegId)) || agent
    if (leg.listensTo !== party) {
      this.#prompts.interrupt(leg)
      this.#leave(leg)
      leg.listensTo = party
      party.listeners = (party.listeners ?? new Set()).add(leg)
      this.#happened(leg.tenant, { what: 'bridged', legId, to: party.legId, callId: leg.callId })
    }
    leg.supervises = { agent: agentLegId, mode }
    this.#behaviour.settle(leg)
  }

  /** Whom and what the party of a leg hears. @throws Problem `telephony.no_leg` */
  hearing(legId: string): Hearing {
    return hearingOf(this.#leg(legId), [...this.#legs.values()])
  }

  play(legId: string, media: string, repeat: boolean): void {
    this.#prompts.play(this.#listens(legId, 'play'), media, repeat)
  }

  collect(legId: string, maxDigits: number, waitMs: number): void {
    this.#prompts.collect(this.#listens(legId, 'collect'), maxDigits, waitMs)
  }

  /** Someone presses a key. */
  press(legId: string, digit: string): void {
    const leg = this.#leg(legId)
    this.#prompts.press(leg, digit)
    this.#behaviour.settle(leg)
  }

  /** Is there such a leg, and was it answered? @throws Problem `telephony.no_leg`, `telephony.not_answered` */
  require(legId: string, what: string): void {
    this.#connectable(legId, what)
  }

  /** Can somebody be reached there? A gateway without trouble counts as one that can. */
  isReachable(tenant: string, to: Extract<DialTarget['to'], { kind: 'extension' | 'number' }>): boolean {
    if (to.kind === 'extension') return this.#phones.habits(tenant, to.extension) !== null
    return to.gateway === null || !this.#gateways.has(to.gateway)
  }

  // ── ends ─────────────────────────────────────────────────────────────────────────────────────

  /** Ends a leg and says why. @throws Problem `telephony.no_leg` */
  end(legId: string, end: LegEnd): void {
    const leg = this.#leg(legId)
    this.#remove(leg, () => this.#happened(leg.tenant, { what: 'ended', legId, callId: leg.callId, end }))
  }

  /** A leg is gone without any notice. @throws Problem `telephony.no_leg` */
  lose(legId: string): void {
    this.#remove(this.#leg(legId))
  }

  /** Everything a media server held is gone without notice, except callers who have not been answered. */
  loseMedia(): void {
    for (const leg of [...this.#legs.values()]) {
      const unanswered = leg.state === 'ringing' && isOutsider(leg.person) && leg.person.calledUs
      if (!unanswered && this.#legs.has(leg.legId)) this.#remove(leg)
    }
  }

  /** Everything ends. */
  endAll(end: LegEnd): void {
    this.#phones.close()
    for (const leg of [...this.#legs.values()]) this.end(leg.legId, end)
  }

  #remove(leg: Leg, tell: () => void = () => {}): void {
    leg.change()
    this.#prompts.forget(leg)
    this.#legs.delete(leg.legId)
    this.#with.gone(leg.legId)
    if (leg.extension !== null && this.#lines.get(phoneKey(leg.tenant, leg.extension)) === leg)
      this.#lines.delete(phoneKey(leg.tenant, leg.extension))
    const { person } = leg
    if (isOutsider(person) && person.talkingSince !== null) person.talkLeftMs -= this.#now - person.talkingSince
    tell()
    this.#leave(leg)
    if (leg.on) {
      leg.on.carries = null
      this.#behaviour.settle(leg.on)
    }
    // Hanging up a phone that is kept connected leaves the current call.
    if (leg.carries) this.end(leg.carries.legId, { by: 'agent', cause: 16, sip: null, reason: 'hung_up' })
    for (const listener of leg.listeners ?? []) {
      listener.listensTo = null
      this.#behaviour.settle(listener)
    }
    if (isOutsider(person) && person.calledUs && !person.saidAll && person.talkLeftMs > 0)
      this.#with.unserved(person.caller)
  }

  // ── small things ─────────────────────────────────────────────────────────────────────────────

  get #now(): number {
    return this.#with.clock.now()
  }

  #add(leg: Parameters<typeof newLeg>[0]): Leg {
    const added = newLeg(leg, this.#now)
    this.#legs.set(leg.legId, added)
    return added
  }

  /** Takes a leg out of its bridge or conference; the other party stays on alone. */
  #leave(leg: Leg): void {
    const { partner, conference } = leg
    leg.listensTo?.listeners?.delete(leg)
    leg.partner = null
    leg.conference = null
    leg.listensTo = null
    leg.supervises = null
    if (partner) {
      partner.partner = null
      this.#behaviour.settle(partner)
    }
    if (!conference) return
    conference.members.delete(leg)
    if (conference.members.size === 0) this.#conferences.delete(conference.id)
    for (const other of [...conference.members]) this.#behaviour.settle(other)
  }

  #turn(leg: Leg, state: Leg['state']): void {
    leg.state = state
    leg.since = this.#now
    if (state !== 'held') leg.music = null
  }

  #leg(legId: string): Leg {
    const leg = this.#legs.get(legId)
    if (!leg) throw new Problem('telephony.no_leg', { leg: legId })
    return leg
  }

  /** A leg leaves its call and is kept for a shift. */
  keep(legId: string, owner: string): void {
    const leg = this.#connectable(legId, 'keep')
    leg.callId = owner
    leg.purpose = 'standing'
    this.#behaviour.settle(leg)
  }

  /** Somebody hears something from us, or is asked something: people who have said all they wanted stay for it. */
  #heeds(leg: Leg, asked: boolean): void {
    const { person } = leg
    const stays = isOutsider(person) && person.saidAll
    if (stays) person.heardAt = this.#with.clock.now()
    if (stays || asked) this.#behaviour.settle(leg)
  }

  /** A party left on hold that hears something else from us is on hold no longer. */
  #listens(legId: string, what: string): Leg {
    const leg = this.#connectable(legId, what)
    if (leg.state === 'held' && leg.partner === null) this.#turn(leg, 'answered')
    return leg
  }

  #connectable(legId: string, what: string): Leg {
    const leg = this.#leg(legId)
    if (leg.state === 'ringing') throw new Problem('telephony.not_answered', { leg: legId, what })
    return leg
  }

  #happened(tenant: string, happened: Happened): void {
    this.#with.report({ at: this.#now, tenant, ...happened } as TelephonyReport)
  }
}

/** What is heard on hold, unless it is said. */
const HOLD_MUSIC = 'hold_music'

/** What can be wrong with a gateway: it is down and says so, it answers 503, or it answers nothing. */
export type GatewayTrouble = 'down' | 'failing' | 'silent'
/** After this without an answer a request is given up. */
const SILENT_MS = 4_000
const GATEWAY_FAILED: LegEnd = { by: 'network', cause: 38, sip: 503, reason: 'unreachable' }
const GATEWAY_SILENT: LegEnd = { by: 'network', cause: 102, sip: 408, reason: 'unreachable' }
const BUSY: LegEnd = { by: 'network', cause: 17, sip: 486, reason: 'busy' }

function phoneKey(tenant: string, extension: string): string {
  return `${tenant}/${extension}`
}

function legOf(tenant: string, { legId, callId, purpose }: DialTarget) {
  return { tenant, legId, callId, purpose, dialled: true }
}

function live({ tenant, legId, callId, purpose, state, since }: Leg): LiveLeg {
  return { tenant, legId, callId, purpose, state, since }
}
