/**
 * What we use of drachtio-srf for calls, each with a time limit: its promises may never settle (a re-INVITE that is
 * refused, a BYE to somebody who is gone), and a dialog may be over before we hear that it began.
 */
import { randomBytes } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { within } from '../../postgres/line.ts'
import { challengeOf, proof, type Identity } from '../sip/proof.ts'
import type { SipRequest, SipResponse, Srf } from '../sip/srf.ts'

export interface Dialog extends EventEmitter {
  /** The server's name for it. */
  readonly id: string
  readonly connected: boolean
  readonly type: 'uac' | 'uas'
  /** The INVITE by which it began, and what it was answered. */
  readonly req: SipRequest
  readonly res: SipResponse
  readonly sip: { callId: string; localTag: string; remoteTag: string }
  readonly local: { sdp: string; contact: string }
  readonly remote: { sdp: string }
  readonly socket: Socket
  /** With which the library answers a challenge to what it sends in the dialog. */
  auth?: Identity
  readonly agent: { request(options: InDialog & { _socket: Socket; stackDialogId: string }, sent: SentTo): void }
  destroy(options?: { headers?: Record<string, string> }): Promise<unknown>
  request(options: InDialog): Promise<SipResponse>
}

interface InDialog {
  method: string
  headers?: Record<string, string>
  body?: string
}

type SentTo = (
  error: Error | null,
  request?: { on(event: 'response', heard: (response: SipResponse, acknowledge: () => void) => void): void },
) => void

/** An INVITE that was sent and can still be taken back. */
export interface Sent extends Pick<SipRequest, 'get'> {
  cancel(options?: { headers?: Record<string, string> }): void
}

interface Invitation {
  localSdp?: string
  localSdpB?: string
  headers?: Record<string, string>
  proxy?: string
  auth?: Identity
  passFailure?: boolean
  callingNumber?: string
  callingName?: string
  /** Fields of the answers to the media server, for the phone's answers. */
  responseHeaders?: (answer: SipResponse | undefined) => Record<string, string>
}

