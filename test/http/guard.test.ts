import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, get, post, startWeb, type Web } from './web.ts'

let web: Web
const test = suite('who is let in, and how errors leave')
test.before(async () => void (web = await startWeb('guard')))
test.after(() => web.close())

test('a name that is not this machine’s is refused, whatever it resolves to', async () => {
  for (const host of ['attacker.example', 'attacker.example:80', '127.0.0.1.attacker.example', '10.0.0.7', '[fe80::1]:80', 'localhost.attacker.example']) {
    const { status, json } = await get(web, '/api/v1/status', { host })
    assert.is(status, 403, host)
    assert.is(json.code, 'request.not_loopback', host)
  }
  for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1', `127.0.0.1:${web.port}`, '[::1]:7070']) {
    assert.is((await get(web, '/api/v1/status', { host })).status, 200, host)
  }
})

test('a proxy may forward only for this machine', async () => {
  const through = (name: string, value: string) => get(web, '/api/v1/status', { [name]: value })
  for (const [name, value] of [['x-forwarded-for', '203.0.113.9'], ['x-forwarded-for', '127.0.0.1, 203.0.113.9'], ['forwarded', 'for=203.0.113.9;proto=http'], ['forwarded', 'for="[2001:db8::1]:4711"']] as const) {
    assert.is((await through(name, value)).json.code, 'request.not_loopback', value)
  }
  for (const [name, value] of [['x-forwarded-for', '127.0.0.1'], ['x-forwarded-for', '::1'], ['forwarded', 'for="[::1]:4711"']] as const) {
    assert.is((await through(name, value)).status, 200, value)
  }
})

test('a page of another site changes nothing', async () => {
  const search = (headers: Record<string, string>) => post(web, '/api/v1/calls/search', {}, headers)
  for (const headers of [
    { origin: 'https://attacker.example' },
    { origin: 'null' },
    { origin: `http://localhost:${web.port + 1}` },
    { 'sec-fetch-site': 'cross-site', origin: 'https://attacker.example' },
    { 'sec-fetch-site': 'same-site', origin: `http://127.0.0.1:${web.port}` },
  ]) {
    const { status, json } = await search(headers as Record<string, string>)
    assert.is(status, 403, JSON.stringify(headers))
    assert.is(json.code, 'request.cross_site')
  }
  for (const headers of [{}, { origin: web.url }, { 'sec-fetch-site': 'same-origin', origin: web.url }, { 'sec-fetch-site': 'none' }]) {
    assert.is((await search(headers as Record<string, string>)).status, 200, JSON.stringify(headers))
  }
})

