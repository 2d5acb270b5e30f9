/**
 * Is an agent's desk there? One browser is the desk of a shift, because someone said in it that they work as this agent
 * (`AgentDeskClaimed`); any other browser that shows the same desk only looks on, and it does not matter what happens
 * to it. The desk reports every few seconds that it is there ({@link DeskPresence.here}). If it is silent for the
 * length of a lease, it is lost: its tab was closed, its machine sleeps or its line is dead. An open connection would
 * reveal only the first of these. The rules (`agent/rules.ts`) decide what then happens to the shift.
 *
 * Reports are kept in memory, their consequences in the ledger: after a restart, every desk that has ever reported in
 * its shift gets one lease to do so again.
 *
 * A timer only brings a look about. Whose silence counts follows from the shifts, and how long it has lasted from the
 * time this process has been listening. While the process was stopped, or its machine slept, everybody was silent to
 * it; by the clock alone all desks would be lost at once.
 */
import type { Clock } from '../kernel/clock.ts'
import type { CommandEnvelope } from '../kernel/command.ts'
import { isProblem, Problem } from '../kernel/problem.ts'
import type { Desk } from './desk.ts'
import { RankedList } from '../kernel/ranked-list.ts'
import type { SwitchboardFact } from '../state/switchboard-fact.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

/** A desk reports this often … */
export const DESK_BEAT_MS = 10_000
/** … and is lost after this much silence: two reports may go missing. */
export const DESK_LEASE_MS = 25_000
/** At least this often, presence checks whose silence counts … */
const LOOK_MS = 5_000
/**
 * … and at most this much of the time between two looks counts as listened to: timers on a busy machine are late by
 * less.
 */
const LISTENED_MOST_MS = 2 * LOOK_MS

export interface DeskPresenceOptions {
  tenant: string
  desk: Pick<Desk, 'deskIsBack' | 'deskIsLost'>
  switchboard: Pick<SwitchboardState, 'shift' | 'shifts' | 'configuration'>
  /** The clock of the people at the desks: real time, even where the tenant's own clock runs faster. */
  clock: Clock
  /** Called when a loss could not be written; it is tried again. */
  onTrouble: (agentId: string, error: unknown) => void
}

export class DeskPresence {
  readonly #dependencies: DeskPresenceOptions
  /** How long each desk may stay silent, in listened time, and the shift it belongs to. */
  readonly #leases = new RankedList()
  readonly #shifts = new Map<string, string>()
  /** Losses being written, or written a moment ago: the switchboard may not have seen them yet. */
  readonly #losing = new Map<string, { written: Promise<void>; over: boolean }>()
  /** How long it has listened, ms, and when that was last counted. */
  #listened = 0
  #countedAt = 0
  #scannedAt = -Infinity
  #timer: { at: number; cancel: () => void } | null = null
  #counting = false

  constructor(options: DeskPresenceOptions) {
    this.#dependencies = options
  }

  /** Every desk that has reported before gets time to do so again. */
  start(): void {
    this.stop()
    this.#counting = true
    this.#countedAt = this.#dependencies.clock.now()
    this.#scannedAt = -Infinity
    this.#look()
  }

  stop(): void {
    this.#counting = false
    this.#timer?.cancel()
    this.#timer = null
    this.#leases.clear()
    this.#shifts.clear()
  }

