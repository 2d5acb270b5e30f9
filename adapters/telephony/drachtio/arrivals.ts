/**
 * Callers, and phones that call: each is given to a media server at once, parked there, and answered to themselves when the
 * switchboard says so. Until then nothing is lost with a media server: another one takes them.
 */
import type { NewId } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { isEmergency } from '@ledgerline/core/number/number.ts'
import { within } from '../../postgres/line.ts'
import type { Invite } from '../sip/server.ts'
import type { SipRequest, SipResponse } from '../sip/srf.ts'
import { answerCaller, end, toMedia } from './dialogs.ts'
import { newLeg, type Leg } from './leg.ts'
import { MEDIA_LOST, NO_ANSWER, type Legs } from './legs.ts'
import { leastLoaded, type MediaServer } from './media-server.ts'
import type { Signalling } from './signalling.ts'
import { DIALOGS_HEADER, legTagOf, TAG_HEADER } from './tags.ts'

/** A caller who is neither answered nor turned away within this time is told that nobody is there, ms. */
const UNANSWERED_MS = 90_000
/** An answer waits no longer than this for a media server to take the caller, ms. */
const READY_MS = 5_000

export interface ArrivalsOptions {
  legs: Legs
  signalling: Signalling
  newId: NewId
  node: string
  servers: () => readonly MediaServer[]
  /** Resolves when a media server is there again, or given up. */
  serversChange(): Promise<void>
}

/** Somebody who calls, known by the guard. */
type Caller = Invite & { from: Exclude<Invite['from'], { kind: 'media' }> }

export class Arrivals {
  readonly #with: ArrivalsOptions

  constructor(options: ArrivalsOptions) {
    this.#with = options
  }

  take({ request, response, srf, from }: Caller): void {
    const { legs, newId, servers } = this.#with
    const { clock } = legs
    const caller = from.kind === 'phone' ? from.extension : null
    // A phone in a call dials on its second line: it may want to connect the two, which works only on one server.
    const first = caller === null ? undefined : [...legs].find(({ extension: of }) => of === caller)?.server
    const server = first?.isUp && servers().includes(first) ? first : leastLoaded(servers())
    if (!server || legs.isClosed) return turnAway(response, 480, 'No media server')
    try {
      server.admit(from.kind === 'phone' && isEmergency(calledNumber(request)))
    } catch {
      return turnAway(response, 503, 'Too many calls at once')
    }
    const now = clock.now()
    const extension = from.kind === 'phone' ? from.extension : null
    const leg = legs.add(
      newLeg(
        {
          tenant: from.tenant,
          // The server's own name for the call, by which it can be turned away even if all else of it is lost.
          legId: request.stackTxnId ?? newId(now),
          callId: newId(now),
          purpose: 'customer',
          extension,
          server,
          channel: '',
        },
        now,
      ),
    )
    leg.arrival = { srf, request, response }
    leg.srf = srf
    request.on('cancel', () => legs.finish(leg, CANCELLED))
    this.#receive(leg)
    legs.report(leg, {
      what: 'incoming',
      from: extension ?? callingNumber(request),
      extension,
      to: calledNumber(request),
      gateway: from.kind === 'gateway' ? from.gateway : null,
      customerId: null,
      priority: 0,
    })
    const cancel = clock.at(now + UNANSWERED_MS, () => {
      if (leg.arrival) legs.finish(leg, NO_ANSWER)
    })
    leg.over.signal.addEventListener('abort', cancel)
  }

  /** @throws Problem `telephony.no_leg` */
  async answer(leg: Leg): Promise<void> {
    const { legs, signalling } = this.#with
    const { arrival } = leg
    if (!arrival) return
    await within(READY_MS, leg.ready).catch(() => {
      if (!leg.ended) throw new Problem('telephony.unavailable', { reason: 'no media server' })
    })
    if (leg.ended) throw new Problem('telephony.no_leg', { leg: leg.legId })
    const { srf, request, response } = arrival
    const inner = leg.inner!
    leg.arrival = null
    const outer = await answerCaller(srf, request, response, inner.remote.sdp).catch(() => null)
    if (!outer || leg.ended) {
      void end(outer)
      legs.finish(leg, CANCELLED)
      throw new Problem('telephony.no_leg', { leg: leg.legId })
    }
    legs.turn(leg, 'answered')
    legs.report(leg, { what: 'answered' })
    signalling.connected(leg, outer, inner)
  }

