/**
 * The web server: everything that one machine answers over HTTP. It is put together here and nowhere else: who is let
 * in, who is asking, the routes, the screens, and how errors are sent.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import helmet from 'helmet'
import { z } from 'zod'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { AnsweredOnce, type AnswerBook } from '@ledgerline/core/kernel/answered-once.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem, type ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import { LiveFeed, type Pace } from '../live/feed.ts'
import { healthSchema, type Health } from '../nodes/health.ts'
import type { BoardSource, TenantClock } from '../live/source.ts'
import { boardsRoute } from './history/boards-route.ts'
import { commandRoutes } from './commands/command-routes.ts'
import { webPhoneRoute, type WebPhones } from './commands/web-phone-route.ts'
import { ConnectionCounter, refuseExcess, USUAL_LIMITS, type ConnectionLimits } from '../connection-limits.ts'
import type { CommandDesk } from './routing/command.ts'
import { docsPage, docsPolicy } from './routing/docs-page.ts'
import { guard } from './guard.ts'
import { historyRoutes } from './history/history-routes.ts'
import { liveRoute } from './live/live-route.ts'
import { openApi, VERSION } from './routing/openapi.ts'
import { sendProblem } from '../problem-json.ts'
import { refuseUnreadable } from './unreadable.ts'
import { queryRoutes } from './queries/query-routes.ts'
import type { ReadSide } from '../queries/read-side.ts'
import type { RecordingFiles } from '../recordings/files.ts'
import { audioRoute } from './recordings/audio-route.ts'
import { registerRoutes } from './registers/register-routes.ts'
import { record, type Recording } from './requests/recorder.ts'
import { requestRoutes } from './requests/request-routes.ts'
import { reportRoutes } from './reports/report-routes.ts'
import { foundProblem } from './routing/found.ts'
import { defineRoute, mount, type Route } from './routing/route.ts'
import { Screens } from './screens.ts'
import { messageRoutes } from './voicemail/message-routes.ts'
import type { ServerLog } from '../server-log.ts'
import type { Sessions } from '@ledgerline/core/access/session.ts'
import type { Access } from '../access/access.ts'
import { frontDoor } from './access/front-door.ts'
import { audited } from './access/audited.ts'
import { accessRoutes } from './access/access-routes.ts'
import { placeOf } from './access/session-routes.ts'
import { explainRoute } from './routes/explain-route.ts'
import { Drafts } from '@ledgerline/core/draft/drafts.ts'
import { activationRoutes } from './switchboard/activation-routes.ts'
import { draftRoutes } from './switchboard/draft-routes.ts'
import { switchboardRoutes } from './switchboard/configuration-routes.ts'
import { trendsRoute } from './history/trends-route.ts'
import { toolsBy, type TaskTools } from '../transfer/context.ts'
import { transferRoutes } from './transfer/transfer-routes.ts'
import { statusRoute, type SwitchboardState } from './status.ts'
import { timelineRoute } from './history/timeline-route.ts'

/** Only this machine can reach it, whatever the configuration says. */
const HOST = '127.0.0.1'
/** A client has this long to send its request … */
const REQUEST_MS = 20_000
/**
 * … and this long for its headers, which are small: a client that sends them one letter at a time holds a place that
 * others want.
 */
const HEADERS_MS = 10_000
/**
 * A connection on which nothing moves any longer, not even an answer being sent, is given up. A live stream sends
 * beats.
 */
const STILL_MS = 120_000

export interface WebServerOptions {
  sessions: Sessions
  /** Users and log-ins; absent: there are none, and `sessions` says who everybody is. */
  access?: Access
  readSide: ReadSide
  boards: BoardSource
  log: EventLog
  codec: Codec
  answers: AnswerBook
  /** @throws Problem if the tenant has no switchboard here */
  deskOf(tenant: string): CommandDesk
  clockOf(tenant: string): TenantClock
  /** The switchboards of this process; none if it has none. */
  switchboards?(): readonly SwitchboardState[]
  /** The health of this process, for `GET /health`; absent: not reported. */
  health?(): Promise<Health>
  /** The store of recordings; absent: their sound cannot be heard here. */
  recordings?: RecordingFiles
  /** The request log; absent: requests are not kept. */
  requests?: Recording
  /** Files of imports and exports, and who carries them out; absent: there are none. */
  transfers?: { files: TaskTools['files']; nudge(): void }
  /** Where browsers register as phones; absent: they cannot. */
  webPhones?: WebPhones
  /** Directory of the built screens. */
  screens: string
  /** Version of the program. */
  version: string
  logger: ServerLog
  /** Time limit for answering a request, ms; default {@link ANSWER_MS}. */
  answerMs?: number
  /** Time limit for a client to send its request, ms; default 20 s. */
  requestMs?: number
  /** How long a connection may be without any movement, ms; default 2 min. */
  stillMs?: number
  /** How many connections are accepted at once. */
  connectionLimits?: ConnectionLimits
  /** The pace of the live stream; tests use a faster one. */
  pace?: Partial<Pace>
  /** Every problem there is, here and above. */
  problems: ProblemEntries
}

