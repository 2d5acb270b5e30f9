/** What can be asked of a shift: by the agent, a supervisor, the network, a rule of the house. */
import type { CallDirection, OfferFailure } from '../call/events.ts'
import type { ChangedBy, Decision, Membership, Work } from './events.ts'

/** Who changes a state and why. */
export interface Change {
  by: ChangedBy
  byCode?: string | null
  reason?: string | null
}

export type ShiftCommand =
  | {
      do: 'sign_in'
      shiftId: string
      agentId: string
      agentCode: string
      userId: string
      name: string | null
      extension: string | null
      group: string | null
      department: string | null
      queues: readonly Membership[]
      via: 'desk' | 'phone'
      registered: boolean
      /** The browser they sign in from, which is then their desk; absent: none. */
      deskId?: string
    }
  | ({ do: 'sign_out' } & Change)
  | ({ do: 'set_work'; work: Work } & Change)
  | { do: 'wish'; work: Work | 'signed_out' | null; reason?: string | null }
  /** The wish is granted if nothing stands in its way any longer. */
  | { do: 'grant_wish' }
  | { do: 'change_queues'; queues: readonly Membership[]; byCode: string | null }
  | {
      do: 'reserve'
      offerId: string
      callId: string
      legId: string
      queueCode: string | null
      deadline: number
      direction: CallDirection
      decision: Decision | null
      epoch?: number
    }
  | { do: 'end_reservation'; offerId: string; result: OfferFailure; maxNoAnswer: number; pauseMs: number }
  | { do: 'ring'; callId: string; offerId: string | null }
  | {
      do: 'start_call'
      callId: string
      segmentId: string
      offerId: string | null
      queueCode: string | null
      direction: CallDirection
      wrapUpMs: number
      wrapUpForm?: boolean
    }
  | { do: 'hold_call'; callId: string }
  | { do: 'resume_call'; callId: string }
  /** `back`: they are reserved for the same call at once, since their phone is gone and the customer waits for them. */
  | {
      do: 'end_call'
      callId: string
      talkMs: number
      holdMs: number
      back?: { offerId: string; legId: string; deadline: number }
    }
  | { do: 'extend_wrap_up'; byMs: number }
  | { do: 'end_wrap_up'; by: 'agent' | 'deadline' | 'form' | 'supervisor' }
  | { do: 'start_preview'; itemId: string; deadline: number }
  | { do: 'end_preview'; result: 'called' | 'skipped' | 'timed_out' }
  | { do: 'phone'; registered: boolean }
  | { do: 'claim_desk'; deskId: string }
  | { do: 'desk'; connected: true; deskId: string }
  | { do: 'desk'; connected: false; graceMs: number }
  | { do: 'change_extension'; extension: string | null; registered: boolean }
  /** `there`: the agent has dialled it, and the leg is there already. */
  | ({ do: 'long_sign_in'; legId: string; ringMs: number; there?: boolean } & Change)
  | { do: 'long_sign_in_answered'; legId: string }
  /** `legId`: the leg that ended, which ends the long sign-in even in a call; null: someone asked for it. */
  | ({ do: 'end_long_sign_in'; legId: string | null } & Change)
  /**
   * Sent by a browser that takes itself for the desk of the shift; another one may have taken its place a moment ago.
   */
  | { do: 'from_desk'; deskId: string; command: ShiftCommand }
  /** The ledger says that the shift is over because one of its events cannot be read. */
  | { do: 'set_aside'; shiftId: string; agentCode: string }
