/** Call-backs: a caller keeps their place without holding the line ("exit key, callback" in the reference). */
import type { LiveCall } from '../call/state.ts'
import { successorOf, type Configuration } from '../configuration/configuration.ts'

/**
 * How long after joining the queue a caller may still be called back. After a day without an agent, a call would only
 * surprise them.
 */
export const CALLBACK_LIFE_MS = 24 * 3_600_000
/** A caller who asks for a call-back gets this long to hear the confirmation. */
export const CALLBACK_CONFIRM_MS = 4_000

/** A call-back still to be placed. */
export interface OwedCallback {
  /** Id of the call it will become. */
  callId: string
  queueCode: string
  number: string
  joinedAt: number
  /** Number of this attempt, starting at 1. */
  attempt: number
  notBefore: number | null
}

/**
 * The call-back that a call still owes: either the caller asked for one, or this call was one and did not reach them.
 * Its id is derived from the call's id, so it is placed only once, no matter who places it.
 */
export function owedCallback(call: LiveCall, configuration: Configuration): OwedCallback | null {
  const { callback } = call
  // If the queue no longer exists, its successor calls back.
  const serving = callback && successorOf(callback.queueCode, configuration)
  const settings = serving?.kind === 'queue' ? configuration.queues[serving.code]?.callback : undefined
  if (
    !callback ||
    !serving ||
    !settings ||
    callback.placed ||
    callback.attempts >= settings.attempts ||
    callback.since >= callback.joinedAt + CALLBACK_LIFE_MS
  )
    return null
  const { number, joinedAt, attempts, since } = callback
  const queueCode = serving.code
  const attempt = attempts + 1
  return {
    callId: `${call.callId.replace(/~back\d+$/, '')}~back${attempt}`,
    queueCode,
    number,
    joinedAt,
    attempt,
    notBefore: attempts === 0 ? null : since + settings.retryMs,
  }
}
