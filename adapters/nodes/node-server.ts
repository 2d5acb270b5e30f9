/**
 * What a process answers to other processes and to monitoring: `GET /health`, and sealed messages
 * (`sealed-messages.ts`) that ask it, as the owner of a switchboard, to carry something out. Nothing here is for
 * people, and requests without the master key are ignored.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { ConnectionCounter, type Room } from '../connection-limits.ts'
import { RETRY_AFTER_S, wordsOf } from '../problem-json.ts'
import type { ServerLog } from '../server-log.ts'
import type { Health } from './health.ts'
import type { SealedMessages } from './sealed-messages.ts'
import { ASK_PATH, fromNode, LETTER_LIMIT, toNode, type AskedOfOwner, type Reply } from './owner-line.ts'

/** Where a node listens, and is reached by the others. Port 0: any free port. */
export interface NodeAddress {
  host: string
  port: number
}

export interface NodeServerOptions {
  node: string
  messages: SealedMessages
  health(): Promise<Health>
  /** @throws Problem what is refused; `switchboard.standby` if another process owns it */
  carryOut(asked: AskedOfOwner): Promise<void>
  logger: ServerLog
  /** How many connections are accepted at once. */
  room?: Room
}

export interface NodeServer {
  /** `host:port`. */
  readonly address: string
  close(): Promise<void>
}

const REQUEST_MS = 5_000
/** Nothing takes long to send here; a connection that stands still is given up. */
const STILL_MS = 30_000
/** Other processes use one connection for each concurrent question. */
const ROOM: Room = { inAll: 1_000, ofOne: 500 }

/**
 * Starts answering.
 * @throws Problem `server.port_taken`, `config.node_address`
 */
export async function startNodeServer({ host, port }: NodeAddress, options: NodeServerOptions): Promise<NodeServer> {
  const connections = new ConnectionCounter(options.room ?? ROOM, options.logger)
  const limits = {
    requestTimeout: REQUEST_MS,
    headersTimeout: REQUEST_MS,
    keepAliveTimeout: 10_000,
    connectionsCheckingInterval: 1_000,
  }
  const server: Server = createServer(limits, (request, response) => {
    if (connections.refusalOf(request.socket) !== null)
      return void response.writeHead(503, { Connection: 'close', 'Retry-After': String(RETRY_AFTER_S) }).end()
    answer(request, response, options).catch((error: unknown) => {
      options.logger.error({ error: wordsOf(error) }, 'a request of another process could not be answered')
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  server.timeout = STILL_MS
  connections.watch(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Problem('server.port_taken', { port })
          : new Problem('config.node_address', { address: `${host}:${port}`, reason: error.message }, { cause: error }),
      ),
    )
    server.listen(port, host, resolve)
  })
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const impatient = setTimeout(() => server.closeAllConnections(), 2_000)
      await closed
      clearTimeout(impatient)
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, options: NodeServerOptions): Promise<void> {
  response.setHeader('Cache-Control', 'no-store')
  if (request.method === 'GET' && request.url === '/health') {
    const health = await options.health()
    response.writeHead(health.well ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(health))
    return
  }
  if (request.method !== 'POST' || request.url !== ASK_PATH) {
    response.writeHead(404).end()
    return
  }
  const body = await bodyOf(request)
  const message =
    body && (options.messages.open(toNode(options.node), body) as { id: string; asked: AskedOfOwner } | null)
  if (!message) {
    response.writeHead(body ? 403 : 413).end()
    return
  }
  const reply = await replyTo(message.asked, options)
  response
    .writeHead(200, { 'content-type': 'application/octet-stream' })
    .end(options.messages.seal(fromNode(options.node, message.id), reply))
}

async function replyTo(asked: AskedOfOwner, { carryOut, logger }: NodeServerOptions): Promise<Reply> {
  try {
    await carryOut(asked)
    return { done: true }
  } catch (error) {
    if (isProblem(error)) return { refused: { code: error.code, details: error.details, where: error.where } }
    logger.error({ error: wordsOf(error) }, 'what another process asked could not be carried out')
    return {
      refused: { code: 'telephony.unavailable', details: { reason: 'its owner could not carry it out' }, where: null },
    }
  }
}

/** Null if it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > LETTER_LIMIT) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}
