/**
 * How fast the switchboard decides: the pure core, without a log. 10,000 agents in 200 queues, 5,000 callers
 * waiting (`acd.md`). In half of the queues callers wait and nobody is free; in the others agents wait and
 * nobody calls. By turns an agent becomes free where callers wait, and somebody calls where agents wait: the
 * first decides about who of many callers, the second about who of many agents.
 *
 * A decision is the fold of the event that led to it and the match; an offer is that, and the fold of the
 * reservation. What it takes to keep the world as full as it was is not counted. Offers are counted by the processor
 * time of this thread, so that other work on the machine does not lower the figure; decisions by the clock.
 */
import { createHash } from 'node:crypto'
import type { Match } from '@ledgerline/core/acd/matching.ts'
import type { SwitchboardFact } from '@ledgerline/core/state/switchboard-fact.ts'
import { SwitchboardState } from '@ledgerline/core/state/switchboard-state.ts'
import { queueSettings } from '@ledgerline/core/queue/settings.ts'
import { strategies, type Strategy } from '@ledgerline/core/queue/strategies.ts'
import { houseShiftRules } from '@ledgerline/core/agent/rules.ts'
import { seededDice, type Dice } from '@ledgerline/core/kernel/clock.ts'
import { atLeast, atMost, machine, percentile, type BenchCase, type BenchResult } from './result.ts'

const AGENTS = 10_000
const QUEUES = 200
const WAITING = 5_000
const QUEUES_EACH = 3
const WARM_UP = 1_000
const MEASURED = 6_000
/** Calls that each agent already had today: what least talk and fewest calls look at. */
const CALLS_BEFORE = 20
const START = Date.UTC(2026, 0, 5, 9)

/** @param measured the strategies to measure; all of them unless some are named */
export async function run(measured: readonly Strategy[] = strategies): Promise<BenchResult> {
  const cases: BenchCase[] = []
  for (const strategy of measured) cases.push(...measure(strategy))
  return { name: 'acd', machine: machine(), cases }
}

function measure(strategy: Strategy): BenchCase[] {
  const world = new World(strategy)
  if (choices(world) !== choices(new World(strategy)))
    throw new Error(`${strategy}: the same input gave another choice`)
  const decisions: number[] = []
  let offers = 0
  let spent = 0
  for (let turn = 0; turn < MEASURED; turn++) {
    const { decidedMs, spentMs, matches } = world.turn()
    decisions.push(decidedMs)
    spent += spentMs
    offers += matches.length
  }
  return [
    atMost(`${strategy}: decision, 99th percentile`, 1, percentile(decisions, 0.99), 'ms', 3),
    atLeast(`${strategy}: offers a second`, 20_000, (offers / spent) * 1000, '/s'),
  ]
}

/** A digest of who is offered to whom in the first turns, which also warm up. */
function choices(world: World): string {
  const digest = createHash('sha256')
  for (let turn = 0; turn < WARM_UP; turn++)
    for (const { callId, agentId, queueCode } of world.turn().matches)
      digest.update(`${callId} ${agentId} ${queueCode}\n`)
  return digest.digest('hex')
}

/** A call centre in full swing. */
class World {
  readonly #dice: Dice = seededDice(1)
  readonly #board = new SwitchboardState(this.#dice)
  readonly #revisions = new Map<string, number>()
  /** Agents who talk, in the queues where callers wait: the next to be free is the first. */
  readonly #talking: { agentId: string; callId: string }[] = []
  #now = START
  #calls = 0
  #turns = 0

