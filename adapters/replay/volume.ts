/** How busy a day was, by quarter hour: shown beneath the slider over a day, so that peaks are easy to find. */
import { declared, instant } from '../queries/declared.ts'
import { rethrow } from '../queries/rethrow.ts'
import type { Tables } from '../queries/select.ts'
import type { Quarter } from './answers.ts'

/** The quarter hours of a span in which calls came, in order. */
export async function volumeOf(tables: Tables, tenant: string, from: number, to: number): Promise<Quarter[]> {
  return declared(tables)
    .selectFrom('queue_interval')
    .select(({ cast, fn }) => [
      'startsAt as at',
      cast<number>(fn.sum('offered'), 'float8').as('offered'),
      cast<number>(fn.sum('abandoned'), 'float8').as('abandoned'),
    ])
    .where('tenant', '=', tenant)
    .where('startsAt', '>=', instant(from))
    .where('startsAt', '<', instant(to))
    .groupBy('startsAt')
    .orderBy('startsAt')
    .execute()
    .catch(rethrow)
}
