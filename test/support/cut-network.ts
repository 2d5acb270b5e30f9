/**
 * The network between browsers and the servers of telephones, which can be cut: a secure WebSocket proxy, and a UDP relay
 * for each media stream, put into the session descriptions that pass. Cut, it is silent, as a pulled cable is: nothing
 * arrives, nobody is told.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { selfSigned } from '../eventstore/certificate.ts'

const HOST = '127.0.0.1'

interface Address {
  host: string
  port: number
}

/** Packets of one media stream. */
class Relay {
  readonly #network: CutNetwork
  readonly #toServer = createSocket('udp4')
  readonly #toBrowser = createSocket('udp4')
  #browser: Address | null = null
  server: Address | null = null

  constructor(network: CutNetwork) {
    this.#network = network
  }

  async open(): Promise<this> {
    for (const socket of [this.#toBrowser, this.#toServer]) {
      socket.bind(0, HOST)
      await once(socket, 'listening')
    }
    this.#toBrowser.on('message', (packet, { address: host, port }) => {
      this.#browser = { host, port }
      this.#pass(packet, this.#toServer, this.server)
    })
    this.#toServer.on('message', (packet) => this.#pass(packet, this.#toBrowser, this.#browser))
    return this
  }

  /** Where the browser finds the server, and where the server finds the browser. */
  get forBrowser(): number {
    return this.#toBrowser.address().port
  }

  get forServer(): number {
    return this.#toServer.address().port
  }

  close(): void {
    this.#toBrowser.close()
    this.#toServer.close()
  }

  #pass(packet: Buffer, by: Socket, to: Address | null): void {
    if (to && !this.#network.isCut) by.send(packet, to.port, to.host)
  }
}

export class CutNetwork {
  readonly #https: Server
  readonly #upstream: string
  readonly #pairs = new Set<{ browser: WebSocket; server: WebSocket }>()
  /** By Call-ID. */
  readonly #relays = new Map<string, Promise<Relay>>()
  isCut = false

  private constructor(https: Server, upstream: string) {
    this.#https = https
    this.#upstream = upstream
    const accepting = new WebSocketServer({ server: https, handleProtocols: () => 'sip' })
    accepting.on('connection', (browser) => this.#connect(browser))
  }

  /** @param upstream the SIP server’s own address: `wss://…` */
  static async open(upstream: string): Promise<CutNetwork> {
    const { key, certificate: cert } = selfSigned()
    const https = createServer({ key, cert })
    const network = new CutNetwork(https, upstream)
    https.listen(0, HOST)
    await once(https, 'listening')
    return network
  }

  get url(): string {
    return `wss://${HOST}:${(this.#https.address() as AddressInfo).port}`
  }

  cut(): void {
    this.isCut = true
  }

  /** What was open during the cut is of no use any more, to either side. */
  mend(): void {
    this.isCut = false
    for (const { browser, server } of this.#pairs)
      if (browser.readyState !== WebSocket.OPEN || server.readyState !== WebSocket.OPEN) {
        browser.terminate()
        server.terminate()
      }
  }

  async close(): Promise<void> {
    for (const { browser, server } of this.#pairs) {
      browser.terminate()
      server.terminate()
    }
    for (const relay of this.#relays.values()) (await relay).close()
    this.#https.close()
    this.#https.closeAllConnections()
  }

  #connect(browser: WebSocket): void {
    if (this.isCut) return browser.pause()
    const server = new WebSocket(this.#upstream, 'sip', { rejectUnauthorized: false })
    const pair = { browser, server }
    this.#pairs.add(pair)
    const opened = once(server, 'open')
    // In order, though one message may wait for its relay.
    let toServer: Promise<unknown> = opened
    let toBrowser: Promise<unknown> = opened
    browser.on('message', (data) => {
      toServer = toServer.then(async () => this.#send(server, await this.#withRelay(String(data), 'browser')))
    })
    server.on('message', (data) => {
      toBrowser = toBrowser.then(async () => this.#send(browser, await this.#withRelay(String(data), 'server')))
    })
    const over = (other: WebSocket) => () => {
      if (this.isCut) return
      this.#pairs.delete(pair)
      other.terminate()
    }
    browser.on('close', over(server))
    server.on('close', over(browser))
    server.on('error', () => browser.terminate())
  }

  #send(to: WebSocket, message: string): void {
    if (!this.isCut && to.readyState === WebSocket.OPEN) to.send(message)
  }

  /** Puts our own addresses in the place of those that a message names. */
  async #withRelay(message: string, from: 'browser' | 'server'): Promise<string> {
    const [head = '', body = ''] = message.split('\r\n\r\n')
    if (!body.includes('m=audio')) return message
    const callId = /^call-id:\s*(\S+)/im.exec(head)![1]!
    if (!this.#relays.has(callId)) this.#relays.set(callId, new Relay(this).open())
    const relay = await this.#relays.get(callId)!
    const candidates = [...body.matchAll(/^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host.*\r\n/gim)]
    if (from === 'server') relay.server = { host: candidates[0]![1]!, port: Number(candidates[0]![2]) }
    const port = from === 'server' ? relay.forBrowser : relay.forServer
    const own = `a=candidate:1 1 udp 2130706431 ${HOST} ${port} typ host generation 0\r\n`
    const changed = body.replace(/^a=candidate:.*\r\n/gim, '').replace(/^a=ice-ufrag:/im, `${own}a=ice-ufrag:`)
    return `${head.replace(/^content-length:.*$/im, `Content-Length: ${Buffer.byteLength(changed)}`)}\r\n\r\n${changed}`
  }
}
