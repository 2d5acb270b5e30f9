/** Call-backs: a caller keeps their place without holding the line ("exit key, callback" in the reference). */
import type { LiveCall } from '../call/state.ts'
import { successorOf, type Configuration } from '../configuration/configuration.ts'

/** How long after joining a caller may still be called back: after a day without an agent, a call would only surprise them. */
export const CALLBACK_LIFE_MS = 24 * 3_600_000
/** Who asked for a call-back is given so long to hear that it is noted. */
export const CALLBACK_CONFIRM_MS = 4_000

/** A call-back to be placed. */
export interface OwedCallback {
  /** Id of the call that it will be. */
  callId: string
  queueCode: string
  number: string
  joinedAt: number
  /** Which try it is, 1 the first. */
  attempt: number
  notBefore: number | null
}

/**
 * The call-back that a call still owes: the caller asked for it, or this was one and did not reach them. Its
 * id follows from the call's, so that it is placed once whoever places it.
 */
export function owedCallback(call: LiveCall, configuration: Configuration): OwedCallback | null {
  const { callback } = call
  // Of a queue that is no more, its successor calls back.
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
