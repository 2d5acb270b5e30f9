/**
 * One inbound event socket to a FreeSWITCH: commands, their answers, and the events we asked for.
 *
 * All calls of a media server share one connection. A connection a call (what drachtio-fsmrf makes of an endpoint)
 * costs twice the processor time and four times the memory. The usual client library writes a command in small pieces
 * with Nagle's algorithm on, which costs 44 ms a command; here a command is one write on a socket without delay.
 *
 * The server reads a command byte by byte, and gives way to everybody else after each: a command of a thousand bytes takes
 * milliseconds where the machine is busy. So what can be told otherwise (in a header of SIP) is not told here. And it looks
 * for events to send after it has read something, else every 20 ms: see {@link EventSocket.hurried}.
 *
 * The protocol is FreeSWITCH's mod_event_socket: messages of header lines, an empty line, and a body of
 * `Content-Length` bytes; answers come in the order of the commands.
 */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** What was asked for of an event: names of fields to text. */
export type SocketEvent = Readonly<Record<string, string | undefined>>

export interface EventSocketAddress {
  host: string
  port: number
  password: string
}

export interface EventSocketOptions {
  address: EventSocketAddress
  /** Names of the events to be sent. */
  events: readonly string[]
  /** What is read of an event, which has some two hundred fields: their names. */
  fields?: readonly string[]
  /** And of this event those with this field. */
  some?: { event: string; field: string; value: string }
  heard(event: SocketEvent): void
  /** The connection is gone; called once, also when {@link EventSocket.close} ended it. */
  gone(reason: string): void
}

/** Time limits, ms: to connect and log in, for an answer, for a background job. */
const CONNECT_MS = 5_000
const ANSWER_MS = 5_000
const JOB_MS = 120_000
/** How often the server is made to look for events while one is waited for, ms. */
const HURRY_MS = 4
/** No message is longer: a status of ten thousand channels is about 10 MB. */
const LONGEST = 64 * 1024 * 1024

interface Waiting {
  resolve(text: string): void
  reject(error: Error): void
  timer: NodeJS.Timeout
}

export class EventSocket {
  readonly #socket: Socket
  readonly #options: EventSocketOptions
  /** Commands without an answer, the oldest first. One that ran out of time stays, since its answer may still come. */
  readonly #answers: Waiting[] = []
  readonly #jobs = new Map<string, Waiting>()
  #chunks: Buffer[] = []
  #bytes = 0
  #wanted = 0
  /** Begins the names of jobs: every connection hears of the jobs of all. */
  readonly #prefix = randomBytes(6).toString('base64url')
  #names = 0
  #gone: string | null = null
  #wroteAt = 0
  #hurries = 0
  #hurry: NodeJS.Timeout | null = null
  #asked: (() => void) | null = null

