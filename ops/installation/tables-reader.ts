/** The connection by which people outside the program read the tables: a role that may do nothing else. */
import { connect, disconnect } from '@ledgerline/projections/engine/connect.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { readerUrl, type ReaderKind } from '@ledgerline/projections/engine/readers.ts'
import { knownTenants } from '@ledgerline/projections/reports/latest.ts'

/**
 * A connection string for reading one tenant's rows, or those of all.
 * @param tables the tables' database, as its owner
 * @param kind whose: the program's own (it masks), or that of a person who queries by SQL and sees numbers masked
 * @throws Problem `tables.unavailable`, `tenant.unknown`: a mistyped name creates no role
 */
export async function reader(tables: string, tenant: string | null, kind: ReaderKind = 'program'): Promise<string> {
  const client = await connect(tables, { application: 'ledgerline readers' })
  try {
    if (tenant !== null) {
      const tenants = await knownTenants(client)
      if (!tenants.includes(tenant)) throw new Problem('tenant.unknown', { tenant, tenants: tenants.join(', ') || '–' })
    }
    return await readerUrl(client, tables, tenant, kind)
  } finally {
    await disconnect(client)
  }
}
