/**
 * The place where SIP arrives: connections to the drachtio servers, the registrar, and the guard in front of everything
 * else. Calls are for somebody else ({@link SipServer.onInvite}), who gets only those of known gateways and of registered
 * phones that have proven themselves.
 *
 * A phone repeats a request that is not answered, and gives up after half a minute: everything here is shorter.
 */
import { randomBytes } from 'node:crypto'
import type { Clock, Dice } from '@ledgerline/core/kernel/clock.ts'
import { LONGEST_CONTACT, type PhoneContact } from '@ledgerline/core/registration/events.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import type { TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import { within } from '../../postgres/line.ts'
import type { ServerLog } from '../../server-log.ts'
import { ReportQueue } from '../reports.ts'
import { Admission, answer, sourceOf, transportOf, type Account, type Arrived } from './admission.ts'
import type { Bindings, Phone } from './bindings.ts'
import { Digest } from './digest.ts'
import { address, sipUri } from './grammar.ts'
import { Guard, gatewayFinder, type GuardLimits, type KnownGateway, type Refusal } from './guard.ts'
import { pingPace, Pings, type PingPace, type Reach } from './pings.ts'
import { registrarRules, targetOf, type Register, type RegistrarRules, type Target } from './registrar.ts'
import { Registrations } from './registrations.ts'
import { ServerLine, nameOf, type LineOptions, type ServerAddress } from './server-line.ts'
import type { SipRequest, SipResponse, Srf } from './srf.ts'
import type { WebCredentials } from './web-credentials.ts'

/** A call that has passed the guard. */
export interface Invite {
  request: SipRequest
  response: SipResponse
  srf: Srf
  /** Media: a media server calls somebody for us, with a mark of ours. */
  from:
    | { kind: 'gateway'; tenant: string; gateway: string }
    | { kind: 'phone'; tenant: string; extension: string }
    | { kind: 'media' }
}

/** One row of the page of registered extensions (A3.2.7-list): a contact. */
export interface Registration extends Reach {
  tenant: string
  /** user */
  extension: string
  contact: string
  /** agent: what the phone calls itself */
  userAgent: string | null
  /** host: the SIP server's address that it registered at */
  host: string
  /** network-ip */
  address: string
  port: number
  protocol: string
  behindNat: boolean
  expiresAt: number
}

export interface SipServerOptions {
  servers: readonly ServerAddress[]
  /** Tenants of whom it is said even that no phone of theirs is registered. */
  tenants?: readonly string[]
  /** What phones are told that they authenticate at. */
  realm: string
  /** Signs nonces; the same in all processes of a house, 32 bytes derived from its master key. */
  nonceKey: Buffer
  /** The extension of that name at that domain; null if there is none. */
  account(user: string, domain: string): Account | null | Promise<Account | null>
  /** Passwords of browsers; absent: a browser can be no phone. */
  web?: WebCredentials
  /**
   * The trunks in force: the same array until they change. Names are for the caller to resolve; only addresses are
   * compared.
   */
  gateways(): readonly KnownGateway[]
  /** Is this the INVITE with which a media server calls somebody for us? */
  isOurs?(request: SipRequest): boolean
  /** Stays open: its opener closes it. */
  store: Bindings
  clock: Clock
  dice: Dice
  logger: Pick<ServerLog, 'warn' | 'error'>
  /** A SIP server or the store of registrations is not there: told once; tried again by itself. */
  onTrouble?(problem: Problem): void
  onBack?(what: string, awayMs: number): void
  /** A SIP server is connected, or no longer: its dialogs are lost. */
  onServer?(server: string, srf: Srf | null): void
  /** How long a nonce is good, ms. */
  nonceMs?: number
  rules?: RegistrarRules
  pace?: PingPace
  limits?: Partial<GuardLimits>
  line?: Pick<LineOptions, 'pauses' | 'probeMs' | 'answerMs'>
}

/** Everything that may arrive outside a dialog; without a client for it, drachtio would answer 503 to each. */
const METHODS = [
  'register',
  'invite',
  'options',
  'subscribe',
  'publish',
  'message',
  'notify',
  'refer',
  'info',
  'bye',
  'prack',
  'update',
]
const ALLOW = { Allow: 'INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, REFER, INFO, UPDATE, PRACK, NOTIFY' }
/** A request is answered within this time, ms. */
const HANDLE_MS = 3_000
const TRY_AGAIN = { 'Retry-After': '10' }
const MAX_CSEQ = 2 ** 31
const HAS_SCHEME = /^\s*[a-z][a-z0-9+.-]*:/i

