/**
 * Who may read what. Two kinds of readers log in: `ledgerline_reader` sees all tenants, `reader_<tenant>` its own.
 * These belong to the program, which masks what its viewers may not see. People who query by SQL have others,
 * `ledgerline_sql` and `sql_<tenant>`: they see the same rows, with numbers and names masked (`masked.ts`) unless they
 * are members of `ledgerline_numbers`. The tenant follows from the logged-in role (`current_user` and a row in
 * `tables.readers`), never from a variable that a query could set; a reader is not a member of any role it could switch
 * to.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Client } from 'pg'
import { runAll, sqlState } from './connect.ts'
import { MASKED } from './masked.ts'
import { quote } from './names.ts'
import { literal, SCHEMA, tableIn } from './table.ts'

/** Sees all tenants. */
export const ALL_READER = 'ledgerline_reader'
/** The role of which all tenants' readers are members; cannot log in. */
export const TENANT_READERS = 'ledgerline_tenant_reader'
/** The same for people who query by SQL. */
export const ALL_SQL = 'ledgerline_sql'
export const TENANT_SQL = 'ledgerline_tenant_sql'
/** Members see numbers and names unmasked. Nobody is a member until an administrator grants it. */
const NUMBERS = 'ledgerline_numbers'
/** Time limit of a reader's query, ms. */
const READER_STATEMENT_MS = 60_000

/** Connections that the SQL readers of a tenant may have at once: a tool that leaks them locks nobody else out. */
const SQL_CONNECTIONS = 20

/** Whose reader: the program's, or that of a person who queries by SQL. */
export type ReaderKind = 'program' | 'sql'

/** How much of the server one query may use. */
const bounds: Readonly<Record<string, string>> = {
  default_transaction_read_only: 'on',
  statement_timeout: String(READER_STATEMENT_MS),
  idle_in_transaction_session_timeout: '60000',
  lock_timeout: '10000',
  work_mem: '32MB',
  hash_mem_multiplier: '1',
  max_parallel_workers_per_gather: '1',
}
/** Limits that only an administrator of the server may set, and no reader can change. */
const hardBounds: Readonly<Record<string, string>> = { temp_file_limit: '1GB' }

/**
 * What an administrator of the server would have to run, since we may not: until then the limits for readers are
 * incomplete.
 */
export interface LeftOpen {
  user: string
  database: string
  statements: readonly string[]
}

/**
 * Creates the roles that all tables refer to, with their permissions; those made by an earlier version get today's
 * limits. Roles belong to the server, not the database: others may create them too, at the same moment.
 * @returns what we may not set; null: nothing
 */
export async function makeReaderRoles(client: Client): Promise<LeftOpen | null> {
  await makeRole(client, TENANT_READERS, 'nologin')
  await makeRole(client, ALL_READER, 'login')
  await makeRole(client, TENANT_SQL, 'nologin')
  await makeRole(client, ALL_SQL, 'login')
  await makeRole(client, NUMBERS, 'nologin')
  const both = EVERYBODY.join(', ')
  await client.query(`grant usage on schema public to ${both}`)
  // A policy looks up the reader's tenant in this table, with the reader's own rights: they see their own row.
  await client.query(`grant select (role, tenant) on ${SCHEMA}.readers to ${TENANT_READERS}, ${TENANT_SQL}`)
  await client.query(`alter table ${SCHEMA}.readers enable row level security`)
  await makePolicy(client, 'readers', 'own_line', TENANT_READERS, 'role = current_user')
  await makePolicy(client, 'readers', 'own_sql_line', TENANT_SQL, 'role = current_user')
  const { rows } = await client.query<{ name: string }>('select current_database() as name')
  const database = quote(rows[0]!.name)
  await client.query(`revoke temporary on database ${database} from public`)
  await client.query(`revoke create on schema public from public`)
  await client.query(`grant connect on database ${database} to ${both}`)
  const statements = [...(await boundReaders(client)), ...(await closeFunctions(client))]
  if (statements.length === 0) return null
  const user = await client.query<{ name: string }>('select current_user as name')
  return { user: user.rows[0]!.name, database: rows[0]!.name, statements }
}

const EVERYBODY = [ALL_READER, TENANT_READERS, ALL_SQL, TENANT_SQL]

/**
 * Functions that a query does not need: to take locks that we use ourselves, sleep on a connection, wake listeners,
 * write large objects, end sessions, change its own limits. By default everybody may; from now on only the owner of the
 * tables.
 */
const CLOSED = `p.proname ~ '^(pg_(try_)?advisory_|pg_sleep|lo_|lowrite$|loread$|pg_cancel_backend$|pg_terminate_backend$|pg_logical_emit_message$)' or p.proname in ('pg_notify', 'set_config', 'dblink', 'dblink_exec', 'dblink_connect')`

