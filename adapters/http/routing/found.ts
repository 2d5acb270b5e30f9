/** What is found out about a request while it is answered, left with its response for the request log. */
import type { Response } from 'express'
import type { Session } from '@ledgerline/core/access/session.ts'

export interface Found {
  session?: Session
  problem?: string
}

export const found = (response: Response): Found => response.locals as Found

/** Whose request it is. */
export function foundSession(response: Response, session: Session): void {
  found(response).session = session
}

/** With which problem it is answered. */
export function foundProblem(response: Response, code: string): void {
  found(response).problem = code
}
