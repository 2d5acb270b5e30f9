/** The offers of a call and why each agent was chosen, as `GET /api/v1/calls/{id}/decisions` answers. */
import type { Considered } from '@ledgerline/core/acd/decision.ts'
import type { Decision } from '@ledgerline/core/agent/events.ts'

export type { Considered }

export interface Offer {
  offerId: string
  /** When the agent was reserved, UTC ms. */
  at: number
  agentId: string
  agentCode: string
  queueCode: string | null
  /** answered, or why the offer failed; null while it is open. */
  result: string | null
  /** Null where no queue chose the agent. */
  decision: Omit<Decision, 'ranked'> | null
  considered: Considered[]
  /** How many members of the queue are not listed. */
  untold: number
}

export interface Decisions {
  offers: Offer[]
  /** How many further offers are not listed. */
  more: number
}
