/** Configuration: settings from the environment (`settings.ts`), overridden by options of the command. */
import type { EventSocketAddress } from '@ledgerline/adapters/telephony/drachtio/event-socket.ts'
import { LEGS_PER_SECOND } from '@ledgerline/adapters/telephony/drachtio/load.ts'
import type { ServerAddress } from '@ledgerline/adapters/telephony/sip/server-line.ts'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { IceServer } from '@ledgerline/adapters/telephony/sip/ice-servers.ts'
import type { CallRecordHook } from '@ledgerline/adapters/jobs/call-record-hook.ts'
import { roles, type NodeRole } from '@ledgerline/adapters/nodes/health.ts'
import { USUAL_LIMITS, type ConnectionLimits, type Room } from '@ledgerline/adapters/connection-limits.ts'
import type { NodeAddress } from '@ledgerline/adapters/nodes/node-server.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Language } from '@ledgerline/core/kernel/words.ts'
import { setting, settings, type RecordingStore } from './settings.ts'

/** The project's directory. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Where the servers are, and where FreeSWITCH finds files. */
export interface TelephonySettings {
  drachtio: readonly ServerAddress[]
  freeswitch: readonly EventSocketAddress[]
  /** New legs a second, at most, for each of them. */
  legsPerSecond: number
  /** The directory of prompts, as FreeSWITCH sees it. */
  prompts: string
  /** The directory into which FreeSWITCH writes recordings, as it sees it. */
  spool: string
}

/** Who signs the chain: a key of our own that is kept in a file, a key that is given, or a program that has one. */
export type ChainSigner =
  | { kind: 'own'; file: string }
  | { kind: 'key'; key: string }
  | { kind: 'program'; program: string; publicKey: string }

export interface Config {
  /** The data directory, absolute. */
  directory: string
  /** 0: any free one. */
  port: number
  /** A server that is not ours; null: the embedded one. */
  databases: { log: string; tables: string } | null
  /** The log of record if it is not PostgreSQL. */
  eventStore: { url: string; reader: 'own' | 'official' } | null
  masterKey: string | null
  /** What this process does. */
  roles: readonly NodeRole[]
  /** Where it answers to other processes. */
  nodeAddress: NodeAddress
  redis: string | null
  /** The servers of the telephone network; null: the simulator. */
  telephony: TelephonySettings | null
  recordings: RecordingStore
  /** Where browsers register as phones; null: they cannot. */
  webPhones: string | null
  /** Servers that help their sound through address translation. */
  iceServers: readonly IceServer[]
  callRecordHook: CallRecordHook | null
  /** Who signs the chain of the ledger. */
  chainSigner: ChainSigner
  /** For how many days requests over HTTP are kept; 0: they are not. */
  requestDays: number
  /** How many connections are accepted at once. */
  connectionLimits: ConnectionLimits
  /** How long the event loop may stand still, ms; 0: for ever. */
  watchdogMs: number
  language: Language
  /** Show stack traces. */
  debug: boolean
}

/** Options of the command that override the environment. */
export interface Overrides {
  data?: string | undefined
  port?: number | undefined
  lang?: Language | undefined
  roles?: readonly NodeRole[] | undefined
}

const DEFAULT_PORT = 4280
const DEFAULT_WATCHDOG_S = 10
const DEFAULT_REQUEST_DAYS = 30
const ANY_PORT_HERE: NodeAddress = { host: '127.0.0.1', port: 0 }

/**
 * Reads the configuration.
 * @throws Problem `config.invalid`, `config.log_alone`, `config.roles_alone`, `config.hook_halved`, `config.telephony_halved`,
 * `config.spool_in_store`
 */
