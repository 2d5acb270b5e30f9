/**
 * How a call to a phone of ours is named in SIP: by its leg. A process that knows the leg can end the call, even if the process
 * that made it is gone and the media server has forgotten it. The leg's id is random, and so is its digest.
 */
import { createHash } from 'node:crypto'

/** So many contacts of a phone are tried one after the other, at most, as far as this goes. */
const MOST_TRIED = 4

interface CallName {
  callId: string
  /** Of our side. */
  tag: string
}

/** @param attempt which of its contacts is called, from 0 on */
export function callName(legId: string, attempt: number): CallName {
  const digest = createHash('sha256').update(legId).digest('hex')
  return { callId: `${digest.slice(0, 32)}-${attempt}`, tag: digest.slice(32, 52) }
}

/** The SIP server's names of the dialogs that a leg may have begun. */
export function dialogsOf(legId: string): string[] {
  return Array.from({ length: MOST_TRIED }, (_, attempt) => {
    const { callId, tag } = callName(legId, attempt)
    return `${callId};from-tag=${tag}`
  })
}
