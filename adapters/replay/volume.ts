/** How busy a day was, by quarter hour: shown beneath the slider over a day, so that peaks are easy to find. */
import { sql } from 'kysely'
import type { Tables } from '../queries/select.ts'
import type { Quarter } from './answers.ts'
import { rethrow } from '../queries/rethrow.ts'

/** The quarter hours of a span in which calls came, in order. */
export async function volumeOf(tables: Tables, tenant: string, from: number, to: number): Promise<Quarter[]> {
  const [begin, end] = [from, to].map((at) => sql`${new Date(at).toISOString()}::timestamptz`)
  const query = sql<Quarter>`
    select starts_at as at, sum(offered)::float8 as offered, sum(abandoned)::float8 as abandoned from queue_interval
    where tenant = ${tenant} and starts_at >= ${begin} and starts_at < ${end} group by starts_at order by starts_at`
  const { rows } = await query.execute(tables).catch(rethrow)
  return rows
}
