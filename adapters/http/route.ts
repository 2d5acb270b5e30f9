/**
 * A route is declared once: what it takes, what it answers, who may ask. {@link defineRoute} gives a
 * value that is mounted on Express *and* written into the OpenAPI document, so that a route without a
 * schema or a permission cannot exist.
 *
 * Queries and bodies are strict: a name that the schema does not have is an error, not silently ignored,
 * because a misspelt filter would otherwise answer with too many rows.
 */
import express, { type Express, type Request, type Response } from 'express'
import { z } from 'zod'
import { en as english, zhCN as chinese } from 'zod/locales'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { InvalidRequest } from './problem-json.ts'
import { demand, type Permission, type Session, type Sessions } from './session.ts'

/** A request's body is at most this long, bytes, unless its route says otherwise. */
export const BODY_LIMIT = 64 * 1024
/** A request is answered within this time; browsers wait a second longer. */
export const ANSWER_MS = 9_000

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
  /** Aborts when the asker goes away or the time is up. */
  signal: AbortSignal
  request: Request
  response: Response
}

export interface RouteSpec<P extends Shape, Q extends Shape, B extends Shape> {
  method: Method
  /** As OpenAPI writes it: `/api/v1/calls/{id}/timeline`. */
  path: string
  /** Who may ask; `anyone` for what says nothing about a tenant. */
  permission: Permission | 'anyone'
  /** One sentence; more after a blank line. */
  about: string
  /** Where the documentation puts it. */
  group: string
  request: { params?: P; query?: Q; body?: B }
  /** Longest body, bytes, where it is not {@link BODY_LIMIT}. */
  bodyLimit?: number
  responses: Readonly<Record<number, ResponseSpec>>
  /** Codes of problems that it may answer with, beside those that any request may meet. */
  problems?: readonly string[]
  /** The answer's body; nothing when it wrote the response itself. */
  handle(asked: Asked<P, Q, B>): Promise<unknown> | unknown
}

/** A declared route, its types forgotten. */
export interface Route extends Omit<RouteSpec<Shape, Shape, Shape>, 'handle'> {
  handle(asked: Asked): Promise<unknown> | unknown
}

export function defineRoute<P extends Shape = undefined, Q extends Shape = undefined, B extends Shape = undefined>(spec: RouteSpec<P, Q, B>): Route {
  return spec as unknown as Route
}

/** Mounts routes; other methods on their paths are refused with `request.wrong_method`. */
export function mount(app: Express, routes: readonly Route[], sessions: Sessions, answerMs = ANSWER_MS): void {
  const methods = new Map<string, Set<string>>()
  for (const route of routes) {
    const path = route.path.replace(/\{(\w+)\}/g, ':$1')
    ;(methods.get(path) ?? methods.set(path, new Set()).get(path)!).add(route.method.toUpperCase())
    const handle = handler(route, sessions, answerMs)
    if (route.method === 'get') app.get(path, handle)
    else app.post(path, requireJson, express.json({ limit: route.bodyLimit ?? BODY_LIMIT, type: 'application/json', strict: true }), handle)
  }
  for (const [path, allowed] of methods) {
    app.all(path, (_request, response) => {
      response.set('Allow', [...allowed].join(', '))
      throw new Problem('request.wrong_method', { allowed: [...allowed].join(', ') })
    })
  }
}

/** A body of another type is refused before it is read: a form of another site could send those. */
function requireJson(request: Request, _response: Response, next: () => void): void {
  if (!request.is('application/json')) throw new Problem('request.not_json', { reason: request.get('content-type') ?? 'no content type' })
  next()
}

function handler(route: Route, sessions: Sessions, answerMs: number) {
  const streams = Object.values(route.responses).some((answer) => 'type' in answer && answer.type === 'text/event-stream')
  return async (request: Request, response: Response): Promise<void> => {
    const session = sessions()
    if (route.permission !== 'anyone') demand(session, route.permission)
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const asked: Asked = {
      params: parse(route.request.params, request.params, ''),
      query: parse(route.request.query ?? z.strictObject({}), gathered(route.request.query, request.query as Query), ''),
      body: parse(route.request.body, request.body, ''),
      session,
      signal: gone.signal,
      request,
      response,
    }
    response.set('Cache-Control', 'no-store')
    const body = streams ? await route.handle(asked) : await inTime(Promise.resolve(route.handle(asked)), answerMs, gone)
    if (body !== undefined && !response.headersSent) response.json(body)
  }
}

type Query = Record<string, string | string[] | undefined>

/** Parameters with several values arrive as lists: `a=1,2` and `a=1&a=2` are the same. */
function gathered(schema: Shape, query: Query): Query {
  if (!schema) return query
  const out: Query = {}
  for (const [name, value] of Object.entries(query)) {
    const field = schema.shape[name] as z.ZodType | undefined
    out[name] = field && isArray(field) && value !== undefined ? [value].flat().flatMap((one) => one.split(',')) : value
  }
  return out
}

function isArray(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return isArray(schema.unwrap() as z.ZodType)
  return schema instanceof z.ZodArray
}

const errorsEnglish = english().localeError
const errorsChinese = chinese().localeError

/** @throws InvalidRequest naming the first thing that is wrong, in both languages */
function parse<S extends Shape>(schema: S, value: unknown, where: string): Value<S> {
  if (!schema) return undefined as Value<S>
  const result = schema.safeParse(value, { error: errorsEnglish })
  if (result.success) return result.data as Value<S>
  const issue = result.error.issues[0]!
  const again = schema.safeParse(value, { error: errorsChinese }).error?.issues[0]
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const path = [where, ...issue.path.map(String), ...(unknown === undefined ? [] : [unknown])].filter((step) => step !== '').join('.')
  // Errors of our own bring their Chinese along; the schema library's are asked for again in it.
  const zh = issue.code === 'custom' && typeof issue.params?.['zh'] === 'string' ? issue.params['zh'] : (again?.message ?? issue.message)
  throw new InvalidRequest(path || 'body', { en: withoutStop(issue.message), zh: withoutStop(zh) })
}

/** The catalogue's sentence brings its own full stop. */
function withoutStop(message: string): string {
  return message.replace(/[.。]$/, '')
}

/** Stops waiting for an answer that takes too long, and tells whoever works on it to stop. */
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
