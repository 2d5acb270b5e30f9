/**
 * A stand-in of drachtio-server: its control protocol over TCP, spoken with drachtio-srf's real client, and SIP over UDP
 * on the other side. It does what the server does outside dialogs (read in its source, version 0.9.10): a secret, routes by
 * method, requests handed to one client in turn and forgotten after 64 seconds, retransmissions absorbed, final
 * responses to INVITE sent again until the ACK, CANCEL, requests of clients with an outbound proxy, pings; 400 to what
 * cannot be read, 503 without a client. Dialogs it has none.
 *
 * It can be killed, started again, silenced and told to talk nonsense.
 */
import { randomUUID } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { branchOf, compose, field, parse, statusOf, type SipText } from './message.ts'

const T1_MS = 500
const T2_MS = 4_000
const TIMER_H_MS = 64 * T1_MS
/** A client that has not answered by then is given up. */
const CLIENT_MS = 64_000

interface Client {
  socket: Socket
  accepted: boolean
  routes: Set<string>
}

/** A transaction in which we are the server. */
interface Incoming {
  id: string
  request: SipText
  from: RemoteInfo
  /** The last response, sent again for each retransmission. */
  last: string | null
  isFinal: boolean
  timers: Set<NodeJS.Timeout>
}

export class DrachtioStandIn {
  secret = 'cymru'
  /** Control port; the same after a restart. */
  controlPort = 0
  sipPort = 0
  /** Answers nothing on control connections, as a process that was stopped. */
  isSilent = false
  /** Accepts clients, and closes their connections at once. */
  isFickle = false
  /** What it says that requests came by. */
  protocol: 'udp' | 'tcp' = 'udp'
  /** Phones' connections are closed: requests to them are answered as drachtio does then. */
  isClosed = false
  /** Attempts to authenticate, refused ones too. */
  attempts = 0
  #server: Server | null = null
  #udp: UdpSocket | null = null
  readonly #clients = new Set<Client>()
  readonly #sockets = new Set<Socket>()
  readonly #incoming = new Map<string, Incoming>()
  readonly #byId = new Map<string, Incoming>()
  readonly #outgoing = new Map<string, { client: Client; id: string; method: string; timers: Set<NodeJS.Timeout> }>()
  #turn = 0

  static async start(): Promise<DrachtioStandIn> {
    const standIn = new DrachtioStandIn()
    await standIn.up()
    return standIn
  }