export interface WebServer {
  readonly routes: readonly Route[]
  readonly feed: LiveFeed
  /** How many connections are open. */
  readonly connections: number
  /**
   * Starts answering. Port 0: any free port.
   * @throws Problem `server.port_taken`
   */
  listen(port: number): Promise<{ port: number; url: string }>
  /** Ends live streams, lets requests in progress finish, and stops. */
  close(): Promise<void>
}

export async function webServer(options: WebServerOptions): Promise<WebServer> {
  const { readSide, log, codec, sessions, logger } = options
  const entries = options.problems
  const screens = await Screens.load(options.screens)
  const limits = options.connectionLimits ?? USUAL_LIMITS
  const connections = new ConnectionCounter(limits.connections, logger)
  const feed = new LiveFeed({
    source: options.boards,
    models: readSide.models,
    clockOf: options.clockOf,
    log: logger,
    room: limits.streams,
    ...(options.pace ? { pace: options.pace } : {}),
  })
  const facts = {
    version: options.version,
    build: () => screens.build,
    startedAt: Date.now(),
    listeners: () => feed.listeners,
    clockOf: options.clockOf,
    switchboards: () => options.switchboards?.() ?? [],
    logClockBehindMs: () => options.log.clockBehindMs?.() ?? 0,
  }
  const of = toolsBy(options)
  const commands = { once: new AnsweredOnce(options.answers, entries, 'edge:'), deskOf: options.deskOf }
  const drafting = { ...commands, draftsOf: draftsBy(options, of) }
  const routes: Route[] = [
    liveRoute(feed, () => screens.build),
    ...audited(queryRoutes(readSide), options.access ?? null),
    ...reportRoutes({ readSide, clockOf: options.clockOf }),
    timelineRoute(readSide, log, codec),
    ...historyRoutes({ readSide, log, codec, clockOf: options.clockOf }),
    boardsRoute(readSide, options.clockOf),
    trendsRoute(readSide, options.clockOf),
    ...commandRoutes(commands),
    webPhoneRoute(commands, options.webPhones ?? null),
    ...switchboardRoutes(commands, entries),
    explainRoute(drafting),
    ...draftRoutes(drafting),
    ...activationRoutes(drafting, entries),
    ...(options.recordings ? [audioRoute(readSide, commands, options.recordings)] : []),
    ...(options.requests ? requestRoutes(options.requests.log) : []),
    ...transfers(options, commands.once, of),
    ...registerRoutes({
      readSide,
      log,
      codec,
      once: commands.once,
      recordsOf: (tenant) => of(tenant).records,
      removed: () => options.transfers?.nudge(),
    }),
    ...messageRoutes(readSide, commands, options.recordings),
    ...accessRoutes(options.access ?? null, commands.once),
    statusRoute(readSide, facts),
    ...(options.health ? [healthRoute(options.health)] : []),
  ]
  routes.push(...documentation(routes, entries))

  const app = express()
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple')
  app.use(
    accessLog(logger, options.requests ?? null),
    refuseExcess(connections),
    guard,
    ...headers(screens, options.webPhones?.url ?? null),
  )
  mount(app, routes, {
    sessions,
    onForbidden: ({ session: { user }, permission, route, request }) => {
      const [userId, { source }] = [user?.userId ?? null, placeOf(request)]
      const { method, path } = route
      // Nobody waits for it: what cannot be written is told to whoever runs the server.
      void options.access?.trail
        .forbidden({ userId, permission, method, route: path, source })
        .catch((error: unknown) => logger.warn({ error: String(error) }, 'a refusal could not be written'))
    },
    reached: (tenant, position, ms) => readSide.reached(tenant, position, ms),
    answerMs: options.answerMs,
  })
  app.use(frontDoor(sessions), screens.serve)
  app.use(() => {
    throw new Problem('request.no_route')
  })
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    // An answer that has begun cannot become another one: the client must see that it is incomplete.
    if (response.headersSent) response.destroy()
    else foundProblem(response, sendProblem(readable(error), request, response, entries, logger))
  })
  const times = { requestMs: options.requestMs ?? REQUEST_MS, stillMs: options.stillMs ?? STILL_MS }
  return serving(app, { routes, feed, entries, connections, ...times })
}

/** The draft of each tenant, by its own clock. */
function draftsBy({ log, codec }: WebServerOptions, of: TaskTools['of']): (tenant: string) => Drafts {
  const made = new Map<string, Drafts>()
  return (tenant) => {
    const drafts = made.get(tenant) ?? new Drafts({ log, codec, commands: of(tenant).commands })
    made.set(tenant, drafts)
    return drafts
  }
}

function transfers(options: WebServerOptions, once: AnsweredOnce, of: TaskTools['of']): Route[] {
  if (!options.transfers) return []
  const { log, codec, readSide } = options
  const { files, nudge } = options.transfers
  return transferRoutes({ tools: { log, codec, readSide, files, of, wall: Date.now }, once, nudge })
}

