/**
 * Simulated agents at their desks: they come, take calls, wrap up, take breaks, and go home. They use the same commands
 * as people do, and believe only what the ledger says of their shift: after a restart they continue from the shift they
 * find, and what a supervisor did to them stands.
 */
import { shiftDecider } from '@ledgerline/core/agent/shift.ts'
import type { OpenShift, Shift } from '@ledgerline/core/agent/state.ts'
import type { ShiftEvent } from '@ledgerline/core/agent/events.ts'
import type { Clock, Dice } from '@ledgerline/core/kernel/clock.ts'
import { exponential, type Draw } from './draws.ts'

/** What agents can do at their desk. Each resolves when the command was answered, and rejects when it was refused. */
export interface AgentDesk {
  signIn(agentId: string): Promise<unknown>
  ready(agentId: string): Promise<unknown>
  away(agentId: string, reason: string): Promise<unknown>
  endWrapUp(agentId: string): Promise<unknown>
  signOut(agentId: string): Promise<unknown>
  /** The agent disappears without notice: the desk is dead, the phone rings in an empty room. */
  vanish?(agentId: string): void
  comeBack?(agentId: string): void
}

/** When somebody works, UTC ms. */
export interface Working {
  from: number
  to: number
}

export interface AgentsOptions {
  desk: AgentDesk
  clock: Clock
  dice: Dice
  agentIds: readonly string[]
  /**
   * When an agent works, around a moment: the stretches of that day and the next ones, in order. Gaps
   * within `maxBreakMs` are breaks, for which the agent stays signed in.
   */
  working: (agentId: string, now: number) => readonly Working[]
  maxBreakMs: number
  breakReason: string
  /** How long the wrap-up after a call takes. */
  wrapUp: (dice: Dice, callId: string, agentId: string) => number
  /** How long it takes the agent to return after being set not responding. */
  backAfter: Draw
  /** Some suddenly disappear, at this rate per hour of work, and come back after a while; nobody by default. */
  vanishes?: { perHour: number; for: Draw }
  /** Called with a command that was refused; the agent tries again a little later. */
  onRefusal?: (agentId: string, error: unknown) => void
}

/** What an agent means to be doing at a moment, and until when that holds. */
type Intention = { to: 'work' | 'rest' | 'leave'; until: number | null }

interface Agent {
  shift: Shift
  /** The state a supervisor set; it holds for this stretch of work. */
  forcedUntil: number | null
  /** When the wrap-up of this call will be done. */
  wrapUp: { callId: string; doneAt: number } | null
  backAt: number | null
  /** When the agent will disappear without notice or, while gone, be back. */
  vanishing: { gone: boolean; until: number } | null
  /** The agent was asked to come and has not signed in yet. */
  coming: boolean
  /** Somebody else signed in as this agent: a person at a desk in a browser. */
  person: boolean
  /** A command is under way, or its event has not been seen yet. */
  waitsUntil: number
  cancel: () => void
}

/** After a command the agent looks again after this time if nothing has appeared in the ledger. */
const LOOK_AGAIN_MS = 5_000
/** Plans are reviewed at least this often. */
const HOUR_MS = 3_600_000
const PLAN_AGAIN_MS = HOUR_MS

export class Agents {
  readonly #with: AgentsOptions
  readonly #agents = new Map<string, Agent>()
  #stopped = true

