/**
 * Every route of the server, fuzzed with the edges of every type over the real switchboard and the real tables:
 * whatever is sent, no client's mistake is called ours, errors are reported in both languages, and others are answered
 * meanwhile.
 */
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { problems } from '@ledgerline/ops/problems.ts'
import { times } from '../support/depth.ts'
import { queueNamed } from '../support/house.ts'
import { QuickPasswords } from '../access/people.ts'
import { Fuzz } from './fuzz.ts'
import type { Document, Hostile } from './requests.ts'
import { startSpine, type Spine } from './spine.ts'
import { get } from './web.ts'

/** `FUZZ_EDGES=100` sends every edge to every field. */
const EDGES = times('FUZZ_EDGES', 2, 30)
const SEED = times('FUZZ_SEED', 20261129, Math.floor(Date.now() / 86_400_000))
/** Requests in progress at once. */
const AT_ONCE = 16
/** The longest anyone waits for an answer; the server allows itself 9 s. */
const MOST_MS = 9_500
const TOO_LATE = 'no answer in time'

let spine: Spine
let fuzz: Fuzz
const test = suite('every route, fuzzed')

test.before(async () => {
  spine = await startSpine('fuzz', {
    agents: 3,
    queues: [queueNamed('PS'), queueNamed('NE')],
    access: { passwords: new QuickPasswords(), automatic: true },
  })
  const callId = spine.floor.call('PS', { talkMs: 600_000, patienceMs: 600_000 })
  for (let call = 0; call < 4; call++) spine.floor.call('NE', { talkMs: 5_000, patienceMs: 600_000 })
  await spine.pass(30_000)
  await spine.settled()
  const there = {
    agentCode: '201',
    toAgentCode: '202',
    supervisorCode: '900',
    callId,
    id: callId,
    queueCode: 'PS',
    code: '201',
    zone: 'Asia/Shanghai',
    day: '2026-02-01',
    email: 'someone@example.com',
  }
  fuzz = new Fuzz((await get(spine, '/api/openapi.json')).json as Document, there, SEED)
})
test.after(() => spine.close())

interface Heard {
  asked: Hostile
  status: number
  type: string
  text: string
  ms: number
}

/** Sends one request; only the beginning of a stream is read. */
function send(agent: Agent, asked: Hostile): Promise<Heard> {
  const begun = performance.now()
  const headers = {
    ...(asked.raw === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(asked.raw)) }),
    ...asked.headers,
  }
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: spine.port, method: asked.method, path: asked.path, headers, agent, timeout: MOST_MS },
      (response) => {
        const parts: Buffer[] = []
        const done = () =>
          resolve({
            asked,
            status: response.statusCode!,
            type: String(response.headers['content-type']),
            text: Buffer.concat(parts).toString(),
            ms: performance.now() - begun,
          })
        response
          .on('data', (part: Buffer) => parts.push(part))
          .on('end', done)
          .on('error', reject)
        if (response.headers['content-type']?.startsWith('text/event-stream')) {
          done()
          sent.destroy()
        }
      },
    )
    sent.on('timeout', () => sent.destroy(new Error(TOO_LATE)))
    sent.on('error', (error) => reject(new Error(`${asked.what}: ${error.message}`, { cause: error })))
    sent.end(asked.raw)
  })
}

/** Sends them all, several at once; returns what is wrong with the answers. */
async function sendAll(requests: Iterable<Hostile>): Promise<{ sent: number; faults: string[]; heard: Heard[] }> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const faults: string[] = []
  const heard: Heard[] = []
  const late: Hostile[] = []
  const note = (answer: Heard): void => {
    heard.push(answer)
    const fault = faultOf(answer)
    if (fault !== null) faults.push(`${answer.asked.what}: ${fault}`)
  }
  const iterator = requests[Symbol.iterator]()
  const one = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) {
      const answer = await send(agent, next.value).catch((error: Error) =>
        error.message.endsWith(TOO_LATE) ? null : Promise.reject(error),
      )
      if (answer === null || answer.ms > MOST_MS || answer.status === 503) late.push(next.value)
      else note(answer)
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, one))
    // On a machine that is busy with other things many are late: a request that is slow by itself is slow when sent
    // alone, too.
    for (const asked of late) note(await send(agent, asked))
  } finally {
    agent.destroy()
  }
  return { sent: heard.length, faults, heard }
}

/** What is wrong with an answer; null if nothing is. */
function faultOf({ asked, status, type, text, ms }: Heard): string | null {
  if (status >= 500) return `${status} ${text.slice(0, 300)}`
  if (ms > MOST_MS) return `took ${Math.round(ms)} ms`
  if (status < 400) return null
  if (asked.method === 'HEAD') return null
  if (!type.startsWith('application/problem+json')) return `${status} of the type ${type}`
  const problem = JSON.parse(text)
  if (!Object.hasOwn(problems, problem.code)) return `an unknown code ${problem.code}`
  if (problem.code === 'request.data_refused') return `no schema refused it: ${text.slice(0, 300)}`
  for (const language of ['en', 'zh'])
    if (!problem.translations[language].title || !problem.translations[language].detail)
      return `nothing said in ${language}`
  if (problem.translations.en.detail === problem.translations.zh.detail) return 'both languages are one'
  if (problem.code === 'request.invalid' && !problem.where) return 'no field is named'
  if (text.length > 8_000) return `an answer of ${text.length} bytes`
  return null
}

