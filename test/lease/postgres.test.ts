/** Leases in PostgreSQL keep the contract of leases. */
import { openLeases } from '@ledgerline/adapters/lease/postgres.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LeaseAsked } from '@ledgerline/core/kernel/lease.ts'
import { leaseContract } from '../contract/leases.ts'
import { freshDatabase } from '../support/postgres.ts'

const sessions = suite('sessions of lease holders')

const ask = (holder: string): LeaseAsked => ({ name: 'one', holder, forMs: 60_000, above: 0, dead: null })

sessions('a holder whose session has ended is not waited for; one with a new session keeps what it has', async () => {
  const database = await freshDatabase('lease_sessions')
  const [first, second] = [await openLeases(database.url), await openLeases(database.url)]
  try {
    assert.equal(await first.acquire(ask('a')), { granted: true, epoch: 1 })
    assert.is((await second.acquire(ask('b'))).granted, false)
    await database.dropConnections()
    assert.is(
      await first
        .renew({ name: 'one', holder: 'a', epoch: 1, forMs: 60_000 })
        .catch(() => first.renew({ name: 'one', holder: 'a', epoch: 1, forMs: 60_000 })),
      true,
    )
    assert.is((await second.acquire(ask('b')).catch(() => second.acquire(ask('b')))).granted, false)
    // As if it had been killed.
    await first.close()
    for (;;) {
      const answer = await second.acquire(ask('b'))
      if (!answer.granted) continue
      assert.is(answer.epoch, 2)
      break
    }
  } finally {
    await second.close()
    await database.drop()
  }
})

sessions.run()

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
