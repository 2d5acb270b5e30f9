/**
 * The people at the ends of simulated legs, and what they do by themselves: callers who wait as long as their patience
 * lasts and talk as long as they need to, phones that are picked up, ignored or refused.
 */
import type { Dice } from '@ledgerline/core/kernel/clock.ts'
import { between, type Draw } from './draws.ts'

/** Someone who calls us, or whom we call. Times in ms. */
export interface Caller {
  tenant: string
  from: string | null
  to: string
  gateway: string | null
  customerId: string | null
  priority: number
  /** How long they stay on the line while nobody talks to them, each time. */
  patienceMs: number
  /** How long they need to talk in total; hold does not count. */
  talkMs: number
  /** How long they stay on hold, each time. */
  holdPatienceMs: number
  /** Who hangs up at the end. */
  talkEndedBy: 'customer' | 'agent'
  /** Keys they press, each once, in this order. */
  keys?: readonly KeyPress[]
  /** Callers who got no answer, or were cut off, call again: this often, after this long. */
  redials?: { times: number; afterMs: number }
}

/** A key that someone presses while nobody talks to them. */
export interface KeyPress {
  /** While waiting for the first person to talk to; when asked for keys; when left alone after talking (a rating). */
  when: 'waiting' | 'asked' | 'left'
  digit: string
  /** Delay after they began to wait, were asked, pressed the previous key, or were left, ms. */
  afterMs: number
}

/** What happens when a phone rings. */
export type Reaction =
  | { do: 'answer'; afterMs: number }
  | { do: 'refuse'; afterMs: number }
  | { do: 'ignore' }
  | { do: 'busy' }

/** How the owner of a phone usually acts. */
export interface PhoneHabits {
  react(dice: Dice): Reaction
  /** How long they stay on a line with nobody on it, ms: they wait for a beep, and hang up a dead line. */
  aloneMs: number
}

/** Someone we call: how they react, and what they are like if they answer. */
export interface Callee extends Caller {
  reaction: Reaction
}

/** Waits on hold no longer than this unless told otherwise. */
export const HOLD_PATIENCE_MS = 10 * 60_000
/** When the talk is over, a caller who still hears nothing from us hangs up after this. */
export const FAREWELL_MS = 2000
const ALONE_MS = 30_000

/** Picks up immediately: for simulations in which ringing takes no time. */
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
