/**
 * A route is declared once: what it takes, what it answers, who may ask. {@link defineRoute} gives a value that is
 * mounted on Express *and* written into the OpenAPI document, so that a route without a schema or a permission cannot
 * exist.
 *
 * Queries and bodies are strict: an unknown name is an error rather than silently ignored, because a misspelt filter
 * would otherwise answer with too many rows.
 */
import type { Express, Request, Response } from 'express'
import { z } from 'zod'
import { en as english, zhCN as chinese } from 'zod/locales'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { readJson } from './body.ts'
import type { Fault } from '@ledgerline/core/kernel/calendar.ts'
import { firstTextFault } from '../../queries/inputs.ts'
import { InvalidRequest } from '../../problem-json.ts'
import { demand, demandOpen, type Permission, type Session, type Sessions } from '@ledgerline/core/access/session.ts'
import { foundSession } from './found.ts'
import { READ_BEHIND, READ_WAIT_MS, readAfter, type Reached } from './read-after.ts'
import { ANSWER_MS } from '../../queries/limits.ts'

/** Longest request body, bytes, unless its route says otherwise. */
const BODY_LIMIT = 64 * 1024

export type Method = 'get' | 'post'

type Shape = z.ZodObject | undefined
type Value<S> = S extends z.ZodType ? z.infer<S> : undefined

/** What a route answers with. `schema` is JSON; `type` is anything else, which the handler writes itself. */
export type ResponseSpec = { about: string; schema: z.ZodType } | { about: string; type: string }

/** What a handler gets. */
export interface Asked<P extends Shape = Shape, Q extends Shape = Shape, B extends Shape = Shape> {
  params: Value<P>
  query: Value<Q>
  body: Value<B>
  session: Session
  /** It was to include a position that its tables did not reach in time (`read-after.ts`). */
  behind: boolean
  /** Aborts when the client goes away or the time is up. */
  signal: AbortSignal
  request: Request
  response: Response
}

export interface RouteSpec<P extends Shape, Q extends Shape, B extends Shape> {
  method: Method
  /** In OpenAPI notation: `/api/v1/calls/{id}/timeline`. */
  path: string
  /**
   * Who may ask: who has the permission; `user`: any user who is logged in, about themselves; `anyone` for routes that reveal
   * nothing about a tenant.
   */
  permission: Permission | 'user' | 'anyone'
  /** One sentence; more after a blank line. */
  about: string
  /** Its section in the documentation. */
  group: string
  request: { params?: P; query?: Q; body?: B }
  /** Longest body, bytes, if not {@link BODY_LIMIT}. */
  bodyLimit?: number
  responses: Readonly<Record<number, ResponseSpec>>
  /** Codes of problems it may answer with, besides those that any request may meet. */
  problems?: readonly string[]
  /** The answer's body; nothing if it wrote the response itself. */
  handle(asked: Asked<P, Q, B>): Promise<unknown> | unknown
}

/** A declared route with its types erased. */
export interface Route extends Omit<RouteSpec<Shape, Shape, Shape>, 'handle'> {
  handle(asked: Asked): Promise<unknown> | unknown
}

export function defineRoute<P extends Shape = undefined, Q extends Shape = undefined, B extends Shape = undefined>(
  spec: RouteSpec<P, Q, B>,
): Route {
  return spec as unknown as Route
}

/** A request that was refused for want of a permission. */
export interface Forbidden {
  session: Session
  permission: string
  route: Pick<Route, 'method' | 'path'>
  request: Request
}

/** What routes need besides their declarations. */
export interface Mounted {
  sessions: Sessions
  /** Told of each refusal for want of a permission. */
  onForbidden?: ((refused: Forbidden) => void) | undefined
  /** Whether the tenant's tables have reached a position; waits a moment for it. */
  reached: Reached
  /** Time limit for answering a request, ms. */
  answerMs?: number | undefined
}

/** Mounts routes; other methods on their paths are refused with `request.wrong_method`. */
export function mount(app: Express, routes: readonly Route[], mounted: Mounted): void {
  const methods = new Map<string, Set<string>>()
  for (const route of routes) {
    const path = route.path.replace(/\{(\w+)\}/g, ':$1')
    ;(methods.get(path) ?? methods.set(path, new Set()).get(path)!).add(route.method.toUpperCase())
    const handle = handler(route, mounted)
    if (route.method === 'get') app.get(path, handle)
    else app.post(path, handle)
  }
  for (const [path, allowed] of methods) {
    app.all(path, (_request, response) => {
      response.set('Allow', [...allowed].join(', '))
      throw new Problem('request.wrong_method', { allowed: [...allowed].join(', ') })
    })
  }
}

