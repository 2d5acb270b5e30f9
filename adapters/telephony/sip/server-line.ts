/**
 * The control connection to one drachtio server: opened, probed, and opened again with growing pauses, for as long as we
 * live. drachtio-srf would reconnect by itself, but tries a refused secret four times a second, forgets TCP_NODELAY, and
 * never notices a server that has fallen silent; so each connection is a new instance that is not allowed to.
 *
 * Its reader throws where it cannot read a message, which would end the process, and prints what it could not read, which
 * may contain a caller's number: such messages are taken out before it sees them.
 */
import { connect, type Socket } from 'node:net'
import type { Dice } from '@ledgerline/core/kernel/clock.ts'
import { growingPause, type Growth } from '@ledgerline/core/kernel/pauses.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { unfolded } from './grammar.ts'
import { Srf } from './srf.ts'
import { within } from '../../postgres/line.ts'

/** A drachtio server's control address. */
export interface ServerAddress {
  host: string
  port: number
  secret: string
}

/** `host:port`: how a server is named in messages and bindings. */
export function nameOf({ host, port }: ServerAddress): string {
  return `${host}:${port}`
}

/** One of the addresses at which a server takes SIP. */
export interface SipContact {
  /** `udp`, `tcp`, `tls`, `ws`, `wss`. */
  transport: string
  host: string
  port: number
}

export interface LineOptions {
  address: ServerAddress
  dice: Dice
  /** Puts handlers on an instance before it connects. */
  prepare(srf: Srf): void
  onUp?(srf: Srf): void
  onDown?(): void
  /** It cannot be reached; told once, and again if the reason becomes another. */
  onTrouble?(problem: Problem): void
  onBack?(awayMs: number): void
  /** A message that cannot be read. */
  onUnreadable?(): void
  pauses?: Growth
  /** How often it is asked for a sign of life, and how long it may take for anything it is asked, ms. */
  probeMs?: number
  answerMs?: number
}

const PAUSES: Growth = { firstMs: 250, longestMs: 15_000 }
const PROBE_MS = 5_000
const ANSWER_MS = 5_000
/** A connection that was lost earlier counts as a failed attempt, ms. */
const LASTING_MS = 10_000
/** It may take as long to notice that we leave, ms. */
const LEAVE_MS = 500

export class ServerLine {
  readonly name: string
  readonly #with: LineOptions
  #srf: Srf | null = null
  #addresses = ''
  #closed = false
  #wake: (() => void) | null = null
  #told: string | null = null
  #lostAt = performance.now()
  readonly #running: Promise<void>

  constructor(options: LineOptions) {
    this.#with = options
    this.name = nameOf(options.address)
    this.#running = this.#run()
  }

  /** The connection; null while there is none. Each lost connection is followed by another instance. */
  get srf(): Srf | null {
    return this.#srf
  }