  constructor(strategy: Strategy) {
    const queueCode = (index: number) => `Q${String(index).padStart(3, '0')}`
    const queues = Array.from({ length: QUEUES }, (_, index) => settingsOf(queueCode(index), strategy))
    const agents = Array.from({ length: AGENTS }, (_, index) => {
      const half = index % 2
      // An agent serves queues of one half, on two levels.
      const served = Array.from({ length: QUEUES_EACH }, (_, nth) =>
        queueCode(half + 2 * ((Math.floor(index / 2) + nth * 33) % (QUEUES / 2))),
      )
      return {
        agentId: `agent-${index}`,
        agentCode: String(10_000 + index),
        name: null,
        extension: String(80_000 + index),
        group: null,
        department: null,
        queues: served.map((code, nth) => ({
          queueCode: code,
          level: 1 + (nth % 2),
          position: 1 + Math.floor(this.#dice() * 50),
        })),
      }
    })
    this.#fold('switchboard-t.configuration', 'SwitchboardActivated', {
      version: 1,
      zone: 'Asia/Shanghai',
      queues,
      agents,
      routes: [],
      shifts: houseShiftRules,
    })
    for (const { agentId, agentCode, extension, queues: served } of agents) {
      this.#shift(agentId, 'AgentSignedIn', {
        agentCode,
        userId: agentId,
        name: null,
        extension,
        group: null,
        department: null,
        queues: served,
        via: 'phone',
        registered: true,
      })
      for (let nth = 0; nth < (looksBack(strategy) ? CALLS_BEFORE : 0); nth++)
        this.#talked(agentId, `before-${nth}`, served[0]!.queueCode)
    }
    for (const [index, { agentId }] of agents.entries()) {
      this.#now += 1
      this.#shift(agentId, 'AgentBecameReady', { by: 'agent', byCode: null, reason: null })
      if (index % 2 === 0) this.#talks(agentId, `call-before-${index}`, agents[index]!.queues[0]!.queueCode)
    }
    for (let index = 0; index < WAITING; index++) this.#arrives(queueCode(2 * (index % (QUEUES / 2))))
    if (this.#board.match(this.#now).length > 0) throw new Error('nobody should be free for those who wait')
    this.#freeQueue = () => queueCode(1 + 2 * Math.floor((this.#dice() * QUEUES) / 2))
  }

  readonly #freeQueue: () => string

  /**
   * One decision, with its own time and that of the reservations that follow, ms. Afterwards the world is as full as
   * before.
   */
  turn(): { decidedMs: number; spentMs: number; matches: Match[] } {
    this.#now += 20
    const crowded = this.#turns++ % 2 === 0
    const trigger = crowded ? this.#becomesFree() : this.#comes(this.#freeQueue())
    const spentBefore = processorMs()
    const begun = performance.now()
    trigger()
    const matches = this.#board.match(this.#now)
    const decidedMs = performance.now() - begun
    for (const match of matches) this.#reserved(match)
    const spentMs = processorMs() - spentBefore - askingMs
    if (matches.length === 0) throw new Error('somebody should have been found')
    this.#goesOn(matches, crowded)
    return { decidedMs, spentMs, matches }
  }

  /** Frees an agent: the end of a call. */
  #becomesFree(): () => void {
    const { agentId, callId } = this.#talking.shift()!
    return () =>
      this.#shift(agentId, 'AgentCallEnded', {
        callId,
        segmentId: `${callId}-${agentId}`,
        queueCode: this.#board.shift(agentId)!.queues[0]!.queueCode,
        talkMs: 60_000,
        holdMs: 0,
      })
  }

  /** A caller whose call we answer: the last event before the wait begins. */
  #comes(queueCode: string): () => void {
    const callId = this.#queued(queueCode)
    return () => this.#call(callId, 'LegAnswered', { legId: `${callId}-leg` })
  }

  #reserved(match: Match): void {
    const { agentId, callId, queueCode, decision } = match
    this.#shift(agentId, 'AgentReserved', {
      epoch: 0,
      offerId: `${callId}-${agentId}`,
      callId,
      queueCode,
      legId: `${callId}-${agentId}-leg`,
      deadline: this.#now + 20_000,
      direction: 'inbound',
      decision,
    })
    this.#board.settle(match, this.#now)
  }

  /**
   * The first agent answers, the others are released; where agents wait, that one is soon free again; where callers
   * wait, another comes.
   */
  #goesOn(matches: readonly Match[], crowded: boolean): void {
    const [first, ...others] = matches
    const { agentId, callId, queueCode } = first!
    for (const other of others) {
      this.#shift(other.agentId, 'AgentReservationEnded', {
        offerId: `${callId}-${other.agentId}`,
        callId,
        queueCode,
        result: 'lost_race',
        missed: 0,
        pausedUntil: null,
      })
    }
    this.#talks(agentId, callId, queueCode)
    this.#call(callId, 'CallAnswered', {
      agentId,
      agentCode: this.#board.shift(agentId)!.agentCode,
      segmentId: `${callId}-${agentId}`,
      queueSegmentId: `${callId}-queue`,
      legId: `${callId}-leg`,
      offerId: null,
      queueCode,
      waitMs: 0,
      ringMs: 0,
    })
    this.#call(callId, 'LegEnded', { legId: `${callId}-leg`, by: 'customer', cause: 16, sip: null, reason: 'hung_up' })
    this.#call(callId, 'CallEnded', { by: 'customer', cause: 16, reason: 'hung_up' })
    if (crowded) this.#arrives(queueCode)
    else {
      this.#talking.pop()
      this.#shift(agentId, 'AgentCallEnded', {
        callId,
        segmentId: `${callId}-${agentId}`,
        queueCode,
        talkMs: 60_000,
        holdMs: 0,
      })
    }
    this.#board.forgetWhenOver(callId)
    if (this.#board.match(this.#now).length > 0) throw new Error('one decision a turn')
  }

  #arrives(queueCode: string): void {
    this.#comes(queueCode)()
  }

  /** A caller who is about to be answered; returns the call. */
  #queued(queueCode: string): string {
    const callId = `call-${++this.#calls}`
    this.#call(callId, 'CallReceived', {
      legId: `${callId}-leg`,
      direction: 'inbound',
      from: null,
      fromRaw: null,
      to: '',
      gateway: null,
      customerId: null,
      category: null,
      priority: 0,
    })
    this.#call(callId, 'CallQueued', {
      segmentId: `${callId}-queue`,
      queueCode,
      priority: 0,
      joinedAt: this.#now,
      resumed: false,
      notBefore: null,
      targetMs: 20_000,
      shortAbandonMs: 5_000,
      configVersion: 1,
    })
    return callId
  }

  #talks(agentId: string, callId: string, queueCode: string): void {
    this.#shift(agentId, 'AgentCallStarted', {
      callId,
      segmentId: `${callId}-${agentId}`,
      offerId: null,
      queueCode,
      direction: 'inbound',
      wrapUpMs: 0,
    })
    this.#talking.push({ agentId, callId })
  }

  #talked(agentId: string, callId: string, queueCode: string): void {
    this.#shift(agentId, 'AgentCallEnded', {
      callId,
      segmentId: callId,
      queueCode,
      talkMs: Math.round(this.#dice() * 300_000),
      holdMs: 0,
    })
  }

  #call(callId: string, type: string, data: object): void {
    this.#fold(`call-t.${callId}`, type, { callId, ...data })
  }

  #shift(agentId: string, type: string, data: object): void {
    this.#fold(`shift-t.${agentId}-1`, type, { shiftId: `${agentId}-1`, agentId, ...data })
  }

  #fold(stream: string, type: string, data: object): void {
    const revision = (this.#revisions.get(stream) ?? -1) + 1
    this.#revisions.set(stream, revision)
    this.#board.fold({ type, data, at: this.#now, stream, revision } as unknown as SwitchboardFact, this.#now)
  }
}

