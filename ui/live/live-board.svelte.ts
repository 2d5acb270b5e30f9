/**
 * The live board: one connection to the server's stream, the rows received, the tenant's clock and the freshness of
 * all that. Screens read its fields and repaint; nothing else uses the stream.
 *
 * The browser's own EventSource reconnects after a drop and sends `Last-Event-ID`; when it gives up (an error
 * status while the server restarts) or the line goes silent, the board opens a new one.
 */
import type { Board } from './board.ts'
import { freshness, type Freshness } from './freshness.ts'
import type { Beat, Hello } from '@ledgerline/adapters/live/messages.ts'
import { topics, type Delta, type Snapshot, type Topic } from './protocol.ts'
import { applyDelta, applySnapshot, emptyTables } from './tables.ts'
import { TenantClock } from './tenant-clock.ts'

/** Beats come every 2 s: after this much silence the line is dead, whatever the browser says. */
const DEAD_AFTER_MS = 20_000
/** Waits before reconnecting; the last one repeats. */
const AGAIN_AFTER_MS = [250, 1_000, 2_000, 5_000]
/** A hidden tab closes its connection: a browser allows six per server. */
const HIDDEN_FOR_MS = 60_000

export class LiveBoard implements Board {
  readonly tables = emptyTables()
  readonly clock = new TenantClock()

  /** Incremented with each change of a topic's rows: a screen follows the rows by reading it. */
  version: Record<Topic, number> = $state({
    queues: 0,
    queue_monitor: 0,
    queue_day: 0,
    queue_minute: 0,
    calls: 0,
    call_parties: 0,
    agent_monitor: 0,
    mailboxes: 0,
  })
  hello: Hello | null = $state.raw(null)
  /** All topics have their first rows. */
  ready = $state(false)
  /** The tenant's time, in seconds steps: for a clock on the wall. */
  time = $state(0)
  /** The same, but stopped while the data is stale: for durations. */
  now = $state(0)
  /** Ms since the server's last message, in half seconds; before the first, since this page began to listen. */
  silence = $state(0)
  /** A message has arrived from the server. */
  heard = $state(false)
  lag = $state(0)
  /** Changes do not reach the server at once: it reads them every second. */
  delayed = $state(false)
  /** How fast the tenant's clock runs, and should run; null before the first message. */
  pace: Pick<Beat, 'speed' | 'asked' | 'behind'> | null = $state.raw(null)
  /** The tenant's time of the server's last message. */
  lastSeen: number | null = $state(null)
  /** The server now serves other screens than this page was loaded from. */
  outdated = $state(false)

  freshness: Freshness = $derived(freshness(this.silence, this.lag, this.delayed, this.heard))
  stale: boolean = $derived(this.freshness === 'stale')
  readonly live = true

  #source: EventSource | null = null
  #heardAt: number | null = null
  #startedAt = 0
  #openedAt = 0
  #pending: (Snapshot | Delta)[] = []
  #frame = 0
  #attempts = 0
  #again: ReturnType<typeof setTimeout> | undefined
  #tick: ReturnType<typeof setTimeout> | undefined
  #hide: ReturnType<typeof setTimeout> | undefined
  #running = false
  readonly #url: string

  constructor(url = `/api/v1/live?topics=${topics.join(',')}`) {
    this.#url = url
  }

