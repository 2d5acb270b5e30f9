/**
 * People read what they wrote: a request names the position that a command's answer gave, and is answered when the tables
 * have reached it. It waits for a moment only; an answer that may lack what was written says so. Any route takes the
 * position in a header, so that a client can add it to whatever it reads; lists take it as a parameter, too.
 */
import type { Request } from 'express'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { InvalidRequest } from '../../problem-json.ts'

/** Of a request: the position that the answer is to include. */
const READ_AFTER = 'X-Read-After'
/** Of an answer: `true` if that position was not reached in time. */
export const READ_BEHIND = 'X-Read-Behind'
/** How long a request waits for its tables. */
export const READ_WAIT_MS = 500

const written = /^[\w.:-]{1,64}$/

/** Whether a tenant's tables have reached a position; answers after `ms` at the latest. */
export type Reached = (tenant: string, position: Position, ms: number) => Promise<boolean>

/**
 * The position that an answer is to include; null: any will do.
 * @throws InvalidRequest if it cannot be one
 */
export function readAfter(request: Request, { position }: { position?: unknown }): Position | null {
  const named = request.get(READ_AFTER)
  if (named === undefined) return typeof position === 'string' ? (position as Position) : null
  if (!written.test(named))
    throw new InvalidRequest(READ_AFTER, {
      en: 'it is the `position` of a command’s answer',
      zh: '应为命令答复中的 `position`',
    })
  return named as Position
}
