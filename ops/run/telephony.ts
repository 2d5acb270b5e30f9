/**
 * The real telephone network of a process: its connections to the drachtio and FreeSWITCH servers that the settings name,
 * and what it takes from the configuration in force. Connected only while this process owns the switchboard: drachtio
 * gives calls to any process that is connected, and a standby could not take them.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { derive } from '@ledgerline/adapters/keys/sealing.ts'
import { SealedMessages } from '@ledgerline/adapters/nodes/sealed-messages.ts'
import type { RecordingFiles } from '@ledgerline/adapters/recordings/files.ts'
import { RecordingSpool, type SpoolOptions } from '@ledgerline/adapters/recordings/spool.ts'
import { MediaServer } from '@ledgerline/adapters/telephony/drachtio/media-server.ts'
import { filesIn, Prompts } from '@ledgerline/adapters/telephony/drachtio/prompts.ts'
import type { Destination } from '@ledgerline/adapters/telephony/drachtio/departures.ts'
import { DrachtioTelephony } from '@ledgerline/adapters/telephony/drachtio/telephony.ts'
import type { Bindings } from '@ledgerline/adapters/telephony/sip/bindings.ts'
import { Names } from '@ledgerline/adapters/telephony/sip/names.ts'
import { ReportQueue } from '@ledgerline/adapters/telephony/reports.ts'
import { SipServer } from '@ledgerline/adapters/telephony/sip/server.ts'
import { TrunkCallers } from '@ledgerline/adapters/telephony/sip/trunk-callers.ts'
import { TrunkLines } from '@ledgerline/adapters/telephony/sip/trunk-lines.ts'
import { trunkDestinations } from '@ledgerline/adapters/telephony/sip/trunk-address.ts'
import type { Configuration } from '@ledgerline/core/configuration/configuration.ts'
import { uuid7 } from '@ledgerline/core/kernel/clock.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { GatewayState } from '@ledgerline/core/registration/reported.ts'
import type { Telephony } from '@ledgerline/core/telephony/port.ts'
import type { TelephonySettings } from '../config.ts'
import type { Node } from './node.ts'
import { webCredentials } from './web-phones.ts'

export interface TelephonySources {
  tenant: string
  settings: TelephonySettings
  /** The configuration in force. */
  configuration(): Configuration
  /** What the ledger says of a gateway. */
  gateway(code: string): GatewayState | null
  /** The store of recordings, and how the ledger learns what became of one. */
  recordings: RecordingFiles
  confirm: SpoolOptions['confirm']
  isRunning: SpoolOptions['isRunning']
  /** A server is missing, or refuses us; told once for each reason. */
  onTrouble(problem: Problem): void
}

export interface RealTelephony {
  telephony: Telephony
  /** Connects, or lets go. */
  own(owner: boolean): Promise<void>
  /** Says good-bye to the gateways, while this process still is the one that is registered there. */
  leave(): Promise<void>
}

export function openTelephony(node: Node, sources: TelephonySources): RealTelephony {
  const { tenant, settings, configuration, onTrouble } = sources
  const { options, installation, logger } = node
  const clock = realClock
  const callers = new TrunkCallers(tenant)
  const names = new Names(() => callers.changed())
  const ofTrunks = new ReportQueue()
  let trunks: TrunkLines | null = null
  let sip: SipServer | null = null
  let store: Bindings | null = null
  let media: readonly MediaServer[] = []

  const prompts = new Prompts({
    directory: settings.prompts,
    language: basename(settings.prompts) === 'en' ? 'en' : 'zh',
    media: () => configuration().network.media,
    // Where FreeSWITCH runs on another machine, its files cannot be seen from here.
    has: existsSync(settings.prompts) ? filesIn(settings.prompts, clock) : null,
    onUnknown: onTrouble,
  })
  const spool = new RecordingSpool({
    directory: settings.spool,
    files: sources.recordings,
    clock,
    isRunning: sources.isRunning,
    confirm: sources.confirm,
    onTrouble,
  })
  const extension = (number: string) => configuration().network.extensions.find((each) => each.number === number)
  const telephony = new DrachtioTelephony({
    clock,
    newId: uuid7(Math.random),
    node: hostname(),
    tenants: [tenant],
    servers: () => media,
    sipAddress: () => sip?.sipAddress ?? null,
    phonesOf: (of, number) =>
      sip?.bindings.contactsOf({ tenant: of, extension: number }).map(({ uri, route, webRtc, srtp }): Destination => ({
        uri,
        webRtc,
        srtp,
        ...(route !== null && { proxy: route }),
      })) ?? [],
    trunksTo: (_, number, gateway, callerId) => {
      const { gateways } = configuration().network
      const named = gateway === null ? gateways.slice(0, 1) : gateways.filter(({ code }) => code === gateway)
      return named.flatMap((each) => trunkDestinations(each, number, callerId, names))
    },
    sourceOf: (_, prompt) => prompts.sourceOf(prompt),
    recordingPath: (of, recordingId) => spool.pathOf(of, recordingId),
    phoneLeft: async ({ tenant: of, extension: number }, from) => {
      if (number !== null) await sip?.phoneLeft({ tenant: of, extension: number }, from)
    },
    keepRecording: (of, recordingId) => spool.keep(of, recordingId),
    logger,
  })
  telephony.relay((signal) => registrations(signal))
  telephony.relay((signal) => ofTrunks.read(signal))

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
          legsPerSecond: settings.legsPerSecond,
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
        if (found?.type !== 'line' || (found.secret === null && !found.webPhone)) return null
        return { tenant, extension: user, secret: found.secret, webPhone: found.webPhone }
      },
      web: webCredentials(options.masterKey),
      tenants: [tenant],
      gateways: () => callers.of(configuration().network.gateways, names),
      isOurs: (request) => telephony.isOurs(request),
      store,
      clock,
      dice: Math.random,
      logger,
      onTrouble,
      onServer: (server, srf) => telephony.sipServer(server, srf),
    })
    sip.onInvite((invite) => telephony.invited(invite))
    trunks = new TrunkLines({
      tenant,
      gateways: () => configuration().network.gateways,
      srf: () => sip?.srf() ?? null,
      names,
      known: sources.gateway,
      report: (report) => ofTrunks.push(report),
      clock,
      dice: Math.random,
      random: randomBytes,
    })
    spool.start()
  }
  const letGo = async (): Promise<void> => {
    const [line, servers, kept, ways] = [sip, media, store, trunks]
    // The next owner takes them over, and this process must not end them.
    telephony.release()
    trunks = null
    // The owner after us is registered by now: what we took back would be theirs.
    await ways?.close(false)
    sip = null
    media = []
    store = null
    await spool.stop()
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
  return { telephony, own, leave: async () => trunks?.close() }
}