interface Progress {
  cbRequest?: (error: Error | null, sent?: Sent) => unknown
  cbProvisional?: (response: SipResponse) => unknown
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

interface Heard {
  rings(): void
  clock: Clock
  until: number
  over: AbortSignal
}

/**
 * Calls a phone or a trunk on behalf of the media server whose request this is; `until`: then it is taken back. A trunk
 * that asks who we are is told, by the best of the proofs that it offers (RFC 8760): the library knows MD5 alone.
 */
export async function callPhone(
  srf: Srf,
  asked: { request: SipRequest; response: SipResponse },
  uri: string,
  { auth, ...options }: Omit<Invitation, 'localSdp' | 'localSdpB' | 'passFailure'>,
  heard: Heard,
): Promise<{ uas: Dialog; uac: Dialog }> {
  let invitation: Invitation = options
  for (let proofs = 0; ; proofs++) {
    const made: { sent?: Sent } = {}
    try {
      const dialogs = await invite(srf, asked, uri, invitation, heard, made)
      // It may want to know that again at the end.
      if (auth) dialogs.uac.auth = auth
      return dialogs
    } catch (error) {
      const mayGoOn = proofs < MOST_PROOFS && !heard.over.aborted && heard.clock.now() < heard.until
      const again = auth && made.sent && mayGoOn ? proven(error, made.sent, uri, invitation, auth) : null
      if (!again) throw error
      invitation = again
    }
  }
}

/** @param made gets what was sent */
async function invite(
  srf: Srf,
  { request, response }: { request: SipRequest; response: SipResponse },
  uri: string,
  invitation: Invitation,
  heard: Heard,
  made: { sent?: Sent },
): Promise<{ uas: Dialog; uac: Dialog }> {
  const asked = calls(srf).createB2BUA(
    request,
    response,
    uri,
    // The library writes into the fields that it is given.
    { ...invitation, headers: { ...invitation.headers }, localSdpB: request.body ?? '', passFailure: false },
    {
      cbRequest: (_, sent) => sent && (made.sent = sent),
      cbProvisional: ({ status }) => status >= 180 && heard.rings(),
    },
  )
  let isRefused = false
  asked.catch(() => (isRefused = true))
  try {
    return await before(heard, asked)
  } catch (error) {
    if (!isRefused) made.sent?.cancel()
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

/** A nonce may be too old by the time it is used. */
const MOST_PROOFS = 2

/** The same INVITE again, with the proof that was asked for (RFC 3261, 22.2); null: none was, or none that we can give. */
function proven(
  error: unknown,
  sent: Sent,
  uri: string,
  invitation: Invitation,
  identity: Identity,
): Invitation | null {
  const { res } = error as { res?: SipResponse }
  const challenge = res && challengeOf(res)
  if (!challenge) return null
  const { field, asked } = challenge
  // Asked again although they have it: it is wrong, unless they say that only the nonce is old.
  if (field in (invitation.headers ?? {}) && !asked.stale) return null
  const cnonce = randomBytes(8).toString('hex')
  const [number] = /^\d+/.exec(sent.get('cseq') ?? '') ?? []
  const { From: _, ...headers } = invitation.headers ?? {}
  const transport = /;transport=(\w+)/i.exec(invitation.proxy ?? uri)?.[1] ?? 'udp'
  return {
    ...invitation,
    // A name may lead to another server, which has never heard of this nonce.
    proxy: invitation.proxy ?? `sip:${res.source_address}:${res.source_port};transport=${transport}`,
    headers: {
      ...headers,
      From: sent.get('from') ?? '',
      'Call-ID': sent.get('call-id') ?? '',
      CSeq: `${Number(number ?? 0) + 1} INVITE`,
      [field]: proof(asked, identity, { method: 'INVITE', uri, cnonce, nc: 1 }),
    },
  }
}

/** How long a phone rings is a matter of the call's clock, which need not be the machine's. */
function before<T>({ clock, until, over }: Omit<Heard, 'rings'>, asked: Promise<T>): Promise<T> {
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

/**
 * Ends a dialog that another connection, or another process, has made. False: the server does not know it; true also if
 * nobody answers.
 */
export function endById(srf: Srf, id: string): Promise<boolean> {
  const asked = new Promise<boolean>((resolve) =>
    // The server puts the party's own address in place of this one.
    srf.request({ uri: 'sip:placeholder', method: 'BYE', stackDialogId: id }, (error, request) => {
      if (error || !request) return resolve(false)
      request.on('response', () => resolve(true))
    }),
  )
  return within(DIALOG_MS, asked).catch(() => true)
}

/**
 * Takes back an INVITE that another connection, or another process, has sent. A 200 that crosses it the server acknowledges
 * and ends by itself. False: the server does not know it, or it was answered.
 */
export function takeBackById(srf: Srf, invite: string): Promise<boolean> {
  const asked = new Promise<boolean>((resolve) =>
    srf.request({ uri: 'sip:placeholder', method: 'CANCEL', stackTxnId: invite }, (error) => resolve(!error)),
  )
  return within(DIALOG_MS, asked).catch(() => false)
}

/**
 * Turns away a caller whose INVITE came over another connection, or to another process. False: the server does not know it,
 * or it was answered.
 */
export function turnAwayById(srf: Srf, invite: string): Promise<boolean> {
  const { mapServer, wp } = srf.app.client
  const [first] = mapServer
  if (!first) return Promise.resolve(false)
  const [socket, { pendingRequests }] = first
  const fields = ['Retry-After: 5', 'Content-Length: 0', '', '']
  const message = wp.send(socket, [`sip|${invite}|`, 'SIP/2.0 503 Service Unavailable', ...fields].join('\r\n'))
  const asked = new Promise<boolean>((resolve) =>
    pendingRequests.set(message, ([said]) => {
      pendingRequests.delete(message)
      resolve(said === 'OK')
    }),
  )
  return within(DIALOG_MS, asked).catch(() => {
    pendingRequests.delete(message)
    return false
  })
}

/** Ends a dialog, if it is not over; never throws, never waits for ever. False: nobody has confirmed it. */
export async function end(dialog: Dialog | null | undefined, headers: Record<string, string> = {}): Promise<boolean> {
  if (!dialog?.connected) return false
  return within(DIALOG_MS, dialog.destroy({ headers })).then(
    () => true,
    () => false,
  )
}

/** Does a phone say that it wants no calls at all? Statuses do not: 480, 486 and 603 are all in use for it. */
export function wantsNoCalls(error: unknown): boolean {
  const { reason, res } = (error ?? {}) as { reason?: unknown; res?: SipResponse }
  const said = [reason, res?.get('reason'), res?.get('warning')].filter((text) => typeof text === 'string')
  return said.some((text) => /do[\s_-]*not[\s_-]*disturb|\bdnd\b|勿扰|免打扰/i.test(text))
}

/** The status with which an INVITE was refused; null: it was not, something else broke. */
export function statusOfRefusal(error: unknown): number | null {
  const status = (error as { status?: unknown } | null)?.status
  return typeof status === 'number' ? status : null
}
