/**
 * Why this agent: the explanation of an offer. The reservation holds what the switchboard compared
 * (`AgentReserved.decision`) and every agent it saw (`candidate-bits.ts`). Who could not be chosen, and why, follows
 * from the ledger by the same rule (`unavailable`) that excluded them at the time. If that rule would have let an agent
 * through but the switchboard did not see them, the explanation says so; it never claims that they could have been
 * chosen.
 */
import type { Decision, Membership } from '../agent/events.ts'
import { unavailable, type Shift } from '../agent/state.ts'
import { readCandidates } from './candidate-bits.ts'

/** How many candidates are recorded with their places; a queue may have thousands. */
export const RANKED = 10

/** A member of the queue at the moment of the decision. */
export interface Member {
  agentId: string
  agentCode: string
  /** Their place in the queue; null if they had been removed from it. */
  membership: Membership | null
  /** Their shift, folded up to the decision and no further; `{ status: 'none' }` if they never signed in. */
  shift: Shift
  /** Was the next event of that shift, soon after, an offer of another call? */
  reservedNext: boolean
}

/** An agent who is given another call is reserved for it within this time. */
export const RESERVED_SOON_MS = 10_000

/** What was decided about one member. */
export interface Considered {
  agentId: string
  agentCode: string
  level: number | null
  position: number | null
  /** Their place in the order, starting at 0; null when they were ruled out or came after the last one recorded. */
  place: number | null
  /** The value the strategy compared: see `measures` in `queue/strategies.ts`. */
  measure: number | null
  chosen: boolean
  /**
   * Why they could not be chosen: a reason from `unavailable`, or `signed_out`, `not_member`, `tier` (their level's
   * turn had not come), `matched` (was being offered another call at that moment), `unlisted` (was free, but the
   * switchboard did not see them), `unrecorded` (the agents it saw were not recorded). Null for candidates.
   */
  ruledOut: string | null
}

/**
 * Everybody in the queue: candidates first, in their order, then those ruled out.
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
