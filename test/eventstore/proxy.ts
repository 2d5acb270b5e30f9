/**
 * A TCP proxy that fails on demand, in front of any server (the stand-in of EventStoreDB, or a real one): it refuses,
 * cuts, falls silent in either direction, or holds traffic back until released.
 */
import { createServer, connect, type Server, type Socket } from 'node:net'
import { once } from 'node:events'

export type Direction = 'to the server' | 'to the client'

interface Pair {
  client: Socket
  server: Socket
  /** Nothing passes any longer, for ever. */
  isStranded: boolean
}

export class Proxy {
  /** Where clients connect to. */
  readonly port: number
  readonly #target: { host: string; port: number }
  readonly #pairs = new Set<Pair>()
  readonly #silent = new Set<Direction>()
  /** What did not get through while it was silent. */
  readonly #kept: { socket: Socket; chunk: Buffer }[] = []
  #server: Server | null
  #connections = 0

  private constructor(target: { host: string; port: number }, server: Server, port: number) {
    this.#target = target
    this.#server = server
    this.port = port
    server.on('connection', (client) => this.#join(client))
  }

  static async start(target: { host: string; port: number }, port = 0): Promise<Proxy> {
    const server = createServer()
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new Proxy(target, server, (server.address() as { port: number }).port)
  }

  /** How many connections have been made. */
  get connections(): number {
    return this.#connections
  }

  /** Cuts all connections, as a dying server does; new ones may be made. */
  drop(): void {
    for (const { client, server } of [...this.#pairs]) {
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
  }

  /** Cuts all connections and accepts no new ones. */
  async refuse(): Promise<void> {
    const server = this.#server
    this.#server = null
    const closed = server ? new Promise((resolve) => server.close(resolve)) : null
    this.drop()
    await closed
  }

  /** Accepts connections again, at the same port. */
  async accept(): Promise<void> {
    if (this.#server) return
    const server = createServer((client) => this.#join(client))
    server.listen(this.port, '127.0.0.1')
    await once(server, 'listening')
    this.#server = server
  }

  /**
   * Lets nothing through any longer, on existing and new connections, and closes none: half-open. What arrives
   * meanwhile is kept until {@link speak}, unless its connection goes.
   */
  fallSilent(...directions: Direction[]): void {
    for (const direction of directions.length > 0 ? directions : (['to the server', 'to the client'] as const))
      this.#silent.add(direction)
  }

  /** Lets traffic through again, beginning with what was kept. */
  speak(): void {
    this.#silent.clear()
    for (const { socket, chunk } of this.#kept.splice(0)) if (!socket.destroyed) socket.write(chunk)
  }

  /** Existing connections are never served again, and not closed either; new ones are served. */
  strand(): void {
    for (const pair of this.#pairs) pair.isStranded = true
  }

  async close(): Promise<void> {
    await this.refuse()
  }

  #join(client: Socket): void {
    this.#connections++
    const server = connect(this.#target)
    const pair = { client, server, isStranded: false }
    this.#pairs.add(pair)
    const part = (): void => {
      this.#pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', part)
      socket.on('close', part)
    }
    this.#pass(pair, client, server, 'to the server')
    this.#pass(pair, server, client, 'to the client')
  }

  #pass(pair: Pair, from: Socket, to: Socket, direction: Direction): void {
    from.on('data', (chunk: Buffer) => {
      if (pair.isStranded) return
      if (this.#silent.has(direction)) this.#kept.push({ socket: to, chunk })
      else if (!to.write(chunk)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
    })
  }
}
