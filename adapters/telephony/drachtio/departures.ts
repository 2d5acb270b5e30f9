/**
 * Phones and outside numbers that we call. The media server calls them through us: its INVITE carries a token that only the
 * two of us know, so that nobody else's can pass for it, and goes on to one destination after the other.
 */
import { randomUUID } from 'node:crypto'
import type { DialTarget, EndedBy } from '@ledgerline/core/telephony/port.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { SipRequest, SipResponse, Srf } from '../sip/srf.ts'
import { callName } from './call-names.ts'
import { causeNumber, endOfStatus } from './causes.ts'
import { callPhone, end, statusOfRefusal, wantsNoCalls, type Dialog } from './dialogs.ts'
import { newLeg, type Leg } from './leg.ts'
import { MEDIA_LOST, NO_ANSWER, type Legs } from './legs.ts'
import { leastLoaded, type MediaServer } from './media-server.ts'
import type { Signalling } from './signalling.ts'
import { DIALOGS_HEADER, legTagOf, TAG_HEADER } from './tags.ts'

/** Where a call to a phone or an outside number goes. */
export interface Destination {
  uri: string
  /** Where it really goes, if not to where its URI says. */
  proxy?: string
  auth?: { username: string; password: string }
  headers?: Record<string, string>
  /** Over which SIP server; absent: any. */
  server?: string
  /** A browser: its media is WebRTC. */
  webRtc?: boolean
  /** It is offered SRTP beside RTP. */
  srtp?: boolean
}

/** A party by the number it is called by, not by a leg that is kept connected. */
export type Callee = Extract<DialTarget['to'], { kind: 'extension' | 'number' }>

export interface DeparturesOptions {
  legs: Legs
  signalling: Signalling
  node: string
  servers: () => readonly MediaServer[]
  /** Where FreeSWITCH sends the INVITEs of legs that we dial: `host:port`; null: no SIP server is there. */
  sipAddress(): string | null
  /** Where an extension's phones are, the best one first; empty: it is not registered. */
  phonesOf(tenant: string, extension: string): readonly Destination[]
  /** How to reach an outside number; empty: there is no way. */
  trunksTo(tenant: string, number: string, gateway: string | null, callerId: string | null): readonly Destination[]
}

interface Departure {
  leg: Leg
  destinations: readonly Destination[]
  ringMs: number
  /** What the phone shows. */
  caller: string
}

/** Longer than the phone rings: it is we who give up first, and say why. */
const MARGIN_MS = 3_000
/** A phone that may hold by its own key may be silent for so long, ms; one that is gone is found by asking it (`probes.ts`). */
const HOLDS_MS = 600_000
/** Another contact or gateway is tried after these. */
const TRY_NEXT = new Set([404, 408, 410, 480, 500, 502, 503, 504])

export class Departures {
  readonly #with: DeparturesOptions
  /** Legs that FreeSWITCH is calling through us, by their token, which is their channel. */
  readonly #under = new Map<string, Departure>()

  constructor(options: DeparturesOptions) {
    this.#with = options
  }

  /** Where a party is reached, the best way first. */
  waysTo(tenant: string, to: Callee, callerId: string | null): readonly Destination[] {
    const { phonesOf, trunksTo } = this.#with
    return to.kind === 'extension' ? phonesOf(tenant, to.extension) : trunksTo(tenant, to.number, to.gateway, callerId)
  }