  /** Takes in a fact from the ledger: once a desk is claimed its silence counts, whether it ever reports or not. */
  noted({ type, data }: Pick<SwitchboardFact, 'type' | 'data'>): void {
    if (!this.#counting || type !== 'AgentDeskClaimed') return
    const { agentId, shiftId } = data as { agentId: string; shiftId: string }
    this.#count()
    this.#lease(agentId, shiftId)
    this.#arm()
  }

  /**
   * The desk of a shift reports that it is there; written only if that changes anything.
   * @throws Problem `agent.not_signed_in`, `agent.desk_elsewhere` if this browser is not the desk of the shift
   */
  async here(agentId: string, deskId: string, envelope: CommandEnvelope): Promise<void> {
    const { desk, switchboard } = this.#dependencies
    // It reports while its loss is being written: the loss comes first, and then it is back.
    const losing = this.#losing.get(agentId)
    await losing?.written
    const shift = switchboard.shift(agentId)
    if (!shift)
      throw new Problem('agent.not_signed_in', {
        agent: switchboard.configuration.state.agents[agentId]?.agentCode ?? agentId,
      })
    // The ledger decides whose desk it is: local knowledge may be a moment old.
    if (losing || shift.deskId !== deskId || shift.deskLost) await desk.deskIsBack(agentId, deskId, envelope)
    if (!this.#counting) return
    this.#count()
    this.#lease(agentId, shift.shiftId)
    // Others may be due although their timer has not fired.
    this.#look()
  }

  /** Does what is due at this moment, whatever brought the look about. */
  #look(): void {
    this.#count()
    if (this.#countedAt - this.#scannedAt >= LOOK_MS) this.#scan()
    for (let first = this.#leases.head(); first && first.rank <= this.#listened; first = this.#leases.head()) {
      const { id } = first
      this.#forget(id)
      const losing = { written: this.#lost(id), over: false }
      void losing.written.then(() => (losing.over = true))
      this.#losing.set(id, losing)
    }
    this.#arm()
  }

  /** Whose silence counts: every desk that has reported in its shift and is not lost. */
  #scan(): void {
    this.#scannedAt = this.#countedAt
    for (const [agentId, { over }] of this.#losing) if (over) this.#losing.delete(agentId)
    const counts = new Set<string>()
    for (const { agentId, shiftId, deskSeen, deskLost } of this.#dependencies.switchboard.shifts()) {
      if (!deskSeen || deskLost || this.#losing.has(agentId)) continue
      counts.add(agentId)
      // It came back through a previous owner, or its loss could not be written.
      if (this.#shifts.get(agentId) !== shiftId) this.#lease(agentId, shiftId)
    }
    for (const agentId of [...this.#shifts.keys()]) if (!counts.has(agentId)) this.#forget(agentId)
  }

  /** Adds the time that was listened to. */
  #count(): void {
    const now = this.#dependencies.clock.now()
    this.#listened += Math.min(Math.max(0, now - this.#countedAt), LISTENED_MOST_MS)
    this.#countedAt = now
  }

  #arm(): void {
    if (!this.#counting) return
    const { clock } = this.#dependencies
    const first = this.#leases.head()
    const at = this.#countedAt + Math.min(LOOK_MS, first ? Math.max(0, first.rank - this.#listened) : LOOK_MS)
    if (this.#timer && this.#timer.at <= at) return
    this.#timer?.cancel()
    const timer = {
      at,
      cancel: clock.at(at, () => {
        if (this.#timer === timer) this.#timer = null
        this.#look()
      }),
    }
    this.#timer = timer
  }

  #lease(agentId: string, shiftId: string): void {
    this.#shifts.set(agentId, shiftId)
    this.#leases.put(agentId, this.#listened + DESK_LEASE_MS)
  }

  #forget(agentId: string): void {
    this.#shifts.delete(agentId)
    this.#leases.remove(agentId)
  }

  async #lost(agentId: string): Promise<void> {
    const { tenant, desk, switchboard, clock, onTrouble } = this.#dependencies
    const shift = switchboard.shift(agentId)
    if (!shift) return
    const commandId = `${shift.shiftId}:desk_silent:${clock.now()}`
    try {
      await desk.deskIsLost(agentId, { tenant, commandId, actor: 'system:switchboard' })
    } catch (error) {
      // The next look finds that it has not been lost yet, and gives it another lease.
      if (!isProblem(error, 'agent.not_signed_in')) onTrouble(agentId, error)
    }
  }
}
