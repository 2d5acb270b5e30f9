/**
 * A recorded day in the form in which it can be replayed: who called when, how long they waited and talked, who worked
 * when, under which settings.
 */
import type { Working } from '@ledgerline/adapters/telephony/simulator/agents.ts'
import type { QueueSettings } from '@ledgerline/core/queue/settings.ts'
import type { Membership } from '@ledgerline/core/agent/events.ts'
import type { ShiftRules } from '@ledgerline/core/agent/rules.ts'

export interface DayOnRecord {
  /** A tenant, or the file from which it was read. */
  source: string
  /** `YYYY-MM-DD` */
  day: string
  zone: string
  /** The day, UTC ms. */
  from: number
  to: number
  /** In order of time. */
  calls: CallOnRecord[]
  people: PersonOnRecord[]
  /** `signed_in`: when people worked is on record; `services`: it is derived from whom they served, and when. */
  staffKnownBy: 'signed_in' | 'services'
  /** What is known of the time between services; empty if it is on record. */
  gaps: readonly Gap[]
  /**
   * Head starts of queues in seconds, derived from who was served first; they are part of the calls' priorities. Empty
   * if settings give them.
   */
  headStarts: ReadonlyMap<string, number>
  /** How long people took to come back after being set not responding, ascending, ms. */
  backAfterMs: readonly number[]
  queues: QueueSettings[]
  shifts: ShiftRules
}

/** A caller's stay in a queue. Times in ms. */
export interface CallOnRecord {
  /** When the caller entered the queue, UTC. */
  at: number
  queueCode: string
  /** Head start in the queue, seconds: the caller's own and that of the queue. */
  priority: number
  waitMs: number
  outcome: 'answered' | 'abandoned' | 'other'
  inTarget: boolean
  /** The caller hung up so early that it does not count. */
  short: boolean
  /** Who served the caller, for how long (hold included), and how long the wrap-up took; 0 if nobody did. */
  agentId: string | null
  serviceMs: number
  wrapUpMs: number
}

export interface PersonOnRecord {
  agentId: string
  agentCode: string
  queues: Membership[]
  /** From coming to leaving, UTC ms, in order. */
  work: readonly Working[]
  /** Within it: when they rested. If not recorded, it follows from the day's {@link DayOnRecord.gaps}. */
  breaks: readonly Working[]
  /** How long the phone rang until it was answered, ascending, ms; empty if unknown. */
  ringMs: readonly number[]
  /** Shares of the calls offered to this person that rang out, and that were refused; fractions of 1. */
  ignores: number
  refuses: number
}

/** Between the end of one service and the beginning of the next by the same person. */
export interface Gap {
  agentId: string
  /** UTC ms. */
  from: number
  to: number
  /** At least this long the person was not free, ms. */
  leastMs: number
  /** They were free at its end and not before: they took a caller who had been waiting. */
  known: boolean
}
