/**
 * The legs that this process holds, by their id and by their channel. What happens to one is reported here, and its end
 * once, by whatever learns of it first.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type { LegEnd, TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import type { ServerLog } from '../../server-log.ts'
import type { ReportQueue } from '../reports.ts'
import type { Leg } from './leg.ts'
import type { MediaServer } from './media-server.ts'

/** What is reported of a leg, without what every report of it says. */
type OfLeg = {
  [W in TelephonyReport['what']]: Omit<Extract<TelephonyReport, { what: W }>, 'at' | 'tenant' | 'legId' | 'callId'>
}[TelephonyReport['what']]

export interface LegsOptions {
  clock: Clock
  queue: ReportQueue
  /** A leg's end was reported: what is left of it is taken away now. Never throws. */
  ended(leg: Leg, ending: LegEnd): void
  logger: Pick<ServerLog, 'warn'>
}

export class Legs implements Iterable<Leg> {
  readonly #with: LegsOptions
  readonly #byId = new Map<string, Leg>()
  readonly #byChannel = new Map<string, Leg>()
  /** Whose legs there were, and whose reports. */
  readonly tenants = new Set<string>()
  /** We are about to stop: what fails now is told to nobody. */
  isClosed = false

  constructor(options: LegsOptions) {
    this.#with = options
  }

  get clock(): Clock {
    return this.#with.clock
  }

  [Symbol.iterator](): IterableIterator<Leg> {
    return this.#byId.values()
  }

  add(leg: Leg): Leg {
    this.#byId.set(leg.legId, leg)
    this.tenants.add(leg.tenant)
    leg.server.legs++
    return leg
  }

  find(legId: string): Leg | undefined {
    return this.#byId.get(legId)
  }

  /** @throws Problem `telephony.no_leg` */
  get(legId: string): Leg {
    const leg = this.#byId.get(legId)
    if (!leg) throw new Problem('telephony.no_leg', { leg: legId })
    return leg
  }

  /** @throws Problem `telephony.no_leg`, `telephony.not_answered` */
  talking(legId: string, what: string): Leg {
    const leg = this.get(legId)
    if (leg.state === 'ringing') throw new Problem('telephony.not_answered', { leg: legId, what })
    return leg
  }

  on(server: MediaServer): Leg[] {
    return [...this.#byId.values()].filter((leg) => leg.server === server)
  }

  /** The leg whose own channel this is. */
  at(channel: string | undefined): Leg | undefined {
    return this.#byChannel.get(channel ?? '')
  }

  /** Its channel is this one from now on; empty: it has none. */
  place(leg: Leg, channel: string): void {
    this.#byChannel.delete(leg.channel)
    leg.channel = channel
    if (channel !== '') this.#byChannel.set(channel, leg)
  }

  /** It goes on as a leg of another call: the one that it was has ended. */
  goesOn(leg: Leg, as: Pick<Leg, 'legId' | 'callId' | 'purpose'>): void {
    const { tenant, legId, callId } = leg
    this.#byId.delete(legId)
    Object.assign(leg, as)
    this.#byId.set(leg.legId, leg)
    this.report({ tenant, legId, callId }, { what: 'ended', end: WENT_ON })
    this.report(leg, { what: 'answered' })
  }

  turn(leg: Leg, state: Leg['state']): void {
    leg.state = state
    leg.since = this.clock.now()
  }

  report({ tenant, legId, callId }: Pick<Leg, 'tenant' | 'legId' | 'callId'>, happened: OfLeg): void {
    this.#with.queue.push({ at: this.clock.now(), tenant, legId, callId, ...happened } as TelephonyReport)
  }

  /** A media server can be used, or can no longer be: every tenant is told. */
  reportMedia(server: MediaServer, up: boolean): void {
    const at = this.clock.now()
    for (const tenant of this.tenants) this.#with.queue.push({ at, tenant, what: 'media', node: server.name, up })
  }

  /** Ends a leg and reports it once; later ends are passed over. Never throws. */
  finish(leg: Leg, ending: LegEnd): void {
    if (leg.ended) return
    leg.ended = ending
    leg.over.abort()
    this.#byId.delete(leg.legId)
    leg.server.legs--
    this.report(leg, { what: 'ended', end: ending })
    // The channel of a leg that was put through on another one is the other's.
    if (!leg.on) this.#byChannel.delete(leg.channel)
    this.#with.ended(leg, ending)
  }

  /** Lets go of all of them without an end: another process owns them now. */
  release(each: (leg: Leg) => void): void {
    for (const leg of this) {
      leg.ended = NODE_LOST
      leg.over.abort()
      each(leg)
      leg.server.legs--
    }
    this.#byId.clear()
    this.#byChannel.clear()
  }

  /** Something failed that nobody waits for. Never a number: only what we ordered, and the code. */
  failed(what: string, error: unknown): void {
    if (this.isClosed) return
    const details = isProblem(error) ? { code: error.code, ...error.details } : { error: (error as Error).name }
    this.#with.logger.warn({ what, ...details }, 'the telephone network did not do something')
  }
}

const WENT_ON: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
export const MEDIA_LOST: LegEnd = { by: 'network', cause: 41, sip: null, reason: 'media_lost' }
/** The SIP server is gone, and with it whatever could still be said to a phone that rings, or to a caller. */
export const NODE_LOST: LegEnd = { by: 'network', cause: 41, sip: null, reason: 'node_lost' }
export const NO_ANSWER: LegEnd = { by: 'system', cause: 19, sip: 480, reason: 'no_answer' }
