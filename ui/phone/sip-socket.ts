/**
 * The WebSocket under JsSIP, with a sign of life. A network that is gone says nothing, and a browser keeps such a
 * connection for minutes: every few seconds a ping goes out (RFC 5626, 4.4.1), which the SIP server answers by itself; one
 * without an answer, and the browser's own word that it is offline, close the connection.
 */
import type { Socket } from 'jssip/lib/Socket'

const PING = '\r\n\r\n'
const EVERY_MS = 4_000
const ANSWER_MS = 3_000
const OPEN_MS = 6_000

export class SipSocket implements Socket {
  readonly url: string
  readonly sip_uri: string
  via_transport: string
  // Set by JsSIP.
  onconnect = (): void => {}
  ondisconnect = (_error: boolean, _code?: number, _reason?: string): void => {}
  ondata = <T>(_data: T): void => {}
  #socket: WebSocket | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(url: string) {
    const { host, protocol } = new URL(url)
    this.url = url
    this.via_transport = protocol.slice(0, -1).toUpperCase()
    this.sip_uri = `sip:${host};transport=ws`
  }

  connect(): void {
    if (this.#socket) return
    const socket = new WebSocket(this.url, 'sip')
    this.#socket = socket
    socket.addEventListener('open', () => {
      if (this.#socket !== socket) return
      addEventListener('offline', this.#lost)
      this.#watch()
      this.onconnect()
    })
    socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
      if (this.#socket !== socket) return
      this.#watch()
      this.ondata(data)
    })
    socket.addEventListener('close', () => this.#socket === socket && this.#lost())
    this.#timer = setTimeout(this.#lost, OPEN_MS)
  }

  disconnect(): void {
    const socket = this.#socket
    this.#socket = null
    clearTimeout(this.#timer)
    removeEventListener('offline', this.#lost)
    socket?.close()
  }

  send(message: string | ArrayBufferLike | Blob | ArrayBufferView): boolean {
    if (!this.isConnected()) return false
    this.#socket!.send(message as string)
    return true
  }

  isConnected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  isConnecting(): boolean {
    return this.#socket?.readyState === WebSocket.CONNECTING
  }

  /** Something came: the next ping is due later. */
  #watch(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.send(PING)
      this.#timer = setTimeout(this.#lost, ANSWER_MS)
    }, EVERY_MS)
  }

  readonly #lost = (): void => {
    if (!this.#socket) return
    this.disconnect()
    this.ondisconnect(true)
  }
}
