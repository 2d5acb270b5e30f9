/**
 * Notes each request to the interface in the request log once it was answered. What it cannot know when a request comes
 * (whose session it is, with which problem it is answered) is left with the response by those who find out
 * (`routing/found.ts`).
 */
import type { Request, Response } from 'express'
import type { Session } from '@ledgerline/core/access/session.ts'
import { addressOf } from '../../connection-limits.ts'
import { keptClient, keptParameters, keptPath } from '../../requests/request.ts'
import type { RequestLog } from '../../requests/request-log.ts'
import { placeOf } from '../access/session-routes.ts'
import { found } from '../routing/found.ts'

/** The client went away before it was answered; nginx's word for it, which operators know. */
const GONE = 499
/** What every open desk says again and again. */
const BEATS: ReadonlySet<string> = new Set(['/api/v1/desk/here'])

export interface Recording {
  log: RequestLog
  /** Whose requests those are that came to no session. */
  tenant(): string
  /** The tenant's time, UTC ms: in a demo not ours. */
  now(tenant: string): number
  /** Names this process. */
  node: string
}

/** @param answered what became of the request, known when its response is closed */
export function record(
  { log, tenant, now, node }: Recording,
  request: Request,
  response: Response,
  answered: { id: string; route: string | null; ms: number },
): void {
  const { method, originalUrl, socket, headers } = request
  const [path = '', query = ''] = originalUrl.split('?', 2)
  const { id, route, ms } = answered
  if (!/^\/api(\/|$)/i.test(path) || (route !== null && BEATS.has(route))) return
  const { session, problem } = found(response)
  const of = session?.tenant ?? tenant()
  log.note({
    tenant: of,
    requestId: id,
    at: now(of) - ms,
    ms,
    method,
    route,
    path: keptPath(path),
    parameters: keptParameters(query),
    status: response.headersSent ? response.statusCode : GONE,
    problem: problem ?? null,
    actor: actorOf(session),
    session: session?.user?.sessionId ?? null,
    address: addressOf(socket),
    client: keptClient(placeOf(request).program || (headers['user-agent'] ?? '')),
    node,
  })
}

function actorOf(session: Session | undefined): string {
  if (session?.user) return `user:${session.user.userId}`
  return !session || session.barred === 'log_in' ? 'visitor' : 'operator'
}