  /** A leg's channel is no more. */
  loses(leg: Leg): void {
    if (!leg.arrival) return this.#with.legs.finish(leg, MEDIA_LOST)
    // Without a channel they are being handed over at this moment.
    if (leg.channel !== '') this.#receive(leg)
  }

  /** A caller who was not answered is turned away. */
  refuse(leg: Leg, status: readonly [status: number, text: string]): void {
    const response = leg.arrival?.response
    leg.arrival = null
    if (response && !response.finalResponseSent) response.send(...status)
  }

  /** Gives a caller who was not answered to a media server; when it is lost, or refuses, to another one. */
  #receive(leg: Leg): void {
    const { legs } = this.#with
    leg.inner?.removeAllListeners()
    // Of a server that is gone it would be kept for ever, and one that refused them still has their channel.
    void end(leg.inner)
    leg.inner = null
    legs.place(leg, '')
    leg.ready = this.#handOver(leg)
    leg.ready.catch((error: unknown) => {
      if (leg.ended) return
      legs.failed('handing a caller to the media server', error)
      legs.finish(leg, { by: 'system', cause: 41, sip: 503, reason: 'media_lost' })
    })
  }

  async #handOver(leg: Leg): Promise<void> {
    const { legs, servers, serversChange } = this.#with
    const tried = new Set<MediaServer>()
    const untried = (): MediaServer[] => servers().filter((server) => !tried.has(server))
    for (;;) {
      if (leg.server.isUp && !tried.has(leg.server)) {
        tried.add(leg.server)
        try {
          return await this.#park(leg)
        } catch (error) {
          if (leg.ended || (untried().length === 0 && leg.server.isUp)) throw error
          legs.failed('handing a caller to the media server', error)
        }
      }
      const next = leastLoaded(untried())
      if (next && next !== leg.server) {
        leg.server.legs--
        leg.server = next
        next.legs++
      } else if (!next) {
        await serversChange()
        tried.clear()
      }
      if (leg.ended) return
    }
  }

  /** Their sound goes to the media server from now on, where they are parked. */
  async #park(leg: Leg): Promise<void> {
    const { srf, request } = leg.arrival!
    const dialogs = this.#with.signalling.expected(leg, request)
    const inner = await toMedia(srf, `sip:park-answer@${leg.server.sip}`, request.body ?? '', {
      [TAG_HEADER]: legTagOf(this.#with.node, leg),
      ...(dialogs !== null && { [DIALOGS_HEADER]: dialogs }),
    })
    if (leg.ended) return void end(inner)
    leg.inner = inner
    this.#with.legs.place(leg, inner.sip.callId)
    inner.on('destroy', () => {
      // Once they are answered, its end says why they are ended.
      if (leg.inner === inner && !leg.outer) this.loses(leg)
    })
    // Lost before we knew that they were there.
    if (inner.connected && leg.server.isUp) return
    inner.removeAllListeners()
    void end(inner)
    throw new Problem('telephony.unavailable', { reason: 'the media server is gone' })
  }
}

/** A caller has taken their call back. */
const CANCELLED = { by: 'customer', cause: 16, sip: 487, reason: 'cancelled' } as const

function turnAway(response: SipResponse, status: number, why: string): void {
  response.send(status, why, { headers: { 'Retry-After': '5', Reason: `SIP;cause=${status};text="${why}"` } })
}

function calledNumber(request: SipRequest): string {
  return userOf(request.uri)
}

function callingNumber(request: SipRequest): string | null {
  const privacy = request.get('privacy') ?? ''
  if (/\bid\b|\buser\b|\bfull\b/i.test(privacy)) return null
  return userOf(request.get('p-asserted-identity') ?? request.get('from') ?? '') || null
}

function userOf(field: string): string {
  const user = /(?:sips?|tel):([^@;>\s]*)/i.exec(field)?.[1] ?? ''
  try {
    return decodeURIComponent(user)
  } catch {
    return user
  }
}
