/**
 * A request as the request log keeps it (catalogue A3.3.1): who asked for what, from where, and what came of it. It is
 * outside the ledger, since reading changes nothing, and is kept for a few weeks only. Nothing of a request that
 * identifies a customer is kept: no body, and no long number of its address.
 */
import {
  entityOver,
  instant,
  integer,
  text,
  textOrNull,
  type Entity,
  type RowOf,
} from '@ledgerline/projections/engine/model.ts'
import { searchedAs } from '@ledgerline/projections/search/keys.ts'

const key = {
  requestId: text('Id of the request: `X-Request-Id` of its answer.'),
}
const columns = {
  at: instant('When it came.'),
  ms: integer('How long it took to answer it, ms; of a live stream, how long it lasted.'),
  method: text('GET, POST …'),
  route: textOrNull('The route, as it is declared; null: none was reached.'),
  path: text('Its path. Long numbers are masked.'),
  parameters: text('Its query, as name=value. Long numbers are masked.'),
  status: integer('Status of the answer; 499: the client went away before it.'),
  problem: textOrNull('Code of the problem with which it was answered.'),
  actor: text('Who asked: `user:<id>`, `operator`, `visitor` (nobody has logged in).'),
  session: textOrNull('Id of their session.'),
  address: text('The address it came from.'),
  client: text('Name of the program that asked, as it says.'),
  node: text('The process that answered.'),
}

/** Its rows are written by the process that answers, and not folded from events. */
export const requestsModel = entityOver<Record<never, never>>()('requests', {
  version: 1,
  about: 'Requests over HTTP, kept for a few weeks.',
  key,
  columns,
  on: {},
  indexes: [['at'], ['ms']],
  searched: {
    path: searchedAs.part,
    parameters: searchedAs.part,
    actor: searchedAs.part,
    address: searchedAs.part,
    problem: searchedAs.part,
  },
  scanned: true,
}) as unknown as Entity

export type LoggedRequest = RowOf<typeof key & typeof columns> & { tenant: string }

const MOST = { path: 300, parameters: 500, client: 200 } as const
/** A number this long, in whatever notation, may be a telephone number or an identity card; page sizes are shorter. */
const LONG_NUMBER = /\d(?:[ ()-]{0,2}\d){4,}/g
/** Ids and days, which are no numbers, whatever digits are in them. */
const HARMLESS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)/gi
/** A moment in UTC milliseconds, and what parameters with moments are called. */
const MOMENT = /^\d{12,13}$/
const MOMENTS = /(^|\.)(at|from|to)$/

/** The path of a request as it is kept. */
export function keptPath(path: string): string {
  return withoutNumbers(path).slice(0, MOST.path)
}

/** The query of a request as it is kept. @param query without its question mark */
export function keptParameters(query: string): string {
  const kept = [...new URLSearchParams(query)].map(
    ([name, value]) => `${name}=${MOMENTS.test(name) && MOMENT.test(value) ? value : withoutNumbers(value)}`,
  )
  return kept.join(' ').slice(0, MOST.parameters)
}

export const keptClient = (name: string): string => name.slice(0, MOST.client)

/** Long numbers keep their first and last digit, so that two of them can be told apart a little. */
function withoutNumbers(text: string): string {
  let [kept, from] = ['', 0]
  for (const { index, 0: harmless } of text.matchAll(HARMLESS)) {
    kept += masked(text.slice(from, index)) + harmless
    from = index + harmless.length
  }
  return kept + masked(text.slice(from))
}

function masked(text: string): string {
  return text.replace(LONG_NUMBER, (digits) => `${digits[0]}${digits.slice(1, -1).replace(/\d/g, '*')}${digits.at(-1)}`)
}
