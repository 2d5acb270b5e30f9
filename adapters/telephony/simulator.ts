/**
 * The simulator: telephony without telephones. It takes the same commands as a real network and gives
 * the same reports, on whatever clock it is given: hours of traffic in seconds, a recorded day at ten
 * times its speed, or both in real time. The same seed and the same commands give the same reports.
 *
 * The network itself is in `network.ts`, the people at its ends in `people.ts`, who calls and when in
 * `callers.ts`. Here: commands (each done once), reports (in order), limits.
 */
import { uuid7, type Clock, type Dice, type NewId } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { LegCommand, LiveLeg, Telephony, TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import { exponential } from './draws.ts'
import { Network, type NetworkOptions } from './network.ts'
import { HOLD_PATIENCE_MS, type Callee, type Caller, type PhoneHabits } from './people.ts'
import { ReportQueue } from './reports.ts'

export interface SimulatorOptions {
  clock: Clock
  dice: Dice
  /** Ids of legs and calls that arrive; by default from the dice. */
  newId?: NewId
  /** Who answers when a number outside is dialled; by default somebody who picks up after 8 s and talks for two minutes on average. */
  callee?: NetworkOptions['callee']
  /** Most legs that may exist; a dial above it is refused, a caller above it is not let in. */
  maxLegs?: number
  /** While more reports than these wait to be read, no caller is let in. */
  maxWaitingReports?: number
}

/** The last commands are remembered, so that a repeated one is done once: at least so many, at most twice as many. */
const REMEMBERED = 10_000

export class SimulatedTelephony implements Telephony {
  readonly #clock: Clock
  readonly #newId: NewId
  readonly #maxLegs: number
  readonly #maxWaitingReports: number
  readonly #network: Network
  readonly #queue = new ReportQueue()
  /** What became of the commands of late: its problem, or that it was done. The older half is forgotten as a whole. */
  #done = new Map<string, Problem | 'done'>()
  #doneBefore = new Map<string, Problem | 'done'>()
  #refused = 0
  #down: string | null = null

  constructor(options: SimulatorOptions) {
    const { clock, dice } = options
    this.#clock = clock
    this.#newId = options.newId ?? uuid7(dice)
    this.#maxLegs = options.maxLegs ?? 20_000
    this.#maxWaitingReports = options.maxWaitingReports ?? 10_000
    this.#network = new Network({ clock, dice, callee: options.callee ?? somebody, report: (report) => this.#queue.push(report) })
  }

  // ── the world outside ────────────────────────────────────────────────────────────────────────

  /**
   * A caller dials us. Null when he is not let in (too many legs, too many unread reports, no media):
   * he hears a busy tone, and nobody but {@link refused} ever knows of him.
   */
  arrive(caller: Caller): { legId: string; callId: string } | null {
    if (this.#down !== null || this.#network.size >= this.#maxLegs || this.#queue.waiting >= this.#maxWaitingReports) {
      this.#refused++
      return null
    }
    const now = this.#clock.now()
    const ids = { legId: this.#newId(now), callId: this.#newId(now) }
    this.#network.arrive(caller, ids.legId, ids.callId)
    return ids
  }

  /** Callers who were not let in. */
  get refused(): number {
    return this.#refused
  }

  /** A phone registers; its owner acts by these habits from now on. */
  plug(tenant: string, extension: string, habits: PhoneHabits): void {
    this.#network.plug(tenant, extension, habits)
  }

  /** A phone loses its registration. */
  unplug(tenant: string, extension: string): void {
    this.#network.unplug(tenant, extension)
  }

  /** Somebody hangs up of his own accord, or puts the other on hold by his phone's key. False when he is gone already. */
  act(legId: string, what: 'hang_up' | 'hold'): boolean {
    const leg = this.#network.list().find((each) => each.legId === legId)
    if (!leg) return false
    const by = leg.purpose === 'customer' ? 'customer' : 'agent'
    if (what === 'hold') this.#network.hold(legId, by)
    else this.#network.end(legId, { by, cause: 16, sip: null, reason: 'hung_up' })
    return true
  }

  /** The media server dies: all legs are gone, and none can be made until {@link recover}. */
  fail(tenant: string): void {
    this.#down = 'no media server'
    this.#network.endAll({ by: 'network', cause: 41, sip: null, reason: 'media_lost' })
    this.#queue.push({ at: this.#clock.now(), tenant, what: 'media', node: 'simulator', up: false })
  }

  recover(tenant: string): void {
    this.#down = null
    this.#queue.push({ at: this.#clock.now(), tenant, what: 'media', node: 'simulator', up: true })
  }

  // ── the port ─────────────────────────────────────────────────────────────────────────────────

  async command(commandId: string, tenant: string, command: LegCommand): Promise<void> {
    const key = `${tenant}/${commandId}`
    const before = this.#done.get(key) ?? this.#doneBefore.get(key)
    if (before === 'done') return
    if (before) throw before
    if (this.#down !== null) throw new Problem('telephony.unavailable', { reason: this.#down })
    try {
      this.#carryOut(tenant, command)
      this.#remember(key, 'done')
    } catch (error) {
      // What may be possible in a moment is not held against a repeated command.
      if (error instanceof Problem && error.code === 'telephony.no_leg') this.#remember(key, error)
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
    this.#down = 'closed'
    this.#queue.close()
    this.#network.endAll({ by: 'system', cause: 41, sip: null, reason: 'node_lost' })
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
        return network.hold(command.legId, 'agent')
      case 'conference':
        return network.confer(command.conferenceId, command.legIds)
      case 'supervise':
        network.require(command.agentLegId)
        return network.supervise(command.legId, command.customerLegId)
      case 'refer':
        network.require(command.legId)
        return network.end(command.legId, { by: 'system', cause: 16, sip: null, reason: 'completed' })
      case 'hang_up':
        return network.end(command.legId, command.end)
      // Nobody listens to what is played, and nobody presses keys: the leg has to be there, and that is all.
      case 'play':
      case 'collect':
      case 'tone':
      case 'record':
      case 'mask':
        return network.require(command.legId)
    }
  }

  #remember(key: string, outcome: Problem | 'done'): void {
    this.#done.set(key, outcome)
    if (this.#done.size < REMEMBERED) return
    this.#doneBefore = this.#done
    this.#done = new Map()
  }
}

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