  /** @throws Problem `telephony.unavailable`, `telephony.overloaded` */
  dial(tenant: string, target: DialTarget & { to: Callee }): void {
    const { legs, servers, sipAddress } = this.#with
    const { legId, callId, purpose, to, ringMs, callerId, autoAnswer, emergency } = target
    if (legs.find(legId)) return
    const sip = sipAddress()
    // Legs of one call are bridged with each other, which works only on one server.
    const beside = [...legs].find((leg) => leg.callId === callId)?.server
    const server = beside ?? leastLoaded(servers())
    if (!server?.isUp || sip === null)
      throw new Problem('telephony.unavailable', { reason: sip === null ? 'no SIP server' : 'no media server' })
    const extension = to.kind === 'extension' ? to.extension : null
    const ways = this.waysTo(tenant, to, callerId)
    const destinations = autoAnswer && extension !== null ? ways.map(askedToAnswer) : ways
    if (destinations.length === 0) {
      const reason = extension === null ? ('unreachable' as const) : ('unregistered' as const)
      const ending = { by: 'network', cause: 20, sip: 480, reason } as const
      return legs.report({ tenant, legId, callId }, { what: 'ended', end: ending })
    }
    // One offer is for all that are tried, and what a browser takes is nothing for a phone on the table.
    const { webRtc = false, srtp = false } = destinations[0]!
    const alike = destinations.filter((each) => (each.webRtc ?? false) === webRtc && (each.srtp ?? false) === srtp)
    server.admit(emergency)
    const channel = randomUUID()
    const leg = legs.add(newLeg({ tenant, legId, callId, purpose, extension, server, channel }, legs.clock.now()))
    legs.place(leg, channel)
    this.#under.set(channel, { leg, destinations: alike, ringMs, caller: plain(callerId ?? 'anonymous') })
    // Few and short; whose leg it is the answers to its INVITE say, and what the phone shows is ours to say.
    const variables = {
      origination_uuid: channel,
      originate_timeout: Math.ceil((ringMs + MARGIN_MS) / 1000),
      ignore_early_media: true,
      // An agent's phone sends nothing while it holds by its own key, of which the media server does not hear.
      ...(purpose !== 'customer' && { media_timeout: HOLDS_MS }),
      ...(webRtc && WEB_RTC),
      ...(srtp && { rtp_secure_media: 'optional' }),
    }
    const list = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
    const job = server.socket
      .job(`originate {${list.join(',')}}sofia/drachtio_mrf/${channel}@${sip} &park()`, ringMs + 2 * MARGIN_MS)
      .then((result) => this.#originated(leg, result))
      .catch((error: unknown) => {
        legs.failed('calling out', error)
        legs.finish(leg, MEDIA_LOST)
      })
      .finally(() => this.#under.delete(channel))
    // The phone may have answered a moment before.
    leg.ready = job
  }

  /** Is this an INVITE that FreeSWITCH sends for a leg we dial? */
  isOurs(request: SipRequest): boolean {
    return this.#under.has(tokenOf(request))
  }

  /** FreeSWITCH calls a phone or a trunk through us. */
  async passOn(request: SipRequest, response: SipResponse, srf: Srf): Promise<void> {
    const { legs } = this.#with
    const departure = this.#under.get(tokenOf(request))
    if (!departure || departure.leg.ended) return response.send(487, 'Request Terminated')
    const { leg, destinations, ringMs, caller } = departure
    leg.srf = srf
    const until = legs.clock.now() + ringMs
    let rang = false
    for (const [index, { uri, proxy, auth, headers }] of destinations.entries()) {
      const heard = {
        rings: () => {
          if (!rang && !leg.ended) legs.report(leg, { what: 'ringing' })
          rang = true
        },
        clock: legs.clock,
        until,
        over: leg.over.signal,
      }
      try {
        const { uas, uac } = await callPhone(
          srf,
          { request, response },
          uri,
          {
            ...(proxy && { proxy }),
            ...(auth && { auth }),
            headers: { ...headers, ...(leg.extension !== null && ofPhone(leg.legId, index, caller, ringMs)) },
            callingNumber: caller,
            callingName: caller,
            responseHeaders: (answer) => this.#marks(leg, answer),
          },
          heard,
        )
        return this.#reached(leg, uas, uac)
      } catch (error) {
        if (leg.ended) return
        const status = statusOfRefusal(error)
        const isLast = index === destinations.length - 1
        if (status !== null && !isLast && TRY_NEXT.has(status) && legs.clock.now() < until) continue
        if (status === null && legs.clock.now() < until) legs.failed('calling a phone', error)
        const party: EndedBy = leg.purpose === 'customer' ? 'customer' : 'agent'
        const noCalls = status !== null && wantsNoCalls(error)
        const declined = noCalls || status === 603 || status === 403 || (status !== null && status < 400)
        const ending =
          status === null || legs.clock.now() >= until
            ? NO_ANSWER
            : endOfStatus(status, declined ? party : 'network', noCalls)
        if (noCalls) legs.report(leg, { what: 'do_not_disturb' })
        response.send(status ?? 480, 'Not reached')
        return legs.finish(leg, ending)
      }
    }
  }

  ended(leg: Leg): void {
    this.#under.delete(leg.channel)
  }

  /** Another process owns them now. */
  release(): void {
    this.#under.clear()
  }

  #reached(leg: Leg, uas: Dialog, uac: Dialog): void {
    if (leg.ended) {
      void end(uas)
      return void end(uac)
    }
    const { legs, signalling } = this.#with
    // The media server learns it from us: it is not waited for before this is written down.
    legs.turn(leg, 'answered')
    legs.report(leg, { what: 'answered' })
    signalling.connected(leg, uac, uas)
    void leg.server.socket.hurried(leg.ready)
  }

  /** What the answers of a phone say to the media server: whose leg it is, and how its phone can be told its end. */
  #marks(leg: Leg, answer: SipResponse | undefined): Record<string, string> {
    const { node, signalling } = this.#with
    const dialogs = answer && answer.status < 300 ? signalling.written(leg, answer) : null
    return { [TAG_HEADER]: legTagOf(node, leg), ...(dialogs !== null && { [DIALOGS_HEADER]: dialogs }) }
  }

