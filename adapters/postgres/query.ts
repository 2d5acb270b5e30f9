/**
 * One statement written by a user, read in pages however long its answer is. The role in the connection string ensures
 * that it only reads; in addition the session is read-only.
 */
import { types, type CustomTypesConfig, type QueryArrayConfig } from 'pg'
import { connection } from './connect.ts'

export interface QueryOptions {
  /** Time limit of the statement on the server, ms. */
  timeoutMs: number
  /** Session settings, such as the tenant that row-level security uses. */
  settings?: Readonly<Record<string, string>>
  signal?: AbortSignal
}

/** A stretch of the answer: the same names with every page, values in their order. */
export interface QueryPage {
  names: string[]
  rows: unknown[][]
}

const PAGE = 1000

/**
 * Runs a statement: exactly one, or the server refuses. Numbers come as numbers if a number can hold them (text beyond
 * 2^53), instants as ISO 8601 in UTC, days and everything else as PostgreSQL writes them. Always yields at least one
 * page, so that the names are known even of an empty answer.
 * @throws whatever the driver throws: its `code` is the SQLSTATE
 */
export async function* query(url: string, statement: string, options: QueryOptions): AsyncIterable<QueryPage> {
  const client = connection(url, { application: 'ledgerline sql', statementMs: options.timeoutMs })
  const cancel = () => void client.end().catch(() => {})
  await client.connect()
  options.signal?.addEventListener('abort', cancel, { once: true })
  try {
    for (const [name, value] of Object.entries(options.settings ?? {}))
      await client.query('select set_config($1, $2, false)', [name, value])
    await client.query('begin read only')
    // The extended protocol takes one statement at a time.
    const run = (text: string) =>
      client.query<unknown[]>({ text, rowMode: 'array', types: readable, queryMode: 'extended' } as QueryArrayConfig)
    if (!inPages(statement)) {
      const { fields, rows } = await run(statement)
      yield { names: fields.map((field) => field.name), rows }
      return
    }
    await run(`declare answer no scroll cursor for ${statement}`)
    for (let first = true; ; first = false) {
      const { fields, rows } = await run(`fetch ${PAGE} from answer`)
      if (first || rows.length > 0) yield { names: fields.map((field) => field.name), rows }
      if (rows.length < PAGE) return
    }
  } finally {
    options.signal?.removeEventListener('abort', cancel)
    await client.end().catch(() => {})
  }
}

/** A cursor takes a query; `explain` and `show` answer at once. */
function inPages(statement: string): boolean {
  return /^(select|with|values|table|\()/i.test(withoutLeadingComments(statement))
}

export function withoutLeadingComments(statement: string): string {
  return statement.replace(/^(\s|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)+/, '')
}

const INT8 = 20
const NUMERIC = 1700
const TIMESTAMP = 1114
const TIMESTAMPTZ = 1184
const INT8_ARRAY = 1016
const NUMERIC_ARRAY = 1231
/** Left to the driver: booleans, small numbers, JSON, and arrays of them and of text. */
const DRIVEN = new Set([16, 21, 23, 26, 114, 700, 701, 3802, 1000, 1005, 1007, 1009, 1015, 1021, 1022, 3807, 199])

const readable = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format === 'binary') return types.getTypeParser(oid, 'binary')
    if (oid === INT8 || oid === NUMERIC) return number
    if (oid === INT8_ARRAY || oid === NUMERIC_ARRAY)
      return (text: string) => textArray(text).map((item) => (item === null ? null : number(item)))
    if (oid === TIMESTAMPTZ || oid === TIMESTAMP) return instant
    return DRIVEN.has(oid) ? types.getTypeParser(oid, 'text') : String
  },
} as CustomTypesConfig

/** Never a silently wrong number: a whole number that a double cannot hold stays text. */
function number(text: string): number | string {
  const value = Number(text)
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : text
}

/** `2026-01-07 02:00:00.25+00` → `2026-01-07T02:00:00.250Z`; without a zone, no Z. */
function instant(text: string): string {
  const parts = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d+))?(\+00)?$/.exec(text)
  return parts ? `${parts[1]}T${parts[2]}.${(parts[3] ?? '').padEnd(3, '0')}${parts[4] ? 'Z' : ''}` : text
}

const TEXT_ARRAY = 1009
function textArray(text: string): (string | null)[] {
  return types.getTypeParser(TEXT_ARRAY as never, 'text')(text) as never
}