/** The processor time this thread has used so far, ms. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** What it costs to ask for that, ms: nothing beside a second, but much beside a decision. */
const askingMs = (() => {
  const times = 10_000
  const begun = processorMs()
  for (let time = 0; time < times; time++) processorMs()
  return (processorMs() - begun) / times
})()

function looksBack(strategy: Strategy): boolean {
  return strategy === 'agent-with-least-talk-time' || strategy === 'agent-with-fewest-calls'
}

function settingsOf(code: string, strategy: Strategy) {
  return queueSettings.parse({
    code,
    name: code,
    strategy,
    priority: 0,
    ringMs: 20_000,
    wrapUpMs: 0,
    maxNoAnswer: 3,
    noAnswerDelayMs: 5_000,
    rejectDelayMs: 5_000,
    busyDelayMs: 5_000,
    maxWaitMs: 0,
    targetMs: 20_000,
    targetRatio: 0.8,
    shortAbandonMs: 5_000,
  })
}

/** The strategies named on the command line; all of them where none is. */
function named(names: readonly string[]): readonly Strategy[] {
  return names.length === 0 ? strategies : strategies.filter((strategy) => names.includes(strategy))
}

if (import.meta.main) console.log(JSON.stringify(await run(named(process.argv.slice(2))), null, 2))
