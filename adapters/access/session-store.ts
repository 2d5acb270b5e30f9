/**
 * Where sessions are kept, and the failed log-ins of the last day: two small tables beside the log, owned by the processes
 * that answer HTTP. They are no events, because a session is used at every click and ends by itself; that somebody logged in,
 * and out, is in the ledger (`core/access/trail.ts`). They are no read model either: a session must end the moment somebody
 * ends it, in every process, and a rebuild must not bring it back. Who loses these tables loses the log-ins and nothing else.
 *
 * A session’s token is nowhere: the table has its hash, so a copy of the database opens nothing.
 */
import type { Pool } from 'pg'
import { LONGEST_MS } from '@ledgerline/core/access/lifetime.ts'
import { REMEMBERED_MS, type Failures } from '@ledgerline/core/access/attempts.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Layout } from '@ledgerline/projections/postgres/migrate.ts'
import { answered, DEADLINE_MS } from '../postgres/answered.ts'
import { withOwnTables } from '../postgres/own-tables.ts'

const PRUNE_EVERY_MS = 10 * 60_000

const layout: Layout = {
  schema: 'access',
  newer: (found, known) => new Problem('access.newer', { found, known }),
  migrations: {
    1: `
create table if not exists access.sessions (
  token_hash bytea primary key,
  session_id text not null unique,
  tenant text not null,
  user_id text not null,
  started_at timestamptz not null,
  used_at timestamptz not null,
  source text not null,
  program text not null
);
comment on table access.sessions is 'Who is logged in. A row that is gone is a session that has ended.';
create index if not exists sessions_of_user on access.sessions (tenant, user_id);
create index if not exists sessions_begun on access.sessions (started_at);
create table if not exists access.failures (
  tenant text not null,
  account text not null,
  source text not null,
  failures integer not null,
  last_at timestamptz not null,
  primary key (tenant, account, source)
);
comment on table access.failures is 'Failed log-ins of the last day, by keyed hashes of the name and of the address.';
create index if not exists failures_of_source on access.failures (tenant, source);
create index if not exists failures_last on access.failures (last_at);
`,
  },
}

export interface KeptSession {
  sessionId: string
  tenant: string
  userId: string
  startedAt: number
  usedAt: number
  /** The address it was begun from. */
  source: string
  /** What the browser said of itself, shortened. */
  program: string
}

/** A name and an address, as keyed hashes. */
export interface Account {
  tenant: string
  account: string
  source: string
}

interface Row {
  session_id: string
  tenant: string
  user_id: string
  started_at: number
  used_at: number
  source: string
  program: string
}

const COLUMNS =
  'session_id, tenant, user_id, (extract(epoch from started_at) * 1000)::float8 as started_at, ' +
  '(extract(epoch from used_at) * 1000)::float8 as used_at, source, program'

export class SessionStore {
  readonly #pool: Pool
  #prunedAt = Number.NEGATIVE_INFINITY

  private constructor(pool: Pool) {
    this.#pool = pool
  }

  /**
   * @param url the log’s database
   * @throws Problem `log.unavailable`, `access.newer`
   */
  static async open(url: string): Promise<SessionStore> {
    const options = { application: 'ledgerline sessions', statementMs: DEADLINE_MS, max: 4 }
    return new SessionStore(await withOwnTables(url, options, layout))
  }

