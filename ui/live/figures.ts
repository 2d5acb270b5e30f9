/**
 * What the boards compute from their rows: figures of everything (or of the filtered queues) and of each queue.
 * Definitions are those of the data dictionary; ratios are ratios of sums, and a zero
 * denominator is null (drawn as –), never 0 %.
 */
import { abandonRate, occupancy, serviceLevel, valueOf } from '@ledgerline/projections/reports/ratios.ts'
import type { AgentRow, AgentState, LiveCallRow, QueueDayRow, QueueMinuteRow, QueueRow, QueueSums } from './protocol.ts'
import type { Tables } from './tables.ts'

const MINUTE = 60_000

export type Sums = Omit<QueueSums, 'queueCode'>
const noSums: Sums = { offered: 0, answered: 0, abandoned: 0, shortAbandoned: 0, answeredInTarget: 0 }

export function addSums(rows: Iterable<Sums>): Sums {
  const sum = { ...noSums }
  for (const row of rows) {
    sum.offered += row.offered
    sum.answered += row.answered
    sum.abandoned += row.abandoned
    sum.shortAbandoned += row.shortAbandoned
    sum.answeredInTarget += row.answeredInTarget
  }
  return sum
}

/** Sums of the minutes that began in the last `minutes`, the present one included. */
export function lastMinutes(rows: Iterable<Sums & { startsAt: number }>, now: number, minutes: number): Sums {
  const from = Math.floor(now / MINUTE) * MINUTE - (minutes - 1) * MINUTE
  return addSums(within(rows, from, now))
}

function* within<R extends { startsAt: number }>(rows: Iterable<R>, from: number, until: number): Generator<R> {
  for (const row of rows) if (row.startsAt >= from && row.startsAt <= until) yield row
}

/** Nobody has answered yet: the caller is in the queue, or an agent's phone is ringing. */
export function isWaiting(call: LiveCallRow): boolean {
  return call.status === 'waiting' || call.status === 'offered'
}

/** When the wait began, including time in a place that was kept. */
export function waitingSince(call: LiveCallRow): number {
  return call.joinedAt ?? call.queuedAt ?? call.receivedAt
}

export type StateCounts = Readonly<Record<AgentState, number>>

export function countStates(agents: Iterable<AgentRow>): StateCounts {
  const counts: Record<AgentState, number> = {
    ready: 0,
    ringing: 0,
    in_call: 0,
    on_hold: 0,
    wrap_up: 0,
    previewing: 0,
    on_demand: 0,
    not_ready: 0,
    away: 0,
    not_responding: 0,
    signed_out: 0,
  }
  for (const agent of agents) counts[agent.state] = (counts[agent.state] ?? 0) + 1
  return counts
}

function signedIn(counts: StateCounts): number {
  let all = 0
  for (const [state, n] of Object.entries(counts)) if (state !== 'signed_out') all += n
  return all
}

export interface Figures {
  waiting: number
  longest: LiveCallRow | null
  today: Sums
  last30: Sums
  serviceLevelToday: number | null
  serviceLevelLast30: number | null
  abandonRateToday: number | null
  counts: StateCounts
  signedIn: number
  /** At this moment: counted from agents by state, not from time. */
  occupancy: number | null
  /** The target of the service level; null when there is no queue. */
  target: Target | null
}

/** A service-level target: the share of calls to answer, and within what time. */
export interface Target {
  ratio: number
  /** Null when the queues differ. */
  ms: number | null
}

export interface QueueFigures {
  queue: QueueRow
  waiting: number
  longest: LiveCallRow | null
  today: Sums
  serviceLevelToday: number | null
  abandonRateToday: number | null
  counts: StateCounts
}

/** The part on show; null is everything. */
export interface Scope {
  queues: ReadonlySet<string> | null
  group: string | null
}

export const wholeHouse: Scope = { queues: null, group: null }

function servesScope(agent: AgentRow, { queues, group }: Scope): boolean {
  if (group !== null && agent.groupCode !== group) return false
  return queues === null || agent.queueCodes.some((code) => queues.has(code))
}

function inScope(queueCode: string | null, { queues }: Scope): boolean {
  return queues === null || (queueCode !== null && queues.has(queueCode))
}

/** Waiting callers of the scope, the one who has waited longest first. */
export function waitingCalls(tables: Tables, scope: Scope): LiveCallRow[] {
  const calls = [...tables.calls.values()].filter((call) => isWaiting(call) && inScope(call.queueCode, scope))
  return calls.sort((a, b) => waitingSince(a) - waitingSince(b) || (a.callId < b.callId ? -1 : 1))
}

