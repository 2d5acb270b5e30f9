/** The OpenAPI document, generated from the mounted routes. */
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi'
import { problemSchema } from '../../problem-json.ts'
import { permissions } from '@ledgerline/core/access/session.ts'
import type { Route } from './route.ts'

export type OpenApiDocument = ReturnType<typeof createDocument>

export const VERSION = '1'

/** Writes the document. Pure: the same routes give the same document. */
export function openApi(routes: readonly Route[]): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {}
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operation(route)
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Ledgerline',
      version: VERSION,
      description:
        'Queries, commands and the live stream of the call centre. Instants and durations are in milliseconds (instants UTC), ' +
        'days YYYY-MM-DD in the tenant’s zone. ' +
        'Any request may name the `position` of a command’s answer in the header `X-Read-After`: the answer then waits up to ' +
        '500 ms for its tables to reach it, and says `X-Read-Behind: true` if they did not. ' +
        'Errors are problem details (RFC 9457) in English and Chinese. Users log in with `/api/v1/session/log-in`, whose cookie ' +
        'goes with all that follows; programs of the operators send `Authorization: Bearer` with what ' +
        '`ops/ledgerline token` prints. The server answers only on its own machine.',
    },
    tags: [...new Set(routes.map((route) => route.group))].map((name) => ({ name })),
    paths,
  })
}

function operation(route: Route): ZodOpenApiOperationObject {
  const [summary, ...more] = route.about.split('\n\n')
  const permission =
    route.permission === 'anyone'
      ? 'Anyone on this machine may ask.'
      : route.permission === 'user'
        ? 'Any user who is logged in may ask.'
        : `Needs the permission \`${route.permission}\`: ${permissions[route.permission]}.`
  return {
    operationId: route.method + camelCase(route.path.replace('/api/v1', '')),
    summary: summary!,
    description: [
      ...more,
      permission,
      ...(route.problems?.length ? [`Refuses with ${route.problems.map((code) => `\`${code}\``).join(', ')}.`] : []),
    ].join('\n\n'),
    tags: [route.group],
    'x-permission': route.permission,
    requestParams: {
      ...(route.request.params ? { path: route.request.params } : {}),
      ...(route.request.query ? { query: route.request.query } : {}),
    },
    ...(route.request.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: route.request.body } } } }
      : {}),
    responses: responses(route),
  }
}

function responses(route: Route): ZodOpenApiResponsesObject {
  const out: ZodOpenApiResponsesObject = {}
  for (const [status, answer] of Object.entries(route.responses)) {
    out[status as '200'] =
      'schema' in answer
        ? { description: answer.about, content: { 'application/json': { schema: answer.schema } } }
        : { description: answer.about, content: { [answer.type]: { schema: { type: 'string' } } } }
  }
  out.default = { description: 'What went wrong.', content: { 'application/problem+json': { schema: problemSchema } } }
  return out
}

/** `/calls/{id}/timeline` → `CallsIdTimeline` */
function camelCase(path: string): string {
  return path.replace(/[/{}._-]+(\w?)/g, (_, letter: string) => letter.toUpperCase())
}
