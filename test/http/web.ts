/**
 * A real web server for tests: real PostgreSQL tables, filled by hand, behind a stand-in for the engine that a test
 * controls. Tests with the real engine are in `spine.test.ts`.
 */
import { request } from 'node:http'
import { connect } from 'node:net'
import { Observable, type Subscriber } from 'rxjs'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import type { CommandDesk } from '@ledgerline/adapters/http/routing/command.ts'
import type { ConnectionLimits } from '@ledgerline/adapters/connection-limits.ts'
import type { ReadSide } from '@ledgerline/adapters/queries/read-side.ts'
import type { Row } from '@ledgerline/adapters/queries/select.ts'
import { webServer, type WebServer } from '@ledgerline/adapters/http/server.ts'
import { configuredSession, operatorPermissions, type Permission } from '@ledgerline/core/access/session.ts'
import { openTables } from '@ledgerline/adapters/queries/tables.ts'
import {
  STALE,
  type BoardChange,
  type BoardRows,
  type BoardSource,
  type BoardWanted,
  type Stale,
  type TenantClock,
} from '@ledgerline/adapters/live/source.ts'
import { connection, connections } from '@ledgerline/adapters/postgres/connect.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { KeptAnswer } from '@ledgerline/core/kernel/command.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { snake } from '@ledgerline/projections/engine/names.ts'
import {
  createKey,
  createTable,
  createView,
  fieldsOf,
  indexesOf,
  LISTED,
  listedView,
  writtenFields,
} from '@ledgerline/projections/engine/table.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { freshDatabase } from '../support/postgres.ts'
import { problems } from '@ledgerline/ops/problems.ts'

export const tenant = 'test'
const { models } = readModels

/** A row of a model with the minimum its columns accept; `change` gives the rest. */
export function rowOf(model: ReadModel, change: Row): Row {
  const row: Record<string, unknown> = {}
  for (const [name, column] of fieldsOf(model)) {
    row[name] = column.nullable
      ? null
      : column.sql === 'text'
        ? ''
        : column.sql === 'boolean'
          ? false
          : column.sql.endsWith('[]')
            ? []
            : column.sql === 'date'
              ? '2026-02-01'
              : 0
  }
  return { ...row, ...change }
}

/** The tables alone, without an engine's books. */
async function makeTables(url: string): Promise<void> {
  const client = connection(url, { application: 'test' })
  await client.connect()
  await client.query(`create extension pg_trgm; create schema tables; create schema ${LISTED}`)
  for (const model of models) {
    const table = `${model.name}_v1`
    for (const statement of [
      ...createTable(model, table),
      createKey(model, table),
      ...indexesOf(model, table).map(({ create }) => create),
      ...createView(model, table),
      ...(listedView(model, table) ?? []),
    ])
      await client.query(statement)
  }
  await client.end()
}

/** The tables of a test, and the boards over them. */
export class TestTables implements BoardSource {
  now = Date.UTC(2026, 1, 1, 4)
  position = 0
  lagMs = 0
  /** While set, boards cannot be read. */
  refuse: Error | null = null
  /** Boards are read no sooner than this resolves. */
  gate: Promise<void> = Promise.resolve()
  readonly tables
  readonly #client
  readonly #pool
  readonly #followers = new Set<{ of: string; follower: Subscriber<BoardChange | Stale> }>()
  readonly #drop: () => Promise<void>

  private constructor(url: string, drop: () => Promise<void>) {
    this.#client = connection(url, { application: 'test' })
    this.#pool = connections(url, { application: 'test boards' })
    this.tables = openTables(url)
    this.#drop = drop
  }

  static async open(name: string): Promise<TestTables> {
    const database = await freshDatabase(name, { name: 'test_tables', make: makeTables })
    const tables = new TestTables(database.url, database.drop)
    await tables.#client.connect()
    return tables
  }

