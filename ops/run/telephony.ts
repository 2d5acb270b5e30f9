/**
 * The real telephone network of a process: its connections to the drachtio and FreeSWITCH servers that the settings name,
 * and what it takes from the configuration in force. Connected only while this process owns the switchboard: drachtio
 * gives calls to whoever is connected, and a standby could not take them.
 */
import { lookup } from 'node:dns/promises'
import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { derive } from '@ledgerline/adapters/keys/sealing.ts'
import { SealedMessages } from '@ledgerline/adapters/nodes/sealed-messages.ts'
import { within } from '@ledgerline/adapters/postgres/line.ts'
import { keyOf } from '@ledgerline/adapters/recordings/files.ts'
import { RecordingKeeper } from '@ledgerline/adapters/recordings/keep.ts'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import { MediaServer } from '@ledgerline/adapters/telephony/drachtio/media-server.ts'
import { Prompts } from '@ledgerline/adapters/telephony/drachtio/prompts.ts'
import { DrachtioTelephony, type Destination } from '@ledgerline/adapters/telephony/drachtio/telephony.ts'
import type { Bindings } from '@ledgerline/adapters/telephony/sip/bindings.ts'
import type { KnownGateway } from '@ledgerline/adapters/telephony/sip/guard.ts'
import { SipServer } from '@ledgerline/adapters/telephony/sip/server.ts'
import type { Configuration } from '@ledgerline/core/configuration/configuration.ts'
import { uuid7 } from '@ledgerline/core/kernel/clock.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { GatewaySettings } from '@ledgerline/core/network/settings.ts'
import type { Telephony } from '@ledgerline/core/telephony/port.ts'
import type { TelephonySettings } from '../config.ts'
import type { Node } from './node.ts'

export interface TelephonySources {
  tenant: string
  settings: TelephonySettings
  /** The configuration in force. */
  configuration(): Configuration
  /** A server is missing, or refuses us; told once for each reason. */
  onTrouble(problem: Problem): void
}

export interface RealTelephony {
  telephony: Telephony
  /** Connects, or lets go. */
  own(owner: boolean): Promise<void>
}

const RESOLVE_MS = 3_000
/** How long the address of a gateway's name is believed, ms. */
const RESOLVED_MS = 60_000

