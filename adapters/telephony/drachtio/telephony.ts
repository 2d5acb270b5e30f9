/**
 * The telephony port on real servers: signalling through drachtio, media on FreeSWITCH.
 *
 * Every leg is a channel that FreeSWITCH keeps *parked* when nothing happens on it, and a pair of dialogs: an outer one to
 * the phone or trunk, an inner one to the media server; drachtio stands between. FreeSWITCH is steered over one inbound
 * event socket a server (`event-socket.ts`), which is half the cost of an endpoint of drachtio-fsmrf a leg.
 *
 * Here the parts are put together: who is there (`legs`), who calls (`arrivals`), whom we call (`departures`, `standing`),
 * their dialogs (`signalling`, `unsignalled`), what they hear and with whom they talk (`listening`, `connections`,
 * `recordings`), and what another process left behind (`adoption`).
 */
import type { Clock, NewId } from '@ledgerline/core/kernel/clock.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type {
  DialTarget,
  LegCommand,
  LegEnd,
  LiveLeg,
  Telephony,
  TelephonyReport,
} from '@ledgerline/core/telephony/port.ts'
import type { ServerLog } from '../../server-log.ts'
import { DoneOnce } from '../done-once.ts'
import { ReportQueue } from '../reports.ts'
import type { Invite } from '../sip/server.ts'
import type { SipRequest, Srf } from '../sip/srf.ts'
import { Adoption } from './adoption.ts'
import { Arrivals } from './arrivals.ts'
import { causeName, endOfChannel, statusOf } from './causes.ts'
import { Connections } from './connections.ts'
import { Departures, type DeparturesOptions } from './departures.ts'
import type { SocketEvent } from './event-socket.ts'
import { liveLeg, type Leg } from './leg.ts'
import { Legs } from './legs.ts'
import { Listening } from './listening.ts'
import type { MediaServer } from './media-server.ts'
import { Recordings, type RecordingsOptions } from './recordings.ts'
import { Signalling, type SignallingOptions } from './signalling.ts'
import { Standing } from './standing.ts'
import { Unsignalled } from './unsignalled.ts'

export interface DrachtioTelephonyOptions
  extends
    Omit<DeparturesOptions, 'legs' | 'signalling'>,
    Omit<RecordingsOptions, 'legs'>,
    Pick<SignallingOptions, 'probe' | 'phoneLeft'> {
  clock: Clock
  newId: NewId
  /** This process's name: legs are marked with it on the media servers. */
  node: string
  /** Whose calls these are: legs of theirs that another process left behind on a media server are taken over. */
  tenants: readonly string[]
  /** What the media server plays for a prompt. */
  sourceOf(tenant: string, media: string): string
  logger: Pick<ServerLog, 'warn' | 'error'>
}

export class DrachtioTelephony implements Telephony {
  readonly #legs: Legs
  readonly #listening: Listening
  readonly #connections: Connections
  readonly #unsignalled: Unsignalled
  readonly #signalling: Signalling
  readonly #arrivals: Arrivals
  readonly #departures: Departures
  readonly #standing: Standing
  readonly #recordings: Recordings
  readonly #adoption: Adoption
  readonly #done = new DoneOnce()
  readonly #queue = new ReportQueue()
  readonly #pump = new AbortController()

