/** The offers of a call and why each went to whom it went, as `GET /api/v1/calls/{id}/decisions` answers. */
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
  /** answered, or why it came to nothing; null while it is open. */
  result: string | null
  /** Null where no queue chose him. */
  decision: Omit<Decision, 'ranked'> | null
  considered: Considered[]
  /** Members of the queue of whom nothing is said. */
  untold: number
}

export interface Decisions {
  offers: Offer[]
  /** Offers beyond those told. */
  more: number
}
