/**
 * The telephony port on real servers: signalling through drachtio, media on FreeSWITCH.
 *
 * Every leg is a channel that FreeSWITCH keeps *parked* when nothing happens on it, and a pair of dialogs: an outer one to
 * the phone or trunk, an inner one to the media server; drachtio stands between. FreeSWITCH is steered over one inbound
 * event socket a server (`event-socket.ts`), which is half the cost of an endpoint of drachtio-fsmrf a leg. A leg's end is
 * reported once, by whatever learns of it first; everything that is left of it is then ended, each with a time limit.
 *
 * A caller is given to a media server at once and answered to themselves when the switchboard says so. A phone is called by
 * FreeSWITCH through us: its INVITE carries a token that only the two of us know, so that nobody else's can pass for it.
 */
import { randomUUID } from 'node:crypto'
import type { Clock, NewId } from '@ledgerline/core/kernel/clock.ts'
import { isEmergency } from '@ledgerline/core/number/number.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type {
  DialTarget,
  EndedBy,
  LegCommand,
  LegEnd,
  LiveLeg,
  Telephony,
  RecordedFile,
  RecordingLack,
  TelephonyReport,
} from '@ledgerline/core/telephony/port.ts'
import { within } from '../../postgres/line.ts'
import type { ServerLog } from '../../server-log.ts'
import { DoneOnce } from '../done-once.ts'
import { ReportQueue } from '../reports.ts'
import type { Invite } from '../sip/server.ts'
import type { SipRequest, SipResponse, Srf } from '../sip/srf.ts'
import { causeName, causeNumber, endOfStatus, statusOf } from './causes.ts'
import { api, Connections } from './connections.ts'
import { answerCaller, callPhone, end, endById, passOn, statusOfRefusal, toMedia, type Dialog } from './dialogs.ts'
import type { SocketEvent } from './event-socket.ts'
import { liveLeg, newLeg, type Leg } from './leg.ts'
import { Listening } from './listening.ts'
import { leastLoaded, type MediaServer } from './media-server.ts'
import {
  CARRIES_TAG,
  DIALOGS_TAG,
  dialogsTagOf,
  foundLeg,
  LEG_TAG,
  legTagOf,
  TAG_HEADER,
  type FoundLeg,
} from './tags.ts'
import { Unsignalled } from './unsignalled.ts'

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
}

export interface DrachtioTelephonyOptions {
  clock: Clock
  newId: NewId
  /** This process's name: legs are marked with it on the media servers. */
  node: string
  /** Whose calls these are: legs of theirs that another process left behind on a media server are taken over. */
  tenants: readonly string[]
  servers: () => readonly MediaServer[]
  /** Where FreeSWITCH sends the INVITEs of legs that we dial: `host:port`; null: no SIP server is there. */
  sipAddress(): string | null
  /** Where an extension's phones are, the best one first; empty: it is not registered. */
  phonesOf(tenant: string, extension: string): readonly Destination[]
  /** How to reach an outside number; empty: there is no way. */
  trunksTo(tenant: string, number: string, gateway: string | null, callerId: string | null): readonly Destination[]
  /** What the media server plays for a prompt. */
  sourceOf(tenant: string, media: string): string
  /** Where a recording is written, on the media server. */
  recordingPath(tenant: string, recordingId: string): string
  /** A recording has stopped: its file may still be written for a moment. */
  onRecorded?(recordingId: string, server: string): void
  /**
   * Waits until the file of a recording is whole, checks it and puts it into the store. Null: not yet; it will be asked for
   * again. Absent: recordings stay where the media server wrote them, and are not confirmed.
   */
  keepRecording?(tenant: string, recordingId: string): Promise<RecordedFile | RecordingLack | null>
  logger: Pick<ServerLog, 'warn' | 'error'>
}

/** The header by which we know a leg of our own; its channel's id, which nobody can guess. */
const LEG_HEADER = 'X-Ledgerline-Leg'
/** A caller whom nobody answers or turns away in this time is told that nobody is there, ms. */
const UNANSWERED_MS = 90_000
/** A command waits so long for media servers that have not been heard of since we began, ms. */
const SETTLE_MS = 4_500
/** So many of the channels on a media server are looked at together. */
const AT_ONCE = 50
/** Longer than the phone rings: it is we who give up first, and say why. */
const MARGIN_MS = 3_000
/** A leg that is put through on a phone that is kept connected (catalogue C4.4-a2-beep). */
const BEEP = 'tone_stream://%(120,80,880);%(120,0,880)'
/** Another contact or gateway is tried after these. */
const TRY_NEXT = new Set([404, 408, 410, 480, 500, 502, 503, 504])

type Of<W extends TelephonyReport['what']> = Extract<TelephonyReport, { what: W }>

