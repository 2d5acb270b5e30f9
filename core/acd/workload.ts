/**
 * What agents did lately: calls and talk within a window, for the strategies that even them out. Corrected
 * against mod_callcenter, which counts since log-in and so punishes whoever comes early.
 */
import { dayOf, startOfDay } from '../kernel/time.ts'

/** How far back is looked: the tenant's day so far, or a stretch of time. */
export const workWindows = ['today', '15m', '30m', '60m', '8h', '24h'] as const
export type WorkWindow = (typeof workWindows)[number]

const MINUTE_MS = 60_000
const stretches: Record<Exclude<WorkWindow, 'today'>, number> = { '15m': 15 * MINUTE_MS, '30m': 30 * MINUTE_MS, '60m': 60 * MINUTE_MS, '8h': 480 * MINUTE_MS, '24h': 1440 * MINUTE_MS }
/** Longer ago than any window, a day of 25 hours included. */
const FORGOTTEN_MS = 25 * 60 * MINUTE_MS

/** A call of an agent: when it was over, and how long he talked. Plain, so that it can be in a snapshot. */
export type Worked = [at: number, talkMs: number]

/** What is remembered of an agent, and the sum since the moment that was asked for last: a day has one beginning for all its questions. */
interface Remembered {
  worked: Worked[]
  from: number
  calls: number
  talkMs: number
}

export class Workload {
  readonly #agents = new Map<string, Remembered>()

  constructor(agents: Iterable<[string, Worked[]]> = []) {
    for (const [agentId, worked] of agents) this.#agents.set(agentId, { worked, from: Infinity, calls: 0, talkMs: 0 })
  }

  /** An agent has talked. */
  add(agentId: string, at: number, talkMs: number): void {
    let agent = this.#agents.get(agentId)
    if (!agent) this.#agents.set(agentId, (agent = { worked: [], from: Infinity, calls: 0, talkMs: 0 }))
    const { worked } = agent
    worked.push([at, talkMs])
    if (at >= agent.from) {
      agent.calls++
      agent.talkMs += talkMs
    }
    // Seldom, and then many at once: cutting one off at a time would move the rest each time.
    if (worked[0]![0] <= at - 2 * FORGOTTEN_MS) worked.splice(0, worked.findIndex(([ended]) => ended > at - FORGOTTEN_MS))
  }

  /** Calls that ended since a moment, and the talk in them. */
  since(agentId: string, from: number): { calls: number; talkMs: number } {
    const agent = this.#agents.get(agentId)
    if (!agent) return NOTHING
    if (agent.from !== from) {
      agent.from = from
      agent.calls = 0
      agent.talkMs = 0
      const { worked } = agent
      for (let index = worked.length - 1; index >= 0 && worked[index]![0] >= from; index--) {
        agent.calls++
        agent.talkMs += worked[index]![1]
      }
    }
    return agent
  }

  /** When an agent's last talk ended, UTC ms; null: none is remembered. */
  lastEnded(agentId: string): number | null {
    return this.#agents.get(agentId)?.worked.at(-1)?.[0] ?? null
  }

  *[Symbol.iterator](): Iterator<[string, Worked[]]> {
    for (const [agentId, { worked }] of this.#agents) yield [agentId, worked]
  }
}

const NOTHING = { calls: 0, talkMs: 0 }

/** Where a window begins, UTC ms. */
export function windowStart(window: WorkWindow, now: number, zone: string): number {
  return window === 'today' ? startOfToday(dayOf(now, zone), zone) : now - stretches[window]
}

let lastToday = { day: '', zone: '', start: 0 }

/** Asked at every choice, and the same all day. */
function startOfToday(day: string, zone: string): number {
  if (lastToday.day !== day || lastToday.zone !== zone) lastToday = { day, zone, start: startOfDay(day, zone) }
  return lastToday.start
}
