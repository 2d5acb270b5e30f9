import { setTimeout as pause } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, askRaw, get, post, startWeb, type Web } from './web.ts'

let web: Web
const test = suite('who is let in, and how errors leave')
test.before(async () => void (web = await startWeb('guard')))
test.after(() => web.close())

test('a name that is not this machine’s is refused, whatever it resolves to', async () => {
  for (const host of [
    'attacker.example',
    'attacker.example:80',
    '127.0.0.1.attacker.example',
    '10.0.0.7',
    '[fe80::1]:80',
    'localhost.attacker.example',
  ]) {
    const { status, json } = await get(web, '/api/v1/status', { host })
    assert.is(status, 403, host)
    assert.is(json.code, 'request.not_loopback', host)
  }
  for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1', `127.0.0.1:${web.port}`, '[::1]:7070']) {
    assert.is((await get(web, '/api/v1/status', { host })).status, 200, host)
  }
})

test('whoever forwards for others is a stranger, whatever they claim', async () => {
  const headers = {
    'x-forwarded-for': '127.0.0.1',
    'X-Forwarded-Host': 'localhost',
    'x-forwarded-proto': 'http',
    'x-forwarded-prefix': '/x',
    forwarded: 'for="[::1]:4711"',
    via: '1.1 vegur',
    'x-real-ip': '::1',
    'cf-connecting-ip': '127.0.0.1',
    'CF-Ray': '8f',
    'true-client-ip': '127.0.0.1',
    'x-client-ip': '127.0.0.1',
    'x-cluster-client-ip': '127.0.0.1',
    'fastly-client-ip': '127.0.0.1',
    'x-original-forwarded-for': '127.0.0.1',
    'x-envoy-external-address': '127.0.0.1',
    'x-azure-clientip': '127.0.0.1',
    'x-amzn-trace-id': 'Root=1',
    'cdn-loop': 'cdn',
    'x-remote-addr': '127.0.0.1',
  }
  for (const [name, value] of Object.entries(headers)) {
    for (const path of ['/api/v1/status', '/wall'])
      assert.is((await get(web, path, { [name]: value })).json.code, 'request.not_loopback', `${name} ${path}`)
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
  for (const headers of [
    {},
    { origin: web.url },
    { 'sec-fetch-site': 'same-origin', origin: web.url },
    { 'sec-fetch-site': 'none' },
  ]) {
    assert.is((await search(headers as Record<string, string>)).status, 200, JSON.stringify(headers))
  }
})

test('a page of another site reads nothing either, though a link of one may open a screen', async () => {
  const cross: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://attacker.example' },
    { origin: 'null' },
    { referer: 'https://attacker.example/page' },
    { referer: 'nonsense' },
  ]
  for (const headers of cross) {
    for (const path of [
      '/api/v1/calls',
      '/api/v1/live',
      '/api/docs',
      '/API/v1/calls',
      '//api/v1/calls',
      '/api/v1/nothing',
    ]) {
      for (const method of ['GET', 'HEAD']) {
        const { status } = await ask(web, method, path, { headers })
        assert.is(status, 403, `${method} ${path} ${JSON.stringify(headers)}`)
      }
    }
    assert.is((await get(web, '/wall', { ...headers, accept: 'text/html' })).status, 200)
  }
  const own: Record<string, string>[] = [
    {},
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { origin: web.url },
    { referer: `${web.url}/wall` },
  ]
  for (const headers of own) assert.is((await get(web, '/api/v1/calls', headers)).status, 200, JSON.stringify(headers))
})

