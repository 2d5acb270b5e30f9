/**
 * The transfer key of a phone: REFER (RFC 3515), which asks us to call somebody else in its place. Whether that is done is
 * for the switchboard to decide; the phone is told what came of it by NOTIFY, once, in bounded time.
 *
 * What a 200 tells it: the switchboard has taken the call from it. The target may still be ringing: if they do not answer,
 * the caller goes back to their queue and not to this phone.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { within } from '../../postgres/line.ts'
import { address, sipUri } from '../sip/grammar.ts'
import type { SipRequest, SipResponse } from '../sip/srf.ts'
import type { Dialog } from './dialogs.ts'

/** The switchboard answers within this time, or the phone is told that it did not, ms. */
const ANSWER_MS = 8_000
const NOTIFY_MS = 5_000

/** A transfer that a phone waits for. */
export interface PendingRefer {
  readonly isSettled: boolean
  /** Tells it what came of it, unless that was said before. */
  settle(accepted: boolean): void
}

/** Whom a REFER names: a number or an extension; null: nobody that can be called. */
export function referredTo(request: SipRequest): string | null {
  const asked = address(request.get('refer-to') ?? '')
  if (!asked) return null
  const number = /^tel:([^;?]+)/i.exec(asked.uri)?.[1]
  return number ?? sipUri(asked.uri)?.user ?? null
}

/** The dialog that a REFER names, whose party is to be connected (RFC 3891); null: it names none. */
export function replacedBy(request: SipRequest): { callId: string; tags: string[] } | null {
  const asked = address(request.get('refer-to') ?? '')
  const field = /[?&]replaces=([^&]*)/i.exec(asked?.uri ?? '')?.[1]
  if (field === undefined) return null
  try {
    const [callId = '', ...params] = decodeURIComponent(field).split(';')
    const tags = params.flatMap((param) => /^\s*(?:to|from)-tag=(\S+)/i.exec(param)?.[1] ?? [])
    return { callId: callId.trim(), tags }
  } catch {
    return { callId: '', tags: [] }
  }
}

/** Accepts a REFER for the time being. */
export function acceptRefer(dialog: Dialog, request: SipRequest, response: SipResponse, clock: Clock): PendingRefer {
  // RFC 4488: a phone may not want to know.
  const silent = request.get('refer-sub')?.trim().toLowerCase().startsWith('false') ?? false
  response.send(202, 'Accepted', { headers: silent ? { 'Refer-Sub': 'false' } : {} })
  let settled = false
  const notify = (line: string, state: string): void => {
    if (silent || !dialog.connected) return
    const sent = dialog.request({
      method: 'NOTIFY',
      headers: { Event: 'refer', 'Subscription-State': state, 'Content-Type': 'message/sipfrag;version=2.0' },
      body: `SIP/2.0 ${line}\r\n`,
    })
    // Whether it hears of it changes nothing.
    within(NOTIFY_MS, sent).catch(() => {})
  }
  const settle = (accepted: boolean, otherwise = '603 Decline'): void => {
    if (settled) return
    settled = true
    cancel()
    notify(accepted ? '200 OK' : otherwise, 'terminated;reason=noresource')
  }
  const cancel = clock.at(clock.now() + ANSWER_MS, () => settle(false, '503 Service Unavailable'))
  notify('100 Trying', `active;expires=${Math.ceil((2 * ANSWER_MS) / 1000)}`)
  return {
    get isSettled() {
      return settled
    },
    settle: (accepted) => settle(accepted),
  }
}
