/**
 * How every PostgreSQL connection of Ledgerline is made: with a time limit on everything, a name that operators see in
 * pg_stat_activity, and values in the shapes that folds use. Parsers belong to the connection; the driver's global ones are
 * left alone.
 */
import { Client, Pool, types, type ClientConfig, type CustomTypesConfig } from 'pg'

export interface Connecting {
  /** Seen by operators: `ledgerline log writer`. */
  application: string
  /** Time limit of a statement on the server, ms; 0: none (a long COPY). Default 30 s. */
  statementMs?: number
  /** Whether a commit waits for the disk. False only where checkpoint and rows share the transaction. Default true. */
  durable?: boolean
  /** Sends queries without waiting for the answers to those before them. */
  pipeline?: boolean
  /** Connections of a pool, at most. Default 4. */
  max?: number
}

const CONNECT_MS = 5_000
const STATEMENT_MS = 30_000
const IDLE_IN_TRANSACTION_MS = 60_000

/** A connection not yet opened. Errors while it is idle are left to its `end` event and the next query. */
export function connection(url: string, options: Connecting): Client {
  const client = new Client(config(url, options))
  client.on('error', () => {})
  return client
}

/** A pool of such connections; opens them when they are needed. */
export function connections(url: string, options: Connecting): Pool {
  const { statementMs = STATEMENT_MS } = options
  // The server keeps the time of a statement; where it does not even answer that, the pool gives the connection up.
  const giveUp = statementMs === 0 ? {} : { query_timeout: statementMs + 1_000 }
  const pool = new Pool({
    ...config(url, options),
    ...giveUp,
    max: options.max ?? 4,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
  })
  pool.on('error', () => {})
  // A connection lost between two queries of its user tells nobody else: the next query fails.
  pool.on('connect', (client) => void client.on('error', () => {}))
  return pool
}

function config(url: string, options: Connecting): ClientConfig {
  const settings = { TimeZone: 'UTC', DateStyle: 'ISO', synchronous_commit: options.durable === false ? 'off' : 'on' }
  return {
    connectionString: url,
    application_name: options.application,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: options.statementMs ?? STATEMENT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    types: houseTypes,
    ...(options.pipeline ? { pipeline: true } : {}),
  }
}

const BIGINT = 20
const BIGINT_ARRAY = 1016
const DATE = 1082
const TIMESTAMPTZ = 1184

/**
 * Whole numbers as numbers (ours stay far below 2^53), instants as UTC milliseconds, days as
 * `YYYY-MM-DD`; everything else as the driver reads it.
 */
const houseTypes: CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (oid === BIGINT) return Number
      if (oid === BIGINT_ARRAY) return bigints
      if (oid === TIMESTAMPTZ) return instant
      if (oid === DATE) return String
    }
    return types.getTypeParser(oid, format as 'text')
  },
} as CustomTypesConfig

const bigints = (text: string): number[] => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number))

/** `2026-02-01 10:00:00.123+00`, as a session in UTC prints it. */
const instant = (text: string): number => Date.parse(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)

/**
 * Class 08: connection; 57P0x: the server goes or comes; class 53: it has no room (disk, memory, connections); 58030: its
 * disk fails; 57014: a time limit; 25P03, 25006: not the primary any more.
 */
const PASSING_STATES = /^(08...|57P0.|57014|53...|58030|25P03|25006)$/
const PASSING_CODES = /^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN|NOTFOUND)/
const PASSING_MESSAGES = /terminated|timeout|not queryable|closed|ended|after calling end/i

/** Does this error say that the server did not answer, or cannot do anything at present, rather than that it answered "no"? */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = (error as { code?: string }).code
  if (code === undefined) return PASSING_MESSAGES.test(error.message)
  return PASSING_STATES.test(code) || PASSING_CODES.test(code)
}

/** A server's address for messages: without its password. */
export function addressOf(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url)
    return `${hostname}:${port || 5432}${pathname}`
  } catch {
    return 'given by the connection string'
  }
}
