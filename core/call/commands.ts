/** What may be asked of a call, grouped by who asks. */
import type { LegEnd } from '../telephony/port.ts'
import type { CallDirection, Destination, OfferFailure, QueueExit, SupervisionMode } from './events.ts'

/** Where a new call goes according to the configuration. */
export interface Queueing {
  queueCode: string
  priority: number
  targetMs: number
  shortAbandonMs: number
  configVersion: number
  /** The moment to count the wait from, if a place was kept. */
  joinedAt?: number
  /** The caller had hung up and is back in time. */
  resumed?: boolean
  /** A call-back holds the place. */
  callback?: boolean
  /** No agent is looked for before this. */
  notBefore?: number | null
}

/** How a call begins. */
export type BeginningCommand =
  | {
      do: 'receive'
      callId: string
      legId: string
      from: string | null
      fromRaw: string | null
      to: string
      gateway: string | null
      customerId: string | null
      category: string | null
      priority: number
      route: { code: string; queue: Queueing } | null
    }
  | {
      do: 'place'
      callId: string
      direction: CallDirection
      by: 'agent' | 'campaign' | 'robot' | 'callback'
      agentId: string
      agentCode: string
      extension: string | null
      legId: string
      to: string
      toRaw: string | null
      callerId: string | null
      campaign: string | null
      linkedCallId: string | null
    }
  | {
      do: 'place_callback'
      callId: string
      number: string
      callerId: string | null
      linkedCallId: string
      attempt: number
      queue: Queueing
    }

/** What the network reports of legs. */
export type NetworkCommand =
  | { do: 'leg_rang'; legId: string }
  | { do: 'leg_answered'; legId: string }
  | { do: 'leg_ended'; legId: string; end: LegEnd }
  | { do: 'bridged'; legId: string }
  | { do: 'digit'; legId: string; digit: string }

/** What the switchboard decides. */
export type SwitchboardCommand =
  | { do: 'break_circle'; exit: QueueExit; to: string; visits: number }
  | {
      do: 'offer'
      offerId: string
      agentId: string
      agentCode: string
      extension: string | null
      legId: string
      deadline: number
      configVersion: number
      alone?: boolean
    }
  | { do: 'end_offer'; offerId: string; result: OfferFailure }
  | { do: 'dial_customer'; legId: string; number: string }
  | { do: 'transfer_failed'; reason: OfferFailure; queue: Queueing | null }
  | { do: 'announce'; kind: 'sound' | 'place' | 'expected_wait'; value: number | null }
  | { do: 'leave_queue'; exit: QueueExit; to: Destination | null; queue?: Queueing | null }
  | { do: 'request_callback' }
  | { do: 'callback_placed'; callbackCallId: string }
  | { do: 'forward'; legId: string }
  | { do: 'merge_into'; callId: string }
  /** The ledger says that the call is closed because one of its events cannot be read. */
  | { do: 'set_aside' }

/** What agents ask for in a call, and the result of the customer’s survey. */
export type AgentCommand =
  | { do: 'hold'; agentId: string }
  | { do: 'resume'; agentId: string }
  | { do: 'transfer_to_queue'; agentId: string; queue: Queueing }
  | { do: 'transfer_to_agent'; agentId: string; toAgentCode: string }
  | {
      do: 'consult'
      agentId: string
      legId: string
      to: { agentId: string; agentCode: string; extension: string | null } | { number: string }
      offerId: string | null
    }
  | { do: 'end_consultation' }
  | { do: 'hand_over'; agentId: string }
  | { do: 'join'; agentId: string }
  | { do: 'start_survey'; agentId: string }
  | { do: 'rate'; agentId: string; agentCode: string; rating: 'satisfied' | 'fair' | 'dissatisfied' }
  | { do: 'note'; agentId: string; agentCode: string; note: string }

/** What supervisors ask for. */
export type SupervisorCommand =
  | {
      do: 'supervise'
      supervisorCode: string
      supervisorAgentId: string | null
      agentId: string
      legId: string
      mode: SupervisionMode
      phone: { extension: string } | { number: string }
    }
  | { do: 'change_supervision'; supervisorCode: string; mode: SupervisionMode }
  | { do: 'end_supervision'; supervisorCode: string }
  | { do: 'take_over'; supervisorCode: string }
  | { do: 'force_disconnect'; supervisorCode: string; agentId: string }
  | { do: 'change_priority'; priority: number; by: string }
  | { do: 'move'; queue: Queueing }

export type CallCommand = BeginningCommand | NetworkCommand | SwitchboardCommand | AgentCommand | SupervisorCommand
