/**
 * The request log: written in batches, beside the answers and never in their way. If its database is away, the latest
 * few thousand requests wait for it and older ones are given up, counted. A day is a partition, so that a day that is
 * over leaves without a trace of work.
 */
import { Kysely, PostgresDialect } from 'kysely'
import type { Pool } from 'pg'
import { isDay } from '@ledgerline/core/kernel/calendar.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Layout } from '@ledgerline/projections/postgres/migrate.ts'
import { answered } from '../postgres/answered.ts'
import { setUp, withOwnTables } from '../postgres/own-tables.ts'
import type { Tables } from '../queries/select.ts'
import type { LoggedRequest } from './request.ts'

/** Requests are written this long after they were answered, at the latest, ms. */
const EVERY_MS = 1_000
/** As many at once. */
const BATCH = 500
/** As many wait while the database is away. */
const MOST_WAITING = 5_000
const DAY_MS = 86_400_000
/** The number is arbitrary. */
const PARTITION_LOCK = 7_239_001_163

const layout: Layout = {
  schema: 'requests',
  newer: (found, known) => new Problem('log.newer', { found, known }),
  migrations: {
    1: `
create table if not exists requests.requests (
  tenant     text        not null,
  request_id text        not null,
  at         timestamptz not null,
  ms         integer     not null,
  method     text        not null,
  route      text,
  path       text        not null,
  parameters text        not null,
  status     integer     not null,
  problem    text,
  actor      text        not null,
  session    text,
  address    text        not null,
  client     text        not null,
  node       text        not null
) partition by range (at);
create index if not exists by_time on requests.requests (tenant, at, request_id);
create index if not exists by_duration on requests.requests (tenant, ms, request_id);
comment on table requests.requests is 'Requests over HTTP, a partition a day (UTC); kept for LEDGERLINE_REQUEST_DAYS.';
`,
  },
}

const WRITE = `
insert into requests.requests
select r.tenant, r."requestId", to_timestamp(r.at / 1000.0), r.ms, r.method, r.route, r.path, r.parameters, r.status, r.problem,
  r.actor, r.session, r.address, r.client, r.node
from jsonb_to_recordset($1::jsonb) as r(tenant text, "requestId" text, at bigint, ms integer, method text, route text,
  path text, parameters text, status integer, problem text, actor text, session text, address text, client text, node text)`

export interface RequestLogOptions {
  /** The database of the tables. */
  url: string
  /** How many days are kept, besides the latest one. */
  days: number
  /** Called when requests could not be written, once for each time that the database was away. */
  onTrouble: (error: unknown, given: { up: number }) => void
}

export class RequestLog {
  /** For queries: its schema, as that of a read model. */
  readonly tables: Tables
  readonly #pool: Pool
  readonly #options: RequestLogOptions
  #waiting: LoggedRequest[] = []
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> | null = null
  readonly #days = new Set<string>()
  #givenUp = 0
  #isTroubled = false
  #isClosed = false

  /** @throws Problem `log.unavailable` */
  static async open(options: RequestLogOptions): Promise<RequestLog> {
    const pool = await withOwnTables(
      options.url,
      { application: 'ledgerline requests', durable: false, max: 2 },
      layout,
    )
    return new RequestLog(pool, options)
  }

  private constructor(pool: Pool, options: RequestLogOptions) {
    this.#pool = pool
    this.#options = options
    this.tables = new Kysely<Record<string, Record<string, unknown>>>({
      dialect: new PostgresDialect({ pool }),
    }).withSchema('requests')
  }

  /** Notes a request that was answered. It is written within a second. */
  note(request: LoggedRequest): void {
    if (this.#isClosed) return
    this.#waiting.push(request)
    const beyond = this.#waiting.length - MOST_WAITING
    if (beyond > 0) {
      this.#waiting.splice(0, beyond)
      this.#givenUp += beyond
    }
    if (this.#waiting.length >= BATCH) void this.flush()
    else this.#timer ??= setTimeout(() => void this.flush(), EVERY_MS).unref()
  }

  /** Writes what was noted so far. Never fails: what cannot be written waits. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    // What is being written was taken before this.
    await this.#writing
    this.#writing ??= this.#write().finally(() => (this.#writing = null))
    await this.#writing
  }

  /** Writes what is left, and closes its connections. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.flush()
    await this.#pool.end()
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH)
      try {
        for (const day of new Set(batch.map(({ at }) => dayOf(at)))) if (!this.#days.has(day)) await this.#begin(day)
        await answered(this.#pool.query(WRITE, [JSON.stringify(batch)]))
        // More may have been given up from the front meanwhile.
        const written = new Set(batch)
        this.#waiting = this.#waiting.filter((request) => !written.has(request))
        this.#isTroubled = false
      } catch (error) {
        if (!this.#isTroubled) this.#options.onTrouble(error, { up: this.#givenUp })
        this.#isTroubled = true
        if (!this.#isClosed) this.#timer ??= setTimeout(() => void this.flush(), EVERY_MS).unref()
        return
      }
    }
  }

  /** Makes a day's partition, and drops those that are kept no longer. */
  async #begin(day: string): Promise<void> {
    const begins = Date.parse(day)
    const next = dayOf(begins + DAY_MS)
    // By the requests' own time, which in a demo is not ours.
    const oldest = dayOf(begins - this.#options.days * DAY_MS)
    const make = async (): Promise<void> =>
      setUp(
        this.#pool,
        async (client) => {
          await client.query(
            `create table if not exists requests."${day}" partition of requests.requests
             for values from ('${day} 00:00Z') to ('${next} 00:00Z')`,
          )
          const { rows } = await client.query<{ name: string }>(
            `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
             where i.inhparent = 'requests.requests'::regclass`,
          )
          for (const { name } of rows)
            if (isDay(name) && name < oldest) await client.query(`drop table requests."${name}"`)
        },
        PARTITION_LOCK,
      )
    await answered(make())
    this.#days.add(day)
  }
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