  /** Starts it, at the same addresses as before. */
  async up(): Promise<void> {
    this.#udp = createSocket('udp4')
    this.#udp.on('message', (bytes, from) => this.#fromNetwork(bytes.toString('utf8'), from))
    this.#udp.on('error', () => {})
    this.#udp.bind(this.sipPort, '127.0.0.1')
    await once(this.#udp, 'listening')
    this.sipPort = this.#udp.address().port
    this.#server = createServer((socket) => this.#join(socket))
    this.#server.listen(this.controlPort, '127.0.0.1')
    await once(this.#server, 'listening')
    this.controlPort = (this.#server.address() as AddressInfo).port
  }

  /** As kill -9. */
  async kill(): Promise<void> {
    for (const { timers } of [...this.#incoming.values(), ...this.#outgoing.values()])
      for (const timer of timers) clearTimeout(timer)
    this.#incoming.clear()
    this.#byId.clear()
    this.#outgoing.clear()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    const [server, udp] = [this.#server!, this.#udp!]
    server.close()
    udp.close()
    await Promise.all([once(server, 'close'), once(udp, 'close')])
  }

  /** Clients that were accepted. */
  get clients(): number {
    return [...this.#clients].filter(({ accepted }) => accepted).length
  }

  /** A message to all clients, as it is. */
  say(message: string): void {
    for (const { socket } of this.#clients) write(socket, message)
  }

  #join(socket: Socket): void {
    const client: Client = { socket, accepted: false, routes: new Set() }
    this.#clients.add(client)
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#clients.delete(client)
      this.#sockets.delete(socket)
    })
    let held = Buffer.alloc(0)
    socket.on('data', (bytes) => {
      held = Buffer.concat([held, bytes])
      for (;;) {
        const hash = held.indexOf('#')
        const length = Number(held.subarray(0, Math.max(0, hash)).toString())
        if (hash <= 0 || held.length < hash + 1 + length) return
        const message = held.subarray(hash + 1, hash + 1 + length).toString()
        held = held.subarray(hash + 1 + length)
        if (!this.isSilent) this.#fromClient(client, message)
      }
    })
  }

  #fromClient(client: Client, message: string): void {
    const end = message.indexOf('\r\n')
    const [id, kind, ...rest] = (end === -1 ? message : message.slice(0, end)).split('|')
    const ok = (...more: string[]): void =>
      write(client.socket, [randomUUID(), 'response', id, 'OK', ...more].join('|'))
    const no = (why: string): void => write(client.socket, [randomUUID(), 'response', id, 'NO', why].join('|'))
    if (kind === 'ping') return ok('pong')
    if (kind === 'authenticate') {
      this.attempts++
      if (rest[0] !== this.secret) {
        no('incorrect secret')
        client.socket.end()
        return
      }
      client.accepted = true
      const contact = `udp/127.0.0.1:${this.sipPort}`
      ok(contact, 'v0.9.10', contact)
      if (this.isFickle) client.socket.end()
      return
    }
    if (!client.accepted) return void client.socket.destroy()
    if (kind === 'route') {
      client.routes.add(rest[0]!.toUpperCase())
      return ok()
    }
    if (kind !== 'sip') return no('Unknown message type')
    const text = parse(message.slice(end + 2))
    if (text.start.startsWith('SIP/')) return this.#respond(client, id!, rest[0]!, text)
    this.#request(client, id!, text, rest[2])
  }

  /** A client's response to a request that it was given. */
  #respond(client: Client, id: string, transaction: string, response: SipText): void {
    const incoming = this.#byId.get(transaction)
    if (!incoming || incoming.isFinal) {
      return write(client.socket, [randomUUID(), 'response', id, 'NO', 'transaction not found'].join('|'))
    }
    const { request, from } = incoming
    const to = field(request, 'to')!
    // What belongs to the transaction is the server's; the rest is the client's, field by field.
    const own = /^(via|from|to|call-id|cseq|content-length)$/i
    const sent = compose({
      start: response.start,
      fields: [
        ...viasOf(request, from),
        ['From', field(request, 'from')!],
        ['To', /;\s*tag=/i.test(to) ? to : `${to};tag=${transaction.slice(0, 8)}`],
        ['Call-ID', field(request, 'call-id')!],
        ['CSeq', field(request, 'cseq')!],
        ...response.fields.filter(([name]) => !own.test(name)),
      ],
      body: response.body,
    })
    this.#answer(incoming, sent)
    this.#sent(client, id, sent, transaction)
  }

  #answer(incoming: Incoming, text: string): void {
    incoming.last = text
    this.#send(text, incoming.from)
    const status = statusOf(parse(text))
    if (status < 200) return
    incoming.isFinal = true
    for (const timer of incoming.timers) clearTimeout(timer)
    incoming.timers.clear()
    if (incoming.request.start.startsWith('INVITE '))
      this.#sendAgain(incoming.timers, T1_MS, TIMER_H_MS, () => this.#send(text, incoming.from))
    incoming.timers.add(setTimeout(() => this.#forget(incoming), TIMER_H_MS).unref())
  }

  #forget(incoming: Incoming): void {
    for (const timer of incoming.timers) clearTimeout(timer)
    this.#byId.delete(incoming.id)
    this.#incoming.delete(keyOf(incoming.request))
  }

  /** A client's request outside a dialog. */
  #request(client: Client, id: string, request: SipText, proxy: string | undefined): void {
    const [method, uri] = request.start.split(' ')
    const target = /^<?sips?:(?:[^@]*@)?([^:;>?]+)(?::(\d+))?/i.exec(proxy || uri!)
    if (!target) return write(client.socket, [randomUUID(), 'response', id, 'NO', 'invalid request-uri'].join('|'))
    const transaction = randomUUID()
    const { address, port } = this.#udp!.address()
    const own = `${address}:${port}`
    const has = (name: string): boolean => field(request, name) !== undefined
    const sent = compose({
      start: request.start,
      fields: [
        ['Via', `SIP/2.0/UDP ${own};rport;branch=z9hG4bK${transaction}`],
        ['Max-Forwards', '70'],
        ...(has('from') ? [] : ([['From', `<sip:${own}>;tag=${transaction.slice(0, 8)}`]] as [string, string][])),
        ...(has('to') ? [] : ([['To', `<${uri}>`]] as [string, string][])),
        ...(has('call-id') ? [] : ([['Call-ID', randomUUID()]] as [string, string][])),
        ...(has('cseq') ? [] : ([['CSeq', `1 ${method}`]] as [string, string][])),
        // A client does not know the server's address, and writes this instead.
        ...request.fields.map(([name, value]): [string, string] => [
          name,
          /^contact$/i.test(name) ? value.replace(/(?<=[:@])localhost\b/, own) : value,
        ]),
      ],
      body: request.body,
    })
    const to = { address: target[1]!, port: Number(target[2] ?? 5060) }
    const timers = new Set<NodeJS.Timeout>()
    this.#outgoing.set(`z9hG4bK${transaction}`, { client, id: transaction, method: method!, timers })
    if (this.isClosed) {
      const gone = parse(sent)
      gone.start = 'SIP/2.0 410 Gone'
      setImmediate(() => this.#responseFromNetwork(gone, compose(gone), { address, port, family: 'IPv4', size: 0 }))
      return this.#sent(client, id, sent, transaction)
    }
    this.#send(sent, to)
    this.#sendAgain(timers, T1_MS, TIMER_H_MS, () => this.#send(sent, to))
    this.#sent(client, id, sent, transaction)
  }

  /** Tells a client what was sent for it. */
  #sent({ socket }: Client, id: string, sent: string, transaction: string): void {
    const { address, port } = this.#udp!.address()
    const meta = ['application', String(sent.length), 'udp', address, String(port), '10:00:00.000000']
    write(socket, `${[randomUUID(), 'response', id, 'OK', ...meta, transaction, ''].join('|')}\r\n${sent}`)
  }

  #fromNetwork(text: string, from: RemoteInfo): void {
    if (text.trim() === '') return
    const message = parse(text)
    if (statusOf(message) > 0) return this.#responseFromNetwork(message, text, from)
    const [method] = message.start.split(' ')
    if (method === 'ACK') {
      for (const timer of this.#incoming.get(keyOf(message))?.timers ?? []) clearTimeout(timer)
      return
    }
    const known = this.#incoming.get(keyOf(message))
    if (known) return void (known.last && this.#send(known.last, from))
    const incoming: Incoming = {
      id: randomUUID(),
      request: message,
      from,
      last: null,
      isFinal: false,
      timers: new Set(),
    }
    if (!isSane(message)) return this.#refuse(incoming, '400 Bad Request')
    if (method === 'CANCEL') return this.#cancel(incoming, text)
    if (/;\s*tag=/i.test(field(message, 'to')!)) return this.#refuse(incoming, '481 Call/Transaction Does Not Exist')
    const clients = [...this.#clients].filter(({ accepted, routes }) => accepted && routes.has(method!))
    const client = clients[this.#turn++ % Math.max(1, clients.length)]
    if (!client) return this.#refuse(incoming, '503 Service Unavailable')
    this.#incoming.set(keyOf(message), incoming)
    this.#byId.set(incoming.id, incoming)
    incoming.timers.add(setTimeout(() => incoming.last ?? this.#forget(incoming), CLIENT_MS).unref())
    if (method === 'INVITE') this.#answer(incoming, compose({ ...reply(incoming, '100 Trying') }))
    this.#hand(client, text, from, incoming.id)
  }

  #hand({ socket }: Client, text: string, from: RemoteInfo, transaction: string): void {
    const { address, port } = this.#udp!.address()
    const meta = [
      'network',
      String(Buffer.byteLength(text)),
      this.protocol,
      from.address,
      String(from.port),
      '10:00:00.000000',
    ]
    write(socket, `${[randomUUID(), 'sip', ...meta, transaction, '', address, String(port), ''].join('|')}\r\n${text}`)
  }

  #cancel(cancel: Incoming, text: string): void {
    const cancelled = [...this.#incoming.values()].find(
      ({ request }) => request.start.startsWith('INVITE ') && branchOf(request) === branchOf(cancel.request),
    )
    if (!cancelled || cancelled.isFinal) return this.#refuse(cancel, '481 Call/Transaction Does Not Exist')
    this.#refuse(cancel, '200 OK')
    this.#answer(cancelled, compose(reply(cancelled, '487 Request Terminated')))
    for (const client of this.#clients) this.#hand(client, text, cancel.from, cancelled.id)
  }

  /** Answered by the server itself. */
  #refuse(incoming: Incoming, status: string): void {
    this.#send(compose(reply(incoming, status)), incoming.from)
  }

  #responseFromNetwork(response: SipText, text: string, from: RemoteInfo): void {
    const outgoing = this.#outgoing.get(branchOf(response))
    if (!outgoing) return
    for (const timer of outgoing.timers) clearTimeout(timer)
    if (statusOf(response) >= 200) this.#outgoing.delete(branchOf(response))
    this.#hand(outgoing.client, text, from, outgoing.id)
  }

  #sendAgain(timers: Set<NodeJS.Timeout>, after: number, within: number, send: () => void): void {
    if (within <= 0) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      send()
      this.#sendAgain(timers, Math.min(T2_MS, after * 2), within - after, send)
    }, after).unref()
    timers.add(timer)
  }