  async begin(tokenHash: Buffer, session: KeptSession): Promise<void> {
    const { sessionId, tenant, userId, startedAt, source, program } = session
    await this.#query(
      `insert into access.sessions (token_hash, session_id, tenant, user_id, started_at, used_at, source, program)
       values ($1, $2, $3, $4, $5, $5, $6, $7)`,
      [tokenHash, sessionId, tenant, userId, new Date(startedAt), source, program],
    )
    void this.#prune(startedAt)
  }

  async find(tokenHash: Buffer): Promise<KeptSession | null> {
    const rows = await this.#query<Row>(`select ${COLUMNS} from access.sessions where token_hash = $1`, [tokenHash])
    return rows[0] ? sessionOf(rows[0]) : null
  }

  async used(sessionId: string, at: number): Promise<void> {
    await this.#query('update access.sessions set used_at = $2 where session_id = $1', [sessionId, new Date(at)])
  }

  /** Which of these sessions there still are. */
  async still(sessionIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#query<Row>('select session_id from access.sessions where session_id = any($1)', [
      sessionIds,
    ])
    return new Set(rows.map((row) => row.session_id))
  }

  async ofUser(tenant: string, userId: string): Promise<KeptSession[]> {
    const rows = await this.#query<Row>(
      `select ${COLUMNS} from access.sessions where tenant = $1 and user_id = $2 order by used_at desc, session_id limit 1000`,
      [tenant, userId],
    )
    return rows.map(sessionOf)
  }

  /** Ends sessions of a user: the named one, or all but one. Returns those that it ended. */
  async end(tenant: string, userId: string, which: { only: string } | { but: string | null }): Promise<string[]> {
    const [condition, id] = 'only' in which ? ['=', which.only] : ['is distinct from', which.but]
    const rows = await this.#query<Row>(
      `delete from access.sessions where tenant = $1 and user_id = $2 and session_id ${condition} $3 returning session_id`,
      [tenant, userId, id],
    )
    return rows.map((row) => row.session_id)
  }

  /** Failed log-ins that still count. */
  async failures({ tenant, account, source }: Account, now: number): Promise<Failures> {
    const [row] = await this.#query<{ here: number; last_at: number; of_name: number; of_source: number }>(
      `select coalesce(sum(failures) filter (where account = $2 and source = $3), 0)::int as here,
              coalesce(extract(epoch from max(last_at) filter (where account = $2 and source = $3)) * 1000, 0)::float8 as last_at,
              coalesce(sum(failures) filter (where account = $2), 0)::int as of_name,
              coalesce(sum(failures) filter (where source = $3), 0)::int as of_source
       from access.failures where tenant = $1 and (account = $2 or source = $3) and last_at > $4`,
      [tenant, account, source, new Date(now - REMEMBERED_MS)],
    )
    return { here: row!.here, lastAt: row!.last_at, ofName: row!.of_name, ofSource: row!.of_source }
  }

  /**
   * Counts a try before it is made, so that many at once are no more than one after the other.
   * @param expected failures as they were read: if others came in between, the try is not counted, and null is returned
   */
  async count({ tenant, account, source }: Account, expected: number, now: number): Promise<number | null> {
    const rows = await this.#query<{ failures: number }>(
      `insert into access.failures as f (tenant, account, source, failures, last_at) values ($1, $2, $3, 1, $5)
       on conflict (tenant, account, source) do update
         set failures = case when f.last_at > $6 then f.failures + 1 else 1 end, last_at = $5
         where case when f.last_at > $6 then f.failures else 0 end = $4
       returning failures`,
      [tenant, account, source, expected, new Date(now), new Date(now - REMEMBERED_MS)],
    )
    return rows[0]?.failures ?? null
  }

  /** The try was none that counts: it succeeded, and with it what failed before from there. */
  async forgive({ tenant, account, source }: Account): Promise<void> {
    await this.#query('delete from access.failures where tenant = $1 and account = $2 and source = $3', [
      tenant,
      account,
      source,
    ])
  }

  /** The try was not made after all. */
  async uncount({ tenant, account, source }: Account): Promise<void> {
    await this.#query(
      'update access.failures set failures = failures - 1 where tenant = $1 and account = $2 and source = $3 and failures > 0',
      [tenant, account, source],
    )
  }

  /** The name is open again, from everywhere. */
  async thaw(tenant: string, account: string): Promise<void> {
    await this.#query('delete from access.failures where tenant = $1 and account = $2', [tenant, account])
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #query<R extends object>(text: string, values: readonly unknown[]): Promise<R[]> {
    return (await answered(this.#pool.query<R>(text, values as unknown[]))).rows
  }

  /** What no longer counts goes now and then; nobody waits for it, and what is missed goes the next time. */
  async #prune(now: number): Promise<void> {
    if (now - this.#prunedAt < PRUNE_EVERY_MS) return
    this.#prunedAt = now
    await Promise.allSettled([
      this.#query('delete from access.sessions where started_at < $1', [new Date(now - LONGEST_MS)]),
      this.#query('delete from access.failures where last_at < $1', [new Date(now - REMEMBERED_MS)]),
    ])
  }
}

function sessionOf(row: Row): KeptSession {
  const {
    session_id: sessionId,
    tenant,
    user_id: userId,
    started_at: startedAt,
    used_at: usedAt,
    source,
    program,
  } = row
  return { sessionId, tenant, userId, startedAt, usedAt, source, program }
}
