/**
 * Leases in the tables' database, one row per name. Only the database's clock counts; but an asker that has seen a row
 * unchanged for longer than a lease lasts may take it even if that clock (set back by somebody) says otherwise. Nor does
 * anybody wait for the rest of a lease whose holder's session has ended: a killed process has no session any more, and a
 * holder that only lost its connection finds the lease taken. Losing these rows costs a moment and never reuses an epoch,
 * since the ledger knows those too; so commits need not wait for the disk.
 */
import type { LeaseAsked, LeaseGranted, LeaseHeld, Leases } from '@ledgerline/core/kernel/lease.ts'
import { answered } from '../postgres/answered.ts'
import { withOwnTables } from '../postgres/own-tables.ts'
import { processesLayout } from '../postgres/processes-layout.ts'

/** An answer that takes longer than this is useless. */
const ANSWER_MS = 2_000

/** Tells a session from a later one with the same number. */
const BEGAN = '(select backend_start from pg_stat_activity where pid = pg_backend_pid())'

const ACQUIRE = `
insert into processes.leases as l (name, epoch, holder, until, renewals, backend, began)
values ($1, $4::bigint + 1, $2, clock_timestamp() + $3 * interval '1 ms', 1, pg_backend_pid(), ${BEGAN})
on conflict (name) do update set
  epoch = case when l.holder = $2 and l.until > clock_timestamp() and l.epoch > $4 then l.epoch else greatest(l.epoch, $4) + 1 end,
  holder = $2, until = clock_timestamp() + $3 * interval '1 ms', renewals = l.renewals + 1, backend = excluded.backend, began = excluded.began
where l.until <= clock_timestamp() or l.holder = $2 or l.epoch || '.' || l.renewals = $5
  or not exists (select from pg_stat_activity s where s.pid = l.backend and (s.backend_start is null or s.backend_start = l.began))
returning epoch`

const HELD = `
select epoch, holder, epoch || '.' || renewals as mark, extract(epoch from until - clock_timestamp())::float8 * 1000 as "leftMs"
from processes.leases where name = $1`

const RENEW = `
update processes.leases set until = clock_timestamp() + $4 * interval '1 ms', renewals = renewals + 1, backend = pg_backend_pid(), began = ${BEGAN}
where name = $1 and holder = $2 and epoch = $3`

const RELEASE = `update processes.leases set until = '-infinity' where name = $1 and holder = $2 and epoch = $3`

/**
 * Opens the leases in the tables' database.
 * @throws Problem `log.unavailable`
 */
export async function openLeases(url: string): Promise<Leases & { close(): Promise<void> }> {
  const pool = await withOwnTables(
    url,
    { application: 'ledgerline leases', durable: false, max: 1, statementMs: ANSWER_MS },
    processesLayout,
  )
  return {
    async acquire({ name, holder, forMs, above, dead }: LeaseAsked): Promise<LeaseGranted | LeaseHeld> {
      for (;;) {
        const { rows } = await answered(
          pool.query<{ epoch: number }>(ACQUIRE, [name, holder, forMs, above, dead ?? '']),
          ANSWER_MS,
        )
        if (rows[0]) return { granted: true, epoch: rows[0].epoch }
        const held = await answered(pool.query<Omit<LeaseHeld, 'granted'>>(HELD, [name]), ANSWER_MS)
        // The holder may have gone between the two queries.
        if (held.rows[0]) return { granted: false, ...held.rows[0] }
      }
    },
    async renew({ name, holder, epoch, forMs }) {
      const { rowCount } = await answered(pool.query(RENEW, [name, holder, epoch, forMs]), ANSWER_MS)
      return rowCount === 1
    },
    async release({ name, holder, epoch }) {
      await answered(pool.query(RELEASE, [name, holder, epoch]), ANSWER_MS)
    },
    close: () => pool.end(),
  }
}
