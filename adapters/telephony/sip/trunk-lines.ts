/**
 * Our side of the gateways: registers where the mode asks for it (UNI, IMS), asks each with OPTIONS whether it is there, and
 * reports how it is. What to do when, and what an answer means, is decided in core (`registration/registering.ts`,
 * `registration/health.ts`); here it is sent. One process does this: the one that owns the switchboard. What it reports is kept
 * in the ledger, and a process that takes over begins with that.
 */
import type { Clock, Dice } from '@ledgerline/core/kernel/clock.ts'
import { pinged, unknownHealth, usualThresholds, type Health } from '@ledgerline/core/registration/health.ts'
import {
  answered,
  ANSWER_MS,
  asked,
  beginning,
  isRegistered,
  registerStep,
  registrationWord,
  type RegisterAnswer,
  type Registering,
} from '@ledgerline/core/registration/registering.ts'
import type { GatewayState } from '@ledgerline/core/registration/reported.ts'
import type { GatewaySettings } from '@ledgerline/core/network/settings.ts'
import type { TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import { within } from '../../postgres/line.ts'
import { addresses, seconds, sipUri } from './grammar.ts'
import type { Names } from './names.ts'
import { challengeOf, proof, unproven, type Challenge } from './proof.ts'
import { ask } from './requests.ts'
import type { SipResponse, Srf } from './srf.ts'
import { pingRoute, registerRoute, subscriberAt, type Subscriber } from './trunk-address.ts'

export interface TrunkLinesOptions {
  tenant: string
  /** The gateways in force; the same array until they change. */
  gateways(): readonly GatewaySettings[]
  /** A connection to a SIP server; null: there is none. */
  srf(): Srf | null
  names: Names
  /** What was known of a gateway before; null: nothing. */
  known(gateway: string): GatewayState | null
  report(report: TelephonyReport): void
  clock: Clock
  dice: Dice
  random(bytes: number): Buffer
  /** How often it looks for what is due, and how long an OPTIONS may take, ms. */
  lookMs?: number
  pingMs?: number
  /** The first requests after a start are spread over this, ms. */
  spreadMs?: number
}

interface Line {
  settings: GatewaySettings
  subscriber: Subscriber | null
  registering: Registering | null
  health: Health
  pingAt: number
  isPinged: boolean
  callId: string
  tag: string
  cseq: number
  /** The connection by which it was registered last. */
  by: Srf | null
  sip: number | null
  /** What was said last. */
  said: string
}

const LOOK_MS = 250
const PING_MS = 5_000
const SPREAD_MS = 2_000
/** Saying good-bye takes no longer, ms. */
const LEAVE_MS = 3_000
const AGENT = 'Ledgerline'

export class TrunkLines {
  readonly #with: TrunkLinesOptions
  readonly #lines = new Map<string, Line>()
  readonly #leaving = new Set<Promise<void>>()
  #of: readonly GatewaySettings[] | null = null
  #cancel: () => void = () => {}
  #closed = false

  constructor(options: TrunkLinesOptions) {
    this.#with = options
    this.#look()
  }

  /**
   * Takes our registrations back and ends.
   * @param leave false: another process has them by now, and a good-bye would take them from it
   */
  async close(leave = true): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#cancel()
    if (leave) for (const line of this.#lines.values()) this.#leave(line)
    await Promise.all(this.#leaving)
    this.#lines.clear()
  }

  // ── looking ──────────────────────────────────────────────────────────────────────────────────

  #look(): void {
    const { clock, srf, lookMs = LOOK_MS } = this.#with
    const now = clock.now()
    this.#follow(now)
    const by = srf()
    for (const line of this.#lines.values()) {
      if (by) {
        this.#register(line, by, now)
        this.#ping(line, by, now)
      }
      this.#say(line, now)
    }
    this.#cancel = clock.at(now + lookMs, () => !this.#closed && this.#look())
  }

  /** The configuration may be another one. */
  #follow(now: number): void {
    const gateways = this.#with.gateways()
    if (gateways === this.#of) return
    this.#of = gateways
    const wanted = new Map(gateways.map((gateway) => [gateway.code, gateway]))
    for (const [code, line] of this.#lines) {
      const settings = wanted.get(code)
      if (settings && JSON.stringify(settings) === JSON.stringify(line.settings)) continue
      // Under another name, or elsewhere: what there is of the old one is taken back.
      this.#leave(line)
      this.#lines.delete(code)
    }
    for (const [code, settings] of wanted) if (!this.#lines.has(code)) this.#lines.set(code, this.#begin(settings, now))
  }

  #begin(settings: GatewaySettings, now: number): Line {
    const { dice, known, random, spreadMs = SPREAD_MS } = this.#with
    const subscriber = subscriberAt(settings)
    const before = known(settings.code)
    return {
      settings,
      subscriber,
      registering: subscriber && beginning(settings.registerEveryMs, now, dice, spreadMs),
      health: settings.pingEveryMs === 0 ? unknownHealth : { ...unknownHealth, reach: before?.reach ?? 'unknown' },
      pingAt: now + dice() * spreadMs,
      isPinged: false,
      callId: random(16).toString('hex'),
      tag: random(6).toString('hex'),
      cseq: 0,
      by: null,
      sip: null,
      said: '',
    }
  }

  /** Reports how a gateway is, as soon as its registration has come to something; until then what was known of it holds. */
  #say(line: Line, now: number): void {
    const { settings, registering, health, sip } = line
    if (registering && registering.until === null && registering.failed === null) return
    if (!registering && settings.pingEveryMs > 0 && health.reach === 'unknown') return
    const isThere = registering === null || isRegistered(registering, now)
    const state: GatewayState = {
      up: isThere && health.reach !== 'unreachable',
      registration: registering === null ? 'none' : registrationWord(registering, now),
      reach: health.reach,
      pingMs: health.pingMs,
      sip: isThere ? null : sip || null,
    }
    const words = JSON.stringify(state)
    if (words === line.said) return
    line.said = words
    const { tenant, report } = this.#with
    report({ at: now, tenant, what: 'gateway', gateway: settings.code, ...state })
  }

  // ── registering ──────────────────────────────────────────────────────────────────────────────

  #register(line: Line, by: Srf, now: number): void {
    if (!line.registering) return
    // Another connection: the SIP server may have begun anew, or be another one with an address of its own.
    if (line.by !== by && line.registering.askedAt === null) {
      if (line.by) line.registering = { ...line.registering, nextAt: Math.min(line.registering.nextAt, now) }
      line.by = by
    }
    const step = registerStep(line.registering, now)
    if (step.do === 'ask') void this.#askFor(line, by, step.lifetime)
  }

  /** One registration, with as many proofs as it takes. */
  async #askFor(line: Line, by: Srf, lifetime: number): Promise<void> {
    const { clock, dice } = this.#with
    line.registering = asked(line.registering!, clock.now())
    let authorization = this.#introduction(line)
    for (;;) {
      const response = await this.#send(line, by, lifetime, authorization, ANSWER_MS)
      if (this.#closed || this.#lines.get(line.settings.code) !== line) return
      const challenge = response && challengeOf(response)
      const { state, prove } = answered(line.registering, answerOf(response, line), clock.now(), dice)
      line.registering = state
      if (!prove || !challenge) {
        line.sip = response?.status ?? null
        return this.#say(line, clock.now())
      }
      authorization = this.#prove(line, challenge)
    }
  }

  async #send(
    line: Line,
    by: Srf,
    lifetime: number,
    authorization: Record<string, string>,
    ms: number,
  ): Promise<SipResponse | null> {
    const { settings, subscriber, callId, tag } = line
    const { aor, user } = subscriber!
    const { uri, proxy } = registerRoute(settings, this.#with.names)
    const request = {
      method: 'REGISTER',
      uri,
      ...(proxy !== null && { proxy }),
      headers: {
        From: `<${aor}>;tag=${tag}`,
        To: `<${aor}>`,
        'Call-ID': callId,
        CSeq: `${++line.cseq} REGISTER`,
        Contact: `<sip:${encodeURIComponent(user).replace(/%2B/gi, '+')}@localhost;transport=${settings.transport}>;expires=${lifetime}`,
        Expires: String(lifetime),
        Allow: 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, NOTIFY',
        Supported: 'path',
        'User-Agent': AGENT,
        ...authorization,
      },
    }
    return within(ms, ask(by, request)).catch(() => null)
  }

  /** An IMS core wants to know who asks before it asks back. */
  #introduction({ settings, subscriber }: Line): Record<string, string> {
    if (settings.mode !== 'ims' || settings.user === null) return {}
    const { domain } = subscriber!
    return { Authorization: unproven(settings.user, domain, `sip:${domain}`) }
  }

  #prove({ settings, subscriber }: Line, { field, asked: wanted }: Challenge): Record<string, string> {
    const identity = { username: settings.user ?? subscriber!.user, password: settings.secret ?? '' }
    const { uri } = registerRoute(settings, this.#with.names)
    const cnonce = this.#with.random(8).toString('hex')
    return { [field]: proof(wanted, identity, { method: 'REGISTER', uri, cnonce, nc: 1 }) }
  }

  /** Takes a registration back. */
  #leave(line: Line): void {
    const { registering } = line
    const by = this.#with.srf()
    // One that is under way may still come to something.
    if (!registering || !by || (registering.until === null && registering.askedAt === null)) return
    const left = (async () => {
      const first = await this.#send(line, by, 0, this.#introduction(line), LEAVE_MS)
      const challenge = first && challengeOf(first)
      if (challenge) await this.#send(line, by, 0, this.#prove(line, challenge), LEAVE_MS)
    })()
    this.#leaving.add(left)
    void left.finally(() => this.#leaving.delete(left))
  }

  // ── OPTIONS ──────────────────────────────────────────────────────────────────────────────────

  #ping(line: Line, by: Srf, now: number): void {
    const { settings } = line
    if (settings.pingEveryMs === 0 || line.isPinged || now < line.pingAt) return
    line.isPinged = true
    void this.#pinged(line, by).finally(() => {
      line.isPinged = false
      line.pingAt = now + settings.pingEveryMs
      if (!this.#closed && this.#lines.get(settings.code) === line) this.#say(line, this.#with.clock.now())
    })
  }

  async #pinged(line: Line, by: Srf): Promise<void> {
    const { names, pingMs = PING_MS } = this.#with
    const { settings, subscriber } = line
    const { uri, proxy } = pingRoute(settings, names)
    const began = performance.now()
    const request = {
      method: 'OPTIONS',
      uri,
      ...(proxy !== null && { proxy }),
      headers: { 'User-Agent': AGENT, ...(subscriber && { From: `<${subscriber.aor}>`, To: `<${uri}>` }) },
    }
    const response = await within(pingMs, ask(by, request)).catch(() => null)
    // 408 and 503 are the SIP server's own words for silence; a gateway that says 503 itself takes no calls either.
    const isThere = response !== null && response.status !== 408 && response.status !== 503
    const took = Math.round(performance.now() - began)
    const thresholds = {
      misses: settings.pingMisses ?? usualThresholds.misses,
      answers: settings.pingAnswers ?? usualThresholds.answers,
    }
    // A connection that was lost meanwhile says nothing about the gateway.
    if (response === null && this.#with.srf() !== by) return
    line.health = pinged(line.health, isThere ? took : null, thresholds)
  }
}

function answerOf(response: SipResponse | null, { subscriber }: Line): RegisterAnswer {
  if (!response) return null
  const number = (name: string): number | null => seconds(response.get(name)?.split(/[;(\s]/)[0] ?? '')
  const challenge = challengeOf(response)
  return {
    status: response.status,
    expires: lifetimeOf(response, subscriber!) ?? number('expires'),
    minExpires: number('min-expires'),
    retryAfter: number('retry-after'),
    challenge: challenge && { stale: challenge.asked.stale },
  }
}

/** How long our contact lives, as a 200 says; it lists those of others, too. */
function lifetimeOf(response: SipResponse, { user }: Subscriber): number | null {
  const contacts = addresses(response.get('contact') ?? '') ?? []
  const ours = contacts.filter(({ uri }) => sipUri(uri)?.user === user)
  const times = ours.flatMap(({ params }) => seconds(params.get('expires') ?? '') ?? [])
  return times.length > 0 ? Math.max(...times) : null
}