  /** Writes rows and reports them, as the engine does after a commit. */
  async write(
    model: ReadModel,
    rows: readonly Row[],
    options: { tenant?: string; removes?: readonly Row[]; untold?: boolean } = {},
  ): Promise<void> {
    const of = options.tenant ?? tenant
    const fields = writtenFields(model)
    const names = fields.map(([name]) => name)
    await this.#client.query('begin')
    for (const row of [...rows, ...(options.removes ?? [])]) {
      const keys = Object.keys(model.key)
      await this.#client.query(
        `delete from tables.${model.name}_v1 where tenant = $1${keys.map((name, index) => ` and ${snake(name)} = $${index + 2}`).join('')}`,
        [of, ...keys.map((name) => this.#value(model, name, row))],
      )
    }
    for (const row of rows) {
      const marks = names.map((_, index) => `$${index + 2}`)
      await this.#client.query(
        `insert into tables.${model.name}_v1 (tenant, ${names.map(snake).join(', ')}) values ($1, ${marks.join(', ')})`,
        [of, ...fields.map(([name, , made]) => (made ? made(row) : this.#value(model, name, row)))],
      )
    }
    await this.#client.query('commit')
    this.position++
    if (!options.untold) this.tell(model, rows, options)
  }

  /** Reports rows as if they had been written. */
  tell(model: ReadModel, rows: readonly Row[], options: { tenant?: string; removes?: readonly Row[] } = {}): void {
    const change = {
      model: model.name,
      lane: 'switchboard',
      upserts: rows,
      removes: options.removes ?? [],
      position: positionOf(this.position),
    }
    for (const { of, follower } of this.#followers) if (of === (options.tenant ?? tenant)) follower.next(change)
  }

  #value(model: ReadModel, name: string, row: Row): unknown {
    const value = row[name]
    const { sql } = { ...model.key, ...model.columns }[name]!
    return value === null || sql !== 'timestamptz' ? value : new Date(value as number)
  }

  follow(of: string): Observable<BoardChange | Stale> {
    return new Observable((follower) => {
      const follows = { of, follower }
      this.#followers.add(follows)
      return () => this.#followers.delete(follows)
    })
  }

  /** Says that changes may have been missed. */
  stale(): void {
    for (const { follower } of this.#followers) follower.next(STALE)
  }

  async readBoards(of: string, wanted: readonly BoardWanted[]): Promise<BoardRows> {
    await this.gate
    if (this.refuse) throw this.refuse
    const client = await this.#pool.connect()
    try {
      await client.query('begin isolation level repeatable read')
      const position = positionOf(this.position)
      const rows = new Map<ReadModel, Row[]>()
      for (const { model } of wanted) {
        const columns = fieldsOf(model)
          .map(([name]) => `${snake(name)} as "${name}"`)
          .join(', ')
        rows.set(model, (await client.query<Row>(`select ${columns} from ${model.name} where tenant = $1`, [of])).rows)
      }
      return { rows, positions: new Map([['switchboard', position]]) }
    } finally {
      await client.query('commit').catch(() => {})
      client.release()
    }
  }

  progress() {
    return { position: positionOf(this.position), lagMs: this.lagMs, delayed: false }
  }

  get clock(): TenantClock {
    return { now: () => this.now, speed: 1, zone: 'Asia/Shanghai' }
  }

  get followers(): number {
    return this.#followers.size
  }

  /** The database goes away, with every connection. */
  lose(): Promise<void> {
    return this.#drop()
  }

  async close(): Promise<void> {
    await this.tables.destroy()
    await this.#client.end().catch(() => {})
    await this.#pool.end()
    await this.#drop()
  }
}

function positionOf(number: number): Position {
  return String(number).padStart(19, '0') as Position
}

export interface Web {
  server: WebServer
  url: string
  port: number
  tables: TestTables
  log: MemoryLog
  codec: Codec
  /** Everything the server told its operator. */
  told: { level: string; message: string; details: object }[]
  /** What the one viewer may do; a test changes it. */
  permissions: Set<Permission>
  close(): Promise<void>
}

export interface WebOptions {
  desk?: CommandDesk
  screens?: string
  readSide?: Partial<ReadSide>
  answerMs?: number
  requestMs?: number
  stillMs?: number
  connectionLimits?: ConnectionLimits
}

/** Starts a server over its own tables. */
export async function startWeb(name: string, options: WebOptions = {}): Promise<Web> {
  const tables = await TestTables.open(name)
  const told: Web['told'] = []
  const permissions = new Set(operatorPermissions)
  const log = new MemoryLog(() => tables.now)
  const codec = new Codec(catalogue, memoryVault())
  const note = (level: string) => (details: object, message: string) => void told.push({ level, message, details })
  const kept = new Map<string, KeptAnswer>()
  const readSide: ReadSide = {
    models,
    tablesOf: async () => tables.tables,
    lists: async () => tables.tables,
    progress: () => ({ position: positionOf(tables.position), at: tables.now, lagMs: tables.lagMs }),
    reached: async (_tenant, position) => position <= positionOf(tables.position),
    status: async () => ({ lanes: [], models: [] }),
    boardsAsOf: async () => ({
      position: positionOf(tables.position),
      told: { at: tables.now, recordedAt: tables.now },
      boards: {},
    }),
    ...options.readSide,
  }
  const server = await webServer({
    problems,
    sessions: (request) => ({ ...configuredSession({ tenant: () => tenant })(request), permissions }),
    readSide,
    boards: tables,
    log,
    codec,
    answers: {
      find: async (of, id) => kept.get(`${of} ${id}`) ?? null,
      keep: async (of, id, answer) => void kept.set(`${of} ${id}`, answer),
    },
    deskOf: () => options.desk!,
    clockOf: () => tables.clock,
    screens: options.screens ?? '/nowhere',
    version: 'test',
    ...(options.answerMs === undefined ? {} : { answerMs: options.answerMs }),
    ...(options.requestMs === undefined ? {} : { requestMs: options.requestMs }),
    ...(options.stillMs === undefined ? {} : { stillMs: options.stillMs }),
    ...(options.connectionLimits && { connectionLimits: options.connectionLimits }),
    pace: { beatMs: 50, againMs: 20 },
    logger: { debug: note('debug'), warn: note('warn'), error: note('error') },
  })
  const { url, port } = await server.listen(0)
  return {
    server,
    url,
    port,
    tables,
    log,
    codec,
    told,
    permissions,
    async close() {
      await server.close()
      await tables.close()
    },
  }
}

export interface Reply {
  status: number
  headers: Record<string, string>
  text: string
  /** The body as JSON. */
  readonly json: any
}

/** One request with exactly the headers a test gives: `fetch` would choose some of them itself. */
export function ask(
  web: { port: number },
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: unknown; raw?: string | Buffer } = {},
): Promise<Reply> {
  const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
  const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers }
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: web.port, method, path, headers, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(parts).toString()
        resolve({
          status: response.statusCode!,
          headers: response.headers as Record<string, string>,
          text,
          get json() {
            return JSON.parse(text)
          },
        })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** One request, exactly the bytes a test gives; answered when the connection is closed. */
export function askRaw(web: { port: number }, bytes: string | Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const socket = connect({ host: '127.0.0.1', port: web.port }, () => socket.write(bytes))
    socket.on('data', (part: Buffer) => parts.push(part))
    socket.on('error', reject)
    socket.on('close', () => {
      const [head = '', ...rest] = Buffer.concat(parts).toString().split('\r\n\r\n')
      const [line = '', ...fields] = head.split('\r\n')
      const text = rest.join('\r\n\r\n')
      const headers = Object.fromEntries(
        fields.map((field) => [
          field.slice(0, field.indexOf(':')).toLowerCase(),
          field.slice(field.indexOf(':') + 1).trim(),
        ]),
      )
      resolve({
        status: Number(line.split(' ')[1]),
        headers,
        text,
        get json() {
          return JSON.parse(text)
        },
      })
    })
  })
}

export const get = (web: { port: number }, path: string, headers: Record<string, string> = {}) =>
  ask(web, 'GET', path, { headers })
export const post = (web: { port: number }, path: string, body: unknown, headers: Record<string, string> = {}) =>
  ask(web, 'POST', path, { headers, body })
