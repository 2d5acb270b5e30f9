/**
 * Who is at the ends of simulated legs, and what they do by themselves: callers who wait as long as
 * their patience lasts and talk as long as they have to, phones that are picked up, ignored or refused.
 */
import type { Dice } from '@ledgerline/core/kernel/clock.ts'
import { between, type Draw } from './draws.ts'

/** Somebody who calls us, or whom we call. Times in ms. */
export interface Caller {
  tenant: string
  from: string | null
  to: string
  gateway: string | null
  customerId: string | null
  priority: number
  /** How long he stays on the line while nobody talks to him, each time. */
  patienceMs: number
  /** How long he needs to talk in all; hold does not count. */
  talkMs: number
  /** How long he stays on hold, each time. */
  holdPatienceMs: number
  /** Who hangs up when all is said. */
  talkEndedBy: 'customer' | 'agent'
  /** Keys that he presses, each once, in this order. */
  keys?: readonly KeyPress[]
  /** Who got no answer, or was cut off, calls again: so often, after so long. */
  redials?: { times: number; afterMs: number }
}

/** A key that somebody presses while nobody talks to him. */
export interface KeyPress {
  /** While he waits for the first one to talk to him; when he is asked for keys; when he was left alone after talk (a rating). */
  when: 'waiting' | 'asked' | 'left'
  digit: string
  /** So long after he began to wait, was asked or had pressed the key before, or was left, ms. */
  afterMs: number
}

/** What happens when a phone rings. */
export type Reaction =
  | { do: 'answer'; afterMs: number }
  | { do: 'refuse'; afterMs: number }
  | { do: 'ignore' }
  | { do: 'busy' }

/** How the owner of a phone is used to act. */
export interface PhoneHabits {
  react(dice: Dice): Reaction
  /** How long he stays on a line on which nobody is, ms: a beep is waited for, a dead line is hung up. */
  aloneMs: number
}

/** Somebody who was called by us: how he reacts, and what he is like if he answers. */
export interface Callee extends Caller {
  reaction: Reaction
}

/** Waits on hold no longer than this unless told otherwise. */
export const HOLD_PATIENCE_MS = 10 * 60_000
/** After all is said a caller who still hears nothing from us hangs up. */
export const FAREWELL_MS = 2000
const ALONE_MS = 30_000

/** Picks up in the first moment: for simulations in which ringing takes no time. */
export const picksUpAtOnce: PhoneHabits = { react: () => ({ do: 'answer', afterMs: 0 }), aloneMs: ALONE_MS }

/** People with a desk phone: most pick up in a few seconds, some calls are not noticed, some refused. Shares are fractions of 1. */
export function picksUp(
  habits: { after?: Draw; ignores?: number; refuses?: number; aloneMs?: number } = {},
): PhoneHabits {
  const { after = between(1000, 6000), ignores = 0, refuses = 0, aloneMs = ALONE_MS } = habits
  return {
    aloneMs,
    react(dice) {
      const throwOfDice = dice()
      if (throwOfDice < ignores) return { do: 'ignore' }
      if (throwOfDice < ignores + refuses) return { do: 'refuse', afterMs: after(dice) }
      return { do: 'answer', afterMs: after(dice) }
    },
  }
}
