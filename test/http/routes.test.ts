import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { problems } from '@ledgerline/ops/problems.ts'
import { permissions } from '@ledgerline/core/access/session.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { get, startWeb, type Web } from './web.ts'

let web: Web
const test = suite('routes and their documentation')
test.before(async () => void (web = await startWeb('routes')))
test.after(() => web.close())

test('no route without a permission, a sentence and schemas', () => {
  const wrong = web.server.routes.flatMap((route) => {
    const name = `${route.method} ${route.path}`
    const faults: string[] = []
    if (!['anyone', 'user'].includes(route.permission) && !(route.permission in permissions))
      faults.push('an unknown permission')
    if (route.permission === 'anyone' && !/^\/api\/(docs|openapi\.json|v1\/session(\/log-(in|out))?)$/.test(route.path))
      faults.push('open to anyone')
    if (!/^[A-Z].*\.(\n|$)/.test(route.about)) faults.push('no sentence')
    if (route.group === '') faults.push('no group')
    if (!Object.keys(route.responses).some((status) => status.startsWith('2'))) faults.push('no answer')
    const parameters = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter!)
    if (Object.keys(route.request.params?.shape ?? {}).join() !== parameters.join())
      faults.push('its path and its params differ')
    if (route.method === 'post' && !route.request.body) faults.push('no body')
    for (const code of route.problems ?? []) if (!(code in problems)) faults.push(`an unknown problem ${code}`)
    return faults.map((fault) => `${name}: ${fault}`)
  })
  assert.equal(wrong, [])
})

test('routes are told apart by method and path', () => {
  const names = web.server.routes.map((route) => `${route.method} ${route.path}`)
  assert.is(new Set(names).size, names.length)
})

test('everything mounted is in the document, and nothing else', async () => {
  const { json } = await get(web, '/api/openapi.json')
  assert.match(json.openapi, /^3\.1\./)
  const written = Object.entries(json.paths as object).flatMap(([path, item]) =>
    Object.keys(item as object).map((method) => `${method} ${path}`),
  )
  assert.equal(written.sort(), web.server.routes.map((route) => `${route.method} ${route.path}`).sort())
  const ids = Object.values(json.paths as Record<string, Record<string, { operationId: string }>>).flatMap((item) =>
    Object.values(item).map(({ operationId }) => operationId),
  )
  assert.is(new Set(ids).size, ids.length)
})

test('every reference in the document leads somewhere', async () => {
  const { text, json } = await get(web, '/api/openapi.json')
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
    assert.ok(json.components.schemas[name!], name)
})

test('every parameter and field says what it is', async () => {
  const { json } = await get(web, '/api/openapi.json')
  const silent = Object.entries(
    json.paths as Record<
      string,
      Record<string, { parameters?: { name: string; schema: { description?: string }; description?: string }[] }>
    >,
  ).flatMap(([path, item]) =>
    Object.values(item).flatMap(({ parameters = [] }) =>
      parameters
        .filter((parameter) => !(parameter.description ?? parameter.schema.description))
        .map((parameter) => `${path} ${parameter.name}`),
    ),
  )
  const bodies = Object.entries(
    json.paths as Record<
      string,
      Record<
        string,
        {
          requestBody?: {
            content: Record<string, { schema: { properties: Record<string, { description?: string; $ref?: string }> } }>
          }
        }
      >
    >,
  ).flatMap(([path, item]) =>
    Object.values(item).flatMap(({ requestBody }) =>
      Object.entries(requestBody?.content['application/json']?.schema.properties ?? {})
        .filter(([, field]) => !field.description && !field.$ref)
        .map(([name]) => `${path} ${name}`),
    ),
  )
  assert.equal([...silent, ...bodies], [])
})

test('every read model has a list, and its rows are what the list documents', async () => {
  for (const model of readModels.models) {
    const { status, json, text } = await get(web, `/api/v1/${model.name}`)
    assert.is(status, 200, `${model.name}: ${text}`)
    assert.equal(json.rows, [])
    const route = web.server.routes.find(({ path }) => path === `/api/v1/${model.name}`)!
    const answer = route.responses[200]!
    assert.ok(
      'schema' in answer && answer.schema instanceof z.ZodObject && answer.schema.safeParse(json).success,
      model.name,
    )
  }
})

test('the readable page names every route and every problem, and loads nothing', async () => {
  const { status, headers, text } = await get(web, '/api/docs')
  assert.is(status, 200)
  assert.match(headers['content-type']!, /^text\/html/)
  for (const route of web.server.routes) assert.ok(text.includes(`<code>${route.path}</code>`), route.path)
  for (const code of ['request.invalid', 'call.ended', 'tables.unavailable', 'log.unavailable'])
    assert.ok(text.includes(`id="problem-${code}"`), code)
  assert.not.match(text, /<script|<link|src=|@import|url\(/)
  assert.match(headers['content-security-policy']!, /default-src 'none'; style-src 'sha256-/)
})

test.run()
