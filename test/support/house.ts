/**
 * A whole switchboard on a virtual clock: in-memory log, simulated telephony, the real process. Owners
 * can be killed and replaced at any moment; `audit` says what is left over when all traffic has ended.
 */
import { houseShiftRules, type ShiftRules } from '@ledgerline/core/agent/rules.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { memoryAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import {
  HOLD_PATIENCE_MS,
  picksUp,
  type Callee,
  type Caller,
  type PhoneHabits,
} from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { KeepTone } from '@ledgerline/adapters/telephony/simulator/recordings.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator/simulator.ts'
import { queueSettings, type QueueInput, type QueueSettings } from '@ledgerline/core/queue/settings.ts'
import type { AgentSettings } from '@ledgerline/core/configuration/events.ts'
import type { Desk } from '@ledgerline/core/desk/desk.ts'
import type { DeskPresence } from '@ledgerline/core/desk/presence.ts'
import type { SwitchboardProcess } from '@ledgerline/core/switchboard/process.ts'
import { strays } from '@ledgerline/core/switchboard/strays.ts'
import type { SwitchboardFact } from '@ledgerline/core/state/switchboard-fact.ts'
import { catalogue, type AnyEvent } from '@ledgerline/core/catalogue.ts'
import { seededDice, uuid7, type Clock } from '@ledgerline/core/kernel/clock.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { CommandEnvelope } from '@ledgerline/core/kernel/command.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { VirtualClock } from '@ledgerline/adapters/clock/virtual.ts'
import type { NetworkInput } from '@ledgerline/core/network/settings.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { composeSwitchboard } from '@ledgerline/ops/switchboard.ts'
import { pass, testClock } from './clock.ts'

export const tenant = 'test'

export function queueNamed(code: string, change: Partial<QueueInput> = {}): QueueSettings {
  return queueSettings.parse({
    code,
    name: code,
    strategy: 'longest-idle-agent',
    workWindow: 'today',
    priority: 0,
    ringMs: 20_000,
    wrapUpMs: 15_000,
    maxNoAnswer: 3,
    noAnswerDelayMs: 0,
    rejectDelayMs: 5_000,
    busyDelayMs: 5_000,
    maxWaitMs: 0,
    targetMs: 20_000,
    targetRatio: 0.8,
    shortAbandonMs: 5_000,
    ...change,
  })
}

export function agentNumbered(number: number, queues: readonly string[]): AgentSettings {
  const code = String(201 + number)
  return {
    agentId: code,
    agentCode: code,
    name: `Agent ${code}`,
    extension: `8${code}`,
    group: null,
    department: null,
    queues: queues.map((queueCode, index) => ({ queueCode, level: 1, position: index + 1 })),
  }
}

export function callerTo(to: string, change: Partial<Caller> = {}): Caller {
  return {
    tenant,
    from: '13800002225',
    to,
    gateway: null,
    customerId: null,
    priority: 0,
    patienceMs: 120_000,
    talkMs: 60_000,
    holdPatienceMs: HOLD_PATIENCE_MS,
    talkEndedBy: 'customer',
    ...change,
  }
}

export interface HouseOptions {
  seed?: number
  queues?: QueueSettings[]
  agents?: number
  habits?: PhoneHabits
  /** The party called outside; by default they pick up after 8 s and talk for a minute. */
  callee?: Partial<Callee>
  /** Rules that are asked before those of the queues. */
  routes?: RouteSettings[]
  network?: NetworkInput
  /** How long a prompt lasts, ms. */
  promptMs?: (media: string) => number
  /** Keeps tones in place of what nobody said. */
  keepRecording?: KeepTone
  /** Called with every event by the present owner. */
  onFact?: (fact: SwitchboardFact) => void
  /** How late the switchboard's next timer fires, in ms, as on a busy machine. By default it is on time. */
  late?: () => number
  /** Nothing is activated, and nobody signs in. */
  empty?: boolean
  /** Lists and legs are checked every so many ms; by default as often as in a real house, which makes days long. */
  checkEveryMs?: number
}

/** Supervisors who are not agents. */
const houseSupervisors = ['900', '9001'].map((code) => ({ code, name: null, extension: null }))

