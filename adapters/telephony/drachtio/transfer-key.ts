/**
 * The transfer key of a phone: REFER (RFC 3515), which asks us to call somebody else in its place. Whether that is done is
 * for the switchboard to decide; the phone is told what came of it by NOTIFY, once, in bounded time (RFC 3515, 2.4.4).
 *
 * The phone is let go as soon as the switchboard has taken the call from it, so that its agent is free, and hears afterwards
 * whether the target answered: 200, or the status with which they did not. The caller then goes back to their queue and not
 * to this phone.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { within } from '../../postgres/line.ts'
import { address, sipUri } from '../sip/grammar.ts'
import type { OutgoingRequest, SipRequest, SipResponse } from '../sip/srf.ts'
import type { Dialog } from './dialogs.ts'

/** The switchboard answers within this time, or the phone is told that it did not, ms. */
const ANSWER_MS = 8_000
const NOTIFY_MS = 5_000
/** And whether the target answers within this time, longer than any phone rings, ms. */
const OUTCOME_MS = 90_000

/** A transfer that a phone waits for. */
export interface PendingRefer {
  readonly isSettled: boolean
  /** Tells it what came of it, a SIP status, unless that was said before. */
  settle(status: number): void
  /** The call was taken from it; whether the target answers is not known yet. */
  taken(): void
  /** Another process may tell it. */
  drop(): void
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

/** How the phone is told: in the dialog as long as there is one; then in what the dialog was, which a REFER outlives (RFC 5057). */
export interface Telling {
  dialog: Dialog
  afterwards(request: Pick<OutgoingRequest, 'method' | 'headers'> & { body: string }): void
}

/**
 * Accepts a REFER for the time being.
 * @param attended somebody is there already: once the call is taken from the phone, they are connected
 */
export function acceptRefer(
  { dialog, afterwards }: Telling,
  request: SipRequest,
  response: SipResponse,
  { clock, attended, over }: { clock: Clock; attended: boolean; over: () => void },
): PendingRefer {
  // RFC 4488: a phone may not want to know.
  const silent = request.get('refer-sub')?.trim().toLowerCase().startsWith('false') ?? false
  response.send(202, 'Accepted', { headers: silent ? { 'Refer-Sub': 'false' } : {} })
  let settled = false
  const notify = (line: string, state: string): void => {
    if (silent) return
    const told = {
      method: 'NOTIFY',
      headers: { Event: 'refer', 'Subscription-State': state, 'Content-Type': 'message/sipfrag;version=2.0' },
      body: `SIP/2.0 ${line}\r\n`,
    }
    if (!dialog.connected) return afterwards(told)
    // Whether it hears of it changes nothing.
    within(NOTIFY_MS, dialog.request(told)).catch(() => {})
  }
  const settle = (status: number): void => {
    if (settled) return
    settled = true
    cancel()
    notify(`${status} ${texts[status] ?? 'Failed'}`, 'terminated;reason=noresource')
    over()
  }
  const endsIn = (ms: number): (() => void) => clock.at(clock.now() + ms, () => settle(503))
  let cancel = endsIn(ANSWER_MS)
  notify('100 Trying', `active;expires=${Math.ceil((ANSWER_MS + OUTCOME_MS) / 1000)}`)
  return {
    get isSettled() {
      return settled
    },
    settle,
    taken() {
      if (settled) return
      if (attended) return settle(200)
      cancel()
      cancel = endsIn(OUTCOME_MS)
    },
    drop() {
      settled = true
      cancel()
    },
  }
}

const texts: Readonly<Record<number, string>> = {
  200: 'OK',
  408: 'Request Timeout',
  480: 'Temporarily Unavailable',
  486: 'Busy Here',
  487: 'Request Terminated',
  503: 'Service Unavailable',
  603: 'Decline',
}
