/**
 * A SIP phone of a few lines over UDP, for tests: registers with digest as the RFCs say (MD5 or SHA-256, with counts or
 * as old phones do), sends whatever it is given, answers OPTIONS, and acknowledges what ends its INVITEs.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { compose, field, fieldsOf, parse, statusOf, branchOf, type SipText } from './message.ts'

export type Algorithm = 'MD5' | 'SHA-256'

export interface PhoneSettings {
  extension: string
  secret: string
  algorithm: Algorithm
  /** Null: knows no `qop`. */
  counts: boolean
  userAgent: string
  /** What it takes for its own address, as one behind NAT would. */
  contactHost: string | null
  /** By TCP it has one connection, which it opens itself. */
  transport: 'udp' | 'tcp'
}

/** How its messages travel. */
interface Wire {
  port: number
  send(text: string, port: number): void
  close(): void
  onMessage: (text: string, port: number) => void
}

export interface Sending {
  fields?: Record<string, string | null>
  /** The whole Contact field; null: none. */
  contact?: string | null
  cseq?: number
  callId?: string
  uri?: string
  body?: string
}

/** What a challenge asks. */
export interface Challenge {
  realm: string
  nonce: string
  algorithm: Algorithm
  stale: boolean
}

const T1_MS = 500

export class TestPhone {
  readonly settings: PhoneSettings
  readonly server: { port: number }
  readonly callId = `${randomUUID()}@phone`
  readonly port: number
  /** Requests that came to it, by method. */
  readonly asked: SipText[] = []
  /** Does it answer OPTIONS? */
  answers = true
  cseq = 0
  onResponse: ((response: SipText) => void) | null = null
  /** The nonce it used last, and how often. */
  nonce: Challenge | null = null
  nc = 0
  readonly #wire: Wire
  #isClosed = false
  readonly #listening = new Set<(response: SipText) => void>()
  readonly #waiting = new Map<string, (response: SipText) => void>()

  private constructor(wire: Wire, server: { port: number }, settings: PhoneSettings) {
    this.#wire = wire
    this.server = server
    this.settings = settings
    this.port = wire.port
    wire.onMessage = (text, from) => {
      const message = parse(text)
      const status = statusOf(message)
      if (status > 0) {
        if (status >= 200) this.#waiting.get(branchOf(message))?.(message)
        this.onResponse?.(message)
        for (const listen of this.#listening) listen(message)
        return
      }
      this.asked.push(message)
      if (this.answers && message.start.startsWith('OPTIONS '))
        this.send(
          compose({
            start: 'SIP/2.0 200 OK',
            fields: message.fields.filter(([name]) => /^(via|from|to|call-id|cseq)$/i.test(name)),
            body: '',
          }),
          from,
        )
    }
  }

  static async start(
    server: { port: number },
    settings: Partial<PhoneSettings> = {},
    address = '127.0.0.1',
  ): Promise<TestPhone> {
    const wire = settings.transport === 'tcp' ? await overTcp(server.port, address) : await overUdp(address)
    return new TestPhone(wire, server, {
      extension: '101',
      secret: 'secret of 101',
      algorithm: 'SHA-256',
      counts: true,
      userAgent: 'test phone 1.0',
      contactHost: null,
      transport: 'udp',
      ...settings,
    })
  }

  get contact(): string {
    const { extension, contactHost } = this.settings
    const transport = this.settings.transport === 'tcp' ? ';transport=tcp' : ''
    return `sip:${extension}@${contactHost ?? `127.0.0.1:${this.port}`}${transport}`
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#wire.close()
  }

  send(text: string, port = this.server.port): void {
    this.#wire.send(text, port)
  }

  /** A request with all that it must have. */
  request(method: string, { fields = {}, contact, cseq, callId, uri, body = '' }: Sending = {}): SipText {
    const { extension, userAgent } = this.settings
    const target = uri ?? (method === 'REGISTER' ? 'sip:pbx.example' : 'sip:9001@pbx.example')
    const own: Record<string, string | null> = {
      Via: `SIP/2.0/${this.settings.transport.toUpperCase()} 127.0.0.1:${this.port};rport;branch=z9hG4bK${randomUUID()}`,
      'Max-Forwards': '70',
      From: `"Li" <sip:${extension}@pbx.example>;tag=${randomUUID().slice(0, 8)}`,
      To: method === 'REGISTER' ? `<sip:${extension}@pbx.example>` : `<${target}>`,
      'Call-ID': callId ?? this.callId,
      CSeq: `${cseq ?? ++this.cseq} ${method}`,
      'User-Agent': userAgent,
      ...(contact !== null && { Contact: contact ?? `<${this.contact}>` }),
      ...fields,
    }
    return {
      start: `${method} ${target} SIP/2.0`,
      fields: Object.entries(own).filter((one): one is [string, string] => one[1] !== null),
      body,
    }
  }

  /** Sends it and waits for the final response; as a phone does, again and again until then. Null: there is none. */
  async ask(request: SipText, ms = 10_000): Promise<SipText | null> {
    const branch = branchOf(request)
    const text = compose(request)
    this.send(text)
    const again = setInterval(() => this.send(text), T1_MS)
    try {
      return await new Promise<SipText | null>((resolve) => {
        const late = setTimeout(() => resolve(null), ms)
        this.#waiting.set(branch, (response) => {
          clearTimeout(late)
          if (request.start.startsWith('INVITE ')) this.#acknowledge(request, response)
          resolve(response)
        })
      })
    } finally {
      clearInterval(again)
      this.#waiting.delete(branch)
    }
  }

  /** The next response of that kind, to whatever; null if none comes in time. */
  async heard(is: (status: number) => boolean, ms: number): Promise<SipText | null> {
    let listen: (response: SipText) => void = () => {}
    const heard = new Promise<SipText>((resolve) => {
      listen = (response) => is(statusOf(response)) && resolve(response)
      this.#listening.add(listen)
    })
    const late = pause(ms, null, { ref: false })
    const first = await Promise.race([heard, late])
    this.#listening.delete(listen)
    return first
  }

  /** Asks, proves who it is if it is asked to, once, and returns the last answer. */
  async prove(method: string, sending: Sending = {}): Promise<SipText | null> {
    const known = this.nonce && this.authorization(method, this.nonce, sending)
    const first = await this.ask(this.request(method, { ...sending, fields: { ...sending.fields, ...known } }))
    const challenge = first && this.challengeOf(first)
    if (!challenge || (known && !challenge.stale)) return first
    this.use(challenge)
    return this.ask(
      this.request(method, {
        ...sending,
        fields: { ...sending.fields, ...this.authorization(method, challenge, sending) },
      }),
    )
  }

  /** Status and contacts of the answer: one field, or one for each. */
  async register(sending: Sending = {}): Promise<[number, string | undefined]> {
    const answer = await this.prove('REGISTER', sending)
    return answer ? [statusOf(answer), fieldsOf(answer, 'contact').join(', ') || undefined] : [0, undefined]
  }

  use(challenge: Challenge): void {
    this.nonce = challenge
    this.nc = 0
  }

  /** The challenge of an answer that this phone can take up. */
  challengeOf(answer: SipText): Challenge | null {
    const all = [...fieldsOf(answer, 'www-authenticate'), ...fieldsOf(answer, 'proxy-authenticate')].map((one) => {
      const value = (name: string): string | undefined => new RegExp(`\\b${name}="?([^",]+)`).exec(one)?.[1]
      return {
        realm: value('realm')!,
        nonce: value('nonce')!,
        algorithm: value('algorithm') as Algorithm,
        stale: value('stale') === 'true',
      }
    })
    return all.find(({ algorithm }) => algorithm === this.settings.algorithm) ?? null
  }

  /** The field with which it answers a challenge. */
  authorization(
    method: string,
    challenge: Challenge,
    { uri, nc }: { uri?: string; nc?: number } = {},
  ): Record<string, string> {
    const target = uri ?? (method === 'REGISTER' ? 'sip:pbx.example' : 'sip:9001@pbx.example')
    const { extension, secret, counts } = this.settings
    const count = counts ? (nc ?? ++this.nc) : null
    const value = digestOf({ ...challenge, user: extension, secret, method, uri: target, nc: count })
    return { [method === 'REGISTER' ? 'Authorization' : 'Proxy-Authorization']: value }
  }

  #acknowledge(invite: SipText, response: SipText): void {
    const kept = invite.fields.filter(([name]) => /^(via|from|call-id|max-forwards)$/i.test(name))
    const cseq = field(invite, 'cseq')!.replace('INVITE', 'ACK')
    const start = invite.start.replace('INVITE', 'ACK')
    this.send(compose({ start, fields: [...kept, ['To', field(response, 'to')!], ['CSeq', cseq]], body: '' }))
  }
}

