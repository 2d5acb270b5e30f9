/**
 * A stretch of simulated time under the assumptions of the formulas: callers at random, talk and patience exponential,
 * phones answered at once, no wrap-up. It returns counts by batch; `simulate.ts` makes measures of them.
 */
import { letCall, poissonArrivals } from '@ledgerline/adapters/telephony/simulator/callers.ts'
import { exponential } from '@ledgerline/adapters/telephony/simulator/draws.ts'
import type { Fault, FaultKind } from '@ledgerline/adapters/telephony/simulator/faults.ts'
import { HOLD_PATIENCE_MS, picksUpAtOnce, type Caller } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { AgentSettings } from '@ledgerline/core/configuration/events.ts'
import type { QueueInput } from '@ledgerline/core/queue/settings.ts'
import { houseShiftRules } from '@ledgerline/core/agent/rules.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import type { Batch } from './batch-means.ts'
import { VirtualCentre } from './virtual-centre.ts'

/** Plain, so that it can be passed to another thread. */
export interface Stretch {
  callsPerHour: number
  /** Mean talk, seconds. */
  talkS: number
  agents: number
  /** Mean patience, seconds; without it nobody ever hangs up in the queue. */
  patienceS?: number
  faults?: readonly Fault[]
  seed: number
  /** What is discarded first, so that the beginning is forgotten, ms. */
  warmUpMs: number
  /** Batches that are measured, and how long each is. */
  batches: number
  batchMs: number
}

export interface Simulated {
  batches: Batch[]
  /** How often each kind of fault struck, warm-up included. */
  struck: Partial<Record<FaultKind, number>>
}

const TENANT = 'simulation'
const QUEUE = 'queue'
const START = Date.UTC(2026, 0, 5)
const HOUR_MS = 3_600_000
const TARGET_MS = 20_000
/** The people of a formula never go home. */
const neverOver = { ...houseShiftRules, maxShiftMs: 0 }

/**
 * Runs it. Deterministic by the seed.
 * @throws Error if calls are left over, or (without faults) the switchboard had to warn of anything; the signal's
 * reason
 */
export async function simulateStretch(
  stretch: Stretch,
  progress: (done: number) => void = () => {},
  signal?: AbortSignal,
): Promise<Simulated> {
  const { callsPerHour, talkS, agents, patienceS, faults, seed, warmUpMs, batches, batchMs } = stretch
  const tally = new Tally(START + HOUR_MS + warmUpMs, batchMs, batches)
  const floor = new VirtualCentre({
    tenant: TENANT,
    start: START,
    seed,
    onFact: (fact) => tally.take(fact),
    ...(faults && { faults }),
  })
  const { clock, dice, telephony } = floor
  const staff = Array.from({ length: agents }, (_, index) => agentNumbered(index + 1))
  for (const { extension } of staff) telephony.plug(TENANT, extension!, picksUpAtOnce)

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

  await floor.open({
    zone: 'UTC',
    queues: [queueSettings()],
    agents: staff,
    routes: [{ code: QUEUE, to: '*', queueCode: QUEUE }],
    shifts: neverOver,
  })
  for (const { agentId } of staff) {
    await floor.signIn(agentId, 'phone')
    await floor.act(agentId, { do: 'set_work', work: 'ready', by: 'agent' })
  }

  const end = tally.end
  const arrivals = poissonArrivals({ from: START + HOUR_MS, mostPerHour: callsPerHour, dice, caller: callerOf })
  const stopCalling = letCall(clock, until(arrivals, end), (caller) => telephony.arrive(caller))
  try {
    for (let step = 1; step <= 100; step++) {
      await floor.run(START + HOUR_MS + ((end - START - HOUR_MS) * step) / 100, signal)
      progress(step / 100)
    }
    // Nobody calls any longer; those still there are measured to their end.
    const drainHours = 24 + (2 * ((end - START) / HOUR_MS) * callsPerHour * talkS) / (3600 * agents)
    for (let hour = 0; tally.open > 0; hour++) {
      if (hour > drainHours) throw new Error(`${tally.open} calls never ended`)
      await floor.run(clock.now() + HOUR_MS, signal)
    }
  } finally {
    stopCalling()
    await floor.close()
  }
  if (!faults) floor.mustHaveBeenQuiet()
  return { batches: tally.batches, struck: Object.fromEntries(telephony.struck) }
}

/** Counts the ledger's events, by batch of arrival. */
class Tally {
  readonly batches: Batch[]
  readonly end: number
  readonly #start: number
  readonly #batchMs: number
  /** Batch of each call that is not over. */
  readonly #calls = new Map<string, Batch | null>()
  /** Since when each agent has been talking. */
  readonly #talking = new Map<string, number>()

  constructor(start: number, batchMs: number, batches: number) {
    this.#start = start
    this.#batchMs = batchMs
    this.end = start + batches * batchMs
    this.batches = Array.from({ length: batches }, () => ({
      offered: 0,
      answered: 0,
      abandoned: 0,
      waited: 0,
      inTarget: 0,
      waitMs: 0,
      busyMs: 0,
    }))
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
        // A caller cut off by a fault has left the queue too, but has not abandoned.
        if (fact.data.exit === 'abandoned') batch.abandoned++
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
    for (let at = Math.max(from, this.#start); at < Math.min(to, this.end);) {
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
    strategy: 'longest-idle-agent',
    workWindow: 'today',
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
  return {
    agentId: code,
    agentCode: code,
    name: null,
    extension: code,
    group: null,
    department: null,
    queues: [{ queueCode: QUEUE, level: 1, position: 1 }],
  }
}

function* until<T extends { at: number }>(arrivals: Iterable<T>, end: number): Iterable<T> {
  for (const arrival of arrivals) {
    if (arrival.at >= end) return
    yield arrival
  }
}