/**
 * Revokes them from everybody, if we may: they are an administrator's to grant. @returns what the administrator would
 * have to run
 */
async function closeFunctions(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ signature: string; may: boolean }>(
    `select p.oid::regprocedure::text as signature, (select rolsuper from pg_roles where rolname = current_user) as may from pg_proc p
     where (${CLOSED}) and has_function_privilege('public', p.oid, 'execute')`,
  )
  const open = rows.filter(({ may }) => !may)
  await runAll(
    client,
    rows.flatMap(({ signature, may }) =>
      may
        ? [
            `revoke execute on function ${signature} from public`,
            `grant execute on function ${signature} to current_user`,
          ]
        : [],
    ),
  )
  if (open.length === 0) return []
  const take = `execute format('revoke execute on function %s from public; grant execute on function %s to ${await ourName(client)}', f, f)`
  return [
    `do $$ declare f regprocedure; begin for f in select p.oid from pg_proc p where ${CLOSED} loop ${take}; end loop; end $$`,
  ]
}

async function makeRole(client: Client, role: string, options: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [role])
  if (rowCount) return
  // 42710, 23505: created by another process meanwhile.
  await tried(client, `create role ${quote(role)} ${options}`, ['42710', '23505'])
}

/** Readers that log in: those of the house, and those of every tenant so far. */
async function boundReaders(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    `select r.role from ${SCHEMA}.readers r join pg_roles p on p.rolname = r.role order by 1`,
  )
  const left: string[] = []
  for (const role of new Set([ALL_READER, ALL_SQL, ...rows.map(({ role }) => role)]))
    left.push(...(await bound(client, role)))
  return left
}

/** Sets the limits that a reader's role does not have yet. @returns what we may not set */
async function bound(client: Client, role: string): Promise<string[]> {
  const { rows } = await client.query<{ set: string[] | null; connections: number; version: number }>(
    `select rolconfig as set, rolconnlimit as connections, current_setting('server_version_num')::int as version
     from pg_roles where rolname = $1`,
    [role],
  )
  const set = new Set(rows[0]?.set ?? [])
  const isSql = role === ALL_SQL || role.startsWith('sql_')
  const wanted = { ...bounds, ...hardBounds, ...(isSql && { search_path: `${MASKED}, public` }) }
  const left = new Set<string>()
  if (isSql && rows[0]?.connections !== SQL_CONNECTIONS) {
    const statement = `alter role ${quote(role)} connection limit ${SQL_CONNECTIONS}`
    if ((await tried(client, statement, ['42501', 'XX000'])) === '42501') left.add(statement)
  }
  for (const [name, value] of Object.entries(wanted)) {
    if (set.has(`${name}=${value}`)) continue
    const statement = `alter role ${quote(role)} set ${name} = ${name === 'search_path' ? value : literal(value)}`
    const refused = await tried(client, statement, ['42501', 'XX000'])
    // 42501: we are no administrator, or someone else created the role. XX000: another database of this server is doing
    // the same at this moment.
    if (refused !== '42501') continue
    left.add(statement)
    // From PostgreSQL 15 on the right to set one may be granted, for roles that are still to come.
    if (name in hardBounds && rows[0]!.version >= 150_000)
      left.add(`grant set on parameter ${name} to ${await ourName(client)}`)
  }
  return [...left]
}

async function ourName(client: Client): Promise<string> {
  return (await client.query<{ name: string }>('select quote_ident(current_user) as name')).rows[0]!.name
}

/**
 * Within a transaction: executes a statement that may be refused for these reasons. @returns the reason; null: it was
 * not refused
 */
async function tried(client: Client, statement: string, refusals: readonly string[]): Promise<string | null> {
  await client.query('savepoint tried')
  try {
    await client.query(statement)
    await client.query('release savepoint tried')
    return null
  } catch (error) {
    const state = sqlState(error) ?? ''
    if (!refusals.includes(state)) throw error
    await client.query('rollback to savepoint tried')
    return state
  }
}

async function makePolicy(client: Client, table: string, name: string, role: string, condition: string): Promise<void> {
  const { rowCount } = await client.query(
    'select 1 from pg_policies where schemaname = $1 and tablename = $2 and policyname = $3',
    [SCHEMA, table, name],
  )
  if (!rowCount)
    await client.query(`create policy ${quote(name)} on ${tableIn(table)} for select to ${role} using (${condition})`)
}