test('a request has one host, and a path as its target', async () => {
  const host = `Host: 127.0.0.1:${web.port}`
  const refused = {
    'several hosts': `GET /api/v1/status HTTP/1.1\r\n${host}\r\n${host}\r\nConnection: close\r\n\r\n`,
    'several hosts, one of them foreign': `GET /wall HTTP/1.1\r\n${host}\r\nHost: attacker.example\r\nConnection: close\r\n\r\n`,
    'a whole address': `GET http://attacker.example/api/v1/status HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`,
    'a whole address of our own': `GET http://127.0.0.1:${web.port}/api/v1/status HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`,
    'the server as a whole': `OPTIONS * HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`,
    'a tunnel': `CONNECT attacker.example:443 HTTP/1.1\r\n${host}\r\n\r\n`,
    'an expectation': `GET /api/v1/status HTTP/1.1\r\n${host}\r\nExpect: wonders\r\nConnection: close\r\n\r\n`,
    'no HTTP': `hello\r\n\r\n`,
    'two lengths': `POST /api/v1/calls/search HTTP/1.1\r\n${host}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    'a length and pieces': `POST /api/v1/calls/search HTTP/1.1\r\n${host}\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
    'several types': `POST /api/v1/calls/search HTTP/1.1\r\n${host}\r\nContent-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
  }
  for (const [what, text] of Object.entries(refused)) {
    const { status, json } = await askRaw(web, text)
    assert.is(status, 400, what)
    assert.is(json.code, 'request.malformed', what)
    assert.ok(json.translations.zh.detail, what)
  }
  assert.is((await askRaw(web, 'GET /api/v1/status HTTP/1.0\r\n\r\n')).json.code, 'request.not_loopback', 'no host')
  const flood = Array.from({ length: 3_000 }, (_, index) => `x-${index}: ${index}`).join('\r\n')
  const flooded = await askRaw(web, `GET /api/v1/status HTTP/1.1\r\n${host}\r\n${flood}\r\n\r\n`)
  assert.is(flooded.status, 431)
  assert.is(flooded.json.code, 'request.headers_too_large')
  assert.is((await get(web, '/api/v1/status')).status, 200)
})

test('a request that does not arrive completely is ended, and nobody waits for it', async () => {
  const own = await startWeb('slow', { requestMs: 100 })
  try {
    const host = `Host: 127.0.0.1:${own.port}`
    const slow = [
      `POST /api/v1/calls/search HTTP/1.1\r\n${host}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"lim`,
      `GET /api/v1/status HTTP/1.1\r\n${host}\r\nx-slow: `,
    ]
    const answers = slow.map((text) => askRaw(own, text))
    assert.is((await get(own, '/api/v1/status')).status, 200)
    for (const { status, json } of await Promise.all(answers)) {
      assert.is(status, 408)
      assert.is(json.code, 'request.slow')
    }
  } finally {
    await own.close()
  }
})

test('a HEAD request for a stream holds nothing; an unsupported method of a route is reported', async () => {
  assert.is((await ask(web, 'HEAD', '/api/v1/live')).status, 200)
  assert.is(web.server.feed.listeners, 0)
  for (const method of ['OPTIONS', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'PURGE']) {
    const { status, json } = await ask(web, method, '/api/v1/calls')
    assert.is(status, 405, method)
    assert.is(json.code, 'request.wrong_method')
  }
  // Nobody speaks WebSocket here: the header is ignored.
  assert.is(
    (
      await get(web, '/api/v1/calls', {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': 'x',
        'sec-websocket-version': '13',
      })
    ).status,
    200,
  )
})

test('__proto__ is never a name', async () => {
  for (const path of [
    '/api/v1/calls?__proto__=1',
    '/api/v1/calls?__proto__[limit]=1',
    '/api/v1/calls?queueCode=__proto__',
    '/api/v1/agents/__proto__/day',
    '/api/v1/reports/queues?queue=__proto__',
  ]) {
    const { status, json } = await get(web, path)
    assert.is(status, 400, path)
    assert.is(json.code, 'request.invalid', path)
  }
  for (const raw of ['{"__proto__":{"limit":1}}', '{"queueCode":["__proto__"]}', '{"queueCode":[{"__proto__":1}]}']) {
    assert.is((await ask(web, 'POST', '/api/v1/calls/search', { raw })).json.code, 'request.invalid', raw)
  }
})

