/**
 * Is the clock of the log's server to be believed? What it says is in the recorded time of all later events, which never
 * goes back, so one wrong reading of it stays. Two things are known to a process without asking anybody: what
 * its own machine's clock says, and how much time has passed since the server's clock was right. So nothing is
 * written while
 *
 * - the clock has leapt: it is later by more than {@link CLOCK_STRAYS_MS} than it can be by now. This is also looked at by the
 *   server in each append, under the lock, so that no event slips in before it is noticed;
 * - that of this process's machine has leapt: events would carry its moments;
 * - the two are further apart than that from the beginning, and nobody knows which is wrong.
 *
 * A clock that is set back spoils nothing: recorded time stands still until it has caught up. Nor can what a clock noted that was wrong
 * before be put right: it stays, and until when recorded time stands still is said ({@link LogClock.standsUntil}).
 *
 * Where both are one machine, a clock that was wrong before the process began cannot be told from a house that was off.
 */
import { uptime } from 'node:os'
import type { Client } from 'pg'
import { isAhead } from '@ledgerline/core/kernel/ahead.ts'
import { CLOCK_STRAYS_MS } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { unavailable } from '../../postgres/answered.ts'
import { TRUST_CLOCK } from './schema.ts'

/** The server's clock is read this often, ms: two right clocks drift by milliseconds in that. */
const READ_EVERY_MS = 60_000

/** Both in ms. */
export interface OwnTime {
  /** The time of day of this process's machine, UTC. */
  wall(): number
  /** A time that nobody sets, and that goes on while the machine sleeps. */
  steady(): number
}

const machine: OwnTime = { wall: () => Date.now(), steady: () => uptime() * 1000 }

/** What the server said, UTC ms. */
export interface Reading {
  clock: number
  /** When the last event counts as recorded; null while there is none. */
  last: number | null
  trusted: boolean
}

export type ReadServer = (client: Client) => Promise<Reading>

const readServer: ReadServer = async (client) => {
  const { rows } = await client.query<Reading>({
    name: 'log clock',
    text: `select clock_timestamp() as clock, (select e.recorded_at from log.events e order by e.position desc limit 1) as last,
      coalesce(current_setting('${TRUST_CLOCK}', true), '') = 'on' as trusted`,
  })
  return rows[0]!
}

export class LogClock {
  readonly #own: OwnTime
  readonly #read: ReadServer
  /** The server's clock when it was last seen right, and this process's time then. */
  #seen: { server: number; steady: number } | null = null
  /** Was it seen right? Behind what it noted itself it was not: it is about to be set, perhaps. */
  #isRight = false
  #readAt = Number.NEGATIVE_INFINITY
  #trusted = false
  /** What the server said last, and this process's time then. */
  #reading: { server: number; last: number | null; steady: number } | null = null

  constructor(own: OwnTime = machine, read: ReadServer = readServer) {
    this.#own = own
    this.#read = read
  }

  /**
   * The latest that the server's clock may say for what is appended now; null: whatever it says.
   * @throws Problem `log.unavailable` while it is not to be believed
   */
  async limit(client: Client): Promise<Date | null> {
    const expected = this.#expected()
    const isOld = this.#own.steady() - this.#readAt > READ_EVERY_MS
    if (expected === null || isOld || this.#own.wall() > expected + CLOCK_STRAYS_MS) await this.#look(client)
    return this.#trusted ? null : new Date(this.#passed()! + CLOCK_STRAYS_MS)
  }

  /** Reads the server's clock for those who only want to know. */
  async look(client: Client): Promise<void> {
    const { clock, last } = await this.#read(client)
    this.#reading = { server: clock, last, steady: this.#own.steady() }
  }

  /** Until when recorded time stands still, as of the last look, UTC ms; null: it goes on. */
  get standsUntil(): number | null {
    if (!this.#reading) return null
    const { server, last, steady } = this.#reading
    return last !== null && isAhead(last, server + (this.#own.steady() - steady)) ? last : null
  }

  /** The server refused an append since its clock had passed the limit. */
  leapt(clock: string, cause: unknown): Problem {
    this.#readAt = Number.NEGATIVE_INFINITY
    return this.#leapt(Date.parse(clock), cause)
  }

  async #look(client: Client): Promise<void> {
    const { clock: server, last, trusted } = await this.#read(client)
    const wall = this.#own.wall()
    const steady = this.#own.steady()
    const expected = this.#expected()
    this.#trusted = trusted
    this.#reading = { server, last, steady }
    // Behind what it noted itself: recorded time stands still, and nothing is spoiled by that.
    const isBehind = last !== null && server < last - CLOCK_STRAYS_MS
    if (!trusted) {
      if (expected !== null && server > expected + CLOCK_STRAYS_MS) throw this.#leapt(server)
      if (
        expected !== null ? wall > expected + CLOCK_STRAYS_MS : Math.abs(wall - server) > CLOCK_STRAYS_MS && !isBehind
      )
        throw apart(server, wall)
    }
    this.#readAt = steady
    // Set back since, it may be set right again: what is known of the time is kept.
    if (!trusted && expected !== null && server < expected - CLOCK_STRAYS_MS) return
    this.#seen = { server, steady }
    this.#isRight = !isBehind
  }

  /** What the server's clock said last, and what has passed since, UTC ms. */
  #passed(): number | null {
    return this.#seen && this.#seen.server + (this.#own.steady() - this.#seen.steady)
  }

  #expected(): number | null {
    return this.#isRight ? this.#passed() : null
  }

  #leapt(server: number, cause?: unknown): Problem {
    const expected = this.#expected()
    const can = expected === null ? '' : `, and it cannot be later than ${instantOf(expected)} yet`
    return unavailable(
      `the clock of its machine says ${instantOf(server)}${can}: set it right; if it is right now, start this process anew, or alter database … set ${TRUST_CLOCK} = on`,
      cause,
    )
  }
}

/** Recorded time stands still until a moment, UTC ms. */
export function recordedAhead(until: number): Problem {
  return new Problem('log.recorded_ahead', { moment: instantOf(until) })
}

function apart(server: number, wall: number): Problem {
  const cure = `set right the one that is wrong, or, if it is not the log’s, alter database … set ${TRUST_CLOCK} = on`
  return unavailable(
    `the clock of its machine says ${instantOf(server)}, that of the process that writes ${instantOf(wall)}: ${cure}`,
  )
}

/** A moment as problems name it, to the second. */
export function instantOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19) + 'Z'
}
