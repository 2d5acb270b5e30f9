/**
 * Somebody else's SIP server, for tests: takes registrations over UDP as a carrier's registrar does, answers OPTIONS, and can
 * be told to refuse, to ask for more time, to change its mind about nonces, and to say nothing.
 */
import { randomUUID } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { compose, field, parse, statusOf, type SipText } from './message.ts'
import { digestOf, type Algorithm } from './phone.ts'

export interface RegistrarSettings {
  user: string
  secret: string
  realm: string
  algorithms: readonly Algorithm[]
  /** The shortest and the longest time that it registers for, s. */
  shortest: number
  longest: number
  status: 401 | 407
  /** Registers without asking who it is. */
  open: boolean
}

export class TestRegistrar {
  readonly settings: RegistrarSettings
  readonly port: number
  readonly address: string
  /** Every request, in order. */
  readonly asked: SipText[] = []
  /** Answers nothing. */
  isSilent = false
  /** What it says to everything, instead of what would be right. */
  refuses: { status: number; reason: string; fields?: Record<string, string> } | null = null
  answersOptions = true
  /** The next so many proofs are met with a fresh nonce. */
  stale = 0
  /** What is registered: the contact, until when, with which Call-ID and CSeq. */
  contact: { uri: string; until: number; callId: string; cseq: number } | null = null
  #nonce = randomUUID()
  readonly #socket: Socket

  private constructor(socket: Socket, settings: RegistrarSettings) {
    this.#socket = socket
    this.settings = settings
    const { port, address } = socket.address()
    this.port = port
    this.address = address
    socket.on('message', (bytes, from) => this.#take(parse(bytes.toString()), from))
    socket.on('error', () => {})
  }

  static async start(
    settings: Partial<RegistrarSettings> = {},
    address = '127.0.0.1',
    port = 0,
  ): Promise<TestRegistrar> {
    const socket = createSocket('udp4').bind(port, address)
    await once(socket, 'listening')
    return new TestRegistrar(socket, {
      user: '6001',
      secret: '123456',
      realm: 'carrier.example',
      algorithms: ['MD5'],
      shortest: 1,
      longest: 3_600,
      status: 401,
      open: false,
      ...settings,
    })
  }

  close(): void {
    this.#socket.close()
  }

  of(method: string): SipText[] {
    return this.asked.filter(({ start }) => start.startsWith(`${method} `))
  }

  get isRegistered(): boolean {
    return this.contact !== null && this.contact.until > Date.now()
  }

  #take(request: SipText, from: RemoteInfo): void {
    if (statusOf(request) > 0) return
    this.asked.push(request)
    if (this.isSilent) return
    const [method] = request.start.split(' ')
    if (method === 'OPTIONS') {
      if (this.answersOptions)
        this.#answer(request, from, this.refuses?.status === 503 ? '503 Service Unavailable' : '200 OK')
      return
    }
    if (method !== 'REGISTER') return
    const { refuses } = this
    if (refuses)
      return this.#answer(request, from, `${refuses.status} ${refuses.reason}`, Object.entries(refuses.fields ?? {}))
    this.#register(request, from)
  }

  #register(request: SipText, from: RemoteInfo): void {
    const { shortest, longest, open } = this.settings
    const wanted = Number(field(request, 'expires') ?? 3_600)
    if (!open && !this.#isProven(request)) return this.#challenge(request, from)
    if (this.stale > 0) {
      this.stale--
      this.#nonce = randomUUID()
      return this.#challenge(request, from, true)
    }
    if (wanted > 0 && wanted < shortest)
      return this.#answer(request, from, '423 Interval Too Brief', [['Min-Expires', String(shortest)]])
    const uri = /<([^>]+)>/.exec(field(request, 'contact') ?? '')?.[1] ?? ''
    const lifetime = Math.min(wanted, longest)
    const callId = field(request, 'call-id')!
    const cseq = Number.parseInt(field(request, 'cseq')!, 10)
    // RFC 3261, 10.3, 7: what came late is not done.
    if (this.contact?.callId === callId && cseq <= this.contact.cseq)
      return this.#answer(request, from, '500 CSeq is not higher')
    this.contact = lifetime === 0 ? null : { uri, until: Date.now() + lifetime * 1000, callId, cseq }
    this.#answer(request, from, '200 OK', lifetime === 0 ? [] : [['Contact', `<${uri}>;expires=${lifetime}`]])
  }

  #challenge(request: SipText, from: RemoteInfo, stale = false): void {
    const { realm, status, algorithms } = this.settings
    const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate'
    this.#answer(
      request,
      from,
      `${status} Unauthorized`,
      algorithms.map((algorithm): [string, string] => [
        name,
        `Digest realm="${realm}", nonce="${this.#nonce}", ${stale ? 'stale=TRUE, ' : ''}algorithm=${algorithm}, qop="auth,auth-int", opaque="o,p"`,
      ]),
    )
  }

  #isProven(request: SipText): boolean {
    const { user, secret, realm, status } = this.settings
    const value = field(request, status === 401 ? 'authorization' : 'proxy-authorization') ?? ''
    const of = (name: string): string => new RegExp(`\\b${name}="?([^",]*)`).exec(value)?.[1] ?? ''
    if (of('nonce') !== this.#nonce) return false
    const right = digestOf({
      realm,
      nonce: this.#nonce,
      algorithm: of('algorithm') as Algorithm,
      user,
      secret,
      method: 'REGISTER',
      uri: of('uri'),
      nc: 1,
      cnonce: of('cnonce'),
    })
    return of('username') === user && right.includes(`response="${of('response')}"`)
  }

  #answer(request: SipText, from: RemoteInfo, status: string, fields: [string, string][] = []): void {
    const own = request.fields.filter(([name]) => /^(via|v|from|f|call-id|i|cseq)$/i.test(name))
    const to = field(request, 'to') ?? ''
    const text = compose({
      start: `SIP/2.0 ${status}`,
      fields: [...own, ['To', /tag=/.test(to) ? to : `${to};tag=registrar`], ...fields],
      body: '',
    })
    this.#socket.send(text, from.port, from.address, () => {})
  }
}
