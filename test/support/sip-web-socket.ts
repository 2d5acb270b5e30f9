/**
 * A SIP server for one browser phone, over a real WebSocket (RFC 7118): it registers whoever has the password, calls, is
 * called, and can be cut off. The other side's session descriptions are somebody else's (a page with a tone). Small: one
 * call at a time, nothing repeated, since a WebSocket loses nothing.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { until } from './gate.ts'

const REALM = 'ledgerline'
const NONCE = 'abc'

interface Message {
  first: string
  fields: Map<string, string>
  body: string
}

export class SipWebSocket {
  readonly #server: WebSocketServer
  #socket: WebSocket | null = null
  #contact = ''
  /** Every request of the phone, by method. */
  readonly asked: string[] = []
  /** Status of each answer of the phone to our INVITE. */
  readonly answers: number[] = []
  password = 'right'
  /** Takes no registration. */
  failing: number | null = null
  /** Registrations that were accepted. */
  registered = 0
  /** What the phone offered or answered last. */
  sdp = ''
  #waiting: Message | null = null
  #call = { id: '', cseq: 1, ours: '', theirs: '' }
  #cut = false

  private constructor(server: WebSocketServer) {
    this.#server = server
    server.on('connection', (socket) => {
      if (this.#cut) return socket.pause()
      this.#socket = socket
      socket.on('message', (data) => !this.#cut && this.#take(String(data)))
    })
  }

  static async open(): Promise<SipWebSocket> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'sip' })
    await once(server, 'listening')
    return new SipWebSocket(server)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Silence, as when a cable is pulled. */
  cut(): void {
    this.#cut = true
  }

  mend(): void {
    this.#cut = false
    for (const socket of this.#server.clients) socket.terminate()
  }

  /** Calls the phone; it rings. */
  call(from: string, offer: string, more: readonly string[] = []): void {
    const id = Math.random().toString(36).slice(2)
    const ours = `<sip:${from}@127.0.0.1>;tag=ours${id}`
    this.#call = { id, cseq: 1, ours, theirs: `<${this.#contact}>` }
    this.answers.length = 0
    this.#send([`INVITE ${this.#contact} SIP/2.0`, ...this.#dialog('INVITE'), ...more], offer)
  }

  /** The caller gives up. */
  cancel(): void {
    this.#send([`CANCEL ${this.#contact} SIP/2.0`, ...this.#dialog('CANCEL')])
  }

  bye(): void {
    this.#call.cseq++
    this.#send([`BYE ${this.#contact} SIP/2.0`, ...this.#dialog('BYE')])
  }

  /** The phone has called: who. */
  async called(): Promise<string> {
    await until('a call by the phone', () => this.#waiting !== null)
    return /^INVITE sip:([^@]*)@/.exec(this.#waiting!.first)![1]!
  }

  /** Takes the phone's call. */
  answer(sdp: string): void {
    const request = this.#waiting!
    this.#waiting = null
    this.#call = {
      id: request.fields.get('call-id')!,
      cseq: 1,
      ours: `${request.fields.get('to')!};tag=ours`,
      theirs: request.fields.get('from')!,
    }
    this.#reply(request, '200 OK', [`Contact: <sip:server@127.0.0.1;transport=ws>`], sdp)
  }

  refuse(status: string): void {
    this.#reply(this.#waiting!, status)
    this.#waiting = null
  }

  #take(text: string): void {
    if (text === '\r\n\r\n') return this.#socket?.send('\r\n')
    const [head = '', body = ''] = text.split('\r\n\r\n')
    const [first = '', ...lines] = head.split('\r\n')
    const fields = new Map(
      lines.map((line) => {
        const [name = '', ...value] = line.split(':')
        return [name.toLowerCase(), value.join(':').trim()] as const
      }),
    )
    const message = { first, fields, body }
    if (body) this.sdp = body
    if (first.startsWith('SIP/2.0')) this.#answered(message)
    else this.#requested(message)
  }

  #answered({ first, fields }: Message): void {
    const status = Number(first.split(' ')[1])
    if (!fields.get('cseq')?.endsWith('INVITE')) return
    this.answers.push(status)
    if (status < 200) return
    this.#call.theirs = fields.get('to')!
    this.#send([`ACK ${this.#contact} SIP/2.0`, ...this.#dialog('ACK')])
  }

  #requested(request: Message): void {
    const method = request.first.split(' ')[0]!
    this.asked.push(method)
    if (method === 'REGISTER') return this.#register(request)
    if (method === 'INVITE') {
      this.#waiting = request
      return this.#reply(request, '180 Ringing')
    }
    if (method === 'CANCEL') {
      this.#reply(request, '200 OK')
      return this.refuse('487 Request Terminated')
    }
    if (method !== 'ACK') this.#reply(request, '200 OK')
  }

  #register(request: Message): void {
    const { fields, first } = request
    if (this.failing !== null) return this.#reply(request, `${this.failing} No`)
    const said = fields.get('authorization')
    if (!said) {
      return this.#reply(request, '401 Unauthorized', [
        `WWW-Authenticate: Digest realm="${REALM}", nonce="${NONCE}", algorithm=MD5, qop="auth"`,
      ])
    }
    const of = (name: string): string => new RegExp(`\\b${name}="?([^",]*)`).exec(said)?.[1] ?? ''
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
    const uri = first.split(' ')[1]!
    const right = md5(
      `${md5(`${of('username')}:${REALM}:${this.password}`)}:${NONCE}:${of('nc')}:${of('cnonce')}:auth:${md5(`REGISTER:${uri}`)}`,
    )
    if (of('response') !== right) return this.#reply(request, '403 Forbidden')
    this.#contact = /<([^>]+)>/.exec(fields.get('contact')!)![1]!
    this.registered++
    this.#reply(request, '200 OK', [`Contact: ${fields.get('contact')!}`])
  }

  #dialog(method: string): string[] {
    const { id, cseq, ours, theirs } = this.#call
    return [
      `Via: SIP/2.0/WS 127.0.0.1;branch=z9hG4bK${id}${cseq}`,
      'Max-Forwards: 70',
      `From: ${ours}`,
      `To: ${theirs}`,
      `Call-ID: ${id}`,
      `CSeq: ${cseq} ${method}`,
      'Contact: <sip:server@127.0.0.1;transport=ws>',
    ]
  }

  #reply({ fields }: Message, status: string, more: string[] = [], body = ''): void {
    const to = fields.get('to')!
    const same = ['via', 'from', 'call-id', 'cseq'].map((name) => `${name}: ${fields.get(name)!}`)
    this.#send([`SIP/2.0 ${status}`, ...same, `To: ${/tag=/.test(to) ? to : `${to};tag=ours`}`, ...more], body)
  }

  #send(lines: string[], body = ''): void {
    if (this.#cut) return
    const type = body === '' ? [] : ['Content-Type: application/sdp']
    this.#socket?.send([...lines, ...type, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'))
  }
}