/** Each queue's newest day: just after midnight yesterday's row may still be there. */
function todayRows(tables: Tables, scope: Scope): QueueDayRow[] {
  const rows = [...tables.queue_day.values()].filter((row) => inScope(row.queueCode, scope))
  const newest = rows.reduce((day, row) => (row.day > day ? row.day : day), '')
  return rows.filter((row) => row.day === newest)
}

/** The target of several queues together: weighted by calls offered today, unweighted if there were none. */
function targetOf(queues: readonly QueueRow[], today: readonly QueueDayRow[]): Target | null {
  if (queues.length === 0) return null
  const offered = new Map(today.map((row) => [row.queueCode, row.offered]))
  const known = queues.some((queue) => (offered.get(queue.queueCode) ?? 0) > 0)
  let weights = 0
  let ratio = 0
  for (const queue of queues) {
    const weight = known ? (offered.get(queue.queueCode) ?? 0) : 1
    weights += weight
    ratio += weight * queue.targetRatio
  }
  const [first] = queues
  return {
    ratio: Math.round((ratio / weights) * 1e4) / 1e4,
    ms: queues.every((queue) => queue.targetMs === first!.targetMs) ? first!.targetMs : null,
  }
}

/** Figures of the scope as a whole. An agent of several queues counts once. */
export function figures(tables: Tables, scope: Scope, now: number): Figures {
  const waiting = waitingCalls(tables, scope)
  const dayRows = todayRows(tables, scope)
  const today = addSums(dayRows)
  const last30 = lastMinutes(minutesOf(tables, scope), now, 30)
  const counts = countStates(agentsOf(tables, scope))
  return {
    waiting: waiting.length,
    longest: waiting[0] ?? null,
    today,
    last30,
    serviceLevelToday: valueOf(serviceLevel, today),
    serviceLevelLast30: valueOf(serviceLevel, last30),
    abandonRateToday: valueOf(abandonRate, today),
    counts,
    signedIn: signedIn(counts),
    occupancy: valueOf(occupancy, counts),
    target: targetOf(
      [...tables.queues.values()].filter((queue) => inScope(queue.queueCode, scope)),
      dayRows,
    ),
  }
}

export function* agentsOf(tables: Tables, scope: Scope): Generator<AgentRow> {
  for (const agent of tables.agent_monitor.values()) if (servesScope(agent, scope)) yield agent
}

export function* minutesOf(tables: Tables, scope: Scope): Generator<QueueMinuteRow> {
  for (const row of tables.queue_minute.values()) if (inScope(row.queueCode, scope)) yield row
}

/** Each queue's own figures, in the standard order: priority, then name. */
export function queueFigures(tables: Tables, scope: Scope): QueueFigures[] {
  const waiting = Map.groupBy(waitingCalls(tables, scope), (call) => call.queueCode)
  const days = new Map(todayRows(tables, scope).map((row) => [row.queueCode, row]))
  const agents = new Map<string, AgentRow[]>()
  for (const agent of agentsOf(tables, scope)) {
    for (const code of agent.queueCodes) {
      const members = agents.get(code)
      if (members) members.push(agent)
      else agents.set(code, [agent])
    }
  }
  // A queue asked for by code is shown, empty, even if the configuration at that moment does not have it.
  const bare = [...(scope.queues ?? [])].filter((code) => !tables.queues.has(code))
  return [
    ...tables.queues.values(),
    ...bare.map((code): QueueRow => ({
      queueCode: code,
      name: code,
      priority: 0,
      targetMs: 0,
      targetRatio: 0,
      maxWaitMs: 0,
      starvingSince: null,
      mendedAt: null,
    })),
  ]
    .filter((queue) => inScope(queue.queueCode, scope))
    .sort(byPriorityThenName)
    .map((queue) => {
      const calls = waiting.get(queue.queueCode) ?? []
      const today = addSums([days.get(queue.queueCode) ?? noSums])
      return {
        queue,
        waiting: calls.length,
        longest: calls[0] ?? null,
        today,
        serviceLevelToday: valueOf(serviceLevel, today),
        abandonRateToday: valueOf(abandonRate, today),
        counts: countStates(agents.get(queue.queueCode) ?? []),
      }
    })
}

export function byPriorityThenName(a: QueueRow, b: QueueRow): number {
  return b.priority - a.priority || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.queueCode < b.queueCode ? -1 : 1)
}