test('a body is JSON and bounded', async () => {
  const path = '/api/v1/calls/search'
  const form = await ask(web, 'POST', path, {
    raw: 'limit=1',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  assert.is(form.status, 415)
  assert.is(
    (await ask(web, 'POST', path, { raw: '{"limit":', headers: { 'content-type': 'application/json' } })).json.code,
    'request.broken_body',
  )
  assert.is(
    (await ask(web, 'POST', path, { raw: JSON.stringify({ cursor: 'x'.repeat(70_000) }) })).json.code,
    'request.too_large',
  )
  assert.is(
    (await ask(web, 'POST', path, { raw: '{}', headers: { 'content-type': 'application/json; charset=utf-16' } }))
      .status,
    415,
  )
  assert.is((await ask(web, 'POST', path, { raw: '[]' })).json.code, 'request.invalid')
})

test('a compressed body is what its header says, and is bounded unpacked', async () => {
  const path = '/api/v1/calls/search'
  const packed = (content: string, coding: string, pack: (bytes: Buffer) => Buffer) =>
    askRaw(
      web,
      Buffer.concat([
        Buffer.from(
          `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${web.port}\r\nContent-Type: application/json\r\nContent-Encoding: ${coding}\r\nContent-Length: ${pack(Buffer.from(content)).length}\r\nConnection: close\r\n\r\n`,
        ),
        pack(Buffer.from(content)),
      ]),
    )
  for (const [coding, pack] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const) {
    assert.is((await packed('{"limit":1}', coding, pack)).status, 200, coding)
    assert.is((await packed('{"limit":1}', coding, (bytes) => bytes)).json.code, 'request.broken_body', coding)
    assert.is(
      (await packed('{"limit":1}', coding, (bytes) => pack(bytes).subarray(0, 8))).json.code,
      'request.broken_body',
      coding,
    )
    assert.is(
      (await packed(`{"cursor":"${'x'.repeat(5_000_000)}"}`, coding, pack)).json.code,
      'request.too_large',
      coding,
    )
  }
  assert.is((await packed('{}', 'zstd-but-not-really', (bytes) => bytes)).status, 415)
  assert.is((await packed('{}', '__proto__', (bytes) => bytes)).status, 415)
  assert.is(
    (await ask(web, 'POST', path, { raw: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) })).json.code,
    'request.broken_body',
  )
})

test('eight large bodies hold nobody up', async () => {
  const path = '/api/v1/switchboard/activate'
  const size = 14_000_000
  const bodies: Record<string, string> = {
    nested: '['.repeat(size),
    'nested, in an object': `{"queues":${'{"a":'.repeat(size / 5)}`,
    wide: `{"commandId":"fuzz-12345678","queues":[${'[],'.repeat(size / 3)}[]]}`,
    'wide, and not too many': `{"commandId":"fuzz-12345678","zone":"Asia/Shanghai","queues":[],"routes":[],"agents":[${'{"queues":[1]},'.repeat(19_000)}1]}`,
    'many fields': `{${Array.from({ length: 400_000 }, (_, index) => `"f${index}":1`).join(',')}}`,
    'one text': `{"zone":"${'x'.repeat(size)}"}`,
    'too large': ' '.repeat(17_000_000),
  }
  for (const [what, raw] of Object.entries(bodies)) {
    const before = process.cpuUsage()
    let done = false
    const large = Promise.all(Array.from({ length: 8 }, () => ask(web, 'POST', path, { raw }))).finally(
      () => (done = true),
    )
    while (!done) {
      assert.is((await get(web, '/api/v1/status')).status, 200, what)
      await pause(20)
    }
    for (const { status, json } of await large) {
      assert.ok(status === 400 || status === 413, `${what}: ${status}`)
      assert.ok(json.translations.zh.detail.length < 500, what)
    }
    // The thread's own time, which a busy machine does not lengthen; it includes the client's. It was 13 s.
    const { user, system } = process.cpuUsage(before)
    assert.ok(user + system < 6_000_000, `${what}: ${Math.round((user + system) / 1000)} ms of work`)
  }
})

test('errors are problem details in the requested language, with both alongside', async () => {
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

test('our own reasons are in Chinese too', async () => {
  const { json } = await get(web, '/api/v1/calls?receivedAt.from=yesterday', { 'accept-language': 'zh' })
  assert.match(json.detail, /^receivedAt.from：时刻应为/)
  assert.match(json.translations.en.detail, /^receivedAt.from: an instant is/)
})

test('an unknown parameter is an error and is named', async () => {
  const { status, json } = await get(web, '/api/v1/calls?queuecode=PS')
  assert.is(status, 400)
  assert.is(json.where, 'queuecode')
})

test('nothing answers at an unknown address, and a wrong method is answered with the right one', async () => {
  const unknown = await get(web, '/api/v1/nothing')
  assert.is(unknown.status, 404)
  assert.is(unknown.json.code, 'request.no_route')
  assert.is((await get(web, '/api/v1/calls/%E0%A4%A/timeline')).status, 404)
  const wrong = await ask(web, 'DELETE', '/api/v1/calls')
  assert.is(wrong.status, 405)
  assert.is(wrong.headers['allow'], 'GET')
})

test('an unforeseen error is reported by an id and stays in the log', async () => {
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

test('what its column cannot hold is never our mistake: the last line of defence', async () => {
  const out = Object.assign(new Error('value "13800002225" is out of range for type integer'), { code: '22003' })
  const own = await startWeb('class_22', {
    readSide: { status: () => Promise.reject(new Error('in between', { cause: out })) },
  })
  try {
    const { status, json, text } = await get(own, '/api/v1/status')
    assert.is(status, 400)
    assert.is(json.code, 'request.data_refused')
    assert.equal([json.details.sqlstate, json.details.reason], ['22003', 'number out of range'])
    assert.not.match(text, /13800002225/)
    const line = own.told.find(({ level }) => level === 'error')!
    assert.is((line.details as { id: string }).id, json.details.id)
  } finally {
    await own.close()
  }
})

test('a handler that takes too long is aborted, and its client is told that there is no answer', async () => {
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
