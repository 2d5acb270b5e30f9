/**
 * A real PostgreSQL for tests. The runner starts a server for the whole run and passes it on in
 * LEDGERLINE_TEST_PG; a test file that runs alone starts its own in a temporary directory.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from 'pg'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { startEmbedded } from '@ledgerline/adapters/postgres/embedded.ts'
import { roomyDirectory } from './roomy.ts'

/** A server that tests may fill with databases. */
export interface TestServer {
  /** What lies here is removed with the server. */
  directory: string
  url(database: string): string
}

/** A database of one test file (or one test). */
export interface TestDatabase {
  url: string
  /** Ends all of its connections but the caller's, as a restart of the server would. */
  dropConnections(): Promise<number>
  drop(): Promise<void>
}

/** What {@link startServer} hands on to test processes. */
interface Handed {
  /** What lies here is removed with the server. */
  directory: string
  host: string
  port: number
  user: string
  password: string
}

let own: Promise<TestServer> | null = null
let made = 0

/** The server of this run. If it had to be started here, it ends with this process. */
function testServer(): Promise<TestServer> {
  const handed = process.env['LEDGERLINE_TEST_PG']
  own ??= handed ? Promise.resolve(fromEnvironment(handed)) : startServer()
  return own
}

/** Starts a server in a temporary directory; it ends with this process, and its directory is removed. */
export async function startServer(): Promise<TestServer & Handed & { stop(): Promise<void> }> {
  const directory = mkdtempSync(join(roomyDirectory(), 'ledgerline-test-'))
  const tidy = () => {
    // The server keeps writing for a moment after it is told to stop; during exit only a blocking wait is possible.
    const running = join(directory, 'postgres', 'postmaster.pid')
    for (let waits = 0; existsSync(running) && waits < 300; waits++)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    rmSync(directory, { recursive: true, force: true })
  }
  const server = await startEmbedded({ directory, durable: false }).catch((error: unknown) => {
    tidy()
    throw error
  })
  process.once('exit', tidy)
  return {
    ...server,
    directory,
    async stop() {
      await server.stop()
      tidy()
      process.off('exit', tidy)
    },
  }
}

/** What the processes of a run need to know of its server, as LEDGERLINE_TEST_PG says it. */
export function handing({ directory, host, port, user, password }: Handed): string {
  return JSON.stringify({ directory, host, port, user, password } satisfies Handed)
}

/** What many databases of a run begin with: made once, and copied. */
export interface Beginning {
  name: string
  make(url: string): Promise<void>
}

/**
 * A separate database, empty or with this beginning. `name` says whose it is, for anyone who inspects the server.
 */
export async function freshDatabase(name: string, beginning?: Beginning): Promise<TestDatabase> {
  const server = await testServer()
  const database = `test_${name.replace(/\W+/g, '_').toLowerCase()}_${process.pid}_${made++}`
  const template = beginning && (await templateOf(server, beginning))
  const from = template ? ` template ${template}` : ''
  await asAdmin(server, 'set file_copy_method = clone', `create database ${database}${from} strategy file_copy`)
  return {
    url: server.url(database),
    // One by one, sessions that hold locks last: otherwise a session that waits for one may still get its answer.
    dropConnections: () =>
      asAdmin(
        server,
        `select pg_terminate_backend(pid, 5000) from (select pid from pg_stat_activity where datname = '${database}' order by coalesce(state, '') = 'idle in transaction') connected`,
      ),
    drop: async () => void (await asAdmin(server, `drop database if exists ${database} with (force)`)),
  }
}

/** The database to copy; the first of all files that needs it makes it, while the others wait. */
async function templateOf(server: TestServer, { name, make }: Beginning): Promise<string> {
  const template = `template_${name}`
  await onceARun(template, {
    server,
    isThere: async (client) =>
      (await client.query('select 1 from pg_database where datname = $1', [template])).rows.length > 0,
    async make(client) {
      const draft = `${template}_draft`
      await client.query(`drop database if exists ${draft} with (force)`)
      await client.query(`create database ${draft}`)
      await make(server.url(draft))
      await client.query(`alter database ${draft} rename to ${template}`)
    },
  })
  return template
}

/** Something that all files of a run share, made by the first that needs it. */
export interface Shared {
  server?: TestServer
  isThere(client: Client, directory: string): Promise<boolean>
  make(client: Client, directory: string): Promise<void>
}

/** Makes it, or waits until another file has made it. Returns the directory of what the run shares. */
export async function onceARun(name: string, { server: asked, isThere, make }: Shared): Promise<string> {
  const server = asked ?? (await testServer())
  const { directory } = server
  const client = connection(server.url('postgres'), { application: 'ledgerline test', statementMs: 0 })
  await client.connect()
  try {
    if (await isThere(client, directory)) return directory
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    if (!(await isThere(client, directory))) await make(client, directory)
    return directory
  } finally {
    await client.end()
  }
}

/** Rows of the last of the statements. */
async function asAdmin(server: TestServer, ...statements: string[]): Promise<number> {
  const client = connection(server.url('postgres'), { application: 'ledgerline test' })
  await client.connect()
  try {
    let rows = 0
    for (const statement of statements) rows = (await client.query(statement)).rowCount ?? 0
    return rows
  } finally {
    await client.end()
  }
}

function fromEnvironment(json: string): TestServer {
  const { directory, host, port, user, password } = JSON.parse(json) as Handed
  return { directory, url: (database) => `postgres://${user}:${password}@${host}:${port}/${database}` }
}
