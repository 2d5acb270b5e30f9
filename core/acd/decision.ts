/**
 * Why this agent: the explanation of an offer. What the switchboard saw when it chose is written into
 * the reservation (`AgentReserved.decision`), whom it saw in full (`candidate-bits.ts`); who could not be chosen, and
 * why, follows from the ledger, by the same rule (`unavailable`) that kept them from being chosen then. Of somebody
 * whom that rule would have let through and whom the switchboard did not see, that is said, and never that they could be chosen.
 */
import type { Decision, Membership } from '../agent/events.ts'
import { unavailable, type Shift } from '../agent/state.ts'
import { readCandidates } from './candidate-bits.ts'

/** So many of the candidates are written down with their places; a queue may have thousands. */
export const RANKED = 10

/** A member of the queue at the moment of the decision. */
export interface Member {
  agentId: string
  agentCode: string
  /** Their place in the queue; null when they had been taken out of it. */
  membership: Membership | null
  /** Their shift, folded up to the decision and no further; `{ status: 'none' }` when they never signed in. */
  shift: Shift
  /** Is the next thing that happened in that shift, soon after, that another call was offered? */
  reservedNext: boolean
}

/** Whoever is given another call is reserved for it so soon. */
export const RESERVED_SOON_MS = 10_000

/** What the decision was about one member. */
export interface Considered {
  agentId: string
  agentCode: string
  level: number | null
  position: number | null
  /** Their place in the order, 0 the first; null when they were ruled out, or came after those written down. */
  place: number | null
  /** What the strategy compared: see `measures` in `queue/strategies.ts`. */
  measure: number | null
  chosen: boolean
  /**
   * Why they could not be chosen: what `unavailable` says, `signed_out`, `not_member`, `tier` (their level's turn
   * had not come), `matched` (was being offered another call in that moment), `unlisted` (was free, and the switchboard
   * did not see it), `unrecorded` (it was not written down whom it saw). Null for candidates.
   */
  ruledOut: string | null
}

/**
 * Everybody in the queue, candidates first in their order, then those ruled out.
 * @param at moment of the decision, UTC ms
 * @param chosenId who was reserved
 * @param roster agents configured for the queue in the decision's version (`rosters`); null: not known
 */
export function explain(
  decision: Decision,
  chosenId: string,
  members: readonly Member[],
  at: number,
  roster: readonly string[] | null,
): Considered[] {
  const sight = readCandidates(decision.seen ?? null, decision.others ?? [], roster)
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
    .map((member): Considered => {
      const { agentId, agentCode, membership } = member
      const { level, position } = membership ?? { level: null, position: null }
      const chosen = agentId === chosenId
      return {
        agentId,
        agentCode,
        level,
        position,
        place: chosen ? decision.place : null,
        measure: null,
        chosen,
        ruledOut: chosen ? null : why(member),
      }
    })
  return [
    ...ranked,
    ...others.toSorted(
      (a, b) => Number(b.ruledOut === null) - Number(a.ruledOut === null) || (a.agentCode < b.agentCode ? -1 : 1),
    ),
  ]

  function why({ agentId, membership, shift, reservedNext }: Member): string | null {
    if (!complete && sight?.has(agentId)) return null
    if (shift.status !== 'open') return 'signed_out'
    if (!membership) return 'not_member'
    const reason = unavailable(shift, at)
    if (reason) return reason
    if (decision.level !== null && membership.level > decision.level) return 'tier'
    if (!complete && sight === null) return 'unrecorded'
    return reservedNext ? 'matched' : 'unlisted'
  }
}
