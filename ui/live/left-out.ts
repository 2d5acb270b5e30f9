/**
 * Agents who are ready far longer than all others although there is work for them. Whatever the reason (a rule, a tier that is never
 * reached, a bug), a supervisor wants to see it within minutes and not after a shift.
 *
 * The rule, per queue, among those working in it (ready, ringing, in a call, in wrap-up; at least three):
 * 1. they have been ready, with a phone that can ring, for at least {@link LONG_MS};
 * 2. nobody else is ready for more than a quarter of that time; several stand out together if they are no more than a quarter of all;
 * 3. there is work: a caller of the queue has waited {@link WAITS_MS}, or two colleagues have been given callers from it since.
 */
import { isWaiting, waitingSince } from './figures.ts'
import type { AgentRow, LiveCallRow } from './protocol.ts'
import type { Tables } from './tables.ts'

const LONG_MS = 10 * 60_000
const WAITS_MS = 30_000
const FAR = 4
const FEWEST = 3
const COLLEAGUES = 2

const withCall: ReadonlySet<string> = new Set(['ringing', 'in_call', 'on_hold'])
const working: ReadonlySet<string> = new Set([...withCall, 'ready', 'on_demand', 'wrap_up'])

/** Whether this agent's phone could ring now, as far as the board knows. */
function isReachable(agent: AgentRow): boolean {
  const ready = agent.state === 'ready' || agent.state === 'on_demand'
  return (
    ready &&
    (agent.registered || agent.longSignIn === 'active') &&
    agent.desk !== 'lost' &&
    !agent.reserved &&
    agent.wishedWork === null
  )
}

/** Their ids. */
export function leftOut(tables: Pick<Tables, 'agent_monitor' | 'calls'>, now: number): ReadonlySet<string> {
  const found = new Set<string>()
  const queues = new Map<string, AgentRow[]>()
  for (const agent of tables.agent_monitor.values()) {
    if (!working.has(agent.state)) continue
    for (const code of agent.queueCodes) {
      const members = queues.get(code)
      if (members) members.push(agent)
      else queues.set(code, [agent])
    }
  }
  const longestWaits = new Map<string, number>()
  for (const call of tables.calls.values()) {
    if (!isWaiting(call) || call.queueCode === null) continue
    longestWaits.set(call.queueCode, Math.max(longestWaits.get(call.queueCode) ?? 0, now - waitingSince(call)))
  }
  for (const [code, members] of queues) {
    const apart = standApart(members, now)
    const last = apart.at(-1)
    if (!last) continue
    const hasWork =
      (longestWaits.get(code) ?? 0) >= WAITS_MS || givenSince(members, code, last.since, tables.calls) >= COLLEAGUES
    if (hasWork) for (const { agentId } of apart) found.add(agentId)
  }
  return found
}

/** Those of a queue who have been ready far longer than the rest, the longest first. */
function standApart(members: readonly AgentRow[], now: number): AgentRow[] {
  if (members.length < FEWEST) return []
  const ready = members.filter(isReachable).sort((a, b) => a.since - b.since)
  const most = Math.max(1, Math.floor(members.length / FAR))
  for (let count = Math.min(most, ready.length); count > 0; count--) {
    const shortest = now - ready[count - 1]!.since
    const next = ready[count]
    if (shortest >= LONG_MS && (next === undefined || (now - next.since) * FAR <= shortest))
      return ready.slice(0, count)
  }
  return []
}

/** How many colleagues have been given a caller of the queue since then, and still are with them. */
function givenSince(
  members: readonly AgentRow[],
  queueCode: string,
  since: number,
  calls: ReadonlyMap<string, LiveCallRow>,
): number {
  let given = 0
  for (const { state, since: their, callId } of members) {
    if (withCall.has(state) && their > since && callId !== null && calls.get(callId)?.queueCode === queueCode) given++
  }
  return given
}