/** The same answer that a process without screens gives at its own address (`adapters/nodes`). */
function healthRoute(health: () => Promise<Health>): Route {
  return defineRoute({
    method: 'get',
    path: '/health',
    permission: 'anyone',
    group: 'Server',
    about: 'Health of this process, for whatever restarts processes. Standing by is healthy.',
    request: {},
    responses: {
      200: { about: 'Healthy.', schema: healthSchema },
      503: { about: 'Starting, or unable to do its job.', schema: healthSchema },
    },
    async handle({ response }) {
      const said = await health()
      response.status(said.well ? 200 : 503)
      return said
    },
  })
}

/** The documentation of all routes, including its own. */
function documentation(routes: readonly Route[], entries: ProblemEntries): Route[] {
  const own: Route[] = []
  const written = once(() => openApi([...routes, ...own]))
  const page = once(() => docsPage(written(), entries))
  own.push(
    defineRoute({
      method: 'get',
      path: '/api/openapi.json',
      permission: 'anyone',
      group: 'Server',
      about: 'This interface as an OpenAPI 3.1 document.',
      request: {},
      responses: { 200: { about: 'The document.', schema: z.record(z.string(), z.unknown()) } },
      handle: () => written(),
    }),
    defineRoute({
      method: 'get',
      path: '/api/docs',
      permission: 'anyone',
      group: 'Server',
      about: 'This interface as a readable page.',
      request: {},
      responses: { 200: { about: 'The page.', type: 'text/html' } },
      handle: ({ response }) =>
        void response
          .set({ 'Cache-Control': 'no-cache', 'Content-Security-Policy': docsPolicy })
          .type('html')
          .send(page()),
    }),
  )
  return own
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null
  return () => (made ??= { value: make() }).value
}

/**
 * One line per request: method, outcome, duration. Never its address, query or body: those may identify someone. The
 * request log has more, for those who may read it.
 */
function accessLog(logger: ServerLog, recording: Recording | null) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const begun = performance.now()
    const id = randomUUID()
    response.set({ 'X-Request-Id': id, 'X-Api-Version': VERSION })
    response.once('close', () => {
      const path = (request.route as { path?: unknown } | undefined)?.path
      const route = typeof path === 'string' ? path : null
      const ms = Math.round(performance.now() - begun)
      const { method } = request
      logger.debug({ id, method, route, status: response.statusCode, ms }, 'request')
      if (recording) record(recording, request, response, { id, route, ms })
    })
    next()
  }
}

/** @param phones the WebSocket at which browsers register as phones; only then may a page use the microphone */
function headers(screens: Screens, phones: string | null) {
  const own = ["'self'"]
  const devices = `microphone=(${phones === null ? '' : 'self'}), speaker-selection=(${phones === null ? '' : 'self'})`
  const policy = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: own,
        scriptSrc: [...own, ...screens.inlineScripts],
        styleSrc: own,
        imgSrc: [...own, 'data:'],
        connectSrc: phones === null ? own : [...own, new URL(phones).origin],
        objectSrc: ["'none'"],
        baseUri: own,
        formAction: own,
        frameAncestors: ["'none'"],
      },
    },
    // There is no TLS on loopback.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  })
  const permissions = (_request: Request, response: Response, next: NextFunction): void => {
    response.set('Permissions-Policy', `${devices}, camera=(), geolocation=(), display-capture=()`)
    next()
  }
  return [policy, permissions]
}

/** The router's errors in our words. */
function readable(error: unknown): unknown {
  return error instanceof URIError ? new Problem('request.no_route') : error
}

interface Serving {
  routes: readonly Route[]
  feed: LiveFeed
  entries: ProblemEntries
  connections: ConnectionCounter
  requestMs: number
  stillMs: number
}

function serving(app: Express, { routes, feed, entries, connections, requestMs, stillMs }: Serving): WebServer {
  const headersMs = Math.min(HEADERS_MS, requestMs)
  const limits = {
    requireHostHeader: false,
    requestTimeout: requestMs,
    headersTimeout: headersMs,
    keepAliveTimeout: 10_000,
    connectionsCheckingInterval: Math.min(1_000, requestMs),
  }
  const server: Server = createServer(limits, app)
  server.timeout = stillMs
  connections.watch(server)
  refuseUnreadable(server, { headers: headersMs / 1000, seconds: requestMs / 1000 }, entries)
  return {
    routes,
    feed,
    get connections() {
      return connections.taken
    },
    async listen(port) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) =>
          reject(error.code === 'EADDRINUSE' ? new Problem('server.port_taken', { port }) : error),
        )
        server.listen(port, HOST, resolve)
      })
      const bound = (server.address() as AddressInfo).port
      return { port: bound, url: `http://${HOST}:${bound}` }
    },
    async close() {
      feed.close()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      // A connection that has not ended by then never will.
      const impatient = setTimeout(() => server.closeAllConnections(), 2_000)
      await closed
      clearTimeout(impatient)
    },
  }
}