  /** Connects, and stays connected until the returned function is called. */
  start(): () => void {
    if (!this.#running) {
      this.#running = true
      this.#startedAt = performance.now()
      this.#open()
      this.#ticking()
      document.addEventListener('visibilitychange', this.#seen)
      addEventListener('online', this.#reopen)
    }
    return () => this.#stop()
  }

  #stop(): void {
    this.#running = false
    this.#source?.close()
    this.#source = null
    clearTimeout(this.#again)
    clearTimeout(this.#tick)
    clearTimeout(this.#hide)
    document.removeEventListener('visibilitychange', this.#seen)
    removeEventListener('online', this.#reopen)
  }

  #open(): void {
    this.#source?.close()
    clearTimeout(this.#again)
    this.#openedAt = performance.now()
    const source = (this.#source = new EventSource(this.#url))
    const on = <T>(name: string, take: (data: T) => void) =>
      source.addEventListener(name, (event) => {
        if (source !== this.#source) return
        this.#heardAt = performance.now()
        this.heard = true
        this.#attempts = 0
        take(JSON.parse((event as MessageEvent<string>).data) as T)
      })
    on<Hello>('hello', (hello) => {
      if (this.hello && this.hello.build !== hello.build) this.outdated = true
      // Another tenant's rows must not stay: start afresh.
      if (this.hello && this.hello.tenant !== hello.tenant) location.reload()
      this.hello = this.pace = hello
      this.#heard(hello.now, hello.speed, 0, this.delayed)
    })
    on<Snapshot>('snapshot', (message) => this.#take(message))
    on<Delta>('delta', (message) => this.#take(message))
    on<object>('ready', () => {
      this.#paint()
      this.ready = true
    })
    on<Beat>('beat', (beat) => {
      this.pace = beat
      this.#heard(beat.now, beat.speed, beat.lagMs, beat.delayed)
    })
    source.onerror = () => {
      if (source === this.#source && source.readyState === EventSource.CLOSED) this.#openLater()
    }
  }

  #openLater(): void {
    clearTimeout(this.#again)
    const wait = AGAIN_AFTER_MS[Math.min(this.#attempts++, AGAIN_AFTER_MS.length - 1)]!
    // Random jitter, so that fifty walls do not reconnect at the same instant.
    this.#again = setTimeout(() => this.#open(), wait * (1 + Math.random() * 0.3))
  }

  #reopen = (): void => {
    if (this.#running) this.#open()
  }

  #seen = (): void => {
    clearTimeout(this.#hide)
    if (document.hidden) {
      this.#hide = setTimeout(() => {
        this.#source?.close()
        this.#source = null
      }, HIDDEN_FOR_MS)
    } else {
      if (this.#source === null || this.#source.readyState === EventSource.CLOSED) this.#open()
      this.#paint()
    }
  }

  #heard(now: number, speed: number, lagMs: number, delayed: boolean): void {
    const steady = performance.now()
    this.clock.sync(now, speed, steady)
    this.lag = lagMs
    this.delayed = delayed
    this.lastSeen = now
    if (this.now === 0) this.#freshen(steady)
    this.silence = 0
  }

  /** Rows wait for the next frame: twenty deltas a second must not paint twenty times. */
  #take(message: Snapshot | Delta): void {
    this.#pending.push(message)
    if (document.hidden) this.#paint()
    else if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint())
  }

  #paint(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    const touched = new Set<Topic>()
    for (const message of this.#pending) {
      if ('rows' in message) applySnapshot(this.tables, message)
      else applyDelta(this.tables, message)
      touched.add(message.topic)
    }
    this.#pending = []
    for (const topic of touched) this.version[topic]++
  }

  /** Five hundred durations follow `now`, so it moves with the tick and not with every arriving row. */
  #freshen(steady: number): void {
    this.silence = Math.floor((steady - (this.#heardAt ?? this.#startedAt)) / 500) * 500
    if (!this.clock.known) return
    this.time = Math.floor(this.clock.at(steady) / 1000) * 1000
    if (this.freshness !== 'stale') this.now = this.time
  }

  #ticking = (): void => {
    const steady = performance.now()
    this.#freshen(steady)
    if (this.#source !== null && steady - Math.max(this.#openedAt, this.#heardAt ?? 0) > DEAD_AFTER_MS) this.#open()
    this.#tick = setTimeout(this.#ticking, this.clock.known ? this.clock.untilNextSecond(steady, 500) : 1000)
  }
}

/** The one board of this page. */
export const board = new LiveBoard()
