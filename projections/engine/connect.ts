/** Connections of the engine: with a time limit on everything, and text as the server writes it. */
import { Client, type ClientConfig } from 'pg'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

const CONNECT_MS = 5_000

export interface Connecting {
  /** Shown to operators in pg_stat_activity. */
  application: string
  /** Time limit of a statement on the server, ms; 0: none (a long COPY, an index). Default 30 s. */
  statementMs?: number
  /** Sends statements without waiting for earlier answers. */
  pipeline?: boolean
  /** Further server settings. */
  settings?: Record<string, string>
}

/**
 * An open connection. Commits do not wait for the disk: rows and checkpoint share the transaction, so that whatever a
 * crash undoes is folded again.
 * @throws Problem `tables.unavailable`
 */
export async function connect(
  url: string,
  { application, statementMs = 30_000, pipeline = false, settings = {} }: Connecting,
): Promise<Client> {
  const all = { TimeZone: 'UTC', DateStyle: 'ISO', synchronous_commit: 'off', jit: 'off', ...settings }
  const config: ClientConfig & { pipeline?: boolean } = {
    connectionString: url,
    application_name: application,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: statementMs,
    ...(statementMs > 0 ? { query_timeout: statementMs + 5_000 } : {}),
    keepAlive: true,
    options: Object.entries(all)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    pipeline,
  }
  const client = new Client(config)
  // If a connection is lost while idle, the next query notices.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    throw unavailable(error)
  }
  return client
}

/** Ends a connection without waiting for a server that may be gone. */
export async function disconnect(client: Client | null): Promise<void> {
  if (!client) return
  const ended = client.end().catch(() => {})
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1_000).unref())])
}

export function unavailable(error: unknown): Problem {
  const reason = error instanceof Error ? error.message : String(error)
  return new Problem('tables.unavailable', { reason: reason || 'no connection' }, { cause: error })
}

/** SQLSTATE of a server's answer; null if it was not one. */
export function sqlState(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && code.length === 5 ? code : null
}

/** Runs statements that have no parameters, in one round trip: all or none, in the transaction under way or in one of their own. */
export async function runAll(client: Client, statements: readonly string[]): Promise<void> {
  if (statements.length > 0) await client.query(statements.join(';\n'))
}

/** Sends the statements that `send` asks for in one write to the socket, not one a statement. `client` is a pipelining connection. */
export function together<T>(client: Client, send: () => T): T {
  const { stream } = client.connection
  stream.cork()
  try {
    return send()
  } finally {
    stream.uncork()
  }
}

/** Values as the server writes them, one array per row: input for `rowReader`. */
export async function rawRows(
  client: Client,
  query: { text: string; values?: unknown[]; name?: string },
): Promise<(string | null)[][]> {
  const result = await client.query<(string | null)[]>({
    ...query,
    rowMode: 'array',
    types: { getTypeParser: () => (value: string) => value } as never,
  })
  return result.rows
}