  #send(text: string, { address, port }: { address: string; port: number }): void {
    this.#udp?.send(text, port, address, () => {})
  }
}

function write(socket: Socket, message: string): void {
  socket.write(`${Buffer.byteLength(message)}#${message}`)
}

/** Messages of one transaction; an ACK belongs to its INVITE. */
function keyOf(message: SipText): string {
  const method = message.start.split(' ')[0]
  return `${branchOf(message)} ${field(message, 'call-id')} ${method === 'ACK' ? 'INVITE' : method}`
}

/** The Via fields, the first with the address it really came from (RFC 3581). */
function viasOf(request: SipText, { address, port }: RemoteInfo): [string, string][] {
  const vias = request.fields.filter(([name]) => /^(via|v)$/i.test(name)).map(([, value]) => value)
  return vias.map((via, n) => [
    'Via',
    n === 0 ? `${via.replace(/;rport(?!=)/i, `;rport=${port}`)};received=${address}` : via,
  ])
}

function reply({ request, from, id }: Incoming, status: string): SipText {
  const to = field(request, 'to') ?? '<sip:unknown@unknown>'
  const fields: [string, string][] = [
    ...viasOf(request, from),
    ['From', field(request, 'from') ?? ''],
    ['To', /;\s*tag=/i.test(to) || status.startsWith('100') ? to : `${to};tag=${id.slice(0, 8)}`],
    ['Call-ID', field(request, 'call-id') ?? ''],
    ['CSeq', field(request, 'cseq') ?? ''],
  ]
  return { start: `SIP/2.0 ${status}`, fields, body: '' }
}

/** What sofia-sip's `sip_sanity_check` asks for, and that every line is a field. */
function isSane(message: SipText): boolean {
  const [method, uri, version] = message.start.split(' ')
  const cseq = /^\s*(\d{1,10})\s+(\S+)\s*$/.exec(field(message, 'cseq') ?? '')
  return (
    version === 'SIP/2.0' &&
    /^[\w\-.!%*+`'~]+$/.test(method!) &&
    /^[a-z][\w+.-]*:\S+$/i.test(uri!) &&
    cseq?.[2] === method &&
    Number(cseq![1]) < 2 ** 32 &&
    ['via', 'from', 'to', 'call-id'].every((name) => Boolean(field(message, name))) &&
    message.fields.every(([name]) => /^[\w\-.!%*+`'~]+$/.test(name))
  )
}
