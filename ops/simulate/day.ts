/**
 * One day, lived through by the real switchboard: the callers of a recorded day with their own patience and talk,
 * people who work when they are told to, and settings as they were or as someone would like to try them.
 */
import { Agents, type AgentDesk } from '@ledgerline/adapters/telephony/simulator/agents.ts'
import { letCall, type Arrival } from '@ledgerline/adapters/telephony/simulator/callers.ts'
import { always, type Draw } from '@ledgerline/adapters/telephony/simulator/draws.ts'
import { HOLD_PATIENCE_MS, picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { QueueSettings } from '@ledgerline/core/queue/settings.ts'
import type { RecordedShiftEvent } from '@ledgerline/core/agent/events.ts'
import type { OpenShift } from '@ledgerline/core/agent/state.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { Occupied, type Lived } from './figures.ts'
import { VirtualCentre } from './virtual-centre.ts'
import type { Patience } from './patience.ts'
import { judged } from './record.ts'
import type { CallOnRecord, DayOnRecord, PersonOnRecord } from './day-on-record.ts'
import { Attendance, without } from './attendance.ts'
import { NOTICED_MS } from './gaps.ts'
import type { Between } from './turnaround.ts'

/** Someone who works on a simulated day. */
export interface Worker extends PersonOnRecord {
  /**
   * How long after a call until this person is free again, ascending, ms: each of them is equally likely. Null: as long
   * as the call's own wrap-up took.
   */
  turnaroundsMs: readonly number[] | null
}

/** What may differ from the record. */
export interface Setup {
  people: readonly Worker[]
  queues: readonly QueueSettings[]
}

/** Someone who will call: everything they bring is drawn before the day begins. */
export interface Visitor {
  at: number
  queueCode: string
  priority: number
  patienceMs: number
  talkMs: number
  wrapUpMs: number
  /** The position of the following turnaround among the lengths of the agent who serves this caller, in [0, 1). */
  turnaroundThrow: number
  /**
   * Answered at once by someone the record does not name: this happens in every run, no matter who works. Null: they meet the
   * people.
   */
  passedBy: CallOnRecord | null
}

const TENANT = 'what_if'
/**
 * A longer gap between two stretches of one person's work is a night; in a shorter one they stay signed in and rest.
 */
const LONGEST_BREAK_MS = 4 * 3_600_000
const HOUR_MS = 3_600_000
/** This long after the last call everybody has been served or has hung up. */
const DRAIN_HOURS = 48
/** For someone with fewer answers it is unknown how soon they pick up: they do as all do. */
const ENOUGH = 20
/** For days on which nobody was ever set not responding: the time until someone comes back. */
const BACK_AFTER_MS = 60_000

/**
 * The callers of a day, the same in every run with this seed: what a caller brings does not depend on what they meet,
 * so that two setups are compared on the same callers (common random numbers). Served callers keep their own talk and
 * wrap-up; the others get those of a served caller, drawn at random from the same queue.
 */
export function visitorsOf(record: DayOnRecord, patience: Patience, seed: number): Visitor[] {
  const dice = seededDice(seed)
  const served = record.calls.filter((call) => call.outcome === 'answered' && !isPassedBy(record, call))
  const byQueue = Map.groupBy(served, ({ queueCode }) => queueCode)
  const waited = Map.groupBy(
    record.calls.filter(({ waitMs }) => waitMs > 0),
    ({ queueCode }) => queueCode,
  )
  return record.calls.map((call) => {
    // Always the same number of throws, so that one call more or less changes nothing after it.
    const [patienceThrow, talkThrow, turnaroundThrow, priorityThrow] = [dice(), dice(), dice(), dice()]
    const like = call.outcome === 'answered' ? call : drawn(byQueue.get(call.queueCode) ?? served, talkThrow)
    const ahead = isPriorityUnknown(record, call) ? drawn(waited.get(call.queueCode) ?? [], priorityThrow) : call
    return {
      at: call.at,
      queueCode: call.queueCode,
      priority: (ahead ?? call).priority,
      patienceMs: Math.max(
        1,
        Math.round(patience.of({ waitMs: call.waitMs, gaveUp: call.outcome === 'abandoned' }, patienceThrow)),
      ),
      talkMs: Math.round(like?.serviceMs ?? 0),
      wrapUpMs: Math.round(like?.wrapUpMs ?? 0),
      turnaroundThrow,
      passedBy: isPassedBy(record, call) ? call : null,
    }
  })
}

/**
 * A machine of the bank's, or someone whose day nobody knows, took the call out of the queue's way: it is no work of
 * the modelled people. Most of these services last a few seconds.
 */
function isPassedBy({ staffKnownBy }: DayOnRecord, { outcome, agentId, waitMs }: CallOnRecord): boolean {
  return staffKnownBy === 'services' && outcome === 'answered' && agentId === null && waitMs < NOTICED_MS
}

/**
 * The bank recorded who a caller was when they had to wait; a caller who was answered at once has no recorded priority
 * rather than the lowest.
 */
function isPriorityUnknown(
  { staffKnownBy, headStarts }: DayOnRecord,
  { outcome, waitMs, priority, queueCode }: CallOnRecord,
): boolean {
  return staffKnownBy === 'services' && outcome === 'answered' && waitMs === 0 && priority === headStarts.get(queueCode)
}

/** Lives through the day. @throws Error if calls are left over or the switchboard had to warn of anything */
export async function live(
  record: DayOnRecord,
  { people, queues }: Setup,
  visitors: readonly Visitor[],
  seed: number,
  signal?: AbortSignal,
): Promise<Lived> {
  const settings = new Map(queues.map((queue) => [queue.code, queue]))
  const waiting = new Map<string, { queueCode: string; at: number; index: number }>()
  const calls: CallOnRecord[] = visitors.flatMap(({ passedBy }) => passedBy ?? [])
  const occupied = new Occupied(record)
  const start = Math.min(record.from, ...people.flatMap(({ work }) => work.map(({ from }) => from))) - HOUR_MS
  const calling = new Map<string, VisitingCaller>()
  const writesUp = new Set<string>()
  let open = 0

  const floor = new VirtualCentre({ tenant: TENANT, start, seed, onFact: (fact) => onFact(fact) })
  const { clock, dice, telephony, process } = floor
  const extensionOf = (person: PersonOnRecord) => `ext-${person.agentId}`
  const allRings = people.flatMap(({ ringMs }) => ringMs).sort((a, b) => a - b)
  for (const person of people)
    telephony.plug(
      TENANT,
      extensionOf(person),
      picksUp({
        after: oneOf(person.ringMs.length >= ENOUGH ? person.ringMs : allRings),
        ignores: person.ignores,
        refuses: person.refuses,
      }),
    )
  const attendance = new Map(people.map(({ agentId, work, breaks }) => [agentId, new Attendance(work, breaks)]))
  const turnarounds = new Map(people.map(({ agentId, turnaroundsMs }) => [agentId, turnaroundsMs]))
  const agents = new Agents({
    desk: deskOf(floor),
    clock,
    dice,
    agentIds: [...attendance.keys()],
    working: (agentId, now) => attendance.get(agentId)!.working(now),
    maxBreakMs: LONGEST_BREAK_MS,
    breakReason: 'break',
    wrapUp(_, callId, agentId) {
      const caller = calling.get(callId)
      const lengths = turnarounds.get(agentId)
      if (!caller) return 0
      if (!lengths) return caller.wrapUpMs
      // A break that begins now is all that lies between this call and the next one.
      return attendance.get(agentId)!.isDue(clock.now()) ? 0 : (drawn(lengths, caller.turnaroundThrow) ?? 0)
    },
    backAfter: record.backAfterMs.length > 0 ? oneOf(record.backAfterMs) : always(BACK_AFTER_MS),
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
  agents.start((agentId) => process.switchboard.shift(agentId))
  const stopCalling = letCall(clock, arrivalsOf(visitors.filter(({ passedBy }) => passedBy === null)), (caller) => {
    open++
    const ids = telephony.arrive(caller)
    if (ids) calling.set(ids.callId, caller as VisitingCaller)
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
      const { agentId } = fact.data
      const shift = process.switchboard.shift(agentId)
      if (fact.type === 'AgentCallStarted' && fact.data.wrapUpMs > 0) writesUp.add(agentId)
      // A call's end and the start of its wrap-up are the same moment.
      if (fact.type !== 'AgentCallEnded' || !writesUp.delete(agentId)) {
        attendance
          .get(agentId)
          ?.turn(shift !== null && (shift.reservation !== null || shift.engagement.kind !== 'idle'), fact.at)
      }
      agents.onShift(fact as RecordedShiftEvent)
      occupied.turn(agentId, workOf(shift), fact.at)
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
    calls.push({
      ...judged(outcome, waitMs, settings.get(stay.queueCode)!),
      at: stay.at,
      queueCode: stay.queueCode,
      priority: 0,
      agentId: null,
      serviceMs: 0,
      wrapUpMs: 0,
    })
  }
}

/** The recorded day as it went. If it is not on record what people did between calls, it is taken from an estimate. */
export function livedOf(record: DayOnRecord, between: Between | null): Lived {
  const occupied = new Occupied(record)
  for (const { at, waitMs, serviceMs, wrapUpMs } of record.calls)
    occupied.add('busy', at + waitMs, at + waitMs + serviceMs + wrapUpMs)
  for (const { from, to } of between?.turning ?? []) occupied.add('busy', from, to)
  for (const { agentId, work, breaks } of record.people) {
    for (const { from, to } of without(work, between ? (between.breaks.get(agentId) ?? []) : breaks))
      occupied.add('there', from, to)
  }
  return { calls: record.calls, occupied }
}

type VisitingCaller = Arrival['caller'] & Pick<Visitor, 'wrapUpMs' | 'turnaroundThrow'>

function* arrivalsOf(visitors: readonly Visitor[]): Iterable<Arrival> {
  for (const { at, queueCode, priority, patienceMs, talkMs, wrapUpMs, turnaroundThrow } of visitors) {
    const caller: VisitingCaller = {
      tenant: TENANT,
      from: null,
      to: queueCode,
      gateway: null,
      customerId: null,
      priority,
      patienceMs,
      talkMs,
      holdPatienceMs: HOLD_PATIENCE_MS,
      talkEndedBy: 'customer',
      wrapUpMs,
      turnaroundThrow,
    }
    yield { at, caller }
  }
}

function deskOf(floor: VirtualCentre): AgentDesk {
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

/** Any of some lengths, each equally likely; 0 if there are none. */
function oneOf(lengthsMs: readonly number[]): Draw {
  return lengthsMs.length === 0 ? always(0) : (dice) => drawn(lengthsMs, dice())!
}