export class VirtualHouse {
  readonly clock: VirtualClock = testClock()
  readonly log = new MemoryLog(() => this.clock.now())
  readonly telephony: SimulatedTelephony
  readonly codec: Codec
  readonly vault = memoryVault()
  readonly queues: QueueSettings[]
  readonly agents: AgentSettings[]
  readonly notes: string[] = []
  /** Set: the log answers nobody. Appends are refused before they are written, or after (the answer is lost). */
  logIsAway: false | 'before' | 'after' = false
  process!: SwitchboardProcess
  desk!: Desk
  presence!: DeskPresence
  #owner: { stop: AbortController; done: Promise<void> } | null = null
  #snapshot: { position: Position; state: string } | null = null
  readonly #onFact: HouseOptions['onFact']
  readonly #late: () => number
  readonly #checkEveryMs: number | undefined
  readonly #dice
  readonly #newId
  readonly #answers = memoryAnswers(() => this.clock.now())
  readonly #routes: RouteSettings[]
  readonly #network: NetworkInput | undefined
  readonly #empty: boolean
  #made = 0

  constructor(options: HouseOptions = {}) {
    this.#onFact = options.onFact
    this.#late = options.late ?? (() => 0)
    this.#checkEveryMs = options.checkEveryMs
    this.#routes = options.routes ?? []
    this.#network = options.network
    this.#empty = options.empty ?? false
    this.#dice = seededDice(options.seed ?? 1)
    this.#newId = uuid7(this.#dice)
    this.queues = options.queues ?? [queueNamed('PS')]
    const codes = this.queues.map((queue) => queue.code)
    this.agents = Array.from({ length: options.agents ?? 2 }, (_, number) => agentNumbered(number, codes))
    this.telephony = new SimulatedTelephony({
      clock: this.clock,
      dice: this.#dice,
      newId: this.#newId,
      ...(options.keepRecording && { keepRecording: options.keepRecording }),
      ...(options.promptMs && { promptMs: options.promptMs }),
      callee: (ofTenant, number) => ({
        ...callerTo(number, { tenant: ofTenant, from: null, patienceMs: 20_000 }),
        reaction: { do: 'answer', afterMs: 8000 },
        ...options.callee,
      }),
    })
    for (const agent of this.agents)
      this.telephony.plug(tenant, agent.extension!, options.habits ?? picksUp({ after: () => 3000 }))
    this.codec = new Codec(catalogue, this.vault, this.log)
    const append = this.log.append.bind(this.log)
    this.log.append = async (...asked) => {
      const away = this.logIsAway
      if (away !== 'before') {
        const answer = await append(...asked)
        if (away === false) return answer
      }
      throw new Problem('log.unavailable', { reason: 'the test took it away' })
    }
  }

  /** A new command from someone. */
  by(actor: string): CommandEnvelope {
    return { tenant, commandId: `${actor}-${++this.#made}`, actor }
  }

  /** Starts an owner, activates the configuration, signs everybody in and makes them ready. */
  async open(): Promise<this> {
    await this.takeOver()
    return this.#empty ? this : this.furnish()
  }

