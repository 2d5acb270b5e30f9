import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { ask, get, startWeb, type Web } from './web.ts'

const directory = mkdtempSync(join(tmpdir(), 'ledgerline-screens-'))
const inline = `document.documentElement.dataset.theme = 'dark'`
const page = `<!doctype html><html><head><script>${inline}</script><script type="module" src="/assets/index-BhXyZ012.js"></script></head><body></body></html>`
const script = `export const words = ${JSON.stringify('a call waits, '.repeat(500))}`
mkdirSync(join(directory, 'assets'))
mkdirSync(join(directory, '.vite'))
writeFileSync(join(directory, 'index.html'), page)
writeFileSync(join(directory, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
writeFileSync(join(directory, 'assets', 'index-BhXyZ012.js'), script)
for (const [form, body] of [
  ['br', brotliCompressSync(script)],
  ['gz', gzipSync(script)],
] as const)
  writeFileSync(join(directory, 'assets', `index-BhXyZ012.js.${form}`), body)
writeFileSync(join(directory, '.vite', 'manifest.json'), '{}')

let web: Web
const test = suite('the screens')
test.before(async () => void (web = await startWeb('screens', { screens: directory })))
test.after(async () => {
  await web.close()
  rmSync(directory, { recursive: true })
})

/** The bytes as they come, undecoded. */
function bytes(path: string, encoding: string): Promise<{ encoding: string | undefined; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(
      { host: '127.0.0.1', port: web.port, path, headers: { 'accept-encoding': encoding }, agent: false },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () =>
          resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(parts) }),
        )
      },
    )
      .on('error', reject)
      .end()
  })
}

test('the page answers at every address that a browser opens, and is requested anew each time', async () => {
  for (const path of ['/', '/wall', '/calls/0190-abc?x=1', '/index.html']) {
    const { status, headers, text } = await get(web, path, { accept: 'text/html,application/xhtml+xml' })
    assert.is(status, 200, path)
    assert.is(text, page)
    assert.is(headers['cache-control'], 'no-cache')
  }
})

test('files with a hash in their name are cached for good; what does not exist is not found', async () => {
  const { headers, text } = await get(web, '/assets/index-BhXyZ012.js')
  assert.is(text, script)
  assert.is(headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.match(headers['content-type']!, /javascript/)
  assert.is((await get(web, '/icon.svg')).headers['cache-control'], 'no-cache')
  assert.is((await get(web, '/assets/index-OLD.js', { accept: 'text/html' })).status, 404)
  for (const path of [
    '/.vite/manifest.json',
    '/../package.json',
    '/%2e%2e/package.json',
    '/assets/..%2f..%2fpackage.json',
  ])
    assert.is.not((await get(web, path)).status, 200, path)
})

test('an unknown address of the interface is not a page', async () => {
  const { status, json } = await get(web, '/api/v2/calls', { accept: 'text/html' })
  assert.is(status, 404)
  assert.is(json.code, 'request.no_route')
})

test('a browser that has it is told so', async () => {
  const { headers } = await get(web, '/', { accept: 'text/html' })
  const again = await get(web, '/', { accept: 'text/html', 'if-none-match': headers['etag']! })
  assert.is(again.status, 304)
  assert.is(again.text, '')
  assert.is((await ask(web, 'HEAD', '/assets/index-BhXyZ012.js')).headers['content-length'], String(script.length))
})

test('it comes compressed as the build did it, if the client accepts that', async () => {
  const path = '/assets/index-BhXyZ012.js'
  const asked = async (encoding: string) => {
    const answer = await bytes(path, encoding)
    assert.is(answer.encoding, encoding)
    return answer.body
  }
  assert.is(brotliDecompressSync(await asked('br')).toString(), script)
  assert.is(gunzipSync(await asked('gzip')).toString(), script)
  const plain = await bytes(path, 'identity')
  assert.equal([plain.encoding, plain.body.toString()], [undefined, script])
  const { headers } = await get(web, path)
  assert.match(headers['content-type']!, /javascript/)
  assert.is((await get(web, `${path}.br`)).status, 404, 'a form is no file of its own')
})

test('inline scripts of the page are allowed by their hash, and no others', async () => {
  const policy = (await get(web, '/', { accept: 'text/html' })).headers['content-security-policy']!
  assert.ok(
    policy.includes(`script-src 'self' 'sha256-${createHash('sha256').update(inline).digest('base64')}'`),
    policy,
  )
  assert.not.match(policy, /unsafe/)
})

test('the build is named by the page', async () => {
  const { json } = await get(web, '/api/v1/status')
  assert.is(json.build, createHash('sha256').update(page).digest('base64url').slice(0, 22))
})

test('without screens a page says how to get them', async () => {
  const bare = await startWeb('no_screens')
  try {
    const { status, text } = await get(bare, '/', { accept: 'text/html' })
    assert.is(status, 200)
    assert.match(text, /ui build/)
    assert.is((await get(bare, '/assets/x.js')).status, 404)
  } finally {
    await bare.close()
  }
})

test.run()