/** Statements that protect a table of a read model. */
export function protect(table: string): string[] {
  const target = tableIn(table)
  return [
    `alter table ${target} enable row level security`,
    `create policy all_tenants on ${target} for select to ${ALL_READER} using (true)`,
    `create policy own_tenant on ${target} for select to ${TENANT_READERS} using (tenant = (select r.tenant from ${SCHEMA}.readers r where r.role = current_user))`,
    `grant select on ${target} to ${ALL_READER}, ${TENANT_READERS}`,
    ...openToSql(table),
  ]
}

/**
 * Statements that open a table to people who query by SQL: only through its views, for they cannot name the table
 * itself.
 */
function openToSql(table: string): string[] {
  const target = tableIn(table)
  return [
    `drop policy if exists all_tenants_sql on ${target}`,
    `drop policy if exists own_tenant_sql on ${target}`,
    `create policy all_tenants_sql on ${target} for select to ${ALL_SQL} using (true)`,
    `create policy own_tenant_sql on ${target} for select to ${TENANT_SQL} using (tenant = (select r.tenant from ${SCHEMA}.readers r where r.role = current_user))`,
    `grant select on ${target} to ${ALL_SQL}, ${TENANT_SQL}`,
  ]
}

/** Opens tables that were created before there were such people. */
export async function openAllToSql(client: Client, tables: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select tablename as name from pg_policies where schemaname = $1 and policyname = 'own_tenant_sql'`,
    [SCHEMA],
  )
  const open = new Set(rows.map(({ name }) => name))
  for (const table of tables) if (!open.has(table)) await runAll(client, openToSql(table))
}

/** The log-in role of a tenant's readers: `reader_<tenant>`, or a hash if that is not a valid role name. */
function readerRole(tenant: string | null, kind: ReaderKind): string {
  if (tenant === null) return kind === 'sql' ? ALL_SQL : ALL_READER
  const prefix = kind === 'sql' ? 'sql' : 'reader'
  return /^[a-z0-9_-]{1,50}$/.test(tenant)
    ? `${prefix}_${tenant}`
    : `${prefix}_h_${createHash('sha256').update(tenant).digest('hex').slice(0, 40)}`
}

/**
 * A connection string for reading one tenant's rows (null: all tenants'), derived from the engine's own; the role is
 * created if absent. `client` is connected as the owner of the tables.
 */
export async function readerUrl(
  client: Client,
  url: string,
  tenant: string | null,
  kind: ReaderKind = 'program',
): Promise<string> {
  const role = readerRole(tenant, kind)
  for (let attempt = 1; ; attempt++) {
    await client.query('begin')
    try {
      const secret = await readerSecret(client, role, tenant, kind)
      await client.query('commit')
      const address = new URL(url)
      address.username = encodeURIComponent(role)
      address.password = encodeURIComponent(secret)
      return address.toString()
    } catch (error) {
      await client.query('rollback').catch(() => {})
      // XX000: another database of this server is changing the same role at this moment.
      if (sqlState(error) !== 'XX000' || attempt === 10) throw error
    }
  }
}

/**
 * The reader's password, kept in `tables.readers`, which readers cannot see; the role is created at the first query.
 */
async function readerSecret(client: Client, role: string, tenant: string | null, kind: ReaderKind): Promise<string> {
  await client.query(`lock table ${SCHEMA}.readers in share row exclusive mode`)
  const known = await client.query<{ secret: string }>(`select secret from ${SCHEMA}.readers where role = $1`, [role])
  if (known.rows[0]) return known.rows[0].secret
  await makeRole(client, role, 'login')
  // Any limit left open here was reported at the start, or will be at the next.
  await bound(client, role)
  const secret = await newSecret(client, role)
  await client.query(`alter role ${quote(role)} password ${literal(secret)}`)
  if (tenant !== null) await client.query(`grant ${kind === 'sql' ? TENANT_SQL : TENANT_READERS} to ${quote(role)}`)
  await client.query(`insert into ${SCHEMA}.readers (role, tenant, secret) values ($1, $2, $3)`, [role, tenant, secret])
  return secret
}

/**
 * Several databases of one server share its roles, and must not invalidate each other's passwords: if the owner has a
 * password, the reader's is derived from its verifier, the same in all of them.
 */
async function newSecret(client: Client, role: string): Promise<string> {
  await client.query('savepoint verifier')
  try {
    const { rows } = await client.query<{ verifier: string | null }>(
      'select rolpassword as verifier from pg_authid where rolname = current_user',
    )
    const verifier = rows[0]?.verifier
    if (verifier) return createHmac('sha256', verifier).update(role).digest('base64url')
  } catch (error) {
    // 42501: not a superuser.
    if (sqlState(error) !== '42501') throw error
    await client.query('rollback to savepoint verifier')
  }
  return randomBytes(24).toString('base64url')
}
