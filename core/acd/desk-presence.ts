/**
 * Is an agent's desk there? One browser is the desk of a shift, because somebody said in it that they work as
 * this agent (`AgentDeskClaimed`); every other one that shows the same desk only looks on, and what becomes of
 * it is nobody's business. The desk says every few seconds that it is there ({@link DeskPresence.here}); silent
 * for the length of a lease it is lost, whether its tab was closed, its machine sleeps or its line is dead: an
 * open connection would tell only the first of these. What then becomes of the shift is the business of the
 * rules (`agent/rules.ts`).
 *
 * What was said is kept in memory, what follows from it in the ledger: after a restart every desk that has
 * ever spoken in its shift is given one lease to speak again.
 */
import type { Clock } from '../kernel/clock.ts'
import type { CommandEnvelope } from '../kernel/command.ts'
import { isProblem, Problem } from '../kernel/problem.ts'
import type { Desk } from './desk.ts'
import type { Switchboard, SwitchboardFact } from './switchboard.ts'

/** A desk speaks this often … */
export const DESK_BEAT_MS = 10_000
/** … and is lost when it has been silent so long: two words may get lost. */
export const DESK_LEASE_MS = 25_000

export interface DeskPresenceOptions {
  tenant: string
  desk: Pick<Desk, 'deskIsBack' | 'deskIsLost'>
  board: Pick<Switchboard, 'shift' | 'shifts' | 'configuration'>
  /** The clock of the people at the desks: real time, also where the tenant's own runs faster. */
  clock: Clock
  /** Told when a loss could not be written; it is tried again. */
  onTrouble: (agentId: string, error: unknown) => void
}

export class DeskPresence {
  readonly #with: DeskPresenceOptions
  /** What ends the lease of each desk. */
  readonly #leases = new Map<string, () => void>()
  #counting = false

  constructor(options: DeskPresenceOptions) {
    this.#with = options
  }

  /** Everybody whose desk has spoken before is given time to do so again. */
  start(): void {
    this.#counting = true
    for (const { agentId, deskSeen, deskLost } of this.#with.board.shifts()) if (deskSeen && !deskLost) this.#lease(agentId)
  }

  stop(): void {
    this.#counting = false
    for (const cancel of this.#leases.values()) cancel()
    this.#leases.clear()
  }

  /** The ledger says something: from its claim on a desk's silence counts, whether it ever speaks or not. */
  noted({ type, data }: Pick<SwitchboardFact, 'type' | 'data'>): void {
    if (this.#counting && type === 'AgentDeskClaimed') this.#lease((data as { agentId: string }).agentId)
  }

  /**
   * The desk of a shift says that it is there; written only when that is news.
   * @throws Problem `agent.not_signed_in`, `agent.desk_elsewhere` where it is not the desk of the shift
   */
  async here(agentId: string, deskId: string, envelope: CommandEnvelope): Promise<void> {
    const { desk, board } = this.#with
    const shift = board.shift(agentId)
    if (!shift) throw new Problem('agent.not_signed_in', { agent: board.configuration.state.agents[agentId]?.agentCode ?? agentId })
    // Whose desk it is the ledger decides: what is known here may be a moment old.
    if (shift.deskId !== deskId || shift.deskLost) await desk.deskIsBack(agentId, deskId, envelope)
    this.#lease(agentId)
  }

  #lease(agentId: string): void {
    const { clock } = this.#with
    this.#leases.get(agentId)?.()
    this.#leases.set(
      agentId,
      clock.at(clock.now() + DESK_LEASE_MS, () => {
        this.#leases.delete(agentId)
        void this.#lost(agentId)
      }),
    )
  }

  async #lost(agentId: string): Promise<void> {
    const { tenant, desk, board, clock, onTrouble } = this.#with
    const shift = board.shift(agentId)
    if (!shift) return
    const commandId = `${shift.shiftId}:desk_silent:${clock.now()}`
    try {
      await desk.deskIsLost(agentId, { tenant, commandId, actor: 'system:switchboard' })
    } catch (error) {
      if (isProblem(error, 'agent.not_signed_in')) return
      onTrouble(agentId, error)
      if (!this.#leases.has(agentId)) this.#lease(agentId)
    }
  }
}
