/**
 * One FreeSWITCH: connected for as long as we live, asked for a sign of life, and never given more new legs a second
 * than it can take. FreeSWITCH itself has no such limit: past it, it retransmits, grows and keeps hundreds of channels.
 *
 * A lost connection is not yet a lost server: its channels go on. Only when it stays away longer than {@link GRACE_MS},
 * or comes back without them, are they given up.
 */
import type { Clock, Dice } from '@ledgerline/core/kernel/clock.ts'
import { growingPause, type Growth } from '@ledgerline/core/kernel/pauses.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { within } from '../../postgres/line.ts'
import { LEGS_PER_SECOND } from './load.ts'
import { EventSocket, type EventSocketAddress, type SocketEvent } from './event-socket.ts'

/** How long a server may be out of reach before its legs are given up, ms. */
const GRACE_MS = 4_000
const PROBE_MS = 2_000
/** How long it may take to learn what it holds: a millisecond a channel, at most, ms. */
const SETTLE_MS = 10_000
const PAUSES: Growth = { firstMs: 200, longestMs: 10_000 }
/** How often, and how many times, it is asked again for channels that it has and does not list yet. */
const LOOK_AGAIN_MS = 100
const LOOKS = 50
/** What we want to hear: an event is the dearest thing that the server does, since it has some two hundred fields. */
const EVENTS = ['BACKGROUND_JOB', 'CHANNEL_BRIDGE', 'CHANNEL_PARK', 'CHANNEL_HANGUP_COMPLETE', 'DTMF', 'RECORD_STOP']

/** What is read of them. */
const FIELDS = [
  ...['Event-Name', 'Unique-ID', 'Bridge-A-Unique-ID', 'Bridge-B-Unique-ID', 'Hangup-Cause', 'Application-UUID'],
  ...['DTMF-Digit', 'DTMF-Source', 'Record-File-Path', 'Record-Completion-Cause'],
]

/** And the end of a prompt; every other application that ends says so, too. */
const PROMPT_ENDS = { event: 'CHANNEL_EXECUTE_COMPLETE', field: 'Application', value: 'playback' }

/** The name of the SIP profile that `ops/compose` ships. */
const PROFILE = 'drachtio_mrf'

export interface MediaServerOptions {
  address: EventSocketAddress
  clock: Clock
  dice: Dice
  /** The most new legs a second. */
  legsPerSecond?: number
  graceMs?: number
  heard(event: SocketEvent, server: MediaServer): void
  /** It is there, with these channels, ours or not. */
  up(server: MediaServer, channels: ReadonlySet<string>): Promise<void>
  /** It was out of reach for too long, also if it never was in reach: its legs are lost. */
  lost(server: MediaServer): void
  /** Told once for each reason. */
  onTrouble(problem: Problem): void
}

export class MediaServer {
  readonly name: string
  readonly #with: MediaServerOptions
  #socket: EventSocket | null = null
  #sip: string | null = null
  #closed = false
  #told: string | null = null
  #wake: (() => void) | null = null
  #lostTimer: (() => void) | null = null
  #allowance: number
  #refilledAt: number
  readonly #running: Promise<void>
  /** No new calls: it is about to be stopped. */
  draining = false
  /** Legs of ours on it; whoever makes and ends them keeps count. */
  legs = 0

  constructor(options: MediaServerOptions) {
    this.#with = options
    this.name = `${options.address.host}:${options.address.port}`
    this.#allowance = this.#burst
    this.#refilledAt = options.clock.now()
    this.#countDown()
    this.#running = this.#run()
  }

  get isUp(): boolean {
    return this.#socket !== null
  }

  /** `host:port` where it takes SIP; null until it was there. */
  get sip(): string | null {
    return this.#sip
  }