  private constructor(socket: Socket, options: EventSocketOptions) {
    this.#socket = socket
    this.#options = options
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 10_000)
    socket.on('data', (chunk) => this.#take(chunk))
    socket.on('error', (error) => this.#lose(error.message))
    socket.on('close', () => this.#lose('the connection was closed'))
  }

  /**
   * Connects, logs in and subscribes.
   * @throws Problem `telephony.media_unreachable`, `telephony.media_denied`
   */
  static async open(options: EventSocketOptions): Promise<EventSocket> {
    const { host, port, password } = options.address
    const where = `${host}:${port}`
    const unreachable = (reason: string): Problem => new Problem('telephony.media_unreachable', { where, reason })
    const socket = connect({ host, port })
    const opened = new EventSocket(socket, options)
    let late: NodeJS.Timeout | undefined
    try {
      await Promise.race([
        new Promise<void>((resolve) => (opened.#asked = resolve)),
        new Promise<never>((_, reject) => {
          socket.once('close', () => reject(unreachable(opened.#gone ?? 'the connection was closed')))
          late = setTimeout(() => reject(unreachable(`no answer within ${CONNECT_MS / 1000} s`)), CONNECT_MS)
        }),
      ])
      // The answer tells a wrong password from a server that is still starting.
      const login = await opened.#send(`auth ${oneLine(password)}`)
      if (!login.startsWith('+OK')) throw new Problem('telephony.media_denied', { where })
      await opened.#subscribe()
      return opened
    } catch (error) {
      opened.close()
      throw error
    } finally {
      clearTimeout(late)
    }
  }

  get up(): boolean {
    return this.#gone === null
  }

  /** The address of ours from which it was opened; null: it is gone. */
  get ownAddress(): string | null {
    return this.#socket.localAddress?.replace(/^::ffff:/, '') ?? null
  }

  /** An event passes if one of the filters lets it through. */
  async #subscribe(): Promise<void> {
    const { events, some } = this.#options
    if (events.length === 0) return
    if (some) {
      const filters = [...events.map((name) => `Event-Name ${name}`), `${some.field} ${some.value}`]
      await Promise.all(filters.map((filter) => this.command(`filter ${filter}`)))
    }
    // The cheapest form of an event, for the server and for us: in JSON it costs both twice as much.
    await this.command(`event plain ${[...events, ...(some ? [some.event] : [])].join(' ')}`)
  }

  /**
   * A command of the socket itself, such as `linger` or `event plain …`.
   * @throws Problem `telephony.unavailable`: refused, gone, or no answer in time
   */
  async command(line: string): Promise<string> {
    return this.#accepted(line, await this.#send(line))
  }

  /**
   * An API command whose answer comes at once; it blocks the connection until then.
   * @throws Problem `telephony.unavailable`, also for an answer that begins with `-ERR`
   */
  async api(line: string): Promise<string> {
    return this.#accepted(line, await this.#send(`api ${oneLine(line)}`))
  }

  /**
   * An API command that takes its time, such as `originate`; resolves with its result, which may begin with `-ERR`.
   * @throws Problem `telephony.unavailable`
   */
  job(line: string, limitMs = JOB_MS): Promise<string> {
    const id = this.#name()
    const result = new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#jobs.delete(id)
        reject(unavailable(`no end of ${verb(line)}`))
      }, limitMs)
      this.#jobs.set(id, { resolve, reject, timer })
    })
    this.#send(`bgapi ${oneLine(line)}\nJob-UUID: ${id}`).then(
      (reply) => reply.startsWith('+OK') || this.#failJob(id, unavailable(`${verb(line)}: ${reply}`)),
      (error: Error) => this.#failJob(id, error),
    )
    return result
  }

  /**
   * Runs an application of the dial plan on a channel; resolves when it was accepted, with the id that its events carry
   * as `Application-UUID`. Endless: again and again, unless it lasts less than half a second.
   * @throws Problem `telephony.no_leg` when there is no such channel, `telephony.unavailable`
   */
  async execute(channel: string, application: string, argument = '', endless = false): Promise<string> {
    const id = this.#name()
    const head =
      `sendmsg ${oneLine(channel)}\ncall-command: execute\nexecute-app-name: ${oneLine(application)}\n` +
      `${endless ? 'loops: -1\n' : ''}Event-UUID: ${id}\ncontent-type: text/plain\ncontent-length: ${Buffer.byteLength(argument)}`
    const reply = await this.#send(head, argument)
    if (/invalid session id/i.test(reply)) throw new Problem('telephony.no_leg')
    this.#accepted(application, reply)
    return id
  }

  /** Waits for something that an event tells, and hears of it as soon as the server knows; for short waits alone. */
  async hurried<T>(told: Promise<T>): Promise<T> {
    this.#hurries++
    // An empty line is no command: it only makes the server look.
    this.#hurry ??= setInterval(() => {
      if (performance.now() - this.#wroteAt >= HURRY_MS) this.#write('\n')
    }, HURRY_MS)
    try {
      return await told
    } finally {
      if (--this.#hurries === 0) this.#rest()
    }
  }

  close(): void {
    this.#lose('closed')
  }

  #name(): string {
    return `${this.#prefix}${++this.#names}`
  }

