/**
 * Our telephony on real servers as the switchboard sees it, with telephones that send a tone and say which tones they
 * hear. The tests give the switchboard's commands; what they wait for is a report, or who hears whom.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import { RecordingSpool } from '@ledgerline/adapters/recordings/spool.ts'
import { MediaServer } from '@ledgerline/adapters/telephony/drachtio/media-server.ts'
import { DrachtioTelephony } from '@ledgerline/adapters/telephony/drachtio/telephony.ts'
import type { Bindings } from '@ledgerline/adapters/telephony/sip/bindings.ts'
import { ReportQueue } from '@ledgerline/adapters/telephony/reports.ts'
import { Names } from '@ledgerline/adapters/telephony/sip/names.ts'
import { SipServer } from '@ledgerline/adapters/telephony/sip/server.ts'
import { trunkDestinations } from '@ledgerline/adapters/telephony/sip/trunk-address.ts'
import { TrunkLines } from '@ledgerline/adapters/telephony/sip/trunk-lines.ts'
import { uuid7 } from '@ledgerline/core/kernel/clock.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { gatewaySettings, type GatewaySettings } from '@ledgerline/core/network/settings.ts'
import type { DialTarget, LegCommand, LegEnd, TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import type { Drachtio } from '../../drachtio/house.ts'
import { until } from '../../support/gate.ts'
import { keptInMemory } from '../../support/kept-in-memory.ts'
import { TonePhone, type TonePhoneOptions } from '../../support/tone-phone.ts'
import type { OwnFreeSwitch } from './freeswitch.ts'

const TENANT = 'bank'
/** Calls from here are the trunk's. */
export const TRUNK = '127.0.0.50'
/** Hz: the voices, and what the media server plays. */
export const tones = {
  customer: 400,
  agent: 700,
  third: 550,
  supervisor: 1000,
  music: 480,
  prompt: 1209,
  waiting: 620,
  beep: 880,
  another: 1150,
} as const
export type Tone = (typeof tones)[keyof typeof tones]
const all = Object.values(tones)

const media: Readonly<Record<string, string>> = {
  hold_music: `tone_stream://%(2000,0,${tones.music});loops=-1`,
  waiting: `tone_stream://%(2000,0,${tones.waiting})`,
  welcome: `tone_stream://%(1500,0,${tones.prompt})`,
}

export const COMPLETED: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }

export interface HouseOptions {
  node?: string
  /** Registrations survive it. */
  store?: Bindings
  password?: string
  graceMs?: number
  /** How often dialogs are asked whether they are there. */
  probe?: { everyMs: number; answerMs: number }
  /** More media servers than the first. */
  others?: readonly OwnFreeSwitch[]
  /** False: somebody else reads the reports. */
  reads?: boolean
  /** The gateway takes calls at this port of {@link TRUNK}, and is asked whether it is there. */
  trunkPort?: number
  /** Recordings are taken into a store, and confirmed. */
  keepsRecordings?: boolean
}

/** A phone that is gone answers no BYE: its dialog is given up after timer F (RFC 3261, 17.1.2.2), ms. */
const UNANSWERED_MS = 45_000

export class CallHouse {
  readonly telephony: DrachtioTelephony
  readonly sip: SipServer
  readonly media: MediaServer
  readonly #servers: readonly MediaServer[]
  readonly seen: TelephonyReport[] = []
  readonly troubles: Problem[] = []
  /** What failed that nobody waited for. */
  readonly warnings: string[] = []
  readonly recorded: string[] = []
  readonly #drachtio: Drachtio
  readonly #freeswitches: readonly OwnFreeSwitch[]
  readonly #phones: TonePhone[] = []
  readonly #trunks: TrunkLines | null
  readonly #over = new AbortController()
  readonly #reading: Promise<void>
  #commands = 0

