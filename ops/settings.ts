/**
 * Settings from the environment. Every setting is declared here once: its purpose, what it accepts, how it is read.
 */
import { resolve } from 'node:path'
import { z } from 'zod'
import { USUAL_LIMITS, type Room } from '@ledgerline/adapters/connection-limits.ts'
import { roles } from '@ledgerline/adapters/nodes/health.ts'
import type { NodeAddress } from '@ledgerline/adapters/nodes/node-server.ts'
import type { S3Store } from '@ledgerline/adapters/recordings/s3.ts'
import { LEGS_PER_SECOND } from '@ledgerline/adapters/telephony/drachtio/load.ts'
import type { IceServer } from '@ledgerline/adapters/telephony/sip/ice-servers.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** Where recordings are kept. */
export type RecordingStore = { kind: 'directory'; directory: string } | ({ kind: 's3' } & S3Store)

/** A setting: its purpose, what it accepts, and how it is parsed. */
interface Setting {
  about: string
  /** What it accepts, as an example that needs no translation. */
  expected: string
  schema: z.ZodType<unknown, string>
}

const url = (...protocols: string[]) =>
  z.string().refine((text) => protocols.some((protocol) => text.startsWith(`${protocol}://`)) && URL.canParse(text))
const text = z.string().min(1)
const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((number) => number <= 65_535)

/** How many in total, and how many from one address. */
const room = z
  .string()
  .regex(/^[1-9]\d{0,5}\/[1-9]\d{0,5}$/)
  .transform((text): Room => {
    const [inAll, ofOne] = text.split('/').map(Number) as [number, number]
    return { inAll, ofOne }
  })
  .refine(({ inAll, ofOne }) => ofOne <= inAll)
/** The readable form. */
const written = ({ inAll, ofOne }: Room): string => `${inAll}/${ofOne}`

/** A secure WebSocket, or any on this machine. */
const webSocket = url('ws', 'wss').refine(
  (text) =>
    text.startsWith('wss://') || /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(URL.parse(text)?.hostname ?? ''),
)

/** Several servers of a cluster, separated by commas, are not a URL by the standard. */
const eventStore = z
  .string()
  .regex(/^(esdb|kurrentdb)(\+discover)?:\/\/([^@/?#\s]+@)?[^@,/?#\s]+(,[^@,/?#\s]+)*\/?(\?\S*)?$/)
/** Servers with a password and no user: `scheme://:password@host:port`, separated by commas. */
const servers = (scheme: string, usualPort: number) =>
  z
    .string()
    .max(2_000)
    .transform((text, context): { host: string; port: number; password: string }[] => {
      const found = text.split(',').map((each) => {
        const url = URL.parse(each.trim().replace(new RegExp(`^${scheme}://`), 'http://'))
        const isOne = each.trim().startsWith(`${scheme}://`) && url && url.password !== '' && url.hostname !== ''
        return isOne
          ? {
              host: url.hostname.replace(/^\[|\]$/g, ''),
              port: url.port === '' ? usualPort : Number(url.port),
              password: decodeURIComponent(url.password),
            }
          : null
      })
      const good = found.filter((each) => each !== null)
      if (good.length < found.length) context.addIssue({ code: 'custom', message: 'not a server' })
      return good
    })
/** STUN and TURN servers, separated by commas: `stun:host`, `turn://:secret@host:port?transport=tcp`, `turns://…`. */
const iceServers = z
  .string()
  .max(2_000)
  .transform((text, context): IceServer[] => {
    const found = text.split(',').map((each): IceServer | null => {
      const [, scheme = '', rest = ''] = /^(stuns?|turns?):(?:\/\/)?(.+)$/i.exec(each.trim()) ?? []
      const url = URL.parse(`http://${rest}`)
      const isTurn = /^turn/i.test(scheme)
      // A relay that anybody may use would be used by anybody.
      if (!url?.hostname || url.username !== '' || isTurn !== (url.password !== '')) return null
      const transport = url.searchParams.get('transport')
      if (transport !== null && (!isTurn || !['udp', 'tcp'].includes(transport))) return null
      return {
        url: `${scheme.toLowerCase()}:${url.host}${transport === null ? '' : `?transport=${transport}`}`,
        secret: isTurn ? decodeURIComponent(url.password) : null,
      }
    })
    const good = found.filter((each) => each !== null)
    if (good.length < found.length) context.addIssue({ code: 'custom', message: 'not a server' })
    return good
  })
/** A directory, or a bucket of an S3-compatible store. */
const recordingStore = z
  .string()
  .min(1)
  .transform((text, context): RecordingStore => {
    if (!/^s3:/i.test(text)) return { kind: 'directory', directory: resolve(text) }
    const url = URL.parse(text)
    const [, bucket, prefix = ''] = /^\/([\w.-]{3,63})(?:\/((?:[\w.-]+\/?)*))?$/.exec(url?.pathname ?? '') ?? []
    if (!url || bucket === undefined || url.username === '' || url.password === '' || url.host === '') {
      context.addIssue({ code: 'custom', message: 'not a store' })
      return z.NEVER
    }
    return {
      kind: 's3',
      endpoint: `${url.searchParams.get('tls') === 'false' ? 'http' : 'https'}://${url.host}`,
      bucket,
      prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
      region: url.searchParams.get('region') ?? 'us-east-1',
      accessKey: decodeURIComponent(url.username),
      secretKey: decodeURIComponent(url.password),
    }
  })
/** Roles, separated by commas. */
const rolesSchema = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((role) => role.trim())
      .filter((role) => role !== ''),
  )
  .pipe(z.array(z.enum(roles)).min(1))
  .transform((named) => roles.filter((role) => named.includes(role)))
const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}$/)
  .transform((text): NodeAddress => ({
    host: text.slice(0, text.lastIndexOf(':')).replace(/^\[|\]$/g, ''),
    port: Number(text.slice(text.lastIndexOf(':') + 1)),
  }))
  .refine(({ port }) => port <= 65_535)