  /**
   * The connection.
   * @throws Problem `telephony.unavailable`
   */
  get socket(): EventSocket {
    if (!this.#socket) throw new Problem('telephony.unavailable', { reason: `media server ${this.name} is away` })
    return this.#socket
  }

  /**
   * Takes one of the new legs of this second; an emergency call takes it even if there is none left.
   * @throws Problem `telephony.too_many`
   */
  admit(isEmergency = false): void {
    const limit = this.#limit
    const now = this.#with.clock.now()
    this.#allowance = Math.min(this.#burst, this.#allowance + ((now - this.#refilledAt) * limit) / 1000)
    this.#refilledAt = now
    if (this.#allowance < 1 && !isEmergency) throw new Problem('telephony.too_many', { limit })
    this.#allowance--
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#lostTimer?.()
    this.#wake?.()
    this.#socket?.close()
    await this.#running
  }

  get #limit(): number {
    return this.#with.legsPerSecond ?? LEGS_PER_SECOND
  }

  get #burst(): number {
    return Math.max(1, this.#limit / 4)
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#closed;) {
      let gone = (): void => {}
      const over = new Promise<void>((resolve) => (gone = resolve))
      try {
        const socket = await EventSocket.open({
          address: this.#with.address,
          events: EVENTS,
          fields: FIELDS,
          some: PROMPT_ENDS,
          heard: (event) => this.#with.heard(event, this),
          gone: () => {
            gone()
            this.#wake?.()
          },
        })
        await this.#begin(socket)
        failures = 0
        await this.#watch(socket)
        socket.close()
        await over
      } catch (error) {
        if (!isProblem(error)) throw error
        failures++
        this.#tell(error)
      }
      if (this.#socket) {
        this.#socket = null
        this.#countDown()
      }
      if (!this.#closed) await this.#rest(growingPause(PAUSES, failures, this.#with.dice))
    }
  }

  async #begin(socket: EventSocket): Promise<void> {
    try {
      this.#sip = sipAddressOf(await socket.api(`sofia xmlstatus profile ${PROFILE}`))
      const channels = await this.#channels(socket)
      if (this.#closed) return
      this.#lostTimer?.()
      this.#lostTimer = null
      this.#socket = socket
      this.#told = null
      await within(SETTLE_MS, this.#with.up(this, channels))
    } catch (error) {
      socket.close()
      if (isProblem(error)) throw error
      throw new Problem('telephony.unavailable', { reason: `what ${this.name} holds was not learnt` }, { cause: error })
    }
  }

  /** Its list of channels comes from a database that is a little late, and seconds late under load; its count is not. */
  async #channels(socket: EventSocket): Promise<Set<string>> {
    for (let look = 1; ; look++) {
      const count = Number(/^(\d+) session\(s\) - peak/m.exec(await socket.api('status'))?.[1] ?? 0)
      const channels = channelsIn(await socket.api('show channels as json'))
      if (channels.size >= count || look === LOOKS || this.#closed) return channels
      await this.#rest(LOOK_AGAIN_MS)
    }
  }

  async #watch(socket: EventSocket): Promise<void> {
    while (socket.up && !this.#closed) {
      await this.#rest(PROBE_MS)
      if (socket.up && !this.#closed) await socket.api('status').catch(() => socket.close())
    }
  }

  /** Its legs are given up unless it is back in time. */
  #countDown(): void {
    if (this.#closed) return
    const { clock, graceMs = GRACE_MS } = this.#with
    this.#lostTimer = clock.at(clock.now() + graceMs, () => {
      this.#lostTimer = null
      this.#with.lost(this)
    })
  }

  #tell(problem: Problem): void {
    const key = `${problem.code} ${problem.message}`
    if (this.#closed || this.#told === key) return
    this.#told = key
    this.#with.onTrouble(problem)
  }

  #rest(ms: number): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#with.clock.at(this.#with.clock.now() + ms, () => this.#wake?.())
      this.#wake = () => {
        cancel()
        this.#wake = null
        resolve()
      }
    })
  }
}

/** @throws Problem `telephony.unavailable` when the profile does not run */
function sipAddressOf(status: string): string {
  const url = /<url>\s*sips?:(?:[^@<]*@)?([^;<\s]+)/i.exec(status)?.[1]
  if (!url) throw new Problem('telephony.unavailable', { reason: `FreeSWITCH has no SIP profile ${PROFILE}` })
  return url
}

function channelsIn(json: string): Set<string> {
  const { rows = [] } = JSON.parse(json) as { rows?: { uuid: string }[] }
  return new Set(rows.map(({ uuid }) => uuid))
}

/** The one with the fewest of our legs among those that take new calls; null: there is none. */
export function leastLoaded(servers: readonly MediaServer[]): MediaServer | null {
  let best: MediaServer | null = null
  for (const server of servers)
    if (server.isUp && !server.draining && (best === null || server.legs < best.legs)) best = server
  return best
}