export class SipServer {
  readonly #with: SipServerOptions
  readonly #registrations: Registrations
  readonly #admission: Admission
  readonly #pings: Pings
  /** What was said last of each phone's contacts. */
  readonly #said = new Map<string, string>()
  readonly #reports: ReportQueue
  readonly #lines: ServerLine[]
  #handler: ((invite: Invite) => void | Promise<void>) | null = null
  #gateways: { of: readonly KnownGateway[]; find: ReturnType<typeof gatewayFinder> } | null = null
  #storeAwaySince: number | null = null

  private constructor(options: SipServerOptions, registrations: Registrations, reports: ReportQueue) {
    const { clock, realm, nonceKey, nonceMs, limits, pace = pingPace, logger } = options
    this.#with = options
    this.#registrations = registrations
    this.#reports = reports
    this.#admission = new Admission({
      digest: new Digest({
        key: nonceKey,
        realm,
        since: clock.now(),
        random: randomBytes,
        ...(nonceMs && { nonceMs }),
      }),
      guard: new Guard(
        (refusal, from, count) => logger.warn({ refusal, from, count }, 'SIP requests were refused'),
        limits,
      ),
      clock,
      account: options.account,
      ...(options.web && { web: options.web }),
    })
    for (const { bindings } of registrations.all())
      for (const { source } of bindings) this.#admission.trust(source.address)
    this.#lines = options.servers.map((server) => this.#line(server))
    this.#pings = new Pings({
      phones: () => registrations.all(),
      srfFor: (server) => this.srf(server),
      onClosed: (phone, binding) => void registrations.lost(phone, binding),
      onPinged: (phone) => this.#tell(phone),
      pace,
    })
    this.#tellAll()
  }

  /**
   * Reads the registrations that are kept, and connects to the SIP servers, without waiting for them.
   * @throws Problem `sip.bindings_away`
   */
  static async open(options: SipServerOptions): Promise<SipServer> {
    const reports = new ReportQueue()
    let tell: (phone: Phone) => void = () => {}
    const registrations = await Registrations.open(options.store, {
      clock: options.clock,
      rules: options.rules ?? registrarRules,
      onTurn: ({ tenant, extension, at, contact }) =>
        reports.push({
          tenant,
          extension,
          at,
          ...(contact === null ? { what: 'unregistered' } : { what: 'registered', contact }),
        }),
      onContacts: (phone) => tell(phone),
    })
    const server = new SipServer(options, registrations, reports)
    tell = (phone) => server.#tell(phone)
    return server
  }

  /** Who gets the calls; one at a time. Until then they are told that nobody is there (480). */
  onInvite(handler: (invite: Invite) => void | Promise<void>): void {
    this.#handler = handler
  }

  readonly bindings = {
    /** Where to reach a phone: by preference, those that answer before those that do not. Empty: it is not registered. */
    contactsOf: (phone: Phone): Target[] => {
      const bindings = this.#registrations.contactsOf(phone)
      const isSilent = new Map(bindings.map((binding) => [binding, this.#pings.of(binding).status === 'unreachable']))
      return bindings.toSorted((a, b) => Number(isSilent.get(a)) - Number(isSilent.get(b))).map(targetOf)
    },
  }

  /** A phone has said that it goes away from this address: it is called there no more. */
  async phoneLeft(phone: Phone, { address, port }: { address: string; port: number }): Promise<void> {
    const left = this.#registrations
      .contactsOf(phone)
      .filter(({ source }) => source.protocol !== 'udp' && source.address === address && source.port === port)
    await Promise.all(left.map((binding) => this.#registrations.lost(phone, binding)))
  }

  /** Phones that registered and unregistered, and their contacts, the present ones first. */
  reports(signal: AbortSignal): AsyncIterable<TelephonyReport> {
    return this.#reports.read(signal)
  }

  /** Every contact of every phone, for the page of registered extensions. */
  registrations(): Registration[] {
    return [...this.#registrations.all()].flatMap(({ tenant, extension, bindings }) =>
      bindings.map((binding) => ({
        tenant,
        extension,
        contact: binding.contact,
        userAgent: binding.userAgent,
        host: binding.receivedOn,
        ...binding.source,
        behindNat: binding.behindNat,
        expiresAt: binding.expiresAt,
        ...this.#pings.of(binding),
      })),
    )
  }

  /** The connection to a SIP server; to any, if that one is not there or none is named. Null: there is none. */
  srf(server?: string): Srf | null {
    const named = this.#lines.find(({ name, srf }) => name === server && srf)
    return (named ?? this.#lines.find(({ srf }) => srf))?.srf ?? null
  }

  /** Where a SIP server takes SIP over UDP, else over TCP (`host:port`); null: none is connected. */
  get sipAddress(): string | null {
    return this.#lines.find(({ srf }) => srf)?.sipAddress ?? null
  }

  /** Names of the SIP servers that are connected. */
  get connected(): string[] {
    return this.#lines.filter(({ srf }) => srf).map(({ name }) => name)
  }

  /** How many requests were refused or dropped since the start, by kind. */
  get refused(): Partial<Record<Refusal, number>> {
    return this.#admission.counts
  }

  async close(): Promise<void> {
    this.#pings.close()
    this.#registrations.close()
    this.#reports.close()
    await Promise.all(this.#lines.map((line) => line.close()))
  }

  /** Reports every phone that is there, and that no other is. */
  #tellAll(): void {
    const present = new Map((this.#with.tenants ?? []).map((tenant) => [tenant, [] as string[]]))
    for (const phone of this.#registrations.all()) {
      const { tenant, extension } = phone
      const extensions = present.get(tenant)
      if (extensions) extensions.push(extension)
      else present.set(tenant, [extension])
      this.#tell(phone)
    }
    const at = this.#with.clock.now()
    for (const [tenant, extensions] of present) this.#reports.push({ at, tenant, what: 'registrar', extensions })
  }

  /** Reports the contacts of a phone, if that is news. */
  #tell({ tenant, extension }: Phone): void {
    const contacts = this.#registrations.contactsOf({ tenant, extension }).map((binding): PhoneContact => {
      const { status, pingMs } = this.#pings.of(binding)
      const { contact, userAgent, receivedOn, source, behindNat } = binding
      return {
        contact: contact.slice(0, LONGEST_CONTACT),
        userAgent,
        host: receivedOn,
        ...source,
        behindNat,
        reach: status,
        pingMs: pingMs === null ? null : Math.round(pingMs),
      }
    })
    const key = JSON.stringify([tenant, extension])
    const words = JSON.stringify(contacts)
    if ((this.#said.get(key) ?? '[]') === words) return
    if (contacts.length > 0) this.#said.set(key, words)
    else this.#said.delete(key)
    this.#reports.push({ at: this.#with.clock.now(), tenant, what: 'contacts', extension, contacts })
  }

  #line(server: ServerAddress): ServerLine {
    const { dice, line, onServer, onTrouble, onBack } = this.#with
    const name = nameOf(server)
    return new ServerLine({
      ...line,
      address: server,
      dice,
      prepare: (srf) => {
        for (const method of METHODS)
          srf.use(method, (request, response) => void this.#serve({ srf, server: name, request, response }))
      },
      onUp: (srf) => onServer?.(name, srf),
      onDown: () => onServer?.(name, null),
      onTrouble: (problem) => onTrouble?.(problem),
      onBack: (awayMs) => onBack?.(name, awayMs),
      onUnreadable: () => this.#admission.count('unreadable', name),
    })
  }

  /** Answers one request, in time and whatever happens. */
  async #serve(arrived: Arrived): Promise<void> {
    if (!mayBeAnswered(arrived.request)) return void this.#admission.drop(arrived, 'malformed')
    try {
      await within(HANDLE_MS, this.#handle(arrived))
    } catch (error) {
      // Not the error's words: they may quote the request.
      const what = isProblem(error) ? error.code : (error as Error).name
      this.#with.logger.error(
        { method: arrived.request.method, what },
        'a SIP request was not answered in time, or failed',
      )
      answer(arrived, 503, 'Service Unavailable', TRY_AGAIN)
    }
  }

  async #handle(arrived: Arrived): Promise<unknown> {
    const { request } = arrived
    if (request.method === 'REGISTER') return this.#register(arrived)
    if (request.method === 'INVITE') return this.#invite(arrived)
    const from = sourceOf(request)
    const isKnown = this.#gatewayAt(from) !== null || this.#admission.knows(from)
    if (!isKnown) return this.#admission.refuse(arrived, 'stranger', 403, 'Forbidden')
    if (request.method === 'OPTIONS') answer(arrived, 200, 'OK', { ...ALLOW, Accept: 'application/sdp' })
    else if (request.method === 'BYE') answer(arrived, 481, 'Call/Transaction Does Not Exist')
    else answer(arrived, 405, 'Method Not Allowed', ALLOW)
    return null
  }

  async #register(arrived: Arrived): Promise<unknown> {
    const { request, server } = arrived
    const to = sipUri(address(request.get('to') ?? '')?.uri ?? '')
    const [, number, method] = /^\s*(\d{1,10})\s+(\S+)\s*$/.exec(request.get('cseq') ?? '') ?? []
    const callId = request.get('call-id')?.trim()
    const cseq = Number(number)
    if (!to?.user || !callId || callId.length > 255 || method !== 'REGISTER' || cseq >= MAX_CSEQ)
      return this.#admission.refuse(arrived, 'malformed', 400, 'Bad Request')
    const account = await this.#admission.proven(arrived, { user: to.user, domain: to.host, status: 401 })
    if (!account) return null
    const source = { address: sourceOf(request), port: request.source_port, protocol: transportOf(request) }
    const field = (name: string): string | null => request.get(name) ?? null
    const wanted: Register = {
      contact: field('contact'),
      expires: field('expires'),
      path: field('path'),
      require: field('require'),
      userAgent: field('user-agent'),
      receivedOn: request.receivedOn ?? server,
      callId,
      cseq,
      source,
      server,
      until: account.until,
    }
    try {
      const done = await this.#registrations.register(account, wanted)
      this.#storeIsBack()
      if (!done) answer(arrived, 503, 'Too many at once', TRY_AGAIN)
      else answer(arrived, done.status, done.status === 200 ? 'OK' : done.reason, done.headers)
    } catch (error) {
      if (!isProblem(error)) throw error
      this.#storeIsAway(error)
      answer(arrived, 503, 'Service Unavailable', TRY_AGAIN)
    }
    return null
  }

  async #invite(arrived: Arrived): Promise<unknown> {
    const { request } = arrived
    if (this.#with.isOurs?.(request)) return this.#hand(arrived, { kind: 'media' })
    const trunk = this.#gatewayAt(sourceOf(request))
    if (trunk) return this.#hand(arrived, { kind: 'gateway', tenant: trunk.tenant, gateway: trunk.gateway })
    const from = sipUri(address(request.get('from') ?? '')?.uri ?? '')
    // Before anybody is looked up: most of these are scanners, which try every number.
    if (!from?.user || !this.#registrations.hasAny(from.user))
      return this.#admission.refuse(arrived, 'stranger', 403, 'Forbidden')
    const account = await this.#admission.proven(arrived, { user: from.user, domain: from.host, status: 407 })
    if (!account) return null
    if (this.#registrations.contactsOf(account).length === 0)
      return this.#admission.refuse(arrived, 'stranger', 403, 'Not registered')
    const { tenant, extension } = account
    return this.#hand(arrived, { kind: 'phone', tenant, extension })
  }

  async #hand(arrived: Arrived, from: Invite['from']): Promise<void> {
    const { request, response, srf } = arrived
    if (!this.#handler) return answer(arrived, 480, 'Nobody is there')
    // It takes as long as a call does, and answers by itself.
    void (async () => this.#handler!({ request, response, srf, from }))().catch((error: unknown) => {
      const what = isProblem(error) ? error.code : (error as Error).name
      this.#with.logger.error({ what }, 'a call failed')
      answer(arrived, 500, 'Server Internal Error')
    })
  }

  #gatewayAt(from: string): KnownGateway | null {
    const of = this.#with.gateways()
    if (this.#gateways?.of !== of) this.#gateways = { of, find: gatewayFinder(of) }
    return this.#gateways.find(from)
  }

  #storeIsAway(problem: Problem): void {
    if (this.#storeAwaySince !== null) return
    this.#storeAwaySince = performance.now()
    this.#with.onTrouble?.(problem)
  }

  #storeIsBack(): void {
    if (this.#storeAwaySince === null) return
    this.#with.onBack?.('registrations', performance.now() - this.#storeAwaySince)
    this.#storeAwaySince = null
  }
}

/**
 * drachtio 0.9.10 ends with a segmentation fault when it is told to answer a request whose target, or an address of which in
 * brackets, has no scheme: one datagram of anybody would end all calls.
 */
function mayBeAnswered(request: SipRequest): boolean {
  if (!HAS_SCHEME.test(request.uri)) return false
  const fields = ['contact', 'from', 'to', 'record-route', 'route'].map((name) => request.get(name) ?? '')
  return fields.every((field) => [...field.matchAll(/<([^>]*)/g)].every(([, uri]) => HAS_SCHEME.test(uri!)))
}
