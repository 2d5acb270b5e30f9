/**
 * One day, lived through by the real switchboard: the callers of a recorded day with their own patience and
 * talk, people who work when they are told to, settings as they were or as somebody would like to try them.
 */
import { Agents, type AgentDesk } from '@ledgerline/adapters/telephony/agents.ts'
import { letCall, type Arrival } from '@ledgerline/adapters/telephony/callers.ts'
import { always } from '@ledgerline/adapters/telephony/draws.ts'
import { HOLD_PATIENCE_MS, picksUp } from '@ledgerline/adapters/telephony/people.ts'
import type { QueueSettings } from '@ledgerline/core/acd/events.ts'
import type { RecordedShiftEvent } from '@ledgerline/core/agent/events.ts'
import type { OpenShift } from '@ledgerline/core/agent/state.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { Occupied, type Lived } from './simulate-figures.ts'
import { Floor } from './simulate-floor.ts'
import type { Patience } from './simulate-patience.ts'
import { judged, type CallOnRecord, type DayOnRecord, type PersonOnRecord } from './simulate-record.ts'

/** What may be other than it was. */
export interface Setup {
  people: readonly PersonOnRecord[]
  queues: readonly QueueSettings[]
}

/** Somebody who will call: all that he brings with him is thrown before the day begins. */
export interface Visitor {
  at: number
  queueCode: string
  priority: number
  patienceMs: number
  talkMs: number
  wrapUpMs: number
}

const TENANT = 'what_if'
/** A gap between two stretches of one person's work that is no night: he stays signed in and rests. */
const LONGEST_BREAK_MS = 4 * 3_600_000
const HOUR_MS = 3_600_000
/** So long after the last call everybody has been served or has hung up. */
const DRAIN_HOURS = 48

/**
 * The callers of a day, as they are in every run with this seed: what a caller brings does not depend on what he
 * meets, so that two setups are compared on the same callers (common random numbers). Talk and write-up of who
 * was served are his own; of who was not, those of somebody who was, drawn at random from the same queue.
 */
export function visitorsOf(record: DayOnRecord, patience: Patience, seed: number): Visitor[] {
  const dice = seededDice(seed)
  const served = record.calls.filter(({ outcome }) => outcome === 'answered')
  const byQueue = Map.groupBy(served, ({ queueCode }) => queueCode)
  return record.calls.map((call) => {
    // Always as many throws, so that one call more or less changes nobody behind it.
    const [patienceThrow, talkThrow] = [dice(), dice()]
    const like = call.outcome === 'answered' ? call : drawn(byQueue.get(call.queueCode) ?? served, talkThrow)
    return {
      at: call.at,
      queueCode: call.queueCode,
      priority: call.priority,
      patienceMs: Math.max(1, Math.round(patience.of({ waitMs: call.waitMs, gaveUp: call.outcome === 'abandoned' }, patienceThrow))),
      talkMs: Math.round(like?.serviceMs ?? 0),
      wrapUpMs: Math.round(like?.wrapUpMs ?? 0),
    }
  })
}