function handler(route: Route, { sessions, onForbidden, reached, answerMs = ANSWER_MS }: Mounted) {
  const streams = Object.values(route.responses).some(
    (answer) => 'type' in answer && answer.type === 'text/event-stream',
  )
  // Files and streams may be under way for long.
  const flows = Object.values(route.responses).some((answer) => 'type' in answer)
  return async (request: Request, response: Response): Promise<void> => {
    const session = await sessions(request)
    foundSession(response, session)
    try {
      demandAccess(session, route.permission)
    } catch (error) {
      if (isProblem(error, 'request.forbidden'))
        onForbidden?.({ session, permission: route.permission, route, request })
      throw error
    }
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    // Whatever is still being sent when the right to it ends is broken off; a browser asks again, and is answered anew.
    const unwatch = flows ? session.watch?.(() => response.destroy()) : undefined
    if (unwatch) response.once('close', unwatch)
    // A stream has no end, so it cannot answer HEAD without starting.
    if (streams && request.method === 'HEAD') return void response.type('text/event-stream').end()
    const query = parse(
      route.request.query ?? z.strictObject({}),
      gathered(route.request.query, request.query as Query),
    )
    const limit = route.bodyLimit ?? BODY_LIMIT
    const params = parse(route.request.params, request.params)
    const body = route.request.body && (await parseInSteps(route.request.body, await readJson(request, limit)))
    const after = readAfter(request, { ...query, ...body })
    const behind = after !== null && !streams && !(await reached(session.tenant, after, READ_WAIT_MS))
    if (behind) response.set(READ_BEHIND, 'true')
    const asked: Asked = {
      params,
      query,
      body,
      session,
      behind,
      signal: gone.signal,
      request,
      response,
    }
    response.set('Cache-Control', 'no-store')
    const answer = streams
      ? await route.handle(asked)
      : await inTime(Promise.resolve(route.handle(asked)), answerMs, gone)
    if (answer !== undefined && !response.headersSent) response.json(answer)
  }
}

/** @throws Problem `request.forbidden`, `access.log_in`, `access.password_old` */
function demandAccess(session: Session, permission: Route['permission']): void {
  if (permission === 'anyone') return
  if (permission !== 'user') return demand(session, permission)
  // A user who has to change their password is a user, too.
  if (!session.user) {
    demandOpen(session)
    throw new Problem('access.log_in')
  }
}

type Query = Record<string, string | string[] | undefined>

/** Parameters with several values arrive as lists: `a=1,2` and `a=1&a=2` are the same. */
function gathered(schema: Shape, query: Query): Query {
  if (!schema) return query
  const out: Query = Object.create(null)
  for (const [name, value] of Object.entries(query)) {
    const field = Object.hasOwn(schema.shape, name) ? (schema.shape[name] as z.ZodType) : undefined
    out[name] =
      field && unwrapped(field) instanceof z.ZodArray && value !== undefined
        ? [value].flat().flatMap((one) => one.split(','))
        : value
  }
  return out
}

function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable)
    return unwrapped(schema.unwrap() as z.ZodType)
  return schema
}

const errorsEnglish = english().localeError
const errorsChinese = chinese().localeError

/** @throws InvalidRequest naming the first thing that is wrong, in both languages */
function parse<S extends Shape>(schema: S, value: unknown): Value<S> {
  if (!schema) return undefined as Value<S>
  refuseOversized(schema, value)
  return fitting(schema, value, []) as Value<S>
}

/** How many elements of a list are checked before others get their turn. */
const STEP = 500

/**
 * The same for a body, which may be large: its lists are checked step by step and up to the first wrong element,
 * because a schema checks everything at once and collects everything wrong with it.
 */
async function parseInSteps<S extends z.ZodObject>(schema: S, value: unknown): Promise<z.infer<S>> {
  refuseOversized(schema, value)
  await checkLists(schema, value, [])
  return fitting(schema, value, []) as z.infer<S>
}

