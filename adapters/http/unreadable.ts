/**
 * Input that never becomes a request: headers that are too large or not HTTP, a body that does not arrive, a request
 * for a tunnel. These too get an answer that says what is wrong, in both languages, and their connection is closed.
 */
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Problem, type ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import { problemJson } from '../problem-json.ts'

/**
 * Answers for the server what no route ever sees. @param given how many seconds a client has for its headers, and for
 * its whole request
 */
export function refuseUnreadable(
  server: Server,
  given: { headers: number; seconds: number },
  entries: ProblemEntries,
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
    refuse(socket, problemOf(error, given), entries)
  })
  server.on('connect', (_request: IncomingMessage, socket: Duplex) =>
    refuse(socket, new Problem('request.malformed', { reason: 'it asks for a tunnel' }), entries),
  )
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const { status, text } = written(
      new Problem('request.malformed', { reason: 'it expects something that is not supported here' }),
      entries,
    )
    response
      .writeHead(status, {
        'Content-Type': 'application/problem+json',
        'Content-Length': Buffer.byteLength(text),
        'Cache-Control': 'no-store',
        Connection: 'close',
      })
      .end(text)
  })
}

function problemOf({ code, message }: NodeJS.ErrnoException, given: { headers: number; seconds: number }): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return new Problem('request.headers_too_large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('request.slow', given)
  return new Problem('request.malformed', { reason: message.replace(/^Parse Error: /, '').slice(0, 100) })
}

function refuse(socket: Duplex, problem: Problem, entries: ProblemEntries): void {
  const { status, text } = written(problem, entries)
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/problem+json\r\nContent-Language: en\r\n` +
      `Cache-Control: no-store\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    // A client that keeps sending although nobody reads is not waited for.
    () => socket.destroy(),
  )
}

function written(problem: Problem, entries: ProblemEntries): { status: number; text: string } {
  const body = problemJson(problem, 'en', entries)
  return { status: body.status, text: JSON.stringify(body) }
}
