/** Registrations in the tables' database, in a schema of their own: one row for each phone, with all its contacts. */
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Layout } from '@ledgerline/projections/postgres/migrate.ts'
import { isUnreachable } from '../../postgres/connect.ts'
import { within } from '../../postgres/line.ts'
import { withOwnTables } from '../../postgres/own-tables.ts'
import { STORE_MS, type Bindings, type Kept } from './bindings.ts'
import type { Binding } from './registrar.ts'

const layout: Layout = {
  schema: 'telephony',
  newer: (found, known) => new Problem('tables.newer', { model: 'telephony', found, known }),
  migrations: {
    1: `
create table if not exists telephony.bindings (
  tenant text not null,
  extension text not null,
  revision bigint not null,
  bindings jsonb not null,
  primary key (tenant, extension)
);
comment on table telephony.bindings is 'Where each registered phone can be reached, and until when.';
`,
  },
}

/**
 * Opens the store in the tables' database.
 * @throws Problem `log.unavailable`, `tables.newer`
 */
export async function openPostgresBindings(url: string): Promise<Bindings> {
  const pool = await withOwnTables(
    url,
    // What a crash of the server's machine loses is registered again within the hour.
    { application: 'ledgerline registrations', durable: false, max: 2, statementMs: STORE_MS },
    layout,
  )
  async function rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await within(STORE_MS, pool.query<Row>(text, values))).rows
    } catch (cause) {
      if (!isUnreachable(cause)) throw cause
      throw new Problem('sip.bindings_away', { reason: (cause as Error).message }, { cause })
    }
  }
  return {
    all: () =>
      rows<Kept>(`select tenant, extension, revision, bindings from telephony.bindings where bindings <> '[]'::jsonb`),
    async load(phone) {
      const [kept] = await rows<{ revision: number; bindings: Binding[] }>(
        'select revision, bindings from telephony.bindings where tenant = $1 and extension = $2',
        [phone.tenant, phone.extension],
      )
      return { ...phone, ...(kept ?? { revision: 0, bindings: [] }) }
    },
    async save({ tenant, extension }, expected, bindings) {
      const [saved] = await rows<{ revision: number }>(
        expected === 0
          ? `insert into telephony.bindings (tenant, extension, revision, bindings) values ($1, $2, $3::bigint + 1, $4)
             on conflict do nothing returning revision`
          : `update telephony.bindings set revision = revision + 1, bindings = $4
             where tenant = $1 and extension = $2 and revision = $3 returning revision`,
        [tenant, extension, expected, JSON.stringify(bindings)],
      )
      return saved?.revision ?? null
    },
    close: () => pool.end(),
  }
}
