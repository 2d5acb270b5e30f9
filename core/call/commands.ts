/** What may be asked of a call, grouped by who asks. */
import type { IvrDue, Reach } from '../ivr/menu.ts'
import type { IvrSettings } from '../ivr/settings.ts'
import type { RecordingCommand } from '../recording/commands.ts'
import type { SurveyQuestions } from '../survey/settings.ts'
import type { LegEnd } from '../telephony/port.ts'
import type { MissedCommand } from './missed.ts'
import type { VoicemailCommand } from '../voicemail/commands.ts'
import type {
  CallDirection,
  Destination,
  FeatureSay,
  OfferFailure,
  OutsideCall,
  QueueExit,
  RejectReason,
  SupervisionMode,
} from './events.ts'

/** How a call is put into a queue according to the configuration. */
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

/** Where a call goes according to the configuration. */
export interface Routed {
  /** The rule; null: none was needed. */
  route: string | null
  configVersion: number
  record: boolean
  to:
    | { kind: 'queue'; queue: Queueing }
    | { kind: 'outside'; outside: OutsideCall }
    | { kind: 'agent' | 'extension' | 'ivr' | 'robot' | 'voicemail' | 'hang_up'; code: string }
    | { kind: 'closed'; media: string | null }
    | { kind: 'refused'; reason: RejectReason }
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
      direction?: 'inbound' | 'internal'
      /** The phone of ours that called, and who is signed in there; absent: someone outside called. */
      phone?: { extension: string; agentId: string | null; agentCode: string | null }
      /** Null: it goes nowhere, because a function was dialled. */
      routed: Routed | null
    }
  | {
      do: 'place'
      callId: string
      direction: CallDirection
      by: 'agent' | 'campaign' | 'robot' | 'callback'
      /** Null: nobody is signed in at the phone. */
      agentId: string | null
      agentCode: string | null
      extension: string | null
      legId: string
      to: string
      toRaw: string | null
      callerId: string | null
      campaign: string | null
      linkedCallId: string | null
      /** Where it goes, if that is decided already. */
      routed?: Routed
      /** The agent's phone dialled by itself: `legId` is there. */
      byPhone?: boolean
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
  /** `staysMs`: how long the customer waits for an agent whose phone is gone; absent: not at all. */
  | { do: 'leg_ended'; legId: string; end: LegEnd; staysMs?: number }
  | { do: 'bridged'; legId: string }
  /** A phone's own key put its other party on hold, or resumed. */
  | { do: 'held_by_phone'; legId: string; held: boolean }
  | { do: 'digit'; legId: string; digit: string }
  | {
      do: 'feature_used'
      legId: string
      action: string
      digit: string | null
      agentId: string | null
      agentCode: string | null
      extension: string | null
      result: string
      say: FeatureSay
      number: string | null
    }
  | { do: 'prompt_played'; legId: string; media: string; complete: boolean }

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
  /** `routed`: where the call goes, if that is decided only now. */
  | {
      do: 'dial_customer'
      legId: string
      number: string | null
      extension?: string
      way?: OutsideCall['ways'][number]
      routed?: Routed
    }
  | { do: 'route'; routed: Routed }
  /** No gateway is left that could be tried. */
  | { do: 'give_up_dialling' }
  /** The phone that dialled stays connected for a shift. */
  | { do: 'keep_leg'; legId: string; shiftId: string }
  | { do: 'transfer_failed'; reason: OfferFailure; queue: Queueing | null }
  | { do: 'announce'; kind: 'sound' | 'place' | 'expected_wait'; value: number | null }
  | { do: 'leave_queue'; exit: QueueExit; to: Destination | null; queue?: Queueing | null }
  | { do: 'request_callback' }
  | { do: 'callback_placed'; callbackCallId: string }
  | { do: 'forward'; legId: string; way?: OutsideCall['ways'][number]; routed?: Routed }
  | { do: 'merge_into'; callId: string }
  /** The ledger says that the call is closed because one of its events cannot be read. */
  | { do: 'set_aside' }

/** What agents ask for in a call. */
export type AgentCommand =
  | { do: 'hold'; agentId: string }
  | { do: 'resume'; agentId: string }
  | { do: 'transfer_to_queue'; agentId: string; queue: Queueing }
  | { do: 'transfer_to_agent'; agentId: string; toAgentCode: string }
  /** A phone at which nobody is signed in, a menu, a box of voicemail, or someone outside. */
  | { do: 'transfer_to_party'; agentId: string; routed: Routed }
  | {
      do: 'consult'
      agentId: string
      legId: string
      to: { agentId: string; agentCode: string; extension: string | null } | { extension: string } | { number: string }
      offerId: string | null
    }
  /** The customer is connected with the agent's other party in another call, on the leg `onLegId` of that call. */
  | {
      do: 'hand_over_to'
      agentId: string
      legId: string
      onLegId: string
      party: { agentId: string | null; agentCode: string | null; extension: string | null; number: string | null }
    }
  | { do: 'end_consultation' }
  | { do: 'hand_over'; agentId: string }
  | { do: 'join'; agentId: string }
  | { do: 'note'; agentId: string; agentCode: string; note: string }

/** The satisfaction survey. `step`: of which this follows; later it is void. */
export type SurveyCommand =
  /** By the agent. Without `asks`: the usual questions. */
  | { do: 'start_survey'; agentId: string; asks?: SurveyQuestions }
  /** The agent has hung up, and their queue asks after every call. */
  | { do: 'survey_by_rule'; asks: SurveyQuestions }
  | { do: 'survey_key'; legId: string; keys: string }
  | { do: 'survey_due'; what: 'said' | 'silent'; step: number }

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

/** The settings of a menu under which something is decided. */
interface UnderSettings {
  settings: IvrSettings
  configVersion: number
  zone: string
}

/** What happens in a voice menu. `step`: of which this follows; later it is void. */
export type IvrCommand =
  /** Settings null: there is no such menu any longer. */
  | { do: 'enter_ivr'; settings: IvrSettings | null; configVersion: number; zone: string }
  | ({ do: 'ivr_key'; legId: string; keys: string; reach: Reach } & UnderSettings)
  | ({ do: 'ivr_due'; what: Exclude<IvrDue, 'go'>; step: number; reach: Reach } & UnderSettings)
  /** Routed null: they stay within the menus, or are disconnected. */
  | {
      do: 'ivr_go'
      step: number
      settings: IvrSettings | null
      configVersion: number
      zone: string
      routed: Routed | null
    }
  /** The menus are gone from the configuration. */
  | { do: 'end_ivr' }
  /** Whom the menu put the caller through to cannot be reached. */
  | {
      do: 'ivr_return'
      reason: string
      settings: IvrSettings | null
      configVersion: number
      zone: string
    }

export type CallCommand =
  | BeginningCommand
  | NetworkCommand
  | SwitchboardCommand
  | AgentCommand
  | SupervisorCommand
  | IvrCommand
  | RecordingCommand
  | SurveyCommand
  | VoicemailCommand
  | MissedCommand