/** Checks the lists of an object, and of the objects in it. */
async function checkLists(schema: z.ZodObject, value: unknown, before: readonly string[]): Promise<void> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, inside] of Object.entries(value)) {
    const field = Object.hasOwn(schema.shape, name) ? unwrapped(schema.shape[name] as z.ZodType) : null
    const path = [...before, name]
    if (field instanceof z.ZodObject) await checkLists(field, inside, path)
    if (!Array.isArray(inside) || !(field instanceof z.ZodArray)) continue
    for (let from = 0; from < inside.length; from += STEP) {
      if (from > 0) await new Promise(setImmediate)
      for (const [index, element] of inside.slice(from, from + STEP).entries())
        fitting(field.element as z.ZodType, element, [...path, String(from + index)])
    }
  }
}

/**
 * Refuses what needs no schema to see: texts that are far too long, lists that are too long, thousands of fields.
 * @throws InvalidRequest
 */
function refuseOversized(schema: z.ZodType, value: unknown): void {
  const found = firstTextFault(value) ?? firstOversized(schema, value, [])
  if (found) throw new InvalidRequest(pathOf(found.path), found.fault)
}

function firstOversized(
  schema: z.ZodType,
  value: unknown,
  path: readonly string[],
): { path: readonly string[]; fault: Fault } | null {
  const inner = unwrapped(schema)
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    const most = (inner._zod.bag['maximum'] as number | undefined) ?? Infinity
    if (value.length > most)
      return { path, fault: { en: `a list has at most ${most} elements here`, zh: `此列表最多 ${most} 项` } }
    const element = unwrapped(inner.element as z.ZodType)
    if (!(element instanceof z.ZodArray || element instanceof z.ZodObject)) return null
    return firstOf(value.entries(), ([index, one]) => firstOversized(element, one, [...path, String(index)]))
  }
  if (inner instanceof z.ZodObject && typeof value === 'object' && value !== null) {
    const { shape } = inner
    if (inner.def.catchall instanceof z.ZodNever) {
      const unknown = Object.keys(value).find((name) => !Object.hasOwn(shape, name))
      if (unknown !== undefined)
        return { path: [...path, unknown], fault: { en: 'there is no such field here', zh: '此处没有该字段' } }
    }
    return firstOf(Object.entries(value), ([name, one]) =>
      Object.hasOwn(shape, name) ? firstOversized(shape[name] as z.ZodType, one, [...path, name]) : null,
    )
  }
  return null
}

function firstOf<T, R>(all: Iterable<T>, look: (one: T) => R | null): R | null {
  for (const one of all) {
    const found = look(one)
    if (found !== null) return found
  }
  return null
}

/** @throws InvalidRequest */
function fitting<S extends z.ZodType>(schema: S, value: unknown, before: readonly string[]): z.infer<S> {
  const result = schema.safeParse(value, { error: errorsEnglish })
  if (result.success) return result.data
  const issue = innermost(result.error.issues[0]!)
  const again = schema.safeParse(value, { error: errorsChinese }).error?.issues[0]
  // Our own errors bring their Chinese along; the schema library is asked again in Chinese.
  const zh =
    issue.code === 'custom' && typeof issue.params?.['zh'] === 'string'
      ? issue.params['zh']
      : again
        ? innermost(again).message
        : issue.message
  throw new InvalidRequest(pathOf([...before, ...issue.path.map(String)]), {
    en: withoutStop(issue.message),
    zh: withoutStop(zh),
  })
}

type Issue = z.core.$ZodIssue

/** If a value may take several forms, what is wrong with the form that comes closest. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const nearest = issue.errors.find(([first]) => first !== undefined && first.code !== 'invalid_type')?.[0]
  return nearest ? innermost({ ...nearest, path: [...issue.path, ...nearest.path] }) : issue
}

/** Longest field name that is echoed back. */
const MOST_LETTERS = 100

function pathOf(path: readonly string[]): string {
  return path.join('.').slice(0, MOST_LETTERS) || 'body'
}

/** The catalogue's sentence brings its own full stop. */
function withoutStop(message: string): string {
  return message.replace(/[.。]$/, '')
}

/** Stops waiting for an answer that takes too long, and aborts the work on it. */
async function inTime<T>(answer: Promise<T>, answerMs: number, gone: AbortController): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Problem('request.timeout', { seconds: answerMs / 1000 }))
      gone.abort()
    }, answerMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
