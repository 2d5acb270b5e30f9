/**
 * How many are let in at once, in all and of one address: connections, and live streams among them. One program that
 * opens what it can must not keep everybody else out, nor take the process its memory and its files.
 *
 * Who comes when there is no room is told so (503, `Retry-After`), but only a few at a time and not for long: an answer
 * costs a connection too. Whoever is beyond those is hung up on. Connections that hold a place have to use it: see the
 * time-outs in `http/server.ts`.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { NextFunction, Request, Response } from 'express'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { ServerLog } from './server-log.ts'

/** How many places there are. */
export interface Room {
  inAll: number
  /** Of one address. */
  ofOne: number
}

export interface ConnectionLimits {
  connections: Room
  /** Fewer than connections, or streams would leave no place for whoever asks for something. */
  streams: Room
}

/** A browser needs one stream, and six connections at most. */
export const USUAL_LIMITS: ConnectionLimits = {
  connections: { inAll: 2_000, ofOne: 1_600 },
  streams: { inAll: 500, ofOne: 400 },
}

/** Places, and who has them. */
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

  /** Takes a place until what it returns is called; without one, which of the two limits is reached. */
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

/** So many who have no place are answered at once … */
const MOST_ANSWERED = 50
/** … and each has so long to ask, ms. */
const ASKING_MS = 2_000

/** Counts the connections of a server, and refuses those that are too many. */
export class ConnectionCounter {
  readonly #places: Places
  readonly #without = new Map<Socket, Problem>()
  readonly #logger: Pick<ServerLog, 'warn'>

  constructor(room: Room, logger: Pick<ServerLog, 'warn'>) {
    this.#places = new Places(room)
    this.#logger = logger
  }

  /** From now on whoever connects to a server is counted. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#enter(socket))
  }

  /** How many have a place. */
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

/** Tells who has no place that there is none, and hangs up. */
export function refuseExcess(connections: ConnectionCounter) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const refusal = connections.refusalOf(request.socket)
    if (refusal === null) return next()
    response.set('Connection', 'close')
    throw refusal
  }
}

/** Whose connection it is: an address of IPv4 is the same one within IPv6. */
export function addressOf({ remoteAddress }: Socket): string {
  return (remoteAddress ?? '').replace(/^::ffff:/i, '')
}