  /** Activates the configuration, signs everybody in and makes them ready, through the current desk. */
  async furnish(): Promise<this> {
    const { agents } = this
    await this.reconfigure({ routes: this.#routes, network: this.#network ?? {} })
    for (const { agentId } of agents) {
      await this.desk.signIn(agentId, { via: 'phone', registered: true }, this.by(`agent:${agentId}`))
      await this.pass(1)
      await this.desk.setWork(agentId, 'ready', null, this.by(`agent:${agentId}`))
    }
    await this.pass(10)
    return this
  }

  /** Activates the queues and agents of the house with another network, and routes that are asked before those of the queues. */
  async reconfigure({
    routes: first,
    network,
    shifts = {},
  }: {
    routes: RouteSettings[]
    network: NetworkInput
    shifts?: Partial<ShiftRules>
  }): Promise<void> {
    const { queues, agents } = this
    const routes = [
      ...first,
      ...queues.map((queue) => ({ code: `to-${queue.code}`, to: queue.code, queueCode: queue.code })),
      { code: 'other', to: '*', queueCode: queues[0]!.code },
    ]
    const asked = { zone: 'Asia/Shanghai', queues, agents, routes, supervisors: houseSupervisors, network }
    await this.until(this.desk.activate({ ...asked, shifts: { ...houseShiftRules, ...shifts } }, this.by('operator')))
    await this.pass(10)
  }

  /** Replaces the owner with a new one; the previous one is dropped as if it had been killed. */
  async takeOver(options: { withSnapshot?: boolean } = {}): Promise<void> {
    this.#owner?.stop.abort()
    // After one turn of the event loop the dead owner no longer touches the network.
    await new Promise((resolve) => setImmediate(resolve))
    const stop = new AbortController()
    this.presence?.stop()
    const { log, codec, telephony } = this
    const clock: Clock = { now: () => this.clock.now(), at: (at, wake) => this.clock.at(at + this.#late(), wake) }
    const { process, desk, presence } = composeSwitchboard({
      tenant,
      log,
      codec,
      answers: this.#answers,
      telephony,
      clock,
      dice: this.#dice,
      newId: this.#newId,
      snapshots: {
        load: async () => (options.withSnapshot ? this.#snapshot : null),
        save: async (_, position, state) => void (this.#snapshot = { position, state }),
      },
      notes: { warn: (message, details) => void this.notes.push(`${message} ${JSON.stringify(details)}`) },
      onFact: (fact) => this.#onFact?.(fact),
      ...(this.#checkEveryMs && { watchEveryMs: this.#checkEveryMs, reconcileEveryMs: this.#checkEveryMs }),
    })
    let ready = (): void => {}
    const isReady = new Promise<void>((resolve) => (ready = resolve))
    this.#owner = { stop, done: process.run(stop.signal, ready) }
    this.process = process
    this.desk = desk
    this.presence = presence
    await this.until(isReady)
    this.presence.start()
  }

  /** Lets time pass until a promise settles; a command that meets a conflict waits a moment on this clock. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const note = (): void => void (settled = true)
    promise.then(note, note)
    for (let turn = 0; !settled && turn < 10_000; turn++) await this.pass(1)
    if (!settled) throw new Error('it never settles')
    return promise
  }

  /** Ends the owner without a successor. */
  kill(): void {
    this.#owner?.stop.abort()
  }

  async close(): Promise<void> {
    this.kill()
    await this.#owner?.done
    await this.telephony.close()
    await this.log.close()
  }

  pass(ms: number): Promise<void> {
    return pass(this.clock, ms)
  }

  /** A caller dials in; returns the call's id. */
  call(to = this.queues[0]!.code, change: Partial<Caller> = {}): string {
    const arrived = this.telephony.arrive(callerTo(to, change))
    if (!arrived) throw new Error('the caller was not let in')
    return arrived.callId
  }

  /** The whole ledger, decoded. */
  async ledger(): Promise<AnyEvent[]> {
    const events: AnyEvent[] = []
    for await (const page of this.log.readAll(null))
      events.push(...((await this.codec.decodeAll(page.events)) as unknown as AnyEvent[]))
    return events
  }

  /** The types of a call's events, in order. */
  async story(callId: string): Promise<string[]> {
    return (await this.ledger())
      .filter((event) => event.stream === `call-${tenant}.${callId}`)
      .map((event) => event.type)
  }

  /** What must not remain once all traffic has ended; each line is a leak. */
  async audit(): Promise<string[]> {
    const leaks: string[] = []
    const legs = await this.telephony.legs()
    for (const leg of legs) leaks.push(`leg ${leg.legId} still up`)
    for (const stray of strays(this.process.switchboard, this.clock.now()))
      leaks.push(`${stray.kind} ${stray.agentId ?? stray.callId} in ${stray.queueCode}`)
    for (const shift of this.process.switchboard.shifts()) {
      if (shift.reservation) leaks.push(`agent ${shift.agentCode} still reserved for ${shift.reservation.callId}`)
      if (shift.engagement.kind !== 'idle') leaks.push(`agent ${shift.agentCode} still ${shift.engagement.kind}`)
    }
    for (const call of this.process.switchboard.calls()) leaks.push(`call ${call.callId} still ${call.status}`)
    leaks.push(...brokenPromises(await this.ledger()))
    return leaks
  }
}

/** Contradictions in a ledger at rest, found by reading the ledger alone and no other state. */
export function brokenPromises(events: readonly AnyEvent[]): string[] {
  const broken: string[] = []
  const open = {
    legs: new Map<string, string>(),
    calls: new Set<string>(),
    offers: new Set<string>(),
    reservations: new Map<string, string>(),
  }
  const talking = new Map<string, string>()
  const lastAt = new Map<string, number>()
  /** Customer legs of a call that are open, or were answered: one gateway after the other may be tried, but one at a time. */
  const customerLegs = new Map<string, Set<string>>()
  const addCustomerLeg = (callId: string, legId: string): void => {
    const legs = customerLegs.get(callId) ?? new Set()
    customerLegs.set(callId, legs.add(legId))
    if (legs.size > 1) broken.push(`call ${callId} has ${legs.size} customer legs`)
  }
  const answered = new Set<string>()
  const ids = new Set<string>()
  for (const event of events) {
    if (ids.has(event.id)) broken.push(`event ${event.id} stands twice, again as ${event.type} in ${event.stream}`)
    ids.add(event.id)
    if (event.at < (lastAt.get(event.stream) ?? 0)) broken.push(`time goes back in ${event.stream}`)
    lastAt.set(event.stream, event.at)
    switch (event.type) {
      case 'CallReceived':
        open.calls.add(event.data.callId)
        open.legs.set(event.data.legId, event.data.callId)
        addCustomerLeg(event.data.callId, event.data.legId)
        break
      case 'CallPlaced':
        open.calls.add(event.data.callId)
        break
      case 'LegDialled':
        open.legs.set(event.data.legId, event.data.callId)
        if (event.data.purpose === 'customer') addCustomerLeg(event.data.callId, event.data.legId)
        break
      case 'LegAnswered':
        answered.add(event.data.legId)
        break
      case 'LegEnded':
        open.legs.delete(event.data.legId)
        if (!answered.has(event.data.legId)) customerLegs.get(event.data.callId)?.delete(event.data.legId)
        break
      case 'CallEnded':
        if (!open.calls.delete(event.data.callId)) broken.push(`call ${event.data.callId} ended twice`)
        break
      case 'CallOffered':
        open.offers.add(event.data.offerId)
        break
      case 'OfferEnded':
        open.offers.delete(event.data.offerId)
        break
      case 'CallAnswered':
        if (event.data.offerId) open.offers.delete(event.data.offerId)
        break
      case 'AgentReserved': {
        const { agentId, offerId, deadline } = event.data
        if (open.reservations.has(agentId)) broken.push(`agent ${agentId} reserved twice`)
        if (talking.has(agentId)) broken.push(`agent ${agentId} reserved while talking`)
        if (!(deadline > event.at)) broken.push(`offer ${offerId} without a deadline`)
        open.reservations.set(agentId, offerId)
        break
      }
      case 'SwitchboardListsMended':
        for (const { kind, agentId: agent, callId, queueCode } of event.data.found)
          broken.push(`the lists had to be mended: ${kind} ${agent ?? callId} in ${queueCode}`)
        break
      case 'AgentReservationEnded':
        open.reservations.delete(event.data.agentId)
        break
      case 'AgentCallStarted': {
        const { agentId, callId } = event.data
        const present = talking.get(agentId)
        if (present !== undefined && present !== callId) broken.push(`agent ${agentId} in ${callId} and ${present}`)
        talking.set(agentId, callId)
        open.reservations.delete(agentId)
        break
      }
      case 'AgentCallEnded':
        talking.delete(event.data.agentId)
        break
      case 'AgentSignedOut':
        open.reservations.delete(event.data.agentId)
        break
    }
  }
  for (const [legId, callId] of open.legs) broken.push(`leg ${legId} of ${callId} never ended`)
  for (const callId of open.calls) broken.push(`call ${callId} never ended`)
  for (const offerId of open.offers) broken.push(`offer ${offerId} never ended`)
  for (const [agentId, offerId] of open.reservations) broken.push(`agent ${agentId} reserved for ever (${offerId})`)
  for (const [agentId, callId] of talking) broken.push(`agent ${agentId} in call ${callId} for ever`)
  return broken
}

/** Callers with two open offers at once, and how often two owners acted alternately. */
export function offersOf(events: readonly AnyEvent[]): { twice: string[]; epochs: number } {
  const open = new Map<string, Set<string>>()
  const twice: string[] = []
  let epochs = 0
  let epoch = 0
  for (const event of events) {
    if (event.type === 'AgentReserved' && event.data.epoch !== epoch) {
      epoch = event.data.epoch
      epochs++
    }
    if (event.type === 'CallOffered') {
      const offers = open.get(event.data.callId) ?? new Set()
      offers.add(event.data.offerId)
      open.set(event.data.callId, offers)
      if (offers.size > 1) twice.push(event.data.callId)
    } else if (event.type === 'OfferEnded') open.get(event.data.callId)?.delete(event.data.offerId)
    else if (event.type === 'CallAnswered' && event.data.offerId)
      open.get(event.data.callId)?.delete(event.data.offerId)
    else if (event.type === 'CallEnded') open.delete(event.data.callId)
  }
  return { twice, epochs }
}
