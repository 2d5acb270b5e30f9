/**
 * Queries: a list for every read model, generated from its declaration. What a list accepts is in `queries/filters.ts`,
 * how PostgreSQL is queried in `queries/select.ts`.
 */
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { snake } from '@ledgerline/projections/engine/names.ts'
import { pageSchema } from '../../queries/answers.ts'
import { columnsOf, conditionsOf, listQuery, searchBody } from '../../queries/filters.ts'
import { maskedColumns, maskRow, personalColumns } from '../../queries/mask.ts'
import { asKept, registerOf, seenBy } from '../../queries/seen.ts'
import { demandNames, kindOf, type Naming } from '../../queries/names.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { defineRoute, type Asked, type ResponseSpec, type Route } from '../routing/route.ts'
import { countPage, selectPage } from '../../queries/select.ts'
import type { Permission } from '@ledgerline/core/access/session.ts'

export function queryRoutes(readSide: ReadSide): Route[] {
  return readSide.models.flatMap((model) => {
    const routes = [listRoute(readSide, model)]
    if (personalColumns(model).length > 0) routes.push(searchRoute(readSide, model))
    return routes
  })
}

function listRoute(readSide: ReadSide, model: ReadModel): Route {
  return defineRoute({
    method: 'get',
    path: `/api/v1/${model.name}`,
    permission: permissionOf(model),
    group: 'Queries',
    about: `Rows of ${model.name}. ${model.about}`,
    request: {
      get query() {
        return listQuery(model)
      },
    },
    responses: { 200: pageOf(model) },
    handle: ({ query, ...asked }) => answer(readSide, model, query, asked),
  })
}

function searchRoute(readSide: ReadSide, model: ReadModel): Route {
  return defineRoute({
    method: 'post',
    path: `/api/v1/${model.name}/search`,
    permission: permissionOf(model),
    group: 'Queries',
    about:
      `Rows of ${model.name}, also by number, name or customer.\n\n` +
      'The same as the list, with its parameters in the body: what identifies a person never goes into an address.',
    request: {
      get body() {
        return searchBody(model)
      },
    },
    responses: { 200: pageOf(model) },
    handle: ({ body, ...asked }) => answer(readSide, model, body, asked),
  })
}

/** Its schema is for the documentation alone. */
const pageOf = (model: ReadModel): ResponseSpec => ({
  about: 'A page of rows.',
  get schema() {
    return pageSchema(model)
  },
})

async function answer(
  readSide: ReadSide,
  model: ReadModel,
  asked: Readonly<Record<string, unknown>>,
  { session, behind }: Pick<Asked, 'session' | 'behind'>,
) {
  const { limit, cursor, sort, position: _waitedFor, count, ...given } = asked
  const filters = asKept(model, given)
  const namings = namingsOf(model, filters)
  if (namings.length > 0) await demandNames(await readSide.tablesOf(session.tenant), session.tenant, namings)
  const tables = await readSide.lists()
  // Read before the rows, so that the rows are at least as new as we say they are.
  const asOf = { ...readSide.progress(model, session.tenant), behind }
  const masks = maskedColumns(model, session)
  const seen = seenBy(model, session)
  const wanted = {
    tenant: session.tenant,
    conditions: [...conditionsOf(model, filters, masks), ...seen.conditions],
    sort: sort as string,
    limit: limit as number,
    cursor: cursor as string | undefined,
  }
  const [page, counted] = await Promise.all([
    selectPage(tables, model, wanted),
    count === true ? countPage(tables, model, wanted) : null,
  ])
  return { rows: page.rows.map((row) => maskRow(seen.row(row), masks)), next: page.next, count: counted, asOf }
}

/**
 * The filters that name something: queues, agents, groups, extensions, calls. Fields of registers may be called like
 * these and refer to records, of which any may have no referrer.
 */
function namingsOf(model: ReadModel, filters: Readonly<Record<string, unknown>>): Naming[] {
  if (registerOf(model)) return []
  return Object.entries(columnsOf(model)).flatMap(([path, { sql }]) => {
    const kind = kindOf(path)
    const codes = filters[path] as readonly string[] | undefined
    return kind === null || codes === undefined
      ? []
      : [{ path, kind, codes, own: { table: model.name, column: snake(path), list: sql === 'text[]' } }]
  })
}

const callModels = new Set(['calls', 'call_segments', 'legs', 'recordings', 'voice_messages', 'surveys', 'offers'])
const boardModels = new Set([
  'mailboxes',
  'agent_monitor',
  'queue_monitor',
  'queues',
  'queue_minute',
  'queue_day',
  'gateways',
  'registrations',
])

/** Boards, calls and figures are seen by different people; a model not listed here counts as figures. */
function permissionOf(model: ReadModel): Permission {
  const register = registerOf(model)
  if (register) return register.see
  if (model.name === 'record_changes' || model.name === 'tasks') return 'registers.list'
  if (model.name === 'audit') return 'audit.see'
  return callModels.has(model.name) ? 'calls.see' : boardModels.has(model.name) ? 'boards.see' : 'reports.see'
}