  #originated(leg: Leg, result: string): void {
    const { legs } = this.#with
    if (leg.ended) return
    if (result.startsWith('+OK')) return
    // What the phone said is known already, as a rule; this is for what it did not say.
    const cause = causeNumber(/^-ERR\s+(\S+)/.exec(result)?.[1])
    legs.finish(leg, { by: 'network', cause, sip: null, reason: cause === 19 ? 'no_answer' : 'unreachable' })
  }
}

/** What a phone of ours is told, should we be gone before it answers: our name for the call, and how long it rings (RFC 3261, 20.19). */
function ofPhone(legId: string, attempt: number, caller: string, ringMs: number): Record<string, string> {
  const { callId, tag } = callName(legId, attempt)
  return {
    'Call-ID': callId,
    // The SIP server puts its own address in place of this one.
    From: `"${caller}" <sip:${caller}@localhost>;tag=${tag}`,
    Expires: String(Math.ceil((ringMs + MARGIN_MS) / 1000)),
  }
}

/** What makes FreeSWITCH offer ICE, DTLS-SRTP and rtcp-mux, and the codec that every browser has (RFC 7874). */
const WEB_RTC = { media_webrtc: true, absolute_codec_string: 'OPUS' }

/** Nothing that would end a variable or begin another. */
function plain(text: string): string {
  return text.replace(/[^0-9A-Za-z+*#._-]/g, '').slice(0, 40) || 'anonymous'
}

/**
 * How a phone is asked to answer by itself: RFC 5373 where it is known, and the two fields that most desk phones take
 * instead.
 */
function askedToAnswer(phone: Destination): Destination {
  const asked = {
    'Answer-Mode': 'Auto',
    'Call-Info': '<sip:ledgerline>;answer-after=0',
    'Alert-Info': '<sip:ledgerline>;info=alert-autoanswer;delay=0',
  }
  return { ...phone, headers: { ...phone.headers, ...asked } }
}

/** What is called, which nobody else can know. */
function tokenOf(request: SipRequest): string {
  return /^sips?:([^@;]*)@/.exec(request.uri)?.[1] ?? ''
}
