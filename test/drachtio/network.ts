/**
 * Both servers as our telephony sees them, without either: a media server that remembers what it is told, and a SIP server
 * whose phones do as the test says. Time is the test's own. What the real ones do: `test/live/telephony`.
 */
import { EventEmitter } from 'node:events'
import type { VirtualClock } from '@ledgerline/adapters/clock/virtual.ts'
import type { SocketEvent } from '@ledgerline/adapters/telephony/drachtio/event-socket.ts'
import type { MediaServer } from '@ledgerline/adapters/telephony/drachtio/media-server.ts'
import { DrachtioTelephony } from '@ledgerline/adapters/telephony/drachtio/telephony.ts'
import type { Invite } from '@ledgerline/adapters/telephony/sip/server.ts'
import type { SipRequest, SipResponse, Srf } from '@ledgerline/adapters/telephony/sip/srf.ts'
import { seededDice, uuid7 } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { DialTarget, LegCommand, TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import { until } from '../support/gate.ts'

export const TENANT = 'bank'

/** A dialog, with whatever is said in it. */
export class PretendDialog extends EventEmitter {
  static #made = 0
  readonly id = `dialog-${++PretendDialog.#made}`
  readonly sip = { callId: `channel-${PretendDialog.#made}`, localTag: 'us', remoteTag: 'them' }
  readonly type: 'uac' | 'uas' = 'uac'
  readonly req = { get: (name: string) => (name === 'from' ? '<sip:us@sip>;tag=us' : undefined) }
  readonly res = {
    source_address: '10.0.0.5',
    source_port: 5062,
    protocol: 'udp',
    get: (name: string) =>
      ({ to: '<sip:8201@sip>;tag=them', contact: `<sip:8201@${PretendDialog.#made}.phone>` })[name],
  }
  readonly local = { sdp: 'ours', contact: '<sip:us>' }
  readonly remote = { sdp: 'theirs' }
  readonly said: { method: string; headers?: Record<string, string>; body?: string }[] = []
  connected = true
  /** What the far end says when it is asked for another session, or whether it is there; null: nothing. */
  answers: { status: number; body?: string } | null = { status: 200, body: 'changed' }
  readonly socket = null
  readonly agent = {
    request: (
      options: PretendDialog['said'][number],
      sent: (
        error: null,
        request: { on(event: string, heard: (answer: object, ack: () => void) => void): void },
      ) => void,
    ) => {
      this.said.push(options)
      sent(null, {
        on: (_, heard) => {
          heard({ status: 100 }, () => {})
          if (this.answers) heard(this.answers, () => {})
        },
      })
    },
  }

  destroy(): Promise<void> {
    this.connected = false
    return Promise.resolve()
  }

  request(options: PretendDialog['said'][number]): Promise<{ status: number }> {
    this.said.push(options)
    return this.answers ? Promise.resolve(this.answers) : new Promise(() => {})
  }

  /** The other side hangs up. */
  hangUp(): void {
    this.connected = false
    this.emit('destroy')
  }
}

/** A request from the network, and what it was answered. */
export class PretendRequest extends EventEmitter {
  readonly answered: { status: number; headers?: Record<string, string>; body?: string }[] = []
  readonly request: SipRequest
  readonly response: SipResponse

  constructor(method: string, uri: string, fields: Record<string, string> = {}) {
    super()
    this.request = Object.assign(this as unknown as SipRequest, {
      method,
      uri,
      body: 'sdp',
      get: (name: string) => fields[name.toLowerCase()],
    })
    const { answered } = this
    this.response = {
      get finalResponseSent() {
        return answered.some(({ status }) => status >= 200)
      },
      send: (status: number, _: string, options = {}) => void answered.push({ status, ...options }),
    } as unknown as SipResponse
  }
}

/** What a phone was asked, and how to let it answer. */
interface Ringing {
  uri: string
  /** Of the INVITE, and where it really went. */
  headers: Record<string, string>
  proxy: string | undefined
  cancelled: boolean
  rings(): void
  /** What its answer says to the media server. */
  says(answer: object): Record<string, string>
  answers(sdp?: string): { uas: PretendDialog; uac: PretendDialog }
  refuses(status: number, reason?: string, fields?: Record<string, string>): void
}

/** A connection to a SIP server. */
export class PretendSip {
  readonly ringing: Ringing[] = []
  readonly dialogs: PretendDialog[] = []
  /** Requests in dialogs that are known by their id alone, or not at all. */
  readonly byId: {
    method: string
    stackDialogId?: string
    stackTxnId?: string
    body?: string
    headers?: Record<string, string>
  }[] = []
  /** A media server does not take a caller. */
  refusesMedia: ((uri: string) => boolean) | null = null
  readonly srf = {
    createUAC: (uri: string) => {
      if (this.refusesMedia?.(uri)) return Promise.reject(Object.assign(new Error('refused'), { status: 503 }))
      return Promise.resolve(this.#dialog())
    },
    createUAS: () => Promise.resolve(this.#dialog()),
    createB2BUA: (
      _request: unknown,
      _response: unknown,
      uri: string,
      options: {
        headers?: Record<string, string>
        proxy?: string
        responseHeaders?(answer: object): Record<string, string>
      },
      progress: {
        cbRequest?(error: null, sent: { cancel(): void; get(name: string): string | undefined }): void
        cbProvisional?(answer: object): void
      },
    ) =>
      new Promise((resolve, reject) => {
        const fields: Record<string, string> = { from: '<sip:us@sip>;tag=us', 'call-id': 'call', cseq: '7 INVITE' }
        const ringing: Ringing = {
          uri,
          headers: options.headers ?? {},
          proxy: options.proxy,
          cancelled: false,
          rings: () => progress.cbProvisional?.({ status: 180 }),
          says: (answer) => options.responseHeaders?.(answer) ?? {},
          answers: (sdp = 'theirs') => {
            const both = { uas: this.#dialog(), uac: this.#dialog() }
            both.uac.remote.sdp = sdp
            both.uac.local.sdp = sdp
            resolve(both)
            return both
          },
          refuses: (status, reason = '', fields = {}) => {
            const res = {
              status,
              reason,
              source_address: '10.0.0.9',
              source_port: 5070,
              get: (name: string) => fields[name],
            }
            reject(Object.assign(new Error(reason), { status, reason, res }))
          },
        }
        progress.cbRequest?.(null, {
          cancel: () => void (ringing.cancelled = true),
          get: (name) => fields[name],
        })
        this.ringing.push(ringing)
      }),
    request: (
      options: PretendSip['byId'][number],
      sent: (error: null, request: { on(event: string, heard: (answer: object) => void): void }) => void,
    ) => {
      this.byId.push(options)
      sent(null, { on: (_, heard) => heard({ status: 200 }) })
    },
  } as unknown as Srf

  #dialog(): PretendDialog {
    const dialog = new PretendDialog()
    this.dialogs.push(dialog)
    return dialog
  }
}

/** A FreeSWITCH. */
export class PretendMedia {
  readonly sip: string
  readonly commands: string[] = []
  readonly channels = new Set<string>()
  /** What `uuid_dump` says of a channel. */
  readonly dumps = new Map<string, SocketEvent>()
  /** How many packets came from a channel. */
  readonly packets = new Map<string, number>()
  readonly #jobs = new Map<string, (result: string) => void>()
  readonly #bridges = new Map<string, string>()
  readonly name: string
  isUp = true
  draining = false
  legs = 0
  /** Told of what it is asked, before it answers. */
  hear: (event: SocketEvent) => void = () => {}

  constructor(name: string) {
    this.name = name
    this.sip = `${name}:5080`
  }

  get asServer(): MediaServer {
    return this as unknown as MediaServer
  }

  admit(): void {}

  readonly socket = {
    api: (line: string): Promise<string> => {
      this.commands.push(line)
      const [command, channel = '', second = ''] = line.split(' ')
      const bridgedTo = this.#bridges.get(channel)
      if (command === 'uuid_exists') return Promise.resolve(String(this.channels.has(channel)))
      if (command === 'uuid_getvar')
        return Promise.resolve(
          second === 'bridge_to' ? (bridgedTo ?? '_undef_') : String(this.packets.get(channel) ?? 0),
        )
      if (command === 'uuid_dump') {
        const dump = this.dumps.get(channel)
        return dump ? Promise.resolve(JSON.stringify(dump)) : Promise.reject(new Problem('telephony.no_leg'))
      }
      if (command === 'uuid_kill') this.channels.delete(channel)
      if (command === 'uuid_bridge') {
        this.#bridges.set(channel, second).set(second, channel)
        setImmediate(() =>
          this.hear({
            'Event-Name': 'CHANNEL_BRIDGE',
            'Unique-ID': channel,
            'Bridge-A-Unique-ID': channel,
            'Bridge-B-Unique-ID': second,
          }),
        )
      }
      // Both sides of a bridge are parked.
      if (command === 'uuid_park')
        for (const each of [channel, ...(bridgedTo === undefined ? [] : [bridgedTo])]) {
          this.#bridges.delete(each)
          setImmediate(() => this.hear({ 'Event-Name': 'CHANNEL_PARK', 'Unique-ID': each }))
        }
      return Promise.resolve('+OK')
    },
    execute: (channel: string, application: string, argument = ''): Promise<string> => {
      this.commands.push(`${application} ${channel} ${argument}`)
      return Promise.resolve(`application-${this.commands.length}`)
    },
    hurried: <T>(told: Promise<T>): Promise<T> => told,
    job: (line: string): Promise<string> => {
      this.commands.push(line)
      const channel = /origination_uuid=([\w-]+)/.exec(line)![1]!
      this.channels.add(channel)
      return new Promise((resolve) => this.#jobs.set(channel, resolve))
    },
  }

  /** A call that it makes is over, one way or the other. */
  made(channel: string, result: string): void {
    this.#jobs.get(channel)?.(result)
  }
}

export interface House {
  telephony: DrachtioTelephony
  sip: PretendSip
  media: PretendMedia
  spare: PretendMedia
  seen: TelephonyReport[]
  warned: string[]
  clock: VirtualClock
  send(command: LegCommand): Promise<void>
  /** A caller, on one of the media servers. */
  caller(from?: Invite['from']): Promise<{ legId: string; callId: string; invite: PretendRequest }>
  /** A phone of ours that called, and was answered. */
  answeredPhone(extension: string): Promise<{ legId: string; callId: string; phone: PretendDialog }>
  /** A caller who was answered; `phone`: their dialog. */
  answered(): Promise<{ legId: string; callId: string; phone: PretendDialog }>
  /** Dials a phone, which is asked; `channel`: the media server's. */
  dial(legId: string, callId: string, more?: Partial<DialTarget>): Promise<{ channel: string; ringing: Ringing }>
  /** Dials a phone, which answers. */
  reach(legId: string, callId: string, more?: Partial<DialTarget>): Promise<{ channel: string; phone: PretendDialog }>
  ended(legId: string): string | undefined
  of<W extends TelephonyReport['what']>(what: W): Extract<TelephonyReport, { what: W }>[]
  close(): Promise<void>
}

/**
 * With a SIP server and two media servers, of which the second takes no calls at first.
 * @param isHeard both have said what they hold, which is nothing
 */
export async function house(clock: VirtualClock, isHeard = true): Promise<House> {
  const sip = new PretendSip()
  const [media, spare] = [new PretendMedia('fs1'), new PretendMedia('fs2')]
  spare.draining = true
  const [seen, warned]: [TelephonyReport[], string[]] = [[], []]
  const note = (details: object, message: string): void => void warned.push(`${message} ${JSON.stringify(details)}`)
  const telephony = new DrachtioTelephony({
    clock,
    newId: uuid7(seededDice(1)),
    node: 'node1',
    tenants: [TENANT],
    servers: () => [media.asServer, spare.asServer],
    sipAddress: () => 'sip:5060',
    phonesOf: (_, extension) => [{ uri: `sip:${extension}@phone` }],
    trunksTo: (_, number) => [{ uri: `sip:${number}@trunk`, auth: { username: 'us', password: 'secret' } }],
    sourceOf: (_, name) => name,
    recordingPath: (id) => id,
    phoneLeft: async () => {},
    logger: { warn: note, error: note },
  })
  for (const each of [media, spare]) each.hear = (event) => telephony.heard(event)
  telephony.sipServer('drachtio:9022', sip.srf)
  const over = new AbortController()
  const reading = (async () => {
    for await (const report of telephony.reports(over.signal)) seen.push(report)
  })()
  let commands = 0
  const send = (command: LegCommand): Promise<void> => telephony.command(`command-${commands++}`, TENANT, command)
  const of: House['of'] = (what) =>
    seen.filter((report): report is Extract<TelephonyReport, { what: typeof what }> => report.what === what)
  const made: House = {
    telephony,
    sip,
    media,
    spare,
    seen,
    warned,
    clock,
    send,
    of,
    async caller(from: Invite['from'] = { kind: 'gateway', tenant: TENANT, gateway: 'gw1' }) {
      const before = of('incoming').length
      const invite = new PretendRequest('INVITE', 'sip:95500@us', { from: '<sip:13800001111@trunk>' })
      void telephony.invited({ request: invite.request, response: invite.response, srf: sip.srf, from })
      await until('the caller', () => of('incoming').length > before && sip.dialogs.length > 0)
      const { legId, callId } = of('incoming')[before]!
      return { legId, callId, invite }
    },
    async answeredPhone(extension) {
      const { legId, callId } = await made.caller({ kind: 'phone', tenant: TENANT, extension })
      await send({ do: 'answer', legId })
      return { legId, callId, phone: sip.dialogs.at(-1)! }
    },
    async answered() {
      const { legId, callId } = await made.caller()
      await send({ do: 'answer', legId })
      return { legId, callId, phone: sip.dialogs.at(-1)! }
    },
    async dial(legId, callId, more = {}) {
      const asked = sip.ringing.length
      const to = { kind: 'extension' as const, extension: '8201' }
      const target: DialTarget = { legId, callId, purpose: 'agent', to, callerId: null, ringMs: 20_000, ...more }
      await send({ do: 'dial', target })
      const channel = /origination_uuid=([\w-]+)/.exec(
        [...media.commands, ...spare.commands].findLast((line) => line.includes('originate'))!,
      )![1]!
      const ours = new PretendRequest('INVITE', `sip:${channel}@us`)
      void telephony.invited({ request: ours.request, response: ours.response, srf: sip.srf, from: { kind: 'media' } })
      await until('the phone to be asked', () => sip.ringing.length > asked)
      return { channel, ringing: sip.ringing.at(-1)! }
    },
    async reach(legId, callId, more) {
      const { channel, ringing } = await made.dial(legId, callId, more)
      const { uac } = ringing.answers()
      media.made(channel, '+OK')
      spare.made(channel, '+OK')
      await until('the answer', () => of('answered').some((report) => report.legId === legId))
      return { channel, phone: uac }
    },
    ended: (legId) => of('ended').find((report) => report.legId === legId)?.end.reason,
    async close() {
      await telephony.close()
      over.abort()
      await reading
    },
  }
  for (const each of isHeard ? [media, spare] : []) await telephony.serverUp(each.asServer, new Set())
  return made
}
