/**
 * What is found on the media servers when they are there, or there again: legs that another process left behind are taken
 * over, or ended if nobody can talk there; legs of ours that are gone are lost. Until every server has said what it holds,
 * or is given up, nobody knows which legs there are.
 */
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { within } from '../../postgres/line.ts'
import type { ServerLog } from '../../server-log.ts'
import { api, type Connections } from './connections.ts'
import type { SocketEvent } from './event-socket.ts'
import { newLeg, type Leg } from './leg.ts'
import type { Legs } from './legs.ts'
import type { MediaServer } from './media-server.ts'
import { foundLeg, type FoundLeg } from './tags.ts'
import type { Unsignalled } from './unsignalled.ts'

export interface AdoptionOptions {
  legs: Legs
  connections: Connections
  unsignalled: Unsignalled
  /** Whose legs are taken over. */
  tenants: readonly string[]
  servers: () => readonly MediaServer[]
  /** A leg's channel is no more. */
  loses(leg: Leg): void
  /** Of a leg that nobody had answered: its far end is told. */
  takesBack(dialogs: NonNullable<FoundLeg['dialogs']>, isCaller: boolean): void
  logger: Pick<ServerLog, 'warn'>
}

/** How long a command waits for media servers that we have not heard from since we started, ms. */
const SETTLE_MS = 4_500
/** So many of the channels on a media server are looked at together. */
const AT_ONCE = 50

export class Adoption {
  readonly #with: AdoptionOptions
  /** Media servers that have said what they hold, or are given up. */
  readonly #known = new WeakSet<MediaServer>()
  #changes = Promise.withResolvers<void>()

  constructor(options: AdoptionOptions) {
    this.#with = options
  }

  /** Resolves when a media server is there again, or given up. */
  get change(): Promise<void> {
    return this.#changes.promise
  }

  /** Has every media server said what it holds, or is given up? */
  get isSettled(): boolean {
    const servers = this.#with.servers()
    return servers.length > 0 && servers.every((server) => this.#known.has(server))
  }

  /** Resolves once {@link isSettled}. @throws Problem `telephony.unavailable` */
  async settled(): Promise<void> {
    const settles = async (): Promise<void> => {
      while (!this.isSettled) await this.change
    }
    if (this.isSettled) return
    await within(SETTLE_MS, settles()).catch(() => {
      throw new Problem('telephony.unavailable', { reason: 'media servers are not heard of yet' })
    })
  }

  /** A media server is there (again), with these channels, ours or not. */
  async up(server: MediaServer, channels: ReadonlySet<string>): Promise<void> {
    const { legs, connections, loses, logger } = this.#with
    const before = legs.on(server)
    const missing = before.filter(({ channel, on }) => !on && channel !== '' && !channels.has(channel))
    const found = [...channels].filter((channel) => !legs.at(channel))
    // Its list of channels comes from a database, and is a little late.
    await inTurn(missing, async (leg) => {
      if ((await api(leg, 'uuid_exists')).startsWith('true')) return
      loses(leg)
    })
    let [taken, ended] = [0, 0]
    await inTurn(found, async (channel) => {
      const result = await this.#takeOver(server, channel)
      if (result === 'taken') taken++
      else if (result === 'ended') ended++
    })
    await connections.look(before)
    if (taken + ended > 0) logger.warn({ taken, ended, server: server.name }, 'legs that another process left behind')
    this.#changed(server, true)
  }

  /** A media server was out of reach for too long. Callers who were not answered lose nothing: another server takes them. */
  lost(server: MediaServer): void {
    const { legs, loses } = this.#with
    for (const leg of legs.on(server)) loses(leg)
    this.#changed(server, false)
  }

  #changed(server: MediaServer, up: boolean): void {
    this.#known.add(server)
    this.#with.legs.reportMedia(server, up)
    this.#changes.resolve()
    this.#changes = Promise.withResolvers()
  }

  /** Looks at a channel that is not known here; null: it is none of ours. */
  async #takeOver(server: MediaServer, channel: string): Promise<'taken' | 'ended' | null> {
    const { legs, connections, tenants, unsignalled } = this.#with
    const found = await server.socket.api(`uuid_dump ${channel} json`).then(
      (dump) => foundLeg(JSON.parse(dump) as SocketEvent),
      (error: unknown) => {
        if (!isProblem(error, 'telephony.no_leg')) throw error
        return null
      },
    )
    if (!found || !tenants.includes(found.leg.tenant) || legs.at(channel)) return null
    const known = legs.find(found.leg.leg)
    // A caller who is being handed over at this moment has no channel yet.
    if (known?.channel === '') return null
    if (known || !(found.answered || (await isHeard(server, channel)))) {
      if (!known && found.dialogs) this.#with.takesBack(found.dialogs, found.isCaller)
      await server.socket.api(`uuid_kill ${channel} NORMAL_TEMPORARY_FAILURE`).catch(() => {})
      return 'ended'
    }
    const legOf = ({ tenant, leg, call, purpose, extension, since }: FoundLeg['leg']): Leg => ({
      ...newLeg({ tenant, legId: leg, callId: call, purpose, extension, server, channel }, since),
      state: 'answered',
      sounds: true,
    })
    const leg = legs.add(legOf(found.leg))
    legs.place(leg, channel)
    leg.dialogs = found.dialogs && { ...found.dialogs, invite: undefined }
    if (found.carries) {
      leg.carries = legs.add(legOf(found.carries))
      leg.carries.on = leg
    }
    const partner = legs.at(found.partner ?? '')
    if (partner && !partner.ended) connections.found(leg.carries ?? leg, partner.carries ?? partner)
    unsignalled.add(leg)
    // The process before may have ended before it could say so.
    for (const each of [leg, leg.carries]) if (each) legs.report(each, { what: 'answered' })
    return 'taken'
  }
}

/**
 * Does sound arrive on a channel? A caller who was not answered sends none, so this one was answered, even if it was not
 * written down any more.
 */
async function isHeard(server: MediaServer, channel: string): Promise<boolean> {
  const { socket } = server
  try {
    await socket.api(`uuid_set_media_stats ${channel}`)
    return Number(await socket.api(`uuid_getvar ${channel} rtp_audio_in_packet_count`)) > 0
  } catch (error) {
    if (!isProblem(error)) throw error
    return false
  }
}

/** Many at a time, but not all at once; one that fails stops the rest. */
async function inTurn<T>(all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += AT_ONCE) await Promise.all(all.slice(from, from + AT_ONCE).map(each))
}
