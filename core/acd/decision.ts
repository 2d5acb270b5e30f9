/**
 * Why this agent: the explanation of an offer. What the switchboard saw when it chose is written into
 * the reservation (`AgentReserved.decision`); who could not be chosen, and why, follows from the ledger,
 * by the same rule (`unavailable`) that kept him from being chosen then.
 */
import type { Decision, Membership } from '../agent/events.ts'
import { unavailable, type Shift } from '../agent/state.ts'

/** So many of the candidates are written down with their places; a queue may have thousands. */
export const RANKED = 10

/** A member of the queue at the moment of the decision. */
export interface Member {
  agentId: string
  agentCode: string
  /** His place in the queue; null when he had been taken out of it. */
  membership: Membership | null
  /** His shift, folded up to the decision and not beyond; `{ status: 'none' }` when he never signed in. */
  shift: Shift
}

/** What the decision was about one member. */
export interface Considered {
  agentId: string
  agentCode: string
  level: number | null
  position: number | null
  /** His place in the order, 0 the first; null when he was ruled out, or stood behind those written down. */
  place: number | null
  /** What the strategy compared: see `measures` in `strategies.ts`. */
  measure: number | null
  chosen: boolean
  /**
   * Why he could not be chosen: what `unavailable` says, `signed_out`, `not_member`, `tier` (his level's turn
   * had not come), `matched` (he was being offered another call in that moment). Null for candidates.
   */
  ruledOut: string | null
}

/**
 * Everybody in the queue, candidates first in their order, then those ruled out.
 * @param at moment of the decision, UTC ms
 * @param chosenId who was reserved
 */
export function explain(decision: Decision, chosenId: string, members: readonly Member[], at: number): Considered[] {
  const ranked: Considered[] = decision.ranked.map(({ agentId, agentCode, level, position, measure }, place) => ({
    agentId,
    agentCode,
    level,
    position,
    place,
    measure,
    chosen: agentId === chosenId,
    ruledOut: null,
  }))
  const known = new Set(ranked.map(({ agentId }) => agentId))
  const complete = decision.candidates <= decision.ranked.length
  const others = members
    .filter(({ agentId }) => !known.has(agentId))
    .map(({ agentId, agentCode, membership, shift }): Considered => {
      const { level, position } = membership ?? { level: null, position: null }
      const chosen = agentId === chosenId
      return { agentId, agentCode, level, position, place: chosen ? decision.place : null, measure: null, chosen, ruledOut: chosen ? null : why(membership, shift) }
    })
  return [...ranked, ...others.toSorted((a, b) => Number(b.ruledOut === null) - Number(a.ruledOut === null) || (a.agentCode < b.agentCode ? -1 : 1))]

  function why(membership: Membership | null, shift: Shift): string | null {
    if (shift.status !== 'open') return 'signed_out'
    if (!membership) return 'not_member'
    const reason = unavailable(shift, at)
    if (reason) return reason
    if (decision.level !== null && membership.level > decision.level) return 'tier'
    return complete ? 'matched' : null
  }
}
