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

export class Workload {
  readonly #agents = new Map<string, Worked[]>()

  constructor(agents: Iterable<[string, Worked[]]> = []) {
    for (const [agentId, worked] of agents) this.#agents.set(agentId, worked)
  }

  /** An agent has talked. */
  add(agentId: string, at: number, talkMs: number): void {
    const worked = this.#agents.get(agentId)
    if (!worked) {
      this.#agents.set(agentId, [[at, talkMs]])
      return
    }
    worked.push([at, talkMs])
    const old = worked.findIndex(([ended]) => ended > at - FORGOTTEN_MS)
    if (old > 0) worked.splice(0, old)
  }

  /** Calls that ended since a moment, and the talk in them. */
  since(agentId: string, from: number): { calls: number; talkMs: number } {
    let calls = 0
    let talkMs = 0
    const worked = this.#agents.get(agentId) ?? []
    for (let index = worked.length - 1; index >= 0 && worked[index]![0] >= from; index--) {
      calls++
      talkMs += worked[index]![1]
    }
    return { calls, talkMs }
  }

  /** When an agent's last talk ended, UTC ms; null: none is remembered. */
  lastEnded(agentId: string): number | null {
    return this.#agents.get(agentId)?.at(-1)?.[0] ?? null
  }

  [Symbol.iterator](): Iterator<[string, Worked[]]> {
    return this.#agents[Symbol.iterator]()
  }
}

/** Where a window begins, UTC ms. */
export function windowStart(window: WorkWindow, now: number, zone: string): number {
  return window === 'today' ? startOfDay(dayOf(now, zone), zone) : now - stretches[window]
}
