/**
 * What needs attention now: figures beyond their limits, and single callers and agents beyond a threshold.
 * An alarm has a level, an icon and a word, never colour alone.
 */
import { overstay, phoneMissing } from './agent-states.ts'
import { agentsOf, waitingSince, type Figures, type QueueFigures, type Scope } from './figures.ts'
import { leftOut } from './left-out.ts'
import { limitLevel, shareLevel, type Level } from './levels.ts'
import type { AgentRow, QueueRow } from './protocol.ts'
import type { Tables } from './tables.ts'

export interface Limit {
  warning: number
  critical: number
}

/** Limits of a board. A wall may set its own in the address: `?waiting=5,10&longest=60,120&abandoned=5,10` (seconds, percent). */
export interface Limits {
  /** Callers waiting; null: a tenth and a fifth of the agents signed in, at least 5 and 10. */
  waiting: Limit | null
  /** Wait of the caller who has waited longest, ms. */
  longest: Limit
  /** Share abandoned today. */
  abandoned: Limit
}

export const defaultLimits: Limits = {
  waiting: null,
  longest: { warning: 60_000, critical: 120_000 },
  abandoned: { warning: 0.05, critical: 0.1 },
}

/** Reads a wall's limits from its address; missing or senseless values keep the default. */
export function limitsFrom(params: URLSearchParams): Limits {
  const read = (name: string, unit: number): Limit | null => {
    const [warning, critical] = (params.get(name) ?? '').split(',').map(Number)
    if (!(warning! > 0) || !(critical! >= warning!)) return null
    return { warning: warning! * unit, critical: critical! * unit }
  }
  return {
    waiting: read('waiting', 1) ?? defaultLimits.waiting,
    longest: read('longest', 1000) ?? defaultLimits.longest,
    abandoned: read('abandoned', 0.01) ?? defaultLimits.abandoned,
  }
}

export function waitingLimit(limits: Limits, signedIn: number): Limit {
  return (
    limits.waiting ?? {
      warning: Math.max(5, Math.ceil(signedIn / 10)),
      critical: Math.max(10, Math.ceil(signedIn / 5)),
    }
  )
}

export type TileLevels = Record<'waiting' | 'longest' | 'serviceLevel' | 'last30' | 'abandoned' | 'ready', Level | null>

/** Levels of the hero tiles, before holding. */
export function tileLevels(figures: Figures, limits: Limits, now: number): TileLevels {
  const longestMs = figures.longest ? now - waitingSince(figures.longest) : 0
  const target = figures.target?.ratio ?? null
  return {
    waiting: limitLevel(figures.waiting, waitingLimit(limits, figures.signedIn)),
    longest: limitLevel(longestMs, limits.longest),
    serviceLevel: target === null ? null : shareLevel(figures.serviceLevelToday, target),
    last30: target === null ? null : shareLevel(figures.serviceLevelLast30, target),
    abandoned: limitLevel(figures.abandonRateToday, limits.abandoned),
    ready: figures.waiting > 0 && figures.counts.ready + figures.counts.on_demand === 0 ? 'warning' : null,
  }
}

/** Levels of a queue's row: its longest wait, and its service level against its own target. */
export function queueLevels(
  queue: QueueFigures,
  limits: Limits,
  now: number,
): { wait: Level | null; serviceLevel: Level | null } {
  return {
    wait: queue.longest ? limitLevel(now - waitingSince(queue.longest), limits.longest) : null,
    serviceLevel: shareLevel(queue.serviceLevelToday, queue.queue.targetRatio),
  }
}

export type Alarm = { id: string; level: 'warning' | 'critical'; ms: number } & (
  | { kind: 'wait'; queue: QueueRow }
  | { kind: 'serviceLevel'; queue: QueueRow; share: number }
  | { kind: 'stay'; agent: AgentRow }
  | { kind: 'phone'; agent: AgentRow }
  | { kind: 'leftOut'; agent: AgentRow }
  | { kind: 'starving'; queue: QueueRow }
  | { kind: 'mended'; queue: QueueRow }
)

/** How long corrected lists are shown. */
const MENDED_MS = 15 * 60_000

/** Whether the switchboard recently had to correct its lists of this queue. */
export function mendedLately({ mendedAt }: QueueRow, now: number): boolean {
  return mendedAt !== null && now - mendedAt < MENDED_MS
}

/** All alarms of the scope, most severe first. `ms` is how long each has lasted; 0 if unknown. */
export function alarms(
  tables: Tables,
  queues: readonly QueueFigures[],
  scope: Scope,
  limits: Limits,
  now: number,
): Alarm[] {
  const found: Alarm[] = []
  for (const figures of queues) {
    const { wait, serviceLevel } = queueLevels(figures, limits, now)
    if (wait === 'warning' || wait === 'critical') {
      found.push({
        id: `wait ${figures.queue.queueCode}`,
        kind: 'wait',
        level: wait,
        ms: now - waitingSince(figures.longest!),
        queue: figures.queue,
      })
    }
    if (serviceLevel === 'critical') {
      found.push({
        id: `level ${figures.queue.queueCode}`,
        kind: 'serviceLevel',
        level: 'critical',
        ms: 0,
        queue: figures.queue,
        share: figures.serviceLevelToday!,
      })
    }
  }
  for (const { queue } of queues) {
    if (queue.starvingSince !== null)
      found.push({
        id: `starving ${queue.queueCode}`,
        kind: 'starving',
        level: 'critical',
        ms: now - queue.starvingSince,
        queue,
      })
    if (mendedLately(queue, now))
      found.push({
        id: `mended ${queue.queueCode}`,
        kind: 'mended',
        level: 'warning',
        ms: now - queue.mendedAt!,
        queue,
      })
  }
  const apart = leftOut(tables, now)
  for (const agent of agentsOf(tables, scope)) {
    const ms = now - agent.since
    if (apart.has(agent.agentId))
      found.push({ id: `leftOut ${agent.agentId}`, kind: 'leftOut', level: 'warning', ms, agent })
    else if (overstay(agent, now) !== null)
      found.push({ id: `stay ${agent.agentId}`, kind: 'stay', level: 'warning', ms, agent })
    // Only if it costs calls: an agent who would take one but whose phone cannot ring.
    else if (phoneMissing(agent) && agent.state === 'ready')
      found.push({ id: `phone ${agent.agentId}`, kind: 'phone', level: 'warning', ms, agent })
  }
  return found.sort((a, b) => (a.level === b.level ? b.ms - a.ms : a.level === 'critical' ? -1 : 1))
}