async function overUdp(address: string): Promise<Wire> {
  const socket = createSocket('udp4').bind(0, address)
  await once(socket, 'listening')
  const wire: Wire = {
    port: socket.address().port,
    send: (text, port) => socket.send(text, port, '127.0.0.1'),
    close: () => socket.close(),
    onMessage: () => {},
  }
  socket.on('message', (bytes, from) => wire.onMessage(bytes.toString(), from.port))
  return wire
}

async function overTcp(port: number, localAddress: string): Promise<Wire> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  await once(socket, 'connect')
  const wire: Wire = {
    port: socket.localPort!,
    send: (text) => void socket.write(text),
    close: () => socket.destroy(),
    onMessage: () => {},
  }
  let held = ''
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    held += bytes.toString()
    for (;;) {
      held = held.replace(/^(\r\n)+/, '')
      const end = held.indexOf('\r\n\r\n')
      if (end === -1) return
      const length = end + 4 + Number(/^(?:content-length|l)\s*:\s*(\d+)/im.exec(held.slice(0, end))?.[1] ?? 0)
      if (held.length < length) return
      wire.onMessage(held.slice(0, length), port)
      held = held.slice(length)
    }
  })
  return wire
}

/** What a phone claims, as RFC 7616 (with a count) and RFC 2617 (without) compute it. */
export function digestOf(
  claim: Omit<Challenge, 'stale'> & {
    user: string
    secret: string
    method: string
    uri: string
    nc: number | null
    cnonce?: string
  },
): string {
  const { realm, nonce, algorithm, user, secret, method, uri, nc, cnonce = '0a4f113b' } = claim
  const hash = (text: string): string =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex')
  const count = nc === null ? null : nc.toString(16).padStart(8, '0')
  const middle = count === null ? nonce : `${nonce}:${count}:${cnonce}:auth`
  const response = hash(`${hash(`${user}:${realm}:${secret}`)}:${middle}:${hash(`${method}:${uri}`)}`)
  return (
    `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}"` +
    `, algorithm=${algorithm}${count === null ? '' : `, qop=auth, nc=${count}, cnonce="${cnonce}"`}`
  )
}
