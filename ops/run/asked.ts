/** A single query to the tables' database, on a connection of its own. */
import { connection } from '@ledgerline/adapters/postgres/connect.ts'

export async function asked<T>(
  url: string,
  question: (client: ReturnType<typeof connection>) => Promise<T>,
): Promise<T> {
  const client = connection(url, { application: 'ledgerline up' })
  await client.connect()
  try {
    return await question(client)
  } finally {
    await client.end()
  }
}