  constructor(options: DrachtioTelephonyOptions) {
    const { clock, node, servers, logger } = options
    const legs = new Legs({ clock, queue: this.#queue, logger, ended: (leg, ending) => this.#ended(leg, ending) })
    const listening = new Listening({
      clock,
      sourceOf: options.sourceOf,
      report: (leg, heard) => legs.report(leg, heard),
      failed: (error) => legs.failed('a prompt', error),
    })
    const unsignalled = new Unsignalled({
      clock,
      end: (leg, ending) => legs.finish(leg, ending),
      failed: (what, error) => legs.failed(what, error),
    })
    const connections = new Connections({ legs, listening })
    const heldAside = (leg: Leg, isHeld: boolean): void => connections.heldAside(leg, isHeld)
    const signalling = new Signalling({ ...options, legs, listening, unsignalled, heldAside })
    this.#legs = legs
    this.#listening = listening
    this.#unsignalled = unsignalled
    this.#signalling = signalling
    this.#connections = connections
    this.#arrivals = new Arrivals({
      legs,
      signalling,
      newId: options.newId,
      node,
      servers,
      serversChange: () => this.#adoption.change,
    })
    this.#departures = new Departures({ ...options, legs, signalling })
    this.#standing = new Standing({ legs, listening, node })
    this.#recordings = new Recordings({ ...options, legs })
    this.#adoption = new Adoption({
      legs,
      connections: this.#connections,
      unsignalled,
      tenants: options.tenants,
      servers,
      loses: (leg) => this.#arrivals.loses(leg),
      takesBack: (dialogs, isCaller) => signalling.takeBack(dialogs, isCaller),
      logger,
    })
    for (const tenant of options.tenants) legs.tenants.add(tenant)
  }

  // ── the port ─────────────────────────────────────────────────────────────────────────────────

  async command(commandId: string, tenant: string, command: LegCommand): Promise<void> {
    if (this.#done.wasDone(tenant, commandId)) return
    if (this.#legs.isClosed) throw new Problem('telephony.unavailable', { reason: 'closed' })
    this.#legs.tenants.add(tenant)
    await this.#adoption.settled()
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
    if (!this.#adoption.isSettled)
      throw new Problem('telephony.unavailable', { reason: 'media servers are not heard of yet' })
    return Array.from(this.#legs, liveLeg)
  }

  async close(): Promise<void> {
    this.#legs.isClosed = true
    this.#pump.abort()
    for (const leg of this.#legs) this.#legs.finish(leg, { by: 'system', cause: 41, sip: 503, reason: 'node_lost' })
    this.#unsignalled.close()
    this.#signalling.release()
    this.#queue.close()
  }

  /**
   * Another process owns the calls, or will: they are no longer ours to end, or to speak of. Only what nobody can take over
   * is ended: callers who were not answered are turned away, and phones stop ringing.
   */
  release(): void {
    this.#legs.release((leg) => {
      this.#arrivals.refuse(leg, [503, 'Service Unavailable'])
      this.#listening.forget(leg)
      this.#unsignalled.forget(leg)
      this.#signalling.forget(leg)
    })
    this.#departures.release()
    this.#signalling.release()
  }

  /** Reports of others (registrations, gateways) come in the same stream. */
  relay(reports: (signal: AbortSignal) => AsyncIterable<TelephonyReport>): void {
    void (async () => {
      for await (const report of reports(this.#pump.signal)) {
        this.#legs.tenants.add(report.tenant)
        this.#queue.push(report)
      }
    })().catch((error: unknown) => this.#legs.failed('the reports of registrations', error))
  }

  async #carryOut(tenant: string, command: LegCommand): Promise<void> {
    const legs = this.#legs
    switch (command.do) {
      case 'answer':
        return this.#arrivals.answer(legs.get(command.legId))
      case 'dial':
        return this.#dial(tenant, command.target)
      case 'bridge':
      case 'resume':
        return this.#connections.bridge(
          await this.#talking(command.legId, command.do),
          await this.#talking(command.to, command.do),
        )
      case 'hold':
        return this.#connections.hold(await this.#talking(command.legId, 'hold'), command.music)
      case 'play':
        return this.#listening.play(
          this.#connections.listens(await this.#talking(command.legId, 'play')),
          command.media,
          command.repeat,
        )
      case 'collect':
        return this.#listening.collect(
          this.#connections.listens(await this.#talking(command.legId, 'collect')),
          command.maxDigits,
          command.waitMs,
        )
      case 'keep':
        return this.#standing.keep(await this.#talking(command.legId, 'keep'), command.owner)
      case 'tone':
        return this.#connections.press(await this.#talking(command.legId, 'tone'), command.digits)
      case 'record':
        return this.#recordings.order(
          await this.#talking(command.legId, 'record'),
          command.recordingId,
          command.on ? 'start' : 'stop',
        )
      case 'mask':
        return this.#recordings.order(
          await this.#talking(command.legId, 'mask'),
          command.recordingId,
          command.on ? 'mask' : 'unmask',
        )
      case 'deliver_recording':
        return void this.#recordings.deliver(tenant, command)
      case 'conference':
        return this.#connections.confer(
          command.conferenceId,
          await Promise.all(command.legIds.map((legId) => this.#talking(legId, 'conference'))),
        )
      case 'supervise': {
        const leg = await this.#talking(command.legId, 'supervise')
        const { customerLegId, agentLegId, mode } = command
        return this.#connections.supervise(leg, { customer: customerLegId, agent: agentLegId, mode })
      }
      case 'refer': {
        const leg = await this.#talking(command.legId, 'refer')
        return this.#signalling.refer(leg, this.#departures.waysTo(leg.tenant, command.to, null)[0]?.uri)
      }
      case 'answer_refer':
        return this.#signalling.answerRefer(command.legId, command.status ?? (command.accepted ? 200 : 603))
      case 'hang_up':
        if (!legs.find(command.legId)) this.#signalling.endByName(command.legId)
        return legs.finish(legs.get(command.legId), command.end)
    }
  }

  /**
   * A leg that can be told something: a phone's answer is known here a moment before the media server has parked it.
   * @throws Problem `telephony.no_leg`, `telephony.not_answered`
   */
  async #talking(legId: string, what: string): Promise<Leg> {
    const leg = this.#legs.talking(legId, what)
    await leg.ready
    return this.#legs.get(legId)
  }

  async #dial(tenant: string, target: DialTarget): Promise<void> {
    const { to } = target
    if (to.kind === 'standing') return this.#standing.putThrough(tenant, target, to.legId)
    if (to.kind === 'leg') return this.#standing.takeOver(tenant, target, to.legId)
    this.#departures.dial(tenant, { ...target, to })
  }

  // ── what servers say ─────────────────────────────────────────────────────────────────────────

  /** A media server is there (again), with these channels. */
  serverUp(server: MediaServer, channels: ReadonlySet<string>): Promise<void> {
    return this.#adoption.up(server, channels)
  }

  /** A media server was out of reach for too long. */
  serverLost(server: MediaServer): void {
    this.#adoption.lost(server)
  }

  /** A connection to a SIP server is there, or lost with all its dialogs. */
  sipServer(name: string, srf: Srf | null): void {
    this.#signalling.server(name, srf)
  }

  /** Is this an INVITE that FreeSWITCH sends for a leg we dial? */
  isOurs(request: SipRequest): boolean {
    return this.#departures.isOurs(request)
  }

  /** Takes an INVITE that has passed the guard. */
  async invited({ request, response, srf, from }: Invite): Promise<void> {
    if (from.kind === 'media') return this.#departures.passOn(request, response, srf)
    this.#arrivals.take({ request, response, srf, from })
  }

  /** An event of a media server. */
  heard(event: SocketEvent): void {
    const name = event['Event-Name']
    if (name === 'CHANNEL_BRIDGE' || name === 'CHANNEL_PARK') return this.#connections.heard(event)
    if (name === 'RECORD_STOP') return this.#recordings.stopped(event)
    const base = this.#legs.at(event['Unique-ID'])
    if (!base) return
    const leg = base.carries ?? base
    switch (name) {
      case 'DTMF':
        // Else we pressed it ourselves.
        if (event['DTMF-Source'] !== 'APP') this.#pressed(leg, event['DTMF-Digit'] ?? '')
        return
      case 'CHANNEL_EXECUTE_COMPLETE':
        return this.#listening.played(leg, event['Application-UUID'])
      case 'CHANNEL_HANGUP_COMPLETE':
        this.#legs.finish(base, endOfChannel(event['Hangup-Cause'], base.state))
    }
  }

  #pressed(leg: Leg, digit: string): void {
    this.#listening.key(leg, digit)
    this.#connections.pressed(leg)
  }

  /** A leg's end was reported: what is left of it on both servers is taken away, each with a time limit. */
  #ended(leg: Leg, ending: LegEnd): void {
    const legs = this.#legs
    this.#listening.forget(leg)
    this.#unsignalled.forget(leg)
    this.#connections.ended(leg)
    // Taken from its phone by the switchboard: that is the transfer that it asked for.
    if (ending.reason === 'completed' && ending.by !== 'customer') leg.refer?.taken()
    else leg.refer?.settle(ending.by === 'customer' ? 487 : 603)
    if (leg.on) return void this.#standing.setDown(leg.on)
    this.#departures.ended(leg)
    // Hanging up a phone that is kept connected leaves the current call.
    if (leg.carries)
      legs.finish(
        leg.carries,
        ending.by === 'network' ? ending : { by: 'agent', cause: 16, sip: null, reason: 'hung_up' },
      )
    this.#arrivals.refuse(leg, statusOf(ending))
    void this.#endChannel(leg, ending)
  }

  /** A BYE ends a channel; a command does where there is nobody to say BYE to, or it is not answered. */
  async #endChannel(leg: Leg, ending: LegEnd): Promise<void> {
    const { channel, server } = leg
    const isTold = leg.inner?.connected ?? false
    const told = this.#signalling.ended(leg, ending)
    // When we are about to stop, nobody waits for an answer.
    if (isTold && !this.#legs.isClosed && (await told)) return
    if (channel === '' || !server.isUp) return
    await server.socket.api(`uuid_kill ${channel} ${causeName(ending)}`).catch((error: unknown) => {
      if (!isProblem(error, 'telephony.no_leg')) this.#legs.failed('ending a channel', error)
    })
  }
}
