/**
 * Who may in: asks phones for their secret, judges what they answer, refuses and drops. What is answered here is answered
 * for good: the caller gets null and has nothing more to do with the request.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import type { Phone } from './bindings.ts'
import type { Credentials, Digest } from './digest.ts'
import { plainAddress, type Guard, type Refusal } from './guard.ts'
import { isWebSocket } from './registrar.ts'
import type { SipRequest, SipResponse, Srf } from './srf.ts'
import { extensionOfWebUser, type WebCredentials } from './web-credentials.ts'

/** An extension that may register. */
export interface Account extends Phone {
  /** Null: it has none, and only a browser can be this phone. */
  secret: string | null
  /** A browser may be this phone (A3.2.1-webrtc). */
  webPhone?: boolean
}

/** An extension that has proven itself. */
export interface Proven extends Account {
  /** Until when its password is good, UTC ms; null: for ever. */
  until: number | null
}

/** A request, and where it arrived. */
export interface Arrived {
  request: SipRequest
  response: SipResponse
  srf: Srf
  /** The SIP server's control address. */
  server: string
}

/** Who must prove themselves, and how they are asked to. */
interface Asked {
  user: string
  domain: string
  status: 401 | 407
}

export interface AdmissionOptions {
  digest: Digest
  guard: Guard
  clock: Clock
  /** The extension of that name at that domain; null if there is none. */
  account(user: string, domain: string): Account | null | Promise<Account | null>
  /** Passwords of browsers; absent: a browser can be no phone. */
  web?: WebCredentials
}

export class Admission {
  readonly #digest: Digest
  readonly #guard: Guard
  readonly #clock: Clock
  readonly #account: AdmissionOptions['account']
  readonly #web: WebCredentials | null

  constructor({ digest, guard, clock, account, web }: AdmissionOptions) {
    this.#digest = digest
    this.#guard = guard
    this.#clock = clock
    this.#account = account
    this.#web = web ?? null
  }

  /** Has a phone at that address proven itself lately? */
  knows(from: string): boolean {
    return this.#guard.isProven(from, this.#clock.now())
  }

  /** A phone there has proven itself before we started. */
  trust(from: string): void {
    this.#guard.prove(from, this.#clock.now())
  }

  count(refusal: Refusal, from: string): void {
    this.#guard.count(refusal, from, this.#clock.now())
  }

  get counts(): Partial<Record<Refusal, number>> {
    return this.#guard.counts
  }

  /** The extension that sent a request, if it has proven so; else the request is answered, or dropped. */
  async proven(arrived: Arrived, asked: Asked): Promise<Proven | null> {
    const { request } = arrived
    const { user, domain, status } = asked
    const from = sourceOf(request)
    const now = this.#clock.now()
    const field = request.get(status === 401 ? 'authorization' : 'proxy-authorization') ?? null
    const claim = this.#digest.credentials(field)
    if (!claim) return this.#challenge(arrived, asked, false)
    const browsers = isWebSocket(transportOf(request)) && extensionOfWebUser(claim.username) === user
    if (claim.username !== user && !browsers) return this.refuse(arrived, 'not_theirs', 403, 'Forbidden')
    if (!this.#guard.mayTry(from, user, now)) return this.drop(arrived, 'too_fast')
    const account = await this.#account(user, domain)
    const web = browsers && account?.webPhone ? this.#web?.accepts(account.tenant, claim.username, now) : null
    const secret = browsers ? (web?.password ?? null) : (account?.secret ?? null)
    return this.#judge(arrived, asked, claim, secret) && account ? { ...account, until: web?.expiresAt ?? null } : null
  }

  #judge(arrived: Arrived, asked: Asked, claim: Credentials, secret: string | null): boolean {
    const { method, uri } = arrived.request
    const from = sourceOf(arrived.request)
    const now = this.#clock.now()
    const verdict = this.#digest.verify(claim, { method, uri, secret, now })
    switch (verdict.is) {
      case 'right':
        this.#guard.prove(from, now)
        return true
      case 'wrong':
        // Not asked again: phones with an old secret would go round in circles.
        this.#guard.guessed(from, asked.user, now)
        this.count('wrong_secret', from)
        answer(arrived, 403, 'Forbidden')
        return false
      case 'misdirected':
        this.refuse(arrived, 'misdirected', 400, 'Bad Request')
        return false
      case 'again':
        if (verdict.why !== 'expired') this.count(verdict.why === 'forged' ? 'forged_nonce' : 'replayed', from)
        this.#challenge(arrived, asked, verdict.stale)
        return false
    }
  }

  #challenge(arrived: Arrived, { status }: Asked, stale: boolean): null {
    const now = this.#clock.now()
    if (!this.#guard.mayChallenge(sourceOf(arrived.request), now)) return this.drop(arrived, 'too_fast')
    const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate'
    // Each challenge stands in a field of its own (RFC 3261, 7.3.1), which the library cannot say otherwise.
    const [first, ...more] = this.#digest.challenges(now, stale)
    const value = [first, ...more.map((challenge) => `${name}: ${challenge}`)].join('\r\n')
    answer(arrived, status, status === 401 ? 'Unauthorized' : 'Proxy Authentication Required', { [name]: value })
    return null
  }

  /** Says no, once; further requests from there are not answered any more. */
  refuse(arrived: Arrived, refusal: Refusal, status: number, reason: string): null {
    const from = sourceOf(arrived.request)
    if (!this.#guard.mayRefuse(from, this.#clock.now())) return this.drop(arrived, refusal)
    this.count(refusal, from)
    answer(arrived, status, reason)
    return null
  }

  /** Answers nothing, and keeps nothing of it. */
  drop({ request, srf }: Arrived, refusal: Refusal): null {
    this.count(refusal, sourceOf(request))
    // drachtio forgets it after a minute; its library would keep an INVITE for ever.
    srf.app.client.mapServer.get(request.socket)?.pendingNetworkInvites.delete(request.get('call-id') ?? '')
    return null
  }
}

/** `udp`, `tcp`, `tls`, `ws` or `wss`. drachtio calls a WebSocket `tcp`; what the phone calls it stands in its Via. */
export function transportOf(request: SipRequest): string {
  const [, webSocket] = /^\s*SIP\s*\/\s*2\.0\s*\/\s*(wss?)\s/i.exec(request.get('via') ?? '') ?? []
  return request.protocol === 'udp' ? 'udp' : (webSocket?.toLowerCase() ?? request.protocol)
}

export const sourceOf = ({ source_address: from }: SipRequest): string => plainAddress(from)

/** Answers a request that has no final answer yet. */
export function answer(
  { response }: Pick<Arrived, 'response'>,
  status: number,
  reason: string,
  headers: Record<string, string> = {},
): void {
  if (!response.finalResponseSent) response.send(status, reason, { headers: { ...headers } })
}
