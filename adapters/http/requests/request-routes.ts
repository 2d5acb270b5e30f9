/** The request log over HTTP (catalogue A3.3.1, A3.3.2): its list, and what it adds up to. */
import { sql } from 'kysely'
import { z } from 'zod'
import { pageSchema } from '../../queries/answers.ts'
import { conditionsOf, listQuery } from '../../queries/filters.ts'
import { columnInput } from '../../queries/inputs.ts'
import { rethrow } from '../../queries/rethrow.ts'
import { countPage, selectPage } from '../../queries/select.ts'
import { requestsModel } from '../../requests/request.ts'
import type { RequestLog } from '../../requests/request-log.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { overview, type RequestOverview, type Share } from './answers.ts'

/** The longest time that is added up, ms: the log is kept for weeks. */
const MOST_MS = 62 * 86_400_000
/** How many users, addresses and routes are named. */
const NAMED = 10

/** A live stream lasts as long as its board is open. */
const LIVE = '/api/v1/live'

export function requestRoutes(log: RequestLog, now: () => number = Date.now): Route[] {
  const list = defineRoute({
    method: 'get',
    path: '/api/v1/requests',
    permission: 'audit.see',
    group: 'Audit',
    about: `Rows of requests. ${requestsModel.about}`,
    request: {
      get query() {
        return listQuery(requestsModel)
      },
    },
    responses: {
      200: {
        about: 'A page of rows.',
        get schema() {
          return pageSchema(requestsModel)
        },
      },
    },
    problems: ['tables.unavailable'],
    async handle({ query, session: { tenant } }) {
      const { limit, cursor, sort, position: _waitedFor, count, ...filters } = query as Record<string, unknown>
      const wanted = {
        tenant,
        conditions: conditionsOf(requestsModel, filters),
        sort: sort as string,
        limit: limit as number,
        cursor: cursor as string | undefined,
      }
      const at = now()
      const [page, counted] = await Promise.all([
        selectPage(log.tables, requestsModel, wanted),
        count === true ? countPage(log.tables, requestsModel, wanted) : null,
      ])
      return { ...page, count: counted, asOf: { position: null, at, lagMs: 0, behind: false } }
    },
  })
  const added = defineRoute({
    method: 'get',
    path: '/api/v1/requests/overview',
    permission: 'audit.see',
    group: 'Audit',
    about:
      'What the request log adds up to between two moments: how many, how long, by whom, from where, refused, failed.',
    request: {
      query: z
        .strictObject({
          from: columnInput('timestamptz', 'address').meta({ description: 'from here on (inclusive)' }),
          to: columnInput('timestamptz', 'address').meta({ description: 'up to here (exclusive)' }),
        })
        .superRefine(({ from, to }, context) => {
          const span = (to as number) - (from as number)
          if (span >= 0 && span <= MOST_MS) return
          context.addIssue({
            code: 'custom',
            path: ['to'],
            message: 'it is at most 62 days after from, and not before it',
            params: { zh: '应不早于 from，且相距不超过 62 天' },
          })
        }),
    },
    responses: { 200: { about: 'The sums.', schema: overview } },
    problems: ['tables.unavailable'],
    async handle({ query: { from, to }, session: { tenant } }) {
      const span = sql`tenant = ${tenant} and at >= ${iso(from)}::timestamptz and at < ${iso(to)}::timestamptz`
      const isRefused = sql`(status in (401, 403, 421, 429) or (route is null and status < 500 and status <> 404))`
      const isTimed = sql`route is distinct from ${LIVE}`
      const by = async (name: 'actor' | 'address' | 'route', order: 'count(*)' | 'sum(ms)') => {
        const { rows } = await sql<Share>`
          select coalesce(${sql.ref(name)}, '') as name, count(*)::integer as requests,
            (count(*) filter (where ${isRefused}))::integer as refused,
            coalesce(round(avg(ms) filter (where ${isTimed})), 0)::integer as "averageMs"
          from requests.requests where ${span} and ${name === 'route' ? isTimed : sql`true`}
          group by 1 order by ${sql.raw(order)} desc, 1 limit ${NAMED}`.execute(log.tables)
        return rows
      }
      const totals = async () => {
        const { rows } = await sql<Omit<RequestOverview, 'actors' | 'addresses' | 'routes'>>`
          select count(*)::integer as requests, round(avg(ms) filter (where ${isTimed}))::integer as "averageMs",
            (percentile_disc(0.95) within group (order by ms) filter (where ${isTimed}))::integer as "slowestMs",
            (count(*) filter (where status >= 500))::integer as failed,
            (count(*) filter (where ${isRefused}))::integer as refused,
            (count(distinct actor) filter (where ${isRefused} and actor like 'user:%'))::integer as "refusedUsers",
            (count(*) filter (where actor not like 'user:%'))::integer as "withoutUser"
          from requests.requests where ${span}`.execute(log.tables)
        return rows[0]!
      }
      const [sums, actors, addresses, routes] = await Promise.all([
        totals(),
        by('actor', 'count(*)'),
        by('address', 'count(*)'),
        by('route', 'sum(ms)'),
      ]).catch(rethrow)
      return { ...sums, actors, addresses, routes }
    },
  })
  // The shorter address last: the list's own parameters would take "overview" for an id otherwise.
  return [added, list]
}

const iso = (at: unknown): string => new Date(at as number).toISOString()
