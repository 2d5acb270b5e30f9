/**
 * Runs the real switchboard on a virtual clock and measures it: callers at random, talk and patience
 * exponential, phones answered at once, no write-up. Under these assumptions the truth is known exactly
 * (Erlang C; Erlang A where callers lose patience), so that what is measured here proves the ACD.
 *
 * Hours are cut into batches by the moment of arrival; the first of them warm the system up and are
 * thrown away, the spread of the others gives the 95 % intervals (method of batch means).
 */
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { memoryAnswers } from '@ledgerline/adapters/log/answers.ts'
import { PassingLog } from '@ledgerline/adapters/log/passing.ts'
import { VirtualClock } from '@ledgerline/adapters/clock/virtual.ts'
import { letCall, poissonArrivals } from '@ledgerline/adapters/telephony/callers.ts'
import { exponential } from '@ledgerline/adapters/telephony/draws.ts'
import { HOLD_PATIENCE_MS, picksUpAtOnce, type Caller } from '@ledgerline/adapters/telephony/people.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator.ts'
import { Desk } from '@ledgerline/core/acd/desk.ts'
import { houseShiftRules } from '@ledgerline/core/agent/rules.ts'
import type { AgentSettings, QueueInput } from '@ledgerline/core/acd/events.ts'
import { SwitchboardProcess } from '@ledgerline/core/acd/process.ts'
import { catalogue, type AnyEvent } from '@ledgerline/core/catalogue.ts'
import { seededDice, uuid7 } from '@ledgerline/core/kernel/clock.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Commands, type CommandEnvelope } from '@ledgerline/core/kernel/command.ts'
import { batchMeans, type Batch, type Measures } from './batch-means.ts'

export interface SimulationOptions {
  callsPerHour: number
  /** Mean talk, seconds. */
  talkS: number
  agents: number
  /** Mean patience, seconds; without it nobody ever hangs up in the queue. */
  patienceS?: number
  /** Hours that are measured; the warm-up comes on top. */
  hours: number
  seed: number
  signal?: AbortSignal
  /** Told now and then how much is done, as a fraction of 1. */
  progress?: (done: number) => void
}

export interface Simulation extends Measures {
  /** Half-widths of the 95 % intervals, by the same names. */
  ci95: Measures
}

const TENANT = 'simulation'
const QUEUE = 'queue'
const START = Date.UTC(2026, 0, 5)
const HOUR_MS = 3_600_000
/** Batches that are measured, and those before them that are thrown away. */
const BATCHES = 20
const WARM_UP = 2
const TARGET_MS = 20_000
/** The people of a formula never go home. */
const neverOver = { ...houseShiftRules, maxShiftMs: 0 }

/** The measures of the simulated time, with their 95 % intervals. Deterministic by the seed. */
export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const { callsPerHour, talkS, agents, patienceS, hours, seed, signal, progress } = options
  const clock = new VirtualClock(START)
  const dice = seededDice(seed)
  const newId = uuid7(dice)
  const log = new PassingLog(() => clock.now())
  const codec = new Codec(catalogue, memoryVault())
  const commands = new Commands({ log, codec, clock, dice, answers: memoryAnswers(() => clock.now()) })
  const telephony = new SimulatedTelephony({ clock, dice, newId, maxLegs: Number.POSITIVE_INFINITY, maxWaitingReports: Number.POSITIVE_INFINITY })
  const warnings: string[] = []
  const stop = new AbortController()

  const staff = Array.from({ length: agents }, (_, index) => agentNumbered(index + 1))
  for (const { extension } of staff) telephony.plug(TENANT, extension!, picksUpAtOnce)
  const batchMs = (hours * HOUR_MS) / BATCHES
  const tally = new Tally(START + HOUR_MS, batchMs, WARM_UP + BATCHES)
  const process = new SwitchboardProcess({
    tenant: TENANT,
    log,
    codec,
    commands,
    telephony,
    clock,
    dice,
    newId,
    origin: 'simulated',
    snapshots: { load: async () => null, save: async () => {} },
    notes: { warn: (message, details) => void warnings.push(`${message} ${JSON.stringify(details)}`) },
    onFact: (fact) => tally.take(fact as unknown as AnyEvent),
  })
  const desk = new Desk({ board: process.board, commands, telephony })

  const talk = exponential(talkS * 1000)
  const patience = patienceS === undefined ? () => Number.POSITIVE_INFINITY : exponential(patienceS * 1000)
  const callerOf = (): Caller => ({
    tenant: TENANT,
    from: null,
    to: QUEUE,
    gateway: null,
    customerId: null,
    priority: 0,
    patienceMs: Math.round(patience(dice)),
    talkMs: Math.round(talk(dice)),
    holdPatienceMs: HOLD_PATIENCE_MS,
    talkEndedBy: 'customer',
  })

  let ready = () => {}
  const isReady = new Promise<void>((resolve) => (ready = resolve))
  const running = process.run(stop.signal, () => ready())
  const failed = running.then(() => stop.signal.throwIfAborted())
  await Promise.race([isReady, failed])
  await desk.activate({ zone: 'UTC', queues: [queueSettings()], agents: staff, routes: [{ code: QUEUE, to: '*', queueCode: QUEUE }], shifts: neverOver }, envelope('activate'))
  for (const { agentId } of staff) {
    // The board learns of each step from the log, a turn later.
    await nextTurn()
    await desk.signIn(agentId, { via: 'phone', registered: true }, envelope(`in-${agentId}`))
    await nextTurn()
    await desk.setWork(agentId, 'ready', null, envelope(`ready-${agentId}`))
  }

  const end = tally.end
  const arrivals = poissonArrivals({ from: START + HOUR_MS, mostPerHour: callsPerHour, dice, caller: callerOf })
  const stopCalling = letCall(clock, until(arrivals, end), (caller) => telephony.arrive(caller))
  try {
    for (let step = 1; step <= 100; step++) {
      await Promise.race([clock.run(START + HOUR_MS + ((end - START - HOUR_MS) * step) / 100, signal), failed])
      progress?.(step / 100)
    }
    // Nobody calls any more; who is still there is measured to his end.
    const drainHours = 24 + (2 * ((end - START) / HOUR_MS) * callsPerHour * talkS) / (3600 * agents)
    for (let hour = 0; tally.open > 0; hour++) {
      if (hour > drainHours) throw new Error(`${tally.open} calls never ended`)
      await Promise.race([clock.run(clock.now() + HOUR_MS, signal), failed])
    }
  } finally {
    stopCalling()
    stop.abort()
    await Promise.allSettled([running, clock.run(clock.now())])
    await telephony.close()
  }
  if (warnings.length > 0) throw new Error(`the switchboard warned ${warnings.length} times, first: ${warnings[0]}`)
  return batchMeans(tally.batches.slice(WARM_UP), { agents, batchMs })
}

