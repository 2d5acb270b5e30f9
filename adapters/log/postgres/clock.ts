/**
 * Can the clock of the log's server be believed? Its reading goes into the recorded time of all later events, which
 * never goes back, so one wrong reading stays. A process knows two things without asking anyone: what its own machine's
 * clock says, and how much time has passed since the server's clock was right. So nothing is written while
 *
 * - the clock has leapt: it is later by more than {@link CLOCK_STRAYS_MS} than it can be by now. The server also checks
 *   this in each append, under the lock, so that no event slips in before it is noticed;
 * - the clock of this process's machine has leapt: events would carry its moments;
 * - the two were further apart than that from the beginning, and nobody knows which is wrong.
 *
 * A clock that is set back does no harm: recorded time stands still until it has caught up. What a wrong clock noted
 * earlier cannot be corrected: it stays, and {@link LogClock.standsUntil} says how long recorded time stands still.
 *
 * If both are one machine, a clock that was wrong before the process began looks just like a house that was switched
 * off.
 */
import { uptime } from 'node:os'
import type { Client } from 'pg'
import { isAhead } from '@ledgerline/core/kernel/ahead.ts'
import { CLOCK_STRAYS_MS } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { unavailable } from '../../postgres/answered.ts'
import { TRUST_CLOCK } from './schema.ts'

/** How often the server's clock is read, ms: two correct clocks drift by milliseconds in that time. */
const READ_EVERY_MS = 60_000

/** Both in ms. */
export interface OwnTime {
  /** The time of day of this process's machine, UTC. */
  wall(): number
  /** A time that nobody sets, and that keeps running while the machine sleeps. */
  steady(): number
}

const machine: OwnTime = { wall: () => Date.now(), steady: () => uptime() * 1000 }

/** The server's reading, UTC ms. */
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
  /** Was it seen right? Not if it was behind what it noted itself: it may be about to be set. */
  #isRight = false
  #readAt = Number.NEGATIVE_INFINITY
  #trusted = false
  /** The server's last reading, and this process's time then. */
  #reading: { server: number; last: number | null; steady: number } | null = null

  constructor(own: OwnTime = machine, read: ReadServer = readServer) {
    this.#own = own
    this.#read = read
  }

  /**
   * The latest that the server's clock may say for the present append; null: no limit.
   * @throws Problem `log.unavailable` while it cannot be believed
   */
  async limit(client: Client): Promise<Date | null> {
    const expected = this.#expected()
    const isOld = this.#own.steady() - this.#readAt > READ_EVERY_MS
    if (expected === null || isOld || this.#own.wall() > expected + CLOCK_STRAYS_MS) await this.#look(client)
    return this.#trusted ? null : new Date(this.#passed()! + CLOCK_STRAYS_MS)
  }

  /** Reads the server's clock for information only. */
  async look(client: Client): Promise<void> {
    const { clock, last } = await this.#read(client)
    this.#reading = { server: clock, last, steady: this.#own.steady() }
  }

  /** Until when recorded time stands still, as of the last look, UTC ms; null: it moves on. */
  get standsUntil(): number | null {
    if (!this.#reading) return null
    const { server, last, steady } = this.#reading
    return last !== null && isAhead(last, server + (this.#own.steady() - steady)) ? last : null
  }

  /** The server refused an append because its clock had passed the limit. */
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
    // Behind what it noted itself: recorded time stands still, and no harm is done.
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

  /** The server clock's last reading plus the time passed since, UTC ms. */
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

/** A moment as shown in problems, to the second. */
export function instantOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19) + 'Z'
}