/** Lives through the day. @throws Error when calls are left over or the switchboard had to warn of anything */
export async function live(record: DayOnRecord, { people, queues }: Setup, visitors: readonly Visitor[], seed: number, signal?: AbortSignal): Promise<Lived> {
  const settings = new Map(queues.map((queue) => [queue.code, queue]))
  const waiting = new Map<string, { queueCode: string; at: number; index: number }>()
  const calls: CallOnRecord[] = []
  const occupied = new Occupied(record)
  const start = Math.min(record.from, ...people.flatMap(({ work }) => work.map(({ from }) => from))) - HOUR_MS
  const wrapUps = new Map<string, number>()
  let open = 0

  const floor = new Floor({ tenant: TENANT, start, seed, onFact: (fact) => onFact(fact) })
  const { clock, dice, telephony, process } = floor
  const extensionOf = (person: PersonOnRecord) => `ext-${person.agentId}`
  for (const person of people) telephony.plug(TENANT, extensionOf(person), picksUp({ after: always(record.ringMs) }))
  const plan = new Map(people.map(({ agentId, work }) => [agentId, work]))
  const agents = new Agents({
    desk: deskOf(floor),
    clock,
    dice,
    agentIds: [...plan.keys()],
    working: (agentId) => plan.get(agentId) ?? [],
    maxBreakMs: LONGEST_BREAK_MS,
    breakReason: 'break',
    wrapUp: (_, callId) => wrapUps.get(callId) ?? 0,
    backAfter: always(60_000),
  })

  await floor.open({
    zone: record.zone,
    queues,
    agents: people.map((person) => ({
      agentId: person.agentId,
      agentCode: person.agentCode,
      name: null,
      extension: extensionOf(person),
      group: null,
      department: null,
      queues: person.queues.filter(({ queueCode }) => settings.has(queueCode)),
    })),
    routes: queues.map(({ code }) => ({ code, to: code, queueCode: code })),
    shifts: record.shifts,
  })
  agents.start((agentId) => process.board.shift(agentId))
  const stopCalling = letCall(clock, arrivalsOf(visitors), (caller) => {
    open++
    const ids = telephony.arrive(caller)
    if (ids) wrapUps.set(ids.callId, (caller as VisitingCaller).wrapUpMs)
  })
  try {
    const end = Math.max(record.to, visitors.at(-1)?.at ?? 0)
    await floor.run(end, signal)
    for (let hour = 0; open > 0; hour++) {
      if (hour === DRAIN_HOURS) throw new Error(`${open} calls never ended`)
      await floor.run(clock.now() + HOUR_MS, signal)
    }
  } finally {
    stopCalling()
    agents.stop()
    occupied.close(clock.now())
    await floor.close()
  }
  floor.mustHaveBeenQuiet()
  return { calls: calls.sort((a, b) => a.at - b.at), occupied }

  function onFact(fact: AnyEvent): void {
    if ('shiftId' in fact.data) {
      agents.onShift(fact as RecordedShiftEvent)
      const { agentId } = fact.data
      occupied.turn(agentId, workOf(process.board.shift(agentId)), fact.at)
    }
    switch (fact.type) {
      case 'CallQueued':
        waiting.set(fact.data.segmentId, { queueCode: fact.data.queueCode, at: fact.data.joinedAt, index: 0 })
        return
      case 'CallAnswered':
        return leftQueue(fact.data.queueSegmentId, 'answered', fact.data.waitMs)
      case 'CallLeftQueue':
        return leftQueue(fact.data.segmentId, fact.data.exit === 'abandoned' ? 'abandoned' : 'other', fact.data.waitMs)
      case 'CallEnded':
        open--
    }
  }

  function leftQueue(segmentId: string | null, outcome: CallOnRecord['outcome'], waitMs: number): void {
    const stay = segmentId === null ? undefined : waiting.get(segmentId)
    if (!stay) return
    waiting.delete(segmentId!)
    calls.push({ ...judged(outcome, waitMs, settings.get(stay.queueCode)!), at: stay.at, queueCode: stay.queueCode, priority: 0, agentId: null, serviceMs: 0, wrapUpMs: 0 })
  }
}

/** The recorded day as it went. */
export function livedOf(record: DayOnRecord): Lived {
  const occupied = new Occupied(record)
  for (const { at, waitMs, serviceMs, wrapUpMs } of record.calls) occupied.add('busy', at + waitMs, at + waitMs + serviceMs + wrapUpMs)
  for (const { work } of record.people) for (const { from, to } of work) occupied.add('there', from, to)
  return { calls: record.calls, occupied }
}

type VisitingCaller = Arrival['caller'] & { wrapUpMs: number }

function* arrivalsOf(visitors: readonly Visitor[]): Iterable<Arrival> {
  for (const { at, queueCode, priority, patienceMs, talkMs, wrapUpMs } of visitors) {
    const caller: VisitingCaller = { tenant: TENANT, from: null, to: queueCode, gateway: null, customerId: null, priority, patienceMs, talkMs, holdPatienceMs: HOLD_PATIENCE_MS, talkEndedBy: 'customer', wrapUpMs }
    yield { at, caller }
  }
}

function deskOf(floor: Floor): AgentDesk {
  return {
    signIn: (agentId) => floor.signIn(agentId, 'phone'),
    ready: (agentId) => floor.act(agentId, { do: 'set_work', work: 'ready', by: 'agent' }),
    away: (agentId, reason) => floor.act(agentId, { do: 'set_work', work: 'away', by: 'agent', reason }),
    endWrapUp: (agentId) => floor.act(agentId, { do: 'end_wrap_up', by: 'agent' }),
    signOut: (agentId) => floor.act(agentId, { do: 'sign_out', by: 'agent' }),
  }
}

function workOf(shift: OpenShift | null): 'busy' | 'ready' | 'gone' {
  if (!shift) return 'gone'
  const { kind } = shift.engagement
  if (kind === 'talking' || kind === 'wrap_up') return 'busy'
  return shift.work === 'ready' || shift.work === 'on_demand' ? 'ready' : 'gone'
}

function drawn<T>(from: readonly T[], throwOfDice: number): T | undefined {
  return from[Math.floor(throwOfDice * from.length)]
}