/** Counts what the ledger says, by batch of arrival. */
class Tally {
  readonly batches: Batch[]
  readonly end: number
  readonly #start: number
  readonly #batchMs: number
  /** Batch of each call that is not over. */
  readonly #calls = new Map<string, Batch | null>()
  /** Since when each agent talks. */
  readonly #talking = new Map<string, number>()

  constructor(start: number, batchMs: number, batches: number) {
    this.#start = start
    this.#batchMs = batchMs
    this.end = start + batches * batchMs
    this.batches = Array.from({ length: batches }, () => ({ offered: 0, answered: 0, abandoned: 0, waited: 0, inTarget: 0, waitMs: 0, busyMs: 0 }))
  }

  /** Calls that are not over. */
  get open(): number {
    return this.#calls.size
  }

  take(fact: AnyEvent): void {
    switch (fact.type) {
      case 'CallQueued': {
        const batch = this.#batchAt(fact.at)
        this.#calls.set(fact.data.callId, batch)
        if (batch) batch.offered++
        return
      }
      case 'CallAnswered': {
        const batch = this.#calls.get(fact.data.callId)
        if (!batch) return
        const { waitMs } = fact.data
        batch.answered++
        batch.waitMs += waitMs
        if (waitMs > 0) batch.waited++
        if (waitMs <= TARGET_MS) batch.inTarget++
        return
      }
      case 'CallLeftQueue': {
        const batch = this.#calls.get(fact.data.callId)
        if (!batch) return
        batch.abandoned++
        if (fact.data.waitMs > 0) batch.waited++
        return
      }
      case 'CallEnded':
        this.#calls.delete(fact.data.callId)
        return
      case 'AgentCallStarted':
        this.#talking.set(fact.data.agentId, fact.at)
        return
      case 'AgentCallEnded':
        this.#busy(this.#talking.get(fact.data.agentId) ?? fact.at, fact.at)
        this.#talking.delete(fact.data.agentId)
    }
  }

  /** Talk belongs to the batches in which it was talked. */
  #busy(from: number, to: number): void {
    for (let at = Math.max(from, this.#start); at < Math.min(to, this.end); ) {
      const index = Math.floor((at - this.#start) / this.#batchMs)
      const until = Math.min(to, this.#start + (index + 1) * this.#batchMs)
      const batch = this.batches[index]
      if (!batch) return
      batch.busyMs += until - at
      at = until
    }
  }

  #batchAt(at: number): Batch | null {
    return this.batches[Math.floor((at - this.#start) / this.#batchMs)] ?? null
  }
}

function queueSettings(): QueueInput {
  return {
    code: QUEUE,
    name: QUEUE,
    strategy: 'longest-idle-agent', workWindow: 'today',
    priority: 0,
    ringMs: 20_000,
    wrapUpMs: 0,
    maxNoAnswer: 0,
    noAnswerDelayMs: 0,
    rejectDelayMs: 0,
    busyDelayMs: 0,
    maxWaitMs: 0,
    targetMs: TARGET_MS,
    targetRatio: 0.8,
    shortAbandonMs: 0,
  }
}

function agentNumbered(number: number): AgentSettings {
  const code = String(number)
  return { agentId: code, agentCode: code, name: null, extension: code, group: null, department: null, queues: [{ queueCode: QUEUE, level: 1, position: 1 }] }
}

function envelope(commandId: string): CommandEnvelope {
  return { tenant: TENANT, commandId, actor: 'system:simulation', origin: 'simulated' }
}

function* until<T extends { at: number }>(arrivals: Iterable<T>, end: number): Iterable<T> {
  for (const arrival of arrivals) {
    if (arrival.at >= end) return
    yield arrival
  }
}

/** Everything that has been set off comes to rest. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
