/** The steps that follow from a state, collected for one look at a call or a shift. */
import type { ShiftCommand } from '../agent/commands.ts'
import type { CallCommand } from '../call/commands.ts'
import type { LegCommand } from '../telephony/port.ts'

/** Something to do once, under its key. */
export type Step =
  | { to: 'call'; key: string; callId: string; command: CallCommand }
  | { to: 'shift'; key: string; agentId: string; shiftId: string; command: ShiftCommand; callId?: string }
  /** `owner` has the leg: a call, or a shift in the network's words (`ownerOfShift`). */
  | { to: 'network'; key: string; owner: string; legId: string; command: LegCommand }

/** What to do, and when to look again if nothing happens. */
export interface Follow {
  readonly steps: readonly Step[]
  /** UTC ms; null: only when something happens. */
  readonly wakeAt: number | null
}

/** Collects the steps of one look, and the earliest moment at which to look again. */
export class Steps implements Follow {
  readonly steps: Step[] = []
  wakeAt: number | null = null
  /** The moment of the look, UTC ms. */
  readonly now: number
  readonly #owner: string

  /** @param owner whose legs the network steps are for: a call, or a shift in the network's words (`ownerOfShift`) */
  constructor(owner: string, now: number) {
    this.#owner = owner
    this.now = now
  }

  call(key: string, callId: string, command: CallCommand): void {
    this.steps.push({ to: 'call', key, callId, command })
  }

  shift(key: string, { agentId, shiftId }: { agentId: string; shiftId: string }, command: ShiftCommand): void {
    this.steps.push({ to: 'shift', key, agentId, shiftId, command })
  }

  /** A network command for a leg; its key only needs to be unique within the leg. */
  network(key: string, legId: string, command: LegCommand): void {
    this.steps.push({ to: 'network', key: `${legId}:${key}`, owner: this.#owner, legId, command })
  }

  /** True when the moment has come; otherwise asks to be woken then. */
  due(at: number): boolean {
    if (at <= this.now) return true
    this.wakeAt = Math.min(this.wakeAt ?? Infinity, at)
    return false
  }
}
