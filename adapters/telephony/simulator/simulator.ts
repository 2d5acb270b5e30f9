/**
 * The simulator: telephony without telephones. It takes the same commands as a real network and gives the same reports,
 * on whatever clock it is given: hours of traffic in seconds, a recorded day at ten times its speed, or both in real
 * time. The same seed and the same commands give the same reports.
 *
 * The network itself is in `network.ts`, the people at its ends in `people.ts`, callers and their times in
 * `callers.ts`, deliberate faults in `faults.ts`. This file has commands (each done once), reports and limits.
 */
import { uuid7, type Clock, type Dice, type NewId } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { LegCommand, LegEnd, LiveLeg, Telephony, TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import { exponential } from './draws.ts'
import type { Hearing } from './hearing.ts'
import { Faults, hangUpOf, type Fault, type FaultKind } from './faults.ts'
import { Network, type GatewayTrouble, type NetworkOptions } from './network.ts'
import { HOLD_PATIENCE_MS, type Callee, type Caller, type PhoneHabits } from './people.ts'
import { ReportQueue } from '../reports.ts'
import { Recordings, type KeepTone } from './recordings.ts'
import { DoneOnce } from '../done-once.ts'

export interface SimulatorOptions {
  clock: Clock
  dice: Dice
  /** Ids of legs and arriving calls; by default from the dice. */
  newId?: NewId
  /**
   * Who answers when an outside number is dialled; by default someone who picks up after 8 s and talks for two minutes
   * on average.
   */
  callee?: NetworkOptions['callee']
  /** The most legs that may exist; a dial beyond it is refused, a caller beyond it is not let in. */
  maxLegs?: number
  /** While more reports than this wait to be read, no caller is let in. */
  maxWaitingReports?: number
  /** How long a prompt lasts, ms; by default 5 s, and 3 s for the number of an agent. */
  promptMs?: (media: string) => number
  /** Keeps tones in place of what nobody said; absent: recordings have no file. */
  keepRecording?: KeepTone
  /** Phones say where they are, as real ones do; by default only that they are registered: calls need no more. */
  contacts?: boolean
  /** What goes wrong; nothing by default. */
  faults?: readonly Fault[]
}

const usualPromptMs = (media: string): number => (media.startsWith('agent/') ? 3_000 : 5_000)
const NODE = 'simulator'

export class SimulatedTelephony implements Telephony {
  readonly #clock: Clock
  readonly #newId: NewId
  readonly #maxLegs: number
  readonly #maxWaitingReports: number
  readonly #network: Network
  readonly #faults: Faults
  readonly #queue = new ReportQueue()
  /** Tenants this network has heard of: each gets reports of the media server. */
  readonly #tenants = new Set<string>()
  /** Callers who will call again. */
  readonly #returning = new Set<() => void>()
  readonly #recordings: Recordings
  readonly #done = new DoneOnce()
  #refused = 0
  #mediaIsUp = true
  #closed = false

  constructor(options: SimulatorOptions) {
    const { clock, dice, promptMs = usualPromptMs } = options
    this.#clock = clock
    this.#newId = options.newId ?? uuid7(dice)
    this.#maxLegs = options.maxLegs ?? 20_000
    this.#maxWaitingReports = options.maxWaitingReports ?? 10_000
    this.#recordings = new Recordings(options.keepRecording ?? null)
    this.#network = new Network({
      clock,
      dice,
      callee: options.callee ?? somebody,
      lengthOf: promptMs,
      report: (report) => this.#faults.hear(report),
      unserved: (caller) => this.#redial(caller),
      gone: (legId) => this.#recordings.legEnded(legId, clock.now()),
      contacts: options.contacts ?? false,
    })
    const network = this.#network
    this.#faults = new Faults({
      plan: options.faults ?? [],
      clock,
      dice,
      deliver: (report) => this.#queue.push(report),
      world: {
        find: (legId) => network.find(legId),
        phoneOf: (legId) => network.phoneOf(legId),
        answer: (legId) => network.pickUp(legId),
        end: (legId, end) => network.end(legId, end),
        lose: (legId) => network.lose(legId),
        phoneAway: (tenant, extension, ms) => this.#phoneAway(tenant, extension, ms),
        mediaAway: (ms) => this.#mediaAway(ms),
      },
    })
  }

  // ── the world outside ────────────────────────────────────────────────────────────────────────

  /**
   * A caller dials us. Null if they are not let in (too many legs, too many unread reports, no media): they hear a busy
   * tone, and only {@link refused} ever counts them.
   */
  arrive(caller: Caller): { legId: string; callId: string } | null {
    this.#tenants.add(caller.tenant)
    if (
      this.#closed ||
      !this.#mediaIsUp ||
      this.#network.size >= this.#maxLegs ||
      this.#queue.waiting >= this.#maxWaitingReports
    ) {
      this.#refused++
      this.#redial(caller)
      return null
    }
    const now = this.#clock.now()
    const ids = { legId: this.#newId(now), callId: this.#newId(now) }
    this.#network.arrive(caller, ids.legId, ids.callId)
    return ids
  }

  /**
   * The owner of a phone dials. Null: the phone is not registered or in use, or there is no media server.
   * @param secondLine although they are in a call
   */
  dial(tenant: string, extension: string, to: string, secondLine = false): { legId: string; callId: string } | null {
    if (this.#closed || !this.#mediaIsUp || this.#network.size >= this.#maxLegs) return null
    const now = this.#clock.now()
    const ids = { legId: this.#newId(now), callId: this.#newId(now) }
    return this.#network.phoneDials(tenant, extension, to, ids, secondLine) ? ids : null
  }

  /** A gateway has trouble; null: no longer. */
  trouble(tenant: string, gateway: string, trouble: GatewayTrouble | null): void {
    this.#network.trouble(tenant, gateway, trouble)
  }

  /** Callers who were not let in. */
  get refused(): number {
    return this.#refused
  }

  /** A phone registers; from now on its owner has these habits. */
  plug(tenant: string, extension: string, habits: PhoneHabits): void {
    this.#tenants.add(tenant)
    this.#network.plug(tenant, extension, habits)
  }

  /** The network begins: the phones plugged in by now are registered, whatever was known of others. */
  begin(tenant: string): void {
    this.#network.tellOfPhones(tenant)
  }

  /** A phone loses its registration. */
  unplug(tenant: string, extension: string): void {
    this.#network.unplug(tenant, extension)
  }

  /**
   * Someone hangs up of their own accord, or puts the other party on hold with their phone's key, or takes them back.
   * False if they are already gone.
   */
  act(legId: string, what: 'hang_up' | 'hold' | 'resume'): boolean {
    const leg = this.#network.find(legId)
    if (!leg) return false
    const end = hangUpOf(leg)
    if (what === 'hang_up') this.#network.end(legId, end)
    else this.#faults.hear(this.#saidBy(leg, what === 'hold' ? { what: 'held', by: end.by } : { what: 'resumed' }))
    return true
  }

  /** A phone is gone in the middle of a call without having been hung up. False if it already was. */
  cutOff(legId: string): boolean {
    if (!this.#network.find(legId)) return false
    this.#network.end(legId, { by: 'network', cause: 27, sip: null, reason: 'unreachable' })
    return true
  }

  /**
   * Someone presses the transfer key of their phone, and dials. False if they are already gone.
   * @param other they talk to them on their second line already
   */
  refer(legId: string, to: string, other: { legId: string; callId: string } | null = null): boolean {
    const leg = this.#network.find(legId)
    if (leg) this.#faults.hear(this.#saidBy(leg, { what: 'referred', to, other }))
    return leg !== undefined
  }

  /** A phone that rings refuses, and says that it wants no calls at all. False if it is already gone. */
  doNotDisturb(legId: string): boolean {
    const leg = this.#network.find(legId)
    if (!leg) return false
    this.#faults.hear(this.#saidBy(leg, { what: 'do_not_disturb' }))
    this.#network.end(legId, { by: 'agent', cause: 21, sip: 603, reason: 'rejected' })
    return true
  }

  #saidBy({ tenant, legId, callId }: Pick<LiveLeg, 'tenant' | 'legId' | 'callId'>, said: ByKey): TelephonyReport {
    return { at: this.#clock.now(), tenant, legId, callId, ...said }
  }

  /** Whom and what the party of a leg hears. @throws Problem `telephony.no_leg` */
  hearing(legId: string): Hearing {
    return this.#network.hearing(legId)
  }

  /** Someone presses keys, one after the other. @throws Problem `telephony.no_leg` */
  press(legId: string, digits: string): void {
    for (const digit of digits) this.#network.press(legId, digit)
  }

  // ── what goes wrong ──────────────────────────────────────────────────────────────────────────

  /** Adds a fault, from now on. */
  inject(fault: Fault): void {
    this.#faults.add(fault)
  }

  /** Nothing goes wrong any longer; what is in progress takes its course. */
  calm(): void {
    this.#faults.calm()
  }

  /** How often each kind of fault has struck. */
  get struck(): ReadonlyMap<FaultKind, number> {
    return this.#faults.struck
  }

  /** A leg is gone now, without any notice. @throws Problem `telephony.no_leg` */
  lose(legId: string): void {
    this.#network.lose(legId)
  }

  /**
   * The media server dies: everything it held is gone without further notice, and no leg can be made until {@link
   * recover}. Callers who have not been answered are held by the SIP server, and stay.
   */
  fail(): void {
    if (!this.#mediaIsUp) return
    this.#mediaIsUp = false
    this.#network.loseMedia()
    this.#tellOfMedia()
  }

  recover(): void {
    if (this.#mediaIsUp) return
    this.#mediaIsUp = true
    this.#tellOfMedia()
  }

  #tellOfMedia(): void {
    for (const tenant of this.#tenants)
      this.#queue.push({ at: this.#clock.now(), tenant, what: 'media', node: NODE, up: this.#mediaIsUp })
  }

  #mediaAway(ms: number): void {
    this.fail()
    this.#clock.at(this.#clock.now() + ms, () => this.recover())
  }

  #phoneAway(tenant: string, extension: string, ms: number): void {
    const habits = this.#network.unplug(tenant, extension)
    if (habits) this.#clock.at(this.#clock.now() + ms, () => this.#network.plug(tenant, extension, habits))
  }

  /** Callers who got no answer call again, as often as is their habit. */
  #redial(caller: Caller): void {
    const { redials } = caller
    if (this.#closed || !redials || redials.times <= 0) return
    const again = this.#clock.at(this.#clock.now() + redials.afterMs, () => {
      this.#returning.delete(again)
      this.arrive({ ...caller, redials: { ...redials, times: redials.times - 1 } })
    })
    this.#returning.add(again)
  }

  // ── the port ─────────────────────────────────────────────────────────────────────────────────

  async command(commandId: string, tenant: string, command: LegCommand): Promise<void> {
    if (this.#done.wasDone(tenant, commandId)) return
    if (this.#closed) throw new Problem('telephony.unavailable', { reason: 'closed' })
    // A caller who has not been answered can be turned away without a media server.
    if (!this.#mediaIsUp && command.do !== 'hang_up')
      throw new Problem('telephony.unavailable', { reason: 'no media server' })
    try {
      if (this.#faults.meet(command)) this.#carryOut(tenant, command)
      this.#done.remember(tenant, commandId, 'done')
    } catch (error) {
      // A passing failure does not count against a repeated command.
      if (error instanceof Problem && error.code === 'telephony.no_leg') this.#done.remember(tenant, commandId, error)
      throw error
    }
  }

  reports(signal: AbortSignal): AsyncIterable<TelephonyReport> {
    return this.#queue.read(signal)
  }

  async legs(): Promise<LiveLeg[]> {
    return this.#network.list()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#queue.close()
    for (const forget of this.#returning) forget()
    this.#network.endAll(CLOSED)
  }

  /** Should the store not take it, nothing is reported, and it will be asked for again. */
  async #deliver(
    tenant: string,
    { legId, callId, recordingId }: Extract<LegCommand, { do: 'deliver_recording' }>,
  ): Promise<void> {
    const file = await this.#recordings.deliver(tenant, recordingId).catch(() => null)
    if (file !== null && !this.#closed)
      this.#faults.hear({ at: this.#clock.now(), tenant, what: 'recorded', legId, callId, recordingId, file })
  }

  #carryOut(tenant: string, command: LegCommand): void {
    const network = this.#network
    switch (command.do) {
      case 'answer':
        return network.answer(command.legId)
      case 'dial':
        if (network.size >= this.#maxLegs) throw new Problem('telephony.too_many', { limit: this.#maxLegs })
        return network.dial(tenant, command.target)
      case 'bridge':
      case 'resume':
        return network.bridge(command.legId, command.to)
      case 'hold':
        return network.hold(command.legId, 'agent', command.music ?? undefined)
      case 'conference':
        return network.confer(command.conferenceId, command.legIds)
      case 'supervise':
        return network.supervise(command.legId, command.customerLegId, command.agentLegId, command.mode)
      case 'keep':
        return network.keep(command.legId, command.owner)
      case 'refer':
        network.require(command.legId, 'refer')
        if (!network.isReachable(tenant, command.to))
          throw new Problem('telephony.unavailable', { reason: 'there is nowhere to refer the call to' })
        return network.end(command.legId, { by: 'system', cause: 16, sip: null, reason: 'completed' })
      case 'hang_up':
        return network.end(command.legId, command.end)
      case 'play':
        return network.play(command.legId, command.media, command.repeat)
      case 'collect':
        return network.collect(command.legId, command.maxDigits, command.waitMs)
      case 'record':
        network.require(command.legId, 'record')
        return this.#recordings.record(command.legId, command.recordingId, command.on, this.#clock.now())
      case 'deliver_recording':
        return void this.#deliver(tenant, command)
      case 'mask':
        network.require(command.legId, 'mask')
        return this.#recordings.mask(command.recordingId, command.on, this.#clock.now())
      // Nobody hears it, or is told: the leg has to be there, and that is all.
      case 'tone':
        return network.require(command.legId, 'tone')
      case 'answer_refer':
        if (!network.find(command.legId)) throw new Problem('telephony.no_leg', { leg: command.legId })
    }
  }
}

/** What a phone says when its owner presses one of its own keys. */
type ByKey =
  | { what: 'held'; by: LegEnd['by'] }
  | { what: 'resumed' }
  | { what: 'referred'; to: string; other: { legId: string; callId: string } | null }
  | { what: 'do_not_disturb' }

const CLOSED: LegEnd = { by: 'system', cause: 41, sip: null, reason: 'node_lost' }
const twoMinutes = exponential(120_000)

function somebody(tenant: string, number: string, dice: Dice): Callee {
  return {
    tenant,
    from: null,
    to: number,
    gateway: null,
    customerId: null,
    priority: 0,
    patienceMs: 20_000,
    talkMs: Math.round(twoMinutes(dice)),
    holdPatienceMs: HOLD_PATIENCE_MS,
    talkEndedBy: 'customer',
    reaction: { do: 'answer', afterMs: 8000 },
  }
}
