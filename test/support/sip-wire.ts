/** By what a telephone in tests sends its SIP: datagrams, or one connection over TLS. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:tls'

export interface SipWire {
  readonly transport: 'UDP' | 'TLS'
  readonly port: number
  send(text: string, port: number, host: string): void
  /** Nothing is heard any more. */
  deafen(): void
  close(): void
}

type Hear = (text: string, from: { port: number; address: string }) => void

export async function udpWire(host: string, port: number, hear: Hear): Promise<SipWire> {
  const socket = createSocket({ type: 'udp4', reuseAddr: port !== 0 }).bind(port, host)
  await once(socket, 'listening')
  socket.on('message', (bytes, from) => hear(bytes.toString(), from))
  return {
    transport: 'UDP',
    port: socket.address().port,
    send: (text, to, at) => socket.send(text, to, at),
    deafen: () => void socket.removeAllListeners('message'),
    close: () => void socket.close(),
  }
}

/** A connection to the SIP server, by which everything goes, there and back. */
export async function tlsWire(host: string, port: number, hear: Hear): Promise<SipWire> {
  const socket = connect({ host, port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  let held = ''
  let deaf = false
  socket.on('error', () => {})
  socket.on('data', (bytes: Buffer) => {
    held += bytes.toString('latin1')
    for (;;) {
      // Empty lines keep the connection open (RFC 5626).
      held = held.replace(/^(\r\n)+/, '')
      const end = held.indexOf('\r\n\r\n')
      const length = Number(/^(?:content-length|l)\s*:\s*(\d+)/im.exec(held.slice(0, Math.max(0, end)))?.[1] ?? 0)
      if (end === -1 || held.length < end + 4 + length) return
      const text = held.slice(0, end + 4 + length)
      held = held.slice(end + 4 + length)
      if (!deaf) hear(text, { port, address: host })
    }
  })
  return {
    transport: 'TLS',
    port: socket.localPort!,
    send: (text) => void socket.write(text),
    deafen: () => (deaf = true),
    close: () => void socket.destroy(),
  }
}
