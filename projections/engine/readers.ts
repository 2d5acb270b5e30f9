/**
 * Who may read what. Two kinds of readers log in: `ledgerline_reader` sees all tenants, `reader_<tenant>`
 * his own. The tenant follows from the role that is logged in (`current_user` and a row in `tables.readers`),
 * never from a variable that a query could set; a reader is a member of nothing that he could change to.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Client } from 'pg'
import { sqlState } from './connect.ts'
import { literal, quote, SCHEMA, tableIn } from './table.ts'

/** Sees all tenants. */
export const ALL_READER = 'ledgerline_reader'
/** What all tenants' readers are members of; cannot log in. */
export const TENANT_READERS = 'ledgerline_tenant_reader'
/** A reader's query ends after so long, ms. */
const READER_STATEMENT_MS = 60_000

/** Makes the roles that all tables refer to, and what they may. Roles belong to the server, not the database: others may make them too, at the same moment. */
export async function makeReaderRoles(client: Client): Promise<void> {
  await makeRole(client, TENANT_READERS, 'nologin')
  await makeRole(client, ALL_READER, 'login')
  const both = `${ALL_READER}, ${TENANT_READERS}`
  await client.query(`grant usage on schema public to ${both}`)
  // A policy asks this table for the reader's tenant, with the reader's own rights: he sees his own line.
  await client.query(`grant select (role, tenant) on ${SCHEMA}.readers to ${TENANT_READERS}`)
  await client.query(`alter table ${SCHEMA}.readers enable row level security`)
  await makePolicy(client, 'readers', 'own_line', TENANT_READERS, 'role = current_user')
  const { rows } = await client.query<{ name: string }>('select current_database() as name')
  const database = quote(rows[0]!.name)
  await client.query(`revoke temporary on database ${database} from public`)
  await client.query(`revoke create on schema public from public`)
  await client.query(`grant connect on database ${database} to ${both}`)
}

async function makeRole(client: Client, role: string, options: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [role])
  if (rowCount) return
  await client.query('savepoint role')
  try {
    await client.query(`create role ${quote(role)} ${options}`)
    if (options.startsWith('login')) {
      await client.query(`alter role ${quote(role)} set default_transaction_read_only = on`)
      await client.query(`alter role ${quote(role)} set statement_timeout = ${READER_STATEMENT_MS}`)
    }
  } catch (error) {
    // 42710, 23505: made by somebody else meanwhile.
    if (sqlState(error) !== '42710' && sqlState(error) !== '23505') throw error
    await client.query('rollback to savepoint role')
  }
}

async function makePolicy(client: Client, table: string, name: string, role: string, condition: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_policies where schemaname = $1 and tablename = $2 and policyname = $3', [SCHEMA, table, name])
  if (!rowCount) await client.query(`create policy ${quote(name)} on ${tableIn(table)} for select to ${role} using (${condition})`)
}

/** Statements that protect a table of a read model. */
export function protect(table: string): string[] {
  const target = tableIn(table)
  return [
    `alter table ${target} enable row level security`,
    `create policy all_tenants on ${target} for select to ${ALL_READER} using (true)`,
    `create policy own_tenant on ${target} for select to ${TENANT_READERS} using (tenant = (select r.tenant from ${SCHEMA}.readers r where r.role = current_user))`,
    `grant select on ${target} to ${ALL_READER}, ${TENANT_READERS}`,
  ]
}

/** The log-in role of a tenant's readers: `reader_<tenant>`, or a hash where that is no name for a role. */
function readerRole(tenant: string | null): string {
  if (tenant === null) return ALL_READER
  return /^[a-z0-9_-]{1,50}$/.test(tenant) ? `reader_${tenant}` : `reader_h_${createHash('sha256').update(tenant).digest('hex').slice(0, 40)}`
}

/**
 * A connection string for reading one tenant's rows (null: all tenants'), made of the engine's own; the
 * role is made when it is absent. `client` is connected as the owner of the tables.
 */
export async function readerUrl(client: Client, url: string, tenant: string | null): Promise<string> {
  const role = readerRole(tenant)
  for (let attempt = 1; ; attempt++) {
    await client.query('begin')
    try {
      const secret = await readerSecret(client, role, tenant)
      await client.query('commit')
      const address = new URL(url)
      address.username = encodeURIComponent(role)
      address.password = encodeURIComponent(secret)
      return address.toString()
    } catch (error) {
      await client.query('rollback').catch(() => {})
      // XX000: another database of this server changes the same role at this moment.
      if (sqlState(error) !== 'XX000' || attempt === 10) throw error
    }
  }
}

/** The reader's password, kept in `tables.readers`, which readers cannot see; the role is made at the first question. */
async function readerSecret(client: Client, role: string, tenant: string | null): Promise<string> {
  await client.query(`lock table ${SCHEMA}.readers in share row exclusive mode`)
  const known = await client.query<{ secret: string }>(`select secret from ${SCHEMA}.readers where role = $1`, [role])
  if (known.rows[0]) return known.rows[0].secret
  await makeRole(client, role, 'login')
  const secret = await newSecret(client, role)
  await client.query(`alter role ${quote(role)} password ${literal(secret)}`)
  if (tenant !== null) await client.query(`grant ${TENANT_READERS} to ${quote(role)}`)
  await client.query(`insert into ${SCHEMA}.readers (role, tenant, secret) values ($1, $2, $3)`, [role, tenant, secret])
  return secret
}

/**
 * Several databases of one server share its roles, and must not take each other's passwords away: where
 * the owner has a password, the reader's follows from its verifier, the same in all of them.
 */
async function newSecret(client: Client, role: string): Promise<string> {
  await client.query('savepoint verifier')
  try {
    const { rows } = await client.query<{ verifier: string | null }>('select rolpassword as verifier from pg_authid where rolname = current_user')
    const verifier = rows[0]?.verifier
    if (verifier) return createHmac('sha256', verifier).update(role).digest('base64url')
  } catch (error) {
    // 42501: no superuser.
    if (sqlState(error) !== '42501') throw error
    await client.query('rollback to savepoint verifier')
  }
  return randomBytes(24).toString('base64url')
}
