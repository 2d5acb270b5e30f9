/**
 * The vault on PostgreSQL: wrapped keys of persons in the log's database, so that a backup of the log contains the keys
 * that belong to it, and a key is on disk before anything is sealed with it.
 */
import type { Pool, PoolClient } from 'pg'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Vault } from '@ledgerline/core/kernel/vault.ts'
import { migrate, type Layout } from '@ledgerline/projections/postgres/migrate.ts'
import { answered, DEADLINE_MS } from '../postgres/answered.ts'
import { connections } from '../postgres/connect.ts'
import { setUp } from '../postgres/own-tables.ts'
import { findMasterKey, makeMasterKey, masterKeyPlace, type MasterKey } from './master.ts'
import { Sealing } from './sealing.ts'
import { KeyVault, type KeyStore } from './vault.ts'

export interface VaultOptions {
  /** Connection string of the log's database. */
  url: string
  /** Data directory, where `master.key` is looked for and, at the first start, made. */
  directory: string
  environment?: NodeJS.ProcessEnv
  /** Called if others could read the key file (this has been corrected). */
  onExposed?: (file: string) => void
}

/** How many keys are asked for in one statement. */
const BATCH = 10_000
/** Held during set-up of the vault. The number is arbitrary. */
const SETUP_LOCK = 7_239_001_146

const layout: Layout = {
  schema: 'keys',
  newer: (found, known) => new Problem('log.newer', { found, known }),
  migrations: {
    1: `
create table if not exists keys.master (check_value bytea not null, made_at timestamptz not null default now());
comment on table keys.master is 'One row: recognises the master key that wraps the keys of persons.';
create unique index if not exists one_master on keys.master ((true));
create table if not exists keys.person_keys (
  tenant text not null,
  subject text not null,
  wrapped_key bytea not null,
  made_at timestamptz not null default now(),
  primary key (tenant, subject)
);
comment on table keys.person_keys is 'The key of each person, wrapped by the master key. Deleting a row forgets the person.';
comment on column keys.person_keys.subject is 'Keyed hash of the person''s number or customer id.';
`,
  },
}

/**
 * Opens the vault of a data directory and its log database.
 * @throws Problem `key.master_lost` if the data were sealed under another master key, or it is missing
 * @throws Problem `key.file_invalid`, `log.unavailable`
 */
export async function openVault({
  url,
  directory,
  environment = process.env,
  onExposed = () => {},
}: VaultOptions): Promise<Vault> {
  const pool = connections(url, { application: 'ledgerline keys', statementMs: DEADLINE_MS, max: 2 })
  try {
    const master = await answered(setUp(pool, async (client) => prepare(client, directory, environment), SETUP_LOCK))
    if (master.wasExposed) onExposed(master.source)
    return new KeyVault(new Sealing(master.key), storeOn(pool))
  } catch (error) {
    await pool.end()
    throw error
  }
}

/** The tables, and the master key that fits them: a new one only if nothing was ever sealed. */
async function prepare(client: PoolClient, directory: string, environment: NodeJS.ProcessEnv): Promise<MasterKey> {
  await migrate(client, layout)
  const { rows } = await client.query<{ check: Buffer }>('select check_value as check from keys.master')
  const check = rows[0]?.check
  const found = findMasterKey(directory, environment)
  if (check && !found) throw new Problem('key.master_lost', { key: masterKeyPlace(directory) })
  const master = found ?? makeMasterKey(directory)
  const sealing = new Sealing(master.key)
  if (check && !sealing.fits(check)) throw new Problem('key.master_lost', { key: master.source })
  if (!check) await client.query('insert into keys.master (check_value) values ($1)', [sealing.check])
  return master
}

function storeOn(pool: Pool): KeyStore {
  const store: KeyStore = {
    async load(tenant, subjects) {
      const found = new Map<string, Buffer>()
      for (let from = 0; from < subjects.length; from += BATCH) {
        const query = pool.query<{ subject: string; wrapped: Buffer }>({
          name: 'keys of persons',
          text: 'select subject, wrapped_key as wrapped from keys.person_keys where tenant = $1 and subject = any($2)',
          values: [tenant, subjects.slice(from, from + BATCH)],
        })
        for (const { subject, wrapped } of (await answered(query)).rows) found.set(subject, wrapped)
      }
      return found
    },
    async add(tenant, keys) {
      const subjects = [...keys.keys()]
      const stored = new Map<string, Buffer>()
      for (let from = 0; from < subjects.length; from += BATCH) {
        const some = subjects.slice(from, from + BATCH)
        // Always in the same order, so that two processes adding the same persons do not wait for each other.
        some.sort()
        const query = pool.query<{ subject: string; wrapped: Buffer }>({
          name: 'new persons',
          // A row that is there is read, not tried again: a conflict would write to the table, too.
          text: `with given as materialized (
              select g.subject, g.fresh, p.wrapped_key as stored from unnest($2::text[], $3::bytea[]) as g(subject, fresh)
              left join keys.person_keys p on p.tenant = $1 and p.subject = g.subject
            ), made as (
              insert into keys.person_keys (tenant, subject, wrapped_key)
              select $1, subject, fresh from given where stored is null order by subject
              on conflict do nothing returning subject, wrapped_key
            )
            select subject, stored as wrapped from given where stored is not null
            union all select subject, wrapped_key from made`,
          values: [tenant, some, some.map((subject) => keys.get(subject))],
        })
        for (const { subject, wrapped } of (await answered(query)).rows) stored.set(subject, wrapped)
      }
      // Somebody else was quicker, at this moment.
      const others = subjects.filter((subject) => !stored.has(subject))
      if (others.length > 0)
        for (const [subject, wrapped] of await store.load(tenant, others)) stored.set(subject, wrapped)
      return stored
    },
    async remove(tenant, subject) {
      const { rowCount } = await answered(
        pool.query('delete from keys.person_keys where tenant = $1 and subject = $2', [tenant, subject]),
      )
      return rowCount === 1
    },
    close: () => pool.end(),
  }
  return store
}