  private constructor(drachtio: Drachtio, freeswitch: OwnFreeSwitch, sip: SipServer, options: HouseOptions) {
    this.#drachtio = drachtio
    this.#freeswitches = [freeswitch, ...(options.others ?? [])]
    this.sip = sip
    const logger = {
      warn: (details: object, message: string) => void this.warnings.push(`${message} ${JSON.stringify(details)}`),
      error: (details: object, message: string) => void this.warnings.push(`${message} ${JSON.stringify(details)}`),
    }
    const names = new Names(() => {})
    const trunk = options.trunkPort === undefined ? null : trunkAt(options.trunkPort)
    const spool = options.keepsRecordings ? spoolIn(freeswitch.directory) : null
    const telephony = new DrachtioTelephony({
      clock: realClock,
      newId: uuid7(Math.random),
      node: options.node ?? 'node1',
      tenants: [TENANT],
      servers: () => this.#servers,
      sipAddress: () => sip.sipAddress,
      phonesOf: (tenant, extension) =>
        sip.bindings
          .contactsOf({ tenant, extension })
          .map(({ uri, route, server, srtp }) => ({ uri, srtp, ...(route && { proxy: route }), server })),
      trunksTo: (_, number, _gateway, callerId) => (trunk ? trunkDestinations(trunk, number, callerId, names) : []),
      sourceOf: (_, name) => media[name] ?? `tone_stream://%(1500,0,${tones.prompt})`,
      recordingPath: (tenant, id) => spool?.pathOf(tenant, id) ?? join(freeswitch.directory, `${id}.wav`),
      ...(spool && { keepRecording: (tenant, id) => spool.keep(tenant, id) }),
      phoneLeft: async ({ tenant, extension }, from) => sip.phoneLeft({ tenant, extension: extension ?? '' }, from),
      onRecorded: (id) => this.recorded.push(id),
      logger,
      ...(options.probe && { probe: options.probe }),
    })
    this.telephony = telephony
    sip.onInvite((invite) => telephony.invited(invite))
    telephony.relay((signal) => sip.reports(signal))
    const ofTrunks = new ReportQueue()
    telephony.relay((signal) => ofTrunks.read(signal))
    const gateways = trunk ? [trunk] : []
    this.#trunks =
      trunk &&
      new TrunkLines({
        tenant: TENANT,
        gateways: () => gateways,
        srf: () => sip.srf(),
        names,
        known: () => null,
        report: (report) => ofTrunks.push(report),
        clock: realClock,
        dice: Math.random,
        random: randomBytes,
        lookMs: 50,
        pingMs: 500,
        spreadMs: 0,
      })
    this.#servers = this.#freeswitches.map(
      ({ address }) =>
        new MediaServer({
          address: { ...address, ...(options.password !== undefined && { password: options.password }) },
          clock: realClock,
          dice: Math.random,
          ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
          heard: (event) => telephony.heard(event),
          up: (server, channels) => telephony.serverUp(server, channels),
          lost: (server) => telephony.serverLost(server),
          onTrouble: (problem) => this.troubles.push(problem),
        }),
    )
    this.media = this.#servers[0]!
    this.#reading = (async () => {
      if (options.reads === false) return
      for await (const report of telephony.reports(this.#over.signal)) this.seen.push(report)
    })()
  }

  /** Opens it, and does not wait for the servers. */
  static async open(drachtio: Drachtio, freeswitch: OwnFreeSwitch, options: HouseOptions = {}): Promise<CallHouse> {
    // Its telephony does not exist yet when the server begins.
    const late: { house?: CallHouse } = {}
    const gateways = [{ tenant: TENANT, gateway: 'gw1', addresses: [TRUNK] }]
    const sip = await SipServer.open({
      servers: [{ host: '127.0.0.1', port: drachtio.control, secret: drachtio.secret }],
      realm: 'ledgerline',
      nonceKey: randomBytes(32),
      account: (user) => ({ tenant: TENANT, extension: user, secret: `secret of ${user}` }),
      gateways: () => gateways,
      store: options.store ?? keptInMemory(),
      clock: realClock,
      dice: Math.random,
      logger: {
        warn() {},
        error: (details, message) => late.house?.warnings.push(`${message} ${JSON.stringify(details)}`),
      },
      isOurs: (request) => late.house?.telephony.isOurs(request) ?? false,
      onTrouble: (problem) => late.house?.troubles.push(problem),
      onServer: (name, srf) => late.house?.telephony.sipServer(name, srf),
      line: { pauses: { firstMs: 50, longestMs: 200 } },
    })
    const house = new CallHouse(drachtio, freeswitch, sip, options)
    late.house = house
    return house
  }

  /** Opens it; resolves when both servers are connected. */
  static async ready(drachtio: Drachtio, freeswitch: OwnFreeSwitch, options: HouseOptions = {}): Promise<CallHouse> {
    const house = await CallHouse.open(drachtio, freeswitch, options)
    await house.connected()
    return house
  }

  async connected(): Promise<void> {
    await until(
      'both servers',
      () => this.#servers.every(({ isUp }) => isUp) && this.sip.sipAddress !== null && this.sip.srf() !== null,
    )
    await until('what the media server holds', () =>
      this.telephony.legs().then(
        () => true,
        () => false,
      ),
    )
  }

  // ── telephones ───────────────────────────────────────────────────────────────────────────────

  /** A registered phone. */
  async phone(extension: string, tone: Tone | 0, options: TonePhoneOptions = {}): Promise<TonePhone> {
    const phone = new TonePhone(extension, { tone, secret: `secret of ${extension}`, ...options })
    this.#phones.push(phone)
    await phone.start()
    assert.is(await phone.register(options.tls ?? this.#drachtio.sip), 200)
    return phone
  }

  /** Somebody outside, who comes in by the trunk. */
  async outside(number = '13800001111', tone: Tone | 0 = tones.customer): Promise<TonePhone> {
    const phone = await new TonePhone(number, { tone, host: TRUNK }).start()
    this.#phones.push(phone)
    return phone
  }

  /** Somebody outside calls; resolves when the switchboard knows. */
  async incoming(caller: TonePhone, to = '95500'): Promise<{ legId: string; callId: string; status: Promise<number> }> {
    const before = this.of('incoming').length
    const status = caller.call(to, this.#drachtio.sip)
    await until('the call', () => this.of('incoming').length > before)
    const { legId, callId } = this.of('incoming')[before]!
    return { legId, callId, status }
  }

  // ── commands and reports ─────────────────────────────────────────────────────────────────────

  send(command: LegCommand): Promise<void> {
    return this.telephony.command(`command-${this.#commands++}`, TENANT, command)
  }

  of<W extends TelephonyReport['what']>(what: W, legId?: string): Extract<TelephonyReport, { what: W }>[] {
    return this.seen.filter(
      (report): report is Extract<TelephonyReport, { what: W }> =>
        report.what === what && (legId === undefined || ('legId' in report && report.legId === legId)),
    )
  }

  /** The first such report of a leg, as soon as it is there. */
  async report<W extends TelephonyReport['what']>(
    what: W,
    legId: string,
  ): Promise<Extract<TelephonyReport, { what: W }>> {
    await this.until(`${what} of ${legId}`, () => this.of(what, legId).length > 0)
    return this.of(what, legId)[0]!
  }

  async ends(legId: string): Promise<LegEnd> {
    return (await this.report('ended', legId)).end
  }

  /** Dials a phone for a call, and does not wait for it. */
  dial(legId: string, callId: string, extension: string, more: Partial<DialTarget> = {}): Promise<void> {
    return this.send({
      do: 'dial',
      target: {
        legId,
        callId,
        purpose: 'agent',
        to: { kind: 'extension', extension },
        callerId: '13800001111',
        ringMs: 20_000,
        ...more,
      },
    })
  }

  /** Dials a phone, which answers. */
  async reach(
    legId: string,
    callId: string,
    extension: string,
    purpose: DialTarget['purpose'] = 'agent',
  ): Promise<void> {
    await this.dial(legId, callId, extension, { purpose })
    await this.report('answered', legId)
  }

  /** A customer talks with an agent at 8201; both hear each other. */
  async talk(): Promise<Talk> {
    const customer = await this.outside()
    const agent = await this.phone('8201', tones.agent)
    const { legId, callId, status } = await this.incoming(customer)
    await this.send({ do: 'answer', legId })
    assert.is(await status, 200)
    await this.reach('A', callId, '8201')
    await this.send({ do: 'bridge', legId: 'A', to: legId })
    await hear([customer, tones.agent], [agent, tones.customer])
    return { customer, agent, legId, callId }
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────

  /** How many dialogs the library knows, over the present connection. */
  get dialogs(): number {
    const srf = this.sip.srf() as unknown as { _dialogs: Map<string, unknown> } | null
    return srf?._dialogs.size ?? 0
  }

  /** How many channels each media server has. */
  channels(): Promise<number[]> {
    return Promise.all(this.#freeswitches.map((freeswitch) => freeswitch.channels()))
  }

  /** Nothing is left of any call: no leg, no dialog, no channel. */
  async leaves(): Promise<void> {
    const left = async (): Promise<number[]> => [
      (await this.telephony.legs()).length,
      this.media.legs,
      this.dialogs,
      ...(await this.channels()),
    ]
    let last: number[] = []
    await this.until(
      'nothing to be left',
      async () => (last = await left()).every((count) => count === 0),
      UNANSWERED_MS,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; legs, legs counted, dialogs, channels of each: ${last.join(', ')}`)
    })
  }

  /** Ends calls as a switchboard would that is going away, and lets go of the phones. */
  async close(): Promise<void> {
    this.#over.abort()
    await this.#trunks?.close(false)
    await this.telephony.close()
    await this.#reading
    await Promise.all(this.#servers.map((server) => server.close()))
    await this.sip.close()
    for (const phone of this.#phones) phone.stop()
  }

  /** Dies without a word: no leg is ended, no dialog, no channel. */
  async vanish(): Promise<void> {
    this.#over.abort()
    // Both at once: what it says when it loses one of them nobody hears on the other.
    for (const socket of this.sip.srf()?.app.client.mapServer.keys() ?? []) socket.destroy()
    await Promise.all([...this.#servers.map((server) => server.close()), this.sip.close()])
    // Unlike that of a dead process, its time goes on: nothing of it may hold this one.
    this.telephony.release()
  }

  /** Waits for a state; if it does not come, says what happened instead. */
  async until(what: string, is: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
    await until(what, is, ms).catch((error: Error) => {
      const heard = this.#phones.map(({ name, statuses }) => `${name} heard ${statuses.join(' ') || 'nothing'}`)
      throw new Error(`${error.message} (${[this.#story(), ...heard, ...this.warnings].join('; ')})`)
    })
  }

  #story(): string {
    return this.seen
      .map((report) => `${report.what}${'legId' in report ? ` ${report.legId.slice(-4)}` : ''}`)
      .join(', ')
  }
}

function trunkAt(port: number): GatewaySettings {
  const paces = { pingEveryMs: 200, pingMisses: 1, pingAnswers: 1 }
  return gatewaySettings.parse({ code: 'gw1', mode: 'nni', address: TRUNK, port, ...paces })
}

function spoolIn(directory: string): RecordingSpool {
  return new RecordingSpool({
    directory: join(directory, 'spool'),
    files: localFiles(join(directory, 'store')),
    clock: realClock,
    isRunning: () => false,
    confirm: async () => {},
    onTrouble: (problem) => {
      throw problem
    },
  })
}

export interface Talk {
  customer: TonePhone
  agent: TonePhone
  legId: string
  callId: string
}

/** Samples of half a second: what a phone looks back on. */
const WINDOW = 4_000

/**
 * Resolves when each phone has heard exactly these tones, and no other voice or sound, for as long as it looks back and
 * once more.
 */
export async function hear(...expected: readonly (readonly [TonePhone, ...Tone[]])[]): Promise<void> {
  let since: number[] | null = null
  const heard = () => expected.map(([phone]) => phone.hears(...all))
  const wanted = expected.map(([, ...tone]) => all.filter((each) => tone.includes(each)))
  await until(
    'the right sound',
    () => {
      if (heard().some((tone, index) => tone.join() !== wanted[index]!.join())) {
        since = null
        return false
      }
      since ??= expected.map(([phone]) => phone.samples)
      return expected.every(([phone], index) => phone.samples - since![index]! > WINDOW)
    },
    20_000,
  ).catch(() => {
    assert.equal(
      expected.map(([phone], index) => [phone.name, heard()[index]]),
      expected.map(([phone], index) => [phone.name, wanted[index]]),
    )
  })
}