  constructor(options: AgentsOptions) {
    this.#with = options
    for (const agentId of options.agentIds) {
      this.#agents.set(agentId, {
        shift: shiftDecider.initial,
        forcedUntil: null,
        wrapUp: null,
        backAt: null,
        vanishing: null,
        coming: false,
        person: false,
        waitsUntil: 0,
        cancel: () => {},
      })
    }
  }

  /** They start, each from their current shift. */
  start(shiftOf: (agentId: string) => OpenShift | null): void {
    this.#stopped = false
    for (const [agentId, agent] of this.#agents) {
      agent.shift = shiftOf(agentId) ?? shiftDecider.initial
      this.#consider(agentId, agent)
    }
  }

  /** What the ledger says of a shift. */
  onShift(event: ShiftEvent & { at: number }): void {
    const agent = this.#agents.get(event.data.agentId)
    if (!agent) return
    agent.shift = shiftDecider.evolve(agent.shift, event)
    agent.waitsUntil = 0
    if (event.type === 'AgentSignedIn') {
      agent.person = !agent.coming
      agent.coming = false
    }
    if (event.type === 'AgentBecameReady') agent.forcedUntil = null
    if (
      'by' in event.data &&
      event.data.by === 'supervisor' &&
      event.type !== 'AgentBecameReady' &&
      event.type !== 'AgentWrapUpEnded'
    ) {
      agent.forcedUntil = this.#intention(event.data.agentId).until ?? Number.POSITIVE_INFINITY
    }
    if (!this.#stopped) this.#consider(event.data.agentId, agent)
  }

  /** When somebody is at work: now, or the moment the next one comes. Infinity when nobody ever does. */
  nextAtWork(): number {
    const now = this.#with.clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const [agentId, { shift }] of this.#agents) {
      if (shift.status === 'open') return now
      for (const { from, to } of this.#with.working(agentId, now))
        if (to > now) next = Math.min(next, Math.max(from, now))
    }
    return next
  }

  /** They stop acting; their shifts stay as they are. */
  stop(): void {
    this.#stopped = true
    for (const agent of this.#agents.values()) agent.cancel()
  }

  /** Does what the agent means to do now, or sets an alarm for the next thing to do. */
  #consider(agentId: string, agent: Agent): void {
    const { clock, desk, breakReason } = this.#with
    const now = clock.now()
    agent.cancel()
    if (this.#isGone(agentId, agent, now)) return this.#wake(agentId, agent, agent.vanishing!.until)
    if (agent.waitsUntil > now) return this.#wake(agentId, agent, agent.waitsUntil)
    const intention = this.#intention(agentId)
    if (agent.forcedUntil !== null && now >= agent.forcedUntil) agent.forcedUntil = null
    const { shift } = agent
    const later = (at: number | null) =>
      this.#wake(agentId, agent, Math.min(at ?? Number.POSITIVE_INFINITY, intention.until ?? Number.POSITIVE_INFINITY))

    if (shift.status !== 'open') {
      if (intention.to === 'work' && agent.forcedUntil === null) {
        agent.coming = true
        return this.#do(agentId, agent, desk.signIn(agentId))
      }
      return later(agent.forcedUntil)
    }
    // A person who signed in as this agent at a desk in a browser decides for themselves.
    if (agent.person) return later(null)
    if (shift.engagement.kind === 'wrap_up') {
      const doneAt = this.#doneAt(agentId, agent, shift.engagement.callId, shift.engagement.since)
      return now >= doneAt ? this.#do(agentId, agent, desk.endWrapUp(agentId)) : this.#wake(agentId, agent, doneAt)
    }
    const wanted = shift.wish?.work ?? shift.work
    if (intention.to === 'leave')
      return wanted === 'signed_out' ? later(null) : this.#do(agentId, agent, desk.signOut(agentId))
    if (intention.to === 'rest')
      return wanted === 'away' || wanted === 'not_ready'
        ? later(null)
        : this.#do(agentId, agent, desk.away(agentId, breakReason))
    if (shift.notResponding) {
      agent.backAt ??= now + Math.max(0, this.#with.backAfter(this.#with.dice))
      if (now < agent.backAt) return later(agent.backAt)
    }
    agent.backAt = null
    if (wanted === 'ready' || agent.forcedUntil !== null) return later(agent.forcedUntil)
    return this.#do(agentId, agent, desk.ready(agentId))
  }

  /** Has the agent disappeared without notice? That is possible at work too. */
  #isGone(agentId: string, agent: Agent, now: number): boolean {
    const { vanishes, desk, dice } = this.#with
    if (!vanishes) return false
    if (agent.shift.status !== 'open' && !agent.vanishing?.gone) {
      agent.vanishing = null
      return false
    }
    agent.vanishing ??= { gone: false, until: now + exponential(HOUR_MS / vanishes.perHour)(dice) }
    if (now < agent.vanishing.until) return agent.vanishing.gone
    if (agent.vanishing.gone) {
      agent.vanishing = null
      desk.comeBack?.(agentId)
      return false
    }
    agent.vanishing = { gone: true, until: now + Math.max(1, vanishes.for(dice)) }
    desk.vanish?.(agentId)
    return true
  }

  #intention(agentId: string): Intention {
    const { clock, working, maxBreakMs } = this.#with
    const now = clock.now()
    const stretches = working(agentId, now)
    const current = stretches.find(({ from, to }) => from <= now && now < to)
    if (current) return { to: 'work', until: current.to }
    const next = stretches.find(({ from }) => from > now)
    const before = stretches.findLast(({ to }) => to <= now)
    if (next && before && next.from - before.to <= maxBreakMs) return { to: 'rest', until: next.from }
    return { to: 'leave', until: next?.from ?? null }
  }

  /** Drawn once per call. */
  #doneAt(agentId: string, agent: Agent, callId: string, since: number): number {
    if (agent.wrapUp?.callId !== callId)
      agent.wrapUp = { callId, doneAt: since + Math.max(0, this.#with.wrapUp(this.#with.dice, callId, agentId)) }
    return agent.wrapUp.doneAt
  }

  #do(agentId: string, agent: Agent, command: Promise<unknown>): void {
    agent.waitsUntil = this.#with.clock.now() + LOOK_AGAIN_MS
    this.#wake(agentId, agent, agent.waitsUntil)
    command.catch((error: unknown) => this.#with.onRefusal?.(agentId, error))
  }

  #wake(agentId: string, agent: Agent, at: number): void {
    agent.cancel()
    const now = this.#with.clock.now()
    const vanishes = agent.vanishing?.until ?? Number.POSITIVE_INFINITY
    agent.cancel = this.#with.clock.at(Math.min(at, vanishes, now + PLAN_AGAIN_MS), () => {
      if (!this.#stopped) this.#consider(agentId, agent)
    })
  }
}