export function readConfig(env: NodeJS.ProcessEnv, overrides: Overrides = {}): Config {
  const tables = setting(env, 'DATABASE_URL')
  const log = setting(env, 'LOG_DATABASE_URL')
  const eventStore = setting(env, 'EVENT_LOG')
  if (log !== undefined && tables === undefined) {
    throw new Problem('config.log_alone')
  }
  const wanted = overrides.roles ?? setting(env, 'LEDGERLINE_ROLES') ?? roles
  if (wanted.length < roles.length && tables === undefined) throw new Problem('config.roles_alone')
  const [hook, secret] = [setting(env, 'CALL_RECORD_HOOK_URL'), setting(env, 'CALL_RECORD_HOOK_SECRET')]
  if ((hook === undefined) !== (secret === undefined)) throw new Problem('config.hook_halved')
  const [drachtio, freeswitch] = [setting(env, 'DRACHTIO_URL'), setting(env, 'FREESWITCH_URL')]
  if ((drachtio === undefined) !== (freeswitch === undefined)) throw new Problem('config.telephony_halved')
  const directory = resolve(overrides.data ?? setting(env, 'LEDGERLINE_DATA') ?? `${projectRoot}/.data`)
  const spool = resolve(setting(env, 'LEDGERLINE_RECORDINGS') ?? `${directory}/recording-spool`)
  const recordings: RecordingStore = setting(env, 'LEDGERLINE_RECORDING_STORE') ?? {
    kind: 'directory',
    directory: `${directory}/recordings`,
  }
  if (recordings.kind === 'directory') {
    const store = recordings.directory
    if (liesIn(spool, store) || liesIn(store, spool)) throw new Problem('config.spool_in_store', { spool, store })
  }
  const connections = setting(env, 'LEDGERLINE_CONNECTIONS') ?? USUAL_LIMITS.connections
  const connectionLimits = {
    connections,
    streams: setting(env, 'LEDGERLINE_STREAMS') ?? halfOf(connections, USUAL_LIMITS.streams),
  }
  if (
    connectionLimits.streams.inAll >= connectionLimits.connections.inAll ||
    connectionLimits.streams.ofOne >= connectionLimits.connections.ofOne
  ) {
    throw new Problem('config.invalid', {
      setting: 'LEDGERLINE_STREAMS',
      expected: settings.LEDGERLINE_STREAMS.expected,
    })
  }
  return {
    directory,
    port: overrides.port ?? setting(env, 'LEDGERLINE_PORT') ?? DEFAULT_PORT,
    databases: tables === undefined ? null : { tables, log: log ?? besides(tables) },
    eventStore:
      eventStore === undefined ? null : { url: eventStore, reader: setting(env, 'EVENT_LOG_READER') ?? 'own' },
    masterKey: setting(env, 'LEDGERLINE_MASTER_KEY') ?? null,
    roles: wanted,
    nodeAddress: setting(env, 'LEDGERLINE_NODE_ADDRESS') ?? ANY_PORT_HERE,
    redis: setting(env, 'REDIS_URL') ?? null,
    connectionLimits,
    watchdogMs: (setting(env, 'LEDGERLINE_WATCHDOG') ?? DEFAULT_WATCHDOG_S) * 1000,
    telephony:
      drachtio === undefined || freeswitch === undefined
        ? null
        : {
            drachtio: drachtio.map(({ password, ...server }) => ({ ...server, secret: password })),
            freeswitch,
            legsPerSecond: setting(env, 'LEDGERLINE_LEGS_PER_SECOND') ?? LEGS_PER_SECOND,
            prompts: setting(env, 'LEDGERLINE_PROMPTS') ?? `${projectRoot}/fixtures/prompts/zh`,
            spool,
          },
    recordings,
    webPhones: setting(env, 'LEDGERLINE_PHONE_URL') ?? null,
    iceServers: setting(env, 'LEDGERLINE_ICE_SERVERS') ?? [],
    chainSigner: chainSignerOf(env, directory),
    requestDays: setting(env, 'LEDGERLINE_REQUEST_DAYS') ?? DEFAULT_REQUEST_DAYS,
    callRecordHook: hook === undefined || secret === undefined ? null : { url: hook, secret },
    language: overrides.lang ?? setting(env, 'LEDGERLINE_LANG') ?? languageOf(env),
    debug: setting(env, 'LEDGERLINE_DEBUG') === '1',
  }
}

function chainSignerOf(env: NodeJS.ProcessEnv, directory: string): ChainSigner {
  const [program, publicKey] = [setting(env, 'LEDGERLINE_CHAIN_SIGNER'), setting(env, 'LEDGERLINE_CHAIN_PUBLIC_KEY')]
  if ((program === undefined) !== (publicKey === undefined)) throw new Problem('config.chain_signer_halved')
  const key = setting(env, 'LEDGERLINE_CHAIN_KEY')
  if (program === undefined || publicKey === undefined)
    return key === undefined ? { kind: 'own', file: `${directory}/chain.key` } : { kind: 'key', key }
  if (key !== undefined)
    throw new Problem('usage.conflict', { one: 'LEDGERLINE_CHAIN_SIGNER', other: 'LEDGERLINE_CHAIN_KEY' })
  return { kind: 'program', program, publicKey }
}

/** The usual room, or half of another one if that is less. */
function halfOf(other: Room, usual: Room): Room {
  const half = (places: number): number => Math.max(1, Math.floor(places / 2))
  return { inAll: Math.min(usual.inAll, half(other.inAll)), ofOne: Math.min(usual.ofOne, half(other.ofOne)) }
}

/** The language of the terminal. */
export function languageOf(env: NodeJS.ProcessEnv): Language {
  return (env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '').toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

/** Is this directory the other one, or in it? Both absolute. */
function liesIn(inner: string, outer: string): boolean {
  return !relative(outer, inner).startsWith('..')
}

function besides(tables: string): string {
  const log = new URL(tables)
  log.pathname = `${log.pathname === '/' ? '/ledgerline' : log.pathname}_log`
  return log.href
}
