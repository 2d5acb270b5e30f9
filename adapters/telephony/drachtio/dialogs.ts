/**
 * What we use of drachtio-srf for calls, each with a time limit: its promises may never settle (a re-INVITE that is
 * refused, a BYE to somebody who is gone), and a dialog may be over before we hear that it began.
 */
import type { EventEmitter } from 'node:events'
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { within } from '../../postgres/line.ts'
import type { SipRequest, SipResponse, Srf } from '../sip/srf.ts'

export interface Dialog extends EventEmitter {
  /** The server's name for it. */
  readonly id: string
  readonly connected: boolean
  readonly sip: { callId: string }
  readonly local: { sdp: string }
  readonly remote: { sdp: string }
  destroy(options?: { headers?: Record<string, string> }): Promise<unknown>
  modify(sdp: string): Promise<string>
  request(options: { method: string; headers?: Record<string, string>; body?: string }): Promise<SipResponse>
}

/** An INVITE that was sent and can still be taken back. */
export interface Sent {
  cancel(options?: { headers?: Record<string, string> }): void
}

interface Invitation {
  localSdp?: string
  localSdpB?: string
  headers?: Record<string, string>
  proxy?: string
  auth?: { username: string; password: string }
  passFailure?: boolean
  callingNumber?: string
}

interface Progress {
  cbRequest?: (error: Error | null, sent?: Sent) => void
  cbProvisional?: (response: SipResponse) => void
}

/** The part of the library that makes dialogs. */
interface Calls {
  createUAC(uri: string, options: Invitation, progress?: Progress): Promise<Dialog>
  createUAS(request: SipRequest, response: SipResponse, options: { localSdp: string }): Promise<Dialog>
  createB2BUA(
    request: SipRequest,
    response: SipResponse,
    uri: string,
    options: Invitation,
    progress?: Progress,
  ): Promise<{ uas: Dialog; uac: Dialog }>
}

/** How long a server of ours may take, and how long a dialog may take to change or end, ms. */
const SERVER_MS = 5_000
const DIALOG_MS = 5_000

const calls = (srf: Srf): Calls => srf as unknown as Calls

/** Hands a caller's media to a media server; resolves when it has answered. */
export async function toMedia(
  srf: Srf,
  uri: string,
  localSdp: string,
  headers: Record<string, string>,
): Promise<Dialog> {
  let sent: Sent | undefined
  const asked = calls(srf).createUAC(uri, { localSdp, headers }, { cbRequest: (_, request) => (sent = request) })
  try {
    return await within(SERVER_MS, asked)
  } catch (error) {
    sent?.cancel()
    // It answers after all: nobody waits for it any more.
    asked.then(end, () => {})
    throw error
  }
}

/** Answers a caller. @throws Error when the caller is gone */
export async function answerCaller(
  srf: Srf,
  request: SipRequest,
  response: SipResponse,
  localSdp: string,
): Promise<Dialog> {
  const asked = calls(srf).createUAS(request, response, { localSdp })
  return within(SERVER_MS, asked).catch((error: unknown) => {
    asked.then(end, () => {})
    throw error
  })
}

/** Calls a phone on behalf of the media server whose request this is; `until`: then it is taken back. */
export async function callPhone(
  srf: Srf,
  { request, response }: { request: SipRequest; response: SipResponse },
  uri: string,
  options: Omit<Invitation, 'localSdp' | 'localSdpB'>,
  heard: { rings(): void; clock: Clock; until: number; over: AbortSignal },
): Promise<{ uas: Dialog; uac: Dialog }> {
  let sent: Sent | undefined
  const asked = calls(srf).createB2BUA(
    request,
    response,
    uri,
    { ...options, localSdpB: request.body ?? '', passFailure: false },
    {
      cbRequest: (_, made) => (sent = made),
      cbProvisional: ({ status }) => status >= 180 && heard.rings(),
    },
  )
  try {
    return await before(heard, asked)
  } catch (error) {
    sent?.cancel()
    asked.then(
      ({ uas, uac }) => {
        void end(uas)
        void end(uac)
      },
      () => {},
    )
    throw error
  }
}

/** How long a phone rings is a matter of the call's clock, which need not be the machine's. */
function before<T>(
  { clock, until, over }: { clock: Clock; until: number; over: AbortSignal },
  asked: Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.at(until, () => reject(new Error('it rang for as long as it may')))
    const isOver = (): void => reject(new Error('nobody calls any more'))
    over.addEventListener('abort', isOver)
    const settle = (): void => {
      cancel()
      over.removeEventListener('abort', isOver)
    }
    asked.then(resolve, reject).finally(settle)
    over.addEventListener('abort', settle, { once: true })
  })
}

/** Ends a dialog that another connection, or another process, has made; nobody answers if the server does not know it. */
export function endById(srf: Srf, id: string): Promise<void> {
  const asked = new Promise<void>((resolve, reject) =>
    // The server puts the party's own address in place of this one.
    srf.request({ uri: 'sip:placeholder', method: 'BYE', stackDialogId: id }, (error, request) => {
      if (error || !request) return reject(error ?? new Error('not sent'))
      request.on('response', () => resolve())
    }),
  )
  return within(DIALOG_MS, asked).catch(() => {})
}

/** Ends a dialog, if it is not over; never throws, never waits for ever. */
export async function end(dialog: Dialog | null | undefined): Promise<void> {
  if (!dialog?.connected) return
  await within(DIALOG_MS, dialog.destroy()).catch(() => {})
}

/**
 * Passes what one side asks of the session on to the other, and its answer back: a phone's own hold, a change of codec,
 * a new address. An answer that does not come, or a refusal, is answered 488 and changes nothing.
 */
export function passOn(from: Dialog, to: Dialog): void {
  from.on('modify', (request: SipRequest, response: SipResponse) => {
    if (!to.connected) return response.send(481, 'Gone')
    within(DIALOG_MS, to.modify(request.body ?? ''))
      .then((body) => response.send(200, 'OK', { body }))
      .catch(() => response.send(488, 'Not Acceptable Here'))
  })
}

/** The status with which an INVITE was refused; null: it was not, something else broke. */
export function statusOfRefusal(error: unknown): number | null {
  const status = (error as { status?: unknown } | null)?.status
  return typeof status === 'number' ? status : null
}
