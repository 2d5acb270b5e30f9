/** Where a call goes, and why: what routing answers. */
import type { Feature } from './feature-codes.ts'

/** Why a call is refused. */
export const refusals = [
  'no_route',
  'no_target',
  'not_allowed',
  'barred',
  'abroad',
  'too_many_calls',
  'no_gateway',
  'not_eligible',
] as const
export type Refusal = (typeof refusals)[number]

/** A gateway that may carry the call, and the number of ours that it shows; null: the gateway’s own. */
export interface Way {
  gateway: string
  callerNumber: string | null
}

/** A call to the outside world. */
export interface Outside {
  do: 'outside'
  /** The number called, as everything else compares it. */
  number: string
  /** What the gateway is sent: stripped, with prefix. */
  dialled: string
  /** In the order in which they are tried. Empty: no gateway is configured, and the network finds its own way. */
  ways: readonly Way[]
  /** How long the other side may ring, ms. */
  timeoutMs: number
  record: boolean
  /** An emergency number: no limit applies to it. */
  emergency: boolean
}

/** Where a rule, a menu or a queue can send a call. */
export type Destination =
  | { do: 'queue'; queueCode: string }
  | { do: 'extension'; extension: string; agentCode: string | null }
  | { do: 'agent'; agentCode: string }
  | { do: 'ivr'; code: string }
  | { do: 'robot'; code: string }
  | { do: 'voicemail'; extension: string }
  | Outside
  | { do: 'hang_up' }
  | { do: 'refused'; reason: Refusal }

export type Outcome =
  | Destination
  | ({ do: 'feature' } & Feature)
  /** Outside the calendar’s times: the prompt, if there is one, and then onwards. */
  | { do: 'closed'; media: string | null; then: Destination }

/** One thing that was looked at. */
export interface Step {
  code: StepCode
  /** What fills the braces of its words. `number` values are personal. */
  values: Readonly<Record<string, string | number>>
}

/** Values of steps that are somebody’s number, so that they are masked. */
export const personalValues: ReadonlySet<string> = new Set(['number', 'dialled'])

export interface Routing {
  outcome: Outcome
  /** The rule that decided; null: none did (an emergency number, a feature code, no rule). */
  rule: string | null
  /** Calls by this way are recorded, whatever their phones say. */
  record: boolean
  steps: readonly Step[]
}

/** What can be looked at; in words: `reasons.ts`. */
export const stepCodes = [
  'from_extension',
  'from_gateway',
  'from_outside',
  'from_house',
  'called',
  'emergency',
  'emergency_after_strip',
  'feature_code',
  'rules_elsewhere',
  'rule_does_not_match',
  'rule_pattern_unusable',
  'rule_other_gateway',
  'rule_outside_only',
  'rule_inside_only',
  'rule_every_number',
  'rule_matches',
  'rule_record',
  'no_rule',
  'no_such_extension',
  'own_number',
  'target_missing',
  'no_target',
  'leads_to',
  'calendar_missing',
  'calendar_always',
  'calendar_open',
  'calendar_closed',
  'day_open',
  'day_closed',
  'closed_prompt',
  'closed_no_prompt',
  'phone_of',
  'phone_of_nobody',
  'phone_occupied',
  'to_voicemail',
  'may_not_call_outside',
  'barred',
  'abroad_off',
  'abroad_off_extension',
  'too_many_calls',
  'within_limits',
  'number_sent',
  'gateway_unknown',
  'gateway_down',
  'gateway_full',
  'gateway_too_fast',
  'gateway_usable',
  'gateway_tried_anyway',
  'no_gateway',
  'no_network',
  'caller_number_foreign',
  'caller_number_drawn',
  'caller_number_none',
] as const
export type StepCode = (typeof stepCodes)[number]