  /** Where the server takes SIP, as it said when it accepted us. */
  get contacts(): SipContact[] {
    return this.#addresses.split(',').flatMap((each) => {
      const [, transport, host, port] = /^\s*(\w+)\/(.+):(\d+)$/.exec(each) ?? []
      return transport && host && port ? [{ transport, host: host.replace(/^\[|\]$/g, ''), port: Number(port) }] : []
    })
  }

  /** Where the server takes SIP over UDP, else over TCP: `host:port`. */
  get sipAddress(): string | null {
    const at = (protocol: string) => new RegExp(`(?:^|,)${protocol}/([^,]+)`).exec(this.#addresses)?.[1]
    return at('udp') ?? at('tcp') ?? null
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#wake?.()
    await this.#running
  }

  async #run(): Promise<void> {
    const { dice, pauses = PAUSES } = this.#with
    for (let failures = 0; !this.#closed;) {
      const began = performance.now()
      try {
        await this.#once()
        // After a connection that lasted the next pause is a short one.
        failures = performance.now() - began > LASTING_MS ? 1 : failures + 1
      } catch (error) {
        failures++
        this.#tell(isProblem(error) ? error : this.#away((error as Error).message, error))
      }
      await this.#rest(growingPause(pauses, failures, dice))
    }
  }

  /** One connection, from its opening to its loss. @throws Problem `sip.server_away`, `sip.secret_refused` */
  async #once(): Promise<void> {
    const { address, answerMs = ANSWER_MS } = this.#with
    // The library cannot be told to give up an attempt, so it gets one only at a server that accepts connections.
    await reach(address, answerMs).catch((error: Error) => {
      throw this.#away(error.message || String((error as NodeJS.ErrnoException).code), error)
    })
    if (this.#closed) return
    const srf = new Srf()
    const lost = new Promise<Error | null>((resolve) => {
      srf.on('error', (error: Error) => resolve(error))
      srf.on('close', () => resolve(null))
    })
    const accepted = new Promise<boolean>((resolve) =>
      srf.on('connect', (refused: Error | null, addresses?: string) => {
        this.#addresses = addresses ?? ''
        resolve(!refused)
      }),
    )
    this.#with.prepare(srf)
    srf.connect({ host: address.host, port: address.port, secret: address.secret, reconnect: { maxAttempts: 1 } })
    this.#sieve(srf)
    try {
      const gone = lost.then(() => false)
      const isAccepted = await within(answerMs, Promise.race([accepted, gone])).catch((error: unknown) => {
        throw this.#away('it accepts connections and does not answer', error)
      })
      // A server that refuses a secret may be gone before its answer is.
      if (!isAccepted) throw new Problem('sip.secret_refused', { server: this.name })
      this.#up(srf)
      await this.#watch(srf, lost)
      if (this.#closed) await leave(srf, lost)
    } finally {
      drop(srf)
      if (this.#srf === srf) {
        this.#srf = null
        this.#lostAt = performance.now()
        this.#with.onDown?.()
      }
    }
  }

  #up(srf: Srf): void {
    this.#srf = srf
    if (this.#told !== null) this.#with.onBack?.(performance.now() - this.#lostAt)
    this.#told = null
    this.#with.onUp?.(srf)
  }

  /** Until the connection is lost, silent, or no longer wanted. */
  async #watch(srf: Srf, lost: Promise<Error | null>): Promise<void> {
    const { probeMs = PROBE_MS, answerMs = ANSWER_MS } = this.#with
    let isLost = false
    void lost.then(() => {
      isLost = true
      this.#wake?.()
    })
    while (!isLost && !this.#closed) {
      await this.#rest(probeMs)
      if (isLost || this.#closed) break
      const silent = await within(answerMs, Promise.race([answersPing(srf), lost])).then(
        () => false,
        () => true,
      )
      if (silent) throw this.#away('it has fallen silent')
    }
    if (!this.#closed) {
      const error = await lost
      this.#tell(this.#away(error?.message ?? 'it closed the connection', error ?? undefined))
    }
  }

  /** Takes out messages that the library cannot read. */
  #sieve(srf: Srf): void {
    const { wp } = srf.app.client
    const readers = wp.listeners('msg') as ((socket: Socket, message: string) => void)[]
    wp.removeAllListeners('msg')
    wp.on('msg', (socket: Socket, message: string) => {
      try {
        const text = onOneLine(message)
        if (isReadable(text)) for (const read of readers) read(socket, text)
        else this.#with.onUnreadable?.()
      } catch {
        this.#with.onUnreadable?.()
      }
    })
  }

  #away(reason: string, cause?: unknown): Problem {
    return new Problem('sip.server_away', { server: this.name, reason }, { cause })
  }

  #tell(problem: Problem): void {
    if (this.#closed || this.#told === problem.code) return
    this.#told = problem.code
    this.#with.onTrouble?.(problem)
  }

  #rest(ms: number): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wake = done
    })
  }
}

/** Does something accept connections there? */
async function reach({ host, port }: ServerAddress, ms: number): Promise<void> {
  const socket = connect({ host, port })
  try {
    await within(ms, new Promise<void>((resolve, reject) => socket.once('connect', resolve).on('error', reject)))
  } finally {
    socket.destroy()
  }
}

function answersPing(srf: Srf): Promise<void> {
  const { mapServer, wp } = srf.app.client
  const [first] = mapServer
  if (!first) return Promise.resolve()
  const [socket, connection] = first
  return new Promise((resolve) => connection.pendingRequests.set(wp.send(socket, 'ping'), () => resolve()))
}

/** The server may give us calls until it has noticed that we leave, and would give them to nobody: so it closes first. */
async function leave(srf: Srf, lost: Promise<unknown>): Promise<void> {
  for (const socket of srf.app.client.mapServer.keys()) socket.end()
  await within(LEAVE_MS, lost).catch(() => {})
}

/** Ends a connection at once, also one whose other side does not answer. */
function drop(srf: Srf): void {
  const { mapServer, wp } = srf.app.client
  for (const socket of [...mapServer.keys()]) {
    wp.disconnect(socket)
    socket.destroy()
  }
}

/**
 * Fields that were folded over several lines, on one: the library gives them back in the response as they came, and the
 * server refuses to send that.
 */
function onOneLine(message: string): string {
  const end = message.indexOf('\r\n\r\n')
  const head = end === -1 ? message : message.slice(0, end)
  return /\r\n[ \t]/.test(head) ? unfolded(head) + message.slice(head.length) : message
}

const REQUEST_LINE = /^[\w\-.!%*+`'~]+\s\S+\sSIP\s*\/\s*\d+\.\d+/
const STATUS_LINE = /^SIP\/\d+\.\d+\s+\d+/

/** Would drachtio-srf's parser take it (`lib/sip-parser/parser.js`)? */
function isReadable(message: string): boolean {
  const end = message.indexOf('\r\n')
  const [, kind] = (end === -1 ? message : message.slice(0, end)).split('|')
  if (kind === 'response') return true
  if (kind !== 'sip' || end === -1) return false
  const [start, ...fields] = message
    .slice(end + 2)
    .split('\r\n\r\n')[0]!
    .split(/\r\n(?![ \t])/)
  return (REQUEST_LINE.test(start!) || STATUS_LINE.test(start!)) && fields.every((field) => /^\S*?\s*:/.test(field))
}