export class DrachtioTelephony implements Telephony {
  readonly #with: DrachtioTelephonyOptions
  readonly #legs = new Map<string, Leg>()
  readonly #channels = new Map<string, Leg>()
  /** Legs that FreeSWITCH is calling through us, by their token. */
  readonly #departures = new Map<string, { leg: Leg; destinations: readonly Destination[]; ringMs: number }>()
  readonly #recordings = new Map<string, string>()
  /** Connections to SIP servers, by the server's name. */
  readonly #sip = new Map<string, Srf>()
  /** Media servers that have said what they hold, or are given up. */
  readonly #known = new WeakSet<MediaServer>()
  /** Whoever waits for a media server to be there, or to be given up. */
  #changes = Promise.withResolvers<void>()
  readonly #tenants: Set<string>
  readonly #done = new DoneOnce()
  readonly #queue = new ReportQueue()
  readonly #listening: Listening
  readonly #connections: Connections
  readonly #unsignalled: Unsignalled
  readonly #pump = new AbortController()
  #closed = false
  /** Callers turned away before they had a leg: no media server, or too many at once. */
  turnedAway = 0

  constructor(options: DrachtioTelephonyOptions) {
    this.#with = options
    this.#tenants = new Set(options.tenants)
    this.#listening = new Listening({
      clock: options.clock,
      sourceOf: options.sourceOf,
      report: (leg, heard) => this.#report(leg, heard),
      failed: (error) => this.#failed('a prompt', error),
    })
    this.#connections = new Connections({
      listening: this.#listening,
      legs: () => this.#legs.values(),
      leg: (legId) => this.#leg(legId),
      find: (legId) => this.#legs.get(legId),
      turn: (leg, state) => this.#turn(leg, state),
      report: (leg, happened) => this.#report(leg, happened),
      failed: (what, error) => this.#failed(what, error),
    })
    this.#unsignalled = new Unsignalled({
      clock: options.clock,
      end: (leg, ending) => void this.#finish(leg, ending),
      failed: (what, error) => this.#failed(what, error),
    })
  }

  // ── the port ─────────────────────────────────────────────────────────────────────────────────

  async command(commandId: string, tenant: string, command: LegCommand): Promise<void> {
    if (this.#done.wasDone(tenant, commandId)) return
    if (this.#closed) throw new Problem('telephony.unavailable', { reason: 'closed' })
    this.#tenants.add(tenant)
    await this.#settled()
    try {
      await this.#carryOut(tenant, command)
      this.#done.remember(tenant, commandId, 'done')
    } catch (error) {
      // A passing failure does not count against a repeated command.
      if (isProblem(error, 'telephony.no_leg')) this.#done.remember(tenant, commandId, error)
      throw error
    }
  }

  reports(signal: AbortSignal): AsyncIterable<TelephonyReport> {
    return this.#queue.read(signal)
  }

  /** @throws Problem `telephony.unavailable` until every media server has said what it holds, or is given up */
  async legs(): Promise<LiveLeg[]> {
    if (!this.#isSettled) throw new Problem('telephony.unavailable', { reason: 'media servers are not heard of yet' })
    return Array.from(this.#legs.values(), liveLeg)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#pump.abort()
    const left = [...this.#legs.values()]
    await Promise.all(left.map((leg) => this.#finish(leg, { by: 'system', cause: 41, sip: 503, reason: 'node_lost' })))
    this.#unsignalled.close()
    this.#queue.close()
  }

  /** Another process owns the calls: they are no longer ours to end, or to speak of. */
  release(): void {
    for (const leg of this.#legs.values()) {
      leg.ended = NODE_LOST
      leg.over.abort()
      this.#listening.forget(leg)
      this.#unsignalled.forget(leg)
      leg.server.legs--
    }
    this.#legs.clear()
    this.#channels.clear()
    this.#departures.clear()
  }

  /** Reports of others (registrations, gateways) come in the same stream. */
  relay(reports: (signal: AbortSignal) => AsyncIterable<TelephonyReport>): void {
    void (async () => {
      for await (const report of reports(this.#pump.signal)) {
        this.#tenants.add(report.tenant)
        this.#queue.push(report)
      }
    })().catch((error: unknown) => this.#failed('the reports of registrations', error))
  }

  // ── what media servers say ───────────────────────────────────────────────────────────────────

  /**
   * A media server is there (again), with these channels: what it lost is ended, and what another process left there is
   * taken over, or ended if nobody can talk there.
   */
  async serverUp(server: MediaServer, channels: ReadonlySet<string>): Promise<void> {
    const missing = this.#on(server).filter(({ channel, on }) => !on && channel !== '' && !channels.has(channel))
    const found = [...channels].filter((channel) => !this.#channels.has(channel))
    // Its list of channels comes from a database, and is a little late.
    await inTurn(missing, async (leg) => {
      if ((await api(leg, 'uuid_exists')).startsWith('true')) return
      this.#loses(leg)
    })
    let [taken, ended] = [0, 0]
    await inTurn(found, async (channel) => {
      const result = await this.#takeOver(server, channel)
      if (result === 'taken') taken++
      else if (result === 'ended') ended++
    })
    if (taken + ended > 0)
      this.#with.logger.warn({ taken, ended, server: server.name }, 'legs that another process left behind')
    this.#changed(server, true)
  }

  /** A media server was out of reach for too long. Callers who were not answered lose nothing: another server takes them. */
  serverLost(server: MediaServer): void {
    for (const leg of this.#on(server)) this.#loses(leg)
    this.#changed(server, false)
  }

  /** A leg's channel is no more. */
  #loses(leg: Leg): void {
    if (!leg.arrival) return void this.#finish(leg, MEDIA_LOST)
    // Without a channel they are being handed over at this moment.
    if (leg.channel !== '') this.#receive(leg)
  }

  #changed(server: MediaServer, up: boolean): void {
    this.#known.add(server)
    this.#media(server, up)
    this.#changes.resolve()
    this.#changes = Promise.withResolvers()
  }

  /**
   * A connection to a SIP server is there, or lost with all its dialogs. Who talks goes on talking, and so does who waits
   * and can be heard; a call that was not answered yet can no longer be.
   */
  sipServer(name: string, srf: Srf | null): void {
    const lost = this.#sip.get(name)
    if (srf) this.#sip.set(name, srf)
    else this.#sip.delete(name)
    if (!lost || this.#closed) return
    for (const leg of this.#legs.values()) {
      if (leg.srf !== lost || leg.on) continue
      if (leg.state === 'ringing') void this.#finish(leg, NODE_LOST)
      else this.#detach(leg)
    }
  }

  /** Its dialogs are of no use any more, except that a phone may still be told the end by their ids. */
  #detach(leg: Leg): void {
    for (const dialog of [leg.outer, leg.inner]) dialog?.removeAllListeners()
    leg.outer = null
    leg.inner = null
    leg.srf = null
    this.#unsignalled.add(leg)
  }

  /** Looks at a channel that is not known here; null: it is none of ours. */
  async #takeOver(server: MediaServer, channel: string): Promise<'taken' | 'ended' | null> {
    const found = await server.socket.api(`uuid_dump ${channel} json`).then(
      (dump) => foundLeg(JSON.parse(dump) as SocketEvent),
      (error: unknown) => {
        if (!isProblem(error, 'telephony.no_leg')) throw error
        return null
      },
    )
    if (!found || !this.#with.tenants.includes(found.leg.tenant) || this.#channels.has(channel)) return null
    const known = this.#legs.get(found.leg.leg)
    // A caller who is being handed over at this moment has no channel yet.
    if (known?.channel === '') return null
    if (known || !found.dialogs) {
      await server.socket.api(`uuid_kill ${channel} NORMAL_TEMPORARY_FAILURE`).catch(() => {})
      return 'ended'
    }
    const legOf = ({ tenant, leg, call, purpose, extension, since }: FoundLeg['leg']): Leg => ({
      ...newLeg({ tenant, legId: leg, callId: call, purpose, extension, server, channel }, since),
      state: 'answered',
    })
    const leg = this.#add(legOf(found.leg))
    this.#channels.set(channel, leg)
    leg.dialogs = found.dialogs
    if (found.carries) {
      leg.carries = this.#add(legOf(found.carries))
      leg.carries.on = leg
    }
    const partner = this.#channels.get(found.partner ?? '')
    if (partner && !partner.ended) {
      const [one, other] = [leg.carries ?? leg, partner.carries ?? partner]
      one.partner = other
      other.partner = one
    }
    this.#unsignalled.add(leg)
    return 'taken'
  }

  get #isSettled(): boolean {
    const servers = this.#with.servers()
    return servers.length > 0 && servers.every((server) => this.#known.has(server))
  }

  /** Resolves when every media server has said what it holds, or is given up. @throws Problem `telephony.unavailable` */
  async #settled(): Promise<void> {
    const settles = async (): Promise<void> => {
      while (!this.#isSettled) await this.#changes.promise
    }
    if (this.#isSettled) return
    await within(SETTLE_MS, settles()).catch(() => {
      throw new Problem('telephony.unavailable', { reason: 'media servers are not heard of yet' })
    })
  }

  heard(event: SocketEvent): void {
    const base = this.#channels.get(event['Unique-ID'] ?? '')
    if (event['Event-Name'] === 'CHANNEL_BRIDGE' || event['Event-Name'] === 'CHANNEL_PARK')
      return this.#connections.heard(event)
    if (event['Event-Name'] === 'RECORD_STOP') return this.#recorded(event, base)
    if (!base) return
    const leg = base.carries ?? base
    switch (event['Event-Name']) {
      case 'DTMF':
        return this.#pressed(leg, event)
      case 'CHANNEL_EXECUTE_COMPLETE':
        return this.#listening.played(leg, event['Application-UUID'])
      case 'CHANNEL_HOLD':
        return this.#ownHold(leg, true)
      case 'CHANNEL_UNHOLD':
        return this.#ownHold(leg, false)
      case 'CHANNEL_HANGUP_COMPLETE':
        void this.#finish(base, {
          by: 'network',
          cause: causeNumber(event['Hangup-Cause']),
          sip: null,
          reason: base.state === 'ringing' ? 'unreachable' : 'media_lost',
        })
    }
  }

  // ── callers and phones that call ─────────────────────────────────────────────────────────────

  /** Is this an INVITE that FreeSWITCH sends for a leg we dial? */
  isOurs(request: SipRequest): boolean {
    return this.#departures.has(request.get(LEG_HEADER) ?? '')
  }

  /** Takes an INVITE that has passed the guard. */
  async invited({ request, response, srf, from }: Invite): Promise<void> {
    if (from.kind === 'media') return this.#departs(request, response, srf)
    const { clock, newId } = this.#with
    const server = leastLoaded(this.#with.servers())
    if (!server || this.#closed) return this.#turnAway(response, 480, 'No media server')
    try {
      server.admit(from.kind === 'phone' && isEmergency(calledNumber(request)))
    } catch {
      return this.#turnAway(response, 503, 'Too many calls at once')
    }
    const now = clock.now()
    const leg = this.#add(
      newLeg(
        {
          tenant: from.tenant,
          legId: newId(now),
          callId: newId(now),
          purpose: 'customer',
          extension: from.kind === 'phone' ? from.extension : null,
          server,
          channel: '',
        },
        now,
      ),
    )
    leg.arrival = { srf, request, response }
    leg.srf = srf
    request.on('cancel', () => void this.#finish(leg, { by: 'customer', cause: 16, sip: 487, reason: 'hung_up' }))
    this.#receive(leg)
    this.#queue.push({
      at: now,
      tenant: leg.tenant,
      what: 'incoming',
      legId: leg.legId,
      callId: leg.callId,
      from: from.kind === 'phone' ? from.extension : callingNumber(request),
      extension: from.kind === 'phone' ? from.extension : null,
      to: calledNumber(request),
      gateway: from.kind === 'gateway' ? from.gateway : null,
      customerId: null,
      priority: 0,
    })
    const cancel = clock.at(now + UNANSWERED_MS, () => {
      if (leg.arrival) void this.#finish(leg, { by: 'system', cause: 19, sip: 480, reason: 'no_answer' })
    })
    leg.over.signal.addEventListener('abort', cancel)
  }

  /** Gives a caller who was not answered to a media server; when it is lost, or refuses, to another one. */
  #receive(leg: Leg): void {
    leg.inner?.removeAllListeners()
    leg.inner = null
    this.#channels.delete(leg.channel)
    leg.channel = ''
    leg.ready = this.#handOver(leg)
    leg.ready.catch((error: unknown) => {
      if (leg.ended) return
      this.#failed('handing a caller to the media server', error)
      void this.#finish(leg, { by: 'system', cause: 41, sip: 503, reason: 'media_lost' })
    })
  }

  async #handOver(leg: Leg): Promise<void> {
    const tried = new Set<MediaServer>()
    for (;;) {
      if (leg.server.isUp && !tried.has(leg.server)) {
        tried.add(leg.server)
        try {
          return await this.#park(leg)
        } catch (error) {
          if (leg.ended) throw error
          const others = this.#with.servers().filter((server) => !tried.has(server))
          if (others.length === 0 && leg.server.isUp) throw error
          this.#failed('handing a caller to the media server', error)
        }
      }
      const next = leastLoaded(this.#with.servers().filter((server) => !tried.has(server)))
      if (next && next !== leg.server) {
        leg.server.legs--
        leg.server = next
        next.legs++
      } else if (!next) {
        await this.#changes.promise
        tried.clear()
      }
      if (leg.ended) return
    }
  }

  /** Their sound goes to the media server from now on, where they are parked. */
  async #park(leg: Leg): Promise<void> {
    const { srf, request } = leg.arrival!
    const inner = await toMedia(srf, `sip:park-answer@${leg.server.sip}`, request.body ?? '', {
      [LEG_HEADER]: leg.legId,
      [TAG_HEADER]: legTagOf(this.#with.node, leg),
    })
    if (leg.ended) return void end(inner)
    leg.inner = inner
    leg.channel = inner.sip.callId
    this.#channels.set(leg.channel, leg)
    inner.on('destroy', () => {
      if (leg.inner === inner) this.#loses(leg)
    })
    // Lost before we knew that they were there.
    if (!inner.connected || !leg.server.isUp)
      throw new Problem('telephony.unavailable', { reason: 'the media server is gone' })
  }

  #turnAway(response: SipResponse, status: number, why: string): void {
    this.turnedAway++
    response.send(status, why, { headers: { 'Retry-After': '5', Reason: `SIP;cause=${status};text="${why}"` } })
  }

  /** FreeSWITCH calls a phone or a trunk through us. */
  async #departs(request: SipRequest, response: SipResponse, srf: Srf): Promise<void> {
    const departure = this.#departures.get(request.get(LEG_HEADER) ?? '')
    if (!departure || departure.leg.ended) return response.send(487, 'Request Terminated')
    const { leg, destinations, ringMs } = departure
    leg.srf = srf
    const until = this.#with.clock.now() + ringMs
    let rang = false
    for (const [index, { uri, proxy, auth, headers }] of destinations.entries()) {
      const heard = {
        rings: () => {
          if (!rang && !leg.ended) this.#report(leg, { what: 'ringing' })
          rang = true
        },
        clock: this.#with.clock,
        until,
        over: leg.over.signal,
      }
      try {
        const { uas, uac } = await callPhone(
          srf,
          { request, response },
          uri,
          { ...(proxy && { proxy }), ...(auth && { auth }), headers: headers ?? {} },
          heard,
        )
        return this.#reached(leg, uas, uac)
      } catch (error) {
        if (leg.ended) return
        const status = statusOfRefusal(error)
        const isLast = index === destinations.length - 1
        if (status !== null && !isLast && TRY_NEXT.has(status) && this.#with.clock.now() < until) continue
        if (status === null && this.#with.clock.now() < until) this.#failed('calling a phone', error)
        const party: EndedBy = leg.purpose === 'customer' ? 'customer' : 'agent'
        const ending =
          status === null || this.#with.clock.now() >= until
            ? NO_ANSWER
            : endOfStatus(status, status === 603 || status === 403 ? party : 'network')
        response.send(status ?? 480, 'Not reached')
        return void this.#finish(leg, ending)
      }
    }
  }

  #reached(leg: Leg, uas: Dialog, uac: Dialog): void {
    if (leg.ended) {
      void end(uas)
      return void end(uac)
    }
    leg.inner = uas
    leg.outer = uac
    this.#follow(leg)
    this.#writeDialogs(leg)
  }

  /** Writes down how its phone can be told that it is over, for a process that takes the leg over. */
  #writeDialogs(leg: Leg): void {
    const server = [...this.#sip].find(([, srf]) => srf === leg.srf)?.[0]
    if (leg.ended || !leg.outer || !leg.inner || server === undefined) return
    leg.dialogs = { server, ids: [leg.outer.id, leg.inner.id] }
    api(leg, 'uuid_setvar', `${DIALOGS_TAG} ${dialogsTagOf(leg.dialogs)}`).catch((error: unknown) => {
      if (!isProblem(error, 'telephony.no_leg')) this.#failed('marking a leg', error)
    })
  }

  /** The party at the other end may hang up, or ask for another session. */
  #follow(leg: Leg): void {
    const { inner, outer } = leg
    if (!inner || !outer) return
    const hungUp = (): void =>
      void this.#finish(leg, {
        by: leg.purpose === 'customer' ? 'customer' : leg.purpose === 'supervisor' ? 'supervisor' : 'agent',
        cause: 16,
        sip: null,
        reason: 'hung_up',
      })
    outer.on('destroy', hungUp)
    inner.on('destroy', () => void this.#finish(leg, MEDIA_LOST))
    passOn(outer, inner)
    passOn(inner, outer)
    // A blind transfer by the phone itself: the switchboard decides who is called, so it is not taken.
    outer.on('refer', (_: SipRequest, response: SipResponse) => response.send(603, 'Use the desk to transfer'))
    outer.on('info', (request: SipRequest, response: SipResponse) => {
      response.send(200, 'OK')
      const digit = /^\s*Signal\s*=\s*([0-9A-D*#])/im.exec(request.body ?? '')?.[1]
      if (digit) this.#listening.key(leg.carries ?? leg, digit)
    })
    // Gone before we heard that they were there.
    if (!outer.connected) hungUp()
  }

  // ── commands ─────────────────────────────────────────────────────────────────────────────────

  async #carryOut(tenant: string, command: LegCommand): Promise<void> {
    switch (command.do) {
      case 'answer':
        return this.#answer(this.#leg(command.legId))
      case 'dial':
        return this.#dial(tenant, command.target)
      case 'bridge':
      case 'resume':
        return this.#connections.bridge(this.#talking(command.legId, command.do), this.#talking(command.to, command.do))
      case 'hold':
        return this.#connections.hold(this.#talking(command.legId, 'hold'), command.music)
      case 'play':
        return this.#listening.play(this.#talking(command.legId, 'play'), command.media, command.repeat)
      case 'collect':
        return this.#listening.collect(this.#talking(command.legId, 'collect'), command.maxDigits, command.waitMs)
      case 'keep': {
        const leg = this.#talking(command.legId, 'keep')
        leg.callId = command.owner
        leg.purpose = 'standing'
        return void (await api(leg, 'uuid_setvar', `${LEG_TAG} ${legTagOf(this.#with.node, leg)}`))
      }
      case 'tone':
        return void (await api(this.#talking(command.legId, 'tone'), 'uuid_send_dtmf', command.digits))
      case 'record':
        return this.#record(this.#talking(command.legId, 'record'), command.recordingId, command.on ? 'start' : 'stop')
      case 'mask':
        return this.#record(this.#talking(command.legId, 'mask'), command.recordingId, command.on ? 'mask' : 'unmask')
      case 'deliver_recording':
        return void this.#deliver(tenant, command)
      case 'conference':
        return this.#connections.confer(
          command.conferenceId,
          command.legIds.map((legId) => this.#talking(legId, 'conference')),
        )
      case 'supervise': {
        const leg = this.#talking(command.legId, 'supervise')
        const { customerLegId, agentLegId, mode } = command
        return this.#connections.supervise(leg, { customer: customerLegId, agent: agentLegId, mode })
      }
      case 'refer':
        return this.#refer(this.#talking(command.legId, 'refer'), command.to)
      case 'hang_up':
        return this.#finish(this.#leg(command.legId), command.end)
    }
  }

  async #answer(leg: Leg): Promise<void> {
    const { arrival } = leg
    if (!arrival) return
    await leg.ready
    if (leg.ended) throw new Problem('telephony.no_leg', { leg: leg.legId })
    const { srf, request, response } = arrival
    leg.arrival = null
    const outer = await answerCaller(srf, request, response, leg.inner!.remote.sdp).catch(() => null)
    if (!outer || leg.ended) {
      void end(outer)
      await this.#finish(leg, { by: 'customer', cause: 16, sip: 487, reason: 'hung_up' })
      throw new Problem('telephony.no_leg', { leg: leg.legId })
    }
    leg.outer = outer
    this.#turn(leg, 'answered')
    this.#report(leg, { what: 'answered' })
    this.#follow(leg)
    this.#writeDialogs(leg)
  }

  async #dial(tenant: string, target: DialTarget): Promise<void> {
    const { legId, callId, purpose, to, ringMs, callerId, autoAnswer, emergency } = target
    if (this.#legs.has(legId)) return
    if (to.kind === 'standing') return this.#putThrough(tenant, target, to.legId)
    const sip = this.#with.sipAddress()
    // Legs of one call are bridged with each other, which works only on one server.
    const beside = [...this.#legs.values()].find((leg) => leg.callId === callId)?.server
    const server = beside ?? leastLoaded(this.#with.servers())
    if (!server?.isUp || sip === null)
      throw new Problem('telephony.unavailable', { reason: sip === null ? 'no SIP server' : 'no media server' })
    const destinations =
      to.kind === 'extension'
        ? this.#with.phonesOf(tenant, to.extension).map((phone) => (autoAnswer ? askedToAnswer(phone) : phone))
        : this.#with.trunksTo(tenant, to.number, to.gateway, callerId)
    // One offer is for all that are tried, and what a browser takes is nothing for a phone on the table.
    const webRtc = destinations[0]?.webRtc === true
    const alike = destinations.filter((each) => (each.webRtc === true) === webRtc)
    const channel = randomUUID()
    const leg = newLeg(
      { tenant, legId, callId, purpose, extension: to.kind === 'extension' ? to.extension : null, server, channel },
      this.#with.clock.now(),
    )
    if (destinations.length === 0) {
      const reason = to.kind === 'extension' ? ('unregistered' as const) : ('unreachable' as const)
      const ending: LegEnd = { by: 'network', cause: 20, sip: 480, reason }
      return this.#queue.push({ at: leg.since, tenant, what: 'ended', legId, callId, end: ending })
    }
    server.admit(emergency)
    this.#add(leg)
    this.#channels.set(channel, leg)
    this.#departures.set(channel, { leg, destinations: alike, ringMs })
    const variables = {
      origination_uuid: channel,
      originate_timeout: Math.ceil((ringMs + MARGIN_MS) / 1000),
      ignore_early_media: true,
      ...(webRtc && WEB_RTC),
      origination_caller_id_number: plain(callerId ?? 'anonymous'),
      origination_caller_id_name: plain(callerId ?? 'anonymous'),
      [`sip_h_${LEG_HEADER}`]: channel,
      [LEG_TAG]: legTagOf(this.#with.node, leg),
    }
    const list = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
    server.socket
      .job(`originate {${list.join(',')}}sofia/drachtio_mrf/${channel}@${sip} &park()`, ringMs + 2 * MARGIN_MS)
      .then((result) => this.#originated(leg, result))
      .catch((error: unknown) => {
        this.#failed('calling out', error)
        return this.#finish(leg, MEDIA_LOST)
      })
      .finally(() => this.#departures.delete(channel))
  }

  #originated(leg: Leg, result: string): void {
    if (leg.ended) return
    if (result.startsWith('+OK')) {
      this.#turn(leg, 'answered')
      return this.#report(leg, { what: 'answered' })
    }
    // What the phone said is known already, as a rule; this is for what it did not say.
    const cause = causeNumber(/^-ERR\s+(\S+)/.exec(result)?.[1])
    void this.#finish(leg, { by: 'network', cause, sip: null, reason: cause === 19 ? 'no_answer' : 'unreachable' })
  }

  async #putThrough(tenant: string, { legId, callId, purpose }: DialTarget, standing: string): Promise<void> {
    const on = this.#legs.get(standing)
    const now = this.#with.clock.now()
    const refused = (ending: LegEnd): void =>
      this.#queue.push({ at: now, tenant, what: 'ended', legId, callId, end: ending })
    if (on?.state !== 'answered') return refused({ by: 'network', cause: 41, sip: 480, reason: 'unreachable' })
    if (on.carries) return refused({ by: 'network', cause: 17, sip: 486, reason: 'busy' })
    const { server, channel } = on
    const leg = this.#add(newLeg({ tenant, legId, callId, purpose, extension: null, server, channel }, now))
    leg.on = on
    on.carries = leg
    await this.#listening.interrupt(on)
    await server.socket.execute(channel, 'playback', BEEP)
    if (leg.ended) return
    await api(leg, 'uuid_setvar', `${CARRIES_TAG} ${legTagOf(this.#with.node, leg)}`)
    this.#turn(leg, 'answered')
    this.#report(leg, { what: 'answered' })
  }

  async #record(leg: Leg, recordingId: string, what: 'start' | 'stop' | 'mask' | 'unmask'): Promise<void> {
    const path = this.#with.recordingPath(leg.tenant, recordingId)
    this.#recordings.set(path, recordingId)
    await api(leg, 'uuid_record', `${what} ${path}`)
  }

  /** Resolves when it was reported, or could not be; never throws. */
  async #deliver(
    tenant: string,
    { legId, callId, recordingId }: Extract<LegCommand, { do: 'deliver_recording' }>,
  ): Promise<void> {
    const { keepRecording, clock } = this.#with
    if (!keepRecording) return
    try {
      const file = await keepRecording(tenant, recordingId)
      if (file !== null)
        this.#queue.push({ at: clock.now(), tenant, what: 'recorded', legId, callId, recordingId, file })
    } catch (error) {
      this.#failed('keeping a recording', error)
    }
  }

  #recorded(event: SocketEvent, leg: Leg | undefined): void {
    const path = event['Record-File-Path'] ?? ''
    const recordingId = this.#recordings.get(path)
    if (recordingId === undefined) return
    this.#recordings.delete(path)
    this.#with.onRecorded?.(recordingId, leg?.server.name ?? '')
  }

  /** The network takes the call elsewhere; we are out of it then. */
  async #refer(leg: Leg, to: Exclude<DialTarget['to'], { kind: 'standing' }>): Promise<void> {
    const [destination] =
      to.kind === 'extension'
        ? this.#with.phonesOf(leg.tenant, to.extension)
        : this.#with.trunksTo(leg.tenant, to.number, to.gateway, null)
    if (!destination || !leg.outer)
      throw new Problem('telephony.unavailable', { reason: 'there is nowhere to refer the call to' })
    const answer = await leg.outer.request({ method: 'REFER', headers: { 'Refer-To': `<${destination.uri}>` } })
    if (answer.status >= 300)
      throw new Problem('telephony.unavailable', { reason: `REFER was refused: ${answer.status}` })
    await this.#finish(leg, { by: 'system', cause: 16, sip: null, reason: 'completed' })
  }

  // ── ends ─────────────────────────────────────────────────────────────────────────────────────

  /** Ends a leg, reports it once, and takes away what is left of it. Resolves at once; never throws. */
  async #finish(leg: Leg, ending: LegEnd): Promise<void> {
    if (leg.ended) return
    leg.ended = ending
    leg.over.abort()
    this.#legs.delete(leg.legId)
    leg.server.legs--
    this.#listening.forget(leg)
    this.#unsignalled.forget(leg)
    this.#report(leg, { what: 'ended', end: ending })
    this.#connections.ended(leg)
    if (leg.on) return this.#setDown(leg.on)
    this.#channels.delete(leg.channel)
    this.#departures.delete(leg.channel)
    // Hanging up a phone that is kept connected leaves the current call.
    if (leg.carries) void this.#finish(leg.carries, { by: 'agent', cause: 16, sip: null, reason: 'hung_up' })
    if (leg.arrival) {
      const { response } = leg.arrival
      leg.arrival = null
      if (!response.finalResponseSent) response.send(...statusOf(ending))
    }
    if (leg.channel !== '' && leg.server.isUp)
      leg.server.socket.api(`uuid_kill ${leg.channel} ${causeName(ending)}`).catch((error: unknown) => {
        if (!isProblem(error, 'telephony.no_leg')) this.#failed('ending a channel', error)
      })
    void end(leg.outer)
    void end(leg.inner)
    const srf = leg.dialogs && !leg.outer ? this.#sip.get(leg.dialogs.server) : undefined
    for (const id of srf ? leg.dialogs!.ids : []) void endById(srf!, id)
  }

  /** A call on a phone that is kept connected is over: the phone is alone again. */
  async #setDown(on: Leg): Promise<void> {
    on.carries = null
    if (on.ended || !on.server.isUp) return
    await Promise.all([api(on, 'uuid_setvar', CARRIES_TAG), api(on, 'uuid_park')]).catch((error: unknown) => {
      if (!isProblem(error, 'telephony.no_leg')) this.#failed('leaving a call', error)
    })
  }

  // ── small things ─────────────────────────────────────────────────────────────────────────────

  #add(leg: Leg): Leg {
    this.#legs.set(leg.legId, leg)
    this.#tenants.add(leg.tenant)
    leg.server.legs++
    return leg
  }

  #on(server: MediaServer): Leg[] {
    return [...this.#legs.values()].filter((leg) => leg.server === server)
  }

  /** @throws Problem `telephony.no_leg` */
  #leg(legId: string): Leg {
    const leg = this.#legs.get(legId)
    if (!leg) throw new Problem('telephony.no_leg', { leg: legId })
    return leg
  }

  /** @throws Problem `telephony.no_leg`, `telephony.not_answered` */
  #talking(legId: string, what: string): Leg {
    const leg = this.#leg(legId)
    if (leg.state === 'ringing') throw new Problem('telephony.not_answered', { leg: legId, what })
    return leg
  }

  #turn(leg: Leg, state: Leg['state']): void {
    leg.state = state
    leg.since = this.#with.clock.now()
  }

  /** The phone's own hold key. FreeSWITCH has heard it, and plays music to the other side. */
  #ownHold(leg: Leg, held: boolean): void {
    if (leg.ended || leg.state === 'ringing') return
    const by = leg.purpose === 'customer' ? ('customer' as const) : ('agent' as const)
    this.#report(leg, held ? { what: 'held', by } : { what: 'resumed' })
  }

  #pressed(leg: Leg, event: SocketEvent): void {
    // We pressed it ourselves.
    if (event['DTMF-Source'] === 'APP') return
    this.#listening.key(leg, event['DTMF-Digit'] ?? '')
    // A key on a supervisor's phone changes whom they are heard by; the ledger says otherwise.
    if (leg.listensAt && leg.listensAt.key !== 'bridge')
      api(leg, 'uuid_recv_dtmf', leg.listensAt.key).catch((error: unknown) => this.#failed('a key', error))
  }

  #media(server: MediaServer, up: boolean): void {
    const at = this.#with.clock.now()
    for (const tenant of this.#tenants) this.#queue.push({ at, tenant, what: 'media', node: server.name, up })
  }

  #report(
    { tenant, legId, callId }: Leg,
    happened: {
      [W in TelephonyReport['what']]: Omit<Of<W>, 'at' | 'tenant' | 'legId' | 'callId'>
    }[TelephonyReport['what']],
  ): void {
    this.#queue.push({ at: this.#with.clock.now(), tenant, legId, callId, ...happened } as TelephonyReport)
  }

  /** Something failed that nobody waits for. Never a number: only what we ordered, and the code. */
  #failed(what: string, error: unknown): void {
    if (this.#closed) return
    const details = isProblem(error) ? { code: error.code, ...error.details } : { error: (error as Error).name }
    this.#with.logger.warn({ what, ...details }, 'the telephone network did not do something')
  }
}

const MEDIA_LOST: LegEnd = { by: 'network', cause: 41, sip: null, reason: 'media_lost' }
/** The SIP server is gone, and with it whatever could still be said to a phone that rings, or to a caller. */
const NODE_LOST: LegEnd = { by: 'network', cause: 41, sip: null, reason: 'node_lost' }
const NO_ANSWER: LegEnd = { by: 'system', cause: 19, sip: 480, reason: 'no_answer' }

/** What makes FreeSWITCH offer ICE, DTLS-SRTP and rtcp-mux, and the codec that every browser has (RFC 7874). */
const WEB_RTC = { media_webrtc: true, absolute_codec_string: 'OPUS' }

/** Many at a time, but not all at once; one that fails stops the rest. */
async function inTurn<T>(all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += AT_ONCE) await Promise.all(all.slice(from, from + AT_ONCE).map(each))
}

/** Nothing that would end a variable or begin another. */
function plain(text: string): string {
  return text.replace(/[^0-9A-Za-z+*#._-]/g, '').slice(0, 40) || 'anonymous'
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
