/** How far a tenant's time has come, as its tables know it. */
import type { Client } from 'pg'
import { SCHEMA } from '../engine/table.ts'

/**
 * The latest moment that the tables know of a tenant, UTC ms; null if they know nothing. No call lasts longer than a
 * day: only those of the last day are examined, found by their index.
 */
export async function latestMoment(client: Pick<Client, 'query'>, tenant: string): Promise<number | null> {
  const { rows } = await client.query<{ at: string | null }>(
    `select (extract(epoch from greatest(
       (select max(greatest(received_at, queued_at, answered_at, ended_at)) from calls
         where tenant = $1 and received_at >= (select max(received_at) from calls where tenant = $1) - interval '1 day'),
       (select max(since) from agent_monitor where tenant = $1)
     )) * 1000)::bigint as at`,
    [tenant],
  )
  const at = rows[0]?.at ?? null
  return at === null ? null : Number(at)
}

/** Tenants that the tables know, in the order of their names. */
export async function knownTenants(client: Pick<Client, 'query'>): Promise<string[]> {
  const { rows } = await client.query<{ tenant: string }>('select tenant from tenants order by tenant')
  return rows.map((row) => row.tenant)
}

/**
 * The time according to the tables' server, UTC ms: its clock, and when the last event in the tables counts as
 * recorded; null: there is none.
 */
export async function serverTimes(client: Pick<Client, 'query'>): Promise<{ server: number; last: number | null }> {
  const { rows } = await client.query<{ server: number; last: number | null }>(
    `select (extract(epoch from clock_timestamp()) * 1000)::float8 as server, (select (extract(epoch from max(recorded_at)) * 1000)::float8 from ${SCHEMA}.checkpoints) as last`,
  )
  const { server, last } = rows[0]!
  return { server: Number(server), last: last === null ? null : Number(last) }
}
