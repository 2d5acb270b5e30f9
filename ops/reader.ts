/** The connection by which people outside the program read the tables: a role that may do nothing else. */
import { connect, disconnect } from '@ledgerline/projections/engine/connect.ts'
import { readerUrl } from '@ledgerline/projections/engine/readers.ts'

/**
 * A connection string for reading one tenant's rows, or those of all.
 * @param tables the tables' database, as its owner
 * @throws Problem `tables.unavailable`
 */
export async function reader(tables: string, tenant: string | null): Promise<string> {
  const client = await connect(tables, { application: 'ledgerline readers' })
  try {
    return await readerUrl(client, tables, tenant)
  } finally {
    await disconnect(client)
  }
}
