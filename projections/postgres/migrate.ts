/**
 * Numbered migrations of a schema that a part of Ledgerline keeps for itself (bookkeeping, keys, answers, leases,
 * seals), run by kysely's Migrator. Each schema has its own `migrations` table. Databases made before there were
 * migrations have none, so the first migration of each schema leaves existing tables alone: it creates a schema and is
 * its baseline too.
 */
import { Kysely, PostgresAdapter, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { ClientBase } from 'pg'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'

export interface Layout {
  schema: string
  /** SQL by number ("1", "2", …), without gaps. A migration that was released is never changed. */
  migrations: Readonly<Record<number, string>>
  /** The problem of a schema that a newer version of the program has migrated further than this one knows. */
  newer: (found: number, known: number) => Problem
}

/** Names sort as numbers do. */
const nameOf = (number: number): string => String(number).padStart(4, '0')

/** The caller already holds a lock; the Migrator's own would outlive a transaction that fails. */
class LockedByCaller extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

class OneConnection extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new LockedByCaller()
  }
}

/**
 * Runs the missing migrations inside the caller's transaction. The caller holds an advisory lock, the same for
 * everybody who migrates this schema, so that two processes that start at once do not migrate at once.
 * @throws Problem what `newer` returns
 */
export async function migrate(client: ClientBase, { schema, migrations, newer }: Layout): Promise<void> {
  const known = Object.keys(migrations).length
  const applied = await lastApplied(client, schema)
  if (applied > known) throw newer(applied, known)
  if (applied === known) return
  const query = client.query.bind(client) as never
  const pool = { options: {}, connect: async () => ({ query, release: () => {} }), end: async () => {} }
  const migrator = new Migrator({
    db: new Kysely<unknown>({ dialect: new OneConnection({ pool }) }),
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          Object.entries(migrations).map(([number, text]) => [
            nameOf(Number(number)),
            { up: async (db: Kysely<unknown>) => void (await sql.raw(text).execute(db)) },
          ]),
        ),
    },
    migrationTableSchema: schema,
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
    disableTransactions: true,
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

/** Number of the last migration applied to a schema; 0: none yet. */
async function lastApplied(client: ClientBase, schema: string): Promise<number> {
  const { rows: tables } = await client.query<{ made: boolean }>('select to_regclass($1) is not null as made', [
    `${schema}.migrations`,
  ])
  if (!tables[0]!.made) return 0
  const { rows } = await client.query<{ last: string | null }>(`select max(name) as last from ${schema}.migrations`)
  return Number(rows[0]!.last ?? 0)
}
