/**
 * Our registration at somebody else's registrar (RFC 3261, 10.2; catalogue A3.2.6-mode-uni, A3.2.6-mode-ims), decided over
 * time: when to ask, for how long, with or without proof, and what an answer means. Pure: it sends nothing and reads no
 * clock. What is true of a registration follows from its state and the moment, so a late look delays and loses nothing.
 *
 * The other side is asked again before our time there is over, and after a failure in growing pauses, each with some
 * dice: a registrar that comes back must not meet everybody at once. One that *refuses* us (a wrong password, an unknown
 * user) is left alone much longer, since many lock an account out after a few attempts.
 */
import type { Dice } from '../kernel/clock.ts'
import { growingPause, type Growth } from '../kernel/pauses.ts'
import type { RegistrationWord } from './events.ts'

export interface Registering {
  /** Until when the other side has us, UTC ms; null: it does not. */
  until: number | null
  /** When the next request is due, UTC ms. */
  nextAt: number
  /** Since when an answer is awaited, UTC ms; null: none is. */
  askedAt: number | null
  /** How long we ask for, s: what was configured, or the least that the other side takes (423). */
  lifetime: number
  /** Requests that failed, in a row. */
  failures: number
  /** Proofs sent for the request under way. */
  proofs: number
  /** The answer with which it failed last; 0: none came. Null: it has not failed. */
  failed: number | null
  /** It says no, rather than not now. */
  refused: boolean
}

/** What came back. Null: nothing, in time. */
export type RegisterAnswer = {
  status: number
  /** How long we are registered for, s, as the answer says of our contact; null: it does not say. */
  expires: number | null
  /** 423: the least that it takes, s. */
  minExpires: number | null
  /** 503 and others: not before this, s. */
  retryAfter: number | null
  /** 401, 407: how it wants to be convinced; null: by nothing that we can do. */
  challenge: { stale: boolean } | null
} | null

export type RegisterStep =
  /** Nothing to do before this moment. */
  { do: 'wait'; until: number } | { do: 'ask'; lifetime: number }

/** No answer within this time is none, ms (RFC 3261, timer F). */
export const ANSWER_MS = 32_000
/** It is refreshed after this part of its time, and this long before its end where that is earlier, ms. */
const REFRESH_PART = 0.8
const REFRESH_BEFORE_MS = 5_000
/** A 423 is followed at once, this often. */
const PATIENT = 3
const FAILED: Growth = { firstMs: 2_000, longestMs: 5 * 60_000 }
const REFUSED: Growth = { firstMs: 60_000, longestMs: 3_600_000 }
/** A lifetime longer than this is not asked for, s, whatever a 423 says: it is a mistake, or an attack. */
const LONGEST_S = 24 * 3_600
/** A stale nonce is answered with a new proof, this often. */
const MOST_PROOFS = 3
/** Answers that asking again does not change by itself. */
const REFUSALS = new Set([400, 401, 403, 404, 405, 407, 410, 416, 420, 421, 489, 501, 505, 600, 603, 604, 606])

/** @param spreadMs the first request comes at some moment within this: gateways must not all begin at once */
export function beginning(everyMs: number, now: number, dice: Dice, spreadMs = 0): Registering {
  return {
    until: null,
    nextAt: now + dice() * spreadMs,
    askedAt: null,
    lifetime: Math.max(1, Math.round(everyMs / 1000)),
    failures: 0,
    proofs: 0,
    failed: null,
    refused: false,
  }
}

/** What is to be done now. A request without an answer counts as failed: say so with {@link answered} and null. */
export function registerStep(state: Registering, now: number): RegisterStep {
  if (state.askedAt !== null) return { do: 'wait', until: state.askedAt + ANSWER_MS }
  return now < state.nextAt ? { do: 'wait', until: state.nextAt } : { do: 'ask', lifetime: state.lifetime }
}

export function asked(state: Registering, now: number): Registering {
  return { ...state, askedAt: now, proofs: 0 }
}

/**
 * What an answer, or its absence, means.
 * @returns `prove`: the same request again at once, with a proof
 */
export function answered(
  state: Registering,
  answer: RegisterAnswer,
  now: number,
  dice: Dice,
): { state: Registering; prove: boolean } {
  const settled = { ...state, askedAt: null, proofs: 0 }
  const fail = (status: number, refused: boolean, atLeastMs = 0): { state: Registering; prove: false } => {
    const failures = state.failures + 1
    const pause = Math.max(atLeastMs, growingPause(refused ? REFUSED : FAILED, failures, dice))
    // What the other side has is there until its time is over, or it says that we are nobody.
    const until = refused || (state.until ?? 0) <= now ? null : state.until
    return { state: { ...settled, until, failures, failed: status, refused, nextAt: now + pause }, prove: false }
  }
  if (answer === null) return fail(0, false)
  const { status, expires, minExpires, retryAfter, challenge } = answer
  if (status < 200) return { state, prove: false }
  if (status < 300) {
    const lifetimeMs = Math.min(expires ?? state.lifetime, LONGEST_S) * 1000
    // Registered for no time: it took us out, or its answer does not name our contact.
    if (lifetimeMs <= 0) return fail(status, false)
    const latest = Math.max(lifetimeMs / 2, Math.min(lifetimeMs * REFRESH_PART, lifetimeMs - REFRESH_BEFORE_MS))
    const refreshMs = latest * (0.9 + dice() / 10)
    return {
      state: {
        ...settled,
        until: now + lifetimeMs,
        nextAt: now + refreshMs,
        failures: 0,
        failed: null,
        refused: false,
      },
      prove: false,
    }
  }
  if ((status === 401 || status === 407) && challenge && (state.proofs === 0 || challenge.stale)) {
    if (state.proofs < MOST_PROOFS) return { state: { ...state, askedAt: now, proofs: state.proofs + 1 }, prove: true }
    return fail(status, false)
  }
  if (status === 423 && minExpires !== null && minExpires > state.lifetime && minExpires <= LONGEST_S) {
    const { state: failed } = fail(status, false)
    const nextAt = state.failures < PATIENT ? now : failed.nextAt
    return { state: { ...failed, lifetime: minExpires, nextAt, failed: state.failed }, prove: false }
  }
  return fail(status, REFUSALS.has(status), Math.min(retryAfter ?? 0, LONGEST_S) * 1000)
}

/** Does the other side have us? */
export function isRegistered({ until }: Registering, now: number): boolean {
  return until !== null && until > now
}

/** The word for it on screens. */
export function registrationWord(state: Registering, now: number): RegistrationWord {
  if (isRegistered(state, now)) return 'registered'
  if (state.failed === null) return 'registering'
  return state.refused ? 'refused' : 'failed'
}