test('a body is JSON and bounded', async () => {
  const path = '/api/v1/calls/search'
  const form = await ask(web, 'POST', path, { raw: 'limit=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  assert.is(form.status, 415)
  assert.is((await ask(web, 'POST', path, { raw: '{"limit":', headers: { 'content-type': 'application/json' } })).json.code, 'request.not_json')
  assert.is((await ask(web, 'POST', path, { raw: JSON.stringify({ cursor: 'x'.repeat(70_000) }) })).json.code, 'request.too_large')
  assert.is((await ask(web, 'POST', path, { raw: '{}', headers: { 'content-type': 'application/json; charset=utf-16' } })).status, 415)
  assert.is((await ask(web, 'POST', path, { raw: '[]' })).json.code, 'request.invalid')
})

test('errors are problem details in the language asked for, with both beside it', async () => {
  const path = '/api/v1/calls?limit=1000'
  const english = await get(web, path, { 'accept-language': 'en-GB,en;q=0.9' })
  assert.is(english.status, 400)
  assert.match(english.headers['content-type']!, /^application\/problem\+json/)
  assert.is(english.headers['content-language'], 'en')
  assert.is(english.json.type, '/api/docs#problem-request.invalid')
  assert.is(english.json.where, 'limit')
  assert.is(english.json.detail, english.json.translations.en.detail)
  assert.match(english.json.detail, /limit: .*200/)

  const chinese = await get(web, path, { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' })
  assert.is(chinese.headers['content-language'], 'zh-CN')
  assert.is(chinese.json.title, '请求有误')
  assert.is(chinese.json.detail, chinese.json.translations.zh.detail)
  assert.match(chinese.json.detail, /^limit：数值过大.*200/)
  assert.equal(chinese.json.translations, english.json.translations)
  assert.is((await get(web, path)).headers['content-language'], 'en')
})

test('reasons of our own are Chinese too', async () => {
  const { json } = await get(web, '/api/v1/calls?receivedAt.from=yesterday', { 'accept-language': 'zh' })
  assert.match(json.detail, /^receivedAt.from：时刻应为/)
  assert.match(json.translations.en.detail, /^receivedAt.from: an instant is/)
})

test('an unknown parameter is an error and names itself', async () => {
  const { status, json } = await get(web, '/api/v1/calls?queuecode=PS')
  assert.is(status, 400)
  assert.is(json.where, 'queuecode')
})

test('nothing answers at an unknown address, and a wrong method is told the right one', async () => {
  const unknown = await get(web, '/api/v1/nothing')
  assert.is(unknown.status, 404)
  assert.is(unknown.json.code, 'request.no_route')
  assert.is((await get(web, '/api/v1/calls/%E0%A4%A/timeline')).status, 404)
  const wrong = await ask(web, 'DELETE', '/api/v1/calls')
  assert.is(wrong.status, 405)
  assert.is(wrong.headers['allow'], 'GET')
})

test('what nobody foresaw is told by an id and stays in the log', async () => {
  const secret = new Error('row 13800002225 is odd')
  const own = await startWeb('unexpected', { readSide: { status: () => Promise.reject(secret) } })
  try {
    const { status, json, text } = await get(own, '/api/v1/status')
    assert.is(status, 500)
    assert.is(json.code, 'request.unexpected')
    assert.not.match(text, /odd|stack|\.ts:/)
    const line = own.told.find(({ level }) => level === 'error')!
    const { id, error } = line.details as { id: string; error: string }
    assert.is(id, json.details.id)
    assert.match(error, /row ####### is odd/)
  } finally {
    await own.close()
  }
})

test('who takes too long is told to stop, and his asker that there is no answer', async () => {
  let stopped = false
  const never = (_tenant: string, _moment: object, signal: AbortSignal) => {
    signal.addEventListener('abort', () => (stopped = true))
    return new Promise<never>(() => {})
  }
  const own = await startWeb('timeout', { readSide: { boardsAsOf: never }, answerMs: 30 })
  try {
    const { status, json } = await get(own, '/api/v1/boards/as-of?at=0')
    assert.is(status, 503)
    assert.is(json.code, 'request.timeout')
    assert.ok(stopped)
  } finally {
    await own.close()
  }
})

test('a missing permission is named', async () => {
  web.permissions.delete('calls.see')
  try {
    const { status, json } = await get(web, '/api/v1/calls')
    assert.is(status, 403)
    assert.is(json.details.permission, 'calls.see')
  } finally {
    web.permissions.add('calls.see')
  }
})

test('no address, query or body of a request is in the server’s log', async () => {
  await get(web, '/api/v1/calls?category=13800002225')
  await post(web, '/api/v1/calls/search', { fromNumber: ['13800002225'] })
  assert.ok(web.told.some(({ message }) => message === 'request'))
  assert.not.match(JSON.stringify(web.told), /13800002225/)
})

test('answers may not be framed, sniffed, cached or loaded by other sites', async () => {
  const { headers } = await get(web, '/api/v1/calls')
  assert.is(headers['cache-control'], 'no-store')
  assert.is(headers['x-content-type-options'], 'nosniff')
  assert.is(headers['cross-origin-resource-policy'], 'same-origin')
  assert.match(headers['content-security-policy']!, /default-src 'self'.*frame-ancestors 'none'/)
  assert.is(headers['access-control-allow-origin'], undefined)
})

test.run()
