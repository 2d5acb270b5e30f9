/** Pages opened by somebody who has to log in first lead to the log-in page, and from there back to where they wanted to go. */
import { extname } from 'node:path'
import type { NextFunction, Request, Response } from 'express'
import type { Sessions } from '@ledgerline/core/access/session.ts'

const LOG_IN = '/log-in'

export function frontDoor(sessions: Sessions) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const isPage =
      (request.method === 'GET' || request.method === 'HEAD') &&
      extname(request.path) === '' &&
      request.path !== LOG_IN &&
      !/^\/api(\/|$)/.test(request.path) &&
      request.accepts(['html', 'json']) === 'html'
    if (!isPage || !(await sessions(request)).barred) return next()
    response.set('Cache-Control', 'no-store')
    // The reader's language and theme stay as they are.
    const { lang, theme } = request.query
    const kept = Object.entries({ to: request.originalUrl, lang, theme }).filter(
      ([, value]) => typeof value === 'string',
    )
    response.redirect(303, `${LOG_IN}?${new URLSearchParams(kept as [string, string][])}`)
  }
}