export function openTelephony(node: Node, sources: TelephonySources): RealTelephony {
  const { tenant, settings, configuration, onTrouble } = sources
  const { options, installation, logger, closing } = node
  const clock = realClock
  const addresses = new GatewayAddresses(tenant)
  let sip: SipServer | null = null
  let store: Bindings | null = null
  let media: readonly MediaServer[] = []

  const prompts = new Prompts({
    directory: settings.prompts,
    language: basename(settings.prompts) === 'en' ? 'en' : 'zh',
    media: () => configuration().network.media,
    // Where FreeSWITCH runs on another machine, its files cannot be seen from here.
    has: existsSync(settings.prompts) ? (file) => existsSync(join(settings.prompts, file)) : null,
    onUnknown: onTrouble,
  })
  const keeper = new RecordingKeeper(localFiles(options.recordings.directory), clock)
  const extension = (number: string) => configuration().network.extensions.find((each) => each.number === number)
  const telephony = new DrachtioTelephony({
    clock,
    newId: uuid7(Math.random),
    node: hostname(),
    tenants: [tenant],
    servers: () => media,
    sipAddress: () => sip?.sipAddress ?? null,
    phonesOf: (of, number) =>
      sip?.bindings
        .contactsOf({ tenant: of, extension: number })
        .map(({ uri, route }): Destination => ({ uri, ...(route !== null && { proxy: route }) })) ?? [],
    trunksTo: (_, number, gateway, callerId) => {
      const { gateways } = configuration().network
      const named = gateway === null ? gateways.slice(0, 1) : gateways.filter(({ code }) => code === gateway)
      return named.map((each) => trunk(each, number, callerId))
    },
    sourceOf: (_, prompt) => prompts.sourceOf(prompt),
    recordingPath: (recordingId) => join(settings.spool, keyOf(tenant, recordingId)),
    keepRecording: (of, recordingId, path) => keeper.keep(of, recordingId, path),
    logger,
  })
  telephony.relay((signal) => registrations(signal))

  /** Reports of whichever SIP server connection there is; it changes with ownership. */
  async function* registrations(signal: AbortSignal) {
    while (!signal.aborted) {
      if (sip) yield* sip.reports(signal)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  const connect = async (): Promise<void> => {
    store =
      options.redis === null
        ? await (
            await import('@ledgerline/adapters/telephony/sip/bindings-postgres.ts')
          ).openPostgresBindings(installation.tables)
        : (await import('@ledgerline/adapters/telephony/sip/bindings-redis.ts')).openRedisBindings({
            url: options.redis,
            sealedMessages: new SealedMessages(options.masterKey, 'registrations'),
            database: new URL(installation.tables).pathname.slice(1),
          })
    media = settings.freeswitch.map(
      (address) =>
        new MediaServer({
          address,
          clock,
          dice: Math.random,
          heard: (event) => telephony.heard(event),
          up: (server, channels) => telephony.serverUp(server, channels),
          lost: (server) => telephony.serverLost(server),
          onTrouble,
        }),
    )
    sip = await SipServer.open({
      servers: settings.drachtio,
      realm: 'ledgerline',
      nonceKey: derive(options.masterKey, 'sip nonces'),
      account: (user) => {
        const found = extension(user)
        return found?.type === 'line' && found.secret !== null
          ? { tenant, extension: user, secret: found.secret }
          : null
      },
      gateways: () => addresses.of(configuration().network.gateways),
      isOurs: (request) => telephony.isOurs(request),
      store,
      clock,
      dice: Math.random,
      logger,
      onTrouble,
      onServer: (server, srf) => telephony.sipServer(server, srf),
      callsPerMinute: configuration().network.limits.callsAMinute || Number.MAX_SAFE_INTEGER,
    })
    sip.onInvite((invite) => telephony.invited(invite))
  }
  const letGo = async (): Promise<void> => {
    const [line, servers, kept] = [sip, media, store]
    // The next owner takes them over, and this process must not end them.
    telephony.release()
    sip = null
    media = []
    store = null
    await line?.close()
    await Promise.all(servers.map((server) => server.close()))
    await kept?.close()
  }
  // One after the other: a role may change back while the first change is under way.
  let turn = Promise.resolve()
  const own = (owner: boolean): Promise<void> => {
    turn = turn
      .then(() => (owner === (sip !== null) ? undefined : owner ? connect() : letGo()))
      .catch((error: unknown) => logger.error({ error: String(error) }, 'the telephone network could not be connected'))
    return turn
  }
  closing.defer(() => own(false))
  return { telephony, own }
}

/** An outside number by a gateway. */
function trunk(gateway: GatewaySettings, number: string, callerId: string | null): Destination {
  const { address, port, transport, user, secret, mode, homeUser, homeDomain, outboundProxy } = gateway
  const domain = homeDomain ?? address
  const from = mode === 'ims' && homeUser !== null ? homeUser : (callerId ?? 'anonymous')
  return {
    uri: `sip:${encodeURIComponent(number)}@${address}:${port};transport=${transport}`,
    headers: {
      From: `<sip:${encodeURIComponent(from)}@${domain}>`,
      ...(callerId !== null && { 'P-Asserted-Identity': `<sip:${encodeURIComponent(callerId)}@${domain}>` }),
    },
    ...(user !== null && secret !== null && { auth: { username: user, password: secret } }),
    ...(outboundProxy !== null && { proxy: `sip:${outboundProxy};transport=${transport}` }),
  }
}

/** The addresses from which gateways call us. Names are looked up, and again from time to time. */
class GatewayAddresses {
  readonly #tenant: string
  readonly #resolved = new Map<string, { at: number; addresses: readonly string[] }>()
  #of: readonly GatewaySettings[] | null = null
  #known: readonly KnownGateway[] = []

  constructor(tenant: string) {
    this.#tenant = tenant
  }

  of(gateways: readonly GatewaySettings[]): readonly KnownGateway[] {
    const names = gateways.map(({ address }) => address).filter((address) => isIP(address) === 0)
    for (const name of names)
      if ((this.#resolved.get(name)?.at ?? 0) < performance.now() - RESOLVED_MS) void this.#resolve(name)
    if (this.#of !== gateways) this.#list(gateways)
    return this.#known
  }

  #list(gateways: readonly GatewaySettings[]): void {
    this.#of = gateways
    this.#known = gateways.map(({ code, address, allowed }) => ({
      tenant: this.#tenant,
      gateway: code,
      addresses: [...(isIP(address) === 0 ? (this.#resolved.get(address)?.addresses ?? []) : [address]), ...allowed],
    }))
  }

  async #resolve(name: string): Promise<void> {
    const before = this.#resolved.get(name)?.addresses ?? []
    this.#resolved.set(name, { at: performance.now(), addresses: before })
    // A name that cannot be looked up just now keeps what it had.
    const found = await within(RESOLVE_MS, lookup(name, { all: true })).catch(() => null)
    if (!found) return
    this.#resolved.set(name, { at: performance.now(), addresses: found.map(({ address }) => address) })
    if (this.#of) this.#list(this.#of)
  }
}