export const settings = {
  LEDGERLINE_DATA: {
    about:
      'The data directory: the embedded database, the master key, and who owns them. Default: .data in the project.',
    expected: '/var/lib/ledgerline',
    schema: text,
  },
  LEDGERLINE_PORT: {
    about: 'The port of the screens and of HTTP on this machine. Default: 4280; 0: any free port.',
    expected: '4280',
    schema: port,
  },
  LEDGERLINE_MASTER_KEY: {
    about:
      'The key that wraps the keys of persons: 32 bytes in base64 or hexadecimal. Default: a file in the data directory, created at the first start.',
    expected: '5f2c…(64 × 0–9 a–f)',
    schema: text,
  },
  LEDGERLINE_ROLES: {
    about:
      'What this process does, if several share a database server: api (HTTP, screens, live stream), switchboard ' +
      '(calls), projector (tables). Default: everything.',
    expected: 'api,switchboard,projector',
    schema: rolesSchema,
  },
  LEDGERLINE_NODE_ADDRESS: {
    about:
      'Where this process answers the other processes of the installation, and GET /health for monitoring: a name or address of this machine at which they can reach it. Default: 127.0.0.1 and any free port.',
    expected: '127.0.0.1:4290',
    schema: address,
  },
  LEDGERLINE_WATCHDOG: {
    about:
      'A process ends itself, so that another takes over, if its event loop has stood still for this many seconds; ' +
      '0: never. Default: 10.',
    expected: '10',
    schema: z
      .string()
      .regex(/^\d{1,4}$/)
      .transform(Number),
  },
  LEDGERLINE_CONNECTIONS: {
    about:
      `How many HTTP connections may be open at once, in total and from one address; others are told to come ` +
      `back later (503). Default: ${written(USUAL_LIMITS.connections)}.`,
    expected: written(USUAL_LIMITS.connections),
    schema: room,
  },
  LEDGERLINE_STREAMS: {
    about: `How many of them may be live streams, one for each open board or desk; fewer than connections. Default: ${written(USUAL_LIMITS.streams)}, and no more than half of them.`,
    expected: `${written(USUAL_LIMITS.streams)}, and less than LEDGERLINE_CONNECTIONS`,
    schema: room,
  },
  LEDGERLINE_LANG: {
    about: 'The language of the command. Default: that of LC_ALL, LC_MESSAGES or LANG.',
    expected: 'zh, en',
    schema: z.enum(['zh', 'en']),
  },
  LEDGERLINE_DEBUG: {
    about: '1: show where in the program an error came from.',
    expected: '0, 1',
    schema: z.enum(['0', '1']),
  },
  DATABASE_URL: {
    about:
      'A PostgreSQL to use instead of the embedded one. The tables are kept in the database it names, the log in a ' +
      'second one whose name ends in _log.',
    expected: 'postgres://user:password@host:5432/ledgerline',
    schema: url('postgres', 'postgresql'),
  },
  LOG_DATABASE_URL: {
    about: 'Where the log is kept, if not next to DATABASE_URL.',
    expected: 'postgres://user:password@host:5432/ledgerline_log',
    schema: url('postgres', 'postgresql'),
  },
  EVENT_LOG: {
    about: 'EventStoreDB (KurrentDB) as the log instead of PostgreSQL; tables, keys and leases stay in PostgreSQL.',
    expected: 'esdb://user:password@host:2113?tls=true',
    schema: eventStore,
  },
  EVENT_LOG_READER: {
    about:
      'official: events are read with the official client, which is slower; only for a server that our own reader cannot read. Default: own.',
    expected: 'own, official',
    schema: z.enum(['own', 'official']),
  },
  LEDGERLINE_REQUEST_DAYS: {
    about: 'For how many days requests over HTTP are kept, besides the present one; 0: they are not kept. Default: 30.',
    expected: '30',
    schema: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number),
  },
  LEDGERLINE_CHAIN_KEY: {
    about:
      'The private key that signs the chain of the ledger, in PEM (Ed25519, EC or RSA), or the file it is in. Default: ' +
      'chain.key in the data directory, created at the first start.',
    expected: '/etc/ledgerline/chain.pem',
    schema: text,
  },
  LEDGERLINE_CHAIN_SIGNER: {
    about:
      'A program that signs the chain instead, with a key that never enters this process (a security module through ' +
      'PKCS #11, a key service): it reads what it is to sign and writes the signature, raw bytes. With its arguments, ' +
      'separated by blanks; no shell.',
    expected: '/usr/local/bin/sign-with-module --label chain',
    schema: text,
  },
  LEDGERLINE_CHAIN_PUBLIC_KEY: {
    about: 'The public key of that program, in PEM, or the file it is in.',
    expected: '/etc/ledgerline/chain-public.pem',
    schema: text,
  },
  REDIS_URL: {
    about:
      'Redis for live push between several processes. Without it, a process that does not fold tables itself reads its boards every second.',
    expected: 'redis://host:6379',
    schema: url('redis', 'rediss'),
  },
  CALL_RECORD_HOOK_URL: {
    about:
      'A customer’s system that receives the record of every finished call, signed, and repeated until it is ' +
      'accepted. Must be the same for every projector.',
    expected: 'https://crm.example.com/calls',
    schema: url('http', 'https'),
  },
  CALL_RECORD_HOOK_SECRET: {
    about: 'The secret for signing those records, at least 16 characters.',
    expected: '6f1c…(16 characters or more)',
    schema: z.string().min(16),
  },
  DRACHTIO_URL: {
    about:
      'The drachtio servers that take SIP, with the secret of their control port; several are separated by commas. ' +
      'Without it the simulator is the telephone network.',
    expected: 'drachtio://:secret@host:9022',
    schema: servers('drachtio', 9022),
  },
  FREESWITCH_URL: {
    about: 'The FreeSWITCH servers that carry the media, with the password of their event socket; as DRACHTIO_URL.',
    expected: 'esl://:password@host:8021',
    schema: servers('esl', 8021),
  },
  LEDGERLINE_LEGS_PER_SECOND: {
    about:
      'How many new legs a second one FreeSWITCH gets; callers above that are told to come back (503). A call from outside ' +
      `to an agent is two. Emergency calls are never held back. Default: ${LEGS_PER_SECOND}.`,
    expected: String(LEGS_PER_SECOND),
    schema: z
      .string()
      .regex(/^[1-9]\d{0,3}$/)
      .transform(Number),
  },
  LEDGERLINE_PHONE_URL: {
    about:
      'Where browsers reach the drachtio server, to be phones: its secure WebSocket. ws:// only on this machine. ' +
      'Without it browsers cannot be phones, and pages may not use the microphone.',
    expected: 'wss://phones.example.com:8443',
    schema: webSocket,
  },
  LEDGERLINE_ICE_SERVERS: {
    about:
      'STUN and TURN servers for browsers that are phones behind address translation, separated by commas. A TURN server ' +
      'shares a secret with this process (coturn: use-auth-secret); browsers get passwords that expire. Default: none.',
    expected: 'stun:stun.example.com,turn://:secret@turn.example.com:3478',
    schema: iceServers,
  },
  LEDGERLINE_PROMPTS: {
    about: 'The directory of prompts, as the FreeSWITCH servers see it. Default: fixtures/prompts/zh in the project.',
    expected: '/var/lib/ledgerline/prompts',
    schema: text,
  },
  LEDGERLINE_RECORDINGS: {
    about:
      'The directory into which the FreeSWITCH servers write recordings, as they see it; from there they are taken into ' +
      'the store. This process must see it at the same path. Default: recording-spool in the data directory.',
    expected: '/var/spool/ledgerline',
    schema: text,
  },
  LEDGERLINE_RECORDING_STORE: {
    about:
      'Where recordings are kept: a directory, or a bucket of an S3-compatible store (percent-encode what is special in the ' +
      'secret key; ?region=…, and ?tls=false for http). The same for every process. Default: recordings in the data directory.',
    expected: 's3://ACCESS_KEY:SECRET_KEY@host:port/bucket/prefix?region=us-east-1',
    schema: recordingStore,
  },
} as const satisfies Record<string, Setting>

type SettingName = keyof typeof settings

/** A setting's value; one that is empty counts as not set. */
export function setting<N extends SettingName>(
  env: NodeJS.ProcessEnv,
  name: N,
): z.output<(typeof settings)[N]['schema']> | undefined {
  const given = env[name]
  if (given === undefined || given === '') return undefined
  const result = settings[name].schema.safeParse(given)
  // The value itself is not shown: it may be a password.
  if (!result.success) throw new Problem('config.invalid', { setting: name, expected: settings[name].expected })
  return result.data as z.output<(typeof settings)[N]['schema']>
}