/**
 * Sends a small request again and again while others are hostile; returns the longest time this process worked while
 * anybody waited, ms.
 */
async function longestWait(during: Promise<unknown>): Promise<number> {
  let done = false
  let longest = 0
  const note = () => void (done = true)
  during.then(note, note)
  while (!done) {
    const begun = process.cpuUsage()
    assert.is((await get(spine, '/api/v1/reports')).status, 200)
    const { user, system } = process.cpuUsage(begun)
    longest = Math.max(longest, (user + system) / 1000)
    // A client that meets a conflict waits a moment of the floor's clock.
    await spine.pass(1)
    await pause(20)
  }
  return longest
}

async function fuzzed(requests: Iterable<Hostile>, atLeast: number): Promise<Heard[]> {
  const all = sendAll(requests)
  const [{ sent, faults, heard }, longest] = await Promise.all([all, longestWait(all)])
  assert.equal(faults.slice(0, 20), [], `${faults.length} of ${sent} answers, FUZZ_SEED=${SEED} FUZZ_EDGES=${EDGES}`)
  assert.equal(
    spine.told.filter(({ level }) => level === 'error'),
    [],
  )
  assert.ok(sent >= atLeast, `only ${sent} were sent`)
  assert.ok(longest < MOST_MS, `others waited ${Math.round(longest)} ms`)
  return heard
}

test('a request of each route passes its schema: the rest is about one thing each', async () => {
  const heard = await fuzzed(fuzz.plain(), spine.server.routes.length)
  assert.equal(
    heard
      .filter(({ text }) => text.includes('"request.invalid"'))
      .map(({ asked, text }) => `${asked.what} ${asked.path} ${asked.raw ?? ''} ${text.slice(0, 200)}`),
    [],
  )
})

test('days and moments at the ends of the calendar, and reversed ranges, are refused by their field and at once', async () => {
  const wheres = new Map([...fuzz.dated()].map((asked) => [asked.what, asked.where]))
  const heard = await fuzzed(fuzz.dated(), 300)
  const wrong = heard.filter(
    ({ asked, status, text }) => status !== 400 || JSON.parse(text).where !== wheres.get(asked.what),
  )
  assert.equal(
    wrong.slice(0, 10).map(({ asked, status, text }) => `${asked.what}: ${status} ${text.slice(0, 200)}`),
    [],
  )
  const routes = new Set(heard.map(({ asked }) => asked.what.split(' ')[1]))
  for (const path of [
    '/api/v1/reports/queue-intervals',
    '/api/v1/boards/as-of',
    '/api/v1/history/volume',
    '/api/v1/agents/{code}/day',
    '/api/v1/calls',
    '/api/v1/queue_day',
    '/api/v1/calls/search',
  ])
    assert.ok(routes.has(path), path)
})

test('requests with the wrong shape', async () => {
  await fuzzed(fuzz.shapes(), spine.server.routes.length * 20)
})

test('every parameter and field at the edges of every type', async () => {
  await fuzzed(fuzz.edges(EDGES), spine.server.routes.length * 10)
})

test('pairs that belong together, and arbitrary pairs', async () => {
  await fuzzed(fuzz.pairs(EDGES), spine.server.routes.length * 5)
})

test('headers at their edges', async () => {
  await fuzzed(fuzz.headers(EDGES), spine.server.routes.length * 3)
})

test('badly encoded addresses', async () => {
  const heard = await fuzzed(fuzz.encodings(EDGES), 300)
  // What cannot be decoded is not a name; a page of the screens says so itself.
  const broken = heard.filter(
    ({ asked }) => asked.path.startsWith('/api/') && /%(zz|u|2?$)|%E0%A4%A$/.test(asked.path.split('?')[0]!),
  )
  assert.ok(broken.length > 10, `${broken.length}`)
  assert.equal(
    broken
      .filter(({ status }) => status !== 404 && status !== 400)
      .map(({ asked, status }) => `${asked.what}: ${status}`),
    [],
  )
})

test('tampered cursors', async () => {
  const lists = spine.server.routes.filter(
    ({ method, request: { query } }) => method === 'get' && query && 'cursor' in query.shape && 'sort' in query.shape,
  )
  const bent: Hostile[] = []
  for (const {
    path,
    request: { query },
  } of lists) {
    const sorts = (query!.shape['sort'] as unknown as { unwrap(): { options: string[] } }).unwrap().options
    for (const sort of sorts) {
      const { status, json, text } = await get(spine, `${path}?limit=1&sort=${sort}`)
      assert.is(status, 200, text)
      if (json.next !== null) bent.push(...fuzz.bent(`${path}?sort=${sort}`, json.next, EDGES))
    }
  }
  const heard = await fuzzed(bent, 100)
  // Some are as good as the one they were made from: another value of the same kind.
  assert.ok(heard.filter(({ status }) => status === 400).length > heard.length / 2)
})

test('afterwards the house works as before', async () => {
  assert.equal(
    spine.floor.notes.filter((note) => note.startsWith('a step broke')),
    [],
  )
  await spine.settled()
  assert.is((await get(spine, '/api/v1/status')).json.parked, 0)
})

test.run()
