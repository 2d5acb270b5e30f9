/**
 * Agents' recent work: calls and talk within a window, for the strategies that even them out. Corrected against
 * mod_callcenter, which counts from log-in and so punishes those who come early.
 */
import { dayOf, nextDay, startOfDay } from '../kernel/time.ts'

/** How far back to look: the tenant's day so far, or a stretch of time. */
export const workWindows = ['today', '15m', '30m', '60m', '8h', '24h'] as const
export type WorkWindow = (typeof workWindows)[number]

const MINUTE_MS = 60_000
const stretches: Record<Exclude<WorkWindow, 'today'>, number> = {
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '60m': 60 * MINUTE_MS,
  '8h': 480 * MINUTE_MS,
  '24h': 1440 * MINUTE_MS,
}
/** Longer than any window, including a day of 25 hours. */
const FORGOTTEN_MS = 25 * 60 * MINUTE_MS

/** A call of an agent: when it ended, and how long they talked. Plain, so that it fits into a snapshot. */
export type Worked = [at: number, talkMs: number]

/**
 * An agent's recent work, with the sum since the moment last asked for: during a day, all questions share one
 * beginning.
 */
export class AgentWork {
  readonly worked: Worked[]
  #from = Infinity
  #calls = 0
  #talkMs = 0

  constructor(worked: Worked[]) {
    this.worked = worked
  }

  /** The agent has talked. */
  add(at: number, talkMs: number): void {
    const { worked } = this
    worked.push([at, talkMs])
    if (at >= this.#from) {
      this.#calls++
      this.#talkMs += talkMs
    }
    // Done rarely, and many at a time: cutting off one entry would move all the rest each time.
    if (worked[0]![0] <= at - 2 * FORGOTTEN_MS)
      worked.splice(
        0,
        worked.findIndex(([ended]) => ended > at - FORGOTTEN_MS),
      )
  }

  /** Calls that ended since a moment, UTC ms. */
  callsSince(from: number): number {
    this.#sumUp(from)
    return this.#calls
  }

  /** The talk in them, ms. */
  talkSince(from: number): number {
    this.#sumUp(from)
    return this.#talkMs
  }

  #sumUp(from: number): void {
    if (this.#from === from) return
    this.#from = from
    this.#calls = 0
    this.#talkMs = 0
    const { worked } = this
    for (let index = worked.length - 1; index >= 0 && worked[index]![0] >= from; index--) {
      this.#calls++
      this.#talkMs += worked[index]![1]
    }
  }
}

export class Workload {
  readonly #agents = new Map<string, AgentWork>()

  constructor(agents: Iterable<[string, Worked[]]> = []) {
    for (const [agentId, worked] of agents) this.#agents.set(agentId, new AgentWork(worked))
  }

  /** An agent's work. The object stays the same, so frequent callers may keep it. */
  of(agentId: string): AgentWork {
    let agent = this.#agents.get(agentId)
    if (!agent) this.#agents.set(agentId, (agent = new AgentWork([])))
    return agent
  }

  /** When an agent's last talk ended, UTC ms; null: none is remembered. */
  lastEnded(agentId: string): number | null {
    return this.#agents.get(agentId)?.worked.at(-1)?.[0] ?? null
  }

  *[Symbol.iterator](): Iterator<[string, Worked[]]> {
    for (const [agentId, { worked }] of this.#agents) if (worked.length > 0) yield [agentId, worked]
  }
}

/** The start of a window, UTC ms. */
export function windowStart(window: WorkWindow, now: number, zone: string): number {
  return window === 'today' ? startOfToday(now, zone) : now - stretches[window]
}

let today = { zone: '', start: 0, end: 0 }

/** Needed for every choice, and the same all day. */
function startOfToday(now: number, zone: string): number {
  if (today.zone !== zone || now < today.start || now >= today.end) {
    const day = dayOf(now, zone)
    today = { zone, start: startOfDay(day, zone), end: startOfDay(nextDay(day), zone) }
  }
  return today.start
}