  #write(text: string): void {
    this.#wroteAt = performance.now()
    this.#socket.write(text)
  }

  #rest(): void {
    if (this.#hurry) clearInterval(this.#hurry)
    this.#hurry = null
  }

  #send(head: string, body = ''): Promise<string> {
    if (this.#gone !== null) return Promise.reject(unavailable(this.#gone))
    return new Promise((resolve, reject) => {
      // A server that does not answer one command will not answer the next: start afresh.
      const timer = setTimeout(() => this.#lose(`no answer to ${verb(head)}`), ANSWER_MS)
      this.#answers.push({ resolve, reject, timer })
      this.#write(`${head}\n\n${body}`)
    })
  }

  #accepted(line: string, reply: string): string {
    if (/^-ERR.*no such channel/i.test(reply)) throw new Problem('telephony.no_leg')
    if (reply.startsWith('-ERR') || reply.startsWith('-USAGE')) throw unavailable(`${verb(line)}: ${reply.trim()}`)
    return reply
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    // The rest of a long body is not searched again with every chunk.
    if (this.#bytes < this.#wanted) return
    let buffer = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    this.#wanted = 0
    for (;;) {
      const end = buffer.indexOf('\n\n')
      if (end < 0) break
      const headers = headersOf(buffer.toString('utf8', 0, end))
      const length = Number(headers.get('content-length') ?? 0)
      if (!(length >= 0 && length <= LONGEST)) return this.#lose('a message of impossible length')
      if (buffer.length < end + 2 + length) {
        this.#wanted = end + 2 + length
        break
      }
      this.#message(headers, buffer.toString('utf8', end + 2, end + 2 + length))
      if (this.#gone !== null) return
      buffer = buffer.subarray(end + 2 + length)
    }
    if (buffer.length > LONGEST) return this.#lose('a message without an end')
    this.#chunks = buffer.length > 0 ? [buffer] : []
    this.#bytes = buffer.length
  }

  #message(headers: ReadonlyMap<string, string>, body: string): void {
    switch (headers.get('content-type')) {
      case 'auth/request':
        return this.#asked?.()
      case 'command/reply':
        return this.#answer(headers.get('reply-text') ?? '')
      case 'api/response':
        return this.#answer(body)
      case 'text/event-plain':
        return this.#event(body)
      case 'text/rude-rejection':
        return this.#lose('this address is not on the access list')
      case 'text/disconnect-notice':
        return this.#lose('the server ended the connection')
    }
  }

  #answer(text: string): void {
    const waiting = this.#answers.shift()
    if (!waiting) return
    clearTimeout(waiting.timer)
    waiting.resolve(text)
  }

  #event(text: string): void {
    const end = text.indexOf('\n\n')
    const head = `\n${end < 0 ? text : text.slice(0, end)}\n`
    if (fieldIn(head, 'Event-Name') === 'BACKGROUND_JOB') {
      const id = fieldIn(head, 'Job-UUID') ?? ''
      const job = this.#jobs.get(id)
      if (!job) return
      this.#jobs.delete(id)
      clearTimeout(job.timer)
      return job.resolve(end < 0 ? '' : text.slice(end).trim())
    }
    const event: Record<string, string | undefined> = {}
    for (const name of this.#options.fields ?? []) {
      const value = fieldIn(head, name)
      if (value !== undefined) event[name] = value
    }
    this.#options.heard(event)
  }

  #failJob(id: string, error: Error): void {
    const job = this.#jobs.get(id)
    if (!job) return
    this.#jobs.delete(id)
    clearTimeout(job.timer)
    job.reject(error)
  }

  #lose(reason: string): void {
    if (this.#gone !== null) return
    this.#gone = reason
    this.#rest()
    this.#socket.destroy()
    for (const { reject, timer } of [...this.#answers.splice(0), ...this.#jobs.values()]) {
      clearTimeout(timer)
      reject(unavailable(reason))
    }
    this.#jobs.clear()
    this.#options.gone(reason)
  }
}

function unavailable(reason: string): Problem {
  return new Problem('telephony.unavailable', { reason })
}

/** A command for a message of ours: its first word, since the rest may hold numbers and passwords. */
function verb(line: string): string {
  return line.split(/[\s?]/, 1)[0] ?? ''
}

/** Nothing from outside may begin another command. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, ' ')
}

function headersOf(text: string): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), unescaped(line.slice(colon + 1).trim()))
  }
  return headers
}

/** @param head lines of a name and an escaped value, each between two line ends */
function fieldIn(head: string, name: string): string | undefined {
  const at = head.indexOf(`\n${name}: `)
  if (at < 0) return undefined
  const from = at + name.length + 3
  return unescaped(head.slice(from, head.indexOf('\n', from)))
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
