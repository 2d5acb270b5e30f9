/**
 * A telephone for tests that says who hears whom: SIP over UDP, RTP in PCMA, a tone of its own out, and a detector
 * (Goertzel) for the tones of others. It takes one call at a time and echoes nothing, so that what it hears was sent.
 */
import { createSocket, type Socket } from 'node:dgram'
import { createHash, randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { tlsWire, udpWire, type SipWire } from './sip-wire.ts'
import { Srtp, SUITE } from './srtp.ts'

const HOST = '127.0.0.1'
const RATE = 8000
/** Samples of 20 ms. */
const FRAME = 160
const KEYS = '0123456789*#ABCD'
/** Loud enough to be heard beside another tone. */
const AMPLITUDE = 6000
/** A tone is heard from this amplitude on. */
const HEARD = 1500

// ── A-law (ITU-T G.711) ──────────────────────────────────────────────────────────────────────────

const toLaw = Uint8Array.from({ length: 65_536 }, (_, index) => encoded(index > 32_767 ? index - 65_536 : index))
const fromLaw = Int16Array.from({ length: 256 }, (_, index) => decoded(index))

function encoded(linear: number): number {
  const mask = linear < 0 ? 0x55 : 0xd5
  let sample = linear >> 3
  if (sample < 0) sample = -sample - 1
  let segment = 0
  for (let end = 0x1f; segment < 8 && sample > end; end = (end << 1) | 1) segment++
  if (segment >= 8) return 0x7f ^ mask
  return ((segment << 4) | ((segment < 2 ? sample >> 1 : sample >> segment) & 15)) ^ mask
}

function decoded(law: number): number {
  const value = law ^ 0x55
  const segment = (value & 0x70) >> 4
  let sample = (value & 15) << 4
  if (segment === 0) sample += 8
  else sample = (sample + 0x108) << (segment - 1)
  return value & 0x80 ? sample : -sample
}

/** Amplitude of one frequency (Goertzel). */
export function amplitude(samples: Float32Array, frequency: number): number {
  const c = 2 * Math.cos((2 * Math.PI * frequency) / RATE)
  let [one, two] = [0, 0]
  for (const sample of samples) [one, two] = [sample + c * one - two, one]
  return (2 * Math.sqrt(Math.max(0, one * one + two * two - c * one * two))) / samples.length
}

// ── SIP ──────────────────────────────────────────────────────────────────────────────────────────

interface Message {
  first: string
  fields: Map<string, string[]>
  body: string
  from: { port: number; address: string }
}

interface SipDialog {
  callId: string
  local: string
  remote: string
  target: string
  cseq: number
  port: number
}

export interface TonePhoneOptions {
  /** Hz; 0: silence. */
  tone?: number
  /**
   * What it does with a call; *silent*: it is there and says nothing at all; *no_calls*: its do-not-disturb key is on;
   * *elsewhere*: it asks that somebody else be called.
   */
  takes?: 'answer' | 'ring' | 'busy' | 'decline' | 'silent' | 'no_calls' | 'elsewhere'
  /** Refuses every change of a session (488). */
  refusesChanges?: boolean
  answerAfterMs?: number
  secret?: string
  /** Requests (and `ACK`) that are lost on the way to it, and on the way from it. */
  loses?: readonly string[]
  sendsInVain?: readonly string[]
  /** How it says that somebody is on hold: by one of the attributes, or as it was done before there were any. */
  holdsBy?: 'sendonly' | 'inactive' | '0.0.0.0'
  /** Hangs up as soon as it is answered, or as its answer is acknowledged. */
  hangsUpAtOnce?: boolean
  /** Has picked up when it is told that nobody calls any more, and takes back its own call at the moment of the answer. */
  crosses?: boolean
  /** The first acknowledgement of its answer is lost. */
  losesFirstAck?: boolean
  /** Asks for a session of its own while it is asked for one. */
  glares?: boolean
  /** Its address; another one of loopback for somebody outside. */
  host?: string
  /** Where it takes SIP; 0: anywhere. */
  port?: number
  /** The port of a SIP server to which it connects over TLS; 0: it speaks UDP. */
  tls?: number
  /** It wants to be called over TLS all the way. */
  sips?: boolean
  /** Its sound is encrypted: it offers nothing else, and takes nothing else. */
  srtp?: boolean
}

interface Seals {
  inline: string
  out: Srtp
  in: Srtp | null
}

const random = (bytes = 6): string => randomBytes(bytes).toString('hex')

export class TonePhone extends EventEmitter {
  readonly name: string
  readonly options: Required<TonePhoneOptions>
  port = 0
  /** Packets of sound that arrived. */
  packets = 0
  /** Samples that it has heard, silence included. */
  samples = 0
  /** Keys that it heard. */
  keys = ''
  #inCall = false
  /** Statuses that its own call got, and requests that came in. */
  readonly statuses: number[] = []
  readonly asked: string[] = []
  /** What came of its transfers: the status lines that it was notified of. */
  readonly told: string[] = []
  /** How often its last answer was acknowledged. */
  acknowledged = 0
  /** Of the last INVITE that came in. */
  invitation: Message | null = null
  #sip!: SipWire
  /** Ours, and theirs. */
  #seals: Seals | null = null
  /** The sections of the last offer, each `RTP/AVP` or `RTP/SAVP`. */
  #offered: string[] = []
  #rtp!: Socket
  #rtpPort = 0
  #timer!: NodeJS.Timeout
  #remote: { port: number; host: string; keys: number } | null = null
  readonly #heard = new Float32Array(RATE)
  /** Ticks of 20 ms since the last packet. */
  #quiet = 0
  #at = 0
  #isQuiet = false
  #phase = 0
  #sequence = 1
  #timestamp = 0
  readonly #source = randomBytes(4).readUInt32BE()
  #lastKey = -1
  readonly #pressing: { code: number; sent: number; timestamp: number; done: () => void }[] = []
  #rest = 0
  #dialog: SipDialog | null = null
  #tag = random()
  #version = 0
  #waiting: ((response: Message) => void) | null = null
  #invite: { branch: string; cseq: number } | null = null
  #registering = 0

  constructor(name: string, options: TonePhoneOptions = {}) {
    super()
    this.name = name
    this.options = {
      tone: 0,
      takes: 'answer',
      answerAfterMs: 0,
      secret: '',
      host: HOST,
      refusesChanges: false,
      loses: [],
      sendsInVain: [],
      holdsBy: 'sendonly',
      hangsUpAtOnce: false,
      crosses: false,
      losesFirstAck: false,
      glares: false,
      tls: 0,
      sips: false,
      srtp: false,
      port: 0,
      ...options,
    }
  }

  async start(): Promise<this> {
    const { host, port, tls } = this.options
    const hear = (text: string, from: Message['from']): void => this.#take(text, from)
    this.#sip = tls ? await tlsWire(HOST, tls, hear) : await udpWire(host, port, hear)
    this.port = this.#sip.port
    this.#rtp = createSocket('udp4').bind(0, host)
    await once(this.#rtp, 'listening')
    this.#rtpPort = this.#rtp.address().port
    this.#rtp.on('message', (bytes) => this.#listen(bytes))
    let next = performance.now()
    this.#timer = setInterval(() => {
      const now = performance.now()
      if (next < now - 200) next = now
      for (; next <= now; next += 20) this.#speak()
    }, 5)
    return this
  }

  stop(): void {
    clearInterval(this.#timer)
    this.invitation = null
    this.#sip.close()
    this.#rtp.close()
  }

  get contact(): string {
    const { host, tls, sips } = this.options
    // A phone that connects seldom listens where it says that it is.
    if (tls) return sips ? `sips:${this.name}@${host}:9` : `sip:${this.name}@${host}:9;transport=tls`
    return `sip:${this.name}@${host}:${this.port}`
  }

  get inCall(): boolean {
    return this.#inCall
  }

  /** What was heard in the call before is not heard in this one. */
  #turn(inCall: boolean): void {
    if (inCall && !this.#inCall) this.#heard.fill(0)
    this.#inCall = inCall
  }

  /** Which of these tones are in the last half second, of this call. */
  hears(...tones: number[]): number[] {
    const last = new Float32Array(RATE / 2)
    for (let index = 0; index < last.length; index++) last[index] = this.#heard[(this.#at + RATE / 2 + index) % RATE]!
    return tones.filter((tone) => amplitude(last, tone) > HEARD)
  }

  /** Presses keys (RFC 4733); resolves when the last was sent. */
  async press(keys: string): Promise<void> {
    await Promise.all(
      [...keys].map(
        (key) =>
          new Promise<void>((done) => this.#pressing.push({ code: KEYS.indexOf(key), sent: 0, timestamp: 0, done })),
      ),
    )
  }

  /** Registers, with digest when asked; the final status. */
  async register(registrar: number, expires = 300): Promise<number> {
    const callId = `${random(12)}@${this.name}`
    const aor = `sip:${this.name}@${HOST}:${registrar}`
    const send = (authorization: string | null): Promise<Message> => {
      const answered = this.#answer()
      const cseq = ++this.#registering
      const branch = random()
      const say = (): void =>
        this.#send(
          [
            `REGISTER sip:${HOST}:${registrar} SIP/2.0`,
            `Via: SIP/2.0/${this.#sip.transport} ${this.options.host}:${this.port};rport;branch=z9hG4bK${branch}`,
            'Max-Forwards: 70',
            `From: <${aor}>;tag=${this.#tag}`,
            `To: <${aor}>`,
            `Call-ID: ${callId}`,
            `CSeq: ${cseq} REGISTER`,
            `Contact: <${this.contact}>`,
            `Expires: ${expires}`,
            'User-Agent: tone phone',
            ...(authorization ? [`Authorization: ${authorization}`] : []),
          ],
          '',
          registrar,
        )
      say()
      // Datagrams get lost, on a busy machine more than elsewhere (RFC 3261, 17.1.2.2).
      const again = setInterval(say, 2_000)
      return answered.finally(() => clearInterval(again))
    }
    let response = await send(null)
    if (statusOf(response) === 401)
      response = await send(this.#authorization(response, 'REGISTER', `sip:${HOST}:${registrar}`))
    return statusOf(response)
  }

  /** Calls; resolves with the final status. */
  async call(user: string, port: number): Promise<number> {
    const uri = `sip:${user}@${HOST}:${port}`
    this.#dialog = {
      callId: `${random(12)}@${this.name}`,
      local: `<sip:${this.name}@${HOST}:${port}>;tag=${random()}`,
      remote: `<${uri}>`,
      target: uri,
      cseq: 0,
      port,
    }
    this.statuses.length = 0
    let response = await this.#invited([])
    if (statusOf(response) === 407)
      response = await this.#invited([`Proxy-Authorization: ${this.#authorization(response, 'INVITE', uri)}`])
    return statusOf(response)
  }

  /**
   * Puts the other side on hold, or takes it back, by the phone's own key; the status.
   * @param quiet it sends nothing meanwhile
   */
  async hold(on: boolean, quiet = false): Promise<number> {
    this.#isQuiet = on && quiet
    const answered = this.#answer()
    this.#request('INVITE', this.#sdp(on ? this.options.holdsBy : 'sendrecv'))
    return statusOf(await answered)
  }

  /**
   * Presses its transfer key and dials; the status. What comes of it: {@link told}.
   * @param line another line of the same phone, on which they talk already
   */
  async refer(to: string, line?: TonePhone): Promise<number> {
    const answered = this.#answer()
    const { port } = this.#dialog!
    const replaces = line ? `?Replaces=${encodeURIComponent(line.#names())}` : ''
    this.#request('REFER', '', {}, [
      `Refer-To: <sip:${to}@${HOST}:${port}${replaces}>`,
      `Referred-By: <${this.contact}>`,
    ])
    return statusOf(await answered)
  }

  /** Its dialog, as a Replaces field names it (RFC 3891). */
  #names(): string {
    const { callId, local, remote } = this.#dialog!
    const tag = (field: string): string => /tag=([^;]+)/.exec(field)?.[1] ?? ''
    return `${callId};to-tag=${tag(remote)};from-tag=${tag(local)}`
  }

  /** Presses one key the other way: by SIP INFO. */
  async inform(key: string): Promise<number> {
    const answered = this.#answer()
    this.#request('INFO', `Signal=${key}\r\nDuration=160\r\n`)
    return statusOf(await answered)
  }

  cancel(): void {
    this.#request('CANCEL', '', { ...this.#invite! })
  }

  /** Hangs up. */
  async bye(): Promise<number> {
    this.#turn(false)
    const answered = this.#answer()
    this.#request('BYE')
    return statusOf(await answered)
  }

  /** Picks up what rings. */
  answer(): void {
    this.#turn(true)
    this.#reply(this.invitation!, 200, 'OK', this.#sdp())
    this.emit('answered')
  }

  /** From now on it does what a telephone should. */
  behave(): void {
    Object.assign(this.options, {
      takes: 'answer',
      holdsBy: 'sendonly',
      refusesChanges: false,
      loses: [],
      sendsInVain: [],
      hangsUpAtOnce: false,
      crosses: false,
      losesFirstAck: false,
      glares: false,
    } satisfies TonePhoneOptions)
  }

  /** Is gone without a word: no answer to anything, no sound. */
  unplug(): void {
    this.#turn(false)
    this.#sip.deafen()
    this.#rtp.removeAllListeners('message')
  }

  #invited(more: string[]): Promise<Message> {
    const answered = this.#answer()
    this.#request('INVITE', this.#sdp(), {}, more)
    return answered
  }

  #answer(): Promise<Message> {
    return new Promise((resolve) => (this.#waiting = resolve))
  }

  #authorization(response: Message, method: string, uri: string): string {
    const challenge = (response.fields.get('www-authenticate') ?? response.fields.get('proxy-authenticate') ?? []).find(
      (each) => /algorithm=MD5\b/i.test(each) || !/algorithm=/i.test(each),
    )!
    const of = (name: string): string => new RegExp(`${name}="?([^",]*)`).exec(challenge)?.[1] ?? ''
    const [realm, nonce, cnonce] = [of('realm'), of('nonce'), random()]
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
    const answer = md5(
      `${md5(`${this.name}:${realm}:${this.options.secret}`)}:${nonce}:00000001:${cnonce}:auth:${md5(`${method}:${uri}`)}`,
    )
    return (
      `Digest username="${this.name}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${answer}", ` +
      `algorithm=MD5, qop=auth, nc=00000001, cnonce="${cnonce}"`
    )
  }

  #sdp(direction = 'sendrecv'): string {
    const isOld = direction === '0.0.0.0'
    const { host, srtp } = this.options
    const own = srtp ? 'RTP/SAVP' : 'RTP/AVP'
    const sound = [
      `m=audio ${this.#rtpPort} ${own} 8 101`,
      ...(srtp ? [`a=crypto:1 ${SUITE} inline:${this.#seal().inline}`] : []),
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-16',
      ...(isOld ? [] : [`a=${direction}`]),
    ]
    // Of several sections that are offered it takes its own, and refuses the others (RFC 3264, 6).
    const sections = this.#offered.length > 1 && this.#offered.includes(own) ? this.#offered : [own]
    return [
      'v=0',
      `o=- 1 ${++this.#version} IN IP4 ${host}`,
      's=-',
      `c=IN IP4 ${isOld ? direction : host}`,
      't=0 0',
      ...sections.flatMap((each) => (each === own ? sound : [`m=audio 0 ${each} 8`])),
      '',
    ].join('\r\n')
  }

  #seal(): Seals {
    const inline = this.#seals?.inline ?? Srtp.inline()
    return (this.#seals ??= { inline, out: new Srtp(inline), in: null })
  }

  #session(sdp: string): void {
    const sections = sdp.split(/^(?=m=audio)/m).slice(1)
    this.#offered = sections.map((each) => each.split(' ')[2]!)
    const section = sections.find((each) => each.includes(this.options.srtp ? ' RTP/SAVP ' : ' RTP/AVP ')) ?? ''
    const theirs = new RegExp(`^a=crypto:\\d+ ${SUITE} inline:([\\w+/=]+)`, 'm').exec(section)?.[1]
    if (this.options.srtp && theirs) this.#seal().in = new Srtp(theirs)
    const port = /m=audio (\d+)/.exec(section)?.[1]
    const host = /c=IN IP4 (\S+)/.exec(sdp)?.[1]
    if (!port || !host) return
    const keys = Number(/a=rtpmap:(\d+) telephone-event\/8000/.exec(section)?.[1] ?? 101)
    this.#remote = { port: Number(port), host, keys }
  }

  #take(text: string, { port, address }: Message['from']): void {
    const [head = '', body = ''] = text.split(/\r\n\r\n([\s\S]*)/)
    const [first = '', ...lines] = head.split('\r\n')
    const fields = new Map<string, string[]>()
    for (const line of lines) {
      const [, name, value] = /^([^:]+?)\s*:\s*(.*)$/.exec(line) ?? []
      if (!name) continue
      const key = SHORT[name.toLowerCase()] ?? name.toLowerCase()
      fields.set(key, [...(fields.get(key) ?? []), value!])
    }
    const message = { first, fields, body, from: { port, address } }
    if (first.startsWith('SIP/2.0')) this.#responded(message)
    else this.#requested(message)
  }

  #requested(request: Message): void {
    const method = request.first.split(' ')[0]!
    this.asked.push(method)
    if (this.options.loses.includes(method)) return
    const callId = fieldOf(request, 'call-id')
    switch (method) {
      case 'INVITE': {
        if (/tag=/.test(fieldOf(request, 'to'))) {
          if (this.options.refusesChanges) return this.#reply(request, 488, 'Not Acceptable Here')
          if (this.options.glares) {
            void this.hold(true)
            return this.#reply(request, 491, 'Request Pending')
          }
          if (request.body) this.#session(request.body)
          return this.#reply(request, 200, 'OK', this.#sdp())
        }
        if (this.invitation && fieldOf(this.invitation, 'call-id') === callId) return
        if (this.options.takes === 'silent') return
        if (this.options.takes === 'busy' || this.inCall) return this.#reply(request, 486, 'Busy Here')
        if (request.body) this.#session(request.body)
        this.#tag = random()
        this.invitation = request
        this.#dialog = {
          callId,
          local: `${fieldOf(request, 'to')};tag=${this.#tag}`,
          remote: fieldOf(request, 'from'),
          target: /<([^>]+)>/.exec(fieldOf(request, 'contact'))![1]!,
          cseq: 100,
          port: request.from.port,
        }
        this.emit('invite', request)
        this.#reply(request, 180, 'Ringing')
        this.#ringsUntil(request)
        if (this.options.takes === 'decline') return this.#reply(request, 603, 'Decline')
        if (this.options.takes === 'no_calls') return this.#reply(request, 480, 'Do Not Disturb')
        if (this.options.takes === 'elsewhere') return this.#reply(request, 302, 'Moved Temporarily')
        if (this.options.takes === 'answer')
          setTimeout(() => this.invitation === request && this.answer(), this.options.answerAfterMs)
        return
      }
      case 'CANCEL': {
        if (this.options.crosses && this.invitation) {
          this.answer()
          return this.#reply(request, 200, 'OK')
        }
        this.#reply(request, 200, 'OK')
        if (this.invitation && !this.inCall) this.#reply(this.invitation, 487, 'Request Terminated')
        this.invitation = null
        return void this.emit('cancelled')
      }
      case 'BYE': {
        if (callId !== this.#dialog?.callId) return this.#reply(request, 481, 'No such call')
        // Before it has answered, that ends its ringing (RFC 3261, 15.1.2).
        if (this.invitation && !this.inCall) this.#reply(this.invitation, 487, 'Request Terminated')
        this.invitation = null
        this.#turn(false)
        this.#reply(request, 200, 'OK')
        return void this.emit('bye')
      }
      case 'ACK':
        if (request.body) this.#session(request.body)
        this.acknowledged++
        if (this.options.losesFirstAck && this.acknowledged === 1) this.#reply(this.invitation!, 200, 'OK', this.#sdp())
        if (this.options.hangsUpAtOnce) void this.bye()
        return
      case 'NOTIFY':
        this.told.push(request.body.trim())
        return this.#reply(request, 200, 'OK')
      case 'OPTIONS':
        return /tag=/.test(fieldOf(request, 'to')) && !(callId === this.#dialog?.callId && this.inCall)
          ? this.#reply(request, 481, 'No such call')
          : this.#reply(request, 200, 'OK')
      default:
        this.#reply(request, 200, 'OK')
    }
  }

  /** Nobody is called for longer than the caller has said (RFC 3261, 13.3.1). */
  #ringsUntil(request: Message): void {
    const seconds = Number(fieldOf(request, 'expires'))
    if (!(seconds > 0)) return
    const over = setTimeout(() => {
      if (this.invitation !== request || this.inCall) return
      this.invitation = null
      this.#reply(request, 487, 'Request Terminated')
    }, seconds * 1_000)
    over.unref()
  }

  #responded(response: Message): void {
    const status = statusOf(response)
    const [cseq = '', method = ''] = fieldOf(response, 'cseq').split(' ')
    if (status < 200) {
      if (method === 'INVITE') this.statuses.push(status)
      return
    }
    if (method === 'INVITE' && this.#dialog && fieldOf(response, 'call-id') === this.#dialog.callId) {
      this.statuses.push(status)
      this.#acknowledge(response, Number(cseq), status)
    }
    if (method === 'CANCEL') return
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.(response)
  }

  #acknowledge(response: Message, cseq: number, status: number): void {
    const dialog = this.#dialog!
    if (status >= 300) {
      this.#request('ACK', '', { cseq, branch: this.#invite!.branch }, [], fieldOf(response, 'to'))
      return
    }
    dialog.remote = fieldOf(response, 'to')
    dialog.target = /<([^>]+)>/.exec(fieldOf(response, 'contact'))?.[1] ?? dialog.target
    if (response.body) this.#session(response.body)
    this.#turn(true)
    const { crosses, hangsUpAtOnce } = this.options
    // It was sent before the answer came.
    if (crosses) this.#request('CANCEL', '', { ...this.#invite! })
    this.#request('ACK', '', { cseq })
    // Whoever waits for the answer hears of it first.
    if (crosses || hangsUpAtOnce) setImmediate(() => void this.bye())
  }

  #request(
    method: string,
    body = '',
    { cseq, branch = `z9hG4bK${random()}` }: { cseq?: number; branch?: string } = {},
    more: string[] = [],
    to?: string,
  ): void {
    const dialog = this.#dialog!
    const number = cseq ?? ++dialog.cseq
    if (method === 'INVITE') this.#invite = { branch, cseq: number }
    if (this.options.sendsInVain.includes(method)) return
    this.#send(
      [
        `${method} ${dialog.target} SIP/2.0`,
        `Via: SIP/2.0/${this.#sip.transport} ${this.options.host}:${this.port};rport;branch=${branch}`,
        'Max-Forwards: 70',
        `From: ${dialog.local}`,
        `To: ${to ?? dialog.remote}`,
        `Call-ID: ${dialog.callId}`,
        `CSeq: ${number} ${method}`,
        `Contact: <${this.contact}>`,
        ...more,
      ],
      body,
      dialog.port,
    )
  }

  #reply(request: Message, status: number, reason: string, body = ''): void {
    const to = fieldOf(request, 'to')
    const each = (name: string, field: string): string[] =>
      (request.fields.get(field) ?? []).map((value) => `${name}: ${value}`)
    this.#send(
      [
        `SIP/2.0 ${status} ${reason}`,
        ...each('Via', 'via'),
        ...each('Record-Route', 'record-route'),
        `From: ${fieldOf(request, 'from')}`,
        `To: ${/tag=/.test(to) ? to : `${to};tag=${this.#tag}`}`,
        `Call-ID: ${fieldOf(request, 'call-id')}`,
        `CSeq: ${fieldOf(request, 'cseq')}`,
        `Contact: <${this.contact}>`,
      ],
      body,
      request.from.port,
      request.from.address,
    )
  }

  #send(lines: string[], body: string, port: number, host = HOST): void {
    const type = body === '' ? [] : [`Content-Type: application/${body.startsWith('v=') ? 'sdp' : 'dtmf-relay'}`]
    this.#sip.send([...lines, ...type, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'), port, host)
  }

  // ── sound ──────────────────────────────────────────────────────────────────────────────────────

  #listen(received: Buffer): void {
    const packet = this.options.srtp ? this.#seals?.in?.open(received) : received
    // Not encrypted, or not for us.
    if (!packet) return
    const type = packet[1]! & 0x7f
    if (type === 8) {
      this.packets++
      this.#quiet = 0
      for (const byte of packet.subarray(12)) this.#hear(fromLaw[byte]!)
    } else if (type === this.#remote?.keys && packet[13]! & 0x80) {
      const timestamp = packet.readUInt32BE(4)
      if (timestamp === this.#lastKey) return
      this.#lastKey = timestamp
      this.keys += KEYS[packet[12]!] ?? '?'
    }
  }

  #hear(sample: number): void {
    this.#heard[this.#at] = sample
    this.#at = (this.#at + 1) % RATE
    this.samples++
  }

  #speak(): void {
    // Nothing arrives: that is silence, too.
    if (++this.#quiet > 5) for (let index = 0; index < FRAME; index++) this.#hear(0)
    if (!this.#remote || !this.inCall || this.#isQuiet) return
    this.#timestamp += FRAME
    const key = this.#pressing[0]
    if (key && this.#rest === 0) {
      if (key.sent === 0) key.timestamp = this.#timestamp
      key.sent++
      const payload = Buffer.from([key.code, (key.sent > 5 ? 0x80 : 0) | 10, 0, 0])
      payload.writeUInt16BE(Math.min(key.sent, 6) * FRAME, 2)
      this.#packet(this.#remote.keys, payload, key.sent === 1, key.timestamp)
      if (key.sent < 8) return
      this.#pressing.shift()
      this.#rest = 3
      return key.done()
    }
    if (this.#rest > 0) this.#rest--
    const payload = Buffer.alloc(FRAME)
    for (let index = 0; index < FRAME; index++) {
      const sample = this.options.tone === 0 ? 0 : Math.round(AMPLITUDE * Math.sin(this.#phase))
      this.#phase += (2 * Math.PI * this.options.tone) / RATE
      payload[index] = toLaw[sample & 0xffff]!
    }
    this.#packet(8, payload, false, this.#timestamp)
  }

  #packet(type: number, payload: Buffer, marker: boolean, timestamp: number): void {
    const head = Buffer.alloc(12)
    head[0] = 0x80
    head[1] = type | (marker ? 0x80 : 0)
    head.writeUInt16BE(this.#sequence++ & 0xffff, 2)
    head.writeUInt32BE(timestamp >>> 0, 4)
    head.writeUInt32BE(this.#source, 8)
    const packet = Buffer.concat([head, payload])
    this.#rtp.send(this.#seals?.out.protect(packet) ?? packet, this.#remote!.port, this.#remote!.host)
  }
}

const SHORT: Record<string, string> = { v: 'via', f: 'from', t: 'to', i: 'call-id', m: 'contact', l: 'content-length' }

function statusOf({ first }: Message): number {
  return Number(first.split(' ')[1])
}

function fieldOf({ fields }: Message, name: string): string {
  return fields.get(name)?.[0] ?? ''
}
