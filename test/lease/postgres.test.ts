/** Leases in PostgreSQL keep the contract of leases. */
import { openLeases } from '@ledgerline/adapters/lease/postgres.ts'
import { leaseContract } from '../contract/leases.ts'
import { freshDatabase } from '../support/postgres.ts'

leaseContract('leases in PostgreSQL', async () => {
  const database = await freshDatabase('leases')
  const leases = await openLeases(database.url)
  return {
    leases,
    async close() {
      await leases.close()
      await database.drop()
    },
  }
})
