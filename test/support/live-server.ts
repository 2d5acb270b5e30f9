/**
 * A server of the live protocol and of the few routes that the screens use, over a made-up floor: tests of the screens
 * need no database and can make it stop, fall silent or refuse. Also a command, to look at the screens:
 *
 *   node test/support/live-server.ts [--agents 17] [--queues 7] [--port 25400] [--rate CALLS_A_SECOND] [--talk SECONDS] [--speed 1]
 */
import { createReadStream, existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { WebPhone } from '@ledgerline/adapters/http/commands/answers.ts'
import { operatorPermissions } from '@ledgerline/core/access/session.ts'
import { houseReasons } from '@ledgerline/core/agent/reasons.ts'
import type { AgentRow, Topic } from '../../ui/live/protocol.ts'
import { FakeFloor, type FloorOptions } from './fake-floor.ts'
import type { FinishedCall } from './floor-boards.ts'
import { listedReports, madeUpReport, type MadeUp } from './fake-reports.ts'
import { decisionsOf, eventsOf, legsOf, segmentsOf } from './fake-timeline.ts'

const dist = fileURLToPath(new URL('../../ui/dist', import.meta.url))
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

export interface LiveServerOptions extends Partial<FloorOptions> {
  port?: number
  /** The tenant's seconds per real second. */
  speed?: number
}

const keyColumns: Record<Topic, readonly [string, string?]> = {
  queues: ['queueCode'],
  queue_monitor: ['queueCode'],
  queue_day: ['queueCode', 'day'],
  queue_minute: ['queueCode', 'startsAt'],
  calls: ['callId'],
  call_parties: ['callId', 'legId'],
  agent_monitor: ['agentId'],
  mailboxes: ['box'],
}

/** A key as the stream writes it: its columns by name. */
function keyOf(topic: Topic, key: string): object {
  const [first, second] = key.split('\u0000')
  const [a, b] = keyColumns[topic]
  return b === undefined ? { [a]: first } : { [a]: first, [b]: b === 'startsAt' ? Number(second) : second }
}

const COMMANDS = '/api/v1/commands/'

interface Watcher {
  response: ServerResponse
  topics: Topic[]
}

/** A problem as the real server sends it. */
function problem(status: number, code: string, en: string, zh: string): object {
  return {
    type: `/api/docs#problem-${code}`,
    title: en,
    status,
    detail: '',
    code,
    where: null,
    details: {},
    translations: { en: { title: en, detail: '' }, zh: { title: zh, detail: '' } },
  }
}

/** A command as received: its address and its content. */
export interface AskedCommand {
  path: string
  commandId: string
  agentCode?: string
  reason?: string | null
  supervisorCode?: string
  [field: string]: unknown
}

/** The effect of commands on an agent on this floor; all others change nothing here. */
const becomes: Record<string, Partial<AgentRow>> = {
  'supervisor/ready': { state: 'ready', work: 'ready' },
  'supervisor/not-ready': { state: 'not_ready', work: 'not_ready' },
  'supervisor/away': { state: 'away', work: 'away' },
  'supervisor/sign-out': { state: 'signed_out', work: 'signed_out' },
  'supervisor/long-sign-in': { longSignIn: 'active' },
  'supervisor/long-sign-in/end': { longSignIn: 'none' },
  'agents/sign-in': { state: 'away', work: 'away' },
  'agents/sign-out': { state: 'signed_out', work: 'signed_out' },
  'agents/ready': { state: 'ready', work: 'ready' },
  'agents/on-demand': { state: 'on_demand', work: 'on_demand' },
  'agents/not-ready': { state: 'not_ready', work: 'not_ready' },
  'agents/away': { state: 'away', work: 'away' },
  'agents/wrap-up/end': { state: 'ready', work: 'ready' },
  'agents/long-sign-in': { longSignIn: 'active' },
  'agents/long-sign-in/end': { longSignIn: 'none' },
  'calls/hold': { state: 'on_hold' },
  'calls/resume': { state: 'in_call' },
}

export interface Refusal {
  status: number
  body: object
}

export class LiveServer {
  readonly floor: FakeFloor
  /** Commands as they came in, in order. */
  readonly commands: AskedCommand[] = []
  /** How often a desk reported its presence. */
  deskBeats = 0
  /** The desks that reported, one entry each time. */
  readonly beatsOf: string[] = []
  /** Queries of the call list as they came in. */
  readonly queries: string[] = []
  /** Bodies of searches by number. */
  readonly searches: Record<string, string | string[]>[] = []
  /** Connections to the stream since the start. */
  connections = 0
  /** The `Last-Event-ID` of each connection, null where there was none. */
  readonly resumedFrom: (string | null)[] = []
  build = 'build-1'
  speed: number
  /** The intended speed, if the server cannot keep it. */
  asked: number | null = null
  lagMs = 0
  /** Changes do not reach it at once. */
  delayed = false
  /** Queues that exist or once existed but have no row on the boards. */
  readonly onceThere: string[] = []
  /** Trends are answered once this resolves. */
  holdTrends: Promise<void> | null = null
  /** Sends nothing at all, not even beats, like a server that hangs. */
  silent = false
  /** The answer to the next command. */
  refuseNext: Refusal | null = null
  /** Queries of reports as they came in. */
  readonly reportQueries: URLSearchParams[] = []
  /** Where browsers register as phones, or why they may not. */
  phone: WebPhone | Refusal = {
    status: 409,
    body: problem(409, 'phone.none', 'A browser cannot be a phone here.', '本系统未开通浏览器电话。'),
  }
  /** The answer to reports. */
  reports: MadeUp = { rows: null, lagMs: 0 }
  /** Reports are answered once this resolves. */
  holdReports: Promise<void> | null = null
  /** Queries get this status instead of an answer. */
  failQueries: number | null = null
  /** The stream is refused with 503, as while a server starts. */
  closed = false
  readonly #watchers = new Set<Watcher>()
  readonly #ring: { id: number; topic: Topic; text: string }[] = []
  #id = 0
  #timers: ReturnType<typeof setInterval>[] = []
  readonly #server = createServer((request, response) => this.#answer(request, response))

  constructor({ agents = 17, queues = 7, speed = 1, ...rest }: LiveServerOptions = {}) {
    this.floor = new FakeFloor({ agents, queues, ...rest })
    this.floor.takeChanges()
    this.speed = speed
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((done, failed) => {
      this.#server.once('error', failed)
      this.#server.listen(port, '127.0.0.1', done)
    })
    this.#timers.push(setInterval(() => this.#beat(), 2000))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.dropConnections()
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  /** The floor moves on its own, as a real one does. */
  run(everyMs = 100): void {
    let last = performance.now()
    this.#timers.push(
      setInterval(() => {
        const now = performance.now()
        this.floor.advance((now - last) * this.speed, 250 * this.speed)
        last = now
        this.push()
      }, everyMs),
    )
  }

  /** Advances the floor by `ms` of its clock and pushes what changed. */
  advance(ms: number): void {
    this.floor.advance(ms)
    this.push()
    this.#beat()
  }

  /** Sends what has changed on the floor since the last time. */
  push(): void {
    for (const [topic, change] of Object.entries(this.floor.takeChanges())) {
      const { upserts, removes } = change as { upserts: Map<string, object>; removes: Set<string> }
      const text = JSON.stringify({
        topic,
        upserts: [...upserts.values()],
        removes: [...removes].map((key) => keyOf(topic as Topic, key)),
      })
      const entry = { id: ++this.#id, topic: topic as Topic, text }
      this.#ring.push(entry)
      if (this.#ring.length > 1000) this.#ring.shift()
      for (const watcher of this.#watchers)
        if (watcher.topics.includes(entry.topic)) this.#send(watcher, 'delta', text, entry.id)
    }
  }

  /** Another process takes its place and knows no earlier message. */
  restart(build = this.build): void {
    this.build = build
    this.#ring.length = 0
    this.#id += 1_000_000
    this.dropConnections()
  }

  /** Ends every open stream, as a restarted proxy does. */
  dropConnections(): void {
    for (const { response } of this.#watchers) response.destroy()
    this.#watchers.clear()
  }

  #send({ response }: Watcher, event: string, text: string, id?: number): void {
    if (!this.silent) response.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${text}\n\n`)
  }

  #beat(): void {
    const text = JSON.stringify({
      now: this.floor.now,
      speed: this.speed,
      asked: this.asked ?? this.speed,
      behind: this.asked !== null,
      lagMs: this.lagMs,
      delayed: this.delayed,
      position: null,
    })
    for (const watcher of this.#watchers) this.#send(watcher, 'beat', text)
  }

  #live(request: IncomingMessage, response: ServerResponse, url: URL): void {
    this.connections++
    const after = request.headers['last-event-id']
    this.resumedFrom.push(typeof after === 'string' ? after : null)
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    response.write('retry: 300\n\n')
    const watcher: Watcher = { response, topics: (url.searchParams.get('topics') ?? '').split(',') as Topic[] }
    this.#watchers.add(watcher)
    response.on('close', () => this.#watchers.delete(watcher))
    const known = after === undefined ? -1 : this.#ring.findIndex((entry) => entry.id === Number(after))
    if (known >= 0) {
      for (const entry of this.#ring.slice(known + 1))
        if (watcher.topics.includes(entry.topic)) this.#send(watcher, 'delta', entry.text, entry.id)
    } else {
      const hello = {
        tenant: '客户服务中心',
        zone: this.floor.zone,
        now: this.floor.now,
        speed: this.speed,
        asked: this.asked ?? this.speed,
        behind: this.asked !== null,
        build: this.build,
        topics: watcher.topics,
      }
      this.#send(watcher, 'hello', JSON.stringify(hello))
      for (const topic of watcher.topics)
        this.#send(watcher, 'snapshot', JSON.stringify({ topic, rows: this.floor.rows(topic) }), this.#id)
      this.#send(watcher, 'ready', '{}')
    }
    this.#beat()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://server')
    const json = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json' })
      response.end(JSON.stringify(body))
    }
    const notFound = () => json(404, problem(404, 'request.not_found', 'There is no such thing.', '不存在。'))
    if (url.pathname === '/api/v1/live') {
      if (this.closed) return json(503, problem(503, 'tables.unavailable', 'Starting.', '正在启动。'))
      return this.#live(request, response, url)
    }
    if (url.pathname.startsWith(COMMANDS) && request.method === 'POST')
      return this.#command(url.pathname.slice(COMMANDS.length), request, json)
    if (url.pathname === '/api/v1/session')
      return json(200, { tenant: 'test', state: 'automatic', user: null, permissions: operatorPermissions })
    // Nobody edits the voice platform here.
    if (url.pathname === '/api/v1/draft') return json(200, { pending: 0 })
    if (url.pathname === '/api/v1/boards/trends') return void this.#trends(url.searchParams, json)
    if (url.pathname === '/api/v1/desk/here') return this.#here(request, json)
    if (url.pathname === '/api/v1/desk/phone') {
      const { phone } = this
      return 'body' in phone ? json(phone.status, phone.body) : json(200, phone)
    }
    if (url.pathname === '/api/v1/reasons') return json(200, { reasons: houseReasons })
    // Nobody is recorded here.
    if (url.pathname === '/api/v1/recordings')
      return json(200, { rows: [], next: null, count: null, asOf: { behind: false } })
    if (url.pathname.startsWith('/api/v1/reports')) return void this.#report(url, json, response)
    if (url.pathname.startsWith('/api/v1/calls')) {
      if (this.failQueries)
        return json(
          this.failQueries,
          problem(this.failQueries, 'tables.unavailable', 'The database does not answer.', '数据库没有响应。'),
        )
      if (url.pathname === '/api/v1/calls/search' && request.method === 'POST') return this.#search(request, json)
      const one = /^\/api\/v1\/calls\/([^/]+)\/(timeline|decisions)$/.exec(url.pathname)
      if (!one) {
        this.queries.push(url.searchParams.toString())
        return json(200, this.#list(url.searchParams))
      }
      const call = this.#allCalls().find((row) => row.callId === decodeURIComponent(one[1]!))
      if (call && one[2] === 'decisions') return json(200, decisionsOf(call))
      return call
        ? json(200, { call, segments: segmentsOf(call), legs: legsOf(call), events: eventsOf(call) })
        : notFound()
    }
    if (url.pathname.startsWith('/api/')) return notFound()
    this.#file(url.pathname, response)
  }

  async #trends(asked: URLSearchParams, json: (status: number, body: object) => void): Promise<void> {
    await this.holdTrends
    const there = {
      queue: [...this.floor.queues.map(({ queueCode }) => queueCode), ...this.onceThere],
      group: [...this.floor.agents.values()].map(({ groupCode }) => groupCode),
    }
    for (const name of ['queue', 'group'] as const) {
      const nothing = (asked.get(name) ?? '').split(',').find((code) => code !== '' && !there[name].includes(code))
      if (nothing !== undefined)
        return json(400, problem(400, 'request.names_nothing', `there is no ${name} ${nothing}`, `没有 ${nothing}`))
    }
    json(200, { points: this.floor.trends(asked.get('queue')) })
  }

  async #report(url: URL, json: (status: number, body: object) => void, response: ServerResponse): Promise<void> {
    const id = /^\/api\/v1\/reports\/([^/]+)$/.exec(url.pathname)?.[1]
    if (id === undefined) return json(200, listedReports())
    this.reportQueries.push(url.searchParams)
    await this.holdReports
    if (this.failQueries)
      return json(
        this.failQueries,
        problem(this.failQueries, 'tables.unavailable', 'The database does not answer.', '数据库没有响应。'),
      )
    const answer = madeUpReport(decodeURIComponent(id), url.searchParams, this.floor, this.reports)
    if (answer === null) return json(404, problem(404, 'request.not_found', 'There is no such thing.', '不存在。'))
    const format = url.searchParams.get('format')
    if (format === null) return json(200, answer)
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${id}_${answer.from}_${answer.to}.${format}"`,
    })
    response.end(`${answer.rows.length} rows as ${format} in ${url.searchParams.get('lang')}`)
  }

  /** A desk reports its presence. */
  #here(request: IncomingMessage, json: (status: number, body: object) => void): void {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      const { agentCode, deskId } = JSON.parse(text) as { agentCode: string; deskId: string }
      this.deskBeats++
      this.beatsOf.push(deskId)
      const agent = [...this.floor.agents.values()].find((one) => one.agentCode === agentCode)
      if (agent?.deskId !== deskId)
        return json(409, problem(409, 'agent.desk_elsewhere', 'This browser is not the desk.', '本浏览器不是工作台。'))
      json(200, { againInMs: 10_000 })
    })
  }

  #command(path: string, request: IncomingMessage, json: (status: number, body: object) => void): void {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      const command = { path, ...JSON.parse(text) } as AskedCommand
      this.commands.push(command)
      if (this.refuseNext) {
        const { status, body } = this.refuseNext
        this.refuseNext = null
        return json(status, body)
      }
      const agent = [...this.floor.agents.values()].find(({ agentCode }) => agentCode === command.agentCode)
      if (!agent && command.agentCode === undefined) return json(200, { position: String(this.#id), events: [] })
      if (!agent) return json(404, problem(404, 'agent.unknown', 'There is no such agent.', '没有这名坐席。'))
      // The browser that claims the desk is the desk from then on, and any other is refused.
      const saysSo = path === 'agents/desk/claim' || path === 'agents/sign-in'
      if (!saysSo && agent.deskId !== null && command['deskId'] !== undefined && command['deskId'] !== agent.deskId)
        return json(409, problem(409, 'agent.desk_elsewhere', 'This browser is not the desk.', '本浏览器不是工作台。'))
      const claims =
        saysSo && typeof command['deskId'] === 'string' ? { deskId: command['deskId'], desk: 'connected' } : {}
      const change = becomes[path] ?? (path === 'agents/desk/claim' ? {} : undefined)
      if (change) {
        this.floor.setAgent(agent.agentId, {
          ...change,
          ...claims,
          ...(change.state && { reason: command.reason ?? null }),
        })
        this.push()
      }
      json(200, { position: String(this.#id), events: [] })
    })
  }

  #allCalls(): FinishedCall[] {
    const open = [...this.floor.calls.values()].map((call) => ({
      ...call,
      outcome: null,
      endedAt: null,
      waitMs: null,
      ringMs: 0,
      talkMs: 0,
      holdMs: 0,
      wrapUpMs: 0,
      callMs: null,
      endedBy: null,
      cause: 0,
      reason: null,
      category: null,
      priority: 0,
      targetMs: 20_000,
      transfers: 0,
      configVersion: 3,
      linkedCallId: null,
      offeredAt: null,
      zone: this.floor.zone,
    }))
    return [...this.floor.finished, ...(open as unknown as FinishedCall[])]
  }

  #list(params: URLSearchParams): object {
    const limit = Number(params.get('limit') ?? 50)
    const skip = Number(params.get('cursor') ?? 0)
    const among = (name: string, value: string | null) => !params.has(name) || params.getAll(name).includes(value ?? '')
    const matching = this.#allCalls()
      .filter(
        (call) =>
          among('queueCode', call.queueCode) &&
          among('agentCodes', call.agentCode) &&
          among('outcome', call.outcome) &&
          among('direction', call.direction) &&
          among('callId', call.callId) &&
          (call.fromNumber ?? '').includes(params.get('fromNumber.part') ?? '') &&
          call.receivedAt >= Number(params.get('receivedAt.from') ?? 0) &&
          call.receivedAt < Number(params.get('receivedAt.to') ?? Infinity),
      )
      .sort(
        (a, b) =>
          (b.receivedAt - a.receivedAt || (a.callId < b.callId ? 1 : -1)) *
          (params.get('sort') === 'receivedAt' ? -1 : 1),
      )
    const rows = matching.slice(skip, skip + limit).map((call) => ({
      agentCodes: call.agentCode === null ? [] : [call.agentCode],
      answerMs: null,
      recorded: false,
      recordedMs: 0,
      followUp: 'none',
      followedUpBy: null,
      ...call,
    }))
    return {
      rows,
      next: skip + limit < matching.length ? String(skip + limit) : null,
      count: { total: matching.length, before: skip },
      asOf: { position: null, at: this.floor.now, lagMs: 0, behind: false },
    }
  }

  /** The same as the list, with its parameters in the body. */
  #search(request: IncomingMessage, json: (status: number, body: object) => void): void {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      const body = JSON.parse(text) as Record<string, string | string[]>
      this.searches.push(body)
      json(
        200,
        this.#list(
          new URLSearchParams(
            Object.entries(body).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
          ),
        ),
      )
    })
  }

  #file(pathname: string, response: ServerResponse): void {
    const asked = join(dist, normalize(pathname))
    const file = extname(asked) && asked.startsWith(dist) ? asked : join(dist, 'index.html')
    if (!existsSync(file)) {
      response.writeHead(404).end()
      return
    }
    // As strict as the real server, so that what it would forbid fails here too.
    response.writeHead(200, {
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      // Names with a hash in them: whoever looks at the next page has them already.
      'cache-control': file.includes(`${sep}assets${sep}`) ? 'public, max-age=31536000, immutable' : 'no-cache',
      'content-security-policy': [
        "default-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'",
        `connect-src 'self'${'url' in this.phone ? ` ${this.phone.url}` : ''}`,
      ].join('; '),
    })
    createReadStream(file).pipe(response)
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      agents: { type: 'string', default: '17' },
      queues: { type: 'string', default: '7' },
      port: { type: 'string', default: '25400' },
      rate: { type: 'string' },
      speed: { type: 'string', default: '1' },
      talk: { type: 'string' },
    },
  })
  const server = new LiveServer({
    agents: Number(values.agents),
    queues: Number(values.queues),
    speed: Number(values.speed),
    ...(values.rate ? { callsPerHour: Number(values.rate) * 3600 } : {}),
    ...(values.talk ? { talkMs: Number(values.talk) * 1000 } : {}),
  })
  console.log(await server.listen(Number(values.port)))
  server.run(50)
}
