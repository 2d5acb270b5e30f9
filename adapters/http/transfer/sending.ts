/** What the routes of imports, exports and their tasks take and give alike, and how their files are sent. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'
import { z } from 'zod'
import { actorName, type Session } from '@ledgerline/core/access/session.ts'
import { fileFormats } from '@ledgerline/core/transfer/events.ts'
import { commandAnswer } from '../routing/command.ts'

/** A file is sent within this time, or given up, ms. */
const SEND_MS = 300_000
export const group = 'Imports and exports'
const types = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}
export const format = z.enum(fileFormats).default('xlsx').meta({ description: 'of the file' })
export const lang = z.enum(['zh', 'en']).default('zh').meta({ description: 'of headings and reasons' })
export const started = commandAnswer
  .extend({ taskId: z.string().describe('id of the task') })
  .meta({ id: 'TaskStarted' })

export const who = (session: Session): string => actorName(session.actor('operator', {}))

/** Sends a file; its name is ours, so that none of a stranger's is in a header. Resolves once it has begun. */
export async function send(
  response: Response,
  name: string,
  of: 'csv' | 'xlsx',
  bytes: AsyncIterable<Buffer>,
): Promise<void> {
  const iterator = bytes[Symbol.asyncIterator]()
  const first = await iterator.next()
  response.set({ 'Content-Type': types[of], 'Content-Disposition': `attachment; filename="${name}.${of}"` })
  async function* all(): AsyncGenerator<Buffer> {
    if (!first.done) yield first.value
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  }
  void pipeline(Readable.from(all()), response, { signal: AbortSignal.timeout(SEND_MS) }).catch(() =>
    response.destroy(),
  )
}
