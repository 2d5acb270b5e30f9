/**
 * How many connections, and live streams among them, are accepted at once, in total and per address. A program that
 * opens as many as it can must not shut everybody else out, nor exhaust the process's memory or file handles.
 *
 * A client for whom there is no room gets an answer that says so (503, `Retry-After`), but only a few at a time and not
 * for long: an answer costs a connection too. Beyond those, connections are simply closed. Connections that hold a
 * place have to use it: see the time-outs in `http/server.ts`.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { NextFunction, Request, Response } from 'express'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { ServerLog } from './server-log.ts'

/** How many places there are. */
export interface Room {
  inAll: number
  /** Per address. */
  ofOne: number
}

export interface ConnectionLimits {
  connections: Room
  /** Fewer than connections; otherwise streams would leave no room for requests. */
  streams: Room
}

/** A browser needs one stream, and six connections at most. */
export const USUAL_LIMITS: ConnectionLimits = {
  connections: { inAll: 2_000, ofOne: 1_600 },
  streams: { inAll: 500, ofOne: 400 },
}

/** The places, and who holds them. */
export class Places {
  readonly room: Room
  readonly #of = new Map<string, number>()
  #taken = 0

  constructor(room: Room) {
    this.room = room
  }

  get taken(): number {
    return this.#taken
  }

  /**
   * Takes a place until the returned function is called; if there is none, returns which of the two limits was reached.
   */
  take(address: string): (() => void) | keyof Room {
    const of = this.#of.get(address) ?? 0
    if (this.#taken >= this.room.inAll) return 'inAll'
    if (of >= this.room.ofOne) return 'ofOne'
    this.#taken++
    this.#of.set(address, of + 1)
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#taken--
      const left = this.#of.get(address)! - 1
      if (left === 0) this.#of.delete(address)
      else this.#of.set(address, left)
    }
  }
}

/** At most this many clients without a place are answered at once … */
const MOST_ANSWERED = 50
/** … and each has this long to send a request, ms. */
const ASKING_MS = 2_000

/** Counts a server's connections and refuses the excess. */
export class ConnectionCounter {
  readonly #places: Places
  readonly #without = new Map<Socket, Problem>()
  readonly #logger: Pick<ServerLog, 'warn'>

  constructor(room: Room, logger: Pick<ServerLog, 'warn'>) {
    this.#places = new Places(room)
    this.#logger = logger
  }

  /** Counts the connections of a server from now on. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#enter(socket))
  }

  /** How many places are taken. */
  get taken(): number {
    return this.#places.taken
  }

  /** Why a connection has no place; null when it has one. */
  refusalOf(socket: Socket): Problem | null {
    return this.#without.get(socket) ?? null
  }

  #enter(socket: Socket): void {
    const place = this.#places.take(addressOf(socket))
    if (typeof place === 'function') return void socket.once('close', place)
    const limit = this.#places.room[place]
    if (this.#without.size >= MOST_ANSWERED) {
      this.#logger.warn({ limit, which: place }, 'connections are closed without an answer: too many are open')
      return void socket.destroy()
    }
    this.#without.set(
      socket,
      new Problem(place === 'inAll' ? 'server.too_many_connections' : 'server.too_many_of_one', { limit }),
    )
    const impatient = setTimeout(() => socket.destroy(), ASKING_MS).unref()
    socket.once('close', () => {
      clearTimeout(impatient)
      this.#without.delete(socket)
    })
  }
}

/** Tells clients without a place that there is no room, and hangs up. */
export function refuseExcess(connections: ConnectionCounter) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const refusal = connections.refusalOf(request.socket)
    if (refusal === null) return next()
    response.set('Connection', 'close')
    throw refusal
  }
}

/** The address a connection counts for: an IPv4 address is the same inside IPv6. */
export function addressOf({ remoteAddress }: Socket): string {
  return (remoteAddress ?? '').replace(/^::ffff:/i, '')
}
